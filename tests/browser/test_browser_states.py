"""Whatever state a company's records are in, a page says so in plain words, with what to do."""

import shutil
from contextlib import contextmanager

import httpx
import pytest

from browser import companies
from browser.door import Door
from browser.visits import LOOKS, axe, visited

from .conftest import PICTURES

pytestmark = pytest.mark.long

#: Seconds after which a server has seen what changed in its folder.
_SEEN = 60_000


@contextmanager
def shop(installed, chromium, workspace):
    """Serve a workspace to this machine."""
    with installed.serving(workspace) as served, Door.by_link(chromium, served) as door:
        yield door


def sound(page) -> None:
    """Check what holds for each state: people with all abilities can read it."""
    page.evaluate(LOOKS.read_text(encoding="utf-8"))
    assert axe(page) == []
    assert page.evaluate("looks.wrong(9, 4.5)") == {
        one: [] for one in ("small", "wide", "clipped", "overlapping", "tiny", "faint")
    }


@pytest.fixture(scope="module")
def new(installed, chromium, tmp_path_factory):
    """The door of a company of which nothing is published yet."""
    folder = tmp_path_factory.mktemp("new")
    companies.nothing(installed, folder)
    with shop(installed, chromium, folder / "shop") as door:
        yield door


@pytest.mark.parametrize("path", ["/", "/customers", "/kpis/nps"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_where_there_are_no_records_yet_the_first_command_is_shown(new, path, scheme):
    with new.window(color_scheme=scheme) as window:
        seen = visited(window.new_page(), "first-run", path, scheme, PICTURES)
    assert seen.status == 200
    assert seen.text.startswith("No data yet")
    assert "regulars init FILES --yes\nregulars run" in seen.text
    assert "orders, subscriptions, events" in seen.text
    assert seen.axe == seen.said == []
    assert [found for widths in seen.wrong.values() for found in widths.values() if found] == []


def test_a_server_without_records_says_that_it_is_not_healthy(new):
    answer = httpx.get(f"{new.served.address}/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"


def test_help_and_account_are_there_before_the_records_are(new):
    with new.client() as client:
        assert client.get("/help").status_code == client.get("/account").status_code == 200


def test_what_is_not_worked_out_yet_says_so_and_appears_by_itself(door):
    with door.window() as window, door.client() as client:
        client.get("/data?top=41")
        page = window.new_page()
        with door.served.making_nothing():
            answer = page.goto("/data?top=43")
            assert answer.status == 202
            assert answer.headers["retry-after"] == "2"
            assert page.inner_text("h1") == "Calculating…"
            sound(page)
            page.screenshot(path=PICTURES / "calculating-1280-light.png")
            # Whoever goes elsewhere meanwhile is not called back.
            page.get_by_role("link", name="Help").focus()
            page.wait_for_timeout(4_500)
            assert page.evaluate("document.activeElement.textContent") == "Help"
        page.get_by_role("heading", level=1, name="Data").wait_for(timeout=120_000)
        assert page.url.endswith("/data?top=43")


def test_a_control_waits_for_what_is_not_worked_out_yet(door):
    with door.window() as window, door.client() as client:
        client.get("/data?top=41")
        page = window.new_page()
        page.goto("/data")
        with door.served.making_nothing():
            page.get_by_label("Rows").fill("47")
            page.get_by_label("Rows").press("Enter")
            page.get_by_role("heading", name="Calculating…").wait_for()
            assert page.url.endswith("/data?top=47")
        page.get_by_role("heading", level=1, name="Data").wait_for(timeout=120_000)
        assert page.get_by_label("Rows").input_value() == "47"


def test_a_file_of_a_page_that_is_not_worked_out_waits_for_it(door):
    with door.client() as client:
        assert client.get("/data.csv?top=53").status_code == 200


@pytest.mark.long
def test_too_few_customers_have_a_reason_in_the_place_of_a_value(chromium, odd_served):
    door = Door(browser=chromium, served=odd_served, session="").called("ada")
    with door.window() as window:
        page = window.new_page()
        page.goto("/kpis")
        page.locator(".card").first.wait_for(timeout=120_000)
        without = page.locator(".card:has(.big.none)")
        assert without.count() > 0
        for card in without.all():
            assert card.locator(".big").inner_text() == "no value"
            assert card.locator(".why").inner_text().startswith("because ")
            assert card.locator("data").count() == 0


@pytest.fixture
def copy(odd, tmp_path):
    """A copy of the small company, to be damaged."""
    return companies.copied(odd, tmp_path)


def test_a_generation_that_is_damaged_or_gone_leaves_the_one_before(installed, chromium, copy):
    store = copy / ".regulars"
    current = (store / "CURRENT").read_text()
    with shop(installed, chromium, copy) as door, door.window() as window:
        page = window.new_page()
        page.goto("/customers")
        before = page.locator("figure.table").first.inner_text()
        first = store / current.strip()
        shutil.copy(first.with_suffix(".json"), store / "gen-000002.json")
        (store / "gen-000002.duckdb").write_bytes(b"no database")
        (store / "CURRENT").write_text("gen-000002.duckdb\n")
        banner = page.locator(".notice.warn", has_text="The newest records cannot be shown")
        _reloaded(page, banner)
        assert page.locator("figure.table").first.inner_text() == before
        assert "generation 1" in page.inner_text(".known")
        assert str(copy) not in page.inner_text("main")
        sound(page)
        page.screenshot(path=PICTURES / "stale-1280-light.png")
        assert httpx.get(f"{door.served.address}/healthz").json()["stale"]
        (store / "CURRENT").write_text(current)
        _reloaded(page, banner, there=False)
        assert page.locator("figure.table").first.inner_text() == before
        # What is open stays open, whatever becomes of the files.
        for path in (*store.glob("gen-*.duckdb"), store / "CURRENT"):
            path.unlink()
        for _ in range(4):
            page.wait_for_timeout(600)
            assert page.reload().status == 200
            assert page.locator("figure.table").first.inner_text() == before
            assert str(copy) not in page.content()


def test_a_server_on_a_store_that_is_gone_says_not_now(installed, chromium, copy):
    for path in (copy / ".regulars").glob("gen-*.duckdb"):
        path.unlink()
    with shop(installed, chromium, copy) as door, door.window() as window:
        page = window.new_page()
        answer = page.goto("/customers")
        assert answer.status == 503
        assert page.inner_text("h1") == "Not now"
        assert str(copy) not in page.content()
        sound(page)
        page.screenshot(path=PICTURES / "not-now-1280-light.png")


def test_without_a_connection_the_last_page_stays_and_says_so(door):
    with door.window() as window:
        page = window.new_page()
        page.goto("/data")
        window.set_offline(True)
        page.locator("nav.menu").get_by_role("link", name="Customers").click()
        page.get_by_role("status").get_by_text("No connection").wait_for(state="attached")
        assert page.inner_text("h1") == "Data"
        window.set_offline(False)
        page.locator("nav.menu").get_by_role("link", name="Customers").click()
        page.get_by_role("heading", level=1, name="Customers").wait_for()


def test_a_session_that_ended_meanwhile_leads_to_the_login_and_back(chromium, odd_served):
    door = Door(browser=chromium, served=odd_served, session="").called("edda")
    with door.window() as window, door.client() as client:
        page = window.new_page()
        page.goto("/help")
        assert client.post("/logout").status_code == 303
        page.locator("nav.menu").get_by_role("link", name="Customers").click()
        page.get_by_role("heading", level=1, name="Log in").wait_for()
        assert page.locator("nav.menu").count() == 0
        page.get_by_label("Name").fill("edda")
        page.get_by_label("Password").fill(companies.PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", level=1, name="Customers").wait_for()


@pytest.mark.parametrize("path", ["//evil.example/", "/%2F%2Fevil.example", "/%5C%5Cevil.example"])
def test_no_page_of_ours_leads_to_another_site(served, door, path):
    with door.window() as window:
        page = window.new_page()
        assert page.goto(f"{served.address}{path}?a=1").status == 404
        leads = page.locator("a").evaluate_all("(every) => every.map((one) => new URL(one.href).origin)")
        assert set(leads) == {served.address}
        page.get_by_role("button", name="Dark").click()
        page.wait_for_load_state()
        assert page.url.startswith(served.address)


def _reloaded(page, banner, *, there: bool = True) -> None:
    """Ask for a page again until a banner is there, or is no more."""
    for _ in range(_SEEN // 500):
        page.reload()
        if bool(banner.count()) == there:
            return
        page.wait_for_timeout(500)
    raise AssertionError(page.inner_text("main")[:500])
