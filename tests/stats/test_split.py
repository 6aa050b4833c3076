import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from regulars.core.errors import DataError, QueryError
from regulars.stats.split import split


@given(st.lists(st.tuples(st.integers(100, 10**6), st.floats(0.1, 1)), min_size=2, max_size=5))
def test_chi_squared_of_planned_shares(arms):
    counts = {str(i): n for i, (n, _) in enumerate(arms)}
    shares = {str(i): share for i, (_, share) in enumerate(arms)}
    found = split(counts, shares)
    expected = [sum(counts.values()) * share / sum(shares.values()) for share in shares.values()]
    value, p = stats.chisquare(list(counts.values()), expected, sum_check=False)
    assert found.statistic.value == pytest.approx(value, rel=1e-9)
    assert found.statistic.p_value == pytest.approx(p, rel=1e-9, abs=1e-300)


def test_one_sound_experiment_in_a_thousand_is_stopped():
    draws = stats.binom.rvs(10_000, 0.9, size=20_000, random_state=1)
    stopped = sum(split({"a": int(x), "b": int(10_000 - x)}, {"a": 9, "b": 1}).mismatch for x in draws)
    assert stopped / 20_000 == pytest.approx(0.001, abs=0.0007)


def test_an_arm_that_nobody_fell_into_is_a_mismatch():
    found = split({"treated": 500}, {"treated": 0.5, "control": 0.5})
    assert found.mismatch is True
    assert found.counts == {"treated": 500, "control": 0}


@pytest.mark.parametrize("counts", [{"a": 0, "b": 0}, {"a": 3, "b": 0}, {"a": 40, "b": 4}])
def test_too_few_to_tell_is_no_pass(counts):
    found = split(counts, {"a": 10, "b": 1})
    assert (found.statistic, found.mismatch) == (None, None)
    assert "arm `b`" in found.why_not


def test_huge_arms():
    assert split({"a": 10**15, "b": 10**15 + 10**7}).mismatch is False
    assert split({"a": 10**15, "b": 10**15 + 10**9}).mismatch is True


@pytest.mark.parametrize("count", [-1, 2.5, float("nan"), float("inf")])
def test_counts_that_are_none_are_refused_by_name(count):
    with pytest.raises(DataError, match="Arm `b`"):
        split({"a": 5, "b": count})


@pytest.mark.parametrize(
    ("counts", "planned", "said"),
    [
        ({"a": 9}, None, "two arms"),
        ({}, None, "two arms"),
        ({"a": 9, "b": 9}, {"a": 1, "b": 0}, "arm `b` is 0"),
        ({"a": 9, "b": 9}, {"a": 1, "b": float("nan")}, "arm `b` is nan"),
        ({"a": 9, "b": 9, "c": 1}, {"a": 1, "b": 1}, "arm `c`"),
    ],
)
def test_plans_that_are_none_are_refused_by_name(counts, planned, said):
    with pytest.raises(QueryError, match=said):
        split(counts, planned)
