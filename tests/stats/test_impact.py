import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats import impact, nps, weighted, weighting

RNG = np.random.default_rng(9)
SCORES = RNG.choice([-1, 0, 1], 200, p=[0.2, 0.3, 0.5])
LATE = (RNG.random(200) < np.where(SCORES < 0, 0.5, 0.1)).astype(int)
DEAR = (RNG.random(200) < np.where(LATE, 0.6, 0.1)).astype(int)

answers = st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.integers(0, 1)), min_size=2, max_size=60)


@given(answers)
def test_impact_is_what_the_score_loses(rows):
    scores, mentioned = (np.array(part) for part in zip(*rows, strict=True))
    found = impact.leave_out(scores, mentioned)
    if mentioned.min() == mentioned.max():
        assert found.value.why_not == "no answers"
        assert found.p_value == 1
        return
    assert found.value.value == pytest.approx(scores.mean() - scores[mentioned == 0].mean(), abs=1e-9)
    assert found.value.low < found.value.value < found.value.high  # never certain, were all answers alike
    back = impact.leave_out(scores[::-1], mentioned[::-1])
    assert (back.value.low, back.value.high) == (pytest.approx(found.value.low), pytest.approx(found.value.high))


@given(answers)
def test_praise_is_complaint_turned_round(rows):
    scores, mentioned = (np.array(part) for part in zip(*rows, strict=True))
    there, back = impact.leave_out(scores, mentioned).value, impact.leave_out(-scores, mentioned).value
    if there.value is not None:
        assert (back.low, back.high) == (pytest.approx(-there.high, abs=1e-9), pytest.approx(-there.low, abs=1e-9))


def test_sides_have_their_own_score_intervals():
    found = impact.leave_out(SCORES, LATE)
    there = SCORES[LATE == 1]
    assert found.score_with == nps.nps(*(int((there == side).sum()) for side in (1, 0, -1)))
    assert found.share.n == 200


def test_weights_of_2_are_two_of_each_and_move_the_score():
    weights = weighting.post_stratified(np.where(LATE, "a", "b"), {"a": 100, "b": 100})
    found = impact.leave_out(SCORES, LATE, weights=weights)
    assert found.share.value == pytest.approx(0.5)
    whole = weighted.net_score(SCORES, weights).value
    assert found.value.value == pytest.approx(whole - found.score_without.value)
    plain = weighting.equal(200)
    assert impact.leave_out(SCORES, LATE, weights=plain) == impact.leave_out(SCORES, LATE)
    assert impact.adjusted(SCORES, {"late": LATE}, weights=plain) == impact.adjusted(SCORES, {"late": LATE})


def test_ratings_of_any_size_have_their_mean():
    stars = RNG.integers(1, 6, 200) - LATE
    found = impact.leave_out(stars, LATE, net=False)
    assert found.score_with.value == pytest.approx(stars[LATE == 1].mean())
    with pytest.raises(ValueError, match="-1, 0 and 1"):
        impact.leave_out(stars, LATE)
    with pytest.raises(ValueError, match="0 or 1"):
        impact.leave_out(SCORES, LATE * 2)


def test_one_theme_alone_is_adjusted_for_nothing():
    alone, raw = impact.adjusted(SCORES, {"late": LATE})[0], impact.leave_out(SCORES, LATE)
    assert alone.value.value == pytest.approx(raw.value.value)
    assert alone.coefficient.value == pytest.approx(raw.difference.value)


def test_who_is_late_explains_who_is_dear():
    raw = impact.leave_out(SCORES, DEAR)
    held = {one.name: one for one in impact.adjusted(SCORES, {"late": LATE, "dear": DEAR})}
    assert raw.p_value < 0.05
    assert abs(held["dear"].value.value) < abs(raw.value.value) / 2
    assert held["late"].p_value <= held["late"].q_value < 0.01


def test_themes_that_cannot_be_told_say_so():
    themes = {"late": LATE, "again": LATE, "none": np.zeros(200), "one": np.arange(200) == 0}
    found = {one.name: one for one in impact.adjusted(SCORES, themes)}
    assert found["again"].value.why_not == "again follows from late"
    assert "same everywhere" in found["none"].coefficient.why_not
    assert "one unit alone" in found["one"].value.why_not
    assert found["late"].value.value is not None
    assert "same everywhere" in impact.adjusted(np.ones(200), {"late": LATE})[0].value.why_not
    assert impact.adjusted(SCORES, {}) == ()


@pytest.mark.parametrize(("n", "share"), [(60, 0.1), (200, 0.05), (400, 0.3)])
def test_nineteen_times_in_twenty(n, share):
    rng, held, known = np.random.default_rng(n), 0, 0
    with_it, without = np.array([0.1, 0.2, 0.7]), np.array([0.6, 0.25, 0.15])
    truth = share * ((with_it - without) @ [1, 0, -1])
    for _ in range(400):
        there = rng.random(n) < share
        draw = rng.random(n)[:, None] > np.cumsum(np.where(there[:, None], with_it, without), axis=1)
        found = impact.leave_out(1 - draw.sum(axis=1), there).value
        if found.value is not None:
            known += 1
            held += found.low <= truth <= found.high
    assert 0.92 <= held / known <= 0.985
