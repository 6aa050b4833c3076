"""Alerts and channels in a browser: who may say what became of which, what comes back, and what nobody may do."""

import re
import shutil
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from visitors import EVERYBODY, INSIDE, opened

from hooks_server import hangs, receiver, says
from regulars.alerts import trying
from regulars.app.workspace import Workspace
from regulars.core.errors import Busy
from regulars.core.message import Tells
from regulars.core.periods import now
from regulars.state import alerts, audit
from regulars.state.alerts import Alert, Real, Status

MAY = ("editor", "admin")
LATER = str(now().date() + timedelta(days=30))
DAYS = ("2025-06-10", "2025-06-11", "2025-06-12")


@pytest.fixture(scope="module")
def shop(canary_shop, tmp_path_factory):
    """The shop with its state, for these tests to change."""
    ignored = shutil.ignore_patterns("lock", "spill-*")
    folder = shutil.copytree(canary_shop, tmp_path_factory.mktemp("alerts") / "shop", ignore=ignored)
    with (folder / "regulars.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[channels.sales]\nurl_env = "SALES_HOOK"\n[channels.ops]\nurl_env = "OPS_HOOK"\n')
    with ExitStack() as stack:
        found = opened(stack, folder, Workspace.at(folder).store)
        for day in DAYS:
            alerts.fire(found.state, fired(day))
        yield found


def fired(day):
    first = date.fromisoformat(day)
    return Alert(
        key=f"daily:{day}",
        tells=Tells.ALERT,
        rule="daily",
        kpi="net_revenue",
        first=first,
        last=first + timedelta(days=1),
        owner="sales",
        title=f"Revenue is low on {day}",
        text="Lower than it was to be.",
        said={},
        fired_at=now(),
    )


@pytest.fixture(autouse=True)
def _anew(shop):
    """Nothing became of any alert yet."""
    yield
    for day in DAYS:
        alerts.change(shop.state, f"daily:{day}", status=Status.OPEN, by="", at=now(), note="", done="")


def boxes(text):
    return {one.partition(":")[2][:10]: one for one in re.findall(r'name="alert" value="([^"]+)"', text)}


def box(shop, day):
    return boxes(shop.get("/alerts?status=all").text)[day]


def say(shop, *days, who="admin", asked="", **words):
    return shop.post(f"/alerts{asked}", who, data={"alert": [box(shop, one) for one in days], **words})


def named(shop, day):
    return alerts.named(shop.state, f"daily:{day}")


def said_in(answer):
    return unescape(re.sub(r"</?code>", "`", answer.text))


def test_what_is_said_is_written_down_and_leads_back_to_where_one_was(shop):
    words = {"real": "yes", "done": "Stock came in", "note": "Seen in the shop"}
    answer = say(shop, *DAYS[:2], act="outcome", asked="?owner=sales&rows=10", **words)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?owner=sales&rows=10")
    assert answer.headers["cache-control"] == "no-store"
    found = [named(shop, day) for day in DAYS]
    assert [(one.status, one.outcome, one.done, one.note, one.changed_by) for one in found[:2]] == [
        (Status.CLOSED, Real.YES, "Stock came in", "Seen in the shop", "ada")
    ] * 2
    assert found[2].status is Status.OPEN
    entries = audit.entries(shop.state, limit=2)
    assert {(one.action, one.object, one.purpose, one.by.actor) for one in entries} == {
        ("alert.closed", f"daily:{day}", "yes", "ada") for day in DAYS[:2]
    }
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert "Path=/alerts" in answer.headers["set-cookie"]
    told = shop.get("/alerts", headers={"Cookie": f"{shop.headers['admin']['Cookie']}; {cookie}"})
    assert "2 alerts: closed." in told.text
    assert "told=" in told.headers["set-cookie"]
    assert set(boxes(told.text)) == {DAYS[2]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"act": "seen", "note": "On it"}, (Status.ACKNOWLEDGED, "On it", None, None)),
        ({"act": "snooze", "until": LATER}, (Status.SNOOZED, "", LATER, None)),
        ({"act": "week"}, (Status.SNOOZED, "", str(now().date() + timedelta(days=7)), None)),
        ({"act": "outcome", "real": "unknown"}, (Status.CLOSED, "", None, Real.UNKNOWN)),
    ],
)
def test_each_button_does_what_it_says(shop, words, expected):
    assert say(shop, DAYS[0], **words).status_code == 303
    one = named(shop, DAYS[0])
    assert (one.status, one.note, one.until and str(one.until.date())) == expected[:3]
    assert expected[3] in (None, one.outcome)
    assert DAYS[0] not in boxes(shop.get("/alerts").text)


