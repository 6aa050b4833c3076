"""What a change of response times goes along with in a company whose slow replies were planted."""

from types import SimpleNamespace

import numpy as np
import pytest

from regulars.app.foretell import snapshot_of
from regulars.app.levers import Guess, after_cases, associated, margin_of, possible, price
from regulars.catalogue.drivers.cases import first_response
from regulars.core.errors import QueryError
from regulars.stats.scenario import Change
from small import case, change, company, contract, sale

KNOWN = SimpleNamespace(drivers={"first_response": first_response})
HALF = Change(amount=-0.5, points=False)


def served(*, left):
    """Return a company where every second case waits 40 hours, and `left` of each kind of customer left after it."""
    subscriptions, tickets, events = [], [], []
    for n in range(200):
        slow, ends = n % 2, (n // 2) % 10 < left[n % 2]
        subscriptions.append(contract(f"c{n:03}", 0, 130 if ends else None))
        tickets.append(case(f"c{n:03}", 100, ticket_id=f"k{n}"))
        hours = 40 if slow else 3
        events += [change(f"k{n}", 100, "pending", hours=hours), change(f"k{n}", 102, "solved")]
    return company(400, subscriptions=subscriptions, tickets=tickets, ticket_events=events)


def test_quicker_replies_go_along_with_fewer_leaving():
    records = served(left=(1, 5))
    found = associated(KNOWN, records, HALF)
    # All slow cases become quick: half of them less, times 0.4 more who leave, over the 0.3 who leave now.
    assert found.mean == pytest.approx(-0.5 * 0.4 / 0.3, rel=0.02)
    assert found.low < found.mean < found.high < 0
    assert associated(KNOWN, records, Change(amount=-0.1, points=False)).mean == pytest.approx(0, abs=1e-9)


def test_without_a_difference_the_limits_hold_nothing():
    found = associated(KNOWN, served(left=(3, 3)), HALF)
    assert found.low < 0 < found.high


@pytest.mark.parametrize(
    ("known", "left", "why"),
    [(SimpleNamespace(drivers={}), (1, 5), "no `tickets`"), (KNOWN, (0, 0), "nobody ended a contract")],
)
def test_what_nothing_tells_is_refused(known, left, why):
    with pytest.raises(QueryError, match=why):
        associated(known, served(left=left), HALF)


def test_exposure_is_the_share_of_a_year_after_cases():
    records = served(left=(1, 5))
    snapshot = snapshot_of(records)
    found = after_cases(snapshot, records, np.array([1, 2, 9_999], dtype=np.int32))
    share = records.definitions.repeat_days / 365
    assert found.tolist() == pytest.approx([share, share, 0.0])


def test_money_counts_the_margin_where_costs_are_known():
    known = company(400, orders=[sale("a", 300, 100, cost=60), sale("b", 310, 50, cost=30)])
    assert margin_of(snapshot_of(known)) == pytest.approx(0.4)
    assert margin_of(snapshot_of(company(400, orders=[sale("a", 300, 100)]))) == 1.0
    lost = company(400, orders=[sale("a", 300, 100, cost=160)])
    with pytest.raises(QueryError, match="no margin"):
        margin_of(snapshot_of(lost))


def test_a_guess_is_limits_with_or_without_a_mean():
    assert Guess.of((-1.2, -0.4), "elasticity").mean == pytest.approx(-0.8)
    assert Guess.of((-0.3, -0.1, 0.0), "effect").mean == -0.1
    with pytest.raises(QueryError, match=r"Write the lower limit first, such as `-1\.2,-0\.4`"):
        Guess.of((-0.4, -1.2), "elasticity")
    for wrong in ((0.1,), (0.2, 0.1), (0.0, 2.0, 1.0), (0.0, 0.1, 0.2, 0.3)):
        with pytest.raises(QueryError, match="are no limits"):
            Guess.of(wrong, "effect")


def test_demand_that_grows_with_prices_is_refused_or_said():
    up = Change(amount=0.03, points=False)
    with pytest.raises(QueryError, match="buy more when prices rise"):
        price(up, Guess.of((0.4, 1.2), "elasticity"), 1.0, "as assumed")
    said = [len(price(up, Guess.of(limits, "elasticity"), 1.0, "").assumes) for limits in ((-1.2, 0.2), (-1.2, -0.2))]
    assert said == [3, 2]


def test_nothing_falls_by_all_of_itself_and_retention_stays_a_share():
    percent = [possible(Change(amount=one, points=False), None) for one in (-1.35, -1.0, -0.99, 3.0)]
    assert percent == [False, False, True, True]
    points = [possible(Change(amount=one, points=True), 0.8) for one in (-0.9, -0.8, 0.2, 0.3)]
    assert points == [False, True, True, False]
