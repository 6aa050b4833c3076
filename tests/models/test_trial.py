"""How far predictions were off on past days, and what follows for their limits."""

import numpy as np
import pytest
from scipy import special

from regulars.core.estimate import unknown
from regulars.models.model import Forecast, less_sure
from regulars.models.trial import Decile, Tried
from regulars.stats.intervals import z


def tried(*tenths, totals=(1.0,)):
    return Tried(
        model="m",
        version=1,
        score={},
        gain=unknown("x", level=0.95),
        totals=totals,
        deciles=tuple(Decile(n=n, foretold=foretold, came=came) for n, foretold, came in tenths),
    )


def test_odds_that_were_off_by_chance_alone_were_not_off():
    rng = np.random.default_rng(1)
    off = []
    for _ in range(200):
        foretold = np.linspace(0.05, 0.6, 10)
        came = rng.binomial(500, foretold) / 500
        off.append(tried(*((500, float(p), float(q)) for p, q in zip(foretold, came, strict=True))).odds_error)
    assert np.mean(np.square(off)) < 0.01


def test_odds_of_tenths_that_were_off_are_found():
    """Half too high, half too low, by .4 of log odds: the total was right all the same."""
    p = np.linspace(0.1, 0.6, 10)
    came = special.expit(special.logit(p) + 0.4 * (-1) ** np.arange(10))
    found = tried(*((100_000, float(a), float(b)) for a, b in zip(p, came, strict=True)))
    assert found.odds_error == pytest.approx(0.4, rel=0.01)


def test_totals_that_were_off_move_all_odds():
    """Ten in a hundred foretold, twice as many came: the odds of .1 move to those of .2, near enough."""
    found = tried((10_000, 0.1, 0.1), totals=(0.5, 2.0))
    assert found.odds_error == pytest.approx(np.log(2) / 0.9)
    assert tried((10_000, 0.1, 0.1)).odds_error < 0.05
    assert tried().odds_error == 0


def test_limits_hold_what_was_off_before_beside_doubt_about_parameters():
    mean = np.array([0.2, 0.5, 0.0, 1.0])
    low, high = special.expit(special.logit(mean) - 0.3), special.expit(special.logit(mean) + 0.3)
    sure = Forecast(mean=mean, low=np.minimum(low, mean), high=np.maximum(high, mean))
    same, wider = less_sure(sure, 0.0, 0.95), less_sure(sure, 0.4 / z(0.95), 0.95)
    assert same.low == pytest.approx(sure.low, abs=1e-8)
    assert special.logit(wider.low[:2]) == pytest.approx(special.logit(mean[:2]) - 0.5)
    assert special.logit(wider.high[:2]) == pytest.approx(special.logit(mean[:2]) + 0.5)
    for one in (same, wider):
        assert ((one.low <= mean) & (mean <= one.high) & (one.low >= 0) & (one.high <= 1)).all()
