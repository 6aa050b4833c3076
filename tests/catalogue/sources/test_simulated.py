"""The simulated company keeps the shape of the canonical tables, and is the same on every run."""

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.catalogue.sources.simulated import TABLES, Truth, simulate, simulated
from regulars.catalogue.sources.simulation.company import Company
from regulars.catalogue.sources.simulation.people import BLOCK
from regulars.core import settings
from regulars.core.errors import UnknownName
from regulars.data.tables import TABLES as CANONICAL
from regulars.data.tables import Kind

_KINDS = {
    Kind.TEXT: pa.types.is_string,
    Kind.INTEGER: pa.types.is_integer,
    Kind.NUMBER: lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind),
    Kind.MONEY: lambda kind: kind == pa.decimal128(18, 4),
    Kind.INSTANT: lambda kind: kind == pa.timestamp("us", tz="UTC"),
    Kind.DATE: pa.types.is_date,
    Kind.BOOLEAN: pa.types.is_boolean,
}
_CUSTOMERS = 3_000


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    simulate(folder, customers=_CUSTOMERS, seed=11)
    return folder


def read(folder: Path, name: str) -> pa.Table:
    return pq.ParquetDataset(sorted((folder / "data").glob(f"{name}-*.parquet"))).read()


def cents(column: pa.ChunkedArray) -> pd.Series:
    return column.cast(pa.float64()).to_pandas().mul(100).round().astype("int64")


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("name", TABLES)
def test_table_has_the_canonical_columns_kinds_and_choices(company: Path, name: str) -> None:
    table, canonical = read(company, name), CANONICAL[name]
    extra = {"age_band"} if name == "customers" else set()
    assert set(table.column_names) - {column.name for column in canonical.columns} == extra
    assert len(table) > 0
    for column in canonical.columns:
        values = table[column.name]
        assert _KINDS[column.kind](values.type), column.name
        assert values.null_count < len(values), f"{column.name} is never known"
        if column.required:
            assert values.null_count == 0
        if column.choices:
            assert set(values.drop_null().to_pylist()) <= set(column.choices)


@pytest.mark.parametrize("name", [name for name in TABLES if CANONICAL[name].key])
def test_key_identifies_a_row(company: Path, name: str) -> None:
    keys = read(company, name).select(list(CANONICAL[name].key)).to_pandas()
    assert not keys.duplicated().any()


@pytest.mark.parametrize("name", TABLES)
def test_references_are_known(company: Path, name: str) -> None:
    known = {"customer_id": set(read(company, "customers")["customer_id"].to_pylist())}
    known["referrer_id"] = known["referred_id"] = known["customer_id"]
    for column in CANONICAL[name].columns:
        if column.references:
            table, key = column.references.split(".")
            known[column.name] = set(read(company, table)[key].to_pylist())
    table = read(company, name)
    for key in known.keys() & set(table.column_names):
        assert set(table[key].to_pylist()) <= known[key]


@pytest.mark.parametrize("name", TABLES)
def test_nothing_is_known_of_the_future_or_from_before_the_sign_up(company: Path, name: str) -> None:
    table = read(company, name)
    customers = read(company, "customers").select(["customer_id", "first_seen_at"]).to_pandas()
    since = dict(zip(customers["customer_id"], customers["first_seen_at"], strict=True))
    for column in CANONICAL[name].columns:
        if column.kind is not Kind.INSTANT or column.name in {"promised_at", "sla_due_at"}:
            continue
        at = table[column.name].to_pandas()
        assert at.dropna().between(datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)).all()
        if "customer_id" in table.column_names:
            known = at.notna()
            assert (at[known] >= table["customer_id"].to_pandas()[known].map(since)).all()


def test_lines_sum_to_their_order_exactly(company: Path) -> None:
    orders, lines = read(company, "orders"), read(company, "order_lines")
    summed = cents(lines["amount"]).groupby(lines["order_id"].to_pandas()).sum()
    stated = pd.Series(cents(orders["amount"]).to_numpy(), index=orders["order_id"].to_pandas())
    assert summed.reindex(stated.index).equals(stated.rename("x").rename_axis("order_id").rename(summed.name))
    per_order = lines["order_id"].to_pandas().value_counts()
    assert per_order.between(1, 4).all()
    refund = lines["order_id"].to_pandas().str.startswith("R")
    assert (cents(lines["amount"])[refund] < 0).all()
    assert (lines["quantity"].to_pandas()[refund] < 0).all()
    assert (cents(lines["amount"])[~refund] > 0).all()


def test_refund_follows_and_mirrors_its_sale(company: Path) -> None:
    orders = read(company, "orders").to_pandas()
    refunds, sales = (orders[orders["kind"] == kind].copy() for kind in ("refund", "sale"))
    for rows in (refunds, sales):
        rows["number"] = rows["order_id"].str[1:]
    both = refunds.merge(sales, on="number", suffixes=("", "_sold"), validate="one_to_one")
    assert len(both) == len(refunds)
    assert (both["amount"] == -both["amount_sold"]).all()
    assert (both["cost"] == -both["cost_sold"]).all()
    assert (both["ordered_at"] > both["ordered_at_sold"]).all()
    assert len(refunds) / len(sales) == pytest.approx(0.03, abs=0.005)


def test_contract_has_one_price_at_a_time(company: Path) -> None:
    rows = read(company, "subscriptions").to_pandas().sort_values(["subscription_id", "started_at"])
    following = rows.groupby("subscription_id")["started_at"].shift(-1)
    changed = rows["end_reason"].isin(["upgraded", "downgraded", "converted"])
    assert (rows["ended_at"][following.notna()] == following[following.notna()]).all()
    assert changed.equals(following.notna().rename("end_reason") & rows["ended_at"].notna())
    assert (rows["ended_at"].dropna() > rows["started_at"][rows["ended_at"].notna()]).all()
    assert rows["subscription_id"].str.endswith("2").any(), "nobody came back"


