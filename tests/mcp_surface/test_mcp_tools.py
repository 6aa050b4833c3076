"""What programs are told that they can ask, what they get, and what they are told where they ask wrongly."""

import json

import pytest
from jsonschema import Draft202012Validator
from mcp.shared.exceptions import MCPError
from mcp_asking import ALL, FIGURES, MASKED

from regulars.mcp.capped import ROWS
from regulars.mcp.customer_text import FIELD
from regulars.mcp.told import MOST
from regulars.mcp.tools import TOOLS
from regulars.views.teams import TEAMS


@pytest.fixture(scope="module")
def listed(shop):
    async def work(client):
        return {tool.name: tool for tool in (await client.list_tools()).tools}

    return shop.by(ALL, work)


def test_there_are_eight_questions(listed):
    asked = ["list_kpis", "answer_kpi", "explain_kpi", "explain", "forecast_kpi", "show_page", "at_risk"]
    assert list(listed) == [*asked, "customer_profile"]


@pytest.mark.parametrize("name", TOOLS)
def test_schemas_are_valid_and_closed(listed, name):
    tool = listed[name]
    for schema in (tool.input_schema, tool.output_schema):
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        json.dumps(schema)
    assert tool.input_schema["additionalProperties"] is False
    assert all(one.get("description") for one in tool.input_schema["properties"].values())


@pytest.mark.parametrize("name", TOOLS)
def test_no_tool_says_that_it_changes_anything(listed, name):
    said = listed[name].annotations
    assert (said.read_only_hint, said.destructive_hint, said.open_world_hint) == (True, False, False)


def test_schemas_say_what_there_is(listed):
    answer = listed["answer_kpi"].input_schema["properties"]
    assert "net_revenue" in answer["kpi"]["anyOf"][0]["enum"]
    assert answer["grain"]["enum"] == ["day", "week", "month", "quarter", "year", "all"]
    assert listed["list_kpis"].input_schema["properties"]["team"]["enum"] == list(TEAMS)
    page = listed["show_page"]
    assert {"overview", "customers"} <= set(page.input_schema["properties"]["page"]["enum"])
    assert page.input_schema["properties"]["grain"]["enum"] == ["week", "month"]
    assert "- kpi: What does this KPI say" in page.description
    assert listed["at_risk"].input_schema["properties"]["top"]["maximum"] == 50


def test_kpis_are_listed_with_what_they_wait_for(shop):
    _, known = shop.answer("list_kpis")
    _, every = shop.answer("list_kpis", available_only=False)
    assert len(known["kpis"]) + known["unavailable_left_out"] == len(every["kpis"])
    assert all(one["available"] for one in known["kpis"])
    untold = {one["name"]: one["why_not"] for one in every["kpis"] if not one["available"]}
    assert untold["mrr" if "mrr" in untold else next(iter(untold))]
    assert known["attributes"][0] == "market"


def test_kpis_of_a_team_come_in_its_order(shop):
    text, found = shop.answer("list_kpis", team="service")
    names = [one["name"] for one in found["kpis"]]
    assert names == [name for name in TEAMS["service"].first if name in names]
    assert f"- {names[0]} (" in text
    _, family = shop.answer("list_kpis", family="service")
    assert {one["family"] for one in family["kpis"]} == {"service"}


def test_an_answer_says_all_of_it_in_a_sentence(shop):
    text, found = shop.answer("answer_kpi", kpi="nps", grain="all")
    (row,) = found["rows"]
    assert (row["kpi"], row["group"]) == ("nps", {})
    line = text.splitlines()[0]
    value, low, high = (f"{row[name]:.1f}" for name in ("value", "low", "high"))
    start = f"- NPS: {value} (95 %: {low} to {high}; n {row['n']}; "
    assert line.startswith(start)
    assert "; records before 2025-08-01 00:00 UTC; definition 1 (repeat_answers=latest)" in line
    assert "When not to trust nps:" in text


