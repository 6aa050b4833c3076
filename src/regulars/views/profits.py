"""What pages on profitability are made of: the whale curve, CAC by channel, what service costs."""

from collections.abc import Iterator

from regulars.app.service_costing import ServiceCosting, service_costing
from regulars.app.whale_curve import Whales, whale_curve
from regulars.core.errors import QueryError
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Chart, ChartKind, Grid, Head, Mark, Notice, Series
from regulars.views.view import Ask

#: The KPI that the whale curve is the course of.
PEAK = "whale_curve_peak"


def whales(ask: Ask) -> Iterator[Block]:
    """Yield the whale curve of the period, where contribution is known."""
    if not ask.available(PEAK):
        return
    found = whale_curve(ask.kpis[PEAK], ask.records, ask.period)
    if not found:
        yield Notice(text="No whale curve: nobody is known to have contributed anything in the period.")
        return
    yield Chart(
        name="whale_curve",
        title="What the best customers contribute, as a share of what all do",
        kind=ChartKind.CURVE,
        says=_told(found),
        shows=Shows.SHARE,
        series=(
            Series(
                marks=tuple(Mark(label=f"best {one.percent} %", x=one.percent, estimate=one.share) for one in found)
            ),
        ),
        axis="share of customers, best first",
    )


def _told(found: tuple[Whales, ...]) -> str:
    top = max(found, key=lambda one: one.share.interval.value or 0)
    share = top.share.interval
    if share.why_not:
        return f"No value: {share.why_not}."
    if top.percent == found[-1].percent:
        return "The curve rises to its end: no tenth of customers takes back what the others contribute."
    return (
        f"The best {top.percent} % of customers contribute {words.value(share.value, Shows.SHARE, '')} "
        f"({words.interval(share, Shows.SHARE, '')}) of what all do; the others take back what is above 100 %."
    )


def by_channel(ask: Ask) -> Iterator[Block]:
    """Yield CAC by acquisition channel, where channels are known."""
    if ask.available("cac") and "acquisition_channel" in ask.records.attributes:
        yield ask.answers("cac", by=("acquisition_channel",), grain=None)


def service_costs(ask: Ask) -> Iterator[Block]:
    """Yield what service costs by topic, or what it waits for."""
    try:
        found = service_costing(ask.records, ask.period)
    except QueryError as lacking:
        yield Notice(text=f"Costs of service are not shown. {lacking}")
        return
    yield Grid(
        name="service_costs",
        title="What service costs, by what it is about",
        heads=(
            Head(name="topic", title="Topic"),
            Head(name="cases", title="Cases"),
            Head(name="each", title="Each", shows=Shows.MONEY),
            Head(name="total", title="All", shows=Shows.MONEY),
        ),
        rows=tuple((one.name or "(none)", one.cases, one.each, one.total) for one in found.topics),
        caption=f"Minutes worked, at the cost of a minute of practical capacity. {_unused(found, ask.currency)}",
    )


def _unused(found: ServiceCosting, currency: str) -> str:
    if not found.capacity_known:
        return "How much capacity was not used is not known (`definitions.service_capacity_minutes`)."
    whole = found.costing
    if whole.unused_minutes < 0:
        return f"More was worked than the stated capacity, by {-whole.unused_minutes:,.0f} minutes: correct it."
    cost = words.value(whole.unused, Shows.MONEY, currency)
    return f"{whole.unused_minutes:,.0f} minutes were not used: {cost}, charged to nobody."
