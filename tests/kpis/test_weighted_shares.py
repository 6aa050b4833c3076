"""Weighted shares: those of counts where nothing weighs or repeats, and honest where customers answer often."""

from collections import defaultdict

import numpy as np
import pytest

import regulars.catalogue.kpis
from regulars.core.periods import Period
from regulars.core.randomness import stream
from regulars.core.registry import discover, modules_of
from regulars.kpis.kpi import KPI
from regulars.kpis.query import answer
from regulars.kpis.question import Question
from regulars.kpis.weighted import WeightedNetShare, WeightedShare
from regulars.stats import intervals
from regulars.stats.nps import nps
from small import company, on, reply

KPIS = discover(modules_of(regulars.catalogue.kpis), KPI)
SHARE, NET = WeightedShare(None), WeightedNetShare(None, None)
RANDOM = stream(20240101, "tests of weighted shares")


def statistics(rows):
    """Return the sums that the engine hands over, of rows (customer, side, weight); sides are -1, 0 and 1."""
    units = defaultdict(lambda: [0, 0, 0, 0])
    for who, side, weight in rows:
        unit = units[who]
        unit[0] += weight * (side == 1)
        unit[1] += weight * (side == -1)
        unit[2] += weight
        unit[3] += 1
    plus, minus, b, k = (np.array(column, dtype=np.int64) for column in zip(*units.values(), strict=True))

    def told(a):
        found = {"n": len(a), "a": a.sum(), "b": b.sum(), "aa": (a * a).sum(), "ab": (a * b).sum()}
        found |= {"bb": (b * b).sum(), "aaa": (a**3).sum(), "aab": (a * a * b).sum(), "abb": (a * b * b).sum()}
        found |= {"bbb": (b**3).sum(), "k": k.sum(), "plus": plus.sum(), "minus": minus.sum()}
        return [{name: int(value) for name, value in found.items()}]

    return told(plus), told(plus - minus)


def share(rows, level=0.95):
    return SHARE.estimate(statistics(rows)[0], level)


def net(rows, level=0.95):
    return NET.estimate(statistics(rows)[1], level)


def limits(found):
    return [found.value, found.low, found.high]


@pytest.mark.parametrize("weight", [1, 7])
@pytest.mark.parametrize("counts", [(3, 5, 12), (0, 6, 8), (1, 0, 0), (40, 1, 0)])
def test_one_answer_each_that_weighs_alike_is_wilson_and_tango(counts, weight):
    sides = np.repeat([1, 0, -1], counts)
    rows = [(who, side, weight) for who, side in enumerate(sides)]
    assert limits(share(rows)) == pytest.approx(limits(intervals.wilson(counts[0], sum(counts))), rel=1e-9, abs=1e-12)
    assert limits(net(rows)) == pytest.approx(limits(nps(*counts)), rel=1e-9, abs=1e-12)
    assert share(rows).n == net(rows).n == sum(counts)
    assert share(rows).method == "Wilson score"
    assert net(rows).method == nps(*counts).method


def test_through_the_engine_they_are_the_same():
    scores = [9, 10, 9, 3, 6, 7, 8, 8, 10, 0, 9]
    plain = company(50, responses=[reply(f"c{n}", 3, score) for n, score in enumerate(scores)])
    even = company(50, responses=[reply(f"c{n}", 3, score, weight=2.5) for n, score in enumerate(scores)])
    twice = [reply(f"c{n}", 3, score, weight=3 if score == 0 else 1) for n, score in enumerate(scores)]
    asked = Question(kpis=("promoter_share", "nps"), period=Period(on(0), on(50)))
    for records in (plain, even):
        found = [row.estimate.interval for row in answer(asked, KPIS, records)]
        assert limits(found[0]) == pytest.approx(limits(intervals.wilson(5, 11)))
        assert limits(found[1]) == pytest.approx([100 * one for one in limits(nps(5, 3, 3))])
    heavy = answer(asked, KPIS, company(50, responses=twice))
    assert [row.estimate.interval.value for row in heavy] == pytest.approx([5 / 13, (5 - 5) / 13])
    assert "effective n" in heavy[0].estimate.interval.method


def drawn(customers):
    """Return answers of customers who mostly repeat themselves, up to ten times, and weigh differently."""
    rows = []
    for who in range(customers):
        tends = RANDOM.choice([0.1, 0.9])
        for _ in range(int(RANDOM.choice([1, 2, 10]))):
            rows.append((who, 1 if RANDOM.random() < tends else -1, int(RANDOM.integers(1, 4))))
    return rows


def test_intervals_hold_the_truth_although_customers_answer_often_and_weigh_differently():
    draws = [drawn(60) for _ in range(400)]
    # Alike for promoters and detractors, the truth is a half, and 0.
    held = [np.mean([one.low <= truth <= one.high for one in map(of, draws)]) for of, truth in ((share, 0.5), (net, 0))]
    assert all(0.915 <= one <= 0.985 for one in held), held
    alone = [[(place, side, weight) for place, (_, side, weight) in enumerate(rows)] for rows in draws]
    deaf = np.mean([one.low <= 0.5 <= one.high for one in map(share, alone)])
    assert deaf < 0.8, deaf  # what an interval that takes answers for independent would do: this test tells it


def effective(found):
    return float(found.method.rpartition(" ")[2].replace(",", "")) if "effective" in found.method else found.n


def test_answers_that_contradict_each_other_evenly_are_no_more_than_they_are():
    rows = [(who, side, 1) for who in range(30) for side in (1, -1)]
    wilson = intervals.wilson(30, 60)
    assert limits(share(rows)) == pytest.approx(limits(wilson))
    assert effective(share(rows)) == effective(net(rows)) == 60
    for _ in range(50):
        some = [(who, int(side), 1) for who in range(8) for side in RANDOM.choice([1, 0, -1], 3)]
        assert effective(share(some)) <= 24
        assert effective(net(some)) <= 24


def test_where_all_are_alike_the_interval_still_has_a_width():
    rows = [(who % 12, 1, 1 + who % 3) for who in range(24)]
    one, score = share(rows), net(rows)
    assert one.value == score.value == 1
    assert 0.5 < one.low < 0.9
    assert score.low < 0.95
    # As weights differ, and nothing else is known: not narrower than as many customers' answers of equal weight.
    assert one.low < intervals.wilson(24, 24).low


def test_nobody_has_no_share():
    for formula, why in ((SHARE, "nothing to take a share of"), (NET, "no answers")):
        assert formula.estimate((), 0.95).why_not == why
        assert formula.estimate(({"b": 0},), 0.95).why_not == why
