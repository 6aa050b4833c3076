"""RFM: the map is total, engine and arithmetic agree, cut points are order statistics."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import QueryError
from regulars.decisions.rfm import BINS, SEGMENTS, Cuts, buyers, cut_points, scored, segment_at
from small import company, number_of, on, refund, sale


def holds(segment, recency, frequency):
    return all(
        low <= score <= high for score, (low, high) in ((recency, segment.recency), (frequency, segment.frequency))
    )


def test_every_pair_of_scores_lies_in_exactly_one_segment():
    for recency in range(1, BINS + 1):
        for frequency in range(1, BINS + 1):
            inside = [segment for segment in SEGMENTS if holds(segment, recency, frequency)]
            assert inside == [segment_at(recency, frequency)]
    assert len({segment.name for segment in SEGMENTS}) == len(SEGMENTS) == 11
    assert all(segment.meaning.endswith(".") for segment in SEGMENTS)
    with pytest.raises(ValueError, match="run from 1 to 5"):
        segment_at(0, 3)


def test_recency_frequency_and_value_at_a_date():
    records = company(
        100,
        orders=[
            sale("ann", 10, 30),
            sale("ann", 10, 5),  # one order day
            sale("ann", 90, 7.5),
            refund("ann", 95, 2),  # changes the value, not the recency
            refund("bob", 3, 4),  # never ordered
            sale("cyd", 99, 1),
            sale(None, 99, 1),
        ],
    )
    ann, cyd = number_of(records, "ann"), number_of(records, "cyd")

    def found(day):
        rows = records.run(buyers(records, on(day)))
        return {row["customer"]: (row["recency"], row["frequency"], row["value"]) for row in rows}

    assert found(100) == {ann: (10, 2, 405_000), cyd: (1, 1, 10_000)}
    assert found(90) == {ann: (80, 1, 350_000)}
    assert found(10) == {}
    with pytest.raises(QueryError, match="Nobody had ordered before `2024-01-11`"):
        cut_points(records, on(10))


@pytest.fixture(scope="module")
def shop():
    rng = Random(5)
    bought = [
        sale(f"c{number}", rng.randint(0, 199), rng.choice((10, 20, 25.5, rng.randint(1, 900))))
        for number in range(137)
        for _ in range(rng.choice((1, 1, 1, 2, 3, 8)))
    ]
    return company(200, orders=bought)


def test_cut_points_are_the_least_values_that_so_many_do_not_exceed(shop):
    cuts = cut_points(shop)
    rows = shop.run(buyers(shop, shop.as_of))
    assert cuts.customers == len(rows) == 137
    assert not cuts.with_costs
    for name in ("recency", "frequency", "value"):
        ordered = sorted(row[name] for row in rows)
        assert getattr(cuts, name) == tuple(ordered[math.ceil(137 * k / 5) - 1] for k in (1, 2, 3, 4))


@pytest.mark.parametrize("size", [1, 4, 6])
def test_few_customers_have_cut_points_too(size):
    records = company(50, orders=[sale(f"c{number}", number, number + 1) for number in range(size)])
    ordered = range(10_000, 10_000 * (size + 1), 10_000)
    assert cut_points(records).value == tuple(ordered[math.ceil(size * k / 5) - 1] for k in (1, 2, 3, 4))


def test_engine_and_arithmetic_score_alike(shop):
    cuts = cut_points(shop)
    for row in shop.run(scored(buyers(shop, shop.as_of), cuts)):
        scores = cuts.scores(row["recency"], row["frequency"], row["value"])
        assert scores == (row["r"], row["f"], row["m"])
        assert SEGMENTS[row["segment"]] == segment_at(*scores[:2])


CUTS = st.lists(st.integers(-50, 50), min_size=4, max_size=4).map(lambda cuts: tuple(sorted(cuts)))


@given(CUTS, st.integers(-60, 60), st.integers(0, 20))
def test_scores_lie_in_1_to_5_and_more_is_never_less(points, own, more):
    cuts = Cuts(on=on(0), customers=9, recency=points, frequency=points, value=points, with_costs=True)
    r, f, m = cuts.scores(own, own, own)
    assert r == 6 - f
    assert f == m == 1 + sum(own > cut for cut in points)
    later = cuts.scores(own + more, own + more, own + more)
    assert later[0] <= r
    assert later[1] >= f
