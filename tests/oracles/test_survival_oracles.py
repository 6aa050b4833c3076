"""Survival against published results: 6-MP against placebo in leukaemia (Freireich et al., 1963, Blood 21, 699-716)."""

import numpy as np
import pytest

from regulars.models import hazards, tenure
from regulars.models.tenure import Lives
from regulars.stats import survival

#: Weeks in remission, by treatment; a minus: still so when last seen.
MP = [6, 6, 6, 7, 10, 13, 16, 22, 23, -6, -9, -10, -11, -17, -19, -20, -25, -32, -32, -34, -35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def lives(weeks):
    signed = np.array(weeks)
    size = len(signed)
    return Lives(customer=np.arange(size), days=np.abs(signed), left=signed > 0, entry=np.full(size, -1))


def near(value, tolerance=1e-9):
    return pytest.approx(value, rel=0, abs=tolerance)


def test_share_that_stays_with_its_log_log_limits():
    curve = tenure.curve_of(lives(MP))
    published = {
        6: (0.857142857142857, 0.619717955265984, 0.951551747646997),
        10: (0.752941176470588, 0.503199510799957, 0.889361835169265),
        16: (0.627450980392157, 0.367510855987502, 0.804912189471841),
        23: (0.448179271708683, 0.188052005959232, 0.680142628495241),
    }
    for week, (value, low, high) in published.items():
        found = survival.survival_at(curve, week)
        assert (found.value, found.low, found.high) == (near(value), near(low), near(high))


def test_median_and_restricted_mean():
    curves = [tenure.curve_of(lives(group)) for group in (MP, PLACEBO)]
    assert [survival.survival_quantile(curve).value for curve in curves] == [23, 8]
    means = [survival.restricted_mean(curve, 35 if curve is curves[0] else 23) for curve in curves]
    assert [mean.value for mean in means] == [near(23.2873949579832), near(8.66666666666667)]
    assert (means[0].high - means[0].value) / 1.959963985 == near(2.82746762337144, 1e-7)


def test_log_rank():
    found = survival.log_rank([tenure.curve_of(lives(group)) for group in (MP, PLACEBO)])
    assert (found.value, found.df, found.p_value) == (near(16.7929409892165), 1, near(4.16880910933948e-05))


def test_cox_with_ties_by_efron():
    both = lives(MP + PLACEBO)
    group = np.array(["6-MP"] * len(MP) + ["placebo"] * len(PLACEBO), dtype=object)
    design = hazards.design(both, {"treatment": group}, {})
    assert [str(term) for term in design.terms] == ["treatment placebo against 6-MP"]
    found = hazards.cox(both, design.terms, design.columns, level=0.95)
    ratio = found.effects[0].ratio
    coefficient, error = np.log(ratio.value), np.log(ratio.high / ratio.low) / 2 / 1.959963985
    assert (coefficient, error) == (near(1.57212514882907, 1e-6), near(0.412396717709455, 1e-6))
    assert found.test.value == near(2 * (93.1842699968477 - 85.0084245773717), 1e-6)
    assert (found.n, found.ends) == (42, 30)
