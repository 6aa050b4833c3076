"""Who may see what: every address, every page in every format, for everybody who may come; what is new is refused.

The rules are the two small tables below. An address or a page without an entry fails.
"""

import re
from itertools import product

import pytest
from canaries import ANYBODY, PERSONAL, SOMEBODY, SOMEONE
from visitors import EVERYBODY, INSIDE, OUTSIDE, PERSONAL_SEEN, SESSIONS, words

from regulars.door.visitor import COOKIE
from regulars.reports.document import FORMATS
from regulars.state import sessions
from regulars.views.masking import WITHHELD
from regulars.views.view import View

#: Who is let in by an address, by its path: everybody, those who are known, those whom a page is for (below), or
#: who may say something by its form, of tasks of single customers (works) or of what names none (says).
ROUTES = {
    "/static/{name}": "everybody",
    "/healthz": "everybody",
    "/login": "everybody",
    "/logout": "everybody",
    "/theme": "everybody",
    "/account": "known",
    "/help": "known",
    "/api": "known",
    "/queue": "works",
    "/alerts": "says",
    "/watch": "says",
    "/api/{path:whole}": "known",
    "/mcp": "known",
    "/{path:path}": "pages",
}
#: What a page shows: figures of all together, among them lists of single customers, or nothing but single customers.
PAGES = {
    "actions": "lists",
    "alerts": "figures",
    "aftermath": "figures",
    "behind": "customers",
    "clusters": "figures",
    "customer": "customers",
    "customers": "customers",
    "data": "figures",
    "drivers": "figures",
    "experiment": "figures",
    "experiment_plan": "figures",
    "experiments": "figures",
    "follow_up": "customers",
    "goals": "figures",
    "kpi": "figures",
    "kpis": "figures",
    "money": "figures",
    "mrr": "figures",
    "ledger": "figures",
    "note": "figures",
    "overview": "lists",
    "playbook": "figures",
    "queue": "customers",
    "retention": "figures",
    "saved": "figures",
    "segments": "figures",
    "service": "figures",
    "themes": "figures",
    "value": "lists",
    "voice": "figures",
    "watch": "figures",
    "whatif": "figures",
}
#: Who sees single customers on a page, and who may take them along in a file.
SEES = {
    "viewer": (True, False),
    "viewer with personal": (True, False),
    "editor": (True, True),
    "admin": (True, True),
    "token read": (False, False),
    "token customers": (True, True),
    "token personal": (True, True),
    "token of a viewer": (True, True),
}
#: Formats that are quick to make, tried of every page; the others are made of the same masked record.
QUICK = ("", "json", "csv")
ABOUT = {"kpi": "net_revenue", "customer": SOMEONE, "action": "win_back_offer", "experiment": "canaries"}
#: A month in which somebody ordered.
ASKED = {"behind": "?period=2025-02"}


@pytest.fixture(scope="module")
def views(doorway):
    with doorway.door.current.serving() as serving:
        return dict(serving.views)


def address(view: View, ending: str) -> str:
    path = view.path.replace("{about}", ABOUT.get(view.about, ""))
    asked = ASKED.get(view.name, "")
    return f"/{path}.{ending}{asked}" if ending else "/" if view.name == "overview" else f"/{path}{asked}"


def expected(kind: str, who: str, ending: str) -> tuple[int, bool]:
    """Return the status of a page for somebody who is known, and whether single customers stand on it."""
    if who == "token without read":
        return 403, False
    seen = SEES[who][1 if ending else 0]
    return (403, False) if kind == "customers" and not seen else (200, seen and kind != "figures")


def check(doorway, view, who, ending):
    """Ask for a page as somebody; hold what they get against the rules."""
    answer = doorway.get(address(view, ending), who)
    status, rows = expected(PAGES[view.name], who, ending)
    said = words(answer)
    assert answer.status_code == status, said[:300]
    if PAGES[view.name] == "figures":
        assert WITHHELD not in said, (view.name, who, ending)
    ids = set(ANYBODY.findall(said)) - ({SOMEONE} if view.about == "customer" else set())
    if not rows:
        assert not ids, (view.name, who, ending)
    elif view.about != "customer" and ending != "eml":
        assert SOMEONE[:3] in {one[:3] for one in ids} or "canary" in str(ids), (view.name, who, ending)
    if who not in PERSONAL_SEEN:
        assert not PERSONAL.findall(said), (view.name, who, ending)
    return said


def test_every_address_has_a_rule(doorway):
    found = doorway.client.app.routes
    every = [one for route in found for one in getattr(getattr(route, "original_router", None), "routes", [route])]
    assert {route.path for route in every} == set(ROUTES)


def test_every_page_has_a_rule(views):
    assert set(views) == set(PAGES)
    for name, view in views.items():
        assert view.rows == (PAGES[name] == "customers"), name


@pytest.mark.parametrize("who", OUTSIDE)
def test_who_is_not_known_gets_no_page_in_no_format(doorway, views, who):
    for view, ending in product(views.values(), ("", *FORMATS)):
        answer = doorway.get(address(view, ending), who)
        if "Authorization" in doorway.headers[who]:
            assert answer.status_code == 401
        else:
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login?back=")
        assert view.title not in answer.text
        assert not ANYBODY.findall(answer.text)


@pytest.mark.parametrize("who", INSIDE)
def test_who_is_known_gets_the_pages_that_are_theirs_and_no_more(doorway, views, who):
    for view, ending in product(views.values(), QUICK):
        check(doorway, view, who, ending)


@pytest.mark.parametrize("ending", sorted(set(FORMATS) - set(QUICK)))
@pytest.mark.parametrize("name", ["overview", "customers"])
def test_files_hold_no_more_than_pages(doorway, views, name, ending):
    for who in ("viewer", "editor", "admin", "token read"):
        said = check(doorway, views[name], who, ending)
        assert len(said) > 100


