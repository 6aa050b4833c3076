"""Why a KPI moved, as blocks of a page, and as rows that go anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.app import compared_periods
from regulars.app.explained_told import whose
from regulars.app.explaining import explain
from regulars.app.explanation import NOISE, Explanation, Named
from regulars.app.workspace import Opened, Workspace
from regulars.core.estimate import Estimate
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Cell, Grid, Head, Notice, Text
from regulars.views.shown import as_arrow, as_pandas, interval_record, scored_record, table_html, table_text, typed

#: How the tables are to be read.
_PARTS = (
    "All parts add up to the change. Intervals follow the same customers through both periods, so they are narrower "
    "than where two periods are compared as if they had nothing in common. Chance is taken off each part as far as it "
    "moves with the whole; its limits are those of it with its chance."
)
_MOVEMENTS = (
    "All movements add up to the change, as the KPIs of MRR movements count them; no chance is taken off them, their "
    "limits say what chance may do."
)
_RANKED = (
    "What each adds to the change, and beyond what it would have, had it moved as all others did; the surest first. "
    "q: the share of false findings to be expected where all with a q so small are called real. Dimensions overlap: "
    "what they add does not add up from one to another."
)


@dataclass(frozen=True, eq=False)
class Explained:
    """Why a KPI moved.

    Attributes:
        found: the answer.
    """

    found: Explanation

    @property
    def sentence(self) -> str:
        """All of it in plain words."""
        return self.found.sentence

    def record(self) -> dict[str, Any]:
        """Return plain values; beside every number stands what the first law says must travel with it."""
        found = self.found
        unit = found.currency if found.kpi.shows is Shows.MONEY else str(found.kpi.shows)
        return {
            "kpi": found.kpi.name,
            "sentence": found.sentence,
            "period": str(found.period),
            "against": str(found.against),
            "where": found.where,
            "unit": unit,
            "currency": found.currency,
            **{name: _number(getattr(found, name)) for name in ("before", "after", "change", "money")},
            "parts": [
                {"name": one.name, "said": one.said, **_plain(one.estimate), "money": _number(one.money)}
                for one in found.parts
            ],
            "ranked": [_named(one) for one in found.ranked],
            "cannot": found.cannot,
            "notes": list(found.notes),
            "scores": [scored_record(one) for one in found.scored],
        }

    def records(self) -> list[dict[str, Any]]:
        """Return one document."""
        return [self.record()]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per number: the two values, the change, its parts, and who stands out."""
        found = self.found
        rows: list[tuple[str, str, str, Estimate, Estimate | None]] = [
            ("before", "", "", found.before, None),
            ("after", "", "", found.after, None),
            ("change", "", found.sentence, found.change, found.money),
            *(("part", one.name, one.said, one.estimate, one.money) for one in found.parts),
            *(("stands out", whose(one), one.moved, one.contribution, one.money) for one in found.ranked),
        ]
        return [self._row(*row) for row in rows]

    def _row(self, what: str, name: str, said: str, one: Estimate, money: Estimate | None) -> dict[str, Any]:
        worth = None if money is None else money.interval
        return {
            "kpi": self.found.kpi.name,
            "what": what,
            "name": name,
            "said": said,
            **_plain(one),
            "unit": self.found.currency if self.found.kpi.shows is Shows.MONEY else str(self.found.kpi.shows),
            **{f"money_{end}": worth and getattr(worth, end) for end in ("value", "low", "high")},
            **typed(one),
        }

    to_arrow = as_arrow
    to_pandas = as_pandas

    def __repr__(self) -> str:
        return f"{self.found.sentence}\n{table_text(_HEADS, self._lines())}"

    def _repr_html_(self) -> str:
        return table_html(_HEADS, self._lines())

    def _lines(self) -> list[tuple[str, ...]]:
        shows, currency = self.found.kpi.shows, self.found.currency
        return [
            (
                one.name,
                words.difference(one.estimate.interval.value, shows, currency),
                f"{words.difference(one.estimate.interval.low, shows, currency)} to "
                f"{words.difference(one.estimate.interval.high, shows, currency)}",
                f"{one.estimate.interval.n:,}",
                one.said,
            )
            for one in self.found.parts
        ]


_HEADS = ("Part", "Adds", "Interval", "n", "")


