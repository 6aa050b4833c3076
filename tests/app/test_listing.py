"""The list of customers: orders, pages, searches and filters, and when it is made anew."""

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import isnan, nan
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.companies import Company
from contracts.stored import store
from regulars.app import kept, listing_kept, listing_order, worth
from regulars.app.kept import Said
from regulars.app.listed import Expectation, Reason
from regulars.app.listing import MOST, listing
from regulars.app.listing_table import ORDERS
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, UnknownName
from regulars.core.estimate import Interval
from regulars.data import beside
from regulars.data.generations import Generation
from regulars.data.quality.biases import Bias
from regulars.data.quality.checking import Finding
from regulars.data.text_search import BREAK, folded, holding
from regulars.decisions.lifecycle import State
from regulars.models.trial import Trial, Tried
from small import at, company, contract, event, on, refund, sale
from workspaces import HEAD, write


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    write(folder, HEAD)
    return Workspace.at(folder)


def opened(folder: Path, records) -> Opened:
    made = {"number": 1, "format": 1, "version": "", "state": "", "settings": "", "size": 0, "sha256": ""}
    generation = Generation(path=folder / "gen-000001.duckdb", as_of=records.as_of, **made)
    return Opened(records.tables["people"].get_backend(), records, generation)


FEATURES = ("days_since_order", "cases_90")
MODELS = {"lapse": "bg_nbd_silence", "value": "bg_nbd_value", "contract_end": "contract_end_rate"}
MODELS |= {"contract_value": "sbg_value"}


def said(outcome, definitions, **changed) -> Said:
    span = Interval(value=0.1, low=0.05, high=0.15, level=0.95, method="DeLong", n=900)
    tried = Tried(model=MODELS[outcome], version=1, score={"auc": span}, gain=span, totals=(1.1, 0.9))
    asked = {"outcome": outcome, "asked_days": 90, "days": 90, "lead_days": 0, "cutoffs": (date(2023, 1, 1),)}
    made = {"outcome": outcome, "model": MODELS[outcome], "model_version": 1, "horizon_days": 90, "lead_days": 0}
    texts = {"notes": (), "columns": FEATURES, "learned": {}, "instead": "", "key": "", "method": "x"}
    trial = Trial(**asked, naive="rule", tried=(tried,), chosen=MODELS[outcome], why="")
    rest = {"as_of": date(2024, 1, 1), "level": 0.95, "n": 9, "trial": trial}
    return Said(**{**made, **texts, **rest, "definitions": kept.digest_of(definitions), **changed})


def foretell(one: Opened, outcome, mean, *, reasons=None, **changed) -> None:
    """Keep what is foretold: `mean` by customer number."""
    who, means = np.array(list(mean), dtype=np.int32), np.array(list(mean.values()), dtype=np.float64)
    columns = {"customer": who, "mean": means, "low": means / 2, "high": np.minimum(means * 1.5, 1e9)}
    columns |= {"spread": np.full(len(who), nan, dtype=np.float32), "doubt_1": (means / 10).astype(np.float32)}
    for rank, some in enumerate(reasons or (), 1):
        columns |= {f"reason_{rank}": [one[0] for one in some], f"value_{rank}": [one[1] for one in some]}
    nothing = pa.table({"customer": pa.array([], pa.int32())})
    told = said(outcome, one.records.definitions, **changed)
    kept.keep(one.generation.path, outcome, told, pa.table(columns), nothing)


def ids(page):
    return [row.customer_id for row in page.rows]


# --- what is listed ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def records():
    return company(
        100,
        orders=[
            sale("ann", 10, 20, cost=5),
            sale("ann-Mail", 60, 30, cost=10),
            {**refund("ann", 61, 10), "cost": -2},
            sale("Bob", 99, 7, cost=1),
            sale("c_d", 50, 7, cost=1),
            sale(None, 50, 1000, cost=1),
        ],
        customers=[
            {"customer_id": "ann", "market": "NL", "first_seen_at": at(5)},
            {"customer_id": "Bob", "market": "DE"},
            {"customer_id": "c_d"},
            {"customer_id": "d%e", "market": "NL"},
            {"customer_id": "e'f", "market": "NL"},
        ],
        aliases={"ann-Mail": "ann"},
        lapse_days=45,
    )


