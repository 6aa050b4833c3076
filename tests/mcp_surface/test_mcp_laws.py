"""The first two laws, over everything that tools give; and that nothing they do changes anything."""

import hashlib
import re

import pytest
from mcp_asking import ALL, MASKED, only_few

OWN = {"low", "high", "level", "method", "n", "why_not"}
TRAVELS = {"period", "as_of", "version", "flags"}


def numbers(part, around=frozenset()):
    """Yield every number of plain values, and what stands beside or around it."""
    if isinstance(part, dict):
        within = around | set(part)
        value = part.get("value")
        if "low" in part or isinstance(value, int | float):
            yield part, within
        for one in part.values():
            yield from numbers(one, within)
    elif isinstance(part, list):
        for one in part:
            yield from numbers(one, around)


def asked(company, pages):
    """Yield what every tool gives, about all that there is."""
    yield company.answer("answer_kpi", kpi=["net_revenue", "nps", "csat"], by="market", compare=True)
    yield company.answer("answer_kpi", kpi=["predicted_clv", "clv_at_risk"], grain="all")
    yield company.answer("at_risk", MASKED)
    yield from (company.answer("show_page", page=name) for name in pages)
    yield company.answer("show_page", page="kpi", about="net_revenue", by="market")
    yield company.answer("customer_profile", customer_id=company.someone)


#: Pages of every kind of block: of a shop that asks its customers, and of one of whose customers something is foretold.
PAGES = {
    "shop": ("service", "follow_up", "customers"),
    "foretold_desk": ("value", "retention", "segments"),
}


@pytest.fixture(scope="module", params=PAGES)
def every(request):
    company = request.getfixturevalue(request.param)
    with pytest.MonkeyPatch.context() as patched:
        if request.param == "foretold_desk":
            only_few(patched)
        return list(asked(company, PAGES[request.param]))


def test_no_number_stands_alone(every):
    seen = 0
    for _, record in every:
        for number, beside in numbers(record):
            assert set(number) >= OWN | {"value"}, number
            assert beside >= TRAVELS, number
            assert (number["value"] is None) == bool(number["why_not"]), number
            seen += 1
    assert seen > 200


def test_no_sentence_holds_a_number_alone(every):
    for text, record in every:
        for line in text.splitlines() if "rows" in record else ():
            if line.startswith("- "):
                assert re.search(r"\d+ %: .* to .*; n [\d,]+; .*records before .* UTC; definition \d", line) or (
                    re.search(r"no value, because .*n [\d,]+; .*records before .* UTC; definition \d", line)
                ), line


def test_tables_of_pages_say_what_travels(every):
    for text, record in every:
        blocks = record["page"]["blocks"] if "page" in record else []
        if any("cards" in block for block in blocks):
            assert re.search(r"95 % intervals; .*records before .* UTC", text)


def predicted(record):
    return [row for row in record.get("rows", ()) if row["kpi"] in ("predicted_clv", "clv_at_risk")]


def test_no_prediction_comes_without_its_score(foretold):
    text, record = foretold.answer("answer_kpi", kpi=["predicted_clv", "clv_at_risk"], grain="all")
    rows = predicted(record)
    assert rows
    assert all(row["value"] is not None and row["scores"] for row in rows)
    assert text.count("Foretold. Score out of time:") == sum(len(row["scores"]) for row in rows)
    for name, about in (("overview", ""), ("value", ""), ("customers", ""), ("customer", "first")):
        if about:
            about = foretold.answer("at_risk", top=1)[1]["customers"][0]["customer"]["customer_text"]
        text, found = foretold.answer("show_page", page=name, about=about)
        (scores,) = [block for block in found["page"]["blocks"] if block.get("name") == "scores"][:1]
        assert scores["rows"], name
        assert "How well that was foretold on past days" in text, name


def held(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_nothing_that_there_was_is_changed(shop):
    before = held(shop.folder)
    for found in asked(shop, ("customers", "data", "themes")):
        assert found
    shop.answer("list_kpis", ALL)
    shop.answer("explain_kpi", kpi="nps")
    after = held(shop.folder)
    assert {name: after.get(name) for name in before} == before
    # What is worked out once of a generation is kept beside it; themes of comments are remembered in the store.
    made = {name for name in set(after) - set(before) if not any(part.endswith(".made") for part in name.parts)}
    assert {str(name) for name in made} <= {".regulars/themes.json"}
