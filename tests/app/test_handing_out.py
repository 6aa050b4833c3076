"""Handing audiences out: never who is held out, never unlogged, and for others so that nobody can be told apart."""

import hmac
import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from hashlib import sha256
from types import SimpleNamespace

import ibis
import pyarrow as pa
import pytest

from hooks_server import hangs, receiver, says
from regulars.app.handing_out import Wanted, needs_records, prepared, written_down
from regulars.app.sending import WAITS, Sender, batches, headers, send, sender
from regulars.app.workspace import Workspace
from regulars.core.errors import Busy, DataError, QueryError, Refused, SettingsError, StoreError, UnknownName
from regulars.core.sharing_settings import Webhook
from regulars.state import audiences, audit, chain
from regulars.state.audiences import Arm, Audience, Member
from regulars.state.audit import By
from regulars.state.passwords import Passwords
from regulars.state.store import open_state

BY = By(actor="cli:ada")
N, SECRET = 40, "0123456789abcdef"
SETTINGS = """
[company]
name = "Shop"
currency = "EUR"
time_zone = "UTC"
[decisions]
consent = "newsletter"
[sharing]
k = 5
[sharing.columns]
market = "keep"
born = "year"
name = "first"
email = "sha256"
card = "hash"
note = "drop"
[webhooks.agency]
url = "https://hooks.example.com/a"
secret_env = "AGENCY_SECRET"
batch = 7
[webhooks.crm]
url = "https://hooks.example.com/crm"
secret_env = "CRM_SECRET"
shared = false
"""
SAID = {
    "profit": [120.0, -3.0, 260.0],
    "level": 0.95,
    "cost": [10.0, 8.0, 12.0],
    "effect": [0.0, 0.1, 0.2],
    "effect_source": "Assumed, wide on purpose",
}


def held(n):
    return n % 4 == 0


def people(n):
    """Return what is known of a customer: half of them alike, the others rare in one way or another."""
    rare = n % 2 == 0 and n % 6
    return {
        "customer_id": f"c{n:02}",
        "market": f"M{n}" if rare else "NL",
        "born": f"19{80 + n % 3 * 2}-03-04",
        "name": "Zoe" if n == 7 else "Ann",
        "email": f"Ann{n}@Example.org ",
        "card": f"card {n}",
        "note": f"secret {n}",
        "newsletter": "no" if n in (1, 2) else None if n == 3 else "YES",
    }


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "regulars.toml").write_text(SETTINGS, encoding="utf-8")
    return Workspace.at(tmp_path)


@pytest.fixture
def records():
    rows = [people(n) for n in range(N)]
    table = pa.Table.from_pylist([{"customer": place, **row} for place, row in enumerate(rows)])
    return SimpleNamespace(attributes=tuple(rows[0])[1:], tables={"people": ibis.memtable(table)})


@pytest.fixture
def state(tmp_path):
    with open_state(tmp_path / "state", None, passwords=Passwords(passes=1, memory=8)) as found:
        at = datetime(2025, 8, 1, tzinfo=UTC)
        audience = Audience(
            name="spring", action="win_back_offer", version=2, team="marketing", as_of=date(2025, 8, 1), days=90,
            holdout=0.25, said=SAID, created_at=at, created_by="ada",
        )  # fmt: skip
        members = [
            Member(customer_id=f"c{n:02}", arm=Arm.HOLDOUT if held(n) else Arm.TREATED, place=n + 1, profit=9.0 - n / 9,
                   error=1.0)
            for n in range(N)
        ]  # fmt: skip
        audiences.add(found, audience, members, at=at)
        yield found


def plain(handout):
    """Return all that leaves, as text."""
    return json.dumps([handout.stamp, list(handout.rows)], default=str)


# For the company itself.


