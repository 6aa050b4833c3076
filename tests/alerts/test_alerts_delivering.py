"""Delivering: at least once with one key, whoever is killed; whoever hangs delays nobody; quiet hours and digests."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from channels import HOOK, leading_to, message, settings

from hooks_server import PUBLIC, hangs, receiver, says
from regulars.alerts.channel import Line
from regulars.alerts.delivering import Delivery
from regulars.app import people
from regulars.state import outbox
from regulars.state.audit import By
from regulars.state.outbox import LEASE, WAITS, Enclosed, Rights, Standing
from regulars.state.store import open_state

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday, 13:00 in Amsterdam
OK = says(200)
BY = By(actor="test")


@pytest.fixture
def state(tmp_path):
    with open_state(tmp_path / "store") as opened:
        yield opened


def delivery(state, known, egress, at=AT, **more):
    addresses = {name.upper(): HOOK for name in known.channels}
    more = {"environment": addresses, "clock": lambda: at, "egress": egress, **more}
    return Delivery(settings=known, state=state, **more)


def bodies(server):
    return [json.loads(body) for _, _, body in server.requests]


def test_what_waits_is_sent_in_order_once_and_with_its_key(state):
    known = settings(sales={})
    for key in "abc":
        outbox.put(state, "sales", message(key), at=AT)
    with receiver(OK, OK, OK, OK) as server:
        (done,) = delivery(state, known, leading_to(server)).deliver()
        (again,) = delivery(state, known, leading_to(server)).deliver()
    assert (done.sent, done.trouble, again.sent) == (3, "", 0)
    assert [one["messages"][0]["key"] for one in bodies(server)] == ["a", "b", "c"]
    assert len({heads["Idempotency-Key"] for _, heads, _ in server.requests}) == 3


def test_a_receiver_that_hangs_delays_nobody_else(state):
    known = settings(first={}, second={})
    outbox.put(state, "first", message("a"), at=AT)
    outbox.put(state, "second", message("a"), at=AT)
    with receiver(hangs) as slow, receiver(OK) as quick:
        began, taken = time.monotonic(), []

        def connect(address, port, patience):
            server = slow if address == PUBLIC else quick
            taken.append((server, time.monotonic() - began))
            return socket.create_connection(server.listening.getsockname(), timeout=patience)

        names = {"first.example.com": [PUBLIC], "second.example.com": ["93.184.215.15"]}
        egress = leading_to(slow, resolve=lambda name, _port: names[name], connect=connect, seconds=20)
        addresses = {"FIRST": "https://first.example.com/a", "SECOND": "https://second.example.com/a"}
        first, second = delivery(state, known, egress, environment=addresses, deadline=1.0).deliver()
        assert time.monotonic() - began < 3
        assert (first.late, first.sent, second.late, second.sent) == (True, 0, False, 1)
    assert outbox.counts(state)["first"] == {Standing.WAITING: 1}


def test_trouble_is_kept_and_tried_again_and_what_will_never_be_taken_is_dead(state):
    known = settings(sales={})
    outbox.put(state, "sales", message("a"), at=AT)
    outbox.put(state, "sales", message("b"), at=AT)
    with receiver(says(503), says(404), OK) as server:
        (first,) = delivery(state, known, leading_to(server)).deliver()
        assert (first.sent, first.dead, first.trouble) == (0, 0, "The receiver says 503. Try again later.")
        (soon,) = delivery(state, known, leading_to(server), AT + timedelta(seconds=30)).deliver()
        assert (soon.sent, server.connects) == (0, 1)
        (later,) = delivery(state, known, leading_to(server), AT + timedelta(minutes=2)).deliver()
        assert (later.sent, later.dead) == (1, 1)
    (dead,) = outbox.letters(state, standing=Standing.DEAD)
    assert dead.message.key == "a"
    assert "404" in dead.trouble


def test_a_letter_that_cannot_be_written_keeps_those_behind_it_no_longer_than_any_other(state, monkeypatch):
    outbox.put(state, "sales", message("a"), at=AT)
    outbox.put(state, "sales", message("b"), at=AT)
    told = Line.tell

    def tell(line, messages, *rest):
        if messages[0].key == "a":
            raise ValueError(line.address.url)
        return told(line, messages, *rest)

    monkeypatch.setattr(Line, "tell", tell)
    at = AT
    with receiver(OK) as server:
        for wait in (*WAITS, timedelta()):
            (done,) = delivery(state, settings(sales={}), leading_to(server), at).deliver()
            at += wait
    assert (done.sent, done.dead) == (1, 1)
    (dead,) = outbox.letters(state, standing=Standing.DEAD)
    assert (dead.message.key, dead.trouble) == ("a", "A fault in Regulars (ValueError).")


LESS = {
    "removed": lambda state: people.remove(state, BY, "eva"),
    "kept out": lambda state: people.disable(state, BY, "eva"),
    "another role": lambda state: people.set_role(state, BY, "eva", "viewer", personal=True),
    "no names": lambda state: people.set_role(state, BY, "eva", "editor", personal=False),
}


@pytest.mark.parametrize("lost", LESS)
def test_a_file_that_waits_is_not_sent_to_whoever_lost_the_rights_it_was_made_with(state, lost):
    eva = people.add(state, BY, "eva", "editor", personal=True)
    file = Enclosed(name="queue.csv", content=b"customers", rights=Rights.of(eva))
    outbox.put(state, "sales", message("a"), at=AT, enclosed=file)
    outbox.put(state, "sales", message("b"), at=AT)
    LESS[lost](state)
    with receiver(OK, OK) as server:
        (done,) = delivery(state, settings(sales={}), leading_to(server)).deliver()
    assert (done.sent, done.dead) == (1, 1)
    assert [one["messages"][0]["key"] for one in bodies(server)] == ["b"]
    (dead,) = outbox.letters(state, standing=Standing.DEAD)
    assert "`eva` has lost rights since" in dead.trouble


def test_a_file_that_waits_is_sent_to_whoever_has_the_rights_still_or_more(state):
    eva = people.add(state, BY, "eva", "editor")
    outbox.put(state, "sales", message("a"), at=AT, enclosed=Enclosed(name="a", content=b"", rights=Rights.of(eva)))
    people.set_role(state, BY, "eva", "admin")
    with receiver(OK) as server:
        assert delivery(state, settings(sales={}), leading_to(server)).deliver()[0].sent == 1


def test_an_address_that_is_wrong_or_not_set_loses_nothing(state):
    known = settings(sales={}, other={})
    outbox.put(state, "sales", message("a"), at=AT)
    outbox.put(state, "other", message("a"), at=AT)
    addresses = {"SALES": "https://127.0.0.1/secret-word"}
    with receiver(OK) as server:
        wrong, unset = delivery(state, known, leading_to(server), environment=addresses).deliver()
        assert server.connects == 0
    assert "`SALES`" in wrong.trouble
    assert "secret-word" not in wrong.trouble
    assert "`OTHER` is not set" in unset.trouble
    assert {name: counts[Standing.WAITING] for name, counts in outbox.counts(state).items()} == {"sales": 1, "other": 1}
    for one in (wrong, unset):
        head = outbox.head(state, one.channel)
        assert (head.trouble, head.tries) == (one.trouble, 0)


def test_quiet_hours_hold_back_and_digests_gather(state):
    known = settings(night={"quiet": ["12:00-14:00"]}, hour={"digest": "hourly"}, day={"digest": "daily 08:00"})
    for name in known.channels:
        outbox.put(state, name, message("a"), at=AT - timedelta(minutes=30))
        outbox.put(state, name, message("b"), at=AT)
    with receiver(OK, OK, OK, OK, OK) as server:
        night, hour, day = delivery(state, known, leading_to(server), AT).deliver()
        assert (night.quiet, night.sent, hour.sent, day.sent) == (True, 0, 1, 0)
        later = AT + timedelta(hours=1)
        night, hour, day = delivery(state, known, leading_to(server), later).deliver()
        assert (night.sent, hour.sent, day.sent) == (2, 1, 0)
        morning = datetime(2026, 3, 3, 7, tzinfo=UTC)
        assert delivery(state, known, leading_to(server), morning).deliver()[2].sent == 2
    assert [one["key"] for one in bodies(server)[-1]["messages"]] == ["a", "b"]


CHILD = """
import os, signal, socket, ssl, sys
sys.path[:0] = {path!r}
from datetime import datetime
from pathlib import Path
from regulars.alerts.channel import Line
from regulars.alerts.delivering import Delivery
from regulars.core.egress import Egress
from regulars.app import people
from regulars.state import outbox
from regulars.state.audit import By
from regulars.state.store import open_state
from channels import settings
anybody = ssl.create_default_context()
anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
egress = Egress(
    resolve=lambda *_: ["93.184.215.14"], tls=anybody, seconds=5.0,
    connect=lambda _address, _port, patience: socket.create_connection(("127.0.0.1", {port}), timeout=patience),
)
outbox.delivered = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
with open_state(Path({store!r})) as state:
    Delivery(
        settings=settings(sales={{}}), state=state, environment={{"SALES": {hook!r}}}, egress=egress,
        clock=lambda: datetime.fromisoformat({at!r}),
    ).deliver()
