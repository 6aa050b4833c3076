"""What is masked, and what is not: words that tell who somebody is, and never a number."""

import copy
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period
from regulars.views.blocks import Figure, Grid, Head, Link, Notice, Personal
from regulars.views.fill import plain
from regulars.views.masking import HIDDEN, WITHHELD, lists_customers, mask_id, masked, without_customers

MAIL = "anna.jansen@example.org"


def estimate(value):
    found = Interval(value=value, low=value - 1, high=value + 1, level=0.95, method="exact", n=9)
    period = Period(date(2024, 1, 1), date(2025, 1, 1))
    return Estimate(interval=found, period=period, as_of=datetime(2025, 1, 1, tzinfo=UTC), version="1", flags=())


def grid(*rows, customers=True, heads=("customer", "said", "spent", "note")):
    from regulars.kpis.kpi import Shows

    found = Grid(
        name="list",
        title="A list",
        heads=tuple(Head(name=name, title=name, shows=Shows.MONEY) for name in heads),
        rows=rows,
        customers=customers,
    )
    return {"block": "grid", **plain(found, "EUR")}


def link(text, about=None):
    return Link(text=text, page="customer", about=text if about is None else about, personal=True)


def record(*blocks):
    return json.loads(json.dumps({"name": "mine", "about": "", "blocks": list(blocks)}))


def numbers(part):
    """Yield every number of a record, in order."""
    if isinstance(part, bool):
        return
    if isinstance(part, int | float):
        yield part
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from numbers(one)


def test_personal_words_are_hidden_and_numbers_stay():
    row = (link(MAIL), Personal(text="I am Anna"), estimate(12.5), "call 0612345678 or anna@x.org")
    before = record(grid(row))
    after = masked(before)
    (shown,) = after["blocks"][0]["rows"]
    assert shown["customer"] == {"text": "[e-mail]", "link": None}
    assert shown["said"] == {"personal": HIDDEN}
    assert shown["note"] == "call [number] or [e-mail]"
    assert shown["spent"] == before["blocks"][0]["rows"][0]["spent"]
    assert list(numbers(after)) == list(numbers(before))


def test_an_id_that_tells_nobody_stays_with_its_link():
    before = record(grid((link("c001"), "", estimate(1.0), "")))
    assert masked(before) == before


def test_an_id_leads_nowhere_where_either_its_words_or_its_address_tell_who_it_is():
    for one in (link("c001", MAIL), link(MAIL, "c001")):
        ((shown,),) = (masked(record(grid((one, "", estimate(1.0), ""))))["blocks"][0]["rows"],)
        assert shown["customer"]["link"] is None
        assert MAIL not in json.dumps(shown)


@pytest.mark.parametrize("telling", [MAIL, "+31612345678", "0612345678", "+31 6 1234 5678", "ANNA＠EXAMPLE.ORG"])
def test_ids_that_tell_who_somebody_is_are_masked(telling):
    assert mask_id(telling) != telling
    assert not set(mask_id(telling)) & set("0123456789@")


@pytest.mark.parametrize("plain_id", ["c001", "C00001234", "17850", "0f3a-77", "kd-003", "a b", ""])
def test_ids_that_tell_nothing_stay(plain_id):
    assert mask_id(plain_id) == plain_id


def test_lists_that_are_of_no_customers_are_shown_as_they_are():
    words = ("Delivery", "Anna@home Ltd", estimate(3.0), "2024-03-01")
    before = record(grid(words, customers=False))
    assert masked(before) == before
    assert without_customers(before) == before


def test_whoever_may_not_see_customers_sees_that_they_are_left_out():
    kept, left_out = grid(("a", "b", estimate(1.0), "c"), customers=False), grid((link("c1"), "", estimate(1.0), ""))
    found = without_customers(record(kept, left_out, {"block": "notice", "text": "x"}))
    assert [block["block"] for block in found["blocks"]] == ["grid", "notice", "notice"]
    assert found["blocks"][1]["text"] == WITHHELD


def test_a_block_that_counts_customers_lists_none():
    segments = {"block": "segments", "customers": 300, "rows": []}
    assert not lists_customers(segments)
    assert without_customers(record(segments))["blocks"] == [segments]
    ledger = grid((1, 2), customers=False, heads=("customers", "rows"))
    assert masked(record(ledger)) == record(ledger)


def test_figures_of_a_kind_of_their_own_stay():
    from regulars.kpis.kpi import Shows

    row = (link(MAIL), "", Figure(estimate=estimate(0.5), shows=Shows.SHARE), "")
    ((shown,),) = (masked(record(grid(row)))["blocks"][0]["rows"],)
    assert shown["spent"]["value"] == 0.5
    assert shown["spent"]["unit"] == "share"


def test_what_is_masked_is_not_changed_itself():
    before = record(grid((link(MAIL), Personal(text="x"), estimate(1.0), "y@z.org")))
    kept = copy.deepcopy(before)
    masked(before)
    without_customers(before)
    assert before == kept


def test_a_notice_is_a_notice():
    assert masked(record({"block": "notice", **plain(Notice(text="No KPI."), "EUR")}))["blocks"][0]["text"] == "No KPI."


NAMES = st.sampled_from(["anna", "b.c", "d+e", "Ünal", "f_g", "h'i"])
MAILS = st.builds(
    "{}@{}.{}".format, NAMES, st.sampled_from(["example", "x-y", "mail.shop"]), st.sampled_from(["org", "de"])
)
CELLS = st.one_of(
    st.text(alphabet="abc -0123456789", max_size=12),
    st.integers(0, 10**6),
    st.floats(-1e6, 1e6).map(estimate),
    MAILS.map(link),
    MAILS.map(lambda text: Personal(text=text)),
    MAILS.map("write to {}!".format),
    st.none(),
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_no_address_is_left_in_a_list_of_customers_and_no_number_is_changed(rows):
    before = record(grid(*rows))
    after = masked(before)
    assert list(numbers(after)) == list(numbers(before))
    assert "@" not in json.dumps(after)
    assert masked(after) == after
    assert [block["block"] for block in after["blocks"]] == ["grid"]
    assert len(after["blocks"][0]["rows"]) == len(rows)