@pytest.fixture
def known(tmp_path, records):
    """The company above, of whom it is foretold who leaves and what they are worth: numbers 1 to 5 go by their ids."""
    one = opened(tmp_path, records)
    numbers = {row["customer_id"]: row["customer"] for row in records.run(records.tables["people"])}
    foretell(
        one,
        "lapse",
        {numbers["Bob"]: 0.5, numbers["ann"]: 0.25, numbers["c_d"]: 0.5},
        reasons=[[(0, 4.0), (1, 3.0), (-1, nan)], [(1, 2.0), (-1, nan), (-1, nan)]],
    )
    foretell(one, "value", {numbers["Bob"]: 10.0, numbers["ann"]: 100.0, numbers["c_d"]: 10.0, numbers["e'f"]: -3.0})
    return one


@pytest.fixture
def found(known, workspace):
    return listing(known, workspace)


def test_a_customer_by_hand(found, records):
    row = next(row for row in found.page().rows if row.customer_id == "ann")
    assert (row.position, row.attributes["market"]) == (0, "NL")
    assert (row.first_seen_on, row.first_order_on, row.last_order_on) == (on(5), on(10), on(60))
    assert (row.orders, row.net_revenue, row.value) == (2, Decimal("40.0000"), Decimal("27.0000"))
    assert row.scores == (4, 4, 4)  # of three who ordered: of two below her, two fifths
    assert (row.segment.name, row.state) == ("loyal", State.REACTIVATED)
    assert row.leaving == Expectation(mean=0.25, low=0.125, high=0.375)
    assert row.clv == Expectation(mean=100.0, low=50.0, high=150.0)
    assert row.stake.mean == 25.0
    assert row.stake.low < 25.0 < row.stake.high
    assert row.reasons == (Reason(feature="cases_90", value=3.0),)


def test_who_never_ordered_has_none_and_no_more_is_made_up(found):
    row = next(row for row in found.page().rows if row.customer_id == "e'f")
    assert (row.orders, row.net_revenue, row.value) == (0, Decimal(0), Decimal(0))
    assert (row.first_order_on, row.last_order_on, row.scores, row.segment, row.state) == (None,) * 5
    assert (row.leaving, row.stake, row.reasons) == (None, None, ())
    assert row.clv.mean == -3.0


def test_value_at_stake_is_that_of_the_customers_at_risk(found, known):
    rows = {row.customer_id: row.stake for row in found.page().rows if row.stake}
    churn, value = (beside.found(known.generation.path, name).read() for name in ("lapse", "value"))
    leaving, worthy = (
        replace(found.scores[name], table=table) for name, table in {"leaving": churn, "value": value}.items()
    )
    risk = worth.at_risk(leaving, worthy, 0.95)
    assert sorted(one.mean for one in rows.values()) == sorted(risk.stake.tolist())
    assert {one.low for one in rows.values()} == set(risk.low.tolist())
    assert {one.high for one in rows.values()} == set(risk.high.tolist())


def test_reasons_are_the_two_most_telling(found):
    rows = {row.customer_id: row.reasons for row in found.page().rows}
    assert rows["Bob"] == (Reason(feature="days_since_order", value=4.0), Reason(feature="cases_90", value=2.0))
    assert rows["c_d"] == ()


def test_a_reason_may_be_that_something_is_not_known(known, workspace):
    foretell(known, "lapse", {1: 0.5}, reasons=[[(1, nan)]])
    found = listing(known, workspace)
    (reason,) = found.page("risk").rows[0].reasons
    assert reason.feature == "cases_90"
    assert isnan(reason.value)
    assert found.export("risk").read_all()["reason_1_value"].to_pylist() == [None] * 5


def test_no_prediction_goes_without_its_score(found, known):
    leaving, value = found.scores["leaving"], found.scores["value"]
    assert leaving.tried.verdict("rule") == "better than `rule`: 10.0 % less squared error (5.0 to 15.0 %)"
    assert (leaving.outcome.name, leaving.model.name, len(leaving.table)) == ("lapse", "bg_nbd_silence", 3)
    assert (value.outcome.name, len(value.table), value.known_at) == ("value", 4, known.records.known_at)
    assert value.column("mean").tolist() == [10.0, 100.0, 10.0, -3.0]
    assert value.version == "1 (horizon_days=90)"
    assert found.by.of == "orders"


