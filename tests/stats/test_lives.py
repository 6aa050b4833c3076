"""Lives with known rates: closed forms against what is drawn, and both worlds against each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats.lives import Buying, Contracted
from regulars.stats.scenario import Change, gain, least_multiple, price_factor

FORCE = np.log(1.1) / 365.25


def buying(*, at_orders=True, n=1, rate=0.05, hazard=0.002, alive=0.8):
    return Buying(
        alive=np.full(n, alive),
        rate=np.full(n, rate),
        hazard=np.full(n, hazard),
        each=np.full(n, 30.0),
        shape=4.0,
        at_orders=at_orders,
        force=FORCE,
    )


def contracted(*, n=1, ends=0.04):
    return Contracted(ends=np.full(n, ends), monthly=np.full(n, 20.0), rate=0.1)


LIVES = {
    "BG/NBD": lambda n: buying(n=n),
    "Pareto/NBD": lambda n: buying(n=n, at_orders=False),
    "contracts": lambda n: contracted(n=n),
}


@pytest.mark.parametrize("kind", LIVES)
def test_what_is_drawn_is_on_average_what_is_expected(kind):
    lives = LIVES[kind](100_000)
    other = lives.keeping(Change(amount=0.1, points=True).of_each(lives.kept("year")), "year")
    before, after = lives.both(other, 365, np.random.default_rng(1))
    for drawn, world in ((before, lives), (after, other)):
        error = drawn.std() / np.sqrt(len(drawn))
        assert drawn.mean() == pytest.approx(world.worth(365)[0], abs=4 * error)
    assert (after >= before - 1e-9).all()
    # What is shared cancels: the difference is known better than either.
    assert (after - before).std() < 0.8 * before.std()


@pytest.mark.parametrize("kind", LIVES)
def test_the_worlds_may_change_places(kind):
    lives = LIVES[kind](50)
    other = lives.leaving(np.full(50, 1.5))
    one = lives.both(other, 365, np.random.default_rng(2))
    two = other.both(lives, 365, np.random.default_rng(2))
    np.testing.assert_allclose(one[0], two[1])
    np.testing.assert_allclose(one[1], two[0])
    same = lives.both(lives, 365, np.random.default_rng(3))
    np.testing.assert_array_equal(*same)


@given(kept=st.floats(0.3, 1.0), per=st.sampled_from(["year", "month", "order"]), at_orders=st.booleans())
def test_retention_that_is_asked_for_is_had(kept, per, at_orders):
    lives = buying(at_orders=at_orders)
    assert lives.keeping(np.full(1, kept), per).kept(per)[0] == pytest.approx(kept)
    if per != "order":
        one = contracted()
        assert one.keeping(np.full(1, kept), per).kept(per)[0] == pytest.approx(kept)


def test_whoever_leaves_at_orders_stays_until_one():
    gone = buying().keeping(np.zeros(1), "year")
    assert gone.hazard[0] == gone.rate[0]
    assert gone.worth(100_000)[0] == pytest.approx(0.8 * 30 * 0.05 / (0.05 + FORCE), rel=1e-6)


def test_buyers_bring_what_the_published_expectation_says():
    # Fader, Hardie & Lee (2005), eq. 8 given lambda and p: (1 - exp(-lambda p t))/p transactions.
    lives = buying(rate=0.1, hazard=0.02, alive=1.0)
    free = Buying(
        **{name: getattr(lives, name) for name in ("alive", "rate", "hazard", "each", "shape", "at_orders")}, force=0.0
    )
    assert free.worth(30)[0] == pytest.approx(30.0 * (1 - np.exp(-0.02 * 30)) / 0.2)
    assert free.gone(30)[0] == pytest.approx(1 - np.exp(-0.6))


def test_contracts_bring_what_a_sum_by_hand_says():
    one = contracted(ends=0.5)
    month = 365.25 / 12
    worth = [1.1 ** -((at + 0.5) * month / 365.25) for at in range(2)]
    assert one.worth(round(2 * month))[0] == pytest.approx(20 * (0.75 * worth[0] + 0.375 * worth[1]), rel=0.01)


def test_retention_raised_one_by_one_is_not_the_mean_raised():
    rates = np.array([0.5, 0.99])
    change = Change(amount=0.05, points=True)
    each = np.mean([gain(0.5, 0.1, change), gain(0.94, 0.1, change)])
    assert change.of_each(rates).tolist() == pytest.approx([0.55, 1.0])
    assert each > gain(float(np.mean([0.5, 0.94])), 0.1, change)


def test_a_price_pays_where_volume_reacts_less_than_it_may():
    assert price_factor(0.05, -1.0) == pytest.approx(1.0)
    # Break-even change of volume of a price rise: -change / (margin + change).
    even = np.log1p(-0.05 / 0.45) / np.log1p(0.05)
    assert price_factor(0.05, even, margin=0.4) == pytest.approx(1.0)
    assert price_factor(0.05, even + 0.1, margin=0.4) > 1 > price_factor(0.05, even - 0.1, margin=0.4)


def test_the_least_change_is_found_or_there_is_none():
    assert least_multiple(lambda times: min(times, 3.0) * 10, 25.0) == pytest.approx(2.5)
    assert least_multiple(lambda times: min(times, 3.0) * 10, 31.0) is None
    assert least_multiple(lambda times: -times, 1.0) is None
    assert least_multiple(lambda times: 1e6 * times, 1.0) == pytest.approx(1e-6, abs=1e-8)


def test_changes_are_said_with_their_kind():
    assert str(Change(amount=0.05, points=True)) == "+5 points"
    assert str(Change(amount=-0.01, points=True)) == "-1 point"
    assert str(Change(amount=0.05, points=False)) == "+5 %"


@pytest.mark.parametrize("kind", LIVES)
def test_nobody_leaves_without_a_hazard(kind):
    lives = LIVES[kind](2_000)
    forever = lives.keeping(np.ones(2_000), "year")
    assert forever.kept("month").tolist() == [1.0] * 2_000
    came = lives.both(forever, 365, np.random.default_rng(5))[1]
    assert came.mean() == pytest.approx(forever.worth(365)[0], abs=4 * came.std() / np.sqrt(2_000) + 1e-9)
    forever.both(lives.leaving(np.full(2_000, 1e-310)), 365, np.random.default_rng(5))
