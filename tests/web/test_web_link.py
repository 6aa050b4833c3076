"""A server for this machine alone: by the link that it prints, once; and one behind TLS."""

import shutil
from contextlib import ExitStack
from datetime import timedelta

import pytest
from visitors import opened

from regulars.app import people
from regulars.door.guard import Limits
from regulars.door.visitor import COOKIE, SECURE_COOKIE
from regulars.state import links


@pytest.fixture(scope="module")
def alone(canary_shop, tmp_path_factory):
    with ExitStack() as stack:
        yield opened(stack, canary_shop, tmp_path_factory.mktemp("alone"), alone=True)


@pytest.fixture(scope="module")
def secure(canary_shop, tmp_path_factory):
    limits = Limits(per_minute=1_000_000, hosts=frozenset({"localhost"}), secure=True)
    with ExitStack() as stack:
        yield opened(stack, canary_shop, tmp_path_factory.mktemp("secure"), secure=True, limits=limits)


def test_a_link_lets_in_once(alone):
    token = people.link(alone.state)
    answer = alone.get(f"/login?token={token}", "nobody")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    cookie = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    assert "local, admin" in alone.get("/account", "nobody", headers=cookie).text
    again = alone.get(f"/login?token={token}", "nobody")
    assert again.status_code == 403
    assert "set-cookie" not in again.headers
    assert token not in again.text


def test_a_link_is_good_for_a_quarter_of_an_hour(alone):
    token = links.link(alone.state, at=alone.door.now() - timedelta(minutes=16))
    assert alone.get(f"/login?token={token}", "nobody").status_code == 403


@pytest.mark.parametrize("token", ["x", "rg_x", "%00", "%27%20OR%201%3D1", "x" * 3_000, "é"])
def test_other_words_than_a_links_let_nobody_in(alone, token):
    answer = alone.get(f"/login?token={token}", "nobody")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_nobody_logs_in_with_a_password_where_there_are_links(alone):
    answer = alone.post("/login", "nobody", data={"name": "ada", "password": "canary in the coal mine"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_whoever_has_no_link_is_told_what_to_do_and_nothing_else(alone):
    for path in ("/", "/customers", "/kpis.json", "/nothing"):
        answer = alone.get(path, "nobody")
        assert answer.status_code == 401
        assert "Open the link" in answer.text
        assert "Heard" not in answer.text


def test_over_tls_a_session_is_bound_to_this_host(secure):
    answer = secure.post("/login", "nobody", data={"name": "ada", "password": "canary in the coal mine"})
    said = answer.headers["set-cookie"]
    assert said.startswith(f"{SECURE_COOKIE}=")
    assert "secure" in said.lower()
    assert answer.headers["strict-transport-security"]
    session = said.partition("=")[2].partition(";")[0]
    assert secure.get("/account", "nobody", headers={"Cookie": f"{SECURE_COOKIE}={session}"}).status_code == 200


def test_over_tls_the_cookie_that_another_host_may_set_counts_for_nothing(secure):
    session = people.login(secure.state, "ada", "canary in the coal mine").id
    planted = {"Cookie": f"{COOKIE}={session}"}
    assert secure.get("/account", "nobody", headers=planted).status_code == 303


def test_a_workspace_without_records_says_how_to_load_some(tmp_path):
    (tmp_path / "regulars.toml").write_text('[company]\nname = "New"\ncurrency = "EUR"\ntime_zone = "UTC"\n')
    with ExitStack() as stack:
        found = opened(stack, tmp_path, tmp_path / "state")
        answer = found.get("/", "admin")
        assert answer.status_code == 200
        assert "regulars init" in answer.text
        assert str(tmp_path) not in answer.text
        assert found.get("/healthz").status_code == 503
        shutil.rmtree(tmp_path / ".regulars", ignore_errors=True)
