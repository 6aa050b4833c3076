"""A view filled with a company's answers, and the same as plain values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from regulars.core.errors import CatalogueError
from regulars.core.estimate import Estimate
from regulars.core.money import UNITS
from regulars.decisions.segment import SegmentRow
from regulars.kpis.kpi import Shows
from regulars.views.blocks import (
    Answers,
    Block,
    Card,
    Cards,
    Cell,
    Chart,
    Cohorts,
    Grid,
    Head,
    Heading,
    Link,
    Mark,
    Notice,
    Personal,
    Segments,
    Text,
    estimate_of,
    shown_as,
)
from regulars.views.shown import Shown, interval_record, record, typed
from regulars.views.triangle import Triangle
from regulars.views.view import Ask, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A view with its blocks.

    Attributes:
        view: the declaration.
        blocks: from top to bottom.
        currency: of money.
    """

    view: View
    blocks: tuple[Block, ...]
    currency: str

    def record(self) -> dict[str, Any]:
        """Return plain values; beside every number stands what the first law says must travel with it."""
        return {
            "name": self.view.name,
            "title": self.view.title,
            "question": self.view.question,
            "teams": list(self.view.teams),
            "blocks": [{"block": type(block).__name__.lower(), **plain(block, self.currency)} for block in self.blocks],
        }

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per number: the block it stands in, the words beside it, and what travels with it."""
        return [row for block in self.blocks for row in flat(block, self.currency)]

    def to_json(self) -> str:
        """Return JSON, keys sorted, no NaN."""
        import orjson

        return orjson.dumps(self.record(), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode()


def fill(view: View, ask: Ask, currency: str) -> Page:
    """Return `view` with the answers that it asks for.

    Raises:
        CatalogueError: the view gives something that is no block.
    """
    given = view.blocks(ask)
    if not isinstance(given, Iterable):
        raise CatalogueError(f"View `{view.name}` gives `{given!r}` instead of blocks. Let its function `yield` them.")
    blocks = tuple(given)
    for block in blocks:
        if not isinstance(block, Block):
            raise CatalogueError(f"View `{view.name}` gives `{block!r}`, which is no block. Numbers come from `ask`.")
    return Page(view=view, blocks=blocks, currency=currency)


@singledispatch
def plain(block: object, currency: str) -> Mapping[str, Any]:
    """Return a block as plain values; money in `currency`."""
    raise NotImplementedError(type(block))


@plain.register(Heading)
@plain.register(Text)
@plain.register(Notice)
def _words(block: Heading | Text | Notice, currency: str) -> Mapping[str, Any]:
    return {"text": block.text}


@plain.register
def _cards(block: Cards, currency: str) -> Mapping[str, Any]:
    return {"cards": [_card(card, currency) for card in block.cards]}


def _card(card: Card, currency: str) -> Mapping[str, Any]:
    kpi = card.latest.kpi
    return {
        "kpi": kpi.name,
        "question": kpi.question,
        "family": kpi.family.name,
        "better": str(kpi.better),
        "caveat": kpi.caveat,
        "latest": record(card.latest, currency),
        "course": [record(row, currency) for row in card.course],
    }


@plain.register
def _answers(block: Answers, currency: str) -> Mapping[str, Any]:
    return {"rows": [record(row, currency) for row in block.rows]}


@plain.register
def _grid(block: Grid, currency: str) -> Mapping[str, Any]:
    heads = [
        {
            "name": head.name,
            "title": head.title,
            "unit": _unit(head.shows, currency),
            "change": head.change,
            "minor": head.minor,
        }
        for head in block.heads
    ]
    rows = [
        {head.name: _cell(cell, head, currency) for head, cell in zip(block.heads, row, strict=True)}
        for row in block.rows
    ]
    return {"name": block.name, "title": block.title, "columns": heads, "rows": rows, "caption": block.caption}


def _unit(shows: Shows | None, currency: str) -> str | None:
    return currency if shows is Shows.MONEY else None if shows is None else str(shows)


def _cell(cell: Cell, head: Head, currency: str) -> Any:
    if isinstance(cell, Personal):
        return {"personal": cell.text}
    if isinstance(cell, Link):
        to = {"page": cell.page, "about": cell.about, "asked": dict(cell.asked), "personal": cell.personal}
        return {"text": cell.text, "link": to}
    found = estimate_of(cell)
    return cell if found is None else {**_estimate(found), "unit": _unit(shown_as(cell, head), currency)}


@plain.register
def _chart(block: Chart, currency: str) -> Mapping[str, Any]:
    own = {name: getattr(block, name) for name in ("name", "title", "says", "axis", "rule")}
    series = [{"name": one.name, "marks": [_mark(mark) for mark in one.marks]} for one in block.series]
    return {**own, "kind": str(block.kind), "unit": _unit(block.shows, currency), "series": series}


def _mark(mark: Mark) -> Mapping[str, Any]:
    estimates = {
        name: None if one is None else _estimate(one)
        for name, one in (("estimate", mark.estimate), ("against", mark.against))
    }
    return {"label": mark.label, "x": mark.x, **estimates, "count": mark.count, "open": mark.open}


@plain.register
def _cohorts(block: Cohorts, currency: str) -> Mapping[str, Any]:
    kpi = block.table.cohort
    cells = Triangle(block.table, currency).records()
    return {"cohorts": kpi.name, "question": kpi.question, "caveat": kpi.caveat, "cells": cells}


@plain.register
def _segments(block: Segments, currency: str) -> Mapping[str, Any]:
    found = block.found
    cuts = {
        "on": str(found.cuts.on),
        "recency": list(found.cuts.recency),
        "frequency": list(found.cuts.frequency),
        "money": [str(cut / UNITS) for cut in found.cuts.value],
    }
    rows = [_segment(row, currency) for row in found.rows]
    return {"on": str(found.on), "customers": found.customers, "cuts": cuts, "rows": rows}


def _segment(row: SegmentRow, currency: str) -> Mapping[str, Any]:
    return {
        "segment": row.segment.name,
        "title": row.segment.title,
        "meaning": row.segment.meaning,
        "customers": row.customers,
        "share": {**_estimate(row.share), "unit": "share"},
        "value_share": {**_estimate(row.value_share), "unit": "share"},
        "average_value": {**_estimate(row.average_value), "unit": currency},
    }


def _estimate(found: Estimate) -> Mapping[str, Any]:
    return {
        **interval_record(found.interval),
        "period": str(found.period),
        "as_of": found.as_of.isoformat(),
        "version": found.version,
        "flags": list(found.flags),
    }


@singledispatch
def flat(block: object, currency: str) -> Iterator[dict[str, Any]]:
    """Yield the numbers of a block, one row each; none of a block without numbers."""
    yield from ()


@flat.register
def _flat_cards(block: Cards, currency: str) -> Iterator[dict[str, Any]]:
    rows = [row for card in block.cards for row in card.course]
    yield from ({"block": "cards", **row} for row in Shown(rows, currency).flat())


@flat.register
def _flat_answers(block: Answers, currency: str) -> Iterator[dict[str, Any]]:
    yield from ({"block": "answers", **row} for row in Shown(block.rows, currency).flat())


@flat.register
def _flat_grid(block: Grid, currency: str) -> Iterator[dict[str, Any]]:
    of_numbers = {place for row in block.rows for place, cell in enumerate(row) if estimate_of(cell) is not None}
    for row in block.rows:
        cells = list(zip(block.heads, row, strict=True))
        said = {head.name: spoken(cell) for place, (head, cell) in enumerate(cells) if place not in of_numbers}
        numbers = [(head, cell, found) for head, cell in cells if (found := estimate_of(cell)) is not None]
        for head, cell, found in numbers:
            own = {"block": block.name, **said, "measure": head.name, **_estimate(found), **typed(found)}
            yield {**own, "unit": _unit(shown_as(cell, head), currency)}
        if not numbers:
            yield {"block": block.name, **said}


@flat.register
def _flat_chart(block: Chart, currency: str) -> Iterator[dict[str, Any]]:
    for one in block.series:
        for mark in one.marks:
            own = {"block": block.name, "series": one.name, "label": mark.label, "x": mark.x, "count": mark.count}
            told = [("value", mark.estimate), ("foretold", mark.against)]
            numbers = [(name, estimate) for name, estimate in told if estimate is not None]
            for name, estimate in numbers:
                yield {
                    **own,
                    "measure": name,
                    **_estimate(estimate),
                    **typed(estimate),
                    "unit": _unit(block.shows, currency),
                }
            if not numbers:
                yield own


def spoken(cell: Cell) -> str | int | None:
    """Return the words or the count of a cell without a number of its own."""
    return cell.text if isinstance(cell, Personal | Link) else cell if isinstance(cell, str | int) else None
