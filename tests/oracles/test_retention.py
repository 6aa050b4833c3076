"""Survival, cohorts, concentration and recurring revenue against published and independently computed results."""

import csv
import json
import math
from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from pyarrow import parquet

from regulars.stats import cohorts, concentration, intervals, survival
from regulars.stats.moments import PairSums

# Freireich et al. (1963), weeks of remission; the second number says whether it ended.
SIX_MP = [(6, 1)] * 3 + [(t, 1) for t in (7, 10, 13, 16, 22, 23)]
SIX_MP += [(t, 0) for t in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)]
PLACEBO = [(t, 1) for t in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)]


def near(value, tolerance=1e-9):
    return pytest.approx(value, rel=0, abs=tolerance)


def curve(stays):
    left, lost = (Counter(t for t, status in stays if status == s) for s in (1, 0))
    times = sorted(left | lost)
    return survival.kaplan_meier(times, [left[t] for t in times], [lost[t] for t in times])


def test_published_remission():
    found = curve(SIX_MP)
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {t: round(survival.survival_at(found, t).value, 3) for t in published} == published
    assert survival.survival_quantile(found).value == 23
    assert survival.survival_quantile(curve(PLACEBO)).value == 8
    assert survival.log_rank([found, curve(PLACEBO)]).value == near(16.7929409892165)


@pytest.mark.shared_data
def test_remission(shared):
    oracle = json.loads((shared / "oracles/km_freireich.json").read_text())
    stays = defaultdict(list)
    for row in oracle["inputs"]:
        stays[row["grp"]].append((row["time"], row["status"]))
    assert sorted(stays["6MP"]) == sorted(SIX_MP)
    assert sorted(stays["placebo"]) == sorted(PLACEBO)
    expected, curves = oracle["expected"], [curve(stays[group]) for group in ("6MP", "placebo")]
    for row in expected["km_6mp_loglog"]:
        at = curves[0].times.tolist().index(row["t"])
        found = survival.survival_at(curves[0], row["t"])
        assert (curves[0].at_risk[at], curves[0].events[at]) == (row["n"], row["d"])
        assert curves[0].standard_error[at] == near(row["se"])
        assert [found.value, found.low, found.high] == [near(row[key]) for key in ("S", "lo", "hi")]
    for found, row in zip(curves, expected["median"], strict=True):
        mean = survival.restricted_mean(found, 35)
        assert survival.survival_quantile(found).value == row["median"]
        assert mean.value == near(row["rmean"])
        assert (mean.high - mean.value) / intervals.z(0.95) == near(row["se(rmean)"])
    test = survival.log_rank(curves)
    assert (test.value, test.p_value) == (near(expected["logrank"]["chisq"]), near(expected["logrank"]["p"]))


def gaps(path, end):
    """Days between purchases: complete ones, and the open one of each customer up to `end`."""
    days = defaultdict(set)
    with path.open() as file:
        for row in csv.DictReader(file):
            days[row["id"]].add(int(row["day"]))
    found = []
    for bought in map(sorted, days.values()):
        found += [(then - now, 1) for now, then in pairwise(bought)]
        found += [(end - bought[-1], 0)] * (end > bought[-1])
    return found


@pytest.mark.shared_data
def test_lapse_threshold_counts_the_open_gaps(shared):
    expected = json.loads((shared / "oracles/ipt_threshold.json").read_text())["expected"]
    found = gaps(shared / "oracles/ipt_purchases.csv", expected["obs_end"])
    assert sum(status for _, status in found) == expected["n_gaps_complete"]
    assert len(found) - expected["n_gaps_complete"] == expected["n_open"]
    between = curve(found)
    quantiles = [survival.survival_quantile(between, p).value for p in (0.5, 0.8, 0.9)]
    assert quantiles == expected["km_quantiles_incl_open"]
    for name, value in expected["km_S_at"].items():
        assert survival.survival_at(between, float(name[1:])).value == near(value, 1e-12)


TRIANGLE = [[100, 62, 50, 43, 39], [120, 70, 58, 50], [80, 52, 40, None], [150, 96], [90]]


def test_chain_ladder_by_hand():
    last = cohorts.pooled_retention(TRIANGLE)[-1]
    assert last.value == near(280 / 450 * 148 / 184 * 93 / 108 * 39 / 43, 1e-15)
    assert cohorts.matured_retention(TRIANGLE, 4).value == 0.39


