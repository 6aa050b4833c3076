import math

import numpy as np
import pytest

from regulars.core.errors import DataError
from regulars.core.estimate import Interval, unknown
from regulars.stats import incremental, two_shares
from regulars.stats.fieller import fieller
from regulars.stats.intervals import z
from regulars.stats.moments import PairSums, Sums, summed


def money(n1, n0, *, cost=2.0, effect=3.0, seed=1, costs_vary=True):
    rng = np.random.default_rng(seed)
    spent = rng.gamma(2.0, 5.0, n1 + n0)
    price = rng.gamma(4.0, cost / 4, n1) if costs_vary else np.full(n1, cost)
    treated = summed(spent[:n1] + effect + 0.5 * (price - cost), price)
    control = summed(spent[n1:], np.zeros(n0)).minus(0)
    return incremental.incremental(treated, control)


def test_by_hand():
    """Margins 6, 8, 10 less 1, 3, 5 at 2 each: 5 a customer, 3 after cost, 9 in all, 1.5 for each 1."""
    treated = incremental.costing(Sums.of([6, 8, 10]), 2)
    found = incremental.incremental(treated, Sums.of([1, 3, 5]))
    values = [found.margin.interval, found.cost, found.profit.interval, found.total, found.roi]
    assert [interval.value for interval in values] == [5, 2, 3, 9, 1.5]
    assert (found.cost.low, found.cost.high, found.cost.method) == (2, 2, "the same for everybody")
    half = found.margin.interval.high - 5
    assert found.profit.interval.high - 3 == pytest.approx(half)
    assert (found.roi.low, found.roi.high) == (pytest.approx(1.5 - half / 2), pytest.approx(1.5 + half / 2))


def test_intervals_hold_the_truth():
    held = {"margin": [], "profit": [], "total": [], "roi": [], "cost": []}
    truths = {"margin": 3.0, "profit": 1.0, "total": 270.0, "roi": 0.5, "cost": 2.0}
    for seed in range(600):
        found = money(270, 130, seed=seed)
        for name, rows in held.items():
            one = getattr(found, name)
            one = getattr(one, "interval", one)
            rows.append(one.low <= truths[name] <= one.high)
    for rows in held.values():
        assert 0.92 <= np.mean(rows) <= 0.98


def test_no_return_on_what_may_cost_nothing():
    found = money(50, 50, cost=0.0, costs_vary=False)
    assert "not clearly above 0" in found.roi.why_not
    assert found.profit.interval.value == found.margin.interval.value
    treated = PairSums.of([(3, 0), (5, 0), (4, 9), (1, 0)])
    unsure = incremental.incremental(treated, Sums.of([1, 2, 3]))
    assert unsure.cost.low < 0 < unsure.cost.value
    assert "not clearly above 0" in unsure.roi.why_not


def test_arms_without_customers_bring_no_money():
    some, nobody = PairSums.of([(3, 1), (5, 2)]), PairSums.of([])
    for treated, control, said in ((nobody, Sums.of([1, 2]), "treated arm"), (some, Sums.of([]), "control arm")):
        found = incremental.incremental(treated, control)
        for one in (found.margin.interval, found.profit.interval, found.total, found.roi):
            assert said in one.why_not
    assert "nobody" in incremental.incremental(nobody, Sums.of([1, 2])).cost.why_not


def test_sums_that_are_no_numbers_are_refused_by_name():
    with pytest.raises(DataError, match="`b` is nan"):
        incremental.incremental(PairSums(n=2, a=1, b=math.nan, aa=1, ab=1, bb=1), Sums.of([1, 2]))
    with pytest.raises(DataError, match="`total` is nan"):
        incremental.incremental(PairSums.of([(3, 1), (5, 2)]), Sums(n=2, total=math.nan, squares=1))


def test_huge_money():
    found = incremental.incremental(incremental.costing(Sums.of([6e140, 8e140]), 2e140), Sums.of([1e140, 2e140]))
    assert found.roi.value == pytest.approx(5.5 / 2 - 1)
    assert math.isfinite(found.total.high)


def given_cost(value, low=None, high=None):
    low, high = (value if end is None else end for end in (low, high))
    return Interval(value=value, low=low, high=high, level=0.95, method="given", n=50)


def test_cost_per_save():
    kept = two_shares.newcombe((900, 1000), (850, 1000)).interval
    found = incremental.cost_per_save(given_cost(2.0), kept)
    limits = (found.low, found.value, found.high)
    assert limits == tuple(pytest.approx(2 / end) for end in (kept.high, kept.value, kept.low))
    wider = incremental.cost_per_save(given_cost(2.0, 1.5, 2.5), kept)
    assert wider.low < found.low < found.high < wider.high


def test_cost_per_save_is_unbounded_where_nobody_may_have_been_kept():
    kept = two_shares.newcombe((90, 100), (85, 100)).interval
    found = incremental.cost_per_save(given_cost(2.0), kept)
    assert kept.low < 0
    assert (found.low, found.value, found.high) == (pytest.approx(2 / kept.high), pytest.approx(40), math.inf)
    assert "unbounded" in found.method
    assert "may be 0" in found.method


def test_cost_per_save_where_there_is_none():
    worse = two_shares.newcombe((80, 100), (85, 100)).interval
    assert "did not stay more" in incremental.cost_per_save(given_cost(2.0), worse).why_not
    assert incremental.cost_per_save(given_cost(2.0), unknown("nobody", level=0.95)).why_not == "nobody"
    assert incremental.cost_per_save(unknown("no costs", level=0.95), worse).why_not == "no costs"
    with pytest.raises(DataError, match="cannot be below 0"):
        incremental.cost_per_save(given_cost(1.0, -1.0, 3.0), worse)


def test_fieller_holds_the_truth_where_top_and_bottom_go_together():
    rng, covariance = np.random.default_rng(2), np.array([[1.0, 0.3], [0.3, 0.25]])
    draws = rng.multivariate_normal([6, 2], covariance, 4000)
    held = []
    for top, bottom in draws.tolist():
        limits = fieller(top, bottom, variances=(1.0, 0.25), covariance=0.3, quantile=z(0.95))
        held.append(limits is not None and limits[0] <= 3 <= limits[1])
        assert limits is None or limits[0] <= top / bottom <= limits[1]
    bounded = (draws[:, 1] / 0.5 > z(0.95)).mean()
    assert np.mean(held) == pytest.approx(0.95 - (1 - bounded), abs=0.015)
