"""What there is to ask: the company, KPIs, cohort tables, pages."""

from rest_shapes import filled, schema_of, validator

from regulars.app.workspace import Workspace
from regulars.views.teams import TEAMS


def test_every_link_of_the_index_leads_somewhere(api):
    links = api.read("")["links"]
    assert set(links) >= {"openapi", "company", "kpis", "answers", "cohorts", "pages", "customers"}
    for name, address in links.items():
        answer = api.get(address.removeprefix("/api/v1"))
        assert answer.status_code == (400 if name == "answers" else 200), name


def test_whatever_there_is_to_ask_looks_as_described(api):
    document = api.read("/openapi.json")
    catalogue = [path for path, one in document["paths"].items() if one["get"]["tags"] == ["Catalogue"]]
    assert len(catalogue) >= 7
    for path in catalogue:
        validator(document, schema_of(document, path)).validate(api.read(filled(path)))


def test_the_company_says_what_its_numbers_are_of(api):
    found = api.read("/company")
    assert (found["name"], found["currency"], found["time_zone"]) == ("Heard", "EUR", "UTC")
    assert (found["as_of"], found["generation"], found["stale"]) == ("2025-08-01T00:00:00+00:00", 1, False)
    assert "market" in found["attributes"]
    assert found["biasing_findings"] > 0


def test_paging_visits_each_kpi_once(api, rest_folder):
    for limit in (1, 7, 100, 500):
        seen, following = [], f"/kpis?limit={limit}"
        while following:
            page = api.read(following.removeprefix("/api/v1"))
            assert 0 < len(page["kpis"]) <= limit
            seen += [one["name"] for one in page["kpis"]]
            following = page["next"]
        assert seen == sorted(Workspace.at(rest_folder).kpis)


def test_paging_keeps_what_was_asked(api):
    whole = [one["name"] for one in api.read("/kpis?available=true&family=commerce")["kpis"]]
    first = api.read("/kpis?available=true&family=commerce&limit=2")
    second = api.read(first["next"].removeprefix("/api/v1"))
    assert [one["name"] for one in first["kpis"] + second["kpis"]] == whole[:4]
    assert first["next"].endswith(f"available=true&family=commerce&limit=2&after={whole[1]}")


def test_kpis_can_be_had_by_chapter_team_and_whether_they_can_be_answered(api):
    every = api.read("/kpis?limit=500")["kpis"]
    assert {one["available"] for one in every} == {True, False}
    for available in (True, False):
        found = api.read(f"/kpis?limit=500&available={str(available).lower()}")["kpis"]
        assert found == [one for one in every if one["available"] is available]
    chapter = api.read("/kpis?family=retention")["kpis"]
    assert {one["family"] for one in chapter} == {"retention"}
    team = api.read("/kpis?team=service")["kpis"]
    assert {one["name"] for one in team} == set(TEAMS["service"].first) & {one["name"] for one in every}
    assert api.read("/kpis?after=zzz") == {"kpis": [], "next": None}


def test_a_definition_says_what_the_number_means(api):
    found = api.read("/kpis/repeat_purchase_rate")
    assert found["question"].endswith("?")
    assert (found["unit"], found["counts"], found["better"]) == ("share", "customer", "higher")
    assert "market" in found["splits"]
    assert found["formula"]
    assert found["source"]
    assert found["caveat"]
    assert api.read("/kpis/net_revenue")["unit"] == "EUR"
    assert api.read("/kpis/logo_churn_rate")["why_not"] == "needs `subscriptions`"


def test_what_there_is_not_names_the_nearest(api):
    for path, said in {
        "/kpis/net_revenu": "Did you mean `net_revenue`?",
        "/kpis/net_revenu/answer": "Did you mean `net_revenue`?",
        "/cohorts/retentio": "Did you mean `retention`?",
        "/pages/retentio": "Did you mean `retention`?",
        "/pages/kpi/nsp": "Did you mean `nps`?",
    }.items():
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-name"), path
        assert said in answer.json()["detail"]


def test_every_page_that_is_listed_can_be_asked_what_it_takes(api):
    paths = api.read("/openapi.json")["paths"]
    listed = api.read("/pages")["pages"]
    assert len(listed) >= 16
    for page in listed:
        described = paths[page["address"]]["get"]["parameters"]
        assert [one["name"] for one in described if one["in"] == "query"] == [one["name"] for one in page["parameters"]]
        assert bool(page["about"]) == any(one["in"] == "path" for one in described)
