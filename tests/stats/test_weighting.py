import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats import weighting

PEOPLE = {"de": 500, "at": 300, "ch": 200}


def cells(**counts):
    return np.repeat(list(counts), list(counts.values()))


def test_cells_are_made_as_large_as_their_population():
    found = weighting.post_stratified(cells(de=20, at=40, ch=40), PEOPLE)
    assert found.values[[0, 20, 60]].tolist() == pytest.approx([25, 7.5, 5])
    assert found.values.sum() == pytest.approx(1000)
    assert not found.notes


def test_thin_cells_are_weighted_as_one_and_said():
    found = weighting.post_stratified(cells(de=40, at=15, ch=7), {**PEOPLE, "it": 40})
    assert len(set(found.values)) == 2
    assert found.values[40:].sum() == pytest.approx(300 + 200 + 40)
    assert found.notes == ("cell: weighted as one for want of respondents: at, ch, it",)


def test_what_is_thin_together_takes_the_next_smallest():
    found = weighting.post_stratified(cells(de=60, at=30, ch=7), PEOPLE)
    assert found.values[60:].tolist() == pytest.approx([500 / 37] * 37)
    assert "at, ch" in found.notes[0]


def test_respondents_whom_the_population_does_not_know_stand_for_the_rest():
    found = weighting.post_stratified(cells(de=30, at=30, xx=25), {"de": 500, "at": 300})
    assert found.values.sum() == pytest.approx(800)
    assert (found.values > 0).all()


def test_one_small_cell_is_all_the_same():
    found = weighting.post_stratified(cells(de=3), {"de": 30})
    assert found.values.tolist() == [10, 10, 10]


margins = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), min_size=30, max_size=120)


@given(margins, st.integers(1, 60), st.integers(1, 60))
def test_raking_meets_every_margin_whatever_the_order(rows, one, other):
    rows += [(a, b) for a in "ab" for b in "xyz"]  # so that there is an answer
    known = {"f": {"a": one, "b": 100 - one}, "g": {"x": other, "y": 30, "z": 70 - other if other < 70 else 1}}
    f, g = zip(*rows, strict=True)
    found = weighting.raked({"f": f, "g": g}, known, least=1)
    f, g = np.array(f), np.array(g)
    for labels, target in ((f, known["f"]), (g, known["g"])):
        total = sum(target.values())
        for name, members in target.items():
            part = found.values[labels == name].sum() / found.values.sum()
            assert part == pytest.approx(members / total, abs=1e-8)
    back = weighting.raked({"f": f[::-1], "g": g[::-1]}, known, least=1)
    assert back.values[::-1] == pytest.approx(found.values, rel=1e-8)


def test_margins_that_cannot_both_be_met_are_said():
    """All of a are x, and all of b y: shares of a and of x must be the same."""
    f, g = cells(a=30, b=30), cells(x=30, y=30)
    found = weighting.raked({"f": f, "g": g}, {"f": {"a": 50, "b": 50}, "g": {"x": 80, "y": 20}})
    assert any("does not converge" in note for note in found.notes)


def test_populations_of_different_size_are_said_and_brought_to_the_first():
    found = weighting.raked(
        {"f": cells(a=30, b=30), "g": np.tile(["x", "y"], 30)},
        {"f": {"a": 50, "b": 50}, "g": {"x": 30, "y": 20}},
    )
    assert found.values.sum() == pytest.approx(100)
    assert "its population is 50" in found.notes[0]


def test_kish():
    found = weighting.Weights(values=np.array([1.0, 1, 2, 4]), margins=np.empty((0, 4), np.intp), targets=())
    assert found.effective_n == pytest.approx(64 / 22)
    assert found.design_effect == pytest.approx(4 / (64 / 22))
    assert weighting.equal(9).effective_n == 9
    assert weighting.equal(9).even


def test_trimmed_weights_stay_within_limits_and_say_what_is_missed():
    plain = weighting.post_stratified(cells(de=200, at=20, ch=30), {"de": 100, "at": 800, "ch": 100})
    found = weighting.trimmed(plain)
    mean = plain.values.mean()
    assert found.values.min() >= 0.3 * mean - 1e-9
    assert found.values.max() <= 3 * mean + 1e-9
    assert "trimmed: a category is off by" in found.notes[-1]
    assert not found.targets  # nothing is known of the answers any more


def test_trimmed_weights_are_raked_again_where_both_can_be_had():
    rng = np.random.default_rng(5)
    f, g = rng.choice(["a", "b"], 400, p=[0.9, 0.1]), rng.choice(["x", "y"], 400, p=[0.9, 0.1])
    plain = weighting.raked({"f": f, "g": g}, {"f": {"a": 80, "b": 20}, "g": {"x": 82, "y": 18}})
    assert plain.values.max() > 3 * plain.values.mean()
    found = weighting.trimmed(plain)
    assert found.values.max() <= 3 * plain.values.mean() * (1 + 1e-6)
    assert found.values[f == "b"].sum() == pytest.approx(20, rel=1e-8)
    assert "raked again" in found.notes[-1]
    assert weighting.trimmed(weighting.equal(5)).notes == ()


@pytest.mark.parametrize("population", [{}, {"de": 0}, {"de": -1, "at": 2}])
def test_nobody_cannot_be_stood_for(population):
    with pytest.raises(ValueError, match="nobody"):
        weighting.post_stratified(cells(de=30), population)
    with pytest.raises(ValueError, match="nobody responded"):
        weighting.post_stratified([], PEOPLE)


def test_fields_in_which_respondents_differ_are_named():
    there = {"country": PEOPLE, "plan": {"free": 700, "paid": 300}, "all": {"yes": 1000}}
    here = {"country": {"de": 51, "at": 29, "ch": 20}, "plan": {"free": 40, "paid": 60}, "all": {"yes": 100}}
    found = weighting.balance(here, there)
    assert found[0].field == "plan"
    assert [one.differs for one in found] == [True, False, False]
    gap = found[0].gaps[0]
    assert (abs(gap.smd), gap.flagged) == (pytest.approx(0.3 / 0.21**0.5), True)
    assert next(one for one in found if one.field == "all").test is None


def test_respondents_drawn_at_random_differ_as_often_as_stated():
    rng = np.random.default_rng(11)
    called, names = 0, list(PEOPLE)
    for _ in range(400):
        drawn = rng.multivariate_hypergeometric(list(PEOPLE.values()), 300)
        test = weighting.balance({"f": dict(zip(names, drawn.tolist(), strict=True))}, {"f": PEOPLE})[0].test
        called += test.p_value < 0.05
    assert 0.025 <= called / 400 <= 0.08  # without (N - 1)/(N - n) it would be 0.014


def test_more_respondents_than_members_cannot_be():
    with pytest.raises(ValueError, match="country"):
        weighting.balance({"country": {"xx": 1}}, {"country": PEOPLE})
