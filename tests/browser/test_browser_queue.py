"""The work queue with hands: with scripts and without, by keyboard, and from 320 pixels on."""

from datetime import date, timedelta

import pytest

from browser import companies
from browser.door import Door
from browser.visits import LOOKS, axe

from .conftest import PICTURES

LATER = str(date.today() + timedelta(days=30))  # noqa: DTZ011
SAID = 'Spoke; "comes back" <b>soon</b>'


@pytest.fixture(scope="module")
def shop(installed, demonstration, tmp_path_factory):
    """The demonstration with an audience, of these tests alone."""
    folder = companies.copied(demonstration, tmp_path_factory.mktemp("queue_of_mine"))
    installed.run("audience", "add", "service_recovery_call", "calls", "-C", str(folder))
    words = ["user", "add", "bea", "--role", "editor", "--password-stdin", "-C", str(folder)]
    installed.run(*words, given=f"{companies.PASSWORD}\n")
    return folder


@pytest.fixture(scope="module")
def queue(chromium, installed, shop):
    """A way in."""
    with installed.serving(shop) as served, Door.by_link(chromium, served) as door:
        yield door


def checked(page, scheme="light"):
    page.evaluate(LOOKS.read_text(encoding="utf-8"))
    assert axe(page, scheme) == []


def tick(page, place=0):
    box = page.locator("main input[type=checkbox]").nth(place)
    box.check()
    return box.get_attribute("aria-label").removeprefix("Choose ")


def row(page, who):
    return page.locator("main tbody tr", has_text=who).first


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_tasks_are_assigned_put_off_and_done_where_one_is(queue, scripts):
    with queue.window(java_script_enabled=scripts) as window:
        page = window.new_page()
        page.goto("/queue?rows=5")
        who = tick(page)
        page.select_option("#work-assignee", "bea")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("status").filter(has_text="1 task: saved.").wait_for()
        assert page.url.endswith("/queue?rows=5")
        assert "bea" in row(page, who).inner_text()
        tick(page)
        page.fill("#work-outcome", SAID)
        page.get_by_role("button", name="Done").click()
        page.get_by_role("status").filter(has_text="1 task: done.").wait_for()
        assert not row(page, who).count()
        later = [tick(page, place) for place in (0, 1)]
        page.fill("#work-until", LATER)
        page.get_by_role("button", name="Snooze until").click()
        page.get_by_role("status").filter(has_text="2 tasks: put off.").wait_for()
        page.goto("/queue?status=done")
        assert SAID in row(page, who).inner_text()
        page.goto("/queue?status=snoozed")
        assert all(LATER in row(page, one).inner_text() for one in later)
        page.get_by_role("link", name="Mine").click()
        page.wait_for_url("**assignee=local**")
        assert page.locator(".whose [aria-current]").inner_text() == "Mine"


def test_what_is_wrong_is_said_at_the_form_and_what_was_typed_stays(queue):
    with queue.window() as window:
        page = window.new_page()
        page.goto("/queue")
        who = tick(page)
        page.fill("#work-outcome", SAID)
        page.get_by_role("button", name="Snooze until").click()
        page.get_by_role("alert").wait_for()
        assert "Name a day" in page.locator("#fault-until").inner_text()
        assert page.locator(":focus").get_attribute("id") == "work-until"
        assert page.input_value("#work-outcome") == SAID
        assert page.get_by_role("checkbox", name=f"Choose {who}", exact=True).is_checked()
        checked(page)


def test_whoever_comes_second_is_told(queue, installed, shop):
    with queue.window() as window:
        page = window.new_page()
        page.goto("/queue")
        who = tick(page)
        installed.run("audience", "member", "calls", who, "--assign", "carl", "-C", str(shop))
        page.fill("#work-outcome", "mine")
        page.get_by_role("button", name="Done").click()
        said = page.get_by_role("alert").inner_text()
        assert "Somebody changed it meanwhile" in said
        assert "carl" in said
        assert page.input_value("#work-outcome") == "mine"
        page.get_by_role("button", name="Done").click()
        page.get_by_role("status").filter(has_text="1 task: done.").wait_for()


def test_it_works_with_the_keyboard_alone(queue):
    with queue.window() as window:
        page = window.new_page()
        page.goto("/queue?rows=3")
        page.locator("main input[type=checkbox]").first.focus()
        page.keyboard.press("Space")
        reached = []
        for _ in range(40):
            page.keyboard.press("Tab")
            name = page.evaluate("document.activeElement.value || document.activeElement.textContent")
            # Nothing that has the focus lies below the form.
            assert page.evaluate(
                "(() => { const box = document.activeElement.getBoundingClientRect();"
                " const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);"
                " return !top || document.activeElement.contains(top) || top.contains(document.activeElement); })()"
            ), name
            reached.append(name)
            if name == "mine":
                break
        page.keyboard.press("Enter")
        page.get_by_role("status").filter(has_text="assigned to you").wait_for()
        assert {"save", "done", "week"} <= set(reached)


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
@pytest.mark.parametrize("name", ["queue", pytest.param("playbook", marks=pytest.mark.long)])
def test_it_fits_and_every_control_has_a_name_and_is_large_enough(queue, name, width, scheme):
    with queue.window(width=width, color_scheme=scheme) as window:
        page = window.new_page()
        answer = page.goto(f"/{name}")
        while answer.status == 202:
            page.wait_for_timeout(500)
            answer = page.goto(f"/{name}")
        page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        small = page.locator("main :is(button, input, select)").evaluate_all(
            "(every) => every.map((one) => [one.name, one.getBoundingClientRect()])"
            ".filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"
        )
        assert small == []
        assert len(answer.body()) < 120_000
        if width == 1280:
            checked(page, scheme)