"""


def test_whoever_is_killed_between_sending_and_writing_it_down_sends_again_with_the_same_key(state, tmp_path):
    outbox.put(state, "sales", message("a"), at=AT)
    here = str(Path(__file__).parent)
    with receiver(OK, OK, OK) as server:
        said = textwrap.dedent(CHILD).format(
            path=[here, str(Path(here).parent)], port=server.listening.getsockname()[1], store=str(tmp_path / "store"),
            hook=HOOK, at=AT.isoformat(),
        )  # fmt: skip
        killed = subprocess.run([sys.executable, "-c", said], env=os.environ, timeout=60, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert server.connects == 1
        known = settings(sales={})
        assert delivery(state, known, leading_to(server), AT + LEASE / 2).deliver()[0].sent == 0
        assert delivery(state, known, leading_to(server), AT + LEASE).deliver()[0].sent == 1
        assert delivery(state, known, leading_to(server), AT + 2 * LEASE).deliver()[0].sent == 0
    assert len(server.requests) == 2
    assert len({heads["Idempotency-Key"] for _, heads, _ in server.requests}) == 1
    assert bodies(server)[0] == bodies(server)[1]


def test_two_who_deliver_at_once_send_each_message_once(state):
    known = settings(sales={})
    for place in range(20):
        outbox.put(state, "sales", message(str(place)), at=AT)
    with receiver(*[OK] * 40) as server:
        egress = leading_to(server)
        threads = [threading.Thread(target=delivery(state, known, egress).deliver) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        delivery(state, known, egress).deliver()
    assert [one["messages"][0]["key"] for one in bodies(server)] == [str(place) for place in range(20)]
