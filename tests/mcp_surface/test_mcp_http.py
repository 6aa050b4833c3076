"""The tools over HTTP: a token gets in and nothing else, it sees what its scopes say, and all of it is written down."""

import json
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import anyio
import httpx2
import pytest
from fastapi import FastAPI
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.routing import Route
from starlette.testclient import TestClient

from regulars.app import people
from regulars.core.periods import now
from regulars.door.current import Current
from regulars.door.door import Door
from regulars.door.guard import Guard, Limits
from regulars.mcp.mounted import mounted
from regulars.state import audit, sessions, tokens
from regulars.state.audit import By
from regulars.state.passwords import Passwords
from regulars.state.store import State, open_state

BY, PASSWORD = By(actor="cli:test"), "canary in the coal mine"
#: Who comes with a token: of whom, and with which scopes.
TOKENS = {
    "all": ("anna", ("read", "customers", "personal")),
    "masked": ("bob", ("read", "customers")),
    "figures": ("bob", ("read",)),
    "blind": ("bob", ("customers",)),
    "expired": ("bob", ("read",)),
    "disabled": ("dora", ("read",)),
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@dataclass(frozen=True)
class Server:
    """A server in this process, with the tokens that get in."""

    client: TestClient
    state: State
    secrets: dict[str, str]

    def post(self, body, who="all", **headers):
        own = {"Authorization": f"Bearer {self.secrets[who]}"} if who else {}
        return self.client.post("/mcp", json=body, headers={**ACCEPT, **own, **headers})

    def ask(self, tool, who="all", **arguments):
        """Return the result of a call."""
        params = {"name": tool, "arguments": arguments}
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, who)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()["result"]

    def text(self, tool, who="all", **arguments):
        return self.ask(tool, who, **arguments)["content"][0]["text"]

    def written(self):
        return audit.entries(self.state, limit=1)[0]


def application(door):
    """Mount the tools as `regulars serve` does."""
    app, running = mounted(door)

    @asynccontextmanager
    async def open_to_close(_):
        async with running():
            yield
        door.current.close()

    found = FastAPI(lifespan=open_to_close, openapi_url=None)
    found.router.routes.append(Route("/mcp", endpoint=app))
    found.add_middleware(Guard, limits=Limits(per_minute=1_000_000, hosts=frozenset({"localhost"})))
    return found


@pytest.fixture(scope="module")
def server(mcp_folder, tmp_path_factory):
    with ExitStack() as stack:
        state = stack.enter_context(
            open_state(tmp_path_factory.mktemp("http_state"), None, passwords=Passwords(passes=1, memory=8))
        )
        for name, role in {"anna": "admin", "bob": "editor", "dora": "editor"}.items():
            people.add(state, BY, name, role, password=PASSWORD)
        secrets = {"forged": "rg_" + "x" * 43}
        for name, (owner, scopes) in TOKENS.items():
            at = now() - timedelta(days=2 if name == "expired" else 0)
            secrets[name] = tokens.issue(state, name, owner, scopes, at=at, lasts=timedelta(days=1)).secret
        people.disable(state, BY, "dora")
        door = Door(current=Current(mcp_folder, warm=False), state=state, alone=False)
        client = stack.enter_context(TestClient(application(door), base_url="http://localhost"))
        yield Server(client, state, secrets)


LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.mark.parametrize("who", ["", "forged", "expired", "disabled"])
def test_without_a_good_token_nobody_gets_in(server, who):
    answer = server.post(LIST, who)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="Regulars"')
    assert ('error="invalid_token"' in answer.headers["www-authenticate"]) == bool(who)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "token"


