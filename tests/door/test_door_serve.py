"""`regulars serve` as it is started: where it listens, whom it lets in, and what is left of it when it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tally import makers, wait_until

from regulars.cli import main, serving
from regulars.cli.serving import Listening, _checked, serve
from regulars.core.errors import SettingsError
from regulars.door.current import Current

COMMAND = [sys.executable, "-c", "from regulars.cli.main import main; main()"]


@contextmanager
def started(shop, *more):
    """Start the server; give the process, its address, and the link that it prints."""
    command = [*COMMAND, "serve", "-C", str(shop), "--port", "0", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            address = re.search(r"http://\S+", server.stderr.readline())[0]
            yield server, address, server.stdout.readline().strip()
        finally:
            server.kill()


def test_a_server_lets_in_whoever_started_it_and_leaves_nothing_whether_it_is_killed_or_ended(shop):
    with started(shop) as (server, address, _), httpx.Client(base_url=address) as client:
        wait_until(lambda: client.get("/healthz").status_code == 200)
        theirs = makers(server.pid)
        server.kill()
    with started(shop) as (server, address, link), httpx.Client(base_url=address) as client:
        wait_until(lambda: client.get("/healthz").status_code == 200)
        assert client.get("/").status_code == 401
        assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421
        assert link.startswith(address)
        assert client.get(link, follow_redirects=False).status_code == 303
        assert "local, admin" in client.get("/account").text
        theirs |= makers(server.pid)
        server.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert server.wait(20) in (0, -signal.SIGTERM)
        assert time.monotonic() - began < 15
        assert "Traceback" not in server.stderr.read()
    assert theirs
    wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in theirs))


@pytest.mark.parametrize(("words", "ahead"), [((), True), (("--no-ahead",), False)], ids=["ahead", "no ahead"])
def test_pages_of_the_menu_are_made_before_anybody_asks_unless_told_otherwise(shop, monkeypatch, words, ahead):
    asked = []
    monkeypatch.setattr(serving, "Current", lambda folder, *, warm: asked.append(warm) or Current(folder, warm=warm))
    monkeypatch.setattr(serving, "_run", lambda *_: None)
    main.app(["serve", "-C", str(shop), "--port", "0", *words], standalone_mode=False)
    assert asked == [ahead]


REFUSED = [
    {"host": "0.0.0.0"},
    {"host": "::"},
    {"host": "192.0.2.1"},
    {"host": "example.com"},
    {"host": "127.0.0.1", "url": "stats.example.com"},
    {"host": "127.0.0.1", "url": "ftp://stats.example.com"},
    {"host": "127.0.0.1", "url": "https://"},
    {"host": "127.0.0.1", "url": "https://stats.example.com/regulars"},
    {"host": "127.0.0.1", "url": "https://[::1"},
    {"host": "127.0.0.1", "url": "https://stats.example.com:99999"},
    {"host": "127.0.0.1", "url": "javascript:alert(1)"},
]


@pytest.mark.parametrize("asked", REFUSED, ids=range(len(REFUSED)))
def test_a_server_does_not_listen_where_it_should_not(asked):
    with pytest.raises(SettingsError):
        _checked(Listening(port=0, **asked))


ALLOWED = {
    ("127.0.0.1", ""): (True, False, {"localhost", "127.0.0.1", "[::1]"}),
    ("localhost", ""): (True, False, {"localhost", "127.0.0.1", "[::1]"}),
    ("::1", ""): (True, False, {"localhost", "127.0.0.1", "[::1]"}),
    ("127.0.0.2", ""): (True, False, {"localhost", "127.0.0.1", "127.0.0.2", "[::1]"}),
    ("0.0.0.0", "https://Stats.Example.com"): (False, True, {"localhost", "127.0.0.1", "[::1]", "stats.example.com"}),
    ("127.0.0.1", "http://intern:8080"): (False, False, {"localhost", "127.0.0.1", "[::1]", "intern"}),
}


@pytest.mark.parametrize("where", ALLOWED)
def test_a_server_answers_to_its_own_names(where):
    found = Listening(host=where[0], port=0, url=where[1])
    _checked(found)
    assert (found.alone, found.secure, found.hosts) == ALLOWED[where]


def test_a_server_for_others_begins_only_once_somebody_may_come_in(shop):
    with pytest.raises(SettingsError, match="user add"):
        serve(shop, host="127.0.0.1", port=0, url="https://stats.example.com")
    assert os.stat(shop / ".regulars" / "state.db").st_mode & 0o077 == 0
