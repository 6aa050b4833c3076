"""Nothing that opens a door, and nobody's name, stands in a log, an error, an address, or the audit log."""

import logging
import re
from contextlib import ExitStack
from itertools import product

import pytest
from canaries import ANYBODY, PERSONAL, SOMEBODY, SOMEONE
from sqlalchemy import text
from visitors import BY, PASSWORD, opened

from regulars.app import people
from regulars.core.errors import FaultyDeclaration, RegularsError, StoreError
from regulars.door.door import Door
from regulars.door.serving import NotYet, Serving
from regulars.state import audit

ABOUT = SOMEBODY.replace("@", "%40").replace(".", "%2E")
PATH = "/srv/secret-place/.regulars/gen-000001.duckdb"


@pytest.fixture(scope="module")
def own(canary_shop, tmp_path_factory):
    """A server of which all that is logged and audited is of these tests."""
    with ExitStack() as stack:
        yield opened(stack, canary_shop, tmp_path_factory.mktemp("secrets"))


@pytest.fixture(scope="module")
def visited(own):
    """The server after a day's work: pages, files, searches, mistakes, logins that go well and wrong."""
    for who, path in product(
        ("admin", "viewer", "token personal", "token read", "nobody", "forged token", "expired session"),
        ("/", "/customers", f"/customers/{ABOUT}", f"/customers/{ABOUT}.json", f"/customers?q={ABOUT}",
         "/follow-up.csv", f"/customers/x{ABOUT}", "/kpis/nothing-here", "/customers?sort=nothing", "/healthz",
         f"/{ABOUT}", f"/kpis/net_revenue?where=market%20%3D%20'{ABOUT}'", f"/customers?{ABOUT}=1"),
    ):  # fmt: skip
        own.get(path, who)
    for name, password in (("ada", PASSWORD), ("ada", "canary-wrong-password"), (SOMEBODY, PASSWORD), ("", "")):
        own.post("/login", "nobody", data={"name": name, "password": password})
    own.get(f"/login?token={people.link(own.state)}canary", "nobody")
    own.get("/logout", "admin", method="POST", headers={"Sec-Fetch-Site": "cross-site"})
    return own


def hidden(own, said):
    """Return what stands in `said` that must stand nowhere."""
    secrets = own.secrets() | {"canary-wrong-password"}
    return [one for one in secrets if one in said] + PERSONAL.findall(said)


def test_logs_hold_no_secret_and_nobody(visited):
    logging.getLogger("regulars.door").debug("listened")
    said = "\n".join(visited.heard.lines)
    assert "listened" in said
    assert not hidden(visited, said)


def test_the_audit_log_holds_no_secret_and_nobody_and_is_whole(visited):
    with visited.state.reading() as transaction:
        rows = [tuple(row) for row in transaction.connection.execute(text("select * from audit"))]
    said = "\n".join(map(str, rows))
    assert not hidden(visited, said)
    assert not ANYBODY.findall(said)
    assert people.audit_verdict(visited.state).sound


def test_who_looked_at_whom_is_in_the_audit_log_under_a_pseudonym(visited):
    before = people.audit_entries(visited.state, limit=1)[0].seq
    visited.get(f"/customers/{ABOUT}", "admin")
    visited.get("/customers.csv", "token customers")
    visited.get("/", "viewer")  # holds a list of customers, from memory by now
    visited.get("/", "viewer")
    visited.get("/segments", "viewer")  # holds none
    visited.get(f"/customers/{ABOUT}.json", "viewer")  # refused
    found = [one for one in reversed(people.audit_entries(visited.state, limit=20)) if one.seq > before]
    told = [(one.by.actor, one.action, one.purpose, bool(one.rows)) for one in found]
    assert told == [
        ("ada", "view.customer", "", True),
        ("ada", "export.customers", "csv", True),
        ("vera", "view.overview", "", True),
        ("vera", "view.overview", "", True),
    ]
    assert found[0].object == audit.pseudonym(visited.state, SOMEBODY)
    assert found[0].by.key
    assert found[1].by.key.startswith("rg_")
    assert found[0].by.address