def test_several_are_answered_split_and_compared(shop):
    _, found = shop.answer("answer_kpi", kpi=["nps", "net_revenue"], by="market", grain="quarter", compare=True)
    assert {row["kpi"] for row in found["rows"]} == {"nps", "net_revenue"}
    assert all("change" in row and list(row["group"]) == ["market"] for row in found["rows"])
    assert {"customer_text": "NL"} in [row["group"]["market"] for row in found["rows"]]
    _, named = shop.answer("answer_kpi", kpi="nps, net_revenue", grain="all")
    assert [row["kpi"] for row in named["rows"]] == ["nps", "net_revenue"]


def test_only_some_customers_and_days(shop):
    _, found = shop.answer("answer_kpi", kpi="net_revenue", where="market = 'NL'", start="2025-01-01", end="2025-03-01")
    assert [row["period"] for row in found["rows"]] == ["2025-01-01..2025-02-01", "2025-02-01..2025-03-01"]
    _, nobody = shop.answer("answer_kpi", kpi="net_revenue", where="market = 'NX'", grain="all")
    assert "no customer meets the condition" in nobody["rows"][0]["why_not"]
    assert nobody["rows"][0]["value"] is None


def test_rows_are_capped_the_oldest_left_out_and_counted(shop):
    text, found = shop.answer("answer_kpi", kpi=["net_revenue", "new_customers"], grain="day", start="2025-01-01")
    assert len(found["rows"]) == ROWS
    assert found["left_out"] == 2 * 212 - ROWS
    assert [row["period"] for row in found["rows"]][-1] == "2025-07-31..2025-08-01"
    assert [row["kpi"] for row in found["rows"]].count("new_customers") == ROWS // 2
    assert len(text.encode()) <= MOST
    assert "more lines are left out. Ask for less" in text


def test_an_explanation_names_what_biases_it(shop):
    text, found = shop.answer("explain_kpi", kpi="net_revenue")
    assert (found["unit"], found["better"], found["version"]) == ("EUR", "higher", "1")
    assert found["formula"] in text
    assert "customers_missing" in [one["flag"] for one in found["biased_by"]]
    assert all(one["effect"] in text for one in found["biased_by"])


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("answer_kpi", {"kpi": "net_revenu"}, "No KPI is called `net_revenu`. Did you mean `net_revenue`?"),
        ("answer_kpi", {}, "`kpi` is missing."),
        ("answer_kpi", {"kpis": "nps"}, "`answer_kpi` takes no `kpis`. Did you mean `kpi`?"),
        ("answer_kpi", {"kpi": []}, "No KPI is named. `list_kpis` lists them."),
        ("answer_kpi", {"kpi": list("abcdef")}, "At most 5 KPIs are answered at once. Ask for the others afterwards."),
        ("answer_kpi", {"kpi": "nps", "grain": "hour"}, "`grain`: input should be 'day', 'week'"),
        ("answer_kpi", {"kpi": "nps", "start": "May"}, "`May` after `start` is no date. Write it as 2024-12-31."),
        ("answer_kpi", {"kpi": "nps", "by": "marked"}, "`nps` cannot be split by `marked`. Did you mean `market`?"),
        ("answer_kpi", {"kpi": "nps", "by": "shoes"}, "Nothing to split by is called `shoes`."),
        ("answer_kpi", {"kpi": "nps", "where": "market = "}, "The condition cannot be read."),
        (
            "answer_kpi",
            {"kpi": "nps", "where": "size = 'L'"},
            "`size` in `where` is no attribute of customers or saved segment.",
        ),
        ("answer_kpi", {"kpi": "nps", "grain": "day", "start": "1990-01-01"}, "at most 1,000 are worked out at once"),
        ("explain_kpi", {"kpi": "npz"}, "No KPI is called `npz`. Did you mean `nps`?"),
        ("list_kpis", {"team": "sails"}, "No team is called `sails`. Did you mean `sales`?"),
        ("list_kpis", {"family": "servic"}, "No family is called `servic`. Did you mean `service`?"),
        ("show_page", {"page": "overvew"}, "No view is called `overvew`. Did you mean `overview`?"),
        ("show_page", {"page": "overview", "q": "x"}, "This page takes no `q`."),
        ("show_page", {"page": "overview", "tema": "x"}, "`show_page` takes no `tema`. Did you mean `team`?"),
        ("show_page", {"page": "overview", "period": "soon"}, "`soon` is no period."),
        ("show_page", {"page": "kpi"}, "Page `kpi` is about one kpi: say the kpi's name as `about`."),
        ("show_page", {"page": "voice", "about": "nps"}, "leave `about` out."),
        ("at_risk", {"top": 51}, "`top`: input should be less than or equal to 50."),
        ("at_risk", {"of": "order"}, "`order` is no choice of `of`. Did you mean `orders`?"),
        ("customer_profile", {"customer_id": "c00"}, "No customer is called `c00`. Did you mean `c00"),
        ("customer_profile", {"customer_id": "ref-abc"}, "`ref-abc` is no longer known here."),
    ],
)
def test_wrong_questions_get_advice(shop, tool, arguments, said):
    refusal = shop.refusal(tool, **arguments)
    assert said in refusal
    assert "Traceback" not in refusal