def test_findings_put_flags_on_predictions(known, workspace):
    bias = Bias(direction="up", why="they count twice", tables=("orders",))
    finding = Finding(
        code="twice", table="orders", source="s", rows=1, share=1.0, example="", message="", biases=(bias,)
    )
    found = listing(known, workspace, findings=(finding,))
    assert {one.flags for one in found.scores.values()} == {("twice",)}


def test_only_attributes_that_anybody_has_are_listed(found):
    assert found.attributes == ("market",)
    assert len(found) == 5


# --- orders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "descending", "order"),
    [
        ("stake", True, "ann Bob c_d d%e e'f"),
        ("stake", False, "c_d Bob ann d%e e'f"),
        ("risk", True, "Bob c_d ann d%e e'f"),
        ("clv", False, "e'f c_d Bob ann d%e"),
        ("revenue", True, "ann Bob c_d d%e e'f"),
        ("revenue", False, "e'f d%e c_d Bob ann"),
        ("last_order", True, "Bob ann c_d d%e e'f"),
        ("last_order", False, "c_d ann Bob d%e e'f"),
        ("first_seen", True, "Bob c_d ann d%e e'f"),
        ("id", True, "e'f d%e c_d ann Bob"),
        ("id", False, "Bob ann c_d d%e e'f"),
    ],
)
def test_orders_by_hand(found, sort, descending, order):
    assert ids(found.page(sort, descending=descending)) == order.split()


def test_what_cannot_be_sorted_by_is_said_with_what_can(found):
    with pytest.raises(
        QueryError, match=r"by `worth`\. Known: stake, clv, risk, revenue, last_order, first_seen, id\."
    ):
        found.page("worth")
    with pytest.raises(QueryError, match="cannot be sorted by `attribute market`"):
        found.export("attribute market")


KEYS = {
    "stake": lambda row: row.stake and row.stake.mean,
    "clv": lambda row: row.clv and row.clv.mean,
    "risk": lambda row: row.leaving and row.leaving.mean,
    "revenue": lambda row: row.net_revenue,
    "last_order": lambda row: row.last_order_on,
    "first_seen": lambda row: row.first_seen_on,
    "id": lambda row: row.customer_id,
}


@pytest.fixture(scope="module")
def many(tmp_path_factory, workspace):
    """Forty customers full of ties and of what is not known of them."""
    rng = np.random.default_rng(3)
    records = company(
        100,
        orders=[
            sale(f"C{n:02}", int(rng.integers(0, 5)) * 20, int(rng.integers(1, 4)) * 10)
            for n in rng.integers(0, 30, 50)
        ],
        events=[event(f"C{n:02}", int(day)) for n, day in enumerate(rng.integers(0, 99, 36))],
        customers=[{"customer_id": f"C{n:02}", "market": ["NL", "DE", None][n % 3]} for n in range(40)],
        aliases={f"mail-{n}@x": f"C{n:02}" for n in range(0, 40, 2)},
    )
    one = opened(tmp_path_factory.mktemp("many"), records)
    foretell(one, "lapse", {n + 1: float(rng.integers(0, 4)) / 4 for n in range(0, 25)})
    foretell(one, "value", {n + 1: float(rng.integers(0, 3)) * 10 for n in range(10, 40)})
    return listing(one, workspace)


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("descending", [True, False])
def test_orders_with_ties_and_unknowns(many, sort, descending):
    rows, key = many.page(sort, descending=descending, most=100).rows, KEYS[sort]
    assert [row.position for row in rows] == list(range(40))
    known = [row for row in rows if key(row) is not None]
    assert list(rows[: len(known)]) == known, "who has none is last"
    ranks = {value: place for place, value in enumerate(sorted({key(row) for row in known}))}
    sign = -1 if descending else 1
    assert [row.customer_id for row in known] == [
        row.customer_id
        for row in sorted(
            sorted(known, key=lambda row: row.customer_id, reverse=not descending),
            key=lambda row: sign * ranks[key(row)],
        )
    ]
    rest = [row.customer_id for row in rows[len(known) :]]
    assert rest == sorted(rest)


