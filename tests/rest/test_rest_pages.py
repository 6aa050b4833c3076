"""Pages as programs read them: the record of every other surface, as far as whoever asks may see it."""

import csv
import io

import pytest
from rest_door import MAIL
from rest_shapes import filled, lawful, schema_of, validator

from regulars.app import people
from regulars.views.masking import HIDDEN, WITHHELD

#: Pages of nothing but what others have, too; each asks a hundred KPIs.
HEAVY = frozenset({"/pages/kpis", "/pages/segments", "/pages/voice"})


def entries(api):
    return [(one.action, one.by.actor, one.rows, one.object) for one in people.audit_entries(api.state, limit=5)]


def pages(document):
    return [path for path, one in document["paths"].items() if one["get"]["tags"][0] in ("Pages", "Customers")]


def looked_at(api, document, paths):
    there = 0
    for path in paths:
        answer = api.read(filled(path), headers={"Prefer": "wait=60"})
        validator(document, schema_of(document, path)).validate(answer)
        there += lawful(answer)
    return there


def test_pages_look_as_described_and_keep_the_first_law(api):
    document = api.read("/openapi.json")
    light = [path for path in pages(document) if path.removeprefix("/api/v1") not in HEAVY]
    assert len(light) >= 13
    assert looked_at(api, document, light[::2]) > 100


@pytest.mark.long
def test_all_pages_look_as_described_and_keep_the_first_law(api):
    document = api.read("/openapi.json")
    assert looked_at(api, document, pages(document)) > 200


@pytest.mark.parametrize("path", ["kpis/net_revenue", "customers", "customers/c003", "data", "follow-up"])
def test_a_page_is_the_same_as_its_file(api, path):
    named = {"kpis/net_revenue": "pages/kpi/net_revenue", "follow-up": "pages/follow_up", "data": "pages/data"}
    for who in ("admin", "editor"):
        file = api.client.get(f"/{path}.json", headers=api.headers(who))
        assert file.status_code == 200
        assert api.read(f"/{named.get(path, path)}", who) == file.json()


def test_a_page_is_asked_what_its_address_asks(api):
    found = api.read("/pages/kpi/net_revenue?period=2025-03&by=market&where=market='NL'")
    assert found["asked"] == {"period": "2025-03", "by": "market", "where": "market='NL'"}
    assert (found["name"], found["about"]) == ("kpi", "net_revenue")
    for query, said in {
        "perod=12m": "`perod` cannot be asked here. Did you mean `period`?",
        "period=soon": "`soon` is no period",
        "period=0001": "",
        "where=1": "",
    }.items():
        answer = api.get(f"/pages/kpi/net_revenue?{query}")
        assert answer.status_code == 400, query
        assert said in answer.json()["detail"]


def test_a_page_can_be_had_as_csv(api):
    for path in ("/pages/kpi/net_revenue", "/customers", "/pages/data"):
        answer = api.get(path, headers={"Accept": "text/csv"})
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert rows
        assert "block" in rows[0]


def test_a_list_goes_on_where_it_says(api):
    seen, after = [], ""
    while after is not None:
        (grid,) = [
            one for one in api.read(f"/customers?sort=id&after={after}")["blocks"] if one.get("name") == "customers"
        ]
        seen += [row["customer"]["link"]["about"] for row in grid["rows"]]
        following = [one["link"]["asked"] for one in grid["more"]["links"] if one["rel"] == "next"]
        after = following[0]["after"] if following else None
    assert len(seen) == len(set(seen)) == 300
    assert MAIL in seen


def test_who_a_customer_is_is_seen_by_those_who_may(api):
    assert f'"{MAIL}"' in api.get("/customers?sort=id&q=ann", "admin").text
    for who in ("editor", "service"):
        text = api.get("/customers?sort=id&q=ann", who).text
        assert MAIL not in text.replace('"q":"ann"', "")
        assert "[e-mail]" in text
    assert MAIL in api.get(f"/customers/{MAIL}", "admin").text
    page = api.read("/customers/c003", "editor")
    (who,) = [one for one in page["blocks"] if one.get("name") == "customer"]
    assert {"part": "Customer", "said": {"personal": HIDDEN}} in who["rows"]


def test_ids_that_are_like_another_are_told_to_those_who_may_see_them(api):
    told = api.get("/customers/ann@example.or", "admin")
    assert told.status_code == 404
    assert MAIL in told.json()["detail"]
    for who in ("editor", "service"):
        untold = api.get("/customers/ann@example.or", who)
        assert untold.status_code == 404
        assert untold.json()["detail"] == "No customer is called `ann@example.or`."
        assert api.get("/pages/customer/ann@example.or", who).json() == untold.json()


def test_whose_rows_were_read_is_written_down_each_time(api):
    for path, action, who in (
        ("/customers?sort=id", "export.customers", "bob"),
        ("/customers/c003", "export.customer", "bob"),
        ("/pages/follow_up", "export.follow_up", "bob"),
        ("/pages/behind/net_revenue?period=2025-03", "export.behind", "bob"),
    ):
        before = len(people.audit_entries(api.state, limit=10_000))
        tag = api.get(path, "editor").headers["etag"]
        assert api.get(path, "editor", headers={"If-None-Match": tag}).status_code == 304
        assert len(people.audit_entries(api.state, limit=10_000)) == before + 2, path
        for action_, actor, rows, about in entries(api)[:2]:
            assert (action_, actor) == (action, who)
            assert rows > 0
            assert "c003" not in about
    assert people.audit_verdict(api.state).sound


def test_figures_of_all_together_are_not_written_down(api):
    before = entries(api)
    api.read("/kpis/nps/answer")
    api.read("/pages/kpi/net_revenue")
    api.read("/company")
    assert entries(api) == before


def test_a_page_about_all_shows_no_single_customer_to_those_who_may_not(api):
    seen = api.read("/pages/overview", "admin", headers={"Prefer": "wait=60"})
    unseen = api.read("/pages/overview", "viewer", headers={"Prefer": "wait=60"})
    rows = [block for block in seen["blocks"] if block.get("customers")]
    assert [block for block in unseen["blocks"] if block.get("customers")] == []
    assert len([block for block in unseen["blocks"] if block.get("text") == WITHHELD]) == len(rows)


def test_an_address_that_leads_nowhere_says_so(api):
    for path in (
        "/pages/overview/x",
        "/pages/kpi",
        "/customers/",
        "/customers/a/b",
        "/pages/kpi/",
        "/kpis/nps/answer/",
    ):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "no-address"), path
    assert api.get("/customers/a%2Fb").json()["code"] == "unknown-name"
    assert api.get("/customers/a%00b").status_code == 400
    assert api.get("/customers/a%0Ab").status_code == 400
