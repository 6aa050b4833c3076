"""Words of customers are words wherever they stand, whatever they look like."""

import io
import json
from urllib.parse import quote

import openpyxl
import pytest

from browser.companies import JOINED, ODD, SHOWN
from browser.door import Door
from browser.pages import named
from browser.visits import LOOKS, axe, visited

from .conftest import PICTURES

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def door(chromium, odd_served):
    """The door of one who sees everything."""
    return Door(browser=chromium, served=odd_served, session="").called("ada")


@pytest.fixture(scope="module")
def window(door):
    """A window of it."""
    with door.window() as window:
        yield window


@pytest.fixture(scope="module")
def client(door):
    """A program that asks as it does."""
    with door.client() as client:
        yield client


def of(word: str) -> str:
    """Return the address of the customer who is called so."""
    return f"/customers/{quote(word, safe='').replace('.', '%2E')}"


@pytest.mark.parametrize("there", SHOWN, ids=lambda one: one.name)
def test_nothing_that_customers_wrote_becomes_markup(window, there):
    page = window.new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    assert page.goto(there.path).status == 200
    assert page.evaluate("[window.hit, window.stopped]") == [None, []]
    assert page.locator("main img, main script, main [onload], main [onerror]").count() == 0
    assert "49" not in page.locator("main tbody th").all_inner_texts()
    assert said == []
    page.close()


@pytest.mark.parametrize("there", [named("customers"), named("follow_up"), named("kpi-nps")], ids=lambda one: one.name)
def test_odd_words_break_no_page(window, there):
    page = window.new_page()
    seen = visited(page, f"odd-{there.name}", there.path, "light", PICTURES)
    assert {what: wrong for what, wrong in seen.wrong.items() if any(wrong.values())} == {}
    assert seen.axe == []
    page.close()


@pytest.mark.parametrize("kind", ODD)
def test_a_customer_with_an_odd_id_is_found_opened_and_named(window, kind):
    word = ODD[kind]
    page = window.new_page()
    page.goto(f"/customers?q={quote(word[:60], safe='')}")
    page.locator("main tbody th a").first.wait_for()
    assert word in [one.strip() for one in page.locator("main tbody th a").all_inner_texts()]
    page.goto(of(word))
    assert page.inner_text("h1") == f"Customer {word}"
    assert word in page.title()
    assert page.evaluate("window.hit") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_a_link_in_the_list_leads_to_the_customer_that_it_names(window):
    page = window.new_page()
    page.goto("/customers?sort=id")
    links = page.locator("figure.table").first.locator("tbody th a")
    found = {one.inner_text().strip(): one.get_attribute("href") for one in links.all()}
    for word in ODD.values():
        if word in found:
            assert found[word] == of(word)
    page.close()


def test_the_name_of_the_company_is_text_too(window):
    page = window.new_page()
    page.goto("/help")
    assert page.inner_text(".brand") == "Odd <b>& Co</b>"
    assert page.title() == "Help · Odd <b>& Co</b>"
    page.close()


def test_what_was_asked_is_shown_as_text(window):
    page = window.new_page()
    for path in (f"/customers?q={quote(ODD['image'])}-", f"/customers?{quote(ODD['picture'])}=1", f"/{quote('<b>')}"):
        page.goto(path)
        assert page.evaluate("window.hit") is None
        assert page.locator("main img, main svg[onload], main b").count() == 0
    page.close()


def test_words_in_charts_are_text(window):
    page = window.new_page()
    page.goto("/segments")
    said = " ".join(page.locator("main svg").all_text_contents())
    assert "onerror" in said
    assert page.locator("main svg img, main svg script, main svg [onload]").count() == 0
    page.close()


def test_a_word_that_looks_like_a_formula_stays_a_word(client):
    book = openpyxl.load_workbook(io.BytesIO(client.get("/customers.xlsx").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    assert formulas == []
    assert f"'{ODD['formula']}" in [cell.value for cell in cells]
    lines = client.get("/customers.csv").text
    assert f",{ODD['formula']}" not in lines
    assert not any(line.startswith("=") for line in lines.splitlines())


def test_files_keep_every_odd_word(client):
    told = json.dumps(client.get("/customers.json").json(), ensure_ascii=False)
    for word in ODD.values():
        assert json.dumps(word, ensure_ascii=False)[1:-1] in told


def test_a_record_with_signs_that_turn_text_round_is_put_aside_and_not_shown(client):
    text = client.get("/data").text + client.get("/customers").text
    assert "\u202e" not in text
    assert "control character" in text


def test_axe_finds_nothing_wrong_with_an_odd_customer(window):
    page = window.new_page()
    page.goto(of(ODD["long"]))
    page.evaluate(LOOKS.read_text(encoding="utf-8"))
    assert axe(page) == []
    page.close()


@pytest.mark.parametrize("kind", ["path", "percent", "mail"])
def test_a_switch_of_theme_leads_back_to_an_odd_customer(window, kind):
    page = window.new_page()
    page.goto(of(ODD[kind]))
    for theme in ("Dark", "Light"):
        page.get_by_role("button", name=theme).click()
        page.get_by_role("heading", level=1, name=f"Customer {ODD[kind]}", exact=True).wait_for()
    page.close()


def test_a_customer_whose_id_holds_a_joined_sign_is_opened_and_searched(client):
    assert client.get(of(JOINED)).status_code == 200
    assert client.get("/customers", params={"q": JOINED}).status_code == 200
