import dataclasses
import json

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import special

from regulars.stats import additive
from regulars.stats.likelihood import NotFitted


def customers(n, seed=0):
    rng = np.random.default_rng(seed)
    columns = {
        "recency": rng.gamma(1, 50, n),
        "orders": rng.poisson(3, n).astype(float),
        "basket": np.where(rng.random(n) < 0.2, np.nan, rng.lognormal(3, 1, n)),
        "noise": rng.normal(size=n),
    }
    lost = np.where(np.isnan(columns["basket"]), 1.5, -0.3)
    odds = np.minimum(columns["recency"], 120) / 40 - 0.4 * columns["orders"] + lost - 1
    return columns, odds, (rng.random(n) < special.expit(odds)).astype(float), rng


@pytest.fixture(scope="module")
def churn():
    columns, odds, came, rng = customers(4000)
    return columns, odds, came, additive.fit(columns, came, kind="probability", rng=rng)


def ensemble(columns, came, kind, **options):
    """The same fit, kept as scikit-learn has it: the mean of its scores."""
    design = additive._Design.of(columns, options.get("monotone", {}))
    kept, boosted = [], additive._boosted

    def keep(*args):
        kept.append(boosted(*args))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(additive, "_boosted", keep)
        found = additive.fit(columns, came, kind=kind, rng=np.random.default_rng(7), **options)
    scale = 0.0 if kind == "probability" else np.log(np.average(came, weights=options.get("weights")))
    return found, np.array([additive._scores(model, design.matrix, kind) + scale for model in kept])


@pytest.mark.parametrize("monotone", [{}, {"recency": 1, "basket": -1}])
@pytest.mark.parametrize("kind", ["probability", "mean"])
def test_plain_numbers_say_what_the_ensemble_says_but_for_the_level(kind, monotone):
    columns, _, came, rng = customers(1500)
    weights = rng.uniform(0.5, 2, 1500)
    amounts = came if kind == "probability" else came * rng.gamma(1, 30, 1500)
    found, each = ensemble(columns, amounts, kind, monotone=monotone, weights=weights)
    shift = found.intercept + sum(found.terms(columns).values())[0] - each[:, 0].mean()
    assert abs(shift) < 0.1
    assert found.scores(columns) == pytest.approx(each.mean(axis=0) + shift, abs=1e-9)
    undone = special.expit if kind == "probability" else np.exp
    assert found.predicted(columns) == pytest.approx(undone(each.mean(axis=0) + shift), rel=1e-9)
    assert found.spread(columns) == pytest.approx(undone(each + shift), rel=1e-9)
    assert weights @ found.predicted(columns) == pytest.approx(weights @ amounts, rel=1e-9)


def test_terms_and_intercept_sum_to_the_score(churn):
    columns, _, _, model = churn
    terms = model.terms(columns)
    assert sum(terms.values()) + model.intercept == pytest.approx(model.scores(columns), abs=1e-9)
    assert list(terms) == list(columns)
    assert all(abs(term.mean()) < 1e-9 for term in terms.values())


def test_curves_are_found_missing_values_too(churn):
    columns, odds, _, model = churn
    assert np.corrcoef(model.scores(columns), odds)[0, 1] > 0.97
    terms = model.terms(columns)
    gone = np.isnan(columns["basket"])
    gap = terms["basket"][gone].mean() - terms["basket"][~gone].mean()
    assert gap == pytest.approx(1.8, abs=0.4)
    assert terms["noise"].std() < 0.15 * terms["recency"].std()


def test_predictions_sum_to_what_came(churn):
    columns, _, came, model = churn
    assert model.predicted(columns).sum() == pytest.approx(came.sum(), rel=1e-9)
    new, _, after, _ = customers(20_000, seed=9)
    assert model.predicted(new).mean() == pytest.approx(after.mean(), rel=0.05)


def test_what_is_stored_is_json(churn):
    columns, _, _, model = churn
    stored = json.dumps(dataclasses.asdict(model))
    back = TypeAdapter(additive.Additive).validate_json(stored)
    assert back == model
    assert np.array_equal(back.scores(columns), model.scores(columns))


def test_same_seed_same_bytes():
    columns, _, came, _ = customers(600)
    one, two, other = (
        additive.fit(columns, came, kind="probability", bags=2, rng=np.random.default_rng(seed)) for seed in (4, 4, 5)
    )
    assert one == two != other


