"""Models of contracts: planted retention is recovered, and limits hold what comes."""

import numpy as np
import pytest

from regulars.app.foretell import snapshot_of
from regulars.catalogue.models.churn import contract_end_rate
from regulars.catalogue.models.outcomes import contract_end, contract_value
from regulars.catalogue.models.shifted_beta_geometric import contract_as_now, sbg_end, sbg_value
from regulars.core.periods import MONTH_DAYS
from regulars.core.randomness import stream
from regulars.models.contracts import contracted, tenures
from regulars.models.model import Horizon
from small import company, contract, on

SIZE, DAYS = 2500, 720
ALPHA, BETA = 1.0, 8.0


@pytest.fixture(scope="module")
def later():
    """Records of two years and a half: contracts end at the end of a month, with a chance of each customer's own."""
    rng = np.random.default_rng(2)
    rows = []
    for who in range(SIZE):
        start, months = int(rng.integers(0, DAYS)), rng.geometric(rng.beta(ALPHA, BETA))
        end = start + int(np.ceil(months * MONTH_DAYS)) - 1
        rows.append(contract(f"c{who:04}", start, end if end < DAYS + 180 else None, float(rng.integers(5, 50))))
    return snapshot_of(company(DAYS + 180, subscriptions=rows, since=on(0)))


@pytest.fixture(scope="module")
def known(later):
    return later.before(on(DAYS))


def foretold(model, known, horizon, level=0.9):
    return model.predictions(known, model.fit(known, horizon, stream(1, "x")), level)


def test_planted_retention_is_recovered(known):
    learned = sbg_end.fit(known, Horizon(30), stream(1, "x")).learned
    for name, planted in (("alpha", ALPHA), ("beta", BETA)):
        index = ("alpha", "beta").index(name)
        error = learned.covariance[index][index] ** 0.5
        assert abs(np.log(learned.parameters[name] / planted)) < 3 * error + 0.1


def test_as_many_end_as_is_foretold_and_the_right_ones(known, later):
    horizon = Horizon(91)
    told, came = (
        foretold(sbg_end, known, horizon),
        contract_end.seen(later, contract_end.people(known), known.day, horizon),
    )
    assert told.mean.sum() == pytest.approx(came.sum(), rel=0.15)
    new = contracted(known).lived < 3
    assert told.mean[new].mean() > told.mean[~new].mean()
    assert told.mean[new].sum() == pytest.approx(came[new].sum(), rel=0.3)


def test_limits_of_what_they_bring_hold_it(known, later):
    horizon = Horizon(180)
    told = foretold(sbg_value, known, horizon)
    came = contract_value.seen(later, contract_value.people(known), known.day, horizon)
    assert told.mean.sum() == pytest.approx(came.sum(), rel=0.05)
    assert ((told.low <= came + 0.05 * came.max()) & (came <= told.high * 1.02)).mean() > 0.85
    assert np.square(came - told.mean).sum() == pytest.approx(told.spread.sum(), rel=0.3)


def test_if_nobody_ended_all_would_pay_as_now(known):
    now = contracted(known)
    rule = foretold(contract_as_now, known, Horizon(365))
    rate = known.definitions.discount_rate
    assert rule.mean == pytest.approx(now.monthly * 12 * (1 + rate) ** -0.5, rel=2e-3)
    assert (foretold(sbg_value, known, Horizon(365)).mean < rule.mean + 1e-9).all()


def test_tenures_by_hand():
    rows = [
        contract("ann", 0, 20),  # ended in the first month
        contract("bob", 0, 31),  # in the second
        contract("cyd", 0, 31),
        contract("dan", 60),  # two whole months on day 121, and goes on
        contract("eve", 120),
        contract("fay", 0, 200),  # had not ended on day 121
        contract("gus", 10, 40, 0),  # a trial
    ]
    found = tenures(snapshot_of(company(300, subscriptions=rows)).before(on(121)))
    assert found.lost.tolist() == [1, 2, 0, 0]
    assert found.kept.tolist() == [1, 0, 1, 1, 0]


def test_the_rule_is_the_share_that_ended(known):
    rule = contract_end_rate.fit(known, Horizon(91), stream(1, "x"))
    shares, people = [], []
    for back in (1, 2, 3):
        past = known.past(known.day - 91 * back)
        people.append(contract_end.people(past))
        shares.append(contract_end.seen(known, people[-1], past.day, Horizon(91)))
    assert rule.share == pytest.approx(np.concatenate(shares).mean())
    assert rule.n == len(np.unique(np.concatenate(people)))
