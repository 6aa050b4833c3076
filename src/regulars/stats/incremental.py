"""Money that a treatment brought: what the treated gave more than the control arm, less what treating them cost.

Incremental, never attributed: what treated customers would have bought anyway is the control arm's, and not counted.
Margin and cost stand in one currency, over one stretch of time after customers were assigned, and everybody who was
assigned counts, whether the treatment reached them or not.
"""

import math
from dataclasses import dataclass

from regulars.core.errors import DataError
from regulars.core.estimate import Interval, unknown
from regulars.stats import arms, contrasts
from regulars.stats.effects import Effect, difference
from regulars.stats.fieller import fieller
from regulars.stats.intervals import t
from regulars.stats.moments import Number, PairSums, Sums, exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Incremental:
    """What a treatment brought and cost.

    Attributes:
        margin: incremental margin per treated customer, before the cost of treating.
        cost: cost per treated customer; without doubt where it is the same for everybody.
        profit: incremental margin less cost, per treated customer.
        total: `profit` of all the treated.
        roi: incremental return on investment: `profit` over `cost`; 0.5 is 1.50 of margin for 1 of cost.
    """

    margin: Effect
    cost: Interval
    profit: Effect
    total: Interval
    roi: Interval


def incremental(treated: PairSums, control: Sums, *, level: float = 0.95) -> Incremental:
    """Return what a treatment brought.

    Args:
        treated: of the treated: a the margin of a customer, b the cost of treating that customer (see `costing`).
        control: margin of the control arm, which costs nothing.
        level: of the intervals.

    Raises:
        DataError: a sum is not a finite number, or no values have such sums.
    """
    arms.check_pairs(treated)
    without = arms.mean(control)
    margin = difference(arms.mean(treated.minus(0)), without, level=level)
    profit = difference(arms.mean(treated.minus(1)), without, level=level)
    cost = _cost(treated, level)
    return Incremental(
        margin=margin,
        cost=cost,
        profit=profit,
        total=_times(profit.interval, treated.n),
        roi=_roi(margin, treated, level),
    )


def costing(margin: Sums, cost: Number) -> PairSums:
    """Return the sums of margin and cost of treated customers who cost the same each.

    >>> costing(Sums.of([3, 5]), 2).minus(1).mean
    2.0
    """
    c, n = exact(cost), margin.n
    a = exact(margin.total)
    return PairSums(n=n, a=a, b=n * c, aa=exact(margin.squares), ab=c * a, bb=n * c * c)


def cost_per_save(cost: Interval, kept: Interval) -> Interval:
    """Return what it costs to keep one customer who would have left: cost per treated over the effect on retention.

    Where the effect may be 0, so may be the number of customers kept, and the interval is open above. There is no value
    where the treated did not stay more.

    Args:
        cost: per treated customer, at least 0.
        kept: share who stayed among the treated less that of the control arm, such as `two_shares.newcombe`; taken as
            independent of the cost.

    >>> def known(x): return Interval(value=x, low=x, high=x, level=0.95, method="given", n=100)
    >>> kept = Interval(value=0.05, low=0.02, high=0.08, level=0.95, method="Wald", n=1000)
    >>> found = cost_per_save(known(2.0), kept)
    >>> round(found.low, 6), round(found.value, 6), round(found.high, 6)
    (25.0, 40.0, 100.0)

    References:
        Donner & Zou (2012), Statistical Methods in Medical Research 21, 347-359, where the effect is clearly above 0;
        beyond it the ends of the two intervals, as of the number needed to treat: Altman (1998), BMJ 317, 1309-1312.
    """
    for side in (cost, kept):
        if side.why_not:
            return unknown(side.why_not, level=kept.level, n=kept.n)
    (price, cheap, _), (effect, down, up) = contrasts.lengths(cost), contrasts.lengths(kept)
    if price < cheap:
        raise DataError(f"The cost per treated customer may be {price - cheap:.6g}: it cannot be below 0.")
    if effect <= 0:
        return unknown("the treated did not stay more than the control arm", level=kept.level, n=kept.n)
    if effect > down:
        ratio = contrasts.relative_change(cost, kept)
        value, below, above = contrasts.lengths(ratio)
        low, high = 1 + value - below, 1 + value + above
        return Interval(value=price / effect, low=low, high=high, level=kept.level, method=ratio.method, n=kept.n)
    return Interval(
        value=price / effect,
        low=(price - cheap) / (effect + up),
        high=math.inf,
        level=kept.level,
        method="unbounded: the effect on retention may be 0",
        n=kept.n,
    )


def return_on(margin: Interval, cost: float) -> Interval:
    """Return margin over cost, less 1, where everybody costs the same: Fieller's limits are then those of the margin.

    Args:
        margin: incremental, per treated customer, by whatever method.
        cost: per treated customer.

    >>> margin = Interval(value=3.0, low=1.0, high=6.0, level=0.95, method="t", n=90)
    >>> found = return_on(margin, 2.0)
    >>> found.low, found.value, found.high
    (-0.5, 0.5, 2.0)
    """
    if margin.why_not:
        return margin
    if not 0 < cost < math.inf:
        return unknown("it costs nothing, so there is no return on what it costs", level=margin.level, n=margin.n)
    value, down, up = contrasts.lengths(margin)
    low, high = (value - down) / cost - 1, (value + up) / cost - 1
    method = f"{margin.method}, over a cost that is known"
    return Interval(value=value / cost - 1, low=low, high=high, level=margin.level, method=method, n=margin.n)


def _cost(treated: PairSums, level: float) -> Interval:
    costs = arms.mean(Sums(n=treated.n, total=treated.b, squares=treated.bb))
    if costs.value is None:
        return unknown(f"the treated arm: {costs.why_not}", level=level, n=treated.n)
    half = t(level, treated.n - 1) * math.sqrt(costs.variance)
    method = "t" if half else "the same for everybody"
    low, high = costs.value - half, costs.value + half
    return Interval(value=costs.value, low=low, high=high, level=level, method=method, n=treated.n)


def _times(profit: Interval, n: int) -> Interval:
    if profit.why_not:
        return profit
    value, down, up = contrasts.lengths(profit)
    low, high = (value - down) * n, (value + up) * n
    return Interval(value=value * n, low=low, high=high, level=profit.level, method=profit.method, n=profit.n)


def _roi(margin: Effect, treated: PairSums, level: float) -> Interval:
    """Return incremental margin over cost, less 1; margin and cost of a treated customer may go together."""
    n = margin.interval.n
    if margin.interval.value is None or margin.error is None:
        return unknown(margin.interval.why_not, level=level, n=n)
    costs = arms.mean(Sums(n=treated.n, total=treated.b, squares=treated.bb))
    cost = costs.value or 0.0
    limits = fieller(
        margin.interval.value,
        cost,
        variances=(margin.error**2, costs.variance),
        covariance=treated.covariance / treated.n if costs.variance else 0.0,
        quantile=t(level, margin.df),
    )
    if limits is None or cost <= 0:
        return unknown("the cost is not clearly above 0: no return on it", level=level, n=n)
    value = margin.interval.value / cost - 1
    low, high = limits[0] - 1, limits[1] - 1
    return Interval(value=value, low=low, high=high, level=level, method="Fieller", n=n)
