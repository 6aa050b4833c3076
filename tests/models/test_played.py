"""Scenarios played on customers whose true rates are known: does the interval of the difference hold what comes?"""

import numpy as np
import pytest

from regulars.catalogue.models.bg_nbd import family as bg_nbd
from regulars.catalogue.models.mbg_nbd import family as mbg_nbd
from regulars.catalogue.models.pareto_nbd import family as pareto_nbd
from regulars.catalogue.models.shifted_beta_geometric import sbg_value
from regulars.core.definitions import Definitions
from regulars.models.buyers import Buyers
from regulars.models.contracts import Contracted
from regulars.models.model import Horizon
from regulars.models.played import brings, limits, played
from regulars.models.spending import value_of
from regulars.stats.buying.histories import Histories
from regulars.stats.buying.shifted_beta_geometric import Tenures
from regulars.stats.scenario import Change

DAYS, AGE = 365, 500.0
POINTS = Change(amount=0.05, points=True)


class Known:
    """A snapshot that holds buyers, and what models share of it."""

    def __init__(self, **known):
        self.definitions, self._kept = Definitions(), known

    def kept(self, name, make):
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]


def drawn(rng, n):
    """Draw customers, their orders so far, and what they bring in both worlds: an order's luck is the same in both."""
    rate, leaves, nu = rng.gamma(1.2, 1 / 40, n), rng.beta(1.0, 6.0, n), rng.gamma(6.0, 1 / 150, n)
    kept = POINTS.of_each(np.exp(-rate * leaves * 365.25))
    with np.errstate(divide="ignore"):
        stays_more = np.minimum(-np.log(kept) / 365.25 / rate, 1.0)
    when, last, times, spent = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    there, came = np.ones((2, n), dtype=bool), np.zeros((2, n))
    force = np.log1p(Definitions().discount_rate) / 365.25
    while there.any():
        when = when + rng.exponential(1 / rate)
        there &= when < AGE + DAYS
        money, luck = rng.gamma(5.0, 1 / nu), rng.random(n)
        past = when < AGE
        now = there[0] & past
        times, spent, last = times + now, spent + now * money, np.where(now, when, last)
        came += there * ~past * money * np.exp(-force * (when - AGE))
        there &= np.where(past, luck >= leaves, luck >= np.stack([leaves, stays_more]))
    mean = np.where(times > 0, spent / np.maximum(times, 1), 0.0)
    histories = Histories(frequency=times, recency=last, age=np.full(n, AGE))
    return Buyers(customer=np.arange(n, dtype=np.int32), histories=histories, value=mean), came.sum(axis=1)


def keeping(times):
    def changes(lives, _drawn):
        return lives.keeping(POINTS.times(times).of_each(lives.kept("year")), "year"), 1.0

    return changes


def play(fit, snapshot, seed, *, rounds):
    rng = np.random.default_rng(seed)
    living = fit(snapshot, Horizon(DAYS), rng)
    n = len(living.predict(snapshot, 0.95).mean)
    rows, groups = np.ones(n, dtype=bool), np.zeros(n, dtype=np.intp)
    made = played(
        living,
        snapshot,
        keeping(1.0),
        days=DAYS,
        rows=rows,
        groups=groups,
        per="year",
        rng=rng,
        rounds=rounds,
    )
    return living, made


def under_contract(rng, n):
    """Draw customers under contract, as they were seen, and what they bring in both worlds."""
    ends, begun, monthly = rng.beta(1.5, 20.0, n), rng.integers(0, 25, n), rng.gamma(4.0, 10.0, n)
    lasts = rng.geometric(ends)  # ends in that month
    here = lasts > begun
    lost = np.bincount(lasts[~here] - 1, minlength=25).astype(float)
    held = np.bincount(begun[here], minlength=26).astype(float)
    ends, monthly, begun = ends[here], monthly[here], begun[here]
    fewer = 1 - POINTS.of_each((1 - ends) ** 12) ** (1 / 12)
    there, came = np.ones((2, len(ends)), dtype=bool), np.zeros((2, len(ends)))
    for month in range(12):
        goes = there & (rng.random(len(ends)) < np.stack([ends, fewer]))
        came += np.where(goes, 0.5, there) * monthly * (1 + Definitions().discount_rate) ** (-(month + 0.5) / 12)
        there &= ~goes
    now = Contracted(customer=np.arange(len(ends), dtype=np.int32), lived=begun, monthly=monthly)
    return Known(contracted=now, tenures=Tenures(lost=lost, kept=held)), came.sum(axis=1)