def test_addresses_that_we_write_lead_to_nobody_for_who_may_not_know_them(visited):
    for who in ("viewer", "token customers", "token read"):
        for path in ("/", "/customers", "/follow-up", "/value", "/behind/net_revenue?period=2025-02"):
            answer = visited.get(path, who)
            links = re.findall(r'(?:href|action)="([^"]*)"', answer.text)
            assert not [link for link in links if PERSONAL.search(link)], (who, path)


FAULTS = {
    "a fault": RuntimeError(f"canary.person001@example.org in {PATH}"),
    "the store": StoreError(f"`{PATH}` is damaged."),
    "a declaration": FaultyDeclaration(PATH, 7, "canary.person001@example.org"),
    "anything else": RegularsError(f"`{PATH}` is wrong."),
    "the system": OSError(13, "Permission denied", PATH),
    "too deep": RecursionError(PATH),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", ["/?team=service", "/segments.json", f"/customers/{SOMEONE}", "/kpis.pdf"])
def test_pages_of_errors_tell_neither_paths_nor_anybody(own, monkeypatch, fault, path):
    def failing(*_, **__):
        raise FAULTS[fault]

    monkeypatch.setattr(Door, "page", failing)
    answer = own.get(path, "token personal")
    assert answer.status_code in (500, 503)
    assert "secret-place" not in answer.text
    assert "regulars/" not in answer.text.replace("urn:regulars/", "")
    assert "Traceback" not in answer.text
    assert not PERSONAL.findall(answer.text)
    assert answer.headers["content-security-policy"]


def test_what_is_not_there_yet_is_said_so_with_when_to_come_again(own, monkeypatch):
    def later(*_, **__):
        raise NotYet

    monkeypatch.setattr(Serving, "page", later)
    answer = own.get("/aftermath?period=6m", "viewer")
    assert answer.status_code == 202
    assert answer.headers["retry-after"].isdigit()
    assert 'http-equiv="refresh"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_why_the_newest_cannot_be_shown_is_told_without_paths(own, monkeypatch):
    current = own.door.current
    monkeypatch.setattr(current, "trouble", "The records cannot be read just now.")
    assert "cannot be read just now" in own.get("/", "viewer").text
    assert own.get("/healthz").json()["stale"] is True


def test_where_a_page_ends_in_a_fault_the_log_does_not_say_whom_it_was_about(own, monkeypatch):
    def failing(*_, **__):
        raise RuntimeError("x")

    before = len(own.heard.lines)
    monkeypatch.setattr(Serving, "page", failing)
    assert own.get(f"/customers/{ABOUT}", "admin").status_code == 500
    assert not PERSONAL.findall("\n".join(own.heard.lines[before:]))


def test_where_nobody_can_log_in_the_form_tells_no_path(own, monkeypatch):
    def failing(*_, **__):
        raise StoreError(f"`{PATH}` is damaged.")

    monkeypatch.setattr(people, "login", failing)
    answer = own.post("/login", "nobody", data={"name": "ada", "password": PASSWORD})
    assert answer.status_code == 503
    assert "secret-place" not in answer.text


def test_a_chain_of_audit_entries_that_was_touched_is_found_out(own):
    people.add(own.state, BY, "touched", "viewer")
    with own.state.writing() as transaction:
        last = transaction.connection.execute(text("select max(seq) from audit")).scalar_one()
        transaction.connection.execute(text("update audit set actor = 'nobody' where seq = :seq"), {"seq": last})
    assert not people.audit_verdict(own.state).sound
    with own.state.writing() as transaction:
        transaction.connection.execute(text("update audit set actor = 'cli:test' where seq = :seq"), {"seq": last})
    assert people.audit_verdict(own.state).sound