def test_null_means_that_nothing_is_asked_and_numbers_may_be_texts(shop):
    asked = {"kpi": "nps", "by": None, "start": None, "where": None, "grain": "all"}
    assert shop.answer("answer_kpi", **asked)[1]["rows"]
    assert shop.answer("at_risk", top="3")[1]["customers"] == []
    _, found = shop.answer("show_page", page="follow_up", top=2)
    assert found["page"]["asked"] == {"top": "2"}


def test_a_page_is_told_as_record_and_text(shop):
    text, found = shop.answer("show_page", page="kpi", about="nps", period="2025-Q2")
    page = found["page"]
    assert (page["name"], page["about"], page["asked"]) == ("kpi", "nps", {"period": "2025-Q2"})
    assert all("course" not in card for block in page["blocks"] for card in block.get("cards", ()))
    assert "KPI (nps)" in text
    assert page["left_out"] == 0


def test_every_page_fits(shop):
    for name in ("service", "follow_up", "customers", "data"):
        text, found = shop.answer("show_page", page=name)
        assert len(text.encode()) <= MOST, name
        kept = [block.get(part, ()) for block in found["page"]["blocks"] for part in ("rows", "cells", "cards")]
        assert sum(map(len, kept)) <= ROWS + 20, name


def test_risk_is_told_with_scores_or_not_at_all(shop, foretold):
    text, found = shop.answer("at_risk")
    assert (found["customers"], found["scores"]) == ([], [])
    assert found["why_not"] == "What customers will do is not foretold yet of these records: run `regulars backtest`."
    assert found["why_not"] in text
    text, found = foretold.answer("at_risk", top=7, of="orders")
    assert len(found["customers"]) == 7
    stakes = [one["at_stake"]["value"] for one in found["customers"]]
    assert stakes == sorted(stakes, reverse=True)
    assert {one["outcome"] for one in found["scores"]} == {"Lapse", "Value"}
    assert "How well that was foretold on past days" in text


def test_a_masked_customer_is_asked_on_by_reference(foretold):
    _, risky = foretold.answer("at_risk", MASKED, top=1)
    who = risky["customers"][0]["customer"]
    assert who["customer_text"].startswith("C[")
    text, found = foretold.answer("customer_profile", MASKED, customer_id=who["ref"])
    assert found["page"]["about"] == {"customer_text": who["ref"]}
    assert "Foretold of this customer" in text
    _, open_ = foretold.answer("at_risk", ALL, top=1)
    whose = open_["customers"][0]["customer"]["customer_text"]
    assert whose not in text + json.dumps(found)
    assert "ref" not in open_["customers"][0]["customer"]
    assert foretold.answer("customer_profile", ALL, customer_id=whose)[1]["page"]["about"] == {"customer_text": whose}


def test_customers_are_for_those_who_may_see_them(shop):
    for tool, asked in (
        ("at_risk", {}),
        ("customer_profile", {"customer_id": "c000"}),
        ("show_page", {"page": "follow_up"}),
        ("show_page", {"page": "customer", "about": "c000"}),
    ):
        assert shop.refusal(tool, FIGURES, **asked) == (
            "This shows single customers. Take a token with the scope `customers`."
        )
    assert shop.answer("show_page", FIGURES, page="voice")
    assert "not for reading" in shop.refusal("list_kpis", MASKED - FIGURES)


