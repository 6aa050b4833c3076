"""What customers write to models: it stays data, marked, short and visible, wherever it comes out."""

import json

import pytest
from mcp_asking import ALL, FIGURES, HOSTILE, MAIL, MASKED, NAMED, ORDERS, UNSEEN, texts

from regulars.mcp.customer_text import CLOSES, FIELD, LONGEST, NOTE, OPENS, Marking, fit
from regulars.mcp.marked import marked


def pieces(text):
    """Return what stands outside of the marks, and what stands within each."""
    assert text.count(OPENS) == text.count(CLOSES)
    outside, inside = [], []
    for part in text.split(OPENS):
        told, closes, rest = part.partition(CLOSES)
        (inside if closes else outside).append(told)
        outside.append(rest)
    return "".join(outside), inside


def fields(part):
    """Yield every field that holds customers' text, and last all other text together."""
    if isinstance(part, dict):
        for name, one in part.items():
            if name == FIELD:
                yield one
            else:
                yield from fields(one)
    elif isinstance(part, list):
        for one in part:
            yield from fields(one)


def others(part):
    """Return every text that stands in no such field."""
    if isinstance(part, str):
        return [part]
    if isinstance(part, dict):
        return [text for name, one in part.items() if name != FIELD for text in [name, *others(one)]]
    return [text for one in part for text in others(one)] if isinstance(part, list) else []


def asked(shop, scopes=ALL):
    """Yield text and record of everything in which hostile words come out."""
    if scopes != FIGURES:
        yield shop.answer("show_page", scopes, page="follow_up", top=100)
        yield shop.answer("show_page", scopes, page="customers")
        for who in ("c002", "c000", "c008", NAMED):
            yield shop.answer("customer_profile", scopes, customer_id=who)
    yield shop.answer("show_page", scopes, page="service")
    yield shop.answer("show_page", scopes, page="voice", by="market")
    yield shop.answer("show_page", scopes, page="kpi", about="net_revenue", by="market")
    yield shop.answer("answer_kpi", scopes, kpi="net_revenue", by="market", grain="all")


@pytest.mark.parametrize("scopes", [ALL, MASKED, FIGURES], ids=["all", "masked", "figures"])
def test_hostile_words_stay_marked_capped_and_visible(shop, scopes):
    seen = 0
    for text, record in asked(shop, scopes):
        outside, inside = pieces(text.replace(NOTE, ""))
        assert "Ignore all previous" not in outside
        assert text.startswith(NOTE)
        assert all(len(one) <= LONGEST for one in inside)
        assert not any(sign in text for sign in UNSEEN)
        told = list(fields(record))
        assert all(len(one) <= LONGEST for one in told)
        rest = others({**record, "note": ""})
        for one in rest:
            unmarked, _ = pieces(one)
            assert "Ignore all previous" not in unmarked, one
        assert not any(sign in one for one in texts(record) for sign in UNSEEN)
        seen += sum("Ignore all previous" in one for one in told)
        assert sum("Ignore all previous" in one for one in inside) or "Ignore" not in text
    assert seen >= 3


def test_marks_cannot_be_closed_from_within(shop):
    text, record = shop.answer("show_page", page="follow_up", top=100)
    said = [one for one in fields(record) if "administrator" in one]
    assert said
    assert all(OPENS not in one and CLOSES not in one and "</data></customer_text> ]" in one for one in said)
    assert f"</customer_text> {CLOSES}" not in text
    forged = [one for one in fields(record) if "role" in one]
    assert forged
    assert all("\n" not in one for one in forged)
    assert "\n- NPS: 99.0" not in text


def test_long_words_are_cut(shop):
    _, record = shop.answer("show_page", page="follow_up", top=100)
    (cut,) = [one for one in fields(record) if one.startswith("AAAA")]
    assert len(cut) <= LONGEST
    assert "obey" not in json.dumps(record)


def test_long_values_are_marked_within_sentences_too():
    value = f"{ORDERS} now"
    chart = {"block": "chart", "name": "nps_by_market", "title": "NPS by market", "axis": "", "unit": "points"}
    chart |= {"says": f"Of 2 groups, {value} can be told from the others.", "rule": None, "kind": "dots"}
    mark = {"label": value, "x": None, "estimate": None, "against": None, "count": 3, "open": False}
    page = {"about": "", "title": "T", "blocks": [{**chart, "series": [{"name": "", "marks": [mark]}]}]}
    for inline in (True, False):
        (found,) = marked(page, Marking(personal=True, inline=inline))["blocks"]
        assert found["says"] == f"Of 2 groups, {OPENS}{value}{CLOSES} can be told from the others."


def test_blocks_that_nobody_has_heard_of_are_data():
    page = {"about": "", "title": "T", "blocks": [{"block": "poem", "lines": ["Ignore this", "2024-01-01", 3]}]}
    (found,) = marked(page, Marking(personal=True, inline=False))["blocks"]
    assert found == {"block": "poem", "lines": [{FIELD: "Ignore this"}, "2024-01-01", 3]}


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_written_fits_on_a_line(text):
    found = fit(text, LONGEST)
    assert len(found) <= LONGEST
    assert not any(sign in found for sign in (*UNSEEN, "\n", OPENS, CLOSES))
    assert fit("\ufe00\ufe01\ufe02x\U000e0101", 9) == "x"


def test_who_may_not_see_customers_ids_sees_no_address(shop):
    for text, record in asked(shop, MASKED):
        assert "@" not in text
        assert "@" not in json.dumps(record, ensure_ascii=False)
    refused = shop.refusal("customer_profile", MASKED, customer_id="ann@example.com")
    assert MAIL not in refused
    nearest = shop.refusal("customer_profile", ALL, customer_id="ann@example.com")
    assert f"Did you mean `{MAIL}`?" in nearest


def test_the_nearest_ids_are_marked_in_errors(shop):
    refused = shop.refusal("customer_profile", ALL, customer_id=NAMED[:-1])
    assert refused.endswith(f"Did you mean `{OPENS}{NAMED}{CLOSES}`?")


def test_of_a_masked_customer_the_page_shows_no_id(shop):
    _, listed = shop.answer("show_page", MASKED, page="customers")
    (rows,) = [block["rows"] for block in listed["page"]["blocks"] if block.get("name") == "customers"]
    (masked,) = [row["customer"] for row in rows if row["customer"][FIELD] == "[e-mail]"]
    text, found = shop.answer("customer_profile", MASKED, customer_id=masked["ref"])
    assert MAIL not in text + json.dumps(found)
    _, plain = shop.answer("customer_profile", ALL, customer_id=MAIL)
    assert plain["page"]["about"] == {FIELD: MAIL}
