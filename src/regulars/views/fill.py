"""A view filled with a company's answers, and the same as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatch
from types import MappingProxyType
from typing import Any

from regulars.core.errors import CatalogueError, QueryError
from regulars.core.estimate import Estimate
from regulars.core.money import UNITS
from regulars.core.periods import Period
from regulars.decisions.segment import SegmentRow
from regulars.kpis.kpi import Shows
from regulars.views import flattened
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
from regulars.views.shown import interval_record, record
from regulars.views.triangle import Triangle
from regulars.views.view import Ask, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A view with its blocks.

    Attributes:
        view: the declaration.
        blocks: from top to bottom.
        currency: of money.
        company: whose records they are.
        about: what the page is about, such as a customer's id.
        asked: what was asked, by parameter, without what is meant anyway.
        period: local days that were asked about; None where the records have no day.
        as_of: instant before which records are known.
        generation: number of the one that was asked; None where none was open.
    """

    view: View
    blocks: tuple[Block, ...]
    currency: str
    company: str = ""
    about: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    period: Period | None = None
    as_of: datetime | None = None
    generation: int | None = None

    def record(self) -> dict[str, Any]:
        """Return plain values; beside every number stands what the first law says must travel with it."""
        return {
            "name": self.view.name,
            "title": self.view.title,
            "question": self.view.question,
            "teams": list(self.view.teams),
            "company": self.company,
            "currency": self.currency,
            "about": self.about,
            "asked": dict(self.asked),
            "period": None if self.period is None else str(self.period),
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "generation": self.generation,
            "blocks": [{"block": type(block).__name__.lower(), **plain(block, self.currency)} for block in self.blocks],
        }

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per number (and word among numbers): its block, the words beside it, what travels with it."""
        return flattened.rows(self.record())

    def to_json(self) -> str:
        """Return JSON, keys sorted, no NaN."""
        import orjson

        return orjson.dumps(self.record(), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode()


def fill(view: View, ask: Ask, currency: str, asked: Mapping[str, str] = MappingProxyType({})) -> Page:
    """Return `view` with the answers that it asks for; `asked` are the words that `ask` was made of.

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
    return Page(
        view=view,
        blocks=blocks,
        currency=currency,
        company=ask.workspace.settings.company.name if ask.workspace else "",
        about=ask.about,
        asked=asked,
        period=_period(ask),
        as_of=ask.records.known_at,
        generation=ask.opened.generation.number if ask.opened else None,
    )


def _period(ask: Ask) -> Period | None:
    try:
        return ask.period
    except QueryError:
        return None


@singledispatch
def plain(block: object, currency: str) -> Mapping[str, Any]:
    """Return a block as plain values; money in `currency`."""
    raise NotImplementedError(type(block))


@plain.register(Heading)
@plain.register(Notice)
def _words(block: Heading | Notice, currency: str) -> Mapping[str, Any]:
    return {"text": block.text}


@plain.register
def _text(block: Text, currency: str) -> Mapping[str, Any]:
    return {"text": block.text, **({"held": list(block.held)} if block.held else {})}


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
            "sorted": head.sorted,
            "link": head.to and _cell(head.to, head, currency)["link"],
        }
        for head in block.heads
    ]
    rows = [
        {head.name: _cell(cell, head, currency) for head, cell in zip(block.heads, row, strict=True)}
        for row in block.rows
    ]
    own = {name: getattr(block, name) for name in ("name", "title", "caption", "customers")}
    more = block.more and {
        "told": block.more.told,
        "links": [{"rel": rel, **_cell(link, block.heads[0], currency)} for rel, link in block.more.links],
    }
    return {**own, "columns": heads, "rows": rows, "more": more}


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
    series = [
        {"name": one.name, "follows": one.follows, "marks": [_mark(mark) for mark in one.marks]} for one in block.series
    ]
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
