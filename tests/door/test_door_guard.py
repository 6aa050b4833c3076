"""What every request passes first, and what every answer carries."""

import asyncio
import logging

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from listening import app

from regulars.door import guard as module
from regulars.door.guard import ANSWERS, BODY, HEADERS, PARAMETERS, QUERY, Guard, Limits, _Cut

HOST = (b"host", b"stats.example.com")
PLENTY = Limits(per_minute=1_000_000, hosts=frozenset({"stats.example.com"}))


def call(method="GET", path="/", headers=(), *, query=b"", body=(b"",), limits=PLENTY, guard=None, address="10.0.0.1"):
    """Return status, headers and body of an answer; what is sent comes in the pieces of `body`, None takes for ever."""
    pieces, sent = list(body), []

    async def receive():
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        if piece is None:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [HOST, *headers] if not any(name == b"host" for name, _ in headers) else list(headers),
        "client": (address, 1),
    }
    asyncio.run((guard or Guard(app, limits))(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    found = dict(sent[0]["headers"])
    assert len(found) == len(sent[0]["headers"]), "a header twice"
    return sent[0]["status"], found, sent[1]["body"]


HOSTS = {
    b"stats.example.com": 200,
    b"stats.example.com:8443": 200,
    b"STATS.Example.COM": 200,
    b"evil.example": 421,
    b"stats.example.com.evil.example": 421,
    b"evil.example:stats.example.com": 421,
    b"stats.example.com@evil.example": 421,
    b"": 421,
    b"[::1]": 421,
    b"\xff\xfe": 421,
}


@pytest.mark.parametrize("host", HOSTS)
def test_only_the_hosts_own_names_are_answered(host):
    status, _, body = call(headers=[(b"host", host)])
    assert status == HOSTS[host]
    assert host not in body or status == 200 or not host


def test_addresses_of_ipv6_are_names_too():
    limits = Limits(hosts=frozenset({"[::1]"}))
    assert call(headers=[(b"host", b"[::1]:8000")], limits=limits)[0] == 200
    assert call(headers=[(b"host", b"[::2]:8000")], limits=limits)[0] == 421


SITE, ORIGIN, COOKIE = b"sec-fetch-site", b"origin", b"cookie"
OURS, THEIRS = b"https://stats.example.com", b"https://evil.example"
ORIGINS = [
    ([(SITE, b"same-origin")], True),
    ([(SITE, b"none")], True),
    ([(SITE, b"cross-site")], False),
    ([(SITE, b"same-site")], False),
    ([(SITE, b"")], False),
    ([(SITE, b"same-origin, cross-site")], False),
    ([(SITE, b"cross-site"), (ORIGIN, OURS)], False),
    ([(ORIGIN, OURS)], True),
    ([(ORIGIN, OURS), (COOKIE, b"regulars=x")], True),
    ([(ORIGIN, THEIRS)], False),
    ([(ORIGIN, b"null")], False),
    ([(ORIGIN, b"")], False),
    ([(ORIGIN, b"https://stats.example.com.evil.example")], False),
    ([(ORIGIN, b"https://stats.example.com:444")], False),
    ([(COOKIE, b"regulars=x")], False),  # a browser that says nothing of where a form is from
    ([], True),  # a program, without a cookie
]


@pytest.mark.parametrize(("headers", "taken"), ORIGINS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
def test_forms_of_other_sites_are_refused(method, headers, taken):
    status, _, body = call(method, headers=headers)
    assert status == (200 if taken else 403)
    assert taken or orjson.loads(body)["code"] == "cross-site"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_pages_may_be_linked_from_other_sites(method):
    assert call(method, headers=[(SITE, b"cross-site"), (ORIGIN, THEIRS), (COOKIE, b"regulars=x")])[0] == 200


LIMITS = [
    ({"query": b"x" * QUERY}, 200),
    ({"query": b"x" * (QUERY + 1)}, 431),
    ({"query": b"&".join([b"a=1"] * PARAMETERS)}, 200),
    ({"query": b"&".join([b"a=1"] * (PARAMETERS + 1))}, 431),
    ({"headers": [(b"x-much", b"x" * (HEADERS - 100))]}, 200),
    ({"headers": [(b"x-much", b"x" * HEADERS)]}, 431),
    ({"headers": [(b"x", b"x" * 100)] * 200}, 431),
    ({"method": "POST", "headers": [(b"content-length", str(BODY).encode())], "body": (b"x" * BODY,)}, 200),
    ({"method": "POST", "headers": [(b"content-length", str(BODY + 1).encode())]}, 413),
    ({"method": "POST", "headers": [(b"content-length", b"9" * 5000)]}, 413),
    ({"method": "POST", "headers": [(b"content-length", b"-1")]}, 413),
    ({"method": "POST", "headers": [(b"content-length", b"1e3")]}, 413),
    ({"method": "POST", "headers": [(b"content-length", "²".encode("latin-1"))]}, 413),
]


@pytest.mark.parametrize(("asked", "status"), LIMITS, ids=range(len(LIMITS)))
def test_what_is_too_large_is_refused_before_it_is_read(asked, status):
    found, headers, body = call(**asked)
    assert found == status
    if status != 200:
        assert orjson.loads(body)["code"] == "too-much"
        assert headers[b"connection"] == b"close"


CHUNKED = (b"transfer-encoding", b"chunked")


@pytest.mark.parametrize("path", ["/", "/swallowed"])
def test_a_body_that_does_not_say_how_long_it_is_is_taken_no_further_than_another(path):
    pieces = [b"x" * 10_000] * 20
    status, headers, body = call("POST", path, [CHUNKED], body=pieces)
    assert headers[b"connection"] == b"close"
    if path == "/":
        assert status == 413
        assert orjson.loads(body)["code"] == "too-much"
    else:
        assert int(body.split()[1]) <= BODY


def test_a_body_in_many_small_pieces_is_taken():
    assert call("POST", headers=[CHUNKED], body=[b"x"] * 5_000)[2] == b"took 5000"


def test_a_body_that_never_ends_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.2)
    status, headers, body = call("POST", headers=[CHUNKED], body=[b"x", None])
    assert status == 408
    assert orjson.loads(body)["code"] == "too-slow"
    assert headers[b"connection"] == b"close"


def test_pieces_that_come_one_by_one_are_not_each_waited_for_anew(monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.3)

    async def dripping():
        await asyncio.sleep(0.1)
        return {"type": "http.request", "body": b"x", "more_body": True}

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [HOST], "client": None}
    asyncio.run(asyncio.wait_for(Guard(app, PLENTY)(scope, dripping, send), 5))
    assert sent[0]["status"] == 408


def test_too_many_requests_of_one_address_are_refused_and_of_others_not():
    guard = Guard(app, Limits(per_minute=5))
    assert [call(guard=guard)[0] for _ in range(7)] == [200] * 5 + [429] * 2
    status, headers, body = call(guard=guard)
    assert (status, headers[b"retry-after"].isdigit(), orjson.loads(body)["code"]) == (429, True, "too-many")
    assert call(guard=guard, address="10.0.0.2")[0] == 200


def test_what_is_refused_for_its_size_counts_for_nobody_else():
    guard = Guard(app, Limits(per_minute=5, hosts=PLENTY.hosts))
    for _ in range(20):
        assert call(guard=guard, headers=[(b"host", b"evil.example")])[0] == 421
    assert call(guard=guard)[0] == 200


EVERY_ANSWER = dict(ANSWERS)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        *(({"path": f"/status/{code}"}, code) for code in (200, 204, 303, 304, 400, 401, 403, 404, 405, 500, 503)),
        ({"path": "/fault"}, 500),
        ({"method": "POST", "headers": [(SITE, b"cross-site")]}, 403),
        ({"headers": [(b"host", b"evil.example")]}, 421),
        ({"query": b"x" * (QUERY + 1)}, 431),
        ({"method": "POST", "headers": [CHUNKED], "body": [b"x" * BODY, b"x"]}, 413),
        ({"method": "HEAD"}, 200),
    ],
)
def test_every_answer_carries_what_browsers_must_keep_to(asked, status):
    found, headers, _ = call(**asked)
    assert found == status
    assert headers.items() >= EVERY_ANSWER.items()
    assert b"strict-transport-security" not in headers
    secure = Limits(hosts=PLENTY.hosts, secure=True)
    assert call(**asked, limits=secure)[1][b"strict-transport-security"].startswith(b"max-age=")


