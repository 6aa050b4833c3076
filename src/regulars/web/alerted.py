"""Alerts in a browser: a form beside those that fired, and what is said with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from starlette.datastructures import FormData

from regulars.app import alert_life
from regulars.app.alert_life import LONGEST, Said
from regulars.core.errors import Refused, UnknownName
from regulars.door.door import Door
from regulars.door.serving import Serving
from regulars.door.visitor import Visitor
from regulars.state.alerts import Alert, Real, Status
from regulars.views.alerted import LIST, NAMED
from regulars.web import forms
from regulars.web.forms import Filled, a_field
from regulars.web.frame import Frame

#: Name of the page.
PAGE = "alerts"
#: What a button says, what becomes of the alerts by it, and how that is told; the first is what the Enter key presses.
ACTS: Mapping[str, tuple[str, Status, str]] = {
    "seen": ("Acknowledge", Status.ACKNOWLEDGED, "acknowledged"),
    "outcome": ("Close with its outcome", Status.CLOSED, "closed"),
    "snooze": ("Snooze until", Status.SNOOZED, "put off"),
    "week": ("Snooze 7 days", Status.SNOOZED, "put off for 7 days"),
}
_WEEK = timedelta(days=7)
_FIELDS = ("note", "real", "done", "until")
_REAL = (("", "Not said"), (Real.YES, "Yes"), (Real.NO, "No"), (Real.UNKNOWN, "Nobody can tell"))


@dataclass(frozen=True, kw_only=True)
class Alerted:
    """The form of alerts.

    Attributes:
        door: what surfaces share.
    """

    door: Door
    page: str = PAGE

    def take(self, serving: Serving, asks: Visitor, form: FormData) -> str | Filled:
        """Write down what is said of alerts; errors as of `Form.take`."""
        if not forms.may(asks):
            raise Refused("What became of an alert is said by editors and admins who have logged in. Ask one of them.")
        zone, at = serving.workspace.settings.company.time_zone, self.door.now()
        act, seen = str(form.get("act", "seen")), forms.ticked(form, "alert")
        filled = Filled(words={name: str(form.get(name, "")) for name in _FIELDS}, boxes=frozenset(seen))
        said, faults = read(act, filled.words, today=forms.today(zone, at))
        faults = faults or alert_life.faults(said, zone=zone, at=at)
        if not seen:
            faults = {**faults, "alert": "Tick the alerts that it is about."}
        if faults:
            return replace(filled, faults=faults, status=422)
        try:
            stale = alert_life.say_all(serving.workspace, self.door.state, asks.by, seen, said, at=at)
        except UnknownName:
            return replace(filled, faults={"": "One of these is no alert. Open the page again."}, status=422)
        if stale:
            return replace(filled, faults={"": _changed(stale)}, status=409)
        return f"{act}.{len(seen)}"

    def just(self, told: str) -> str:
        """Return what was just done."""
        return forms.just(told, "alert", {name: tells for name, (*_, tells) in ACTS.items()})

    def beside(
        self, serving: Serving, asks: Visitor, record: Mapping[str, Any], filled: Filled
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """Return the page, with its form for who may use it."""
        bare, names = forms.split(record, LIST, NAMED, lambda row: forms.box(row["key"], row["changed"]))
        frame = Frame(views=serving.views, base=self.door.base, asked={})
        form = self._form(serving, filled, names) if forms.may(asks) else None
        return bare, {"form": form, "action": frame.address(PAGE, "", record["asked"])}

    def _form(self, serving: Serving, filled: Filled, names: Sequence[str]) -> dict[str, Any]:
        zone = serving.workspace.settings.company.time_zone
        first = str(forms.today(zone, self.door.now()) + timedelta(days=1))
        return {
            "list": LIST,
            "label": "What becomes of the alerts that are ticked",
            "said": "For the alerts that are ticked",
            "failed": forms.FAILED,
            "held": False,
            "boxes": forms.boxes("alert", names, filled.boxes),
            "fields": [
                a_field("note", "Note", filled, longest=LONGEST),
                a_field("real", "Was it real?", filled, choices=_REAL),
                a_field("done", "What was done", filled, longest=LONGEST),
                a_field("until", "Snooze until", filled, first=first),
            ],
            "acts": [(name, title, name not in ("seen", "outcome")) for name, (title, *_) in ACTS.items()],
        }


def read(act: str, words: Mapping[str, str], *, today: date) -> tuple[Said, dict[str, str]]:
    """Return what a form says of alerts, and what of it cannot be read, by field.

    Args:
        act: name of the button.
        words: by field, as typed.
        today: in the company.
    """
    faults: dict[str, str] = {}
    if act not in ACTS:
        return Said(status=Status.OPEN), {"act": "There is no such button. Open the page again."}
    title, status, _ = ACTS[act]
    until = today + _WEEK if act == "week" else None
    if act == "snooze":
        until = forms.day(words["until"], "until", today + _WEEK, faults)
    real, done = words["real"].strip(), words["done"].strip()
    if real and real not in list(Real):
        faults["real"] = f"`{real}` does not say whether it was real. Choose one of those that are named."
    elif status is not Status.CLOSED:
        close = ACTS["outcome"][0]
        why = f"`{title}` does not keep this. Press `{close}`, or leave it empty."
        faults |= {name: why for name, text in (("real", real), ("done", done)) if text}
    if faults:
        return Said(status=status), faults
    closes = status is Status.CLOSED
    return (
        Said(
            status=status,
            until=until,
            note=words["note"].strip() or None,
            real=Real(real) if closes and real else None,
            done=done or None,
        ),
        faults,
    )


def _changed(stale: Sequence[Alert]) -> str:
    """Say what somebody else did meanwhile."""
    parts = []
    for one in stale[:5]:
        real = f", real {one.outcome}" if one.outcome else ""
        parts.append(f"`{one.key}` is {one.status}{real} now, says {one.changed_by or 'a check'}")
    return forms.changed(parts, len(stale))