def test_a_session_of_a_browser_is_not_enough(server):
    session = people.login(server.state, "anna", PASSWORD)
    assert sessions.who(server.state, session.id, at=now())
    # A page of the same site may send it along.
    answer = server.post(LIST, "", **{"Cookie": f"regulars={session.id}", "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert server.post(LIST, "", Cookie=f"regulars={session.id}").status_code == 403


def test_a_token_that_is_not_for_reading_reads_nothing(server):
    answer = server.post(LIST, "blind")
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_other_sites_and_methods_are_refused(server):
    assert server.post(LIST, "all", Origin="https://evil.example").status_code == 403
    for method in ("GET", "DELETE", "PUT"):
        answer = server.client.request(method, "/mcp", headers={"Authorization": f"Bearer {server.secrets['all']}"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    large = {**LIST, "params": {"x": "y" * 70_000}}
    assert server.post(large).status_code == 413


def test_a_handshake_and_the_list(server):
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    answer = server.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    assert answer.json()["result"]["serverInfo"]["name"] == "regulars"
    assert "mcp-session-id" not in answer.headers
    assert server.post({"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    assert len(server.post(LIST, "figures").json()["result"]["tools"]) == 8


def test_what_is_no_question_is_refused(server):
    answer = server.client.post(
        "/mcp", content="{", headers={**ACCEPT, "Authorization": f"Bearer {server.secrets['all']}"}
    )
    assert answer.status_code == 400
    unknown = server.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "drop_tables"}})
    assert "No tool is called `drop_tables`" in unknown.json()["error"]["message"]


def test_answers_are_the_same_as_in_memory(server, shop):
    found = server.ask("answer_kpi", kpi="nps", grain="all")
    text, record = shop.answer("answer_kpi", kpi="nps", grain="all")
    assert (found["content"][0]["text"], found["structuredContent"]) == (text, record)
    page = server.ask("show_page", page="follow_up")
    assert page["structuredContent"] == shop.answer("show_page", page="follow_up")[1]


def test_pages_that_must_be_made_first_are_waited_for(server, shop):
    found = server.ask("show_page", page="retention")
    assert not found["isError"], found["content"]
    assert found["structuredContent"] == shop.answer("show_page", page="retention")[1]


def test_a_page_that_takes_too_long_is_asked_again(server, monkeypatch):
    monkeypatch.setattr("regulars.mcp.served.PATIENCE", 0.0)
    found = server.ask("show_page", page="kpis", period="3m")
    assert found["isError"]
    assert "Ask again in a minute" in found["content"][0]["text"]
    assert server.written().result == "later"


def test_scopes_say_what_is_seen(server):
    for tool, asked in (("at_risk", {}), ("customer_profile", {"customer_id": "c002"})):
        found = server.ask(tool, "figures", **asked)
        assert found["isError"]
        assert "Take a token with the scope `customers`." in found["content"][0]["text"]
    assert "ann@example.org" in server.text("show_page", "all", page="customers")
    assert "ann@example.org" not in json.dumps(server.ask("show_page", "masked", page="customers"))
    assert "[e-mail]" in server.text("show_page", "masked", page="customers")


def test_every_call_is_written_down_under_its_token(server):
    server.ask("answer_kpi", "figures", kpi="nps", start="2025-06-01")
    entry = server.written()
    assert (entry.by.actor, entry.action, entry.object, entry.rows) == ("bob", "mcp.answer_kpi", "nps", 2)
    assert server.secrets["figures"].startswith(entry.by.key)
    assert entry.by.address == "testclient"
    server.ask("customer_profile", "all", customer_id="c002")
    entry = server.written()
    assert (entry.by.actor, entry.action, entry.rows) == ("anna", "mcp.customer_profile", entry.rows)
    assert "c002" not in entry.object
    assert audit.pseudonym(server.state, "c002") in entry.object
    server.ask("at_risk", "figures")
    assert server.written().result == "refused"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_sdks_own_client_gets_along(server, mcp_folder, mode):
    door = Door(current=Current(mcp_folder, warm=False), state=server.state)
    app, running = mounted(door)
    headers = {"Authorization": f"Bearer {server.secrets['masked']}"}

    async def work():
        through = httpx2.ASGITransport(app, client=("10.0.0.9", 1))
        async with running(), httpx2.AsyncClient(transport=through, headers=headers, timeout=60) as http:
            transport = streamable_http_client("http://localhost/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                await client.list_tools()
                return await client.call_tool("answer_kpi", {"kpi": "nps", "grain": "all"})

    try:
        found = anyio.run(work)
    finally:
        door.current.close()
    assert found.structured_content["rows"][0]["kpi"] == "nps"
    assert (server.written().by.actor, server.written().by.address) == ("bob", "10.0.0.9")


def test_it_can_be_begun_again(mcp_folder, server):
    app = application(Door(current=Current(mcp_folder, warm=False), state=server.state))
    for _ in range(2):
        with TestClient(app, base_url="http://localhost") as client:
            answer = client.post("/mcp", json=LIST, headers=ACCEPT)
            assert answer.status_code == 401