WRONG = [
    ({"act": "snooze", "until": ""}, "Name a day"),
    ({"act": "snooze", "until": "soon"}, "`soon` is no day"),
    ({"act": "snooze", "until": "2020-01-01"}, "a day after"),
    ({"act": "snooze", "until": "9999-12-31"}, "within a year"),
    ({"act": "outcome"}, "Was it real?"),
    ({"act": "outcome", "real": "perhaps"}, "`perhaps` does not say whether it was real"),
    ({"act": "outcome", "real": "yes", "done": "x" * 501}, "at most 500 characters"),
    ({"act": "seen", "note": "a\u202eb"}, "on one line"),
    ({"act": "seen", "real": "no"}, "`Acknowledge` does not keep this. Press `Close with its outcome`"),
    ({"act": "week", "done": "Called"}, "`Snooze 7 days` does not keep this"),
    ({"act": "burn"}, "no such button"),
]


@pytest.mark.parametrize(("words", "why"), WRONG)
def test_what_cannot_be_is_told_at_the_form_and_what_was_typed_stays(shop, words, why):
    typed = {"note": 'says "no" <b>', **words}
    answer = say(shop, *DAYS[:2], **typed)
    assert answer.status_code == 422
    text = said_in(answer)
    assert why in text
    assert "Nothing was written down." in text
    for name in typed.keys() - {"act", "real"}:
        assert f'value="{typed[name]}"' in text
    assert "<b>" not in answer.text
    assert set(re.findall(r'value="daily:([\d-]+)\.\d+" checked', answer.text)) == set(DAYS[:2])
    assert all(named(shop, day).status is Status.OPEN for day in DAYS)
    if words.get("real") in ("no", "yes"):
        assert f'value="{words["real"]}" selected' in answer.text


@pytest.mark.parametrize(
    ("ticked", "why"),
    [
        ([], "Tick the alerts"),
        (["daily:2025-06-10"], "Tick the alerts"),
        (["nowhere:2025-06-10.0"], "is no alert"),
        (["x' or 1=1--.0"], "is no alert"),
    ],
)
def test_nothing_is_said_of_nothing(shop, ticked, why):
    answer = shop.post("/alerts", data={"alert": ticked, "act": "seen"})
    assert (answer.status_code, why in answer.text) == (422, True)


def test_whoever_comes_second_is_told_and_loses_nothing(shop):
    seen = [box(shop, day) for day in DAYS[:2]]
    say(shop, DAYS[0], who="editor", act="outcome", real="no", done="mine")
    answer = shop.post("/alerts", data={"alert": seen, "act": "seen", "note": "another story"})
    assert answer.status_code == 409
    assert f"`daily:{DAYS[0]}` is closed, real no now, says edda" in said_in(answer)
    assert 'value="another story"' in answer.text
    assert (named(shop, DAYS[0]).done, named(shop, DAYS[1]).status) == ("mine", Status.OPEN), "all of it or nothing"
    again = re.findall(r'value="(daily:[^"]+)" checked', answer.text)
    assert shop.post("/alerts", data={"alert": again, "act": "seen", "note": "another story"}).status_code == 303


def test_what_was_typed_stays_where_no_alert_is_left(shop):
    seen = [box(shop, day) for day in DAYS]
    say(shop, *DAYS, who="editor", act="seen")
    answer = shop.post("/alerts", data={"alert": seen, "act": "seen", "note": "another story"})
    assert answer.status_code == 409
    assert 'value="another story"' in answer.text
    assert boxes(answer.text) == {}


def test_notes_are_text_and_hidden_from_who_may_not_read_them(shop):
    said = "<script>alert(1)</script> of Quastenflosser"
    say(shop, DAYS[0], act="outcome", real="yes", note=said)
    text = shop.get("/alerts?status=done", "admin").text
    assert "<script>alert" not in text
    assert said in unescape(text)
    for who in ("editor", "viewer"):
        text = shop.get("/alerts?status=done", who).text
        assert "Quastenflosser" not in text
        assert "[personal]" in text


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_say_what_became_of_an_alert(shop, who):
    answer = shop.post("/alerts", who, data={"alert": box(shop, DAYS[1]), "act": "seen"})
    if who in MAY:
        assert (answer.status_code, answer.headers.get("location")) == (303, "/alerts"), answer.text
    elif who in INSIDE:
        assert answer.status_code == 403
        assert "editors and admins" in answer.text
    else:
        assert answer.status_code in (303, 401)
        assert answer.headers.get("location", "/login").startswith("/login")
    assert (named(shop, DAYS[1]).status is Status.ACKNOWLEDGED) == (who in MAY)


def test_who_may_only_look_gets_no_form(shop):
    for who, there in (("viewer", False), ("editor", True), ("admin", True)):
        text = shop.get("/alerts", who).text
        assert ('id="work"' in text, bool(boxes(text))) == (there, there)


@pytest.mark.parametrize(
    "theirs", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "", "Origin": "https://evil.example"}]
)
def test_forms_of_other_sites_change_nothing(shop, theirs):
    one = box(shop, DAYS[1])
    answer = shop.get("/alerts", "admin", method="POST", headers=theirs, data={"alert": one, "act": "seen"})
    assert answer.status_code == 403
    assert named(shop, DAYS[1]).status is Status.OPEN


