"""KPIs and cohort tables asked in words: the numbers of every other surface, and nothing that is no question."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_shapes import lawful, schema_of, validator

import regulars
from regulars.rest import numbers

ASKED = {
    "": {},
    "grain=quarter": {"grain": "quarter"},
    "grain=all&by=market": {"grain": "all", "by": "market"},
    "from=2025-01-01&to=2025-06-01&compare=true": {"start": "2025-01-01", "end": "2025-06-01", "compare": True},
    "where=market%20%3D%20%27NL%27&level=0.8": {"where": "market = 'NL'", "level": 0.8},
}
#: What is no question, wherever it stands.
HOSTILE = (
    "1=1; drop table people",
    "' or 1=1 --",
    "market = 'NL'; drop table people",
    "market\"'; drop table people; --",
    "1) union select * from read_csv('/etc/passwd'",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "a\x00b",
    "\x1b[31m",
    "../../etc/passwd",
)


@pytest.mark.parametrize("query", ASKED)
def test_an_answer_is_what_python_gives(api, rest_folder, query):
    with regulars.open(rest_folder) as company:
        for kpi in ("net_revenue", "repeat_purchase_rate", "nps", "logo_churn_rate"):
            wanted = json.loads(company.kpi(kpi, **ASKED[query]).to_json())
            assert api.read(f"/kpis/{kpi}/answer?{query}")["rows"] == wanted


def test_several_kpis_are_answered_in_the_order_in_which_they_are_named(api):
    found = api.read("/answers?kpi=nps&kpi=net_revenue&kpi=nps&grain=all")
    assert found["kpis"] == [row["kpi"] for row in found["rows"]] == ["nps", "net_revenue"]
    assert found["asked"] == {"grain": "all"}
    (alone,) = api.read("/kpis/nps/answer?grain=all")["rows"]
    assert found["rows"][0] == alone


def test_an_answer_in_parts_is_the_same_as_one_at_once(api, monkeypatch):
    path = "/answers?kpi=nps&kpi=net_revenue&kpi=repeat_purchase_rate&by=market&compare=true&grain=quarter"
    whole, asked = api.read(path), []
    ask = numbers.measure.ask
    monkeypatch.setattr(
        numbers.measure, "ask", lambda names, *rest, **more: asked.append(names) or ask(names, *rest, **more)
    )
    monkeypatch.setattr(numbers, "_PART", 20)
    again = api.read(f"{path}&where=")
    assert again["rows"] == whole["rows"]
    assert asked == [("nps",), ("net_revenue",), ("repeat_purchase_rate",)]


def test_cohorts_are_what_python_gives(api, rest_folder):
    with regulars.open(rest_folder) as company:
        for query, asked in {"": {}, "?grain=quarter&by=market": {"grain": "quarter", "by": "market"}}.items():
            wanted = json.loads(company.cohorts("retention", **asked).to_json())
            assert api.read(f"/cohorts/retention{query}")["cells"] == wanted
    lacking = api.read("/cohorts/contract_retention")
    assert lacking["cells"] == []
    assert "subscriptions" in lacking["why_not"]


def test_a_forecast_is_what_python_gives(api, rest_folder):
    with regulars.open(rest_folder) as company:
        (wanted,) = json.loads(company.forecast("nps", grain="week", ahead=2).to_json())
    path = "/kpis/nps/forecast?grain=week&ahead=2"
    found = api.read(path)
    assert {name: found[name] for name in wanted} == wanted
    assert found["score"], found["why_not"]
    document = api.read("/openapi.json")
    validator(document, schema_of(document, "/api/v1/kpis/{name}/forecast")).validate(found)
    assert lawful(found) > 10
    rows = list(csv.DictReader(io.StringIO(api.get(path, headers={"Accept": "text/csv"}).text)))
    assert [row["what"] for row in rows] == [one["what"] for one in wanted["periods"]]
    assert all(row["verdict"] and row["tried"] for row in rows)
    lacking = api.read("/kpis/logo_churn_rate/forecast")
    assert (lacking["periods"], lacking["score"]) == ([], None)
    assert "subscriptions" in lacking["why_not"]
    assert "from 1 to 24" in api.get("/kpis/net_revenue/forecast?ahead=90").json()["detail"]


def test_answers_look_as_described_and_keep_the_first_law(api):
    document = api.read("/openapi.json")
    several = "/answers?kpi=net_revenue&kpi=nps&kpi=logo_churn_rate&by=market&compare=true&grain=quarter"
    for path, asked in {
        "/api/v1/answers": several,
        "/api/v1/kpis/{name}/answer": "/kpis/average_order_value/answer?by=channel",
        "/api/v1/cohorts/{name}": "/cohorts/revenue?by=market",
    }.items():
        answer = api.read(asked)
        validator(document, schema_of(document, path)).validate(answer)
        assert lawful(answer) > 10
        assert answer["as_of"] == "2025-08-01T00:00:00+00:00"


def test_csv_has_a_row_per_answer_and_what_travels_with_it(api):
    path = "/answers?kpi=net_revenue&kpi=nps&by=market&grain=quarter&compare=true"
    answer = api.get(path, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    wanted = api.read(path)["rows"]
    assert [(row["kpi"], row["by_market"], row["period"]) for row in rows] == [
        (row["kpi"], row["group"]["market"], row["period"]) for row in wanted
    ]
    assert [row["value"] for row in rows] == ["" if row["value"] is None else str(row["value"]) for row in wanted]
    assert list(rows[0])[:3] == ["block", "kpi", "by_market"]
    assert {"low", "high", "level", "method", "n", "why_not", "period", "as_of", "version", "flags"} <= set(rows[0])
    cells = api.get("/cohorts/retention", headers={"Accept": "text/csv"})
    assert len(list(csv.DictReader(io.StringIO(cells.text)))) == len(api.read("/cohorts/retention")["cells"])


def test_what_is_asked_wrongly_is_refused_by_name(api):
    for query, said in {
        "gran=day": "`gran` cannot be asked here. Did you mean `grain`?",
        "grain=dya": "`dya` after `grain` is not known. Did you mean `day`?",
        "from=2024-13-01": "`2024-13-01` after `from` is no day",
        "from=0001-01-01": "is no day from 1900 to 2199",
        "to=9999-12-31": "is no day from 1900 to 2199",
        "from=20240101": "is no day",
        "compare=yes": "`yes` after `compare` is neither `true` nor `false`",
        "level=nan": "`nan` after `level` is no share from 0.5 to 0.999",
        "level=0.99999999999": "no share",
        "level=95": "no share",
        "by=markt": "cannot be split by `markt`. Did you mean `market`?",
        "by=email": "Nothing to split by is called `email`",
        "where=markt='NL'": "`markt` in `where` is no attribute of customers or saved segment. Did you mean `market`?",
        "grain=day&grain=week": "`grain` is said 2 times",
        "from=2025-01-01&to=2025-01-01": "has no day",
        "from=2030-01-01": "There is no record from",
    }.items():
        answer = api.get(f"/kpis/nps/answer?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "query"), (query, answer.text)
        assert said in answer.json()["detail"], query
    assert "`kpi` must be said" in api.get("/answers").json()["detail"]
    assert "Did you mean `nps`?" in api.get("/answers?kpi=npss").json()["detail"]
    assert "no attribute" in api.get("/cohorts/retention?by=channel").json()["detail"]
    assert "`all` after `grain`" in api.get("/cohorts/retention?grain=all").json()["detail"]


def test_words_that_are_none_are_the_same_as_nothing_said(api):
    assert api.read("/kpis/nps/answer?by=&where=")["rows"] == api.read("/kpis/nps/answer")["rows"]
    for query in ("grain=", "level=", "from=", "compare=", "nothing="):
        assert api.get(f"/kpis/nps/answer?{query}").status_code == 400


def test_the_same_group_twice_is_one(api):
    assert api.read("/kpis/nps/answer?by=market,market&grain=all") == api.read("/kpis/nps/answer?by=market&grain=all")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_question_is_refused_and_does_nothing(api, text):
    before = api.read("/answers?kpi=net_revenue&grain=all")
    asked = [("/kpis/net_revenue/answer", name) for name in ("where", "by", "grain", "from", "to", "level", "compare")]
    asked += [("/answers?kpi=net_revenue", "kpi"), ("/cohorts/retention", "by"), ("/cohorts/retention", "where")]
    asked += [("/kpis", name) for name in ("family", "team", "limit", "available")]
    asked += [("/customers", name) for name in ("sort", "dir", "segment", "state", "after", "attribute")]
    asked += [("/pages/kpi/net_revenue", name) for name in ("where", "by", "period")]
    asked += [("/kpis/net_revenue/answer", text)]
    for path, name in asked:
        url, _, query = path.partition("?")
        answer = api.get(url, params=[*([tuple(query.split("="))] if query else []), (name, text)])
        if (path, name) == ("/customers", "attribute") and text.startswith("market ="):
            assert "No customer is so." in answer.text  # it is a value like any other
            continue
        assert answer.status_code == 400, (path, name, answer.text[:200])
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Traceback" not in answer.text
    # A list that is searched for it has nobody.
    found = api.get("/customers", params={"q": text})
    assert found.status_code == (400 if not text.isprintable() else 200)
    assert api.read("/answers?kpi=net_revenue&grain=all") == before


@settings(max_examples=60)
@given(where=st.text(max_size=60), by=st.text(max_size=20), grain=st.text(max_size=10))
def test_whatever_is_asked_there_is_an_answer_or_a_reason(api, where, by, grain):
    asked = {"where": where, "by": by, "grain": grain}
    answer = api.get("/kpis/net_revenue/answer", params=asked)
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json()["code"] in ("query", "expression")


def test_too_much_is_refused_before_it_is_worked_out(api):
    every = "&".join(f"kpi={one['name']}" for one in api.read("/kpis?limit=21")["kpis"])
    for path, said in {
        f"/answers?{every}": "21 KPIs are asked at once. Ask for at most 20.",
        "/kpis/nps/answer?grain=day&from=1900-01-01": "at most 2,000",
        "/cohorts/retention?grain=day&from=1990-01-01": "at most 10,000",
    }.items():
        answer = api.get(path)
        assert answer.status_code == 400, path
        assert said in answer.json()["detail"]


def test_more_groups_than_anybody_reads_are_refused(api, monkeypatch):
    monkeypatch.setattr(numbers, "GROUPS", 1)
    answer = api.get("/kpis/nps/answer?by=market&grain=all&level=0.6")
    assert answer.status_code == 400
    assert "Split by `market`, there are 2 groups; at most 1" in answer.json()["detail"]


def test_nothing_that_is_no_number_stands_in_an_answer(api):
    names = [one["name"] for one in api.read("/kpis?available=true&limit=500")["kpis"]]
    for first in range(0, len(names), 20):
        asked = [("kpi", name) for name in names[first : first + 20]] + [("grain", "quarter"), ("by", "market")]
        text = api.get("/answers", params=asked).text
        for word in ("NaN", "Infinity", "nan,", "inf,"):
            assert word not in text
        lawful(json.loads(text))