def test_every_row_says_what_is_done_how_it_is_measured_and_what_it_is_expected_to_bring(workspace, state, records):
    found = prepared(workspace, state, Wanted(name="spring", columns=("market", "email")), records)
    first = found.rows[0]
    assert (first["customer_id"], first["audience"], first["action"], first["action_version"]) == (
        "c05", "spring", "win_back_offer", 2
    )  # fmt: skip
    assert (first["arm"], first["share_held_out"], first["days"]) == ("treated", 0.25, 90)
    assert (first["chosen_on"], first["read_out_on"]) == (date(2025, 8, 1), date(2025, 10, 30))
    assert first["expected_profit_low"] == pytest.approx(first["expected_profit"] - 1.959964, abs=1e-5)
    assert first["expected_profit_high"] == pytest.approx(first["expected_profit"] + 1.959964, abs=1e-5)
    assert (first["currency"], first["level"], first["flags"]) == ("EUR", 0.95, ["assumed_effect"])
    assert (first["market"], first["email"]) == ("NL", "Ann5@Example.org ")
    stamp = found.stamp
    assert [stamp[f"expected_profit{end}"] for end in ("_low", "", "_high")] == [-3.0, 120.0, 260.0]
    assert (stamp["treated"], stamp["held_out"], stamp["n"]) == (30, 10, 40)
    assert "10 customers like these are left alone" in stamp["plan"]
    assert "2025-10-30" in stamp["plan"]


def test_who_is_held_out_never_leaves_and_who_does_not_agree_any_more_is_left_out(workspace, state, records):
    for recipient in ("", "agency"):
        found = prepared(workspace, state, Wanted(name="spring", recipient=recipient), records)
        assert len(found.rows) == 30 - 3
        assert (found.withdrawn, found.stamp["withdrawn"]) == (3, 3)
    own = prepared(workspace, state, Wanted(name="spring"), records)
    left = {one["customer_id"] for one in own.rows}
    assert left == {f"c{n:02}" for n in range(N) if not held(n) and n not in (1, 2, 3)}


def test_records_are_needed_for_columns_and_consent_alone(workspace, tmp_path):
    assert needs_records(workspace, Wanted(name="x"))
    free = tmp_path / "free"
    free.mkdir()
    (free / "regulars.toml").write_text(SETTINGS.replace('consent = "newsletter"', ""), encoding="utf-8")
    assert not needs_records(Workspace.at(free), Wanted(name="x"))
    assert needs_records(Workspace.at(free), Wanted(name="x", columns=("market",)))


def test_a_column_that_is_called_as_something_else_has_another_name(workspace, state, records):
    rows = records.tables["people"]
    renamed = rows.rename(status="market")
    other = SimpleNamespace(attributes=("status", "newsletter"), tables={"people": renamed})
    open_settings = workspace.settings.model_copy(update={"sharing": type(workspace.settings.sharing)()})
    found = prepared(
        Workspace(workspace.folder, open_settings), state, Wanted(name="spring", columns=("status",)), other
    )
    assert (found.rows[0]["status"], found.rows[0]["customer_status"]) == ("open", "NL")


# For others.

COLUMNS = ("market", "born", "name", "email", "card", "note")


def test_others_are_given_pseudonyms_masked_columns_and_nobody_who_can_be_told_apart(workspace, state, records):
    found = prepared(workspace, state, Wanted(name="spring", columns=COLUMNS, recipient="agency"), records)
    text = plain(found)
    assert not re.search(r"\bc05", text), "a pseudonym may hold these signs by chance"
    assert "secret" not in text
    assert "Example.org" not in text
    assert "card 5" not in text
    assert "expected_profit" not in found.rows[0]
    assert "place" not in found.rows[0]
    assert "note" not in found.rows[0]
    assert {one["name"] for one in found.rows} <= {"A", "other"}, "one Z is too few"
    assert {one["born"] for one in found.rows} <= {"1980", "1982", "1984", "other"}
    assert {one["market"] for one in found.rows} == {"NL", "other"}
    sizes = Counter((one["market"], one["born"], one["name"]) for one in found.rows)
    assert min(sizes.values()) >= 5
    assert 0 < found.given_up < len(found.rows)
    assert {one["email"] for one in found.rows} == {
        sha256(f"ann{n}@example.org".encode()).hexdigest() for n in range(4, N) if not held(n)
    }
    ids = [one["customer_id"] for one in found.rows]
    assert ids == sorted(ids)
    assert (found.stamp["shared_with"], found.stamp["k"], found.stamp["given_up"]) == ("agency", 5, found.given_up)
    assert found.stamp["columns"]["email"] == "sha256"


def test_pseudonyms_are_the_same_for_one_recipient_others_for_another_and_nothing_without_the_key(
    workspace, state, records
):
    first, again, other = (
        prepared(workspace, state, Wanted(name="spring", columns=("card",), recipient=who), records).rows
        for who in ("agency", "agency", "panel")
    )
    assert first == again
    for name in ("customer_id", "card"):
        assert len({one[name] for one in first}) == 27
        assert not {one[name] for one in first} & {one[name] for one in other}
    assert not {one["card"] for one in first} & {one["customer_id"] for one in first}
    assert not {one["customer_id"] for one in first} & {sha256(f"c{n:02}".encode()).hexdigest()[:32] for n in range(N)}


