"""Alerts as programs ask for them: what fired, what became of it, how right rules are; nobody's words."""

from datetime import date, timedelta

import pytest
from rest_door import BY, TOKENS, UNKNOWN
from rest_shapes import lawful, schema_of, validator

from regulars.app.alert_life import Said, say
from regulars.core.message import Tells
from regulars.core.periods import now
from regulars.state import alerts
from regulars.state.alerts import Alert, Real, Status

NUMBER = {
    "value": -120.0,
    "low": -150.0,
    "high": -90.0,
    "level": 0.95,
    "method": "conformal",
    "n": 80,
    "why_not": "",
    "period": "2025-06-10..2025-06-11",
    "as_of": "2025-08-01T00:00:00+00:00",
    "version": "net_revenue 2",
    "flags": ["estimate"],
}


@pytest.fixture(scope="module", autouse=True)
def _fired(api):
    """Three alerts: one open, one seen, one that was real."""
    for day in (10, 11, 12):
        first = date(2025, 6, day)
        said = dict.fromkeys(("came", "expected", "off", "money"), NUMBER)
        one = Alert(
            key=f"daily_revenue:{first}",
            tells=Tells.ALERT,
            rule="daily_revenue",
            kpi="net_revenue",
            first=first,
            last=first + timedelta(days=1),
            owner="sales",
            title=f"Lower on {first}",
            text="Words.",
            said={"shows": "money", "page": "kpis/net_revenue", "facts": [["n", "80"]], **said},
            fired_at=now() + timedelta(seconds=day),
        )
        assert alerts.fire(api.state, one)
    seen = Said(status=Status.ACKNOWLEDGED, note="Anna's own words")
    say(api.state, BY, "daily_revenue:2025-06-11", seen, zone="UTC")
    real = Said(status=Status.CLOSED, real=Real.YES, done="Anna called them")
    say(api.state, BY, "daily_revenue:2025-06-12", real, zone="UTC")


def test_alerts_come_newest_first_with_numbers_that_have_all_that_belongs_to_them(api):
    answer = api.read("/alerts")
    assert [one["first"] for one in answer["alerts"]] == ["2025-06-12", "2025-06-11", "2025-06-10"]
    assert [one["status"] for one in answer["alerts"]] == ["closed", "acknowledged", "open"]
    for name in ("came", "expected", "off", "money"):
        assert answer["alerts"][0][name] == {**NUMBER, "unit": "EUR"}
    assert answer["alerts"][0]["outcome"] == "yes"
    assert "Anna" not in str(answer)
    assert lawful(answer) == 12


def test_they_look_as_described(api):
    document = api.read("/openapi.json")
    for path in ("/alerts", "/alerts/rules"):
        validator(document, schema_of(document, f"/api/v1{path}")).validate(api.read(path))


def test_alerts_are_asked_for_by_status_and_number(api):
    assert [one["first"] for one in api.read("/alerts?status=open")["alerts"]] == ["2025-06-10"]
    assert len(api.read("/alerts?limit=2")["alerts"]) == 2
    for wrong in ("status=opn", "limit=0", "limit=1001", "state=open"):
        assert api.get(f"/alerts?{wrong}").status_code == 400
    assert "Did you mean `open`" in api.get("/alerts?status=opn").json()["detail"]


def test_rules_say_how_often_they_fired_and_were_right(api):
    answer = api.read("/alerts/rules")
    assert lawful(answer) >= 5
    rules = {one["name"]: one for one in answer["rules"]}
    daily = rules["daily_revenue"]
    assert (daily["fired"], daily["precision"]["value"], daily["precision"]["n"]) == (3, 1.0, 1)
    assert daily["precision"]["low"] == pytest.approx(0.2065, abs=1e-4)
    assert daily["check"] is None
    assert rules["order_value"]["precision"]["value"] is None
    assert rules["order_value"]["precision"]["why_not"]


def test_who_has_an_answer_is_told_when_it_changes(api):
    first = api.get("/alerts?status=open")
    tag = {"If-None-Match": first.headers["etag"]}
    assert api.get("/alerts?status=open", headers=tag).status_code == 304
    say(api.state, BY, "daily_revenue:2025-06-10", Said(status=Status.ACKNOWLEDGED), zone="UTC")
    assert api.get("/alerts?status=open", headers=tag).json() == {"alerts": []}


@pytest.mark.parametrize("who", [*TOKENS, *UNKNOWN])
@pytest.mark.parametrize("path", ["/alerts", "/alerts/rules"])
def test_who_may_read_them(api, who, path):
    status = 401 if who in UNKNOWN else 403 if who == "blind" else 200
    assert api.get(path, who).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_programs_only_read(api, method):
    assert api.get("/alerts", method=method).status_code == 405
