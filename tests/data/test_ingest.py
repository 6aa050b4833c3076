"""Files into canonical tables: counted, replaced, removed, whatever order they come in."""

from decimal import Decimal
from pathlib import Path

import pytest

from regulars.core import settings
from regulars.core.errors import Busy, SettingsError
from regulars.data import ingest, store
from workspaces import HEAD, LINES, LINES_HEADER, ORDERS, ORDERS_HEADER, dicts, load, write

FIRST = (
    ORDERS_HEADER + "1,ann,2024-01-01 10:00,sale,10.50,2024-01-01,NL\n2,bob,2024-01-02 10:00,sale,3.00,2024-01-02,DE\n"
)


def ledger(folder: Path) -> dict[str, dict[str, object]]:
    return {row["path"]: row for row in dicts(folder, "_files")}


def orders(folder: Path) -> dict[str, dict[str, object]]:
    return {row["order_id"]: row for row in dicts(folder, "orders")}


def reasons(folder: Path) -> list[tuple[int, str]]:
    return sorted((row["line"], row["reason"]) for row in dicts(folder, "_quarantine") if row["first"])


def test_a_second_load_reads_nothing(tmp_path: Path) -> None:
    write(tmp_path, HEAD + ORDERS, orders_csv=FIRST)
    first, tables = load(tmp_path)
    second, same = load(tmp_path)
    assert [one.path for one in first.loaded] == ["orders.csv"]
    assert second.loaded == ()
    assert second.unchanged == 1
    assert second.changed == frozenset()
    assert second.state == first.state
    assert same == tables
    assert first.loaded[0].counts.accepted == 2


def test_a_changed_file_replaces_its_rows_and_a_removed_one_takes_them_away(tmp_path: Path) -> None:
    write(
        tmp_path,
        HEAD + ORDERS,
        orders1_csv=FIRST,
        orders2_csv=ORDERS_HEADER + "3,cy,2024-01-03,sale,7.00,2024-01-03,FR\n",
    )
    load(tmp_path)
    assert set(orders(tmp_path)) == {"1", "2", "3"}
    (tmp_path / "orders1.csv").write_text(ORDERS_HEADER + "9,ann,2024-02-01,sale,1.00,2024-02-01,NL\n")
    (tmp_path / "orders2.csv").unlink()
    report, _ = load(tmp_path)
    assert set(orders(tmp_path)) == {"9"}
    assert report.removed == ("orders2.csv",)
    assert [row["customer_id"] for row in dicts(tmp_path, "customers")] == ["ann"]
    assert set(ledger(tmp_path)) == {"orders1.csv"}


def test_the_latest_known_row_of_a_key_counts_and_the_others_are_kept_apart(tmp_path: Path) -> None:
    late = (
        ORDERS_HEADER
        + "1,ann,2024-01-01 10:00,sale,99.00,2024-03-01,BE\n2,bob,2024-01-02 10:00,sale,3.00,2024-01-02,DE\n"
    )
    write(tmp_path, HEAD + ORDERS, orders1_csv=FIRST, orders2_csv=late)
    load(tmp_path)
    assert orders(tmp_path)["1"]["amount"] == Decimal("99.0000")
    assert reasons(tmp_path) == [(2, "superseded")]
    files = ledger(tmp_path)
    # The second order says the same in both files: it is no conflict.
    assert (files["orders1.csv"]["accepted"], files["orders1.csv"]["quarantined"]) == (1, 1)
    assert (files["orders2.csv"]["accepted"], files["orders2.csv"]["duplicates"]) == (1, 1)
    markets = {row["customer_id"]: row["market"] for row in dicts(tmp_path, "customers")}
    assert markets == {"ann": "BE", "bob": "DE"}
    (tmp_path / "orders2.csv").unlink()
    load(tmp_path)
    assert orders(tmp_path)["1"]["amount"] == Decimal("10.5000")
    assert reasons(tmp_path) == []


def test_within_a_file_exact_duplicates_drop_and_conflicts_are_quarantined(tmp_path: Path) -> None:
    rows = "1,ann,2024-01-01,sale,1.00,2024-01-01,NL\n" * 3 + "1,ann,2024-01-01,sale,2.00,2024-01-05,NL\n"
    write(tmp_path, HEAD + ORDERS, orders_csv=ORDERS_HEADER + rows)
    report, _ = load(tmp_path)
    counts = report.loaded[0].counts
    assert (counts.records, counts.accepted, counts.quarantined, counts.duplicates) == (4, 1, 1, 2)
    assert orders(tmp_path)["1"]["amount"] == Decimal("2.0000")


