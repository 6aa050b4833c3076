"""Without a mouse everything can be reached, seen where one is, and used; single keys can be switched off."""

import pytest

from browser.visits import LOOKS

pytestmark = pytest.mark.long

#: What is written down of whatever has the focus: what it is, whether that can be seen, and whether it is covered.
_AT = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return { body: at === document.body, what: looks.words(at), ring, free: at.contains(middle) || middle?.contains(at) };
}"""


@pytest.fixture
def page(door):
    """A page of a new window."""
    with door.window() as window:
        yield window.new_page()


def stops(page):
    """Return everything that Tab comes to, from the top to the end."""
    found = []
    for _ in range(600):
        page.keyboard.press("Tab")
        at = page.evaluate(_AT)
        if at["body"]:
            return found
        found.append(at)
    raise AssertionError(f"no way out: {found[-5:]}")


@pytest.mark.parametrize("path", ["/", "/customers?q=C0000001", "/voice", "/help", "/nowhere"])
def test_every_control_is_reached_once_and_seen(page, path):
    page.goto(path)
    page.evaluate(LOOKS.read_text(encoding="utf-8"))
    found = stops(page)
    assert [one["what"] for one in found if not one["ring"]] == []
    assert [one["what"] for one in found if not one["free"]] == []
    assert len(found) == page.evaluate("looks.stops()")


def test_the_first_stop_leads_past_the_menu(page):
    page.goto("/data")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_details_open_and_close_with_a_key(page):
    page.goto("/")
    summary = page.locator("main summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Space")
    assert not page.evaluate("document.activeElement.parentElement.open")


def test_keys_search_clear_and_go_through_a_list(page):
    page.goto("/customers")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "ask-q"
    page.keyboard.type("C0000")
    page.wait_for_url("**/customers?q=C0000")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "ask-q"
    page.keyboard.press("Escape")
    page.wait_for_url("**/customers")
    page.keyboard.press("n")
    page.wait_for_url("**after=*")
    page.keyboard.press("p")
    page.wait_for_url("**/customers")
    page.keyboard.press("?")
    page.wait_for_url("**/help")


def test_g_and_a_letter_go_to_each_page_that_begins_so(page):
    page.goto("/customers")
    for letters, path in (("gd", "/data"), ("go", "/"), ("gv", "/value"), ("gv", "/voice"), ("gv", "/value")):
        page.keyboard.type(letters)
        page.wait_for_url(f"**{path}")


@pytest.mark.parametrize("with_", ["Control", "Meta", "Alt"])
def test_keys_of_the_browser_stay_its_own(page, with_):
    page.goto("/customers")
    for key in ("n", "/", "g", "o"):
        page.keyboard.press(f"{with_}+{key}")
    assert page.url.endswith("/customers")
    assert page.evaluate("document.activeElement.id") != "ask-q"


def test_keys_are_switched_off_and_on_again(page):
    page.goto("/help")
    box = page.get_by_label("Use single keys")
    assert box.is_checked()
    box.focus()
    page.keyboard.press("Space")
    page.goto("/customers")
    page.keyboard.press("n")
    page.keyboard.press("/")
    assert page.url.endswith("/customers")
    assert page.evaluate("document.activeElement.id") != "ask-q"
    page.goto("/help")
    assert not box.is_checked()
    box.check()
    page.goto("/customers")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "ask-q"


def test_letters_in_a_field_are_only_letters(page):
    page.goto("/customers")
    page.locator("#ask-attribute").focus()
    page.keyboard.type("gon")
    assert page.url.endswith("/customers")
    assert page.locator("#ask-attribute").input_value() == "gon"


def test_a_search_keeps_the_focus_and_says_how_many_were_found(page):
    page.goto("/customers")
    page.locator("#ask-q").focus()
    page.keyboard.type("C0000012")
    page.wait_for_url("**/customers?q=C0000012")
    page.get_by_role("status").get_by_text("10 customers").wait_for()
    assert page.evaluate("[document.activeElement.id, document.activeElement.selectionStart]") == ["ask-q", 8]


def test_a_new_page_takes_the_focus_and_its_title_is_said(page):
    page.goto("/customers")
    page.locator("nav.menu").get_by_role("link", name="Data").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/data")
    page.locator("h1", has_text="Data").wait_for()
    assert page.evaluate("document.activeElement.id") == "main"
    assert "Data" in page.title()
    page.get_by_role("status").get_by_text("Data").wait_for(state="attached")
