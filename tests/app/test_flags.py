"""What findings in the records do to answers: every name they use is one, and every bias is a flag where it holds."""

from collections.abc import Iterator
from datetime import date

import pytest

import regulars
from regulars.app import review
from regulars.app.workspace import packaged
from regulars.cli import loading
from regulars.core.periods import Period
from regulars.core.registry import discover
from regulars.data.quality.biases import Bias
from regulars.data.quality.checking import Finding
from regulars.data.quality.checks import CHECKS
from regulars.data.quality.findings import plain
from regulars.data.tables import TABLES
from regulars.kpis.cohorts import Cohort
from regulars.kpis.flags import Flag
from regulars.kpis.kpi import KPI
from regulars.views.company import Company

DECLARED = (*discover(packaged(), KPI).values(), *discover(packaged(), Cohort).values())
NAMES = {one.name for one in DECLARED}
FAMILIES = {one.family.name for one in DECLARED}
#: Tables that numbers are made of; no number reads the others yet.
READ = {name for one in DECLARED for need in one.frame.needs for name in ((need,) if isinstance(need, str) else need)}

SETTINGS = """
[company]
name = "Odd"
currency = "EUR"
time_zone = "Europe/Amsterdam"
[rates]
file = "rates.csv"
[rules]
not_product = ["POST"]
discount = ["D"]
[[source]]
name = "orders"
files = ["orders.csv"]
[source.tables.orders]
order_id = "id"
customer_id = "customer"
ordered_at = "at"
kind = "kind"
amount = "amount"
currency = "currency"
[[source]]
name = "lines"
files = ["lines*.csv"]
drift = "evolve"
currency = "GBP"
[source.tables.orders]
lines = true
order_id = "order"
customer_id = "customer"
ordered_at = "at"
kind = "'sale'"
[source.tables.order_lines]
order_id = "order"
product_id = "product"
quantity = "1"
amount = "amount"
[[source]]
name = "customers"
files = ["customers*.csv"]
[source.tables.customers]
customer_id = "customer"
first_seen_at = "seen"
market = "market"
[[source]]
name = "contracts"
files = ["contracts.csv"]
currency = "GBP"
[source.tables.subscriptions]
subscription_id = "id"
customer_id = "customer"
started_at = "start"
monthly_amount = "price"
[[source]]
name = "events"
files = ["events.csv"]
[source.tables.events]
customer_id = "customer"
occurred_at = "at"
name = "'login'"
[[source]]
name = "aliases"
files = ["aliases.csv"]
[source.tables.identity]
alias = "alias"
customer_id = "customer"
[[source]]
name = "answers"
files = ["answers.csv"]
[source.tables.responses]
response_id = "id"
customer_id = "customer"
responded_at = "at"
question = "question"
score = "score"
scale_max = "most"
scale_min = "0"
touchpoint = "about"
[[source]]
name = "undated"
files = ["undated.csv"]
[source.tables.responses]
response_id = "id"
customer_id = "customer"
responded_at = "datetime('2024-01-15', '%Y-%m-%d')"
question = "'csat'"
score = "score"
scale_max = "5"
scale_min = "0"
touchpoint = "'transactional'"
[[source]]
name = "cases"
files = ["cases.csv"]
[source.tables.tickets]
ticket_id = "id"
customer_id = "customer"
opened_at = "opened"
[[source]]
name = "changes"
files = ["changes.csv"]
[source.tables.ticket_events]
ticket_id = "id"
occurred_at = "at"
state = "'solved'"
actor = "'agent'"
"""
FILES = {
    "rates.csv": "currency,on,rate\n"
    + "".join(f"GBP,2024-0{m}-{d:02d},1.2\n" for m in (1, 2, 3) for d in (1, 8, 15, 22)),
    "orders.csv": """id,customer,at,kind,amount,currency
1,ann,2024-01-02,sale,10.00,EUR
1,ann,2024-01-02,sale,10.00,EUR
2,,2024-01-03,sale,5.00,EUR
3,bob,2024-01-04,sale,0,EUR
4,bob,2024-01-05,sale,,EUR
5,ANN,2024-01-20,sale,7.00,GBP
6,eve,2024-02-10,sale,7.00,EUR
7,ann,2024-02-11,sale,x,EUR
8,ann,2024-03-05,sale,9.00,EUR
9,ann,2031-01-01,sale,9.00,EUR
""",
    "lines1.csv": """order,customer,at,product,amount
L1,ann,2024-01-06,A,3.00
L1,bob,2024-01-06,A,3.00
L1,ann,2024-01-06,POST,1.00
L2,bob,2024-01-07,A,1.00
L2,bob,2024-01-07,D,-5.00
L3,bob,2024-01-08,A,1.00
L3,bob,2024-01-08,A,1.00
L4,bob,2024-01-09,A,2.00
""",
    "lines2.csv": "order,customer,at,product,amount,remark\nL4,bob,2024-01-09,B,4.00,late\n",
    "customers1.csv": "customer,seen,market\nann,2024-01-04,NL\nbob,2024-01-04,DE\nANN,2024-01-04,NL\n",
    "customers2.csv": "customer,seen,market\nann,2024-01-04,NL\nbob,2024-01-04,DE\nANN,2024-01-04,NL\n",
    "contracts.csv": "id,customer,start,price\ns1,ann,2024-02-01,5\ns2,gus,2024-02-01,5\n",
    "events.csv": "customer,at\nann,2024-01-03 10:00\nbob,2024-01-05 10:00\nfred,2024-01-06 10:00\n",
    "answers.csv": "id,customer,at,question,score,most,about\n"
    + "".join(f"c{n},ann,2024-01-{1 + n % 28:02},csat,{score},5,\n" for n, score in enumerate([0] * 20 + [4, 5] * 50))
    + "d,bob,2024-01-09,csat,9,10,transactional\n",
    "undated.csv": "id,customer,score\n" + "".join(f"u{n},bob,{4 + n % 2}\n" for n in range(100)),
    "cases.csv": "id,customer,opened\nx,ann,2024-01-03\ny,bob,2024-01-04\n",
    "changes.csv": "id,at\nx,2024-01-05\n",
    "aliases.csv": "alias,customer\nold,ann\nold,bob\nx,y\ny,x\n",
}
REMARKABLE = {check.name for check in CHECKS} | {
    "quarantined_not_a_number", "duplicates_kept", "duplicates_dropped", "file_copied", "columns_differ", "ids_alike",
    "alias_of_several", "aliases_in_circle", "days_without_records", "unfinished",
}  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "regulars.toml").write_text(SETTINGS)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    with regulars.open(folder) as opened:
        assert opened.refresh().load.refused == ()
        yield opened


