"""Hazard ratios: late entry, ties, what cannot be told, and effects that change with tenure."""

import warnings

import numpy as np
import pytest

from regulars.models import hazards
from regulars.models.hazards import Term
from regulars.models.tenure import Lives
from regulars.stats.likelihood import NotFitted


def lives(days, left, entry=None):
    size = len(days)
    return Lives(
        customer=np.arange(size),
        days=np.asarray(days),
        left=np.asarray(left, dtype=bool),
        entry=np.full(size, -1) if entry is None else np.asarray(entry),
    )


def terms(*names):
    return [Term(covariate=name) for name in names]


def test_the_check_of_proportional_hazards_is_that_of_lifelines_where_nobody_enters_late():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    days = 2 * np.argsort(np.argsort(rng.exponential(np.exp(-0.5 * x[:, 0]))))
    left = rng.random(300) < 0.7
    found = hazards.cox(lives(days, left), terms("a", "b"), x, level=0.95)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from lifelines import CoxPHFitter
        from lifelines.statistics import proportional_hazard_test

        frame = pd.DataFrame(x, columns=["a", "b"]).assign(days=days, left=left)
        theirs = CoxPHFitter().fit(frame, "days", "left")
        test = proportional_hazard_test(theirs, frame, time_transform="rank")
    assert [one.p_steady for one in found.effects] == pytest.approx(list(test.p_value), rel=1e-6)
    assert [one.ratio.value for one in found.effects] == pytest.approx(list(theirs.hazard_ratios_), rel=1e-6)
    assert [one.p_value for one in found.effects] == pytest.approx(list(theirs.summary["p"]), rel=1e-4)


def test_late_entry_does_not_bias_the_ratio():
    rng = np.random.default_rng(4)
    group = (rng.random(3000) < 0.5).astype(float)
    days = np.floor(rng.exponential(200 / np.where(group > 0, 2.0, 1.0))).astype(int)
    # Of each only what came after a day of their own is on record.
    entry = np.where(rng.random(3000) < 0.5, rng.integers(0, 300, 3000), -1)
    seen = days > entry
    found = hazards.cox(
        lives(days[seen], np.ones(seen.sum()), entry[seen]), terms("fast"), group[seen, None], level=0.99
    )
    ratio = found.effects[0].ratio
    assert ratio.low < 2 < ratio.high
    assert ratio.high / ratio.low < 1.4
    assert found.effects[0].p_steady > 0.001


def test_an_effect_that_changes_with_tenure_is_told():
    rng = np.random.default_rng(5)
    group = rng.random(2000) < 0.5
    days = np.where(group, rng.weibull(0.6, 2000) * 100, rng.weibull(1.6, 2000) * 100).astype(int)
    found = hazards.cox(lives(days, np.ones(2000)), terms("group"), group[:, None].astype(float), level=0.95)
    assert found.effects[0].p_steady < 1e-6


def test_too_few_ends_are_refused():
    with pytest.raises(NotFitted, match="19 customers left, too few for 2 hazard ratios: each takes 10"):
        hazards.cox(lives(range(60), [True] * 19 + [False] * 41), terms("a", "b"), np.eye(60)[:, :2], level=0.95)
    with pytest.raises(NotFitted, match="nothing known of customers"):
        hazards.cox(lives(range(60), [True] * 60), [], np.zeros((60, 0)), level=0.95)


def test_a_covariate_that_tells_without_fail_is_refused():
    left = np.arange(100) < 50
    with pytest.raises(NotFitted, match="almost without fail"):
        hazards.cox(lives(np.arange(100), left), terms("left"), left[:, None].astype(float), level=0.95)


def test_categories_with_few_customers_or_no_end_are_one():
    plan = np.array(["big"] * 50 + ["middle"] * 30 + ["small"] * 15 + ["safe"] * 25, dtype=object)
    left = [True] * 95 + [False] * 25
    design = hazards.design(lives(range(120), left), {"plan": plan}, {})
    assert [str(term) for term in design.terms] == ["plan (rest) against big", "plan middle against big"]
    assert design.columns.sum(axis=0).tolist() == [40, 30]


def test_a_rest_of_whom_nobody_left_takes_in_the_next_smallest():
    plan = np.array(["big"] * 50 + ["middle"] * 30 + ["safe"] * 25, dtype=object)
    design = hazards.design(lives(range(105), [True] * 80 + [False] * 25), {"plan": plan}, {})
    assert [str(term) for term in design.terms] == ["plan big against (rest)"]


def test_what_says_the_same_or_is_hardly_known_is_left_out_and_said():
    rng = np.random.default_rng(6)
    seats = rng.integers(1, 9, 200).astype(float)
    plan = np.where(seats > 4, "team", "solo").astype(object)
    account = np.array([f"a{n}" for n in range(200)], dtype=object)
    unknown = np.where(rng.random(200) < 0.5, np.nan, 1.0)
    gap = np.where(np.arange(200) < 4, np.nan, rng.normal(size=200))
    design = hazards.design(
        lives(range(200), [True] * 200),
        {"plan": plan, "again": plan, "account": account},
        {"seats": seats, "price": 3 * seats + 1, "age": unknown, "gap": gap},
    )
    assert [term.covariate for term in design.terms] == ["plan", "seats", "gap"]
    assert design.rows.sum() == 196
    said = "; ".join(design.notes)
    for part in ("account is left out", "age is left out", "left out: 4 customers", "again", "price"):
        assert part in said