def test_ticket_goes_through_its_states_in_time(company: Path) -> None:
    steps = read(company, "ticket_events").to_pandas().sort_values(["ticket_id", "occurred_at"], kind="stable")
    first = steps.groupby("ticket_id").first()
    opened = read(company, "tickets").to_pandas().set_index("ticket_id")["opened_at"]
    assert (first["state"] == "open").all()
    assert first["occurred_at"].equals(opened.sort_index().rename("occurred_at"))
    states = steps.groupby("ticket_id")["state"].agg(" ".join)
    assert states.str.fullmatch(r"open( pending( hold)?( solved( reopened( solved)?)?( closed)?)?)?").all()


def test_session_is_one_customers_and_never_pauses_for_half_an_hour(company: Path) -> None:
    events = read(company, "events").to_pandas().sort_values(["session_id", "occurred_at"])
    assert (events.groupby("session_id")["customer_id"].nunique() == 1).all()
    pauses = events.groupby("session_id")["occurred_at"].diff().dropna()
    assert pauses.max() < pd.Timedelta(minutes=30)


def test_seed_gives_the_same_bytes(company: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "again", customers=_CUSTOMERS, seed=11)
    simulate(tmp_path / "other", customers=_CUSTOMERS, seed=12)
    assert digests(tmp_path / "again") == digests(company)
    assert digests(tmp_path / "other")["data/orders-000.parquet"] != digests(company)["data/orders-000.parquet"]


@pytest.mark.parametrize("name", [name for name in TABLES if name not in {"spend", "campaigns"}])
def test_customer_is_the_same_however_many_follow(company: Path, fewer: Path, name: str) -> None:
    few, many = read(fewer, name).to_pandas(), read(company, name).to_pandas()
    who = {"tickets": "customer_id", "referrals": "referred_id"}.get(name, "customer_id")
    if name in {"order_lines", "ticket_events", "follow_ups"}:
        owner = many[CANONICAL[name].columns[0].name].str.extract(r"(\d{8})", expand=False).astype(int)
    else:
        owner = many[who].str[1:].astype(int)
    expected = many[owner < 1_000]
    order = [column for column in many.columns if column != "comment"]
    pd.testing.assert_frame_equal(
        few.sort_values(order, ignore_index=True), expected.sort_values(order, ignore_index=True)
    )


@pytest.fixture(scope="module")
def fewer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fewer")
    simulate(folder, customers=1_000, seed=11)
    return folder


def test_only_the_tables_asked_for_are_written_and_they_do_not_change(company: Path, tmp_path: Path) -> None:
    truth = simulate(tmp_path, customers=_CUSTOMERS, seed=11, tables=("tickets",))
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["tickets-000.parquet"]
    assert digests(tmp_path)["data/tickets-000.parquet"] == digests(company)["data/tickets-000.parquet"]
    assert dict(truth.rows) == {"tickets": len(read(company, "tickets"))}


def test_blocks_differ_and_are_told_as_progress(tmp_path: Path) -> None:
    told: list[float] = []
    small = Company(purchase_r=0.01, purchase_alpha=10.0)
    truth = simulate(tmp_path, customers=BLOCK + 500, seed=3, company=small, tables=["customers"], progress=told.append)
    customers = read(tmp_path, "customers").to_pandas()
    assert told == [pytest.approx(BLOCK / (BLOCK + 500)), 1.0]
    assert len(customers) == truth.rows["customers"] == customers["customer_id"].nunique() == BLOCK + 500
    assert not customers["first_seen_at"][:500].equals(customers["first_seen_at"][BLOCK:].reset_index(drop=True))


def test_unknown_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="orders"):
        simulate(tmp_path, customers=10, seed=1, tables=["ordres"])


def test_one_customer_who_does_nothing_still_gives_every_table(tmp_path: Path) -> None:
    truth = simulate(tmp_path, customers=1, seed=1, company=Company(conversion=0.0, subscribers=0.0))
    assert truth.rows["customers"] == 1
    assert truth.rows["orders"] == 0
    assert {path.name[:-12] for path in (tmp_path / "data").iterdir()} == set(TABLES)


def test_settings_map_every_column(company: Path) -> None:
    read_back = settings.read(company / "regulars.toml")
    mapped = {name: set(table.columns) for source in read_back.sources for name, table in source.tables.items()}
    assert mapped == {name: {column.name for column in CANONICAL[name].columns} for name in TABLES}
    assert all(source.paths(company) for source in read_back.sources)
    assert read_back.service.open is not None


def test_thousand_customers_take_less_than_three_seconds(tmp_path: Path) -> None:
    before = time.process_time()
    simulate(tmp_path, customers=1_000, seed=5)
    assert time.process_time() - before < 3


def test_demo_is_a_workspace(tmp_path: Path) -> None:
    simulated.fill(tmp_path / "demo")
    assert len(read(tmp_path / "demo", "customers")) == 5_000
    assert settings.read(tmp_path / "demo" / "regulars.toml").company.currency == "EUR"


def test_truth_says_what_was_planted(company: Path) -> None:
    parameters = pd.read_json(company / "truth" / "parameters.json", typ="series")
    assert parameters["company"]["purchase_r"] == Company().purchase_r
    assert parameters["customers"] == _CUSTOMERS
    assert isinstance(simulate(company.parent / "tiny", customers=2, seed=1), Truth)
