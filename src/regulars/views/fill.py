"""A view filled with a company's answers, and the same as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from regulars.core.errors import CatalogueError
from regulars.core.estimate import Estimate
from regulars.core.money import UNITS
from regulars.decisions.segment import SegmentRow
from regulars.views.blocks import Answers, Block, Card, Cards, Cohorts, Heading, Notice, Segments, Text
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
