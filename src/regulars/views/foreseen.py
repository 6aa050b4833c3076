"""What customers are worth and will do, as foretold: how it is spread, and how well past days bore it out."""

from collections.abc import Iterator

import numpy as np

from regulars.app.concentrated import concentration_of
from regulars.app.foretell import Foretold
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval
from regulars.kpis.kpi import Shows
from regulars.models.model import Kind
from regulars.views import words
from regulars.views.blocks import Block, Chart, ChartKind, Mark, Notice, Series
from regulars.views.predicted import SHOWS
from regulars.views.view import Ask


def spread(found: Foretold, currency: str) -> Chart:
    """Return how many customers are foretold how much, by classes that double: value is skewed."""
    means, shows = found.column("mean"), SHOWS[found.outcome.kind]
    edges = _edges(means)
    places = np.searchsorted(edges, means, side="right")
    counts = np.bincount(places, minlength=len(edges) + 1)
    labels = [_class(place, edges, shows, currency) for place in range(len(edges) + 1)]
    top = np.sort(means)[::-1]
    tenth = top[: max(1, len(top) // 10)].sum() / top.sum() if len(top) and top.sum() > 0 else None
    told = "" if tenth is None else f" The tenth with most is foretold {words.value(tenth, Shows.SHARE, '')} of it."
    return Chart(
        name=f"spread_{found.outcome.name}",
        title=f"{found.outcome.said[:1].upper()}{found.outcome.said[1:]} of each of {len(means):,} customers, foretold",
        kind=ChartKind.HISTOGRAM,
        says=f"Customers by what is foretold of them, {found.period.start} to {found.period.end}.{told}",
        shows=Shows.COUNT,
        series=(Series(marks=tuple(Mark(label=label, count=int(n)) for label, n in zip(labels, counts, strict=True))),),
        axis=found.outcome.said,
    )


def _edges(means: np.ndarray) -> list[float]:
    positive = means[means > 0]
    if not len(positive):
        return [0.0]
    most = float(positive.max())
    first = max(most / 2**8, float(np.quantile(positive, 0.05)))
    nice = 10 ** np.floor(np.log10(first))
    edge = float(nice * (1 if first < 2 * nice else 2 if first < 5 * nice else 5))
    found: list[float] = []
    while edge < most and len(found) < 11:
        found.append(edge)
        edge *= 2
    return found or [most / 2]


def _class(place: int, edges: list[float], shows: Shows, currency: str) -> str:
    if place == 0:
        return f"below {words.value(edges[0], shows, currency)}"
    if place == len(edges):
        return f"{words.value(edges[-1], shows, currency)} or more"
    return f"{words.value(edges[place - 1], shows, currency)} to {words.value(edges[place], shows, '').strip()}"


def calibration(found: Foretold) -> Chart:
    """Return what came of tenths of customers on past days against what was foretold of them."""
    own, kind = found.tried, found.outcome.kind
    share = kind is Kind.PROBABILITY
    marks = []
    for place, one in enumerate(own.deciles, 1):
        came = _estimate(found, one.interval(found.said.level, share=share))
        told = Interval(
            value=one.foretold,
            low=one.foretold,
            high=one.foretold,
            level=found.said.level,
            method="mean foretold",
            n=one.n,
        )
        marks.append(Mark(label=f"tenth {place}", estimate=came, against=_estimate(found, told)))
    within = sum(_bears_out(mark) for mark in marks)
    return Chart(
        name=f"calibration_{found.outcome.name}",
        title=f"{found.outcome.said[:1].upper()}{found.outcome.said[1:]}: what came, against what was foretold",
        kind=ChartKind.CALIBRATION,
        says=f"Of {len(marks)} tenths of customers by what was foretold, what came of {within} agrees with it. "
        f"{found.said.trial.tried_on[:1].upper()}{found.said.trial.tried_on[1:]}; tenths of all those days together.",
        shows=SHOWS[kind],
        series=(Series(marks=tuple(marks)),),
        axis="foretold",
    )


def _bears_out(mark: Mark) -> bool:
    assert mark.estimate is not None
    assert mark.against is not None
    came, told = mark.estimate.interval, mark.against.interval.value
    if came.low is None or came.high is None or told is None:
        return False
    return came.low <= told <= came.high


def _estimate(found: Foretold, interval: Interval) -> Estimate:
    return Estimate(
        interval=interval, period=found.period, as_of=found.known_at, version=found.version, flags=found.flags
    )


def held(ask: Ask) -> Iterator[Block]:
    """Yield how much of what customers brought the best of them brought."""
    try:
        found = concentration_of(ask.records)
    except QueryError as lacking:
        yield Notice(text=str(lacking))
        return
    tenth = next(one.share.interval for one in found if one.percent == 10)
    told = tenth.why_not or (
        f"The best tenth of customers brought {words.value(tenth.value, Shows.SHARE, '')} "
        f"({words.interval(tenth, Shows.SHARE, '')}) of everything."
    )
    yield Chart(
        name="concentration",
        title="How much of everything the best customers brought",
        kind=ChartKind.CURVE,
        says=told,
        shows=Shows.SHARE,
        series=(
            Series(
                marks=tuple(Mark(label=f"best {one.percent} %", x=one.percent, estimate=one.share) for one in found)
            ),
        ),
        axis="share of customers, best first",
    )
