"""Every page, light and dark, wide and narrow: it is there, whole, and can be read and used."""

from urllib.parse import urlsplit

import pytest

from browser.pages import LOOKED_AT, VIEWS, marked
from browser.visits import SCHEMES, Visit

#: Pages that are no view, and what is asked of them; each answers as it says.
OTHERS = {
    "help": ("/help", 200),
    "account": ("/account", 200),
    "api": ("/api", 200),
    "unknown-parameter": ("/customers?colour=red", 400),
    "impossible-period": ("/voice?period=yesterday", 400),
    "no-page": ("/nowhere", 404),
    "no-kpi": ("/kpis/npss", 404),
    "no-customer": ("/customers/nobody", 404),
    "nothing-found": ("/customers?q=nobody-is-called-so", 200),
}
PAGES = {**{one.name: (one.path, 200) for one in VIEWS}, **OTHERS}
#: Colours below which a chart is blank: background, grid, letters and their edges have more.
LEAST = 24

#: Pages that have between them all that there is, looked at in the dark as well; in a long run all are.
DARK = ("overview", "retention", "kpi-nps", "help")

by_page = pytest.mark.parametrize("name", marked(PAGES))
by_scheme = pytest.mark.parametrize(
    ("name", "scheme"),
    [
        pytest.param(*(one.values if hasattr(one, "values") else (one,)), "light", marks=getattr(one, "marks", ()))
        for one in marked(PAGES)
    ]
    + [(name, "dark") for name in DARK],
)


@pytest.fixture
def visit(visits, name, scheme="light"):
    """What was seen of the page."""
    return visits.at(name, PAGES[name][0], scheme)


@by_page
def test_a_page_answers_with_its_status_and_is_whole(visit, name):
    assert visit.status == PAGES[name][1]
    assert visit.html.rstrip().endswith("</html>")
    assert visit.html.count("<h1") == 1
    assert len(visit.text) > 40


@by_scheme
def test_a_page_asks_nobody_else_and_says_nothing_on_the_console(visits, served, name, scheme):
    seen = visits.at(name, PAGES[name][0], scheme)
    assert [one for one in seen.asked if urlsplit(one).netloc != urlsplit(served.address).netloc] == []
    # The browser itself reports the status of an answer that is a problem.
    assert [one for one in seen.said if "responded with a status of 4" not in one] == []


@by_scheme
def test_axe_finds_nothing_wrong(visits, name, scheme):
    assert visits.at(name, PAGES[name][0], scheme).axe == []


@by_scheme
def test_no_width_makes_a_page_scroll_sideways(visits, name, scheme):
    assert _wrong(visits.at(name, PAGES[name][0], scheme), "wide") == {}


@by_scheme
def test_every_target_is_24_pixels_wide_and_high(visits, name, scheme):
    assert _wrong(visits.at(name, PAGES[name][0], scheme), "small") == {}


@by_scheme
def test_letters_of_charts_stay_inside_and_apart(visits, name, scheme):
    assert _wrong(visits.at(name, PAGES[name][0], scheme), "clipped", "overlapping") == {}


@by_scheme
def test_letters_of_charts_can_be_read(visits, name, scheme):
    assert _wrong(visits.at(name, PAGES[name][0], scheme), "tiny", "faint") == {}


@by_scheme
def test_no_chart_is_blank(visits, name, scheme):
    assert {what: n for what, n in visits.at(name, PAGES[name][0], scheme).colours.items() if n < LEAST} == {}


@by_page
def test_nothing_moves_while_a_page_comes(visit):
    assert visit.shift <= 0.02


def test_pages_that_answer_with_numbers_draw_them(visits):
    drawn = {one.name: len(visits.at(one.name, one.path).colours) for one in LOOKED_AT}
    assert {name for name, charts in drawn.items() if charts} >= {
        "overview",
        "value",
        "retention",
        "segments",
        "kpi-nps",
        "kpi-net_revenue",
        "customer-C00000024",
    }


@pytest.mark.long
@by_page
@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_is_wrong_at_any_width_in_any_row(visits, name, scheme):
    seen = visits.at_length(name, PAGES[name][0], scheme)
    assert _wrong(seen, *seen.wrong) == {}
    assert seen.axe == []


def _wrong(seen: Visit, *what: str) -> dict[str, dict[int, list[str]]]:
    """Return what is wrong with a page, by width."""
    found = {one: {width: wrong for width, wrong in seen.wrong[one].items() if wrong} for one in what}
    return {one: wrong for one, wrong in found.items() if wrong}
