"""What is to come of buyers by the BG/NBD: closed forms, sums over transactions and integrals agree."""

import math

import mpmath as mp
import numpy as np
import pytest
from bg_histories import PARAMETERS, simulated
from scipy import special

from regulars.stats.buying import bg_ahead
from regulars.stats.buying.bg_ahead import repeats, repeats_in_phases
from regulars.stats.buying.bg_nbd import BgNbd


def ahead_by_hypergeometric(shape, a, b, span):
    """Fader, Hardie & Lee (2005), eq. 10, after Euler; a little beside what the formula divides by."""
    shape, a, b, span = (mp.mpf(float(value)) for value in (shape, a, b, span))
    a += mp.mpf(10) ** -25 * (a == 1)
    b += mp.mpf(10) ** -25 * (a + b == 1)
    z = span / (1 + span)
    inside = mp.hyp2f1(a - 1, a + b - 1 - shape, a + b - 1, z, maxterms=10**6)
    return (a + b - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * inside)


def test_expectations_of_random_timing_agree_with_mpmath():
    """The grid of two parameters' extremes; errors below 2e-8 of the value were measured on 2,000 random cases."""
    with mp.workdps(40):
        for r, alpha, a, b in PARAMETERS[:-1]:  # of the last one mpmath takes minutes; see below for large a
            for x in (0, 1, 20, 10_000):
                for age in (1, 10_950):
                    spans = [ahead / (alpha + age) for ahead in (0.1, 90.0, 3650.0)]
                    found = repeats(np.array([r + x]), a, np.array([b + x]), [np.array([span]) for span in spans])[:, 0]
                    exactly = [float(ahead_by_hypergeometric(r + x, a, b + x, span)) for span in spans]
                    assert found == pytest.approx(exactly, rel=1e-7)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("a", [0.3, 1.0, 1.0 + 1e-6, 400.0])
def test_expectations_agree_with_the_sum_over_transactions(k, a):
    """The chance to stay for each transaction times that to be fast enough for it, by the incomplete beta function."""
    x, silence, b = 3, 0.4, 2.5
    shape = 0.7 + k * x
    phases = [special.poch(shape, j) / math.factorial(j) * silence**j for j in range(k)]
    for span in (0.01, 1.0, 30.0, 1000.0):
        m = np.arange(1.0, max(25 * (1 + shape) * span / k, 300))
        stays = np.exp(special.betaln(a, b + m - 1) - special.betaln(a, b))
        by_phase = [
            (stays * special.betainc(np.maximum(k * m - j, 1e-300), shape + j, span / (1 + span))).sum()
            for j in range(k)
        ]
        arrays = [np.array([phase]) for phase in phases]
        found = repeats_in_phases(arrays, np.array([shape]), a, np.array([b]), [np.array([span])])[0, 0]
        expected = pytest.approx(np.average(by_phase, weights=phases), rel=2e-6 if span > 100 else 1e-9)
        assert found == expected
        if k == 1:
            assert repeats(np.array([shape]), a, np.array([b]), [np.array([span])])[0, 0] == expected


def test_both_ways_to_an_expectation_agree():
    h, _ = simulated(2_000, 1, BgNbd(r=0.7, alpha=20.0, a=0.4, b=3.0))
    for model in (BgNbd(r=0.7, alpha=20.0, a=0.4, b=3.0), BgNbd(r=0.7, alpha=20.0, a=1.7, b=1.1, leaves_at_first=True)):
        shape, b = model.r + h.frequency, model.b + h.frequency + model.leaves_at_first
        spans = [ahead / (model.alpha + h.age) for ahead in (30.0, 365.0)]
        counted = repeats_in_phases([np.ones(len(h))], shape, model.a, b, spans)
        assert model.expected(h, [30.0, 365.0]) == pytest.approx(model.alive(h) * counted, rel=1e-9)


def test_what_is_too_much_to_count_is_integrated(monkeypatch):
    shape, b, span = np.array([0.6, 40.0, 3.0]), np.array([2.5, 1.0, 300.0]), np.array([500.0, 30.0, 200.0])
    phases = [np.ones(3), np.array([0.5, 2.0, 0.0])]
    counted = repeats_in_phases(phases, shape, 0.6, b, [span])
    monkeypatch.setattr(bg_ahead, "_ONE_BY_ONE", 400)
    assert repeats_in_phases(phases, shape, 0.6, b, [span]) == pytest.approx(counted, rel=1e-5)
