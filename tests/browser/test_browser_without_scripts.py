"""Without scripts everything works: links, forms, teams, search, lists, themes, files, coming in and leaving."""

import re

import pytest

from browser.companies import PASSWORD
from browser.pages import LOOKED_AT, VIEWS

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def plain(door):
    """A window in which no script runs."""
    with door.window(java_script_enabled=False) as window:
        yield window


@pytest.fixture
def page(plain):
    """A page of it."""
    page = plain.new_page()
    yield page
    page.close()


def test_the_menu_leads_to_every_page(page):
    page.goto("/")
    links = {one.inner_text(): one.get_attribute("href") for one in page.locator("nav.menu a").all()}
    assert set(links.values()) == {one.path for one in VIEWS if not one.view.under and not one.view.about}
    made = {one.path for one in LOOKED_AT}
    for title, href in links.items():
        if href not in made:
            continue
        page.locator("nav.menu").get_by_role("link", name=title, exact=True).click()
        page.wait_for_url(f"**{href}")
        assert page.inner_text("h1") == title
        assert page.locator("nav.menu [aria-current]").inner_text() == title


@pytest.mark.long
def test_tabs_lead_to_the_parts_of_a_page(page):
    page.goto("/voice")
    for title in page.locator(".tabs a").all_inner_texts():
        page.locator(".tabs").get_by_role("link", name=title, exact=True).click()
        assert page.inner_text("h1") == title
        assert page.locator(".tabs [aria-current]").inner_text() == title
        assert page.locator("nav.menu [aria-current]").inner_text() == "Voice of the customer"


def test_a_team_is_chosen_with_a_button_that_can_be_seen_and_its_page_appears_by_itself(page):
    page.goto("/")
    button = page.locator(".teams button")
    assert button.bounding_box()["x"] > 0
    page.select_option("#team", "sales")
    button.click()
    page.wait_for_url("**/?team=sales")
    # The first time it has to be worked out: the page says so, and asks again.
    page.locator(".cards").wait_for(timeout=120_000)
    assert page.locator("#team").input_value() == "sales"
    assert "team=sales" in page.locator("nav.menu a", has_text="KPIs").get_attribute("href")


def test_customers_are_searched_filtered_sorted_and_paged(page):
    page.goto("/customers")
    page.fill("#ask-q", "c0000002")
    page.get_by_role("button", name="Show", exact=True).last.click()
    assert page.url.endswith("/customers?q=c0000002")
    ids = page.locator("figure.table").first.locator("tbody th").all_inner_texts()
    assert len(ids) == 10
    assert all(one.startswith("C0000002") for one in ids)
    page.get_by_role("link", name="Clear", exact=True).click()
    assert page.url.endswith("/customers")
    page.select_option("#ask-segment", "champions")
    page.get_by_role("button", name="Show", exact=True).last.click()
    assert page.url.endswith("/customers?segment=champions")
    page.get_by_role("link", name="Net revenue").click()
    assert "segment=champions" in page.url
    assert "sort=revenue" in page.url
    page.get_by_role("link", name="Next", exact=True).click()
    assert "after=" in page.url
    page.get_by_role("link", name="First", exact=True).click()
    assert "after=" not in page.url


def test_the_theme_is_switched_and_kept(page):
    page.goto("/help")
    page.get_by_role("button", name="Dark").click()
    assert page.get_attribute("html", "data-theme") == "dark"
    page.goto("/data")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.get_by_role("button", name="Light").click()
    assert page.url.endswith("/data")
    assert page.get_attribute("html", "data-theme") == "light"


@pytest.mark.parametrize("title", ["PDF", "HTML", "Excel", "CSV"])
def test_a_page_is_taken_along_as_a_file(page, title):
    page.goto("/data")
    with page.expect_download() as begun:
        page.locator(".exports").get_by_role("link", name=title, exact=True).click()
    download = begun.value
    assert re.fullmatch(r"data-\d{4}-\d{2}-\d{2}\.\w+", download.suggested_filename)
    begins = {"PDF": b"%PDF-", "HTML": b"<!doctype html>", "Excel": b"PK", "CSV": b""}[title]
    assert download.path().read_bytes().startswith(begins)


def test_whoever_comes_in_by_name_comes_back_to_where_they_were_and_leaves(door, odd_served):
    context = door.browser.new_context(base_url=odd_served.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/customers?q=plain")
    assert page.inner_text("h1") == "Log in"
    page.fill("#name", "vera")
    page.fill("#password", "wrong")
    page.get_by_role("button", name="Log in").click()
    assert "wrong" in page.get_by_role("alert").inner_text()
    page.fill("#name", "vera")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Log in").click()
    assert page.url.endswith("/customers?q=plain")
    page.get_by_role("link", name="vera", exact=True).click()
    assert "viewer" in page.inner_text(".question")
    page.get_by_role("button", name="Log out").click()
    assert page.inner_text("h1") == "Log in"
    page.goto("/customers")
    assert page.inner_text("h1") == "Log in"
    context.close()