@pytest.mark.shared_data
def test_cohort_triangle(shared):
    oracle = json.loads((shared / "oracles/cohort_triangle.json").read_text())
    triangle, expected = list(oracle["inputs"].values()), oracle["expected"]
    found = cohorts.pooled_retention(triangle)
    chain = expected["chain_ladder_retention(=KM)"][1:]
    assert [age.value for age in found] == [near(value, 1e-12) for value in chain]
    errors = cohorts.pooled_curve(triangle).standard_error
    assert errors.tolist() == [near(value, 1e-12) for value in expected["greenwood_se"][1:]]
    matured = [cohorts.matured_retention(triangle, age).value for age in range(5)]
    assert matured == [near(value, 1e-12) for value in expected["ratio_of_sums_matured_only"]]


INCOMES = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]  # the example of R's ineq::Gini


def test_gini_of_rs_example():
    assert concentration.gini(concentration.gini_sums(INCOMES)).value == near(0.4620911 * 10 / 9, 1e-7)


@pytest.mark.shared_data
def test_concentration(shared):
    expected = json.loads((shared / "oracles/gini.json").read_text())["expected"]
    found = concentration.gini(concentration.gini_sums(expected["x"]))
    people, held = concentration.lorenz(expected["x"])
    assert found.value == near(expected["gini_corrected"])
    assert found.value * 9 / 10 == near(expected["gini"])
    assert people.tolist() == near(expected["lorenz"]["p"])
    assert held.tolist() == near(expected["lorenz"]["L"])
    assert 1 - held[8] == near(expected["top20_share"])
    ten_times = expected["x"] * 10  # ten of each: the same shares, and enough customers at the top
    assert concentration.top_share(*concentration.top_share_sums(ten_times, 0.2), 0.2).value == near(
        expected["top20_share"]
    )


PREVIOUS = {"A": 100, "B": 250, "C": 80, "D": 400, "E": 60, "F": 120}
CURRENT = {"A": 100, "B": 300, "D": 350, "E": 60, "F": 0, "G": 90, "H": 40}


def test_recurring_revenue_is_a_ratio_over_customers():
    """Opening, what is kept of it and what it grew to, per customer who was there (hand-derived)."""
    then_now = [(amount, CURRENT.get(who, 0)) for who, amount in PREVIOUS.items()]
    gross = intervals.ratio(PairSums.of((min(then, now), then) for then, now in then_now))
    net = intervals.ratio(PairSums.of((now, then) for then, now in then_now))
    lost = intervals.wilson(sum(not now for _, now in then_now), len(then_now))
    assert (gross.value, net.value, lost.value) == (0.7524752475247525, 0.801980198019802, 1 / 3)


@pytest.mark.shared_data
def test_mrr_waterfall(shared):
    oracle = json.loads((shared / "oracles/mrr_waterfall.json").read_text())
    before, after, expected = oracle["inputs"]["prev"], oracle["inputs"]["cur"], oracle["expected"]
    opening = [(who, amount) for who, amount in before.items() if amount]
    lost = PairSums.of((max(amount - after.get(who, 0), 0), amount) for who, amount in opening)
    net = PairSums.of((amount - after.get(who, 0), amount) for who, amount in opening)
    gone = sum(not after.get(who, 0) for who, _ in opening)
    assert intervals.ratio(lost).value == near(expected["gross_revenue_churn"], 1e-12)
    assert intervals.ratio(net).value == near(expected["net_revenue_churn"], 1e-12)
    assert intervals.wilson(gone, len(opening)).value == near(expected["logo_churn"], 1e-12)


@pytest.mark.shared_data
def test_ratio_error_of_a_real_experiment(shared):
    """Spend per visit of the Hillstrom e-mail arms (delta method, agreed by several packages)."""
    expected = json.loads((shared / "oracles/hillstrom_mens.json").read_text())["expected"]["Mens"]["spend_per_visit"]
    columns = parquet.read_table(shared / "data/hillstrom/hillstrom.parquet", columns=["segment", "spend", "visit"])
    rows = columns.to_pylist()
    for arm, side in (("Mens E-Mail", "treat"), ("No E-Mail", "control")):
        cents = [(round(r["spend"] * 100), r["visit"]) for r in rows if r["segment"] == arm]
        pairs = PairSums.of(cents)
        assert intervals.ratio(pairs).value / 100 == near(expected[side], 1e-6)
        assert math.sqrt(intervals.ratio_variance(pairs)) / 100 == near(expected[f"se_{side}"], 1e-6)
