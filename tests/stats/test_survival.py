import math

import lifelines
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.stats import cohorts, survival
from regulars.stats.intervals import clopper_pearson

stays = st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=3, max_size=60)


def grouped(durations, left, entry=None):
    durations, left = np.asarray(durations, float), np.asarray(left, bool)
    entry = np.zeros(len(durations)) if entry is None else np.asarray(entry, float)
    times = np.unique(np.concatenate([durations, entry[entry > 0]]))

    def count(which):
        return np.array([(which == time).sum() for time in times])

    return survival.kaplan_meier(times, count(durations[left]), count(durations[~left]), count(entry[entry > 0]))


def draw(seed, n=150):
    rng = np.random.default_rng(seed)
    stay, seen = np.ceil(rng.exponential(40, n)), np.ceil(rng.uniform(5, 80, n))
    return np.minimum(stay, seen), stay <= seen


def test_curve_and_band_as_lifelines_has_them():
    durations, left = draw(1)
    theirs = lifelines.KaplanMeierFitter().fit(durations, left)
    ours = grouped(durations, left)
    values = theirs.survival_function_["KM_estimate"].to_numpy()[1:]
    assert ours.survival == pytest.approx(values, abs=1e-12)
    low, high = ours.band()
    begun = ours.survival < 1
    limits = theirs.confidence_interval_.to_numpy()[1:]
    assert low[begun] == pytest.approx(limits[begun, 0], abs=1e-9)
    assert high[begun] == pytest.approx(limits[begun, 1], abs=1e-9)
    assert survival.survival_quantile(ours).value == theirs.median_survival_time_
    theirs_mean = lifelines.utils.restricted_mean_survival_time(theirs, t=50)
    assert survival.restricted_mean(ours, 50).value == pytest.approx(theirs_mean)


def test_late_entry_as_lifelines_has_it():
    durations, left = draw(2)
    entry = np.where(np.arange(150) % 3 == 0, np.floor(durations / 2), 0)
    theirs = lifelines.KaplanMeierFitter().fit(durations, left, entry=entry)
    ours = grouped(durations, left, entry)
    for time in (5, 20, 40, 60):
        assert survival.survival_at(ours, time).value == pytest.approx(float(theirs.predict(time)), abs=1e-12)


def test_ignoring_late_entry_flatters():
    """Customers older than the records are there because they stayed."""
    rng = np.random.default_rng(4)
    stay, entry = rng.exponential(40, 4000), np.where(rng.random(4000) < 0.5, 30.0, 0.0)
    seen = stay > entry
    stay, entry = stay[seen], entry[seen]
    right = survival.survival_at(grouped(np.ceil(stay), np.ones(len(stay)), entry), 40)
    wrong = survival.survival_at(grouped(np.ceil(stay), np.ones(len(stay))), 40)
    assert right.low < math.exp(-1) < right.high < wrong.low


def test_log_rank_as_lifelines_has_it():
    (a, left_a), (b, left_b) = draw(5), draw(6)
    theirs = lifelines.statistics.logrank_test(a, b * 1.5, left_a, left_b)
    ours = survival.log_rank([grouped(a, left_a), grouped(b * 1.5, left_b)])
    assert (ours.value, ours.p_value) == (pytest.approx(theirs.test_statistic), pytest.approx(theirs.p_value))
    three = [draw(seed) for seed in (7, 8, 9)]
    groups = np.repeat([0, 1, 2], 150)
    theirs = lifelines.statistics.multivariate_logrank_test(
        np.concatenate([d for d, _ in three]), groups, np.concatenate([e for _, e in three])
    )
    ours = survival.log_rank([grouped(*part) for part in three])
    assert (ours.value, ours.df) == (pytest.approx(theirs.test_statistic), 2)


@settings(max_examples=60)
@given(stays)
def test_the_curve_falls_within_its_band(rows):
    curve = grouped(*zip(*rows, strict=True))
    low, high = curve.band()
    assert np.all(np.diff(curve.survival) <= 0)
    assert np.all((low >= 0) & (low <= curve.survival + 1e-12) & (curve.survival <= high + 1e-12) & (high <= 1))
    for time in (0.5, 10, 30):
        found = survival.survival_at(curve, time)
        assert found.why_not or 0 <= found.low <= found.value <= found.high <= 1


@settings(max_examples=60)
@given(stays)
def test_without_censoring_it_is_the_plain_share(rows):
    durations = [duration for duration, _ in rows]
    curve = grouped(durations, [True] * len(rows))
    for time in range(1, 60, 7):
        share = sum(duration > time for duration in durations) / len(durations)
        assert survival.survival_at(curve, time).value == pytest.approx(share, abs=1e-12)