# --- pages ---------------------------------------------------------------------------------------------------------

ASKED = st.fixed_dictionaries(
    {},
    optional={
        "search": st.sampled_from(["", "c", "C1", "mail", "@X", "zz", "3"]),
        "segment": st.sampled_from(["champions", "lost", "new"]),
        "state": st.sampled_from(["active", "lapsed"]),
        "attribute": st.sampled_from([("market", "NL"), ("market", None), ("market", "FR")]),
    },
)


@given(
    sort=st.sampled_from(list(ORDERS)),
    descending=st.booleans(),
    most=st.integers(1, 9),
    looked_at=st.sampled_from([1, 3, 4096]),
    asked=ASKED,
)
@settings(max_examples=150)
def test_pages_forward_and_backward_hold_everybody_once(many, sort, descending, most, looked_at, asked):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing_order, "_FIRST", looked_at)
        whole = many.page(sort, descending=descending, most=100)
        wanted = many.page(sort, descending=descending, most=100, **asked)
        assert set(ids(wanted)) == {row.customer_id for row in whole.rows if _meets(row, **asked)}
        ask = {"sort": sort, "descending": descending, "most": most, **asked}
        pages = [many.page(**ask)]
        while pages[-1].next is not None:
            pages.append(many.page(**ask, after=pages[-1].next))
        rows = [row for page in pages for row in page.rows]
        assert rows == list(wanted.rows)
        assert [row.position for row in rows] == sorted({row.position for row in rows})
        assert all(len(page.rows) == most for page in pages[:-1])
        assert pages[0].previous is None
        assert {page.total for page in pages} <= {None, len(rows)}
        back = [pages[-1]]
        while back[-1].previous is not None:
            back.append(many.page(**ask, before=back[-1].previous))
        assert [row for page in reversed(back) for row in page.rows] == rows
        assert all(page.next is not None for page in back[1:])


def _meets(row, *, search="", segment="", state="", attribute=None):
    number = int(row.customer_id[1:])
    texts = [row.customer_id, *([f"mail-{number}@x"] if number % 2 == 0 else [])]
    return (
        any(search.lower() in text.lower() for text in texts)
        and (not segment or (row.segment is not None and row.segment.name == segment))
        and (not state or row.state == state)
        and (attribute is None or row.attributes[attribute[0]] == attribute[1])
    )


def test_totals_are_told_where_they_are_known(many):
    assert many.page(most=3).total == 40
    assert many.page(most=3, attribute=("market", "NL")).total == 14
    assert many.page(most=3, search="C").total == 40  # all of so few were looked at, and no more than these
    assert many.page(search="zz").total == 0


def test_pages_beyond_the_ends(many):
    beyond = many.page(after=1000, most=5)
    assert (beyond.rows, beyond.next, beyond.previous) == ((), None, 40)
    assert [row.position for row in many.page(before=beyond.previous, most=5).rows] == [35, 36, 37, 38, 39]
    first = many.page(before=0, most=5)
    assert (first.rows, first.next, first.previous) == ((), -1, None)
    assert many.page(after=-1, most=5) == many.page(most=5)
    assert many.page(before=3, most=5).previous is None
    assert [row.position for row in many.page(before=3, most=5).rows] == [0, 1, 2]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"after": 3, "before": 9}, "not both"),
        ({"after": -2}, "`-2` is no position"),
        ({"before": -1}, "`-1` is no position"),
        ({"most": 0}, "is no number of customers"),
        ({"most": MOST + 1}, "is no number of customers"),
        ({"segment": "champion"}, "No segment is called `champion`. Did you mean `champions`?"),
        ({"state": "x"}, "No state is called `x`. Known: active, cooling, lapsed, new, reactivated."),
        ({"attribute": ("markt", "NL")}, "No customer has an attribute `markt`. Did you mean `market`?"),
    ],
)
def test_what_cannot_be_asked_is_said(many, asked, why):
    with pytest.raises(QueryError) as told:
        many.page(**asked)
    assert why in str(told.value)


