"""Shifts of a level: found where they are, and nowhere else."""

from itertools import combinations

import numpy as np
import pytest

from regulars.stats import change_points
from regulars.stats.change_points import breaks, partitions


def squares(values):
    return float(((values - values.mean()) ** 2).sum())


def test_partitions_are_the_best_of_all():
    values = np.random.default_rng(1).normal(0, 1, 14)
    found = partitions(values, most=2, trim=0.2)
    for count, one in enumerate(found):
        every = [
            ends
            for ends in combinations(range(2, 13), count)
            if all(b - a >= 2 for a, b in zip((0, *ends), (*ends, 14), strict=True))
        ]
        cost = {ends: sum(squares(part) for part in np.split(values, ends)) for ends in every}
        assert one.rss == pytest.approx(min(cost.values()))
        assert one.rss == pytest.approx(cost[one.ends])


def test_a_shift_is_found_with_its_size():
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.normal(100, 4, 30), rng.normal(120, 4, 25)])
    (found,) = breaks(values)
    assert abs(found.at - 30) <= 1
    assert found.first <= 30 <= found.last
    assert found.shift.low < 20 < found.shift.high


def test_several_shifts_are_found():
    rng = np.random.default_rng(6)
    values = np.concatenate([rng.normal(level, 3, 30) for level in (50, 70, 55)])
    assert [abs(one.at - at) <= 1 for one, at in zip(breaks(values), (30, 60), strict=True)] == [True, True]


@pytest.mark.parametrize(("n", "rho"), [(24, 0.0), (60, 0.0), (60, 0.5), (150, 0.5)])
def test_chance_and_neighbours_that_go_together_are_no_shift(n, rho):
    found = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        noise = rng.normal(0, 1, n)
        for place in range(1, n):
            noise[place] += rho * noise[place - 1]
        found += bool(breaks(100 + noise))
    assert found <= 3


def test_a_steady_rise_is_no_shift():
    rng = np.random.default_rng(8)
    assert breaks(np.linspace(100, 200, 80) + rng.normal(0, 6, 80)) == ()
    assert breaks(np.full(40, 3.0)) == ()
    assert breaks(np.arange(5.0)) == ()


def test_a_jump_without_chance_is_dated_to_the_day():
    (found,) = breaks(np.repeat([1.0, 5.0], 20))
    assert (found.first, found.at, found.last) == (20, 20, 20)
    assert (found.shift.low, found.shift.value, found.shift.high) == (4, 4, 4)


@pytest.mark.parametrize("phi", [0.4, 1.0, 2.5])
def test_where_a_break_lies_is_distributed_as_it_is_drawn(phi):
    rng, step, reach = np.random.default_rng(3), 0.05, 40
    places = np.arange(1, int(reach / step) + 1) * step
    drawn = []
    for _ in range(1500):
        left = np.cumsum(rng.normal(0, step**0.5, len(places))) - places / 2
        right = phi**0.5 * np.cumsum(rng.normal(0, step**0.5, len(places))) - places / 2
        drawn.append(-places[left.argmax()] if left.max() > right.max() else places[right.argmax()])
    for x in (-8.0, -2.0, 2.0, 8.0):
        assert change_points._placed(x, phi) == pytest.approx(np.mean(np.array(drawn) <= x), abs=0.045)
    assert change_points._placed(-1e-12, phi) == pytest.approx(change_points._placed(0.0, phi))
    assert change_points._placed(-500.0, phi) == pytest.approx(0, abs=1e-6)
    assert change_points._placed(500.0, phi) == pytest.approx(1, abs=1e-6)
