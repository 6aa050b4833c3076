"""Every bad row of every kind is quarantined with its reason, and nothing else is; what is good adds up exactly."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import bad_rows
import pytest
from bad_rows import RATES, Expectation, Form

import regulars
from regulars.core.periods import day_of
from regulars.data import engine
from regulars.views.company import Company


@pytest.mark.parametrize("form", ["csv", "jsonl", "excel", "parquet"])
def test_bad_rows_are_quarantined_and_only_they(tmp_path: Path, form: Form) -> None:
    check(tmp_path, form, good=3_000, bad=200)


@pytest.mark.long
@pytest.mark.parametrize("form", ["csv", "jsonl", "excel", "parquet"])
def test_ten_thousand_bad_rows_among_two_hundred_thousand(tmp_path: Path, form: Form) -> None:
    check(tmp_path, form, good=200_000, bad=10_000)


def check(folder: Path, form: Form, good: int, bad: int) -> None:
    """Run everything on such files, from landing to KPIs, and compare every row and every sum."""
    expected = bad_rows.write(folder, good=good, bad=bad, seed=1, form=form)
    assert (sum(expected.good.values()), sum(map(len, expected.bad.values()))) == (good, bad)
    (folder / "regulars.toml").write_text(expected.settings)
    with regulars.open(folder) as company:
        done = company.refresh()
        assert done.load.refused == ()
        check_ledger(company, expected)
        check_quarantine(company, expected)
        check_lines(company, expected)
        check_sums(company, expected)
        check_net_revenue(company, expected)


def check_ledger(company: Company, expected: Expectation) -> None:
    for row in company.check().files:
        name = row["source"]
        assert row["accepted"] == expected.good[name]
        assert row["quarantined"] == len(expected.bad[name])
        assert row["records"] == row["accepted"] + row["quarantined"] + row["skipped"] + row["duplicates"]


def check_quarantine(company: Company, expected: Expectation) -> None:
    """Each bad row stands there once as the first of its cells: with its line, column and reason."""
    cells = [cell for cell in company.quarantine() if cell["first"]]
    assert {cell["path"] for cell in cells} == {path.name for path in expected.files.values()}
    for name, kinds in expected.bad.items():
        found = {cell["line"]: cell for cell in cells if cell["source"] == name}
        assert len(found) == sum(cell["source"] == name for cell in cells)
        assert found.keys() == kinds.keys()
        wrong = Counter(
            (kind.name, found[line]["column"], found[line]["reason"])
            for line, kind in kinds.items()
            if found[line]["reason"] not in kind.reasons or found[line]["column"] != kind.column
        )
        assert wrong == {}
    assert not [cell for cell in cells if "@shop.org" in cell["value"] or "missing" in cell["value"]]  # masked


def check_lines(company: Company, expected: Expectation) -> None:
    """Every good line has its row: none was swallowed, not even by the open quote of a row before it."""
    first = 1 if expected.files["orders"].suffix in (".jsonl", ".parquet") else 2
    for name, good in expected.good.items():
        lines = set(range(first, first + good + len(expected.bad[name])))
        assert set(engine.run(table(company, name).record)) == lines - expected.bad[name].keys()
    assert set(engine.run(table(company, "customers").customer_id)) == expected.customers


def check_sums(company: Company, expected: Expectation) -> None:
    orders, lines, spend = (table(company, name) for name in ("orders", "order_lines", "spend"))
    sold: dict[tuple[str, str, str], Decimal] = {}
    converted: dict[tuple[str, str, str], Decimal] = {}
    days = orders.group_by("kind", "original_currency", "ordered_day")
    for row in engine.run(days.aggregate(own=orders.original_amount.sum(), amount=orders.amount.sum())):
        key = (row["kind"], row["original_currency"], day_of(row["ordered_day"]).isoformat()[:7])
        sold[key] = sold.get(key, Decimal(0)) + row["own"]
        converted[key] = converted.get(key, Decimal(0)) + row["amount"]
    assert sold == expected.sold
    assert converted == {key: amount * RATES[key[1]] for key, amount in expected.sold.items()}
    totals = [engine.run(one) for one in (lines.quantity.sum(), lines.amount.sum(), spend.amount.sum())]
    assert totals == [expected.quantity, expected.line_amount, expected.spend]


def check_net_revenue(company: Company, expected: Expectation) -> None:
    net: dict[str, Decimal] = {}
    for (_kind, currency, month), amount in expected.sold.items():
        net[month] = net.get(month, Decimal(0)) + amount * RATES[currency]
    rows = company.kpi("net_revenue", start="2024-01-01").rows
    found = {row.estimate.period.start.isoformat()[:7]: row.estimate.interval.value for row in rows}
    assert cents(found) == cents(net)


def cents(amounts: Mapping[str, Any]) -> dict[str, Decimal]:
    return {month: round(Decimal(amount), 2) for month, amount in amounts.items()}


def table(company: Company, name: str) -> Any:
    return company.opened.backend.table(name)