def test_a_bad_cell_keeps_the_whole_record_out_of_every_table(tmp_path: Path) -> None:
    rows = (
        "1,ann,2024-13-01,sale,x,2024-01-01,NL\n2,bob,2024-01-01,sale,-1.00,2024-01-01,NL\n3,,2024-01-01,sale,1.00,,\n"
    )
    write(tmp_path, HEAD + ORDERS, orders_csv=ORDERS_HEADER + rows)
    report, tables = load(tmp_path)
    assert report.loaded[0].counts.quarantined == 2
    assert set(orders(tmp_path)) == {"3"}
    assert tables["customers"] == []
    cells = sorted(
        (row["line"], row["column"], row["value"], row["reason"], row["first"])
        for row in dicts(tmp_path, "_quarantine")
    )
    assert [cell[:2] + cell[3:] for cell in cells] == [
        (2, "amount", "not_a_number", False),
        (2, "at", "not_an_instant", True),
        (3, "amount", "negative_sale", True),
    ]


def test_the_same_content_under_two_names_counts_once(tmp_path: Path) -> None:
    write(tmp_path, HEAD + ORDERS, orders1_csv=FIRST, orders2_csv=FIRST)
    load(tmp_path)
    files = ledger(tmp_path)
    assert files["orders2.csv"]["copy_of"] == "orders1.csv"
    assert files["orders2.csv"]["duplicates"] == 2
    assert "file_copied" in {row["code"] for row in dicts(tmp_path, "_findings")}
    (tmp_path / "orders1.csv").unlink()
    load(tmp_path)
    assert set(orders(tmp_path)) == {"1", "2"}
    assert ledger(tmp_path)["orders2.csv"]["copy_of"] == ""


def test_lines_make_orders_and_only_products_and_discounts_count(tmp_path: Path) -> None:
    rules = '[rules]\nnot_product = ["post"]\ndiscount = ["D"]\n'
    rows = (
        "1,ann,2024-01-01 10:00,tea,2,3.00\n1,ann,2024-01-01 09:00,POST,1,9.99\n1,ann,2024-01-01 10:00,D,1,-1.00\n"
        "1,ann,2024-01-02 10:00,tea,-1,3.00\n2,,2024-01-03,cup,1,1.255\n2,zed,2024-01-03,cup,1,1.255\n"
    )
    write(tmp_path, HEAD + rules + LINES, lines_csv=LINES_HEADER + rows)
    report, _ = load(tmp_path)
    assert report.loaded[0].counts.accepted == 6
    found = orders(tmp_path)
    assert {key: (row["kind"], row["amount"], row["customer_id"]) for key, row in found.items()} == {
        "1": ("sale", Decimal("5.0000"), "ann"),
        "1/refund": ("refund", Decimal("-3.0000"), "ann"),
        "2": ("sale", Decimal("2.5100"), "zed"),
    }
    assert found["1"]["ordered_at"].isoformat() == "2024-01-01T08:00:00"
    kinds = sorted((row["product_id"], row["line_kind"]) for row in dicts(tmp_path, "order_lines"))
    assert kinds == [
        ("D", "discount"),
        ("POST", "other"),
        ("cup", "product"),
        ("cup", "product"),
        ("tea", "product"),
        ("tea", "product"),
    ]


def test_an_order_whose_lines_are_in_two_files_is_one_and_overlap_counts_once(tmp_path: Path) -> None:
    shared = "1,ann,2024-01-01,tea,2,3.00\n" * 2
    write(
        tmp_path,
        HEAD + LINES,
        lines1_csv=LINES_HEADER + shared + "1,ann,2024-01-01,cup,1,5.00\n",
        lines2_csv=LINES_HEADER + shared + "1,ann,2024-01-01,pot,1,7.00\n",
    )
    load(tmp_path)
    assert orders(tmp_path)["1"]["amount"] == Decimal("24.0000")
    assert len(dicts(tmp_path, "order_lines")) == 4
    assert reasons(tmp_path) == []
    assert sum(int(str(row["accepted"])) for row in ledger(tmp_path).values()) == 4


