"""Changes told apart: identities whatever the numbers, and that limits hold as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regulars.stats import adtributor, chance_part, grouped_jackknife, kitagawa, shapley
from regulars.stats.adtributor import Dimension

sums = st.integers(1, 6).flatmap(
    lambda k: st.tuples(*[arrays(np.float64, k, elements=st.floats(0, 1e6)) for _ in range(4)])
)
factors = st.integers(1, 8).flatmap(
    lambda k: st.tuples(*[arrays(np.float64, k, elements=st.floats(0.01, 100)) for _ in range(2)])
)


@given(sums)
def test_mix_and_rate_add_up_to_the_change_of_the_ratio(given_sums):
    top, top_after, bottom, bottom_after = given_sums
    bottom, bottom_after = bottom + 1, bottom_after + 1
    mix, rate = kitagawa.mix_and_rate(*adtributor.weighed(top, top_after, bottom, bottom_after))
    change = top_after.sum() / bottom_after.sum() - top.sum() / bottom.sum()
    most = 1e-9 * max(1, top.sum() / bottom.sum(), top_after.sum() / bottom_after.sum(), np.abs(mix).sum())
    assert (mix + rate).sum() == pytest.approx(change, abs=most)
    # A group that only changed its size adds nothing by its rate.
    assert rate[(top / bottom) == (top_after / bottom_after)] == pytest.approx(0, abs=most)


@given(factors)
def test_factors_add_up_to_the_change_of_their_product(sides):
    before, after = sides
    found = shapley.of_product(before, after)
    most = 1e-9 * max(before.prod(), after.prod(), np.abs(found).sum())
    assert found.sum() == pytest.approx(after.prod() - before.prod(), abs=most)
    assert found[before == after] == pytest.approx(0, abs=most)
    logarithms = shapley.by_logarithms(before, after)
    assert logarithms.sum() == pytest.approx(after.prod() - before.prod(), rel=1e-9, abs=most)
    assert (np.sign(logarithms) == np.sign(after - before)).all()


def test_nine_factors_are_told_by_logarithms():
    before, after = np.arange(1.0, 10.0), np.arange(2.0, 11.0)
    assert shapley.of_product(before, after) == pytest.approx(shapley.by_logarithms(before, after))
    with pytest.raises(ValueError, match="above 0"):
        shapley.of_product(np.zeros(9), after)


@given(arrays(np.float64, (7, 3), elements=st.floats(-1e3, 1e3)))
def test_what_is_left_of_parts_and_noise_add_up_and_lie_within_their_limits(drawn):
    parts, covariance = drawn[0], np.cov(drawn[1:].T)
    noise, without = chance_part.without_noise(parts, covariance)
    assert noise + without.sum() == pytest.approx(parts.sum(), abs=1e-9 * max(1, np.abs(drawn).max()))
    assert abs(noise) <= abs(parts.sum()) + 1e-9
    error = np.sqrt(np.diagonal(covariance))
    if covariance.sum() > 1e-6:
        assert (np.abs(parts - without) <= error * (1 + 1e-6) + 1e-9).all()


def cells(rng, *, customers=600, moved=1.0, groups=64):
    """Return sums by three segments and group of chance, before and after: spend of customers who differ."""
    segment, chance = rng.integers(0, 3, customers), rng.integers(0, groups, customers)
    rate = rng.gamma(1.0, 1.5, customers)
    found = []
    for factor in (1.0, np.where(segment == 0, moved, 1.0)):
        orders = rng.poisson(rate * factor).astype(float)
        spent = orders * rng.lognormal(3, 0.5, customers)
        side = np.zeros((2, groups, 3))
        np.add.at(side, (0, chance, segment), spent)
        np.add.at(side, (1, chance, segment), orders)
        found.append(side)
    return found


def split(sides, *, ratio):
    """Return the parts of a change by segment: of the sum, or of spend over orders."""
    (top, bottom), (top_after, bottom_after) = ([grouped_jackknife.left_out(one) for one in side] for side in sides)
    below = (bottom, bottom_after) if ratio else (None, None)
    return grouped_jackknife.spread(adtributor.contributions(top, top_after, *below), 64)


@pytest.mark.parametrize("ratio", [False, True])
def test_where_nothing_changed_nothing_is_left_and_limits_hold(ratio):
    rng, left, held = np.random.default_rng(5), [], []
    for _ in range(400):
        spread = split(cells(rng), ratio=ratio)
        noise, without = chance_part.without_noise(spread.values, spread.covariance)
        half, whole = spread.half_width(0.95), np.sqrt(spread.covariance.sum()) * grouped_jackknife.quantile(63, 0.95)
        left.append(without.sum() / (whole / 2))
        held.append([*(np.abs(spread.values) <= half), abs(spread.values.sum()) <= whole])
        assert noise + without.sum() == pytest.approx(spread.values.sum())
    assert abs(np.mean(left)) < 0.1
    assert np.mean(np.abs(left) < 1e-9) > 0.6  # within one standard error of 0 all of it is noise
    assert np.mean(held, axis=0) == pytest.approx([0.95] * 4, abs=0.035)


def test_limits_hold_a_planted_change_and_little_of_it_is_called_noise():
    rng, held, noises = np.random.default_rng(6), [], []
    truth = 600 / 3 * 1.5 * np.exp(3 + 0.125) * (0.4 - 1)
    for _ in range(300):
        spread = split(cells(rng, moved=0.4), ratio=False)
        noise, _ = chance_part.without_noise(spread.values, spread.covariance)
        half = spread.half_width(0.95)
        held.append([abs(spread.values[0] - truth) <= half[0], abs(spread.values[1]) <= half[1]])
        noises.append(noise / spread.values.sum())
    # The truth is of customers who could come: how many are in each segment differs by chance, too.
    assert np.mean(held, axis=0) == pytest.approx([0.95] * 2, abs=0.04)
    assert 0 < np.median(noises) < 0.15


def dimensions(rng, planted):
    """Return five dimensions of 2,000 customers, one value of the first of which lost most of its orders."""
    sizes, customers = (5, 3, 4, 6, 2), 2000
    codes = [rng.choice(size, customers, p=rng.dirichlet(np.full(size, 6.0))) for size in sizes]
    chance, rate = rng.integers(0, 64, customers), rng.gamma(1.0, 1.5, customers)
    spent = []
    for factor in (1.0, np.where(codes[0] == 0, 1 - planted, 1.0)):
        spent.append(rng.poisson(rate * factor) * rng.lognormal(3, 0.5, customers))
    made = []
    for at, (code, size) in enumerate(zip(codes, sizes, strict=True)):
        sides = np.zeros((2, 64, size))
        for side, one in zip(sides, spent, strict=True):
            np.add.at(side, (chance, code), one)
        values = tuple((str(value),) for value in range(size))
        units = np.bincount(code, minlength=size) * 2.0
        made.append(Dimension(name=(f"d{at}",), values=values, before=sides[0], after=sides[1], units=units))
    return made


def test_the_planted_value_ranks_first():
    first = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        best = adtributor.ranked(dimensions(rng, 0.7), rng=rng)[0]
        first.append(best.dimension.name == ("d0",) and best.places[0] == 0 and best.q <= 0.1)
    assert np.mean(first) >= 0.9


def test_where_nothing_was_planted_nothing_is_named():
    named = []
    for seed in range(60):
        rng = np.random.default_rng(1000 + seed)
        named.append(adtributor.ranked(dimensions(rng, 0.0), rng=rng, draws=200)[0].q <= 0.1)
    assert np.mean(named) <= 0.2


def test_too_few_units_are_not_named():
    rng = np.random.default_rng(0)
    before, after = rng.gamma(2, 10, (64, 3)), rng.gamma(2, 10, (64, 3))
    after[:, 2] = 0
    few = Dimension(
        name=("d",), values=(("a",), ("b",), ("c",)), before=before, after=after, units=np.array([900.0, 900.0, 5.0])
    )
    assert 2 not in adtributor.ranked([few], rng=rng)[0].places
