"""Alerts as programs ask for them: the rules, and what fired with what became of it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from regulars.app import alert_rules
from regulars.rest.asked import one_of, whole
from regulars.rest.endpoint import Asking, Endpoint
from regulars.rest.schemas import COUNT, DAY, INSTANT, NUMBER, TEXT, TEXTS, Schema, array, maybe, ref, thing
from regulars.state import alerts
from regulars.state.alerts import Alert, Status
from regulars.views import alert_records

#: Alerts of an answer where nothing else is said, and at most.
SHOWN, MOST = 100, 1_000
_EVERY = "all"


def endpoints() -> Iterator[Endpoint]:
    """Yield the addresses of alerts."""
    yield Endpoint(
        name="alert_rules",
        path="/alerts/rules",
        title="Rules of alerts, with how often they fired and were right",
        meaning="`precision` is the share of real ones among alerts of which somebody has said so; `check` is what the "
        "rule looked like when it was checked last, null before that.",
        schema="AlertRules",
        answer=rules,
        group="Alerts",
        lasting=False,
    )
    yield Endpoint(
        name="alerts",
        path="/alerts",
        title="Alerts that fired, the newest first",
        schema="Alerts",
        answer=every,
        group="Alerts",
        queries=(
            one_of("status", "what became of them", (*(one.value for one in Status), _EVERY), otherwise=_EVERY),
            whole("limit", "how many at once", least=1, most=MOST, otherwise=SHOWN),
        ),
        lasting=False,
    )


def schemas() -> dict[str, Schema]:
    """Return what they look like."""
    any_: Schema = {"type": "object", "additionalProperties": True}
    rule: dict[str, Schema] = {
        "name": TEXT,
        "state": {"type": "string", "enum": ["on", "off", "wrong"]},
        "kpi": maybe(TEXT),
        "grain": maybe(TEXT),
        "when": maybe(TEXT),
        "where": maybe(TEXT),
        "worth": NUMBER,
        "unit_worth": NUMBER,
        "cooldown_days": maybe(COUNT),
        "owner": maybe(TEXT),
        "to": maybe(TEXTS),
        "said": maybe(TEXT),
        "fired": maybe(COUNT),
        "precision": maybe(ref("Number")),
        "wrong": TEXT,
        "check": maybe(any_),
    }
    alert: dict[str, Schema] = {
        "key": TEXT,
        "tells": {"type": "string", "enum": ["alert", "data"]},
        "rule": TEXT,
        "kpi": TEXT,
        "first": DAY,
        "last": {**DAY, "description": "The day after the last."},
        "owner": TEXT,
        "title": TEXT,
        "text": TEXT,
        "fired_at": INSTANT,
        "ended": maybe(DAY),
        "status": {"type": "string", "enum": [one.value for one in Status]},
        "until": maybe(INSTANT),
        "outcome": maybe(TEXT),
        "facts": {"type": "array", "items": TEXTS},
        "page": TEXT,
        "came": maybe(ref("Number")),
        "expected": maybe(ref("Number")),
        "off": maybe(ref("Number")),
        "money": maybe(ref("Number")),
    }
    return {
        "AlertRules": thing("Rules by name, those that are off or wrong, too.", {"rules": array(thing("", rule))}),
        "Alerts": thing("Alerts, the newest first.", {"alerts": array(thing("", alert))}),
    }


def rules(asking: Asking) -> dict[str, Any]:
    """Return the rules."""
    state, workspace = asking.door.state, asking.workspace
    fired, checks = Counter(one.rule for one in alerts.every(state)), alerts.checks(state)
    rows = alert_records.of_rules(alert_rules.rules(workspace), alerts.outcomes(state), fired, asking.records)
    return {"rules": [_rule(row, checks.get(row["name"])) for row in rows]}


def _rule(row: dict[str, Any], check: alerts.Check | None) -> dict[str, Any]:
    right = row["precision"]
    return row | {"precision": right and {**right, "unit": "share"}, "check": _check(check)}


def _check(found: alerts.Check | None) -> dict[str, Any] | None:
    return None if found is None else {"until": found.until.isoformat(), **found.said}


def every(asking: Asking) -> dict[str, Any]:
    """Return alerts that fired; words that somebody wrote about them stay with people."""
    status = asking.said.get("status", _EVERY)
    found = alerts.every(asking.door.state, most=MOST)
    shown = [one for one in found if status in (_EVERY, one.status.value)]
    return {"alerts": [_alert(asking, one) for one in shown[: asking.said.get("limit", SHOWN)]]}


def _alert(asking: Asking, one: Alert) -> dict[str, Any]:
    record = alert_records.in_units(one, asking.workspace.settings.company.currency)
    return {name: part for name, part in record.items() if name not in ("note", "done", "changed_by")}
