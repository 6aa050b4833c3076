"""Alerts and channels with hands: with scripts and without, by keyboard, and from 320 pixels on."""

from datetime import date, timedelta

import pytest

from browser import companies
from browser.door import Door
from browser.visits import LOOKS, axe
from regulars.app.people import state_of
from regulars.app.workspace import Workspace
from regulars.core.message import Tells
from regulars.core.periods import now
from regulars.state import alerts
from regulars.state.alerts import Alert

from .conftest import PICTURES

LATER = str(date.today() + timedelta(days=30))  # noqa: DTZ011
SAID = 'Stock came in; "all of it" <b>today</b>'
#: As long as what is told of a KPI, and why it moved.
TOLD = (
    "Net revenue was EUR 126,755 (EUR 115,015 to EUR 141,231; n 1,051), and EUR 108,325 (EUR 98,290 to EUR 119,856) "
    "was to be expected. Net revenue rose 17.0 % from EUR 108,325 to EUR 126,755 (+EUR 18,430, +EUR 8,630 to +EUR "
    "28,230): about EUR 1,305 of it is noise; more of the existing customers came (+EUR 10,860); existing customers "
    "ordered more often (+EUR 7,581); no group of customers stands out beyond chance."
)
NUMBER = {
    "value": 18430.0,
    "low": 1974.0,
    "high": 36044.0,
    "level": 0.95,
    "method": "conformal",
    "n": 1994,
    "why_not": "",
    "period": "2024-11-01..2024-12-01",
    "as_of": "2025-01-01T00:00:00+00:00",
    "version": "alert 1",
    "flags": [],
}


@pytest.fixture(scope="module")
def shop(demonstration, tmp_path_factory):
    """The demonstration where eight alerts fired, of these tests alone."""
    folder = companies.copied(demonstration, tmp_path_factory.mktemp("alerts_of_mine"))
    with state_of(Workspace.at(folder)) as state:
        for day in range(1, 9):
            assert alerts.fire(state, fired(date(2024, 11, day)))
    return folder


def fired(first):
    return Alert(
        key=f"daily_revenue:{first}",
        tells=Tells.ALERT,
        rule="daily_revenue",
        kpi="net_revenue",
        first=first,
        last=first + timedelta(days=1),
        owner="sales",
        title=f"Net revenue (market = 'NL') higher than expected, {first}",
        text=TOLD,
        said={"shows": "money", "off": NUMBER, "money": NUMBER, "where": "market = 'NL'"},
        fired_at=now(),
    )


@pytest.fixture(scope="module")
def ways(chromium, installed, shop):
    """A way in."""
    with installed.serving(shop) as served, Door.by_link(chromium, served) as door:
        yield door


def checked(page, scheme="light"):
    page.evaluate(LOOKS.read_text(encoding="utf-8"))
    assert axe(page, scheme) == []
    wrong = page.evaluate("looks.wrong(9, 4.5)")
    assert {what: found for what, found in wrong.items() if found} == {}


def tick(page, place=0):
    box = page.locator("main input[type=checkbox]").nth(place)
    box.check()
    return box.get_attribute("aria-label").removeprefix("Choose ")


def row(page, what):
    return page.locator("main tbody tr", has_text=what).first


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        (320, "dark"),
        *(
            pytest.param(*one, marks=pytest.mark.long)
            for one in [(1280, "dark"), (390, "light"), (390, "dark"), (320, "light")]
        ),
    ],
)
@pytest.mark.parametrize("name", ["alerts", pytest.param("watch", marks=pytest.mark.long)])
def test_it_fits_and_every_control_has_a_name_and_is_large_enough(ways, name, width, scheme):
    with ways.window(width=width, color_scheme=scheme) as window:
        page = window.new_page()
        page.goto(f"/{name}")
        checked(page, scheme)
        page.screenshot(path=PICTURES / f"{name}-fired-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_alerts_are_seen_put_off_and_closed_where_one_is(ways, scripts):
    with ways.window(java_script_enabled=scripts) as window:
        page = window.new_page()
        page.goto("/alerts?owner=sales")
        seen = tick(page)
        page.fill("#work-note", SAID)
        page.get_by_role("button", name="Acknowledge").click()
        page.get_by_role("status").filter(has_text="1 alert: acknowledged.").wait_for()
        assert page.url.endswith("/alerts?owner=sales")
        assert not row(page, seen).count()
        closed = tick(page)
        page.select_option("#work-real", "yes")
        page.fill("#work-done", SAID)
        page.get_by_role("button", name="Close with its outcome").click()
        page.get_by_role("status").filter(has_text="1 alert: closed.").wait_for()
        later = tick(page)
        page.fill("#work-until", LATER)
        page.get_by_role("button", name="Snooze until").click()
        page.get_by_role("status").filter(has_text="1 alert: put off.").wait_for()
        page.goto("/alerts?status=done")
        assert SAID in row(page, closed).inner_text()
        assert "closed: real yes" in row(page, closed).inner_text()
        page.goto("/alerts?status=snoozed")
        assert LATER in row(page, later).inner_text()


def test_what_is_wrong_is_said_at_the_form_and_what_was_typed_stays(ways):
    with ways.window() as window:
        page = window.new_page()
        page.goto("/alerts")
        which = tick(page)
        page.fill("#work-done", SAID)
        page.get_by_role("button", name="Close with its outcome").click()
        page.get_by_role("alert").wait_for()
        assert "Was it real?" in page.locator("#fault-real").inner_text()
        assert page.locator(":focus").get_attribute("id") == "work-real"
        assert page.input_value("#work-done") == SAID
        assert page.get_by_role("checkbox", name=f"Choose {which}", exact=True).is_checked()
        checked(page)


def test_whoever_comes_second_is_told(ways, installed, shop):
    with ways.window() as window:
        page = window.new_page()
        page.goto("/alerts")
        key = page.locator("main input[type=checkbox]").first.get_attribute("value").rpartition(".")[0]
        tick(page)
        installed.run("alerts", "acknowledge", key, "-C", str(shop))
        page.fill("#work-note", "mine")
        page.get_by_role("button", name="Acknowledge").click()
        said = page.get_by_role("alert").inner_text()
        assert "Somebody changed it meanwhile" in said
        assert f"{key} is acknowledged now" in said
        assert page.input_value("#work-note") == "mine"


def test_a_channel_is_tried_with_the_keyboard_and_the_reason_is_told(ways):
    with ways.window() as window:
        page = window.new_page()
        page.goto("/watch")
        page.get_by_role("button", name="Send a test to sales").focus()
        page.keyboard.press("Enter")
        said = page.get_by_role("alert").inner_text()
        assert "The test was not taken." in said
        assert "REGULARS_TEST_SALES is not set" in said
        checked(page)


def test_what_waits_stands_on_the_overview(ways):
    with ways.window() as window:
        page = window.new_page()
        page.goto("/")
        page.locator("figure", has_text="open alert").wait_for(timeout=120_000)
        assert page.locator("figcaption", has_text="Goals").count() == 1
