"""How long customers stay: what is asked, what travels with the answer, and what is refused."""

import pytest

from regulars.app.survival import compared, survived
from regulars.core.errors import QueryError, UnknownName
from small import company, contract, sale

DAYS = 1000


def shop(size=40, **rest):
    """Return customers of two markets; those of NL come for a year, those of DE once."""
    orders, customers = [], []
    for number in range(size):
        who, market = f"c{number:02}", "NL" if number % 2 else "DE"
        customers.append({"customer_id": who, "market": market})
        for day in range(0, 400 + 10 * number if market == "NL" else 1, 80):
            orders.append(sale(who, number + day, 5 + number))
    return company(DAYS, orders=orders, customers=customers, **rest)


@pytest.fixture(scope="module")
def records():
    return shop()


@pytest.fixture(scope="module")
def six():
    return shop(6)


def test_groups_come_largest_first_and_are_tested(records):
    found = survived(records, by=["market"], findings=())
    assert [(stay.group, stay.customers, stay.left) for stay in found.stays] == [
        ({"market": "DE"}, 20, 20),
        ({"market": "NL"}, 20, 20),
    ]
    once, often = found.stays
    assert once.points[0].stays.interval.value == 0
    assert often.points[0].stays.interval.value == 1
    assert often.points[0].at_risk == 20
    assert once.median.interval.value == 0
    assert often.median.interval.value > 300
    assert (found.tested, found.test.df) == (2, 1)
    assert found.test.p_value < 1e-6


def test_where_nobody_comes_back_the_limits_and_the_reason_say_how_sure_that_is():
    orders = [sale(f"c{number}", number % 300) for number in range(310)]
    (stay,) = survived(company(DAYS, orders=orders), findings=()).stays
    assert (stay.left, stay.customers) == (310, 310)
    for found in (stay.again.interval, stay.points[0].stays.interval):
        assert (found.value, found.low, found.high) == (0, 0, pytest.approx(1 - 0.025 ** (1 / 310)))
    assert stay.mean.interval.why_not == "fewer than 10 customers were under observation after their first day"


def test_what_must_travel_with_every_number_does(records):
    found = survived(records, by=["market"], findings=())
    for stay in found.stays:
        for estimate in (*(point.stays for point in stay.points), stay.median, stay.mean):
            assert estimate.version == "1 (lapse_days=90)"
            assert str(estimate.period) == f"{records.covered['orders'].start}..2026-06-29"
            assert estimate.as_of == records.known_at
            assert estimate.interval.n == 20 or estimate.interval.why_not


def test_few_customers_are_flagged_and_a_group_of_few_is_not_tested(six):
    found = survived(six, by=["market"], findings=())
    assert all("small_n" in point.stays.flags for stay in found.stays for point in stay.points)
    assert (found.test, found.why_not) == (None, "all groups are small")
    assert found.stays[0].mean.interval.why_not.startswith("fewer than 10")


def test_contracts_come_first_where_there_are_any_and_customers_where_they_are_asked_for():
    orders = [sale("ann", day) for day in (0, 50)]
    both = company(DAYS, orders=orders, subscriptions=[contract("ann", 0, 300)])
    assert survived(both, findings=()).stays[0].median.interval.value == 300
    assert survived(both, of="customers", findings=()).stays[0].median.interval.value == 50


def test_one_customer_and_nobody_old_enough_are_told_not_guessed():
    one = survived(company(DAYS, orders=[sale("ann", 0)]), findings=())
    assert one.stays[0].points[0].stays.interval.value == 0
    young = survived(company(100, orders=[sale("ann", 50)]), findings=())
    assert young.stays[0].customers == 0
    assert "nobody was under observation before" in young.stays[0].points[0].stays.interval.why_not
    assert any("1 customer came from" in note for note in young.notes)


@pytest.mark.parametrize("ask", [survived, compared])
def test_what_cannot_be_asked_is_refused(records, ask):
    with pytest.raises(UnknownName, match="Did you mean `market`"):
        ask(records, by=["markt"], findings=())
    with pytest.raises(QueryError, match="`contracts` needs `subscriptions`"):
        ask(records, of="contracts", findings=())
    with pytest.raises(QueryError, match="cannot be followed"):
        ask(records, of="tickets", findings=())
    with pytest.raises(QueryError, match="is no level"):
        ask(records, level=1.5, findings=())
    with pytest.raises(QueryError, match="`subscriptions` or `orders`"):
        ask(company(10, customers=[{"customer_id": "ann", "market": "NL"}]), findings=())


def test_of_buyers_it_is_told_who_comes_back_and_how_long_half_of_those_stay(records):
    (stay,) = survived(records, findings=()).stays
    assert (stay.again.interval.value, stay.again.interval.n) == (0.5, 40)
    # 20 come every 80 days for up to 409, 429, ... days: four for 400, four for 480, four for 560, ...
    assert stay.again_median.interval.value == 560
    assert stay.again_median.interval.n == 20
    once = survived(shop(1), findings=()).stays[0]
    assert once.again.interval.value == 0
    assert once.again_median.interval.why_not == "nobody came back"


def test_of_contracts_nobody_has_to_come_back():
    found = survived(company(90, subscriptions=[contract("ann", 3, 50)]), findings=())
    assert found.stays[0].again is None


def test_more_groups_than_can_be_read_are_refused():
    customers = [{"customer_id": f"c{n}", "account_id": f"a{n}"} for n in range(120)]
    records = company(DAYS, orders=[sale(f"c{n}", n) for n in range(120)], customers=customers)
    with pytest.raises(QueryError, match="makes 120 groups"):
        survived(records, by=["account_id"], findings=())


def test_hazard_ratios_of_an_attribute_and_of_how_customers_began():
    orders, customers = [], []
    for number in range(240):
        who, market = f"c{number:03}", "NL" if number % 2 else "DE"
        customers.append({"customer_id": who, "market": market})
        stay = (number * 37) % 150 + (150 if market == "NL" and number % 3 else 0)
        orders += [sale(who, number + day, 5 + number % 7) for day in range(0, stay + 1, 30)]
    found = compared(company(DAYS, orders=orders, customers=customers), by=["market"], findings=())
    nl, sales = found.found.effects
    assert str(nl.term) == "market NL against DE"
    assert nl.ratio.high < 1
    assert sales.term.covariate == "first day's sales (doubled)"
    assert sales.ratio.low < 1 < sales.ratio.high
    assert 0 <= sales.q <= 1


def test_too_few_who_left_are_refused_with_advice(six):
    with pytest.raises(QueryError, match="each takes 10 customers who left"):
        compared(six, by=["market"], findings=())


def test_a_mean_without_an_end_has_no_interval_and_so_no_value():
    orders = [sale(f"c{number}", day) for number in range(20) for day in range(0, DAYS, 60)]
    found = survived(company(DAYS, orders=orders), findings=())
    assert found.stays[0].left == 0
    assert found.stays[0].mean.interval.why_not.startswith("nobody left within")
    assert found.stays[0].points[-1].stays.interval.value == 1
    assert found.stays[0].points[-1].stays.interval.low < 0.9