def test_lists_of_customers_are_left_out_of_pages_for_the_others(foretold):
    text, found = foretold.answer("show_page", FIGURES, page="overview")
    assert "Rows of single customers are not shown to you here." in text
    assert not any(block.get("customers") for block in found["page"]["blocks"])
    assert any(block.get("customers") for block in foretold.answer("show_page", page="overview")[1]["page"]["blocks"])


def test_resources_say_what_tools_say(shop):
    async def work(client):
        (one,) = (await client.list_resources()).resources
        (template,) = (await client.list_resource_templates()).resource_templates
        read = [(await client.read_resource(uri)).contents[0] for uri in (str(one.uri), "regulars://kpi/nps")]
        with pytest.raises(MCPError, match="No KPI is called `npz`"):
            await client.read_resource("regulars://kpi/npz")
        with pytest.raises(MCPError, match="Nothing stands at `regulars://else`"):
            await client.read_resource("regulars://else")
        return template.uri_template, [json.loads(content.text) for content in read]

    template, (every, nps) = shop.by(ALL, work)
    assert template == "regulars://kpi/{name}"
    assert every == shop.answer("list_kpis", available_only=False)[1]
    assert nps == shop.answer("explain_kpi", kpi="nps")[1]
    assert [entry.action for entry in shop.written(6)][-4:] == ["mcp.read_resource"] * 4


def test_a_review_begins_with_the_team(shop):
    async def work(client):
        (prompt,) = (await client.list_prompts()).prompts
        for name, arguments in (("weekly_review", {"team": "sails"}), ("weekly_review", {}), ("daily", {})):
            with pytest.raises(MCPError, match=r"Did you mean `sales`\?|`team` is missing|No prompt is called `daily`"):
                await client.get_prompt(name, arguments)
        return prompt, await client.get_prompt("weekly_review", {"team": "sales"})

    prompt, found = shop.by(ALL, work)
    assert [(one.name, one.required) for one in prompt.arguments] == [("team", True)]
    assert 'for the team "Sales"' in found.messages[0].content.text
    assert all(name in TOOLS for name in ("list_kpis", "answer_kpi", "show_page", "explain_kpi", "at_risk"))


def test_an_unknown_tool_is_an_error_of_the_protocol(shop):
    async def work(client):
        with pytest.raises(MCPError, match=r"No tool is called `answer_kpis`\. Did you mean `answer_kpi`\?"):
            await client.call_tool("answer_kpis", {})

    shop.by(ALL, work)


def test_programs_of_the_newest_protocol_are_answered_too(shop):
    async def work(client):
        return await client.call_tool("answer_kpi", {"kpi": "nps", "grain": "all"})

    assert shop.by(ALL, work, mode="2026-07-28").structured_content["rows"][0]["kpi"] == "nps"


def test_why_a_kpi_moved_is_told_as_record_and_text(shop):
    text, found = shop.answer("explain", kpi="net_revenue", start="2025-05-01", end="2025-06-01")
    assert found["sentence"] in text
    assert found["change"]["value"] == pytest.approx(sum(part["value"] for part in found["parts"]))
    assert {"n", "period", "as_of", "version", "flags", "method"} <= set(found["parts"][0])
    marked = [value for one in found["ranked"] for each in one["values"] for value in each if value is not None]
    assert marked
    assert all(set(value) == {FIELD} for value in marked)
    assert "⟧ now" not in found["sentence"]
    assert "Did you mean `net_revenue`" in shop.refusal("explain", kpi="net_revenu")


def test_a_forecast_is_told_with_its_score(shop):
    text, found = shop.answer("forecast_kpi", kpi="net_revenue", ahead=2)
    coming = [one for one in found["periods"] if one["what"] == "forecast"]
    _, longer = shop.answer("forecast_kpi", kpi="net_revenue", ahead=3)
    assert len(longer["periods"]) == len(found["periods"]) + 1
    assert found["score"]["verdict"] in text
    assert found["said"][0] in text
    assert text.index("- forecast: ") < text.index("- seen: ")
    assert {"n", "period", "as_of", "version", "flags", "method"} <= set(coming[0])
    assert "`99` periods ahead cannot be foretold" in shop.refusal("forecast_kpi", kpi="net_revenue", ahead=99)
    assert "Did you mean `net_revenue`" in shop.refusal("forecast_kpi", kpi="net_revenu")
