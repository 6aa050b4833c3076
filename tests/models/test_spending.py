"""What buyers bring: totals agree with what comes, and what the model takes for granted is said."""

from dataclasses import replace

import numpy as np
import pytest

from drawn import buyers
from regulars.app.foretell import snapshot_of
from regulars.catalogue.models.mbg_nbd import mbg_nbd_value
from regulars.catalogue.models.outcomes import value
from regulars.catalogue.models.pareto_nbd import pareto_nbd_value
from regulars.core.randomness import stream
from regulars.models.model import Horizon
from regulars.models.spending import slopes, spending
from regulars.stats.buying.gamma_gamma import GammaGamma
from regulars.stats.buying.histories import Histories
from regulars.stats.likelihood import NotFitted
from small import company, on, refund, sale

HORIZON = Horizon(120)


def drawn(spend, size=900, days=420):
    made = buyers(7, size, days, spend=spend, stays=300.0)
    return snapshot_of(company(days, orders=made.orders, since=on(0)))


def independent(rng, who, n):
    own = np.random.default_rng(who).gamma(4.0, 1.0)
    return rng.gamma(5.0, 30.0 / own, n) + 0.01


@pytest.fixture(scope="module")
def later():
    return drawn(independent)


@pytest.mark.parametrize("model", [mbg_nbd_value, pareto_nbd_value])
def test_totals_agree_with_what_comes(later, model):
    known = later.before(on(300))
    found = model.predictions(known, model.fit(known, HORIZON, stream(1, "x")), 0.9)
    came = value.seen(later, value.people(known), known.day, HORIZON)
    error = np.sqrt(found.spread.sum() + np.square(found.doubts.sum(axis=1)).sum())
    assert abs(found.mean.sum() - came.sum()) < 3 * error
    assert found.mean.sum() == pytest.approx(came.sum(), rel=0.25)
    assert 0.85 < ((found.low <= came) & (came <= found.high)).mean() <= 0.99
    assert 0 < found.more["alive"].min() <= found.more["alive"].max() <= 1


def test_discounting_takes_from_it_what_time_costs(later):
    known = later.before(on(300))
    plain = known.definitions.model_copy(update={"discount_rate": 0.0})
    without = replace(known, definitions=plain, _past={})
    found, whole = (
        mbg_nbd_value.fit(one, HORIZON, stream(1, "x")).predict(one, 0.9).mean.sum() for one in (known, without)
    )
    assert found / whole == pytest.approx(1.1 ** -(60 / 365.25), rel=0.005)


def test_independence_is_said(later):
    found = spending(later)
    assert found.notes[0].endswith("next to nothing, as the model takes it")
    assert found.left_out == 0
    assert found.scale == pytest.approx(1, abs=0.1)


def test_dependence_is_said():
    """Who comes often spends more: the model knows nothing of it, and says so."""

    def dear(rng, who, n):
        return rng.gamma(6.0, 1.0 + n / 2, n)

    assert spending(drawn(dear, 500)).notes[0].endswith("the CLV of frequent customers may be too low")


def test_who_brings_nothing_on_balance_is_left_out_and_made_up_for():
    orders = [sale(f"c{who:03}", day, 10 + who % 13) for who in range(60) for day in range(0, 90, 10 + who % 7)]
    back = [refund(f"c{who:03}", day, 50) for who in range(6) for day in range(10, 90, 10 + who % 7)]
    found = spending(snapshot_of(company(100, orders=[*orders, *back], since=on(0))))
    assert found.left_out == 6
    assert 0 < found.scale < 0.95  # all together bring less than those who bring something would
    assert "6 customers whose orders brought nothing" in found.notes[-1]
    with pytest.raises(NotFitted, match="nothing on balance"):
        spending(snapshot_of(company(100, orders=[*orders[:80], *back], since=on(0))))


def testslopes_are_those_of_small_steps():
    law = np.log([5.0, 1.3, 20.0])
    times, mean = np.array([0.0, 1.0, 7.0]), np.array([0.0, 30.0, 90.0])
    h = Histories(frequency=times, recency=times, age=times + 10)
    found = slopes(GammaGamma.at(law), h, mean)
    for index in range(3):
        step = np.eye(3)[index] * 1e-6
        up, down = (GammaGamma.at(law + side * step).expected(times, mean) for side in (1, -1))
        assert found[index] == pytest.approx((up - down) / 2e-6, rel=1e-5)
    assert np.isfinite(slopes(GammaGamma(p=5.0, q=1.001, gamma=20.0), h, mean)).all()