def test_amounts_of_orders_come_from_lines_of_another_file_and_unknown_orders_are_told(tmp_path: Path) -> None:
    heads = """
[[source]]
name = "heads"
files = ["heads.csv"]
[source.tables.orders]
order_id = "id"
customer_id = "customer"
ordered_at = "at"
kind = "'sale'"
[[source]]
name = "items"
files = ["items.csv"]
[source.tables.order_lines]
order_id = "order"
line = "line"
product_id = "product"
quantity = "1"
amount = "price"
"""
    items = "order,line,product,price\n1,1,tea,2.50\n1,2,cup,1.00\n7,1,tea,2.50\n"
    write(tmp_path, HEAD + heads, heads_csv="id,customer,at\n1,ann,2024-01-01\n2,bob,2024-01-02\n", items_csv=items)
    load(tmp_path)
    amounts = {key: row["amount"] for key, row in orders(tmp_path).items()}
    assert amounts == {"1": Decimal("3.5000"), "2": None}
    assert reasons(tmp_path) == [(4, "unknown_reference")]
    assert ledger(tmp_path)["items.csv"]["quarantined"] == 1
    known = {row["order_id"]: row["recorded_at"] for row in dicts(tmp_path, "order_lines")}
    assert known["1"].isoformat() == "2023-12-31T23:00:00"
    (tmp_path / "heads.csv").write_text("id,customer,at\n1,ann,2024-01-01\n7,eve,2024-01-05\n")
    load(tmp_path)
    assert reasons(tmp_path) == []
    assert orders(tmp_path)["7"]["amount"] == Decimal("2.5000")


def test_other_currencies_are_converted_at_the_rate_of_the_local_day(tmp_path: Path) -> None:
    toml = (
        HEAD
        + '[rates]\nfile = "rates.csv"\n'
        + ORDERS.replace('amount = "amount"', 'amount = "amount"\ncurrency = "market"')
    )
    rows = (
        "1,ann,2024-01-01 23:30,sale,1.00,,USD\n2,ann,2024-01-02 00:30,sale,1.00,,USD\n"
        "3,ann,2024-01-09,sale,0.01,,USD\n"
        "4,ann,2024-01-10,sale,1.00,,USD\n5,ann,2024-01-10,sale,1.00,,EUR\n6,ann,2024-01-02,sale,1.00,,CHF\n"
        "7,ann,2024-01-02,sale,100.5,,JPY\n8,ann,2024-01-02,refund,-0.01,,USD\n"
    )
    rates = "currency,on,rate\nUSD,2024-01-01,0.5\nUSD,2024-01-02,0.12345\nJPY,2024-01-01,0.01\n"
    write(tmp_path, toml, orders_csv=ORDERS_HEADER + rows, rates_csv=rates)
    load(tmp_path)
    found = orders(tmp_path)
    # Half away from zero: 0.0012345 is 0.0012, and 0.12345 is 0.1235.
    assert {key: row["amount"] for key, row in found.items()} == {
        "1": Decimal("0.5000"),
        "2": Decimal("0.1235"),
        "3": Decimal("0.0012"),
        "5": Decimal("1.0000"),
        "8": Decimal("-0.0012"),
    }
    assert (found["2"]["original_amount"], found["2"]["original_currency"], found["2"]["currency"]) == (
        Decimal("1.0000"),
        "USD",
        "EUR",
    )
    assert reasons(tmp_path) == [(5, "no_rate"), (7, "no_rate"), (8, "too_many_decimals")]
    told = {row["line"]: row["value"] for row in dicts(tmp_path, "_quarantine")}
    assert "2024-01-10" in told[5]


def test_a_file_without_a_mapped_column_is_refused_and_its_earlier_rows_stay(tmp_path: Path) -> None:
    write(
        tmp_path,
        HEAD + ORDERS,
        orders1_csv=FIRST,
        orders2_csv=ORDERS_HEADER + "3,cy,2024-01-03,sale,7.00,2024-01-03,FR\n",
    )
    load(tmp_path)
    (tmp_path / "orders1.csv").write_text(FIRST.replace("amount", "amounts"))
    (tmp_path / "orders2.csv").write_text(ORDERS_HEADER + "4,cy,2024-01-03,sale,7.00,2024-01-03,FR\n")
    report, _ = load(tmp_path)
    assert [one.path for one in report.refused] == ["orders1.csv"]
    assert "`amount`" in report.refused[0].why
    assert "`amounts`" in report.refused[0].why
    assert report.error is not None
    assert report.error.exit_status == 65
    assert set(orders(tmp_path)) == {"1", "2", "4"}


def test_drift_may_be_allowed(tmp_path: Path) -> None:
    toml = HEAD + ORDERS.replace('files = ["orders*.csv"]', 'files = ["orders*.csv"]\ndrift = "evolve"')
    write(
        tmp_path, toml, orders1_csv=FIRST, orders2_csv="id,customer,at,kind,amount,extra\n3,cy,2024-01-03,sale,7.00,x\n"
    )
    report, _ = load(tmp_path)
    assert report.refused == ()
    assert set(orders(tmp_path)) == {"1", "2", "3"}
    differing = [row["message"] for row in dicts(tmp_path, "_findings") if row["code"] == "columns_differ"]
    assert any("`extra`" in message for message in differing)