def bought(rng, n):
    buyers, came = drawn(rng, n)
    return Known(buyers=buyers), came


@pytest.mark.parametrize(
    ("company", "fit"), [(bought, value_of(bg_nbd)), (under_contract, sbg_value.fit)], ids=["orders", "contracts"]
)
def test_the_interval_of_the_difference_holds_what_comes(company, fit):
    held, widths = 0, []
    for seed in range(30):
        snapshot, came = company(np.random.default_rng(seed), 400)
        made = play(fit, snapshot, seed, rounds=60)[1]
        moved = (made.sums_after - made.sums_before).sum(axis=1)
        low, high = limits(float((made.after - made.before).sum()), moved, 0.95)
        held += low <= came[1] - came[0] <= high
        widths.append(moved.std() / made.sums_before.sum(axis=1).std())
    # Of 30 intervals of 95 %, fewer than 25 hold the truth once in 300 times.
    assert held >= 25
    assert np.mean(widths) < 0.6


@pytest.mark.parametrize("family", [bg_nbd, mbg_nbd, pareto_nbd], ids=lambda one: one.name)
def test_rounds_expect_what_the_law_expects(family):
    snapshot, _ = bought(np.random.default_rng(5), 400)
    living, made = play(value_of(family), snapshot, 5, rounds=40)
    exact = living.predict(snapshot, 0.95).mean.sum()
    assert made.before.sum() == pytest.approx(exact)
    worth = [living.lives(snapshot, np.random.default_rng(at), doubted=False).worth(DAYS).sum() for at in range(60)]
    assert np.mean(worth) == pytest.approx(exact, rel=0.02)
    assert made.after.sum() > made.before.sum()
    assert made.kept[0] < made.kept[1] <= made.kept[0] + 0.05 + 1e-9


def test_twice_the_change_brings_more_until_everybody_stays():
    snapshot, _ = bought(np.random.default_rng(6), 300)
    living, made = play(value_of(bg_nbd), snapshot, 6, rounds=40)
    rows = np.ones(300, dtype=bool)
    more = brings(living, snapshot, keeping, days=DAYS, rows=rows, rng=np.random.default_rng(7))
    assert more(0.0) == pytest.approx(0, abs=1e-6)
    assert 0 < more(1.0) < more(2.0) < more(20.0) == pytest.approx(more(40.0))
    assert more(1.0) == pytest.approx((made.after - made.before).sum(), rel=0.1)


def test_past_errors_move_both_worlds_alike():
    snapshot, _ = bought(np.random.default_rng(8), 300)
    made = play(value_of(bg_nbd), snapshot, 8, rounds=100)[1]
    off = made.with_past_errors(0.2, np.random.default_rng(9))
    ratio = off.sums_before / made.sums_before
    np.testing.assert_allclose(off.sums_after / made.sums_after, ratio)
    assert np.log(ratio).std() == pytest.approx(0.2, rel=0.05)


def test_a_share_of_money_is_a_share_of_all_of_it():
    snapshot, _ = bought(np.random.default_rng(8), 200)
    made = play(value_of(bg_nbd), snapshot, 8, rounds=20)[1]
    half = made.of_money(0.5)
    for name, times in (("before", 0.5), ("after", 0.5), ("shows", 0.5), ("sums_after", 0.5), ("variance", 0.25)):
        np.testing.assert_allclose(getattr(half, name), times * getattr(made, name))
    np.testing.assert_array_equal(half.kept, made.kept)
