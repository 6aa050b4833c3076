import numpy as np
import pytest

from regulars.stats import adjusted, intervals
from regulars.stats.moments import Sums

RNG = np.random.default_rng(12)
TENURE, PAST = RNG.gamma(2, 1, 400), RNG.normal(size=400)
LATE = RNG.random(400) < 1 / (1 + np.exp(1.5 - 0.8 * PAST))
GROUPS = np.where(LATE, "late", "on time")
COVARIATES = {"tenure": TENURE, "past": PAST}


def standardised(outcome, groups=GROUPS, covariates=COVARIATES, **more):
    return adjusted.standardised(outcome, groups, covariates, reference="on time", **more)


def test_a_straight_line_is_taken_away_exactly():
    """Late customers spent more before; at the same past they spend 15 less for each unit of tenure."""
    spend = 50 + 20 * PAST + 3 * TENURE - 15 * LATE * TENURE
    on_time, late = standardised(spend)
    assert (on_time.name, on_time.difference, on_time.n) == ("on time", None, (~LATE).sum())
    assert late.adjusted.value == pytest.approx(50 + 20 * PAST.mean() - 12 * TENURE.mean())
    assert late.difference.value == pytest.approx(-15 * TENURE.mean())
    assert late.difference.low < late.difference.value  # where the average tenure lies is itself uncertain
    assert late.raw.value == pytest.approx(spend[LATE].mean())


def test_without_covariates_it_is_the_plain_comparison():
    spend = RNG.lognormal(3, 1, 400)
    for one, mine in zip(standardised(spend, covariates={}), (~LATE, LATE), strict=True):
        plain = intervals.mean(Sums.of(spend[mine]))
        assert (one.raw.value, one.raw.low) == (pytest.approx(plain.value), pytest.approx(plain.low))
        assert one.adjusted.value == pytest.approx(plain.value)
        assert one.adjusted.low == pytest.approx(plain.low, rel=0.02)
    came = (RNG.random(400) < 0.4).astype(float)
    late = standardised(came, covariates={}, shares=True)[1]
    assert late.adjusted.low == pytest.approx(intervals.wilson(int(came[LATE].sum()), int(LATE.sum())).low, abs=1e-9)


def test_order_units_and_origin_do_not_matter():
    spend, order = RNG.lognormal(3, 1, 400) + 5 * PAST, RNG.permutation(400)
    there = standardised(spend)[1].difference
    scaled = {"past": 1e5 * PAST[order] + 1e6, "tenure": -TENURE[order]}
    back = standardised(spend[order], GROUPS[order], scaled)[1].difference
    assert (back.low, back.high) == (pytest.approx(there.low), pytest.approx(there.high))


def test_nobody_of_a_group_came_back_is_not_certain():
    came = np.where(LATE, 0.0, RNG.random(400) < 0.5)
    late = standardised(came, shares=True)[1]
    assert (late.adjusted.value, late.adjusted.low) == (pytest.approx(0), pytest.approx(0, abs=1e-12))
    assert late.adjusted.high > intervals.wilson(0, int(LATE.sum())).high - 1e-9
    assert late.p_value < 1e-6


def test_several_groups_are_each_compared_with_the_reference():
    groups = RNG.choice(["promoter", "passive", "detractor"], 400)
    found = adjusted.standardised(TENURE, groups, {"past": PAST}, reference="promoter")
    assert [one.name for one in found] == ["promoter", "detractor", "passive"]
    for one in found[1:]:
        assert one.difference.value == pytest.approx(one.adjusted.value - found[0].adjusted.value)


def test_too_few_for_the_covariates():
    few = np.where(np.arange(400) < 15, "late", "on time")
    late = standardised(PAST, few)[1]
    assert late.difference.why_not == "15 customers are too few for 2 covariates: it takes 16"
    assert late.p_value == 1
    assert late.raw.value == pytest.approx(PAST[:15].mean())


def test_no_overlap_names_the_covariate():
    older = {"past": PAST, "tenure": TENURE + 20 * LATE}
    assert "no overlap in tenure" in standardised(PAST, covariates=older)[1].difference.why_not
    only = {"country": (RNG.random(400) < 0.5) & ~LATE}
    assert "no overlap in country" in standardised(PAST, covariates=only)[1].adjusted.why_not
    hardly = {"rare": (np.arange(400) % 50 == 0) & ~LATE}  # what 2 % have, the group may lack
    assert standardised(PAST, covariates=hardly)[1].difference.value is not None


def test_one_customer_who_makes_the_difference():
    spend = np.zeros(400)
    spend[np.flatnonzero(LATE)[0]] = 1e6
    assert "one customer" in standardised(spend)[1].difference.why_not


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match="0 and 1"):
        standardised(TENURE, shares=True)
    with pytest.raises(ValueError, match="reference group"):
        adjusted.standardised(TENURE, GROUPS, {}, reference="early")
    with pytest.raises(ValueError, match="past"):
        standardised(TENURE, covariates={"past": np.full(400, np.nan)})


def test_outcomes_that_are_all_alike():
    found = standardised(np.where(LATE, 0.0, TENURE))[1]
    assert "alike" in found.difference.why_not
    assert found.p_value == 1
    on_time, late = standardised(np.ones(400), shares=True)
    assert (late.difference.value, late.p_value, on_time.adjusted.high) == (pytest.approx(0), pytest.approx(1), 1)


@pytest.mark.parametrize(("n", "share", "kind"), [(80, 0.4, "share"), (600, 0.05, "money"), (300, 0.2, "share")])
def test_nineteen_times_in_twenty_where_groups_differ_in_other_things(n, share, kind):
    rng = np.random.default_rng(n)
    held = naive = known = 0
    for _ in range(300):
        tenure = rng.gamma(2, 1, n)
        past = rng.normal(size=n)
        late = rng.random(n) < 1 / (1 + np.exp(-np.log(share / (1 - share)) - 0.9 * past + 0.2 * (tenure - 2)))
        if kind == "share":
            outcome, truth = (rng.random(n) < np.clip(0.5 + 0.12 * past - 0.2 * late, 0, 1)).astype(float), -0.2
        else:
            outcome, truth = 60 + 30 * past - 15 * late + 50 * (rng.gamma(0.6, 1 / 0.6, n) - 1), -15
        groups = np.where(late, "late", "on time")
        found = standardised(outcome, groups, {"tenure": tenure, "past": past}, shares=kind == "share")
        if len(found) == 2 and found[1].difference.value is not None:
            known += 1
            held += found[1].difference.low <= truth <= found[1].difference.high
            raw = standardised(outcome, groups, {}, shares=kind == "share")[1].difference
            naive += raw.low <= truth <= raw.high
    assert known > 200
    assert 0.92 <= held / known <= 0.985
    assert naive / known < 0.9