# --- search --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("ann", ["ann"]),
        ("MAIL", ["ann"]),
        (" bOB ", ["Bob"]),
        ("%", ["d%e"]),
        ("_", ["c_d"]),
        ("'", ["e'f"]),
        ("c_", ["c_d"]),
        ("e", ["d%e", "e'f"]),
        ("\n", ["ann", "Bob", "c_d", "d%e", "e'f"]),  # nothing but space is no search
        ("a\nb", []),
        ("nann", []),  # no text holds the end of one id and the beginning of another
        ("annbob", []),
        ("'; DROP TABLE people; --", []),
        ("ü", []),
    ],
)
def test_searches(found, text, who):
    assert ids(found.page(search=text)) == who


@given(texts=st.lists(st.text("abÄß.%_ \u0130", max_size=6), max_size=30), wanted=st.text("abÄß.%_ \u0130", min_size=1))
def test_texts_that_hold_another(texts, wanted):
    column = pa.array([folded(f"x{text}")[1:] for text in texts], pa.string()).cast(pa.large_string())
    column = pa.array([BREAK + text for text in column.to_pylist()], pa.large_string())
    expected = [folded(wanted) in text.as_py() for text in column]
    if folded(wanted):
        assert holding(column, folded(wanted)).tolist() == expected
        assert holding(column.slice(1), folded(wanted)).tolist() == expected[1:]


def test_blocks_of_texts_are_put_together(monkeypatch):
    monkeypatch.setattr("regulars.data.text_search._BLOCK", 16)
    column = pa.array([f"{BREAK}c{n}" for n in range(100)], pa.large_string())
    assert np.flatnonzero(holding(column, "c9")).tolist() == [9, *range(90, 100)]
    assert np.flatnonzero(holding(column, "3")).tolist() == [n for n in range(100) if "3" in str(n)]


# --- export --------------------------------------------------------------------------------------------------------


def test_an_export_has_all_rows_in_order_as_others_read_them(found):
    table = found.export("revenue").read_all()
    assert table["customer_id"].to_pylist() == ["ann", "Bob", "c_d", "d%e", "e'f"]
    row = table.slice(0, 1).to_pylist()[0]
    assert (row["net_revenue"], row["value"], row["orders"]) == (Decimal("40.0000"), Decimal("27.0000"), 2)
    assert (row["last_order_on"], row["market"], row["lifecycle_state"]) == (on(60), "NL", "reactivated")
    assert (row["stake"], row["clv_low"], row["leaving_high"]) == (25.0, 50.0, 0.375)
    assert (row["reason_1"], row["reason_2"], row["reason_2_value"]) == ("cases_90", None, None)
    last = table.slice(4, 1).to_pylist()[0]
    assert (last["rfm_segment"], last["last_order_on"], last["stake"], last["net_revenue"]) == (None, None, None, 0)


def test_an_export_may_be_filtered_and_empty(many):
    found = many.export("id", descending=False, attribute=("market", "NL")).read_all()
    assert found["customer_id"].to_pylist() == [f"C{n:02}" for n in range(0, 40, 3)]
    nothing = many.export(search="zz")
    assert nothing.schema == found.schema
    assert len(nothing.read_all()) == 0


def test_an_export_comes_in_batches(many, monkeypatch):
    monkeypatch.setattr("regulars.app.listing._BATCH", 7)
    batches = list(many.export())
    assert [len(batch) for batch in batches] == [7, 7, 7, 7, 7, 5]
    everybody = [row.customer_id for row in many.page(most=100).rows]
    assert [one for batch in batches for one in batch["customer_id"].to_pylist()] == everybody


def test_an_attribute_that_is_called_as_a_column_keeps_its_name_behind_a_prefix(tmp_path, workspace):
    records = company(
        100, customers=[{"customer_id": "ann", "segment": "vip", "market": "NL"}], orders=[sale("ann", 1)]
    )
    people = records.tables["people"].rename(value="segment")
    one = opened(tmp_path, replace(records, tables={**records.tables, "people": people}))
    (row,) = listing(one, workspace).export().read_all().to_pylist()
    assert (row["attribute_value"], row["value"], row["market"]) == ("vip", Decimal(10), "NL")


def test_money_below_nothing_is_exact(tmp_path, workspace):
    records = company(100, orders=[sale("ann", 1, 1), refund("ann", 2, 12345678.9012), sale("bob", 1, 9234567890.1234)])
    found = listing(opened(tmp_path, records), workspace)
    assert found.export("revenue", descending=False).read_all()["net_revenue"].to_pylist() == [
        Decimal("-12345677.9012"),
        Decimal("9234567890.1234"),
    ]