@pytest.mark.long
@pytest.mark.parametrize("ending", sorted(set(FORMATS) - set(QUICK)))
def test_no_file_of_any_page_holds_more_than_pages(doorway, views, ending):
    for view, who in product(views.values(), INSIDE):
        check(doorway, view, who, ending)


def test_who_may_sees_who_customers_are_where_others_see_a_mask(doorway):
    """The positive half: without it, a server that shows nothing would pass."""
    for who in PERSONAL_SEEN:
        assert "canary.person" in doorway.get("/customers", who).text
        assert "canary.person" in doorway.get("/follow-up", who).text
        assert "Quastenflosser" in doorway.get("/follow-up", who).text
    for who in ("viewer", "editor", "token customers"):
        assert "[e-mail]" in doorway.get("/customers", who).text
        assert "[personal]" in doorway.get("/follow-up", who).text
        assert SOMEONE[:3] in doorway.get("/customers?sort=id", who).text


@pytest.mark.parametrize("who", ["viewer", "editor", "token customers"])
@pytest.mark.parametrize("ending", ["", ".json", ".html", ".csv", ".eml", ".xlsx"])
def test_a_page_about_somebody_says_nowhere_who_it_is_to_who_may_not_know(doorway, who, ending):
    about = SOMEBODY.replace("@", "%40").replace(".", "%2E")
    answer = doorway.get(f"/customers/{about}{ending}", who)
    if ending and who == "viewer":
        assert answer.status_code == 403
        return
    assert answer.status_code == 200
    said = words(answer)
    # Addresses on the page are those of the page itself, which whoever asked knows.
    said = re.sub(r'(href|action|value)="[^"]*"', "", said) if ending == "" else said
    assert not PERSONAL.findall(said)
    assert ".html" in ending or ending in (".csv", ".eml", ".xlsx") or "[e-mail]" in said


@pytest.mark.parametrize("who", ["viewer", "token customers"])
def test_a_wrong_id_brings_no_right_one(doorway, who):
    near = SOMEBODY.replace("002", "0o2").replace("@", "%40").replace(".", "%2E")
    for ending in ("", ".json"):
        answer = doorway.get(f"/customers/{near}{ending}", who)
        assert answer.status_code in (403, 404)
        assert not ANYBODY.findall(answer.text)
    assert ANYBODY.findall(doorway.get(f"/customers/{near}", "admin").text)


@pytest.mark.parametrize(("path", "rule"), ROUTES.items())
def test_addresses_that_are_no_pages_let_in_whom_they_should(doorway, path, rule):
    if rule == "pages":
        return
    for who in EVERYBODY:
        asked = path.replace("{name}", "app.css").replace("{path:whole}", "v1/kpis")
        method = "POST" if path in ("/logout", "/theme", "/mcp") or rule in ("works", "says") else "GET"
        more = {"headers": {"Sec-Fetch-Site": "same-origin"}, "method": method}
        if path == "/logout" and who in SESSIONS:
            continue  # it would end
        answer = doorway.get(asked, who, **more)
        let_in = rule == "everybody" or who in INSIDE
        if path == "/mcp" and who in SESSIONS:
            let_in = False  # for programs: cookies count for nothing there
        if let_in:
            assert answer.status_code not in (401, 421), (path, who)
            assert not answer.headers.get("location", "").startswith("/login?back"), (path, who)
        else:
            out = answer.status_code == 303 and answer.headers["location"].startswith("/login")
            assert answer.status_code == 401 or out, (path, who, answer.status_code)
        if rule == "says" and let_in:
            assert answer.status_code == (422 if who in ("editor", "admin") else 403), (path, who)
        works = rule == "works" and who in ("editor", "admin")
        assert works == bool(ANYBODY.findall(answer.text)), (path, who)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_pages_are_only_looked_at(doorway, views, method):
    for view in views.values():
        if method == "POST" and ROUTES.get(f"/{view.name}") in ("works", "says"):
            continue  # its form: tests/web/test_web_queue.py, test_web_alerts.py
        for who in ("nobody", "admin"):
            answer = doorway.get(address(view, ""), who, method=method, headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 405, (view.name, who)
            assert not ANYBODY.findall(answer.text)


def test_head_is_get_without_what_it_says(doorway, views):
    for view, ending in product(views.values(), ("", "json")):
        for who in ("nobody", "viewer"):
            get = doorway.get(address(view, ending), who)
            head = doorway.get(address(view, ending), who, method="HEAD")
            assert (head.status_code, head.content) == (get.status_code, b"")
            same = ("content-type", "content-length", "etag", "location", "cache-control")
            assert {name: head.headers.get(name) for name in same} == {name: get.headers.get(name) for name in same}


def test_a_page_that_is_held_for_somebody_is_not_given_to_a_token_of_theirs_that_may_not_read(doorway):
    session = sessions.begin(doorway.state, "wilma", at=doorway.door.now())
    assert doorway.get("/segments", "nobody", headers={"Cookie": f"{COOKIE}={session.id}"}).status_code == 200
    assert doorway.get("/segments", "token without read").status_code == 403


@pytest.mark.parametrize("who", ["viewer", "token read"])
def test_what_a_customer_said_is_quoted_to_who_may_read_it_only(doorway, who):
    assert "Quastenflosser" in doorway.get("/themes", "admin").text
    assert "Quastenflosser" not in doorway.get("/themes", who).text


def test_no_theme_is_named_by_the_address_of_a_customer(doorway):
    assert "canary" not in doorway.get("/themes", "token read").text
