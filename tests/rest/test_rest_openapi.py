"""The description: valid, complete, and as people read it."""

import json

from jsonschema import Draft202012Validator
from rest_shapes import lawful, numbers, validator
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from regulars.rest.api import Api
from regulars.rest.described import described
from regulars.views.blocks import Block, ChartKind
from regulars.views.parameters import PARAMETERS


def test_the_description_is_valid(api):
    document = api.read("/openapi.json")
    assert document["openapi"] == "3.1.0"
    OPENAPI_31_VALIDATOR.validate(document)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_whatever_is_referred_to_is_there(api):
    document = api.read("/openapi.json")
    text = json.dumps(document)
    for kind in ("schemas", "responses"):
        for name in document["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text, name
    for word in text.split('"'):
        if word.startswith("#/"):
            _, _, kind, name = word.split("/")
            assert name in document["components"][kind]


def test_every_address_has_a_name_scopes_and_problems(api):
    document = api.read("/openapi.json")
    names = [one["get"]["operationId"] for one in document["paths"].values()]
    assert len(names) == len(set(names))
    for path, one in document["paths"].items():
        operation = one["get"]
        assert set(one) == {"get"}
        assert operation["summary"]
        assert {"200", "304", "400", "401", "403", "406", "429", "500", "503"} <= set(operation["responses"]), path
        assert ("404" in operation["responses"]) or "{" not in path
        in_path = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
        assert in_path == [part.strip("{}") for part in path.split("/") if part.startswith("{")]


def test_it_tells_of_what_is_declared(api):
    document = api.read("/openapi.json")
    kpis = [one["name"] for one in api.read("/kpis?limit=500")["kpis"]]
    (name,) = document["paths"]["/api/v1/kpis/{name}"]["get"]["parameters"]
    assert sorted(name["schema"]["enum"]) == kpis
    overview = {one["name"]: one for one in document["paths"]["/api/v1/pages/overview"]["get"]["parameters"]}
    assert overview["team"]["schema"]["enum"] == [value for value, _ in PARAMETERS["team"].choices]
    assert overview["team"]["schema"]["default"] == "executives"
    assert overview["period"]["description"] == PARAMETERS["period"].meaning
    blocks = document["components"]["schemas"]["Block"]["discriminator"]["mapping"]
    assert set(blocks) == {one.__name__.lower() for one in Block.__args__}
    chart = document["components"]["schemas"]["BlockChart"]["properties"]["kind"]["enum"]
    assert chart == [one.value for one in ChartKind]


def test_a_number_without_what_travels_with_it_is_not_as_described(api):
    document = api.read("/openapi.json")
    answer = api.read("/kpis/net_revenue/answer?grain=all&compare=true&from=2025-01-01&to=2025-04-01")
    checks = validator(document, "Answers")
    checks.validate(answer)
    assert lawful(answer) == 3
    (row,) = answer["rows"]
    for name in (
        "value",
        "low",
        "high",
        "level",
        "method",
        "n",
        "why_not",
        "period",
        "as_of",
        "version",
        "flags",
        "unit",
    ):
        lacking = {**answer, "rows": [{part: value for part, value in row.items() if part != name}]}
        assert not checks.is_valid(lacking), name
    assert not checks.is_valid({**answer, "rows": [{**row, "value": None}]})
    assert not checks.is_valid({**answer, "rows": [{**row, "why_not": "no reason"}]})
    assert not checks.is_valid({**answer, "rows": [{**row, "more": 1}]})
    assert len(list(numbers(answer))) == 3


def test_people_read_the_same(api):
    document = api.read("/openapi.json")
    found = {one["path"]: one for one in described(document)}
    assert set(found) == set(document["paths"])
    assert {one["path"]: one for one in Api(door=api.door).described()} == found
    answer = found["/api/v1/kpis/{name}/answer"]
    assert answer["scopes"] == ["read"]
    assert answer["formats"] == ["application/json", "text/csv"]
    parts = {one["name"]: one for one in answer["parameters"]}
    assert parts["name"]["others"] > 50
    assert parts["grain"]["default"] == "month"
    assert parts["level"]["limits"] == "0.5 to 0.999"
    assert parts["compare"]["limits"] == "true or false"
    assert parts["from"]["limits"] == "2024-12-31"
    assert found["/api/v1/customers/{customer}"]["example"] == ""
    assert found["/api/v1/customers"]["scopes"] == ["customers", "read"]
    assert "kpi=" in found["/api/v1/answers"]["example"]


def test_examples_work(api):
    for one in described(api.read("/openapi.json")):
        if one["example"]:
            answer = api.get(one["example"].removeprefix("/api/v1"), headers={"Prefer": "wait=0"})
            assert answer.status_code == 200 or answer.json()["code"] == "calculating", (
                one["example"],
                answer.text[:200],
            )


def test_the_page_for_people_can_be_drawn(api):
    from regulars.web.html import render

    text = render("api.html", title="API", endpoints=described(api.read("/openapi.json")))
    for path in api.read("/openapi.json")["paths"]:
        assert path in text
    assert "<script src=" in text
    for loaded in ("http://", "https://", "style=", "onclick"):
        assert loaded not in text