# --- companies that lack something ---------------------------------------------------------------------------------


def test_before_anything_is_foretold(tmp_path, workspace, records):
    found = listing(opened(tmp_path, records), workspace)
    page = found.page()
    assert ids(page) == ["Bob", "ann", "c_d", "d%e", "e'f"]  # all alike, so by their ids
    assert {(row.stake, row.clv, row.leaving, row.reasons) for row in page.rows} == {(None, None, None, ())}
    assert found.scores == {}
    assert ids(found.page("revenue"))[0] == "ann"


def test_only_subscriptions(tmp_path, workspace):
    records = company(100, subscriptions=[contract("ann", 1, 30), contract("bob", 5)])
    one = opened(tmp_path, records)
    foretell(one, "contract_end", {2: 0.5})
    foretell(one, "contract_value", {2: 60.0})
    found = listing(one, workspace)
    rows = found.page().rows
    assert [(row.customer_id, row.orders, row.net_revenue, row.segment, row.state) for row in rows] == [
        ("bob", None, None, None, None),
        ("ann", None, None, None, None),
    ]
    assert rows[0].stake.mean == 30.0
    assert rows[1].first_seen_on == on(1)
    assert (found.by.of, found.scores["leaving"].outcome.name) == ("contracts", "contract_end")
    assert found.export().read_all()["net_revenue"].to_pylist() == [None, None]


def test_only_events(tmp_path, workspace):
    records = company(100, events=[event("ann", 1), event("bob", 98)])
    found = listing(opened(tmp_path, records), workspace)
    assert found.by is None
    assert [(row.customer_id, row.state) for row in found.page("first_seen").rows] == [
        ("bob", State.NEW),
        ("ann", State.LAPSED),
    ]
    assert ids(found.page(state="lapsed")) == ["ann"]
    with pytest.raises(QueryError, match="Risk of orders is told by `orders`"):
        listing(opened(tmp_path, records), workspace, of="orders")


def test_orders_that_name_no_customer_and_refunds_alone(tmp_path, workspace):
    records = company(100, orders=[sale(None, 1), refund("ann", 5)])
    (row,) = listing(opened(tmp_path, records), workspace).page().rows
    assert (row.customer_id, row.orders, row.net_revenue, row.last_order_on) == ("ann", 0, Decimal(-10), None)
    assert row.segment is None


@pytest.mark.parametrize("tables", [("customers",), ("orders", "events"), ("subscriptions",)])
def test_a_company_without_customers(tmp_path, workspace, tables):
    one = opened(tmp_path, store(Company(tables={name: [] for name in tables}))[1])
    found = listing(one, workspace)
    assert len(found) == 0
    for asked in ({}, {"search": "a"}, {"after": 3}, {"before": 3}, {"segment": "new"}, {"state": "new"}):
        page = found.page(**asked)
        assert (page.rows, page.next, page.total) == ((), None, 0)
    assert len(found.export().read_all()) == 0
    assert listing(one, workspace).page().rows == ()


def test_by_contracts_or_by_orders(tmp_path, workspace):
    records = company(100, orders=[sale("ann", 1)], subscriptions=[contract("ann", 1)])
    one = opened(tmp_path, records)
    assert listing(one, workspace).by.of == "contracts"
    foretell(one, "lapse", {1: 0.5})
    assert listing(one, workspace).by.of == "orders"  # of which more is foretold
    foretell(one, "contract_end", {1: 0.25})
    assert listing(one, workspace).page().rows[0].leaving.mean == 0.25
    assert listing(one, workspace, of="orders").page().rows[0].leaving.mean == 0.5
    with pytest.raises(UnknownName):
        listing(one, workspace, of="order")


# --- when it is made -----------------------------------------------------------------------------------------------


@pytest.fixture
def makings(monkeypatch):
    """Counts how often a list is made."""
    calls, make = [], listing_kept.made

    def counting(*args):
        calls.append(args)
        return make(*args)

    monkeypatch.setattr(listing_kept, "made", counting)
    return calls