def test_fewer_than_k_are_not_shared(workspace, state, records):
    sharing = workspace.settings.sharing.model_copy(update={"k": 28})
    strict = Workspace(workspace.folder, workspace.settings.model_copy(update={"sharing": sharing}))
    with pytest.raises(QueryError, match="27 customers can be told apart"):
        prepared(strict, state, Wanted(name="spring", recipient="agency"), records)
    assert prepared(strict, state, Wanted(name="spring"), records).rows


@pytest.mark.parametrize(
    ("wanted", "error", "why"),
    [
        (Wanted(name="sprng"), UnknownName, "Did you mean `spring`"),
        (Wanted(name="spring", columns=("markt",)), QueryError, "Did you mean `market`"),
        (Wanted(name="spring", columns=("newsletter",), recipient="agency"), QueryError, "newsletter = \"keep\""),
        (Wanted(name="spring", recipient="an agency"), QueryError, "no name of a recipient"),
    ],
)  # fmt: skip
def test_what_cannot_be_handed_out_is_told_with_what_can(workspace, state, records, wanted, error, why):
    with pytest.raises(error, match=why):
        prepared(workspace, state, wanted, records)
    assert audit.entries(state, limit=5) == []


def test_a_rule_for_a_column_that_there_is_not_is_told(workspace, state, records):
    fewer = SimpleNamespace(attributes=("market", "bornn", *COLUMNS[2:]), tables=records.tables)
    with pytest.raises(SettingsError, match="Did you mean `bornn`"):
        prepared(workspace, state, Wanted(name="spring", columns=("market",), recipient="agency"), fewer)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("k = 1", "`k` cannot be `1`"),
        ('[sharing.columns]\nemail = "shred"', "shred"),
        ('[webhooks.x]\nurl = "http://example.com"\nsecret_env = "X"', "begin with `https://`"),
        ('[webhooks.x]\nurl = "https://127.0.0.1/"\nsecret_env = "X"', "not public"),
        ('[webhooks.x]\nurl = "https://example.com:8443/"\nsecret_env = "X"', "`port` is 443"),
        ('[webhooks.x]\nurl = "https://a:hush@example.com/"\nsecret_env = "X"', "name or password"),
        ('[webhooks.x]\nurl = "https://example.com"\nsecret = "hush"\nsecret_env = "X"', "`secret` is unknown"),
        ('[webhooks.x]\nurl = "https://example.com"\nsecret_env = "hush hush"', "secret_env"),
    ],
)
def test_settings_that_cannot_be_are_told_when_they_are_read(tmp_path, said, why):
    head = SETTINGS.partition("[decisions]")[0] + ("[sharing]\n" if said.startswith("k") else "")
    (tmp_path / "regulars.toml").write_text(f"{head}{said}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=why) as raised:
        Workspace.at(tmp_path)
    if "password" in why:
        assert "a:hush" not in str(raised.value)


# The audit log.


def test_what_is_handed_out_is_written_down_with_what_became_of_columns(workspace, state, records):
    found = prepared(workspace, state, Wanted(name="spring", columns=("email", "market"), recipient="agency"), records)
    written_down(state, BY, found, "audience.export", "file a.csv")
    (entry,) = audit.entries(state, limit=5)
    assert (entry.action, entry.object, entry.rows) == ("audience.export", "spring", 27)
    assert entry.purpose.startswith("shared with agency (k 5, given up of ")
    assert entry.purpose.endswith("columns: email sha256, market keep; to file a.csv")


def broken(state):
    """Cut off the log's end, so that nothing can be written down any more."""
    with state.writing() as transaction:
        transaction.change(chain.audit_head.delete())


# Sending.


@pytest.fixture
def shared(workspace, state, records):
    return prepared(workspace, state, Wanted(name="spring", columns=COLUMNS, recipient="agency"), records)


def to(workspace, server, **more):
    waited = []
    return waited, Sender(
        name="agency", webhook=workspace.settings.webhooks["agency"], secret=SECRET.encode(),
        egress=server.egress(**more), pause=waited.append,
    )  # fmt: skip


def test_an_audience_is_sent_in_batches_that_are_signed(workspace, state, shared):
    with receiver(*[says(200)] * 4) as server:
        waited, sending = to(workspace, server)
        assert send(state, BY, shared, sending) == 4
    got = []
    for _, said, body in server.requests:
        signed = said["Regulars-Timestamp"].encode() + b"." + body
        assert said["Regulars-Signature"] == "v1=" + hmac.new(SECRET.encode(), signed, "sha256").hexdigest()
        message = json.loads(body)
        assert message["audience"]["share_held_out"] == 0.25
        got += message["members"]
    assert [json.loads(body)["batch"] for *_, body in server.requests] == [1, 2, 3, 4]
    assert [one["customer_id"] for one in got] == [one["customer_id"] for one in shared.rows]
    assert len({said["Idempotency-Key"] for _, said, _ in server.requests}) == 4
    assert waited == []
    after, before = audit.entries(state, limit=5)
    assert (before.action, before.rows, before.result) == ("audience.send", 27, "done")
    assert (after.action, after.rows, after.result) == ("audience.sent", 27, "done")
    assert "hooks.example.com" in before.purpose


def test_a_signature_is_of_the_time_and_the_body(shared):
    one = next(batches(shared, 10))
    now, later, other = (headers(one, key, at=at) for key, at in ((b"a", 1), (b"a", 2), (b"b", 1)))
    assert len({said["Regulars-Signature"] for said in (now, later, other)}) == 3
    assert len({said["Idempotency-Key"] for said in (now, later, other)}) == 1


def test_what_is_not_taken_at_once_is_sent_again_with_the_same_key(workspace, state, shared):
    answers = [says(503, "Retry-After: 9"), hangs, says(200), *[says(200)] * 3]
    with receiver(*answers) as server:
        waited, sending = to(workspace, server, seconds=0.4)

        def pause(seconds):
            waited.append(seconds)
            server.ended.set() if len(waited) == 2 else None

        assert send(state, BY, shared, Sender(**{**vars(sending), "pause": pause})) == 4
    keys = [said["Idempotency-Key"] for _, said, _ in server.requests]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert waited == [9.0, WAITS[1]]


def test_what_is_never_taken_is_given_up_and_written_down(workspace, state, shared):
    with receiver(says(200), *[says(500)] * 4) as server:
        waited, sending = to(workspace, server)
        with pytest.raises(Busy, match="Delivered: 7 customers of 27"):
            send(state, BY, shared, sending)
    assert waited == list(WAITS)
    entry = audit.entries(state, limit=1)[0]
    assert (entry.action, entry.rows, entry.result) == ("audience.sent", 7, "busy: not all was delivered")


@pytest.mark.parametrize(("answer", "why"), [(says(410), "says 410"), (says(302), "Nobody is followed")])
def test_what_is_refused_is_not_sent_again(workspace, state, shared, answer, why):
    with receiver(answer) as server:
        waited, sending = to(workspace, server)
        with pytest.raises(DataError, match=why):
            send(state, BY, shared, sending)
        assert (server.connects, waited) == (1, [])


def test_where_a_name_leads_into_a_network_nothing_is_sent_nor_written_down(workspace, state, shared):
    with receiver() as server:
        _, sending = to(workspace, server, resolve=lambda *_: ["10.0.0.7"])
        for attempt in (sending.check, lambda: send(state, BY, shared, sending)):
            with pytest.raises(Refused, match=r"10\.0\.0\.7"):
                attempt()
        assert server.connects == 0
    assert audit.entries(state, limit=5) == []


def test_what_cannot_be_written_down_is_not_sent(workspace, state, shared):
    broken(state)
    with receiver() as server:
        _, sending = to(workspace, server)
        with pytest.raises(StoreError, match="tampered"):
            send(state, BY, shared, sending)
        assert server.connects == 0


def test_a_secret_comes_from_the_environment_and_is_never_told(workspace):
    found = sender(workspace, "agency", {"AGENCY_SECRET": SECRET})
    assert SECRET not in repr(found)
    for environment, why in (({}, "is not set"), ({"AGENCY_SECRET": "short"}, "shorter than 16")):
        with pytest.raises(SettingsError, match=why):
            sender(workspace, "agency", environment)
    with pytest.raises(UnknownName, match="Did you mean `agency`"):
        sender(workspace, "agence", {})


def test_an_address_is_somebody_elses_unless_it_is_said_otherwise(workspace):
    assert workspace.settings.webhooks["agency"].shared
    assert not workspace.settings.webhooks["crm"].shared
    assert Webhook(url="https://example.com", secret_env="X").shared
