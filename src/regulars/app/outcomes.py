"""What is compared between the arms of an experiment, and how sure each difference is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from regulars.app.came_of import CameOf, Floats
from regulars.core.estimate import Interval
from regulars.decisions.action import Gain
from regulars.kpis.kpi import Shows
from regulars.stats import always_valid, arms, intervals, skewed, two_shares
from regulars.stats.covariate import cuped
from regulars.stats.effects import Effect, difference, no_effect
from regulars.stats.moments import PairSums, summed
from regulars.stats.simultaneous import Reading

#: Reads an arm at a level.
OfArm = Callable[[float], Interval]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Something that came of both arms.

    Attributes:
        name, said: what.
        shows: what kind of number.
        good: 1 where more of it is better, -1 where less is; 0 where neither can be said.
        asked: whether it was asked before the experiment began: it is read at its own level.
        treated, held: of each arm, at a level.
        effect: treated less held, at a level.
        cut: share of the variance that earlier behaviour took away; None where it was not used.
    """

    name: str
    said: str
    shows: Shows
    good: int
    asked: bool
    treated: OfArm
    held: OfArm
    effect: Reading
    cut: float | None = None


def metrics(came: CameOf, gain: Gain) -> Iterator[Metric]:
    """Yield what is compared: what the action was to change and what it brought are asked, all else comes beside."""
    main = changed_by(came, gain)
    if came.orders:
        yield _share("ordered", "ordered again", 1, came.numbers("orders") > 0, came.held, asked=main == "ordered")
        yield _brought(came)
        yield _orders(came)
        yield _order_value(came)
    if came.contracts:
        under = came.told("left")
        left = (came.numbers("left") > 0)[under]
        yield _share("left", "ended the contract", -1, left, came.held[under], asked=main == "left")


def changed_by(came: CameOf, gain: Gain) -> str:
    """Return which outcome an action is to change: of who has contracts whether they end them, else whether they order.

    Contracts count where at least half of the members have one.
    """
    under = came.contracts and came.told("left").sum() >= len(came) / 2
    return "left" if gain is Gain.KEPT and under else "ordered"


def _share(name: str, said: str, good: int, did: np.ndarray, held: np.ndarray, *, asked: bool) -> Metric:
    treated, control = ((int(did[side].sum()), int(side.sum())) for side in (~held, held))
    return Metric(
        name=name,
        said=said,
        shows=Shows.SHARE,
        good=good,
        asked=asked,
        treated=lambda level: intervals.wilson(*treated, level=level),
        held=lambda level: intervals.wilson(*control, level=level),
        effect=lambda *, level: two_shares.newcombe(treated, control, level=level),
    )


def _brought(came: CameOf) -> Metric:
    treated, control = _arms(came.money("brought"), came.money("before"), came.held)
    adjusted = cuped(treated, control)
    theta = adjusted.theta if adjusted.effect.error is not None and adjusted.theta else 0.0
    return Metric(
        name="brought",
        said="brought by a customer",
        shows=Shows.MONEY,
        good=1,
        asked=True,
        treated=lambda level: intervals.mean(treated.minus(0), level=level),
        held=lambda level: intervals.mean(control.minus(0), level=level),
        effect=lambda *, level: skewed.difference(treated.minus(theta), control.minus(theta), level=level),
        cut=adjusted.cut,
    )


def _orders(came: CameOf) -> Metric:
    counts = came.numbers("orders")
    treated, control = (one.minus(0) for one in _arms(counts, np.zeros(len(counts)), came.held))
    return Metric(
        name="orders",
        said="orders of a customer",
        shows=Shows.NUMBER,
        good=1,
        asked=False,
        treated=lambda level: intervals.mean(treated, level=level),
        held=lambda level: intervals.mean(control, level=level),
        effect=lambda *, level: skewed.difference(treated, control, level=level),
    )


def _order_value(came: CameOf) -> Metric:
    treated, control = _arms(came.money("brought"), came.numbers("orders"), came.held)
    return Metric(
        name="order_value",
        said="brought by an order",
        shows=Shows.MONEY,
        good=0,
        asked=False,
        treated=lambda level: intervals.ratio(treated, level=level),
        held=lambda level: intervals.ratio(control, level=level),
        effect=lambda *, level: difference(arms.ratio(treated), arms.ratio(control), level=level),
    )


def _arms(a: Floats, b: Floats, held: np.ndarray) -> tuple[PairSums, PairSums]:
    return summed(a[~held], b[~held]), summed(a[held], b[held])


def watched(reading: Reading, share: float) -> Reading:
    """Return a reading that holds at every look at once, of an experiment of which that share of days is over.

    The interval is tuned to the end: by then the variance has come down about as the days have gone.
    """

    def read(*, level: float) -> Effect:
        found = reading(level=level)
        if found.interval.value is None:
            return found
        if not found.error:
            why = "customers of an arm are all alike so far: how sure it is at every look cannot be known"
            return no_effect(why, level=level, n=found.interval.n)
        variance = found.error**2
        tau2 = always_valid.tuned(variance * share, level=level)
        chance = float(always_valid.p_values([found.interval.value], [variance], tau2)[0])
        return replace(found, interval=always_valid.interval(found, tau2, level=level), p_value=chance)

    return read