def test_rows_for_which_the_condition_is_false_are_skipped_and_counted(tmp_path: Path) -> None:
    toml = HEAD + ORDERS.replace('recorded_at = "known"', "where = \"market = 'NL'\"").replace(
        'market = "market"', 'market = "market"\nwhere = "market = \'NL\'"'
    )
    write(tmp_path, toml, orders_csv=FIRST)
    report, _ = load(tmp_path)
    assert (report.loaded[0].counts.accepted, report.loaded[0].counts.skipped) == (1, 1)


def test_a_change_of_the_mapping_loads_again(tmp_path: Path) -> None:
    write(tmp_path, HEAD + ORDERS, orders_csv=FIRST)
    first, _ = load(tmp_path)
    write(tmp_path, HEAD + ORDERS.replace('amount = "amount"', 'amount = "amount * 2"'))
    second, _ = load(tmp_path)
    assert [one.path for one in second.loaded] == ["orders.csv"]
    assert second.state != first.state
    assert orders(tmp_path)["1"]["amount"] == Decimal("21.0000")


def test_a_dropped_source_takes_its_rows_along(tmp_path: Path) -> None:
    write(tmp_path, HEAD + ORDERS + LINES, orders_csv=FIRST, lines_csv=LINES_HEADER + "5,ann,2024-01-01,tea,1,2.00\n")
    load(tmp_path)
    write(tmp_path, HEAD + LINES)
    _, tables = load(tmp_path)
    assert set(tables) == {"orders", "order_lines"}
    assert set(orders(tmp_path)) == {"5"}


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    found = write(tmp_path, HEAD + ORDERS, orders_csv=FIRST)
    with store.opened(found, tmp_path), pytest.raises(Busy, match=r"Process \d+"), store.opened(found, tmp_path):
        pass


def test_lines_need_their_own_mapping(tmp_path: Path) -> None:
    broken = LINES[: LINES.index("[source.tables.order_lines]")]
    found = write(tmp_path, HEAD + broken, lines_csv=LINES_HEADER)
    with store.opened(found, tmp_path) as opened, pytest.raises(SettingsError, match="order_lines"):
        ingest.load(opened, found, tmp_path)


def test_as_of_is_the_day_after_the_newest_record_that_is_not_to_come(tmp_path: Path) -> None:
    future = "9,ann,2099-01-01,sale,1.00,,NL\n"
    write(tmp_path, HEAD + ORDERS, orders_csv=FIRST + future)
    load(tmp_path)
    said = {row["name"]: row["value"] for row in dicts(tmp_path, "_meta")}
    assert said["as_of"] == "2024-01-03"
    assert "rows_to_come" in {row["code"] for row in dicts(tmp_path, "_findings")}
    assert settings.read(tmp_path / "regulars.toml").company.as_of is None


def test_another_rate_loads_again_only_the_files_that_asked_for_it(tmp_path: Path) -> None:
    toml = (
        HEAD
        + '[rates]\nfile = "rates.csv"\n'
        + ORDERS.replace('amount = "amount"', 'amount = "amount"\ncurrency = "market"')
    )
    write(
        tmp_path,
        toml,
        orders1_csv=ORDERS_HEADER + "1,ann,2024-01-01,sale,1.00,,USD\n",
        orders2_csv=ORDERS_HEADER + "2,ann,2024-01-01,sale,1.00,,EUR\n3,ann,2024-01-05,sale,1.00,,CHF\n",
        rates_csv="currency,on,rate\nUSD,2024-01-01,0.5\n",
    )
    load(tmp_path)
    (tmp_path / "rates.csv").write_text("currency,on,rate\nUSD,2024-01-01,0.5\nUSD,2024-01-02,0.6\n")
    assert load(tmp_path)[0].loaded == ()
    (tmp_path / "rates.csv").write_text("currency,on,rate\nUSD,2024-01-01,0.6\n")
    assert [one.path for one in load(tmp_path)[0].loaded] == ["orders1.csv"]
    assert orders(tmp_path)["1"]["amount"] == Decimal("0.6000")
    (tmp_path / "rates.csv").write_text("currency,on,rate\nUSD,2024-01-01,0.6\nCHF,2024-01-04,0.9\n")
    assert [one.path for one in load(tmp_path)[0].loaded] == ["orders2.csv"]
    assert orders(tmp_path)["3"]["amount"] == Decimal("0.9000")