def test_beyond_the_longest_observation_nothing_is_known():
    curve = survival.kaplan_meier([10, 20], [3, 0], [0, 7])
    assert survival.survival_at(curve, 20).value == pytest.approx(0.7)
    assert "as long as 21" in survival.survival_at(curve, 21).why_not
    assert "as long as 30" in survival.restricted_mean(curve, 30).why_not
    assert "fewer than 50 %" in survival.survival_quantile(curve).why_not
    assert survival.survival_at(survival.kaplan_meier([10], [5], [0]), 21).value == 0


def test_nobody_at_all():
    nobody = survival.kaplan_meier([], [], [])
    assert survival.survival_at(nobody, 3).why_not == "no customers"
    assert survival.survival_quantile(nobody).why_not == "no customers"
    assert survival.restricted_mean(nobody, 3).why_not == "no customers"
    assert survival.hazard(nobody) == ()


def test_all_there_is_not_certainty():
    found = survival.survival_at(survival.kaplan_meier([30], [0], [20]), 30)
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 20))
    assert found.method == "Kaplan-Meier, exact binomial"


def test_all_gone_is_not_certainty_either():
    curve = survival.kaplan_meier([5, 9], [3, 2], [0, 0])
    before, after = survival.survival_at(curve, 5), survival.survival_at(curve, 9)
    assert (after.value, after.low, after.high) == (0, 0, before.high)


def test_where_all_leave_at_once_the_limit_is_the_exact_binomial_one():
    """Of 310 customers nobody came back: that is 0 to 1.2 %, not 0 to 100 %."""
    once = survival.kaplan_meier([0, 9], [310, 0], [0, 0])
    exact = clopper_pearson(0, 310)
    for time in (0, 9):
        found = survival.survival_at(once, time)
        assert (found.value, found.low, found.high) == (0, 0, pytest.approx(exact.high))
        assert found.method == "Kaplan-Meier, log-log or exact binomial, the lower"
    assert survival.survival_at(once, 0, level=0.8).high == pytest.approx(1 - 0.1 ** (1 / 310))
    assert survival.survival_quantile(once).high == 0
    # One who left before all others bounds nothing: the others do.
    late = survival.survival_at(survival.kaplan_meier([1, 2], [1, 309], [0, 0]), 2)
    assert late.high == pytest.approx(clopper_pearson(0, 309).high)


@pytest.mark.parametrize(("share", "least"), [(0.02, 0.975), (0.3, 0.975)])
def test_limits_where_all_left_are_never_too_low(share, least):
    """Of the truth, as often as is said: customers stay beyond 1 with that chance, beyond 2 with its half."""
    rng, covered = np.random.default_rng(7), 0
    for _ in range(2000):
        stays = rng.choice([1, 2, 3], size=8, p=[1 - share, share / 2, share / 2])
        found = survival.survival_at(grouped(stays, np.ones(8)), 2)
        covered += found.high >= share / 2
    assert covered / 2000 >= least - 0.007  # two standard errors


def test_late_entry_makes_nobody_seen_earlier():
    """Three under observation at first say no more of the beginning where fifty come to them."""
    curve = survival.kaplan_meier([5, 9, 20], [0, 0, 1], [0, 1, 51], [50, 0, 0])
    assert list(curve.at_risk) == [3, 53, 52]
    assert survival.survival_at(curve, 9).low == pytest.approx(0.025 ** (1 / 3))


def test_an_open_upper_limit_is_infinite():
    found = survival.survival_quantile(survival.kaplan_meier([5, 9], [3, 3], [0, 4]))
    assert (found.value, found.high) == (9, math.inf)


def test_hazard_counts_those_at_risk():
    found = survival.hazard(survival.kaplan_meier([1, 2], [5, 2], [3, 0]))
    assert [share.n for share in found] == [10, 2]
    assert [share.value for share in found] == [0.5, 1.0]


@pytest.mark.parametrize(
    ("durations", "late", "message"),
    [([2, 1], None, "ascend"), ([1, 2], [0, 3], "more units leave")],
)
def test_wrong_groups_are_refused(durations, late, message):
    with pytest.raises(ValueError, match=message):
        survival.kaplan_meier(durations, [1, 2], [0, 0], late)


def test_immature_cells_are_no_losses():
    blank = [[100, 60, 50], [100, 60, None], [100, None, None]]
    off = [[100, 60, 50], [100, 60], [100]]
    assert cohorts.pooled_retention(blank) == cohorts.pooled_retention(off)
    assert [age.value for age in cohorts.pooled_retention(off)] == [pytest.approx(0.6), pytest.approx(0.5)]


def test_customers_who_come_back_are_no_survival():
    growing = [[100, 40, 50], [100, 40]]
    assert all("come back" in age.why_not for age in cohorts.pooled_retention(growing))
    with pytest.raises(ValueError, match="grows"):
        cohorts.pooled_curve(growing)
    assert cohorts.matured_retention(growing, 2).value == 0.5
    assert "3 periods" in cohorts.matured_retention(growing, 3).why_not
    assert cohorts.pooled_retention([]) == ()
