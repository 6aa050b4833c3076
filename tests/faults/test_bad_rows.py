"""Every bad row of every kind is quarantined with its reason, and nothing else is; what is good adds up exactly."""

from pathlib import Path

import bad_rows
import pytest
from bad_rows import Form

from regulars.core import settings
from regulars.data import engine, ingest, store


def check(folder: Path, form: Form, good: int, bad: int) -> None:
    expected = bad_rows.write(folder, good=good, bad=bad, seed=1, form=form)
    (folder / "regulars.toml").write_text(expected.settings)
    found = settings.read(folder / "regulars.toml")
    with store.opened(found, folder) as opened:
        report = ingest.load(opened, found, folder)
        tables = {name: opened.backend.table(name) for name in ("_files", "_quarantine", *opened.tables())}
        files = {row["file"]: row for row in engine.run(tables["_files"])}
        cells = engine.run(tables["_quarantine"])
        orders, lines, spend = tables["orders"], tables["order_lines"], tables["spend"]
        sums = {
            row["kind"]: row["sum"] for row in engine.run(orders.group_by("kind").aggregate(sum=orders.amount.sum()))
        }
        totals = [engine.run(one) for one in (lines.quantity.sum(), lines.amount.sum(), spend.amount.sum())]
        customers = set(engine.run(tables["customers"].customer_id))
    assert report.refused == ()
    for row in files.values():
        name = row["source"]
        assert row["accepted"] == expected.good[name]
        assert row["quarantined"] == len(expected.bad[name])
        assert row["records"] == row["accepted"] + row["quarantined"] + row["skipped"] + row["duplicates"]
    reasons: dict[str, dict[int, str]] = {name: {} for name in expected.bad}
    for cell in cells:
        if cell["first"]:
            assert cell["line"] not in reasons[files[cell["file"]]["source"]]
            reasons[files[cell["file"]]["source"]][cell["line"]] = cell["reason"]
    for name, kinds in expected.bad.items():
        assert reasons[name].keys() == kinds.keys()
        wrong = {
            (kinds[line].name, reason) for line, reason in reasons[name].items() if reason not in kinds[line].reasons
        }
        assert wrong == set()
    assert sums == {"sale": expected.sales, "refund": expected.refunds}
    assert totals == [expected.quantity, expected.line_amount, expected.spend]
    assert customers == expected.customers


@pytest.mark.parametrize("form", ["csv", "jsonl", "excel", "parquet"])
def test_bad_rows_are_quarantined_and_only_they(tmp_path: Path, form: Form) -> None:
    check(tmp_path, form, good=2_000, bad=200)


@pytest.mark.long
@pytest.mark.parametrize("form", ["csv", "jsonl", "excel", "parquet"])
def test_ten_thousand_bad_rows_among_two_hundred_thousand(tmp_path: Path, form: Form) -> None:
    check(tmp_path, form, good=200_000, bad=10_000)
