"""Which KPIs moved, and which way."""

from collections.abc import Sequence
from dataclasses import replace

from regulars.core.estimate import Estimate
from regulars.kpis.answer import Row
from regulars.kpis.kpi import Better
from regulars.views import words
from regulars.views.blocks import Card, Figure, Grid, Head, Link

#: Ways that a KPI can have moved, the one to look at first.
WORSE, BETTER, MOVED = "worse", "better", "moved"


def moved(cards: Sequence[Card], currency: str, *, most: int = 12) -> Grid:
    """Return the KPIs whose change can be told from chance, what got worse first.

    Args:
        cards: of all KPIs looked at.
        currency: of money.
        most: rows.
    """
    compared = [card.latest for card in cards if card.latest.change is not None]
    known = [row for row in compared if row.change is not None and row.change.difference.value is not None]
    found = sorted(((way(row), place, row) for place, row in enumerate(known) if way(row)), key=_first)
    counts = {name: sum(one == name for one, _, _ in found) for name in (WORSE, BETTER, MOVED)}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return Grid(
        name="moved",
        title=f"{len(found)} of {len(known)} KPIs moved against the period before{f': {told}' if told else ''}",
        heads=(
            Head(name="kpi", title="KPI"),
            Head(name="period", title="Period"),
            Head(name="now", title="Value"),
            Head(name="change", title="Change", change=True),
            Head(name="way", title=""),
            Head(name="owner", title="Owner", minor=True),
        ),
        rows=tuple(
            (
                Link(text=words.title(row.kpi.name), page="kpi", about=row.kpi.name),
                words.span(row.estimate.period),
                Figure(estimate=row.estimate, shows=row.kpi.shows),
                Figure(estimate=_difference(row), shows=row.kpi.shows),
                name,
                row.kpi.family.owner,
            )
            for name, _, row in found[:most]
        ),
        caption=(
            "Finished periods against the one before. A change counts as one where its interval leaves out 0; of so "
            "many KPIs some do so by chance."
        ),
    )


def way(row: Row) -> str:
    """Return which way a KPI moved: worse, better, moved, or "" where that cannot be told from chance."""
    change = row.change
    if change is None or change.difference.low is None or change.difference.high is None:
        return ""
    if change.difference.low <= 0 <= change.difference.high or row.estimate.interval.value is None:
        return ""
    if row.kpi.better is Better.NEITHER:
        return MOVED
    up = change.difference.low > 0
    return BETTER if up == (row.kpi.better is Better.HIGHER) else WORSE


def _first(found: tuple[str, int, Row]) -> tuple[int, int]:
    return ((WORSE, BETTER, MOVED).index(found[0]), found[1])


def _difference(row: Row) -> Estimate:
    assert row.change is not None
    return replace(row.estimate, interval=row.change.difference)
