"""Who comes in, how, and for how long; what other sites can make a browser do here."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from canaries import ANYBODY
from visitors import BY, PASSWORD, PEOPLE

from regulars.app import people
from regulars.door.visitor import COOKIE
from regulars.state import sessions

WRONG = "another canary entirely"


@pytest.fixture
def somebody(doorway):
    """Somebody new, whose attempts count for nobody else."""
    name = f"new{len(people.everyone(doorway.state))}"
    people.add(doorway.state, BY, name, "viewer", password=PASSWORD)
    yield name
    people.remove(doorway.state, BY, name)


@pytest.fixture(autouse=True)
def _forgiven(doorway):
    """Forget attempts of the address that all tests come from."""
    from sqlalchemy import delete

    from regulars.state.tables import attempts

    with doorway.state.writing() as transaction:
        transaction.change(delete(attempts))


def login(doorway, name, password=PASSWORD, **more):
    return doorway.post("/login", "nobody", data={"name": name, "password": password, **more})


def session_of(answer):
    return answer.cookies[COOKIE]


def get(doorway, session, path="/account"):
    return doorway.get(path, "nobody", headers={"Cookie": f"{COOKIE}={session}"})


def test_whoever_knows_the_password_comes_in_and_whoever_does_not_stays_out(doorway, somebody):
    answer = login(doorway, somebody)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["cache-control"] == "no-store"
    assert somebody in get(doorway, session_of(answer)).text
    refused = login(doorway, somebody, WRONG)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert PASSWORD not in refused.text + answer.text
    assert WRONG not in refused.text


def test_a_cookie_is_for_this_server_alone(doorway, somebody):
    said = login(doorway, somebody).headers["set-cookie"]
    parts = {part.strip().lower() for part in said.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    assert "secure" not in parts  # over plain HTTP, on this machine alone, it would not come back
    assert len(session_of(login(doorway, somebody))) >= 43


def test_each_login_begins_a_session_of_its_own_whatever_cookie_came_along(doorway, somebody):
    planted = "x" * 43
    answer = doorway.post(
        "/login",
        "nobody",
        data={"name": somebody, "password": PASSWORD},
        headers={"Cookie": f"{COOKIE}={planted}", "Sec-Fetch-Site": "same-origin"},
    )
    first, second = session_of(answer), session_of(login(doorway, somebody))
    assert len({planted, first, second}) == 3
    assert get(doorway, planted).status_code == 303


def test_logging_out_ends_the_session_here_and_not_only_in_the_browser(doorway, somebody):
    session = session_of(login(doorway, somebody))
    assert get(doorway, session).status_code == 200
    header = {"Cookie": f"{COOKIE}={session}"}
    assert doorway.get("/logout", "nobody", headers=header).status_code in (404, 405)
    assert get(doorway, session).status_code == 200  # a link logs nobody out
    answer = doorway.post("/logout", "nobody", headers=header)
    assert answer.status_code == 303
    assert 'regulars=""' in answer.headers["set-cookie"] or "max-age=0" in answer.headers["set-cookie"].lower()
    assert get(doorway, session).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        lambda state, name: people.set_password(state, BY, name, "one more canary, please"),
        lambda state, name: people.set_role(state, BY, name, "editor"),
        lambda state, name: people.disable(state, BY, name),
    ],
    ids=["password", "role", "disabled"],
)
def test_a_session_ends_when_what_it_was_given_for_does(doorway, somebody, change):
    session = session_of(login(doorway, somebody))
    assert get(doorway, session).status_code == 200
    change(doorway.state, somebody)
    assert get(doorway, session).status_code == 303


def test_a_session_that_is_not_used_ends(doorway, somebody):
    now = doorway.door.now()
    young, old = (sessions.begin(doorway.state, somebody, at=now - timedelta(hours=hours)) for hours in (11, 13))
    assert get(doorway, young.id).status_code == 200
    assert get(doorway, old.id).status_code == 303


def test_five_wrong_passwords_are_enough_for_a_while(doorway, somebody):
    for _ in range(5):
        assert login(doorway, somebody, WRONG).status_code == 403
    for password in (WRONG, PASSWORD):
        answer = login(doorway, somebody, password)
        assert answer.status_code == 429
        assert "set-cookie" not in answer.headers
        assert re.search(r"in \d+ seconds", answer.text)


def test_unknown_names_are_refused_as_known_ones_and_cost_as_much(doorway, somebody, monkeypatch):
    doorway.state.passwords.match(None, "x")  # what nobody's password is hashed to is made on first use
    verified, answers = [], []
    real = PasswordHasher.verify

    def counted(self, hashed, password):
        verified.append(self)
        return real(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    known = {"known": somebody, "unknown": "nobody-at-all", "disabled": "dora", "no name": "", "odd": "é\x00\ufffd'--"}
    for what, name in known.items():
        verified.clear()
        answer = login(doorway, name, WRONG)
        answers.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)))
        assert len(verified) == 1, what
        assert verified[0] is doorway.state.passwords._hasher
    assert len(set(answers)) == 1
    assert answers[0][0] == 403
    long = login(doorway, somebody, "x" * 10_000)
    assert long.status_code == 403


BACK = {
    "/voice?by=market": "/voice?by=market",
    "/customers/a%20b": "/customers/a%20b",
    "": "/",
    "voice": "/",
    "https://evil.example": "/",
    "//evil.example": "/",
    "///evil.example": "/",
    "/\\evil.example": "/",
    "\\/evil.example": "/",
    "\\\\evil.example": "/",
    "/\t/evil.example": "/",
    "/\n/evil.example": "/",
    "\t//evil.example": "/",
    " //evil.example": "/",
    "/ok\r\nSet-Cookie: x=1": "/",
    "javascript:alert(1)": "/",
    "data:text/html,x": "/",
    "http:evil.example": "/",
    "//evil.example\\@localhost": "/",
    "/\x00/evil": "/",
    "@evil.example": "/",
    ".evil.example": "/",
}


@pytest.mark.parametrize("back", BACK, ids=range(len(BACK)))
def test_nobody_is_led_to_another_site(doorway, somebody, back):
    for answer in (
        login(doorway, somebody, back=back),
        doorway.post("/theme", "admin", data={"theme": "dark", "back": back}),
    ):
        assert answer.status_code == 303
        assert answer.headers["location"] == BACK[back]
    form = doorway.get("/login", "nobody", params={"back": back})
    assert form.status_code == 200
    (kept,) = re.findall(r'name="back" value="([^"]*)"', form.text)
    assert kept == BACK[back].replace("&", "&amp;")


@pytest.mark.parametrize(
    "path", ["/customers", "//evil.example/x", "/customers/%2F%2Fevil.example", "/%5Cevil.example"]
)
def test_who_must_log_in_comes_back_to_where_they_were_and_nowhere_else(doorway, path):
    location = doorway.get(f"http://localhost{path}", "nobody").headers["location"]
    found = urlsplit(location)
    assert (found.netloc, found.path) == ("", "/login")
    (kept,) = re.findall(r'name="back" value="([^"]*)"', doorway.get(location, "nobody").text)
    assert kept.startswith("/")
    assert not kept.startswith(("//", "/\\"))


THEIRS = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {},
]


@pytest.mark.parametrize("path", ["/login", "/logout", "/theme", "/mcp", "/customers"])
@pytest.mark.parametrize("theirs", THEIRS, ids=range(len(THEIRS)))
def test_forms_of_other_sites_change_nothing(doorway, path, theirs):
    answer = doorway.get(path, "viewer", method="POST", headers=theirs, data={"name": "vera", "password": PASSWORD})
    assert answer.status_code == 403
    assert answer.json()["code"] == "cross-site"
    assert "set-cookie" not in answer.headers
    assert doorway.get("/account", "viewer").status_code == 200


def test_a_cookie_of_somebody_and_a_token_of_nobody_is_nobody(doorway):
    both = {**doorway.headers["admin"], "Authorization": "Bearer rg_wrong"}
    assert doorway.get("/customers", "nobody", headers=both).status_code == 401


def test_what_is_typed_into_forms_is_bounded(doorway):
    assert doorway.post("/login", "nobody", content=b"x" * 70_000).status_code == 413
    many = "&".join(f"a{number}=1" for number in range(5_000))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert doorway.post("/login", "nobody", content=many, headers=form).status_code < 500
    files = {"name": ("x.txt", b"x" * 100, "text/plain")}
    assert doorway.post("/login", "nobody", files=files).status_code in (400, 403)
    for kind in ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", ""):
        answer = doorway.post("/login", "nobody", content=b'{"name": "ada"}', headers={"Content-Type": kind})
        assert answer.status_code in (400, 403), kind
        assert "set-cookie" not in answer.headers


def test_pages_of_who_is_out_name_nobody(doorway):
    for path in ("/login", "/", "/customers", "/nothing-here"):
        text = doorway.get(path, "nobody").text
        assert not ANYBODY.findall(text)
        assert not any(re.search(rf"\b{name}\b", text) for name in PEOPLE)