def test_the_policy_lets_no_script_style_or_frame_of_others_in():
    policy = EVERY_ANSWER[b"content-security-policy"].decode()
    said = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert said["default-src"] == "'none'"
    assert said["script-src"] == said["style-src"] == said["connect-src"] == said["form-action"] == "'self'"
    assert said["base-uri"] == said["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy


def test_a_policy_of_an_answers_own_is_kept():
    assert call(path="/own-policy")[1][b"content-security-policy"] == b"default-src 'none'"


def test_a_fault_is_told_without_a_word_of_what_it_says(caplog):
    caplog.set_level(logging.DEBUG)
    status, headers, body = call(path="/fault", query=b"q=canary-person%40example.org")
    assert status == 500
    assert headers[b"content-type"] == b"application/problem+json"
    assert b"canary" not in body
    assert b"/" not in body.replace(b"application/", b"")
    assert "ValueError" in caplog.text
    assert "listening.py" in caplog.text
    assert "canary" not in caplog.text


def test_an_answer_that_ends_in_the_middle_ends_the_connection(caplog):
    sent = []

    async def send(message):
        sent.append(message["type"])

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/begun", "query_string": b"", "headers": [HOST], "client": None}
    with pytest.raises(_Cut):
        asyncio.run(Guard(app, PLENTY)(scope, receive, send))
    assert sent == ["http.response.start"]
    assert "canary" not in caplog.text


def test_other_protocols_than_http_are_not_answered():
    def nobody(*_):
        raise AssertionError("it was answered")

    asyncio.run(Guard(app, PLENTY)({"type": "websocket"}, nobody, nobody))


NAMES = st.sampled_from([b"host", b"origin", b"cookie", b"sec-fetch-site", b"content-length", b"x", b"content-type"])


@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=40)), max_size=6),
    st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "é"]),
    st.binary(max_size=60),
)
def test_whatever_is_asked_is_answered_in_one_form(headers, method, query):
    guard = Guard(app, PLENTY)
    status, found, body = call(method, headers=headers, query=query, guard=guard)
    assert status in (200, 403, 413, 421, 431)
    assert found.items() >= EVERY_ANSWER.items()
    if status != 200:
        told = orjson.loads(body)
        assert (told["status"], told["type"]) == (status, f"urn:regulars:{told['code']}")
