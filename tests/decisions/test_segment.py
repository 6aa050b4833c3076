"""Segments and migrations: everything adds up, exactly."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.core.errors import QueryError
from regulars.decisions.lifecycle import STATES
from regulars.decisions.rfm import SEGMENTS, cut_points
from regulars.decisions.segment import (
    GONE,
    NEW_SINCE,
    lifecycle,
    lifecycle_migration,
    segment_migration,
    segment_of,
    segments,
)
from regulars.stats import intervals
from regulars.stats.moments import PairSums, Sums
from regulars.stats.transitions import jeffreys
from small import company, event, number_of, on, refund, sale


@pytest.fixture(scope="module")
def shop():
    rng = Random(8)
    orders, events = [], []
    for number in range(120):
        for _ in range(rng.choice((1, 1, 2, 5, 9))):
            day, amount = rng.randint(0, 299), rng.choice((10, 20, rng.randint(1, 900)))
            orders.append(sale(f"c{number}", day, amount))
            events.append(event(f"c{number}", day - rng.randint(0, 3)))
            if rng.random() < 0.2:
                orders.append(refund(f"c{number}", day + 5, amount + 1))
    return company(300, orders=orders, events=[*events, event("looker", 250)])


def near(x):
    return pytest.approx(x, rel=1e-6)


def test_segments_add_up(shop):
    found = segments(shop)
    assert [row.segment for row in found.rows] == list(SEGMENTS)
    assert found.customers == sum(row.customers for row in found.rows) == 120
    assert sum(row.share.interval.value for row in found.rows) == near(1)
    assert sum(row.value_share.interval.value for row in found.rows) == near(1)
    assert all(sum(sizes) == 120 for sizes in found.bins.values())
    assert found.cuts == cut_points(shop)
    assert found.rows[0].share.version == "1 (cut on 2024-10-27)"
    assert "costs_unknown" in found.rows[0].value_share.flags


def test_each_segment_says_what_its_customers_say(shop):
    found = segments(shop)
    standings = segment_of(shop, range(1, 122), found.cuts)
    buyers = [one for one in standings.values() if one.segment]
    assert len(buyers) == 120
    for row in found.rows:
        own = [one.value / 10_000 for one in buyers if one.segment == row.segment]
        assert row.customers == len(own)
        assert row.share.interval == intervals.wilson(len(own), 120)
        everybody = [((one.segment == row.segment) * one.value / 10_000, one.value / 10_000) for one in buyers]
        for interval, expected in (
            (row.average_value.interval, intervals.mean(Sums.of(own)) if own else None),
            (row.value_share.interval, intervals.ratio(PairSums.of(everybody))),
        ):
            if expected is None or expected.why_not:
                assert interval.why_not
            else:
                assert (interval.value, interval.low, interval.high) == (
                    near(expected.value),
                    near(expected.low),
                    near(expected.high),
                )
    for index, sizes in enumerate(found.bins.values()):
        assert sizes == tuple(sum(one.scores[index] == score for one in buyers) for score in range(1, 6))


def test_lifecycle_adds_up(shop):
    found = lifecycle(shop)
    assert [row.state for row in found] == list(STATES)
    assert sum(row.customers for row in found) == 121
    standings = segment_of(shop, range(1, 122), None)
    for row in found:
        assert row.customers == sum(one.state is row.state for one in standings.values())
        assert row.share.interval == intervals.wilson(row.customers, 121)
        assert row.state.meaning


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.integers(1, 299), step=st.integers(1, 200), kind=st.sampled_from(["segments", "states"]))
def test_migrations_reconcile(shop, before, step, kind):
    after = min(before + step, 300)
    cuts = cut_points(shop)
    migrate = segment_migration if kind == "segments" else lifecycle_migration
    rest = {"cuts": cuts} if kind == "segments" else {}
    found = migrate(shop, before=on(before), after=on(after), **rest)
    sizes = [sizes_of(shop, on(day), cuts, kind) for day in (before, after)]
    *kept, new = found.rows
    assert [row.customers for row in kept] == sizes[0]
    *columns, gone = (sum(row.counts[index] for row in found.rows) for index in range(len(found.columns)))
    assert columns == sizes[1]
    assert (new.name, found.columns[-1], gone) == (NEW_SINCE, GONE, 0)
    assert new.customers == sum(sizes[1]) - sum(sizes[0])
    for row in found.rows:
        assert sum(row.counts) == row.customers
        for count, share in zip(row.counts, row.shares, strict=True):
            assert share.interval == jeffreys(count, row.customers)


def sizes_of(records, day, cuts, kind):
    if kind == "states":
        return [row.customers for row in lifecycle(records, on=day)]
    return [row.customers for row in segments(records, on=day, cuts=cuts).rows]


def test_migration_by_hand():
    records = company(
        200,
        orders=[sale("ann", 10), sale("ann", 30), sale("bob", 20), sale("bob", 150), sale("cyd", 190)],
    )
    found = lifecycle_migration(records, before=on(100))
    flows = {
        (row.name, column): count
        for row in found.rows
        for column, count in zip(found.columns, row.counts, strict=True)
        if count
    }
    assert flows == {("new", "lapsed"): 1, ("new", "reactivated"): 1, (NEW_SINCE, "new"): 1}
    assert found.before == on(100)
    assert lifecycle_migration(records).before == on(200) - timedelta(days=90)


def test_cut_points_of_one_date_serve_both(shop):
    found = segment_migration(shop)
    assert found.rows[0].shares[0].version == "1 (cut on 2024-10-27)"
    early = segments(shop, on=found.before, cuts=cut_points(shop))
    assert [row.customers for row in found.rows[:-1]] == [row.customers for row in early.rows]


def test_what_cannot_be_asked(shop):
    with pytest.raises(QueryError, match="is not before"):
        segment_migration(shop, before=on(50), after=on(50))
    lookers = company(100, events=[event("ann", 3)])
    with pytest.raises(QueryError, match="needs `orders`"):
        segments(lookers)
    assert segment_of(lookers, [number_of(lookers, "ann")], None)[1].segment is None
    assert [row.customers for row in lifecycle(lookers)] == [0, 0, 0, 1, 0]
