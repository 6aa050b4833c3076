"""What people see depends on who they are; nobody sees what another one may."""

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import openpyxl
import pytest

from browser.companies import ODD
from browser.door import Door
from browser.pages import VIEWS

MAIL, MASKED, HIDDEN = ODD["mail"], "[e-mail]", "[personal]"
ROWS = [one for one in VIEWS if one.view.rows and not one.view.about]
#: Those that show somebody in this company: it wrote no audience down (tests/web/test_web_queue.py has one).
SOMEBODY = [one for one in ROWS if one.name != "queue"]
#: The address of the customer whose id is a mail address.
ANNA = "/customers/anna%40example%2Ecom"


@pytest.fixture(scope="module")
def people(chromium, odd_served):
    """Doors of a viewer, an editor and an admin."""
    nobody = Door(browser=chromium, served=odd_served, session="")
    return {name: nobody.called(name) for name in ("vera", "edda", "ada")}


@pytest.fixture(scope="module")
def clients(people):
    """Programs with their cookies."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(door.client()) for name, door in people.items()}
        yield found


def audited(installed, odd) -> list[dict[str, object]]:
    told = installed.run("audit", "list", "-C", str(odd), "--limit", "500", "--format", "json").stdout
    return json.loads(told)


@pytest.mark.parametrize("page", SOMEBODY, ids=lambda page: page.name)
def test_who_may_not_see_personal_words_sees_masks(people, clients, page):
    seen = {}
    for name in ("vera", "edda", "ada"):
        with people[name].window() as window:
            there = window.new_page()
            there.goto(page.path)
            seen[name] = there.inner_text("main")
            links = [one.get_attribute("href") for one in there.locator("main a").all()]
            assert any("anna" in (link or "") for link in links) == (name == "ada")
    assert MAIL in seen["ada"]
    for name in ("vera", "edda"):
        assert MAIL not in seen[name]
        assert MASKED in seen[name]


def test_what_customers_said_is_hidden_from_who_may_not_see_it(clients):
    assert "is what I say of it" in clients["ada"].get("/follow-up").text
    for name in ("vera", "edda"):
        text = clients[name].get("/follow-up").text
        assert "is what I say of it" not in text
        assert HIDDEN in text


def test_not_even_the_page_of_a_known_customer_tells_who_they_are(clients):
    assert MAIL in clients["ada"].get(ANNA).text
    shown = clients["vera"].get(ANNA)
    assert shown.status_code == 200
    assert MAIL not in shown.text
    assert MASKED in shown.text


@pytest.mark.parametrize("page", ROWS, ids=lambda page: page.name)
@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "pdf", "html"])
def test_only_editors_and_admins_take_customers_along(clients, page, ending):
    refused = clients["vera"].get(page.file(ending))
    assert refused.status_code == 403
    assert "editors and admins" in refused.text
    assert MAIL not in refused.text
    assert clients["edda"].get(page.file(ending)).status_code == 200


def test_files_are_masked_as_pages_are(clients):
    for name, sees in (("edda", False), ("ada", True)):
        assert (MAIL in clients[name].get("/customers.csv").text) == sees
        assert (MAIL in clients[name].get("/customers.json").text) == sees
        book = openpyxl.load_workbook(io.BytesIO(clients[name].get("/customers.xlsx").content), read_only=True)
        cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
        assert (MAIL in cells) == sees


def test_a_refusal_is_a_page_with_a_way_back(people):
    with people["vera"].window() as window:
        page = window.new_page()
        assert page.goto("/customers.csv").status == 403
        assert page.inner_text("h1") == "Not allowed"
        page.get_by_role("link", name="Overview").last.click()
        page.wait_for_url("**/")


def test_what_was_seen_and_taken_along_is_written_down(installed, odd, clients):
    assert clients["edda"].get("/customers.csv").status_code == 200
    assert clients["vera"].get("/customers").status_code == 200
    assert clients["vera"].get(ANNA).status_code == 200
    last = audited(installed, odd)
    taken = next(one for one in last if one["action"] == "export.customers")
    assert (taken["actor"], taken["purpose"]) == ("edda", "csv")
    assert taken["rows"] > 10
    looked = next(one for one in last if one["action"] == "view.customer")
    assert looked["actor"] == "vera"
    assert not any(MAIL in str(one) for one in last)
    assert installed.run("audit", "verify", "-C", str(odd)).stdout.startswith("The audit log is sound")


def test_pages_of_figures_are_for_everybody(clients):
    assert clients["vera"].get("/").status_code == 200
    assert clients["vera"].get("/overview.csv").status_code == 200


def test_two_people_at_once_never_see_what_is_the_others(clients):
    asked = [(name, path) for _ in range(25) for path in ("/customers", "/follow-up", "/help") for name in clients]

    def seen(one: tuple[str, str]) -> tuple[str, str, str]:
        name, path = one
        answer = clients[name].get(path)
        for _again in range(100):
            # Where many ask at once, some are told to come again: what counts is that nobody gets another's page.
            if answer.status_code not in (202, 503):
                break
            time.sleep(0.1)
            answer = clients[name].get(path)
        assert answer.status_code == 200
        return name, path, answer.text

    with ThreadPoolExecutor(8) as pool:
        for name, path, text in pool.map(seen, asked):
            assert f'/account">{name}</a>' in text
            assert not any(f'/account">{other}</a>' in text for other in clients if other != name)
            if path != "/help":
                assert (MAIL in text) == (name == "ada")


def test_two_windows_side_by_side_stay_two_people(people):
    with people["vera"].window() as one, people["ada"].window() as other:
        pages = {"vera": one.new_page(), "ada": other.new_page()}
        for path in ("/customers", "/follow-up", "/customers?q=plain-1"):
            for page in pages.values():
                page.goto(path)
            for name, page in pages.items():
                assert page.locator(".tools a[href='/account']").inner_text() == name
                page.reload()
                assert page.locator(".tools a[href='/account']").inner_text() == name