@pytest.mark.long
def test_the_overview_shows_what_waits_and_no_longer_what_was_closed(shop):
    def overview():
        while (answer := shop.get("/")).status_code == 202:
            pass
        return answer.text

    say(shop, *DAYS[1:], act="seen")
    assert "Revenue is low on 2025-06-10" in overview()
    say(shop, DAYS[0], act="outcome", real="no")
    assert "Revenue is low" not in overview()
    alerts.fire(shop.state, replace(fired("2025-06-20"), title="A new one"))
    say(shop, DAYS[0], act="seen")
    assert "A new one" in overview()


def test_a_program_that_has_an_answer_is_told_when_it_has_changed(shop):
    first = shop.get("/api/v1/pages/alerts")
    tag = {"If-None-Match": first.headers["etag"]}
    say(shop, DAYS[0], act="outcome", real="no")
    assert shop.get("/api/v1/pages/alerts", headers=tag).status_code == 200


# Channels.

HOOK = "https://hooks.example.com/secret-of-the-hook"


def buttons(text):
    return re.findall(r'<button form="work" name="channel" value="([^"]+)"', text)


@pytest.fixture
def hook(monkeypatch):
    """A receiver that takes one message, at the address of channel `sales`."""
    monkeypatch.setenv("SALES_HOOK", HOOK)
    with receiver(says(200)) as found:
        monkeypatch.setattr(trying, "Egress", lambda **_: found.egress())
        yield found


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_send_a_test(shop, hook, who):
    answer = shop.post("/watch", who, data={"channel": "sales"})
    if who in MAY:
        assert (answer.status_code, answer.headers["location"]) == (303, "/watch"), answer.text
        (_, _, body) = hook.requests[0]
        assert b"Messages arrive here" in body
        entry = audit.entries(shop.state, limit=1)[0]
        assert (entry.action, entry.object, entry.purpose) == ("channel.test", "sales", "to webhook")
        cookie = answer.headers["set-cookie"].partition(";")[0]
        told = shop.get("/watch", headers={"Cookie": f"{shop.headers['admin']['Cookie']}; {cookie}"})
        assert "sales took the test" in told.text
    else:
        assert hook.connects == 0
        assert answer.status_code in ((403,) if who in INSIDE else (303, 401))


def test_who_may_only_look_gets_no_button(shop):
    assert buttons(shop.get("/watch", "editor").text) == ["sales", "ops"]
    assert buttons(shop.get("/watch", "viewer").text) == []


def test_forms_of_other_sites_send_nothing(shop, hook):
    answer = shop.get(
        "/watch", "admin", method="POST", headers={"Sec-Fetch-Site": "cross-site"}, data={"channel": "sales"}
    )
    assert (answer.status_code, hook.connects) == (403, 0)


@pytest.mark.parametrize("address", ["10.0.0.8", "127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
def test_what_leads_into_the_network_is_refused_with_the_reason(shop, monkeypatch, address):
    monkeypatch.setenv("SALES_HOOK", HOOK)
    with receiver(says(200)) as found:
        monkeypatch.setattr(trying, "Egress", lambda **_: found.egress(address))
        answer = shop.post("/watch", data={"channel": "sales"})
    assert answer.status_code == 422
    assert "The test was not taken." in answer.text
    assert "`sales` leads to an address that is not public" in said_in(answer)
    assert found.connects == 0
    assert not [part for part in ("secret-of-the-hook", "hooks.example", address) if part in answer.text]


def test_what_is_wrong_is_told_and_no_address_is(shop, hook):
    unset = shop.post("/watch", data={"channel": "ops"})
    assert (unset.status_code, "`OPS_HOOK` is not set" in said_in(unset)) == (422, True)
    unknown = shop.post("/watch", data={"channel": "<b>saels"})
    assert (unknown.status_code, "<b>" in unknown.text) == (422, False)
    hook.answers[:] = [says(410)]
    gone = shop.post("/watch", data={"channel": "sales"})
    assert (gone.status_code, "it says 410" in gone.text) == (422, True)
    assert "secret-of-the-hook" not in gone.text


def test_a_receiver_that_hangs_keeps_nobody_waiting_and_is_asked_once(shop, monkeypatch):
    monkeypatch.setenv("SALES_HOOK", HOOK)
    with receiver(hangs) as found:
        monkeypatch.setattr(trying, "Egress", lambda **_: found.egress(seconds=3.0))
        late = trying.Trials(patience=0.2)
        settings = Workspace.at(shop.door.current.folder).settings
        with pytest.raises(Busy, match=r"not answered within 0\.2 seconds"):
            late.of(settings, "sales", now(), lambda _line: None)
        with pytest.raises(Busy, match="on its way already"):
            late.of(settings, "sales", now(), lambda _line: None)
        found.ended.set()
    assert found.connects == 1
