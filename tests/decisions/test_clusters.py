"""Clusters of customers: told where they were planted, refused where there are none, and adding up."""

from random import Random

import numpy as np
import pytest

from regulars.core.errors import QueryError
from regulars.decisions.clusters import clusters
from small import company, sale

END = 400


def _shop(kinds, seed=3):
    """Return a company of customers by kind: first day, last day, orders, amount."""
    rng = Random(seed)
    orders = []
    for n, kind in enumerate(kinds):
        first, last, count, amount = kind
        days = sorted({first + rng.randint(0, 6), *(rng.randint(first, last) for _ in range(count)), last})
        orders += [sale(f"c{n}", day, amount + rng.randint(0, 3)) for day in days]
    return company(END, orders=orders)


@pytest.fixture(scope="module")
def planted():
    often, once = (10, END - 3, 40, 20), (200, 215, 0, 90)
    return _shop([often] * 80 + [once] * 60), 80, 60


def test_planted_groups_are_told_in_words_and_add_up(planted):
    records, often, once = planted
    found = clusters(records, least=2, most=3)
    assert found.why_not == ""
    assert [one.customers for one in found.clusters] == [often, once]
    first, second = found.clusters
    assert {"order often", "ordered lately"} <= set(first.said.split(", "))
    assert {"order seldom", "bring much at a time"} <= set(second.said.split(", "))
    assert sum(one.share.interval.value for one in found.clusters) == pytest.approx(1)
    assert sum(one.value_share.interval.value for one in found.clusters) == pytest.approx(1)
    assert all(one.jaccard.interval.value > 0.99 for one in found.clusters)
    frequency = first.means[[one.name for one in found.features].index("frequency")].interval
    assert frequency.low < frequency.value < frequency.high
    assert frequency.n == often


def test_who_moved_since_is_told_of_those_who_had_ordered_by_then(planted):
    records, often, once = planted
    drift = clusters(records, least=2, most=2).drift
    assert drift.customers == often + once
    assert drift.stayed.interval.value == 1
    assert drift.rand.interval.value == 1


def test_where_nothing_is_stable_it_is_said():
    rng = Random(1)
    kinds = [(first := rng.randint(0, 300), rng.randint(first, END - 1), rng.randint(0, 9), 20) for _ in range(150)]
    found = clusters(_shop(kinds), least=5, most=6)
    assert found.clusters == ()
    assert found.drift is None
    assert found.why_not.startswith("no stable clusters: of ")
    assert all(one.why_not for one in found.tried)
    assert np.isfinite([one.jaccard.interval.value for one in found.tried]).all()


def test_few_customers_and_no_orders_are_refused():
    with pytest.raises(QueryError, match="at least 100 must have ordered"):
        clusters(_shop([(0, 300, 3, 20)] * 20))
    with pytest.raises(QueryError, match="needs `orders`"):
        clusters(company(END, customers=[{"customer_id": "a"}]))