def explained(
    name: str,
    workspace: Workspace,
    opened: Opened,
    *,
    start: str | date | None = None,
    end: str | date | None = None,
    against: str = compared_periods.PREVIOUS,
    where: str | None = None,
    by: str | Sequence[str] = (),
) -> Explained:
    """Return why a KPI moved.

    Args:
        name: of the KPI.
        workspace: the company.
        opened: its records.
        start: first day of what is explained, as a date or "2024-12-31"; the last month that is over where not given.
        end: the day after the last.
        against: "prev" for the period before, "year" for the same a year before, or FROM..TO.
        where: which customers count, such as "market = 'NL'".
        by: what to look at: attributes of customers, columns of rows; all where none is named.

    Raises:
        UnknownName: no such KPI.
        QueryError: dates, condition or attributes cannot be.
    """
    period, other = compared_periods.asked(opened.records, start, end, against)
    split = [by] if isinstance(by, str) else list(by)
    return Explained(explain(name, workspace, opened, period=period, against=other, where=where or "", by=split))


def _plain(one: Estimate) -> dict[str, Any]:
    return {
        **interval_record(one.interval),
        "period": str(one.period),
        "as_of": one.as_of.isoformat(),
        "version": one.version,
        "flags": list(one.flags),
    }


def _number(one: Estimate | None) -> dict[str, Any] | None:
    return None if one is None else _plain(one)


def _named(one: Named) -> Mapping[str, Any]:
    return {
        "by": list(one.by),
        "values": [list(each) for each in one.values],
        "said": whose(one),
        "moved": one.moved,
        **{name: _number(getattr(one, name)) for name in ("contribution", "excess", "mix", "rate", "money")},
        **{name: getattr(one, name) for name in ("power", "surprise", "evidence", "q", "found")},
    }


def held(found: Explanation) -> tuple[str, ...]:
    """Return the texts out of the records that may stand in the sentence: values of attributes."""
    return tuple(dict.fromkeys(value for one in found.ranked for each in one.values for value in each if value))


def blocks(found: Explanation) -> Iterator[Block]:
    """Yield the sentence, the parts and who stands out."""
    yield Text(text=found.sentence, held=held(found))
    yield _ends(found)
    if found.parts:
        yield _parts(found)
    if found.ranked:
        yield _ranked(found)
    for note in (found.cannot and f"It cannot be split: {found.cannot}.", *found.notes):
        if note:
            yield Notice(text=note)


def _ends(found: Explanation) -> Grid:
    """Return both values with what the sentence has no room for."""
    shows = found.kpi.shows
    return Grid(
        name="why_ends",
        title="Before and after",
        heads=(
            Head(name="kpi", title="KPI"),
            Head(name="before", title=words.span(found.before.period), shows=shows),
            Head(name="after", title=words.span(found.after.period), shows=shows),
            Head(name="change", title="Change", shows=shows, change=True),
        ),
        rows=((words.title(found.kpi.name), found.before, found.after, found.change),),
    )


def _money(found: Explanation) -> bool:
    return found.money is not None and found.kpi.shows is not Shows.MONEY


def _parts(found: Explanation) -> Grid:
    shows = found.kpi.shows
    worth = (Head(name="money", title="Worth", shows=Shows.MONEY, change=True),) if _money(found) else ()
    rows: list[tuple[Cell, ...]] = [
        (f"{one.name.replace('_', ' ')}: {one.said}", one.estimate, *([one.money] if worth else []))
        for one in found.parts
    ]
    rows.append(("change: all of it", found.change, *([found.money] if worth else [])))
    return Grid(
        name="why_parts",
        title=f"What moved {words.title(found.kpi.name)}, {words.span(found.after.period)} against "
        f"{words.span(found.before.period)}",
        heads=(
            Head(name="part", title="Part"),
            Head(name="adds", title="Adds", shows=shows, change=True),
            *worth,
        ),
        rows=tuple(rows),
        caption=_PARTS if found.part(NOISE) else _MOVEMENTS,
    )


#: Dimensions that are shown on a page though they do not stand out beyond chance.
_FEW = 3


def _ranked(found: Explanation) -> Grid:
    shows = found.kpi.shows
    shown = [one for place, one in enumerate(found.ranked) if one.found or place < _FEW]
    return Grid(
        name="why_ranked",
        title="Who stands out",
        heads=(
            Head(name="who", title="Customers"),
            Head(name="adds", title="Adds", shows=shows, change=True),
            Head(name="excess", title="Beyond all others", shows=shows, change=True),
            Head(name="moved", title="What moved", minor=True),
            Head(name="found", title="Beyond chance"),
        ),
        rows=tuple(
            (
                whose(one),
                one.contribution,
                one.excess,
                one.moved,
                f"{'yes' if one.found else 'no'} (q {one.q:.2g})",
            )
            for one in shown
        ),
        caption=_RANKED,
    )