def test_it_is_made_once(known, workspace, makings):
    pages = [listing(known, workspace).page() for _ in range(3)]
    assert pages[0] == pages[1] == pages[2]
    assert len(makings) == 1


def test_it_is_made_again_where_predictions_changed(known, workspace, makings):
    before = listing(known, workspace)
    foretell(known, "lapse", {1: 0.75})
    after = listing(known, workspace)
    assert len(makings) == 2
    assert [row.leaving.mean for row in after.page("risk").rows if row.leaving] == [0.75]
    # Who reads the old one goes on to.
    assert [row.leaving.mean for row in before.page("risk").rows if row.leaving] == [0.5, 0.5, 0.25]
    assert len(list(beside.folder_of(known.generation.path).glob("listed_*.arrow"))) == 1


def test_it_is_made_again_where_parameters_changed(known, workspace, makings):
    listing(known, workspace)
    definitions = known.records.definitions.model_copy(update={"lapse_days": 5})
    changed = replace(known, records=replace(known.records, definitions=definitions))
    found = listing(changed, workspace)
    assert len(makings) == 2
    assert {row.state for row in found.page().rows} == {State.LAPSED, State.NEW, None}
    assert found.scores == {}  # what was foretold with other parameters is not current


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # in place, it would change under whoever reads it
    path.write_bytes(content)


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:100])


def _empty_manifest(path: Path) -> None:
    manifest = next(path.parent.glob("listed_*.json"))
    manifest.write_bytes(b"{")


def _other_manifest(path: Path) -> None:
    manifest = next(path.parent.glob("listed_*.json"))
    told = orjson.loads(manifest.read_bytes())
    manifest.write_bytes(orjson.dumps({**told, "said": {**told["said"], "known": {"stake": "x"}}}))


@pytest.mark.parametrize("damage", [_flip, _cut, Path.unlink, _empty_manifest, _other_manifest])
def test_a_damaged_one_is_made_again(known, workspace, makings, damage):
    before = listing(known, workspace).page()
    (file,) = beside.folder_of(known.generation.path).glob("listed_*.arrow")
    damage(file)
    assert listing(known, workspace).page() == before
    assert listing(known, workspace).page() == before
    assert len(makings) == 2


def test_where_nothing_can_be_kept_it_stays_in_memory(known, workspace, makings, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError("no")

    monkeypatch.setattr(beside, "write", refuse)
    assert ids(listing(known, workspace).page()) == ids(listing(known, workspace).page())
    assert len(makings) == 2


def test_predictions_that_are_damaged_are_none_and_what_lacks_them_is_not_kept(known, workspace, makings):
    (file,) = beside.folder_of(known.generation.path).glob("lapse-*.parquet")
    content = file.read_bytes()
    _flip(file)
    found = listing(known, workspace)
    assert set(found.scores) == {"value"}
    assert {row.leaving for row in found.page().rows} == {None}
    file.write_bytes(content)
    assert set(listing(known, workspace).scores) == {"leaving", "value"}


def test_predictions_by_a_model_that_is_no_more_are_none(known, workspace):
    trial = said("lapse", known.records.definitions).trial
    gone = replace(trial, tried=(replace(trial.tried[0], model="gone"),), chosen="gone")
    foretell(known, "lapse", {1: 0.5}, model="gone", trial=gone)
    assert set(listing(known, workspace).scores) == {"value"}


def test_several_threads_at_once(known, workspace, makings):
    found, failed, start = [], [], threading.Barrier(4)

    def ask(sort):
        try:
            start.wait()
            one = listing(known, workspace)
            found.append([ids(one.page(sort, search=text)) for text in ("", "n", "zz") for _ in range(20)])
        except BaseException as cause:
            failed.append(cause)

    threads = [threading.Thread(target=ask, args=("revenue",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(found) == 4
    assert all(one == found[0] for one in found)
    assert len(makings) == 1


def test_one_list_serves_several_threads(many):
    expected = {sort: [row.customer_id for row in many.page(sort, most=100).rows] for sort in ORDERS}
    wrong = []

    def ask(sort):
        for _ in range(30):
            if ids(many.page(sort, most=100)) != expected[sort] or not many.export(sort).read_next_batch():
                wrong.append(sort)

    threads = [threading.Thread(target=ask, args=(sort,)) for sort in ORDERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
