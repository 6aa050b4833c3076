"""Saved segments: how large and how valuable each is, who moved, and how it differs from all others."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from regulars.core.errors import QueryError
from regulars.core.wording import counted
from regulars.decisions.saved import NO, YES, Moved, Saved, saved
from regulars.kpis.answer import Row
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Heading, Link, Notice, Text
from regulars.views.grouping import COMPARED
from regulars.views.stakes import scores, told
from regulars.views.view import Ask

#: What to do where there is none.
NONE = 'No segment is saved yet. `regulars segment add NAME --where "RULE"` saves one.'
_NEEDS = "Saved segments need `customers`, `orders`, `subscriptions`, `responses` or `tickets`."


def every(ask: Ask) -> Iterator[Block]:
    """Yield all saved segments beside each other."""
    if "people" not in ask.records.tables or not ask.records.covered:
        yield Notice(text=_NEEDS)
        return
    if not ask.records.segments:
        yield Notice(text=NONE)
        return
    found = [saved(name, ask.records) for name in ask.records.segments]
    known = [one for one in found if not one.why_not]
    if known:
        yield _table(known)
    for one in found:
        if one.why_not:
            yield Notice(text=f"{one.title} has no value, because: {one.why_not}.".replace("..", "."))
    yield from _scores(known, ask)


def _table(found: Sequence[Saved]) -> Grid:
    return Grid(
        name="saved",
        title="Saved segments",
        heads=(
            Head(name="segment", title="Segment"),
            Head(name="rule", title="Rule"),
            Head(name="customers", title="Customers"),
            Head(name="untold", title="Cannot be told", minor=True),
            Head(name="share", title="Of all", shows=Shows.SHARE),
            Head(name="value_share", title="Of value", shows=Shows.SHARE),
            Head(name="average_value", title="Average value", shows=Shows.MONEY),
            Head(name="entered", title="Entered", minor=True),
            Head(name="left", title="Left", minor=True),
        ),
        rows=tuple(_row(one) for one in found),
        caption="A customer may be in several, or in none. Whoever a rule cannot tell of is not in the segment; limits "
        "of its share hold all the same. " + " ".join(_moves_said(found)),
    )


def _row(one: Saved) -> tuple[Cell, ...]:
    return (
        Link(text=one.title, page="saved", asked={"saved": one.name}),
        one.where,
        one.customers,
        one.untold,
        one.share,
        one.value_share,
        one.average_value,
        one.moved.entered if one.moved else None,
        one.moved.left if one.moved else None,
    )


def _moves_said(found: Sequence[Saved]) -> Iterator[str]:
    since = next((one.moved.since for one in found if one.moved), None)
    if since is not None:
        yield f"Entered and left since {since}."
    yield from (f"Who entered and left {one.title} is not told: {one.unmoved}." for one in found if one.unmoved)


def one(ask: Ask) -> Iterator[Block]:
    """Yield the saved segment that is asked for, and how it differs from all others."""
    if "people" not in ask.records.tables or not ask.records.covered:
        yield Notice(text=_NEEDS)
        return
    found = saved(ask.saved, ask.records)
    if found.why_not:
        yield Text(text=f"{found.title}: `{found.where}`")
        yield Notice(text=f"It has no value, because: {found.why_not}.".replace("..", "."))
        return
    yield _facts(found)
    if found.moved:
        yield _moves(found, found.moved)
    else:
        yield Notice(text=f"Who entered and left is not told: {found.unmoved}.")
    yield from _beside(found, ask)
    yield from _scores([found], ask)


def _facts(found: Saved) -> Grid:
    told = f"{counted(found.customers, 'customer')} of {found.of:,}"
    rows: list[tuple[Cell, ...]] = [
        ("Rule", found.where),
        ("Customers", Link(text=told, page="customers", asked={"saved": found.name})),
        ("Cannot be told", counted(found.untold, "customer")),
    ]
    figures = (
        ("Of all customers", found.share, Shows.SHARE),
        ("Of the value of all", found.value_share, Shows.SHARE),
        ("Average value of one", found.average_value, Shows.MONEY),
    )
    rows += [(title, Figure(estimate=made, shows=shows)) for title, made, shows in figures if made is not None]
    warning = ""
    if not found.customers:
        warning = " Nobody is in it."
    elif found.customers == found.of:
        warning = " Everybody is in it: it sets nobody apart."
    return Grid(
        name="segment",
        title=found.title,
        heads=(Head(name="what", title=""), Head(name="said", title="")),
        rows=tuple(rows),
        caption=f"{found.said} Whoever a rule cannot tell of is not in the segment; limits of its share hold all the "
        f"same.{warning}".strip(),
    )


def _moves(found: Saved, moved: Moved) -> Grid:
    return Grid(
        name="moved",
        title=f"Who moved since {moved.since}",
        heads=(Head(name="what", title=""), Head(name="said", title="")),
        rows=(
            ("In it then", counted(moved.before, "customer")),
            ("Entered", f"{counted(moved.entered, 'customer')}, of whom {moved.came:,} came to the company since"),
            ("Left", counted(moved.left, "customer")),
            ("In it now", counted(found.customers, "customer")),
            ("Of those in it then, in it now", Figure(estimate=moved.stayed, shows=Shows.SHARE)),
        ),
        caption="By the same rule on both days; RFM segments are cut where they are cut today.",
    )


def _beside(found: Saved, ask: Ask) -> Iterator[Block]:
    """Yield KPIs of the segment beside those of all others."""
    known = ask.available(*COMPARED)
    if not known or not found.customers or found.customers == found.of:
        return
    yield Heading(text="Beside all others")
    try:
        table = ask.answers(*known, by=(found.name,), grain=None)
    except QueryError as cause:
        table = Notice(text=str(cause))
    if isinstance(table, Notice):
        yield table
        return
    rows = {name: [row for row in table.rows if row.kpi.name == name and row.group] for name in known}
    untold = any(row.group[found.name] is None for own in rows.values() for row in own)
    heads = [("inside", "In it"), ("others", "Not in it"), *([("untold", "Cannot be told")] if untold else [])]
    yield Grid(
        name="beside",
        title="KPIs of the segment beside all others",
        heads=(
            Head(name="kpi", title="KPI"),
            *(Head(name=name, title=title) for name, title in heads),
            Head(name="difference", title="Against all others", change=True),
        ),
        rows=tuple(_kpi(name, own, found.name, untold) for name, own in rows.items() if own),
        caption="Customers are in it by what is known today: a rule about what they did shows in KPIs of what they "
        "did. No cause is told by it.",
    )


def _kpi(name: str, rows: Sequence[Row], segment: str, untold: bool) -> tuple[Cell, ...]:
    by: dict[Any, Row] = {row.group[segment]: row for row in rows}
    shown = [by.get(group) for group in (YES, NO, *([None] if untold else []))]
    cells = [None if row is None else Figure(estimate=row.estimate, shows=row.kpi.shows) for row in shown]
    inside = by.get(YES)
    against = inside.contrast.difference if inside is not None and inside.contrast is not None else None
    difference = (
        Figure(estimate=replace(inside.estimate, interval=against), shows=inside.kpi.shows)
        if inside is not None and against is not None
        else None
    )
    return (Link(text=words.title(name), page="kpi", about=name), *cells, difference)


def _scores(found: Sequence[Saved], ask: Ask) -> Iterator[Block]:
    outcomes = dict.fromkeys(outcome for one in found for outcome in one.outcomes)
    if every := [known for name in outcomes if (known := told(ask, name))]:
        yield scores(tuple(every))
