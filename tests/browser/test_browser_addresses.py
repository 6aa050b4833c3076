"""The address of a page holds all that was asked, and no more: it can be kept, sent, and gone back to."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from browser.pages import LOOKED_AT, VIEWS, named
from regulars.views.parameters import PARAMETERS

pytestmark = pytest.mark.long

#: What is written into fields that are free.
_WORDS = {
    "budget": "500",
    "retention": "+5pp",
    "price": "+3%",
    "elasticity": "-1.2,-0.4",
    "response_time": "-20%",
    "effect": "-0.1,-0.05,0",
    "cost": "500",
    "months": "6",
    "rows": "20",
    "period": "8m",
    "by": "market",
    "where": "market = 'NL'",
    "top": "7",
    "q": "C0000001",
    "attribute": "market=NL",
    "saved": "big_spenders",
    "k": "2..4",
    "assignee": "Ada",
    "audience": "win_back",
    "goal": "revenue",
    "holdout": "0.2",
    "owner": "sales",
}
#: Parameters that links set.
_LINKED = {"after", "sort", "dir", "kpi", "reason"}
#: Each control once, on the first page that has it.
CONTROLS = {
    name: page for page in (*reversed(VIEWS), *reversed(LOOKED_AT)) for name in page.view.takes if name not in _LINKED
}
#: A page that is not asked for any company's numbers: for what only an address is of interest.
_EMPTY = '<!doctype html><html lang="en"><title>There</title><main id="main" tabindex="-1"><h1>There</h1></main></html>'


@pytest.fixture(scope="module")
def window(door):
    """A window for all."""
    with door.window() as window:
        yield window


@pytest.fixture
def page(window):
    """A page of it."""
    page = window.new_page()
    yield page
    page.close()


def asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def control(page, name: str):
    return page.locator("#team" if name == "team" else f"#ask-{name}")


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_every_control_changes_the_address_and_nothing_else_in_it(page, name):
    there = CONTROLS[name]
    page.goto(there.path)
    # What the answer would be is worked out for seconds, and tested elsewhere.
    page.route(lambda url: "?" in url, lambda route: route.fulfill(content_type="text/html", body=_EMPTY))
    field = control(page, name)
    choices = [value for value, _ in PARAMETERS[name].choices if value not in ("", PARAMETERS[name].default)]
    if choices:
        field.select_option(choices[0])
    else:
        field.fill(_WORDS[name])
        field.press("Enter")
    page.get_by_role("heading", name="There").wait_for()
    assert urlsplit(page.url).path == there.path
    assert {one: text for one, text in asked(page.url).items() if text != PARAMETERS[one].default} == {
        name: choices[0] if choices else _WORDS[name]
    }


#: Questions that are quick to answer.
_ASKED = (
    "/customers?q=C000001&sort=revenue&dir=asc",
    "/customers?segment=champions&attribute=market%3DNL",
    "/data?top=3",
    "/behind/nps?period=2024-11&where=market+%3D+%27NL%27",
)


@pytest.mark.parametrize("path", _ASKED)
def test_an_address_that_is_sent_shows_the_same_to_another(page, door, path):
    page.goto("/data")
    page.goto(path)
    page.locator("figure.table").first.wait_for()
    with door.window() as other:
        there = other.new_page()
        there.goto(page.url)
        there.locator("figure.table").first.wait_for()
        assert there.inner_html("main") == page.inner_html("main")


def test_what_was_swapped_in_is_what_a_fresh_visit_shows(page, door):
    page.goto("/customers")
    page.locator("#ask-q").fill("C0000001")
    page.wait_for_url("**/customers?q=C0000001")
    page.locator("#ask-state").select_option("lapsed")
    page.wait_for_url("**/customers?q=C0000001&state=lapsed")
    page.get_by_role("link", name="Last order").click()
    page.wait_for_url("**sort=last_order*")
    with door.window() as other:
        there = other.new_page()
        there.goto(page.url)
        assert there.inner_html("main") == page.inner_html("main")
        assert there.inner_html("nav.menu") == page.inner_html("nav.menu")
        assert there.title() == page.title()


def test_back_and_forward_show_what_was_there(page):
    page.goto("/data")
    page.locator("nav.menu").get_by_role("link", name="Customers").click()
    page.wait_for_url("**/customers")
    page.locator("#ask-segment").select_option("lost")
    page.wait_for_url("**/customers?segment=lost")
    there = page.inner_text("main figcaption >> nth=0")
    page.go_back()
    page.wait_for_url("**/customers")
    page.locator("figcaption", has_text="1 to 50 of 1,000").wait_for()
    assert page.locator("#ask-segment").input_value() == ""
    page.go_back()
    page.wait_for_url("**/data")
    page.get_by_role("heading", level=1, name="Data").wait_for()
    page.go_forward()
    page.go_forward()
    page.wait_for_url("**/customers?segment=lost")
    page.locator("figcaption", has_text=there).wait_for()
    assert page.locator("#ask-segment").input_value() == "lost"


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/customers?sort=stake&dir=desc&q=&segment=", "/customers"),
        ("/data?top=20", "/data"),
        ("/data?top=%203%20", "/data?top=3"),
        ("/behind/nps?period=12m&where=", "/behind/nps"),
        ("/?team=executives", "/"),
    ],
)
def test_what_is_meant_anyway_is_left_out(client, path, plain):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["location"] == plain


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/customers?colour=red", "This page takes no colour."),
        ("/customers?segmnt=lost", "Did you mean segment?"),
        ("/customers?sort=beauty", "beauty is no sort."),
        ("/customers?after=-1", "-1 after after is no place in the list."),
        ("/customers?attribute=market", "market after attribute names no value."),
        ("/voice?period=yesterday", "yesterday is no period."),
        ("/data?top=0", "0 after top is no whole number from 1 to 500."),
        ("/behind/nps?where=market+is", "market is"),
    ],
)
def test_what_cannot_be_asked_is_named_with_a_way_out(page, path, says):
    answer = page.goto(path)
    assert answer.status == 400
    assert says in page.inner_text("main")
    page.get_by_role("link", name="Clear what was asked").click()
    page.wait_for_url(f"**{path.partition('?')[0]}")
    assert page.get_by_role("heading", level=1).inner_text() != "This cannot be asked"


def test_the_nearest_name_is_offered_for_a_kpi_that_there_is_not(page):
    assert page.goto("/kpis/npss").status == 404
    assert "Did you mean nps?" in page.inner_text("main")


def test_controls_show_what_was_asked(page):
    page.goto("/customers?q=C00&segment=loyal&state=active&attribute=market%3DNL")
    shown = {name: control(page, name).input_value() for name in ("q", "segment", "state", "attribute", "of")}
    assert shown == {"q": "C00", "segment": "loyal", "state": "active", "attribute": "market=NL", "of": ""}


def test_links_of_numbers_lead_to_the_customers_behind_them(page):
    page.goto(named("kpi-net_revenue").path)
    page.locator(".card .of a").click()
    page.wait_for_url("**/behind/net_revenue*")
    page.locator("figure.table tbody th a").last.wait_for()