def test_monotone_columns_never_turn_and_missing_values_stay_free():
    columns, _, _, rng = customers(3000)
    x = columns["basket"]
    wavy = np.sin(np.nan_to_num(np.log(x)) * 3) + 0.3 * np.nan_to_num(np.log(x))
    for sign in (1, -1):
        odds = np.where(np.isnan(x), -2.0 * sign, sign * wavy)
        came = (rng.random(3000) < special.expit(odds)).astype(float)
        model = additive.fit(columns, came, kind="probability", monotone={"basket": sign}, rng=rng)
        values = model.shapes[2].values
        assert np.all(sign * np.diff(values[:-1]) >= -1e-12)
        assert sign * (values[-1] - values[:-1].mean()) < -0.8  # beyond what a rising curve alone would allow
        free = additive.fit(columns, came, kind="probability", rng=rng).shapes[2].values
        assert np.any(sign * np.diff(free[:-1]) < 0)


def test_amounts_know_no_currency():
    columns, _, came, rng = customers(1500)
    amounts = came * rng.gamma(2, 20, 1500)
    pounds, pence = (
        additive.fit(columns, amounts * unit, kind="mean", rng=np.random.default_rng(2)) for unit in (1, 100)
    )
    assert pence.predicted(columns) == pytest.approx(100 * pounds.predicted(columns), rel=1e-4)


def test_doubt_shrinks_with_more_customers(churn):
    columns, _, _, model = churn
    few, _, came, rng = customers(400, seed=1)
    small = additive.fit(few, came, kind="probability", rng=rng)
    assert small.spread(few).shape == (4, 400)
    assert small.spread(columns).std(axis=0).mean() > 1.5 * model.spread(columns).std(axis=0).mean()
    assert small.shapes[0].deviations.shape == (len(small.shapes[0].edges) + 2,)
    assert np.all(small.shapes[0].deviations >= 0)


def test_columns_that_do_not_vary_are_left_out_and_odd_values_do_no_harm():
    columns, _, came, rng = customers(500)
    odd = {
        "same": np.full(500, 7.0),
        "gone": np.full(500, np.nan),
        "endless": np.where(rng.random(500) < 0.1, np.inf, rng.normal(size=500)),
        "flag": np.where(rng.random(500) < 0.5, 1.0, np.nan),
    }
    model = additive.fit(columns | odd, came, kind="probability", bags=1, rng=rng)
    assert [shape.column for shape in model.shapes] == [*columns, "endless", "flag"]
    new = {name: np.array([np.nan, np.inf, -np.inf, 1e9]) for name in columns | odd}
    assert np.isfinite(model.predicted(new)).all()
    assert np.array_equal(model.shapes[0].deviations, np.zeros(len(model.shapes[0].edges) + 2))


def test_bins_hold_about_as_many_customers():
    rng = np.random.default_rng(0)
    x = rng.lognormal(0, 2, 10_000)
    edges = additive.bin_edges(x)
    assert len(edges) == additive.BINS - 1
    held = np.bincount(np.searchsorted(edges, x, side="right"))
    assert 150 < held.min() <= held.max() < 160
    assert additive.bin_edges(np.repeat(np.arange(64.0), 3)) == tuple(np.arange(63) + 0.5)
    spike = np.concatenate([np.zeros(9000), rng.gamma(1, 1, 1000)])
    assert 5 <= len(additive.bin_edges(spike)) <= additive.BINS
    assert additive.bin_edges(np.array([np.nan, 2.0])) == additive.bin_edges(np.array([])) == ()


@pytest.mark.parametrize("some", [0, 9, 191, 200])
def test_too_little_to_learn_from_is_said(some):
    columns, _, _, rng = customers(200)
    came = np.repeat([1.0, 0.0], [some, 200 - some])
    with pytest.raises(NotFitted, match=r"(only|all but) [09] of 200 customers: to tell whom takes 10"):
        additive.fit(columns, came, kind="probability", rng=rng)


def test_little_is_enough_not_to_fall_over():
    columns, _, _, rng = customers(20)
    came = np.repeat([1.0, 0.0], 10)
    model = additive.fit(columns, came, kind="probability", rng=rng)
    assert np.isfinite(model.spread(columns)).all()
    nearly_all = np.append(np.ones(29), 0.0)
    few, _, _, rng = customers(30)
    assert np.isfinite(additive.fit(few, nearly_all, kind="mean", rng=rng).predicted(few)).all()


def test_what_cannot_be_learned_is_refused():
    columns, _, came, rng = customers(200)
    with pytest.raises(NotFitted, match="none of its columns varies"):
        additive.fit({"same": np.zeros(200)}, came, kind="probability", rng=rng)
    with pytest.raises(NotFitted, match="it happened to only 0 of 200 customers: to tell whom takes 10"):
        additive.fit(columns, np.zeros(200), kind="mean", rng=rng)
    for kind, wrong in (("probability", came * 2), ("mean", -came), ("mean", np.full(200, np.nan))):
        with pytest.raises(ValueError, match="`came` must be"):
            additive.fit(columns, wrong, kind=kind, rng=rng)
