"""A health score is shown only where it tells more than recency, in the right order, and means what it says."""

from dataclasses import replace

import pytest

from regulars.core.estimate import Interval, unknown
from regulars.models.justified import conditions, unmet
from regulars.models.trial import Decile, Tried


def found(value, low, high):
    return Interval(value=value, low=low, high=high, level=0.95, method="DeLong", n=900)


def deciles(*came):
    return tuple(Decile(n=400, foretold=0.1 * at, came=one) for at, one in enumerate(came))


GOOD = Tried(
    model="lapse_health",
    version=1,
    score={"calibration_error": found(0.02, 0.01, 0.03)},
    gain=found(0.1, 0.05, 0.15),
    auc_gain=found(0.04, 0.02, 0.06),
    deciles=deciles(0.1, 0.2, 0.3, 0.4, 0.5),
)


def test_a_score_that_meets_all_conditions_is_justified():
    assert not unmet(GOOD, "by_recency")
    assert len(conditions(GOOD, "by_recency")) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"auc_gain": found(0.015, 0.01, 0.02)}, "AUC beyond `by_recency` +0.015"),
        ({"auc_gain": found(0.04, -0.01, 0.09)}, "more than chance is asked"),
        ({"auc_gain": None}, "unknown"),
        ({"deciles": deciles(0.1, 0.4, 0.2, 0.5, 0.6)}, "falls once"),
        (
            {"score": {"calibration_error": found(0.06, 0.03, 0.09)}},
            "calibration error 6.0 %, where less than 5 % is asked",
        ),
        ({"score": {"calibration_error": unknown("too few", level=0.95)}}, "too few"),
        ({"why_not": "records of 8 days are too short"}, "records of 8 days"),
    ],
)
def test_one_condition_that_fails_is_enough(change, said):
    tried = replace(GOOD, **change)
    assert said in unmet(tried, "by_recency")


def test_a_fall_within_chance_is_no_fall():
    assert not unmet(replace(GOOD, deciles=deciles(0.1, 0.2, 0.19, 0.4, 0.5)), "by_recency")