@pytest.fixture(scope="module")
def raised(company: Company) -> dict[tuple[bool, str, date], set[str]]:
    """Return the flags of all answers: by whether split, name, and first day."""
    found: dict[tuple[bool, str, date], set[str]] = {}
    able = [one["name"] for one in company.kpis() if one["available"]]
    for by in ((), ("market",)):
        for row in company.kpi(able, by=by, start="2024-01-01").rows:
            key = (bool(by), row.kpi.name, row.estimate.period.start)
            found.setdefault(key, set()).update(row.estimate.flags)
    return found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.name} {check.table}")
def test_checks_name_only_what_there_is_and_reach_a_number(check: object) -> None:
    for bias in check.biases:  # type: ignore[attr-defined]
        assert_sound(bias)


def assert_sound(bias: Bias) -> None:
    assert set(bias.kpis) <= NAMES
    assert set(bias.families) <= FAMILIES
    assert set(bias.tables) <= set(TABLES)
    finding = Finding(code="c", table="", source="", rows=1, share=None, example="", message="", biases=(bias,))
    flags = review.flags([finding], DECLARED)
    assert bool(flags) == bool(bias.kpis or bias.families or READ.intersection(bias.tables))
    assert set(bias.kpis) <= flags.keys()
    for family in bias.families:
        assert any(one.family.name == family and one.name in flags for one in DECLARED)


def test_every_finding_is_made_once_and_each_bias_is_a_flag_on_an_answer(
    company: Company, raised: dict[tuple[bool, str, date], set[str]]
) -> None:
    found = company.findings()
    assert {finding.code for finding in found} == REMARKABLE
    everywhere = set.union(*raised.values())
    for finding in found:
        for bias in finding.biases:
            assert_sound(bias)
        assert not finding.biases or finding.code in everywhere, finding.code
    assert everywhere >= {finding.code for finding in found if finding.biases}


def test_a_flag_stands_on_the_answers_it_is_about_and_no_others(
    company: Company, raised: dict[tuple[bool, str, date], set[str]]
) -> None:
    january, march = date(2024, 1, 1), date(2024, 3, 1)
    assert "customers_missing" in raised[True, "net_revenue", january]
    assert "customers_missing" not in raised[False, "net_revenue", january]
    assert "days_without_records" in raised[False, "net_revenue", january]
    assert "days_without_records" not in raised[False, "daily_active_customers", march]
    assert "unfinished" in raised[False, "net_revenue", march]
    assert "unfinished" not in raised[False, "net_revenue", january]
    assert "quarantined_not_a_number" in raised[False, "net_revenue", january]
    assert "quarantined_not_a_number" not in raised[False, "daily_active_customers", january]
    table = company.cohorts("value", start="2024-01-01").table
    assert "zero_amount_orders" not in table.rows[0].cells[0].flags
    assert "orders_without_amount" in table.rows[0].cells[0].flags


def test_check_says_in_words_what_a_finding_does(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("csv", "json"):
        loading.check(company.workspace.folder, form)
        assert "zero_amount_orders" in capsys.readouterr().out
    loading.check(company.workspace.folder, "table")
    assert "inter_purchase_time may be too low" in " ".join(capsys.readouterr().out.split())
    said = {finding.code: "; ".join(map(str, finding.biases)) for finding in company.findings()}
    assert said["quarantined_not_a_number"].startswith("all numbers of orders may be too high or too low:")
    assert (
        said["unfinished"] == "all numbers in 2024-03-06..2024-04-01 may be too low: the rest of the month is to come"
    )
    assert "split or filtered by attributes" in said["customers_missing"]
    assert said["rows_to_come"] == ""


def test_findings_are_plain_values(company: Company) -> None:
    gap = next(one for one in company.findings() if one.code == "days_without_records" and one.table == "orders")
    told = plain(gap)["biases"][0]
    assert told["tables"] == ["orders"]
    assert told["during"][0] == [str(gap.biases[0].during[0].start), str(gap.biases[0].during[0].end)]


def test_a_flag_of_days_is_on_answers_that_touch_them() -> None:
    flag = Flag(code="gap", during=(Period(date(2024, 1, 10), date(2024, 1, 12)),))
    for first, last, touched in ((1, 10, False), (1, 11, True), (11, 12, True), (12, 20, False)):
        assert flag.on(Period(date(2024, 1, first), date(2024, 1, last)), divided=False) == touched
