"""What pages on monthly recurring revenue are made of: the bridge, its chart, and who is behind each movement."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from regulars.app import measure
from regulars.app.mrr_bridge import Bridge, Step, mrr_bridges
from regulars.core.errors import QueryError
from regulars.core.periods import Grain
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Cell, Chart, ChartKind, Grid, Head, Link, Mark, Notice, Series
from regulars.views.view import Ask

#: The KPI that counts each movement; its customers are behind it.
BEHIND: Mapping[str, str] = MappingProxyType(
    {
        "new": "new_mrr",
        "reactivation": "reactivation_mrr",
        "expansion": "expansion_mrr",
        "contraction": "contraction_mrr",
        "churn": "churned_mrr",
    }
)
POLICY = (
    "Of all contracts of a customer together, as of the first day and the day after the last. New: never paid before; "
    "reactivation: paid once, and nothing at the start. A pause over the end of a period is churn and then "
    "reactivation. Trials pay nothing. Intervals are of customers' chance, not of the books: amounts add up exactly."
)


def bridged(ask: Ask) -> Iterator[Block]:
    """Yield the MRR bridge by period, its course, what moved last, and how many customers did."""
    try:
        bridges = _bridges(ask)
    except QueryError as lacking:
        yield Notice(text=f"The MRR bridge is not shown. {lacking}")
        return
    yield _amounts(bridges)
    yield from _charts(ask, bridges)
    yield _customers(ask, bridges)


def _bridges(ask: Ask) -> tuple[Bridge, ...]:
    grain = None if ask.course == measure.ALL else Grain(ask.course)
    if ask.focus is not None:  # a period that is named must have records, not only those that lead up to it
        measure.period_of(ask.records, grain, ask.focus, ask.end)
    return mrr_bridges(ask.records, measure.period_of(ask.records, grain, ask.start, ask.end), grain)


def _amounts(bridges: Sequence[Bridge]) -> Grid:
    steps = ("opening", *BEHIND, "closing")
    return Grid(
        name="mrr_bridge",
        title="What moved monthly recurring revenue",
        heads=(
            Head(name="period_of", title="Period"),
            *(Head(name=name, title=name.capitalize(), shows=Shows.MONEY, change=name in BEHIND) for name in steps),
        ),
        rows=tuple((words.span(bridge.period), *(bridge.step(name).estimate for name in steps)) for bridge in bridges),
        caption=POLICY,
    )


def _customers(ask: Ask, bridges: Sequence[Bridge]) -> Grid:
    return Grid(
        name="mrr_customers",
        title="How many customers pay, and moved",
        heads=(
            Head(name="period_of", title="Period"),
            Head(name="opening", title="Opening"),
            *(Head(name=name, title=name.capitalize()) for name in BEHIND),
            Head(name="closing", title="Closing"),
        ),
        rows=tuple(
            (
                words.span(bridge.period),
                bridge.opening.customers,
                *(_behind(ask, bridge, step) for step in bridge.movements),
                bridge.closing.customers,
            )
            for bridge in bridges
        ),
    )


def _behind(ask: Ask, bridge: Bridge, step: Step) -> Cell:
    """Return how many customers moved, with the way to who they are where the period is over."""
    kpi = BEHIND[step.name]
    if not step.customers or kpi not in ask.kpis or "unfinished" in step.estimate.flags:
        return f"{step.customers:,}"
    last = Grain.DAY.previous(bridge.period.end)
    asked = {"period": f"{bridge.period.start}..{last}"}
    return Link(text=f"{step.customers:,}", page="behind", about=kpi, asked=asked)


def _charts(ask: Ask, bridges: Sequence[Bridge]) -> Iterator[Chart]:
    if len(bridges) > 1:
        yield Chart(
            name="mrr_course",
            title="Monthly recurring revenue",
            kind=ChartKind.LINE,
            says=f"MRR at the end of each period: {_told(bridges[0].closing, ask)} at first, "
            f"{_told(bridges[-1].closing, ask)} at last.",
            shows=Shows.MONEY,
            series=(Series(marks=tuple(_mark(bridge) for bridge in bridges)),),
        )
    over = [bridge for bridge in bridges if "unfinished" not in bridge.closing.estimate.flags] or bridges
    yield Chart(
        name="mrr_movements",
        title=f"What moved MRR, {words.span(over[-1].period)}",
        kind=ChartKind.BARS,
        says="; ".join(f"{step.name} {_told(step, ask)}" for step in over[-1].movements),
        shows=Shows.MONEY,
        series=(Series(marks=tuple(Mark(label=step.name, estimate=step.estimate) for step in over[-1].movements)),),
        rule=0,
    )


def _mark(bridge: Bridge) -> Mark:
    estimate = bridge.closing.estimate
    return Mark(label=words.span(bridge.period), estimate=estimate, open="unfinished" in estimate.flags)


def _told(step: Step, ask: Ask) -> str:
    found = step.estimate.interval
    return found.why_not or words.value(found.value, Shows.MONEY, ask.currency)
