"""Nobody comes in by a trick: forged forms, planted cookies, old sessions, guessed passwords."""

import httpx
import pytest

from browser.companies import PASSWORD
from browser.door import Door

#: Forms that change something.
FORMS = ("/login", "/logout", "/theme")


@pytest.fixture
def stranger(odd_served):
    """A program that nobody knows."""
    with httpx.Client(base_url=odd_served.address) as client:
        yield client


@pytest.fixture
def known(chromium, odd_served):
    """The door of an admin."""
    return Door(browser=chromium, served=odd_served, session="").called("ada")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_form_of_another_site_changes_nothing(known, path, headers):
    with httpx.Client(base_url=known.served.address, cookies={"regulars": known.session}) as client:
        answer = client.post(path, headers=headers, data={"theme": "dark", "name": "ada", "password": PASSWORD})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert client.get("/account").status_code == 200


def test_a_cookie_alone_changes_nothing(known):
    """A browser says where a form comes from; what says nothing and has a cookie is forged."""
    answer = httpx.post(f"{known.served.address}/logout", cookies={"regulars": known.session})
    assert answer.status_code == 403


def test_the_page_of_another_site_cannot_log_anybody_out(known):
    form = f'<form method="post" action="{known.served.address}/logout"><button>Win</button></form>'
    with known.window() as window:
        window.route("http://evil.example/", lambda route: route.fulfill(content_type="text/html", body=form))
        page = window.new_page()
        page.goto("http://evil.example/")
        with page.expect_response("**/logout") as answered:
            page.get_by_role("button").click()
        assert answered.value.status == 403
        assert page.goto(f"{known.served.address}/account").status == 200
        assert page.inner_text("h1") == "Account"


def test_a_cookie_that_was_there_before_is_not_the_session_after(odd_served, chromium):
    door = Door(browser=chromium, served=odd_served, session="planted-by-somebody-else")
    with door.window() as window:
        page = window.new_page()
        page.goto("/login")
        page.fill("#name", "vera")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="vera", exact=True).wait_for()
        (cookie,) = [one for one in window.cookies() if one["name"] == "regulars"]
        assert cookie["value"] != "planted-by-somebody-else"
        assert len(cookie["value"]) > 30
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
        assert page.evaluate("document.cookie") == ""


def test_each_login_is_a_session_of_its_own(known):
    again = known.called("ada")
    assert again.session != known.session


def test_who_logs_out_is_out_on_the_server_too(known):
    with known.window() as window:
        page = window.new_page()
        page.goto("/account")
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("heading", name="Log in").wait_for()
        assert [one for one in window.cookies() if one["name"] == "regulars"] == []
    with known.client() as client:
        answer = client.get("/customers")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?back=")


def test_the_way_back_leads_nowhere_else(stranger):
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        data = {"name": "vera", "password": PASSWORD, "back": back}
        assert stranger.post("/login", data=data).headers["location"] == "/"
        stranger.cookies.clear()


def test_wrong_passwords_slow_down_and_the_right_one_waits_too(stranger):
    for _ in range(5):
        assert stranger.post("/login", data={"name": "wrong", "password": "guess"}).status_code == 403
    for password in ("guess", PASSWORD):
        slowed = stranger.post("/login", data={"name": "wrong", "password": password})
        assert slowed.status_code == 429
        assert "Try again in" in slowed.text
    # Others come in as before.
    assert stranger.post("/login", data={"name": "vera", "password": PASSWORD}).status_code == 303


def test_who_is_known_and_who_is_not_are_answered_alike(stranger):
    known = stranger.post("/login", data={"name": "edda", "password": "guess"})
    unknown = stranger.post("/login", data={"name": "nobody", "password": "guess"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_a_server_is_asked_under_its_own_name(stranger):
    answer = stranger.get("/login", headers={"Host": "evil.example"})
    assert answer.status_code == 421


def test_the_login_page_can_be_used_by_everybody(chromium, odd_served, visits):
    """It lets passwords be pasted and kept, and says what is wrong where it is."""
    with Door(browser=chromium, served=odd_served, session="").window() as window:
        page = window.new_page()
        page.goto("/login")
        assert page.evaluate("document.activeElement.id") == "name"
        assert page.get_by_label("Name").get_attribute("autocomplete") == "username"
        assert page.get_by_label("Password").get_attribute("autocomplete") == "current-password"
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill("not this one")
        page.get_by_role("button", name="Log in").click()
        assert "wrong" in page.get_by_role("alert").inner_text()
