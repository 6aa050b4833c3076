"""The list of customers: every one of them once, in the order that is asked for, and found by a part of the id."""

import re

import pytest

_ROW = re.compile(r'<th scope="row"[^>]*><a href="/customers/(C\d+)">')
_NEXT = re.compile(r'href="([^"]+)" rel="next"')
_ALL = 1_000


@pytest.fixture
def page(door):
    """A page of a new window."""
    with door.window() as window:
        yield window.new_page()


def listed(client, path: str) -> list[str]:
    """Return the customers of a list, from its first page to its last."""
    found: list[str] = []
    while path:
        text = client.get(path.replace("&amp;", "&")).text
        found += _ROW.findall(text.partition("How well")[0])
        following = _NEXT.search(text)
        path = following[1] if following else ""
    return found


@pytest.mark.parametrize("asked", ["", "?sort=revenue&dir=asc", "?sort=last_order"])
def test_no_customer_is_missing_or_comes_twice_from_page_to_page(client, asked):
    found = listed(client, f"/customers{asked}")
    assert len(found) == _ALL
    assert len(set(found)) == _ALL


def test_one_order_is_the_other_turned_round(client):
    up = listed(client, "/customers?sort=id&dir=asc")
    assert up == sorted(up)
    assert listed(client, "/customers?sort=id") == up[::-1]


def test_filters_part_all_customers(client):
    states = ("new", "active", "cooling", "lapsed", "reactivated")
    parts = [set(listed(client, f"/customers?state={state}")) for state in states]
    assert sum(map(len, parts)) == len(set.union(*parts)) == _ALL


def test_a_head_sorts_says_so_and_turns_round(page):
    page.goto("/customers")
    head = page.locator("th", has_text="Net revenue")
    assert page.locator("th[aria-sort]").inner_text().startswith("Value at stake")
    head.get_by_role("link").click()
    page.wait_for_url("**/customers?sort=revenue")
    assert page.locator("th[aria-sort]").count() == 1
    assert head.get_attribute("aria-sort") == "descending"
    most = _revenue(page)
    assert most == sorted(most, reverse=True)
    head.get_by_role("link").click()
    page.wait_for_url("**/customers?sort=revenue&dir=asc")
    assert head.get_attribute("aria-sort") == "ascending"
    least = _revenue(page)
    assert least == sorted(least)
    assert max(least) <= min(most)


def _revenue(page) -> list[float]:
    """Return the net revenue of the rows that are shown."""
    place = page.locator("figure.table").first.locator("thead th").all_inner_texts().index("Net revenue (EUR)")
    cells = page.locator("figure.table").first.locator(f"tbody tr > :nth-child({place + 1})").all_inner_texts()
    return [float(one.replace(",", "")) for one in cells]


def test_a_part_of_an_id_finds_all_that_have_it_whatever_the_case(client):
    found = listed(client, "/customers?q=c00000012&sort=id&dir=asc")
    assert found == ["C00000012"]
    assert len(listed(client, "/customers?q=77")) == len([one for one in range(1, _ALL + 1) if "77" in f"{one:08}"])


def test_what_is_found_nowhere_says_so_with_one_way_out(page):
    page.goto("/customers")
    page.locator("#ask-q").fill("nobody")
    page.locator(".notice", has_text="No customer's id holds nobody.").wait_for()
    assert page.locator("main tbody th a").count() == 0
    page.get_by_role("link", name="Clear", exact=True).click()
    page.wait_for_url("**/customers")
    page.locator("figcaption", has_text="of 1,000").wait_for()


def test_next_and_first_lead_through_the_list(page):
    page.goto("/customers?sort=id&dir=asc")
    first = page.locator("tbody th a").first.inner_text()
    page.get_by_role("link", name="Next", exact=True).click()
    page.locator("figcaption", has_text="Customers 51 to 100 of 1,000").wait_for()
    assert page.locator("tbody th a").first.inner_text() > first
    page.get_by_role("link", name="First", exact=True).click()
    page.locator("figcaption", has_text="Customers 1 to 50 of 1,000").wait_for()
    assert page.locator("tbody th a").first.inner_text() == first


def test_a_customer_is_opened_from_the_list(page):
    page.goto("/customers")
    link = page.locator("tbody th a").first
    name = link.inner_text()
    link.click()
    page.wait_for_url(f"**/customers/{name}")
    page.get_by_role("heading", level=1, name=f"Customer {name}").wait_for()
    assert page.locator("nav.menu [aria-current]").inner_text() == "Customers"
