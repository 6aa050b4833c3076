"""The second stage: a law that is wrong of a known group is put right."""

import numpy as np
import pytest
from scipy.stats import poisson

from drawn import buyers
from regulars.app.foretell import snapshot_of
from regulars.catalogue.features.orders import first_order_value, order_recency
from regulars.catalogue.models.outcomes import orders
from regulars.core.randomness import stream
from regulars.models.ahead import Ahead
from regulars.models.model import Horizon
from regulars.models.second import second
from regulars.stats.likelihood import NotFitted
from regulars.stats.predictive import Counts
from small import company, on, sale

HORIZON = Horizon(40)


class Flat:
    """A law that expects the same of everybody."""

    n, method, learned, notes = 9, "flat", {"rate": 1}, ("flat",)

    def __init__(self, horizon, rate=0.02):
        self.days, self.rate = horizon.days, rate

    def ahead(self, snapshot):
        mean = np.full(len(orders.people(snapshot)), self.rate * self.days)
        return Ahead(comes=Counts.of(mean, np.exp(-mean), 1.0, mean**2), doubts=mean[None] / 10, more={})


def flat(snapshot, horizon, rng):
    return Flat(horizon)


def drawn():
    """Return customers of whom those with a dear first order buy three times as often."""
    rng = np.random.default_rng(3)
    dear = rng.random(700) < 0.5
    return buyers(
        4,
        700,
        300,
        rate=lambda _rng, n: np.where(dear, 0.06, 0.02),
        stays=1e6,
        spend=lambda _rng, who, n: np.full(n, 90.0 if dear[who] else 10.0),
    ), dear


@pytest.fixture(scope="module")
def known():
    made, dear = drawn()
    return snapshot_of(company(300, orders=made.orders, since=on(0)), [first_order_value, order_recency]), dear


def fitted(known, **rest):
    return second(orders, flat, **rest)(known[0], HORIZON, stream(1, "second"))


def groups(known, mean):
    return mean[~known[1]].mean(), mean[known[1]].mean()


def test_a_law_that_is_wrong_of_a_group_is_put_right(known):
    found = fitted(known).predict(known[0], 0.95)
    assert groups(known, found.mean) == pytest.approx((0.02 * 40, 0.06 * 40), rel=0.15)
    assert len(found.doubts) == 1 + 4
    assert ((found.low <= found.mean) & (found.mean <= found.high)).all()


def test_limits_are_the_laws_own_at_the_new_rate(known):
    """Poisson of another mean, since the law was: whole numbers, as wide as they should be at either end."""
    found = fitted(known).predict(known[0], 0.95)
    assert found.spread == pytest.approx(found.mean)
    for limits, p in ((found.low, 0.025), (found.high, 0.975)):
        assert np.abs(limits - poisson.ppf(p, found.mean)).max() <= 1e-9


def test_half_of_it_lies_half_way(known):
    whole, half = (fitted(known, share=share).predict(known[0], 0.95).mean for share in (1.0, 0.5))
    assert half == pytest.approx((whole + 0.02 * 40) / 2)


def test_its_own_level_is_the_laws(known):
    found = fitted(known, own_level=True).predict(known[0], 0.95)
    assert found.mean.sum() == pytest.approx(0.02 * 40 * len(found.mean))
    low, high = groups(known, found.mean)
    assert high / low == pytest.approx(3, rel=0.2)
    # Every bag has the law's total, so only the law's own doubt is left in it.
    assert found.doubts.sum(axis=1)[0] == pytest.approx(found.mean.sum() / 10)
    assert found.doubts.sum(axis=1)[1:] == pytest.approx(0, abs=1e-6)


def test_what_several_share_is_made_once_and_alike(known):
    one, other = fitted(known), fitted(known, share=0.5)
    assert one.factor is other.factor
    assert any("histories on past days, and the 40 days after each" in note for note in one.notes)


def test_short_records_are_learned_from_by_shorter_windows():
    made, _ = drawn()
    rows = [row for row in made.orders if (row["ordered_at"].date() - on(0)).days < 50]
    short = snapshot_of(company(50, orders=rows, since=on(0)), [first_order_value])
    assert second(orders, flat)(short, HORIZON, stream(1, "x")).days == 25
    few = snapshot_of(company(13, orders=rows, since=on(0)), [first_order_value])
    with pytest.raises(NotFitted, match="records of 13 days are too short"):
        second(orders, flat)(few, HORIZON, stream(1, "x"))


def test_without_features_there_is_nothing_to_learn():
    made, _ = drawn()
    with pytest.raises(NotFitted, match="varies"):
        second(orders, flat)(snapshot_of(company(300, orders=made.orders, since=on(0))), HORIZON, stream(1, "x"))


def test_limits_are_loosened_until_they_hold_what_came_before():
    """Customers' rates change from month to month, three times as uneven as Poisson: the law knows nothing of it."""
    rng = np.random.default_rng(5)
    rows = []
    for who in range(900):
        rows.append(sale(f"c{who:04}", 0))
        for month in range(7):
            times = rng.poisson(rng.gamma(2.0, 2.0))
            rows += [sale(f"c{who:04}", int(day)) for day in 1 + month * 40 + rng.choice(40, min(times, 40), False)]
    shop = snapshot_of(company(281, orders=rows, since=on(0)), [order_recency])
    found = second(orders, lambda _snapshot, horizon, _rng: Flat(horizon, 0.1))(shop, HORIZON, stream(1, "x"))
    assert 2.0 <= found.loose <= 4.0
    told = found.predict(shop, 0.95)
    assert told.spread == pytest.approx(found.loose * told.mean)
    came = rng.poisson(rng.gamma(2.0, told.mean / 2))
    assert np.mean((told.low <= came) & (came <= told.high)) > 0.93
