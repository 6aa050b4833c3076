"""The work queue in a browser: a form beside the list, and what is said with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from starlette.datastructures import FormData

from regulars.app import work
from regulars.app.work import LONGEST, NOBODY, Said, Seen
from regulars.core.errors import QueryError, Refused
from regulars.door.door import Door
from regulars.door.serving import Serving
from regulars.door.visitor import Visitor
from regulars.state.audiences import Status
from regulars.web import forms
from regulars.web.forms import Filled, a_field
from regulars.web.frame import Frame

#: Name of the page, of its list, and of the columns that name a task.
PAGE, LIST = "queue", "queue"
_NAMED = ("place", "changed")
#: What a button says, and what becomes of the tasks by it; the first is what the Enter key presses.
ACTS: Mapping[str, tuple[str, Status | None]] = {
    "save": ("Save", None),
    "done": ("Done", Status.DONE),
    "declined": ("Declined", Status.DECLINED),
    "snooze": ("Snooze until", Status.SNOOZED),
    "week": ("Snooze 7 days", Status.SNOOZED),
    "mine": ("Assign to me", None),
    "open": ("Open again", Status.OPEN),
}
_WEEK = timedelta(days=7)
#: What names a task: audience and place.
_TASK = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})\.(\d{1,9})", re.ASCII)
#: What is told once of each.
_TELLS = {
    "save": "saved",
    "done": "done",
    "declined": "declined",
    "snooze": "put off",
    "week": "put off for 7 days",
    "mine": "assigned to you",
    "open": "open again",
}
_FIELDS = ("assignee", "until", "outcome")


@dataclass(frozen=True, kw_only=True)
class Working:
    """The form of the work queue.

    Attributes:
        door: what surfaces share.
    """

    door: Door
    page: str = PAGE

    def take(self, serving: Serving, asks: Visitor, form: FormData) -> str | Filled:
        """Write down what is said of tasks; errors as of `Form.take`."""
        allow(asks)
        zone = serving.workspace.settings.company.time_zone
        at, act = self.door.now(), str(form.get("act", "save"))
        seen = list(filter(None, (_seen(name, changed) for name, changed in forms.ticked(form, "task").items())))
        filled = Filled(
            words={name: str(form.get(name, "")) for name in _FIELDS},
            boxes=frozenset(f"{one.audience}.{one.place}" for one in seen),
        )
        hands = work.hands(self.door.state, me=asks.name)
        said, faults = read(act, filled.words, today=forms.today(zone, at), me=asks.name, hands=hands)
        faults = faults or work.faults(said, zone=zone, at=at)
        if not seen:
            faults = {**faults, "task": "Tick the tasks that it is about."}
        if faults:
            return replace(filled, faults=faults, status=422)
        try:
            stale = work.say(self.door.state, asks.by, seen, said, zone=zone, at=at)
        except QueryError as error:
            return replace(filled, faults={"": str(error)}, status=422)
        if stale:
            return replace(filled, faults={"": _changed(stale)}, status=409)
        return f"{act}.{len(seen)}"

    def just(self, told: str) -> str:
        """Return what was just done."""
        return forms.just(told, "task", _TELLS)

    def beside(
        self, serving: Serving, asks: Visitor, record: Mapping[str, Any], filled: Filled
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """Return the page, with its form for who may use it and the ways to see whose work it is."""
        bare, names = forms.split(record, LIST, _NAMED, _name)
        frame = Frame(views=serving.views, base=self.door.base, asked={})
        asked = {name: text for name, text in record["asked"].items() if name != "after"}
        whose = (("Everybody's", ""), ("Mine", asks.name), ("Nobody's yet", NOBODY))
        return bare, {
            "form": self._form(serving, asks, filled, names) if works(asks) else None,
            "action": frame.address(PAGE, "", record["asked"]),
            "whose": [
                (title, frame.address(PAGE, "", {**asked, "assignee": name}), name == asked.get("assignee", ""))
                for title, name in whose
            ],
        }

    def _form(self, serving: Serving, asks: Visitor, filled: Filled, names: Sequence[str]) -> dict[str, Any]:
        zone = serving.workspace.settings.company.time_zone
        first = str(forms.today(zone, self.door.now()) + timedelta(days=1))
        others = [(one, one) for one in work.hands(self.door.state, me=asks.name) if one != asks.name]
        people = [("", "As it is"), (asks.name, f"{asks.name} (me)"), *others, (NOBODY, "Nobody")]
        return {
            "list": LIST,
            "label": "What becomes of the tasks that are ticked",
            "said": "For the tasks that are ticked",
            "failed": forms.FAILED,
            "held": True,
            "boxes": forms.boxes("task", names, filled.boxes),
            "fields": [
                a_field("assignee", "Assign to", filled, choices=people),
                a_field("outcome", "What came of it", filled, longest=LONGEST),
                a_field("until", "Snooze until", filled, first=first),
            ],
            "acts": [(name, title, name not in ("done", "save")) for name, (title, _) in ACTS.items()],
        }


def _name(row: Mapping[str, Any]) -> str:
    return forms.box(f"{row['audience']['text']}.{row['place']}", row["changed"])


def _seen(name: str, changed: int) -> Seen | None:
    found = _TASK.fullmatch(name)
    return found and Seen(audience=found[1], place=int(found[2]), changed=changed)


def works(asks: Visitor) -> bool:
    """Whether somebody may say what became of tasks."""
    return forms.may(asks) and asks.sees_customers


def allow(asks: Visitor) -> None:
    """Refuse who may not say what became of tasks.

    Raises:
        Refused: they may not; it says who may.
    """
    if not works(asks):
        raise Refused("What became of a task is said by editors and admins who have logged in. Ask one of them.")


def read(
    act: str, words: Mapping[str, str], *, today: date, me: str, hands: Sequence[str]
) -> tuple[Said, dict[str, str]]:
    """Return what a form says of tasks, and what of it cannot be read, by field.

    Args:
        act: name of the button.
        words: by field, as typed.
        today: in the company.
        me: who says it.
        hands: who may be named.
    """
    faults: dict[str, str] = {}
    if act not in ACTS:
        return Said(), {"act": "There is no such button. Open the page again."}
    _, status = ACTS[act]
    until = today + _WEEK if act == "week" else None
    if act == "snooze":
        until = forms.day(words["until"], "until", today + _WEEK, faults)
    named = me if act == "mine" else words["assignee"].strip()
    if named and named not in (NOBODY, *hands):
        faults["assignee"] = f"Nobody here is called `{named}`. Choose one of those that are named."
    assignee = None if not named else "" if named == NOBODY else named
    return Said(status=status, until=until, assignee=assignee, outcome=words["outcome"].strip() or None), faults


def _changed(stale: Sequence[work.Task]) -> str:
    """Say what somebody else did meanwhile."""
    parts = []
    for one in stale[:5]:
        member = one.member
        who = f", assigned to `{member.assignee}`" if member.assignee else ""
        parts.append(f"place {member.place} of `{one.audience}` is {member.status.value}{who} now")
    return forms.changed(parts, len(stale))
