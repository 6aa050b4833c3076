"""Covariates: what was known on the first day, and what it does to how often customers come."""

import numpy as np
import pytest

from drawn import buyers
from regulars.app.foretell import snapshot_of
from regulars.catalogue.models.pareto_nbd import family
from regulars.models.covariates import covariates
from regulars.stats.likelihood import NotFitted
from small import company, on, sale


@pytest.fixture(scope="module")
def known():
    """Customers who come more often the more they spent on their first day: rate times spend to the power of 0.8."""
    rng = np.random.default_rng(6)
    first = np.round(rng.lognormal(3.0, 0.6, 900), 2)
    made = buyers(
        8,
        900,
        400,
        rate=lambda own, n: own.gamma(2.0, 0.015, n) * (first / 20) ** 0.8,
        stays=400.0,
        spend=lambda _rng, who, n: np.concatenate([[first[who]], np.full(n - 1, 20.0)]),
    )
    orders = [{**row, "channel": "web" if int(row["customer_id"][1:]) % 3 else "shop"} for row in made.orders]
    return snapshot_of(company(400, orders=orders, since=on(0)))


def test_a_planted_effect_of_the_first_days_sales_is_recovered(known):
    learned = family.learned(known, by_covariates=True)
    names = learned.covariates.names
    assert names[0] == "first day's sales on alpha"
    index = len(family.parameters)
    # A covariate is the standardised log of 1 + sales; alpha is the rate's divisor.
    found = -learned.theta[index] / learned.covariates.scale
    error = learned.covariance[index][index] ** 0.5 / learned.covariates.scale
    assert abs(found - 0.8) < 3 * error + 0.05
    assert error < 0.2
    assert any(note.startswith("first day's sales: how often they buy times 1.") for note in learned.notes)
    assert learned.log_likelihood > family.learned(known).log_likelihood + 10


def test_a_channel_that_changes_nothing_is_told_to_change_nothing(known):
    found = covariates(known, (1,), ("alpha",))
    assert found.labels == ("first day's sales", "first order by shop")  # the others are those by the commonest
    learned = family.learned(known, by_covariates=True)
    index = len(family.parameters) + 1
    assert abs(learned.theta[index]) < 3 * learned.covariance[index][index] ** 0.5


def test_what_all_have_in_common_tells_nobody_apart():
    alike = snapshot_of(company(50, orders=[sale(f"c{who}", who % 40, 10) for who in range(30)], since=on(0)))
    with pytest.raises(NotFitted, match="cannot be told apart"):
        covariates(alike, (1,), ("alpha",))


def test_designs_are_by_hand():
    orders = [
        {**sale("ann", 3, 10), "channel": "web"},
        {**sale("ann", 3, 20), "channel": "shop"},
        {**sale("ann", 9, 99), "channel": "shop"},
        sale("bob", 5, 0),
        {**sale("cyd", 7, 5), "channel": "web"},
    ]
    snapshot = snapshot_of(company(50, orders=orders, since=on(0)))
    found = covariates(snapshot, (1, 3), ("alpha", "beta"))
    design = found.designs(snapshot)
    assert set(design) == {1, 3}
    logs = np.log1p([30.0, 0.0, 5.0])
    assert design[1][:, 0] == pytest.approx((logs - logs.mean()) / logs.std())
    by = dict(zip(found.labels[1:], design[1][:, 1:].T.tolist(), strict=True))
    assert by["first order by web"] == [0, 0, 1]  # of ann's two the first by name stands for the day
    assert by["first order by shop"] == [1, 0, 0]
