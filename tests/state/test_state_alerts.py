"""Alerts are kept once each, with what became of them, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from regulars.app import alert_life
from regulars.app.alert_life import Said, precision, say, stamp
from regulars.core.errors import QueryError, UnknownName
from regulars.core.message import Tells
from regulars.state import alerts
from regulars.state.alerts import RECORDS, Alert, Real, Status
from regulars.state.audit import By, entries

AT = datetime(2025, 7, 1, 12, tzinfo=UTC)
BY = By(actor="ada")
DAY = timedelta(days=1)


def alert(day, rule="daily", **rest):
    first = date(2025, 6, day)
    told = {"kpi": "net_revenue", "owner": "sales", "title": "Lower", "text": "Words.", "said": {"p": 0.001}}
    given = {**told, "tells": Tells.ALERT, "fired_at": AT, "last": first + DAY, **rest}
    return Alert(key=f"{rule}:{first}", rule=rule, first=first, **given)


def test_an_alert_is_kept_once_and_as_it_was(state):
    one = alert(10)
    assert alerts.fire(state, one)
    assert not alerts.fire(state, replace(one, title="Other"))
    assert alerts.every(state) == [one]
    assert alerts.named(state, one.key) == one


def test_a_rule_cools_down_and_is_silent_while_put_off(state):
    alerts.fire(state, alert(10))
    assert not alerts.fire(state, alert(16), cooldown_days=7)
    assert alerts.fire(state, alert(17), cooldown_days=7)
    assert alerts.fire(state, alert(16, "other"), cooldown_days=7)
    alerts.change(state, "daily:2025-06-17", status=Status.SNOOZED, by="ada", at=AT, until=AT + DAY)
    assert not alerts.fire(state, alert(28))
    assert alerts.fire(state, alert(28, fired_at=AT + 2 * DAY))


def test_what_becomes_of_it_is_written_down_with_who_and_in_the_audit_log(state):
    alerts.fire(state, alert(10))
    key = "daily:2025-06-10"
    assert alerts.named(state, key).waits(AT)
    seen = say(state, BY, key, Said(status=Status.ACKNOWLEDGED, note="On it"), zone="Europe/Paris", at=AT)
    assert (seen.status, seen.note, seen.changed_by, seen.waits(AT)) == (Status.ACKNOWLEDGED, "On it", "ada", False)
    off = say(state, BY, key, Said(status=Status.SNOOZED, until=date(2025, 7, 3)), zone="Europe/Paris", at=AT)
    assert (off.until, off.note) == (datetime(2025, 7, 2, 22, tzinfo=UTC), "On it")
    assert [off.waits(AT), off.waits(AT + 2 * DAY)] == [False, True]
    done = say(state, BY, key, Said(status=Status.CLOSED, real=Real.YES, done="Fixed"), zone="Europe/Paris", at=AT)
    assert (done.outcome, done.done, done.until) == (Real.YES, "Fixed", None)
    log = [(one.action, one.object, one.purpose) for one in entries(state, limit=3)]
    assert log == [("alert.closed", key, "yes"), ("alert.snoozed", key, ""), ("alert.acknowledged", key, "")]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Said(status=Status.SNOOZED), "Until when"),
        (Said(status=Status.SNOOZED, until=date(2025, 7, 1)), "a day after 2025-07-01"),
        (Said(status=Status.CLOSED), "Was it real"),
        (Said(status=Status.ACKNOWLEDGED, note="a\nb"), "on one line"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_is_written(state, said, why):
    alerts.fire(state, alert(10))
    with pytest.raises(QueryError, match=why):
        say(state, BY, "daily:2025-06-10", said, zone="UTC", at=AT)
    assert alerts.named(state, "daily:2025-06-10").status is Status.OPEN


def test_nobody_writes_over_what_another_said_meanwhile(state):
    alerts.fire(state, alert(10))
    seen = stamp(alerts.named(state, "daily:2025-06-10"))
    said = Said(status=Status.ACKNOWLEDGED, seen=seen)
    say(state, BY, "daily:2025-06-10", said, zone="UTC", at=AT)
    with pytest.raises(QueryError, match="acknowledged now"):
        say(state, BY, "daily:2025-06-10", said, zone="UTC", at=AT)


def test_an_unknown_alert_names_the_nearest(state):
    alerts.fire(state, alert(10))
    with pytest.raises(UnknownName, match="Did you mean `daily:2025-06-10`"):
        alerts.named(state, "daily:2025-06-1")


def test_a_rule_is_as_precise_as_people_say(state):
    assert precision(None, level=0.95).why_not
    for day, real in ((1, Real.YES), (2, Real.YES), (3, Real.NO), (4, Real.UNKNOWN)):
        alerts.fire(state, alert(day))
        alerts.change(state, f"daily:2025-06-0{day}", status=Status.CLOSED, by="ada", at=AT, outcome=real)
    found = precision(alerts.outcomes(state)["daily"], level=0.95)
    assert (found.n, found.value) == (3, pytest.approx(2 / 3))
    assert (found.low, found.high) == (pytest.approx(0.2077, abs=1e-4), pytest.approx(0.9385, abs=1e-4))


def test_how_far_rules_were_checked_moves_on_only(state):
    alerts.checked(state, RECORDS, date(2025, 6, 2), {"a": 1}, at=AT)
    alerts.checked(state, RECORDS, date(2025, 6, 1), {"a": 2}, at=AT + DAY)
    seen = alerts.checks(state)[RECORDS]
    assert (seen.until, seen.moved_at, seen.moves, seen.said) == (date(2025, 6, 2), AT, 0, {"a": 2})
    alerts.checked(state, RECORDS, date(2025, 6, 3), {}, at=AT + DAY)
    assert (alerts.checks(state)[RECORDS].moves, alerts.checks(state)[RECORDS].moved_at) == (1, AT + DAY)


def test_whether_it_was_real_is_yes_no_or_unknown():
    assert alert_life.real("no") is Real.NO
    with pytest.raises(QueryError, match="Did you mean `yes`"):
        alert_life.real("yess")
