"""How long customers stay: who counts as gone, when it is known, and who came under observation late."""

import numpy as np
import pytest

from regulars.core.periods import day_number
from regulars.models import tenure
from regulars.models.tenure import Lives, Times
from regulars.stats import survival
from small import START, company, contract, sale

DAY = day_number(START)
FAR = 1_000_000


def times(start, end, *, since=0, edge):
    start, end = np.array(start), np.array(end)
    return Times(customer=np.arange(len(start)), start=start, end=end, since=since, edge=edge)


def seen(lives):
    return list(zip(lives.days.tolist(), lives.left.tolist(), strict=True))


def ordered(records, as_of, lapse_days=90):
    found = tenure.order_times(records.tables, since=DAY, as_of=DAY + as_of, lapse_days=lapse_days)
    return tenure.observed(found)


def test_customers_stay_until_the_last_order_before_the_first_silence():
    orders = [
        *(sale("ann", day) for day in (0, 30, 200)),  # silent from 30 on, whatever came later
        *(sale("bob", day) for day in (0, 90, 180, 270, 340)),  # never silent for more than 90 days
        sale("cem", 100),
        sale("dan", 350),  # too young to tell
    ]
    assert seen(ordered(company(400, orders=orders), 400)) == [(30, True), (309, False), (0, True)]


def test_who_seems_to_have_stopped_lately_is_followed_like_everybody_else():
    # Known of the last 90 days is only who went on: both are seen up to the day before them.
    orders = [*(sale("went on", day) for day in (200, 280, 360)), *(sale("stopped", day) for day in (200, 280, 315))]
    assert seen(ordered(company(400, orders=orders), 400)) == [(109, False), (109, False)]


def test_what_comes_after_as_of_changes_nothing():
    orders = [*(sale("ann", day) for day in (0, 30)), *(sale("bob", day) for day in (200, 280))]
    later = [sale("ann", 500), sale("bob", 401), sale("eve", 450)]
    before, after = (company(400, orders=rows) for rows in (orders, [*orders, *later]))
    assert seen(ordered(before, 400)) == seen(ordered(after, 400))


def test_contracts_stay_through_renewals_and_count_by_the_first_time():
    rows = [
        contract("ann", 0, 100),
        contract("ann", 105, 200),  # within 7 days: a renewal
        contract("ann", 300, None),  # came back: not the first time
        contract("bob", 50, None),
        contract("cem", 100, 395),  # may still be renewed
        contract("dan", 0, 20, monthly=0),  # a trial only
    ]
    records = company(400, subscriptions=rows, renewal_grace_days=7)
    found = tenure.contract_times(records.tables, since=DAY, as_of=DAY + 400, grace_days=7)
    assert seen(tenure.observed(found)) == [(200, True), (342, False), (292, False)]


def test_the_curve_is_unbiased_where_the_end_of_the_records_cuts_it():
    rng, edge = np.random.default_rng(1), 1000
    start = rng.integers(0, 1000, 20_000)
    end = start + np.floor(rng.exponential(100, 20_000)).astype(int)
    curve = tenure.curve_of(tenure.observed(times(start, end, edge=edge)))
    for days in (30, 100, 300):
        found = survival.survival_at(curve, days)
        assert found.value == pytest.approx(np.exp(-(days + 1) / 100), abs=0.01)


def export(rng, *, kept_from=0, size=6000):
    """Return contracts of five years, exponential with mean 400 days, less those that ended before a day."""
    start = rng.integers(0, 1825, size)
    end = start + np.floor(rng.exponential(400, size)).astype(int)
    keep = end >= kept_from
    return times(start[keep], np.where(end < 1825, end, FAR)[keep], edge=1818)


def test_an_export_of_survivors_is_told_and_mended():
    known = export(np.random.default_rng(2), kept_from=1200)
    found = tenure._whole(known)
    assert 1200 <= found.since < 1210
    lives = tenure.observed(found)
    assert lives.late > 500
    curve = tenure.curve_of(lives)
    naive = tenure.curve_of(tenure.observed(known))
    for days in (90, 365, 730):
        true = np.exp(-(days + 1) / 400)
        assert survival.survival_at(curve, days).value == pytest.approx(true, abs=0.04)
        assert survival.survival_at(naive, days).value > true + 0.05


def test_complete_records_are_left_as_they_are():
    known = export(np.random.default_rng(3))
    assert tenure._whole(known).since == 0
    yearly = times([0] * 50, [365] * 25 + [FAR] * 25, edge=500)  # nobody could have left before
    assert tenure.observed(tenure._whole(yearly)).ends == 25


def test_who_left_before_the_first_day_of_observation_is_not_there():
    found = tenure.observed(times([0, 0, 60], [40, 80, FAR], since=50, edge=100))
    assert seen(found) == [(80, True), (39, False)]
    assert found.entry.tolist() == [49, -1]
    assert len(tenure.observed(times([0], [FAR], since=100, edge=100))) == 0


def test_a_curve_is_read_from_where_enough_were_under_observation():
    days, late = np.arange(100, 200), np.full(100, 90)
    few = Lives(
        customer=np.arange(103),
        days=np.append(days, [5, 6, 7]),
        left=np.ones(103, dtype=bool),
        entry=np.append(late, [-1, -1, -1]),
    )
    curve = tenure.curve_of(few)
    assert curve.survival[2] == 0  # three early leavers would let it fall to 0 for ever
    first = tenure.readable_from(curve)
    assert 7 <= first < 100
    rest = tenure.curve_of(tenure.stayed(few, first))
    assert survival.survival_at(rest, 149).value == pytest.approx(0.5)
    assert tenure.readable_until(rest) == 190
    assert tenure.at_risk(few, 150) == 50


def test_nobody_makes_an_empty_curve():
    nobody = tenure.observed(times([], [], edge=10))
    assert (len(nobody), nobody.ends, nobody.late) == (0, 0, 0)
    assert tenure.curve_of(nobody).n == 0
