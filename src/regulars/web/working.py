"""The work queue in a browser: a form beside the list, and what is said with it."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from regulars.app import work
from regulars.app.work import LONGEST, MOST, NOBODY, Said, Seen
from regulars.core.errors import QueryError, Refused, RegularsError
from regulars.core.wording import counted
from regulars.door.door import Door
from regulars.door.problems import FAULT, problem_of, where
from regulars.door.visitor import Visitor
from regulars.state.audiences import Status
from regulars.state.instants import stored
from regulars.state.person import Role
from regulars.web.entering import Entering
from regulars.web.told import Told

_LOG = logging.getLogger(__name__)

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
#: A task as its box has it: audience, place, when it was changed last.
_BOX = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})\.(\d{1,9})\.(\d{1,18})", re.ASCII)
#: What is told once after it was done: which button, how many tasks.
COOKIE = "told"
_TOLD = re.compile(r"([a-z]{1,8})\.(\d{1,4})", re.ASCII)
_TELLS = {
    "save": "saved",
    "done": "done",
    "declined": "declined",
    "snooze": "put off",
    "week": "put off for 7 days",
    "mine": "assigned to you",
    "open": "open again",
}


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What somebody filled in, and what is wrong with it.

    Attributes:
        words: by field, as typed.
        boxes: the tasks that were ticked, by audience and place.
        faults: by field, in words; "" of what concerns no field.
        status: of the answer.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    boxes: frozenset[tuple[str, int]] = frozenset()
    faults: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, kw_only=True)
class Working:
    """Takes what is said of tasks.

    Attributes:
        door: what surfaces share.
        told: says things in the place of pages.
        entering: lets visitors in.
        shown: shows the page again, with what was filled in.
    """

    door: Door
    told: Told
    entering: Entering
    shown: Callable[[Request, Visitor, Filled], Response]

    def add_to(self, router: APIRouter) -> None:
        """Add what answers the form."""
        router.add_api_route(f"/{PAGE}", self.say, methods=["POST"])

    async def say(self, request: Request) -> Response:
        """Write down what is said of tasks, and lead back to the list as it was asked for."""
        async with request.form(max_files=0, max_fields=MOST + 20) as form:
            return await run_in_threadpool(self._answered, request, form)

    def _answered(self, request: Request, form: FormData) -> Response:
        asks = self.told.who(request)
        if asks is None:
            return self.entering.outside(request)
        try:
            allow(asks)
            return self._said(request, asks, form)
        except RegularsError as error:
            return self.told.problem(request, problem_of(error))
        except Exception as fault:
            _LOG.error("A form ended in a fault:\n%s", where(fault))
            return self.told.problem(request, FAULT)

    def _said(self, request: Request, asks: Visitor, form: FormData) -> Response:
        with self.door.current.serving() as serving:
            zone = serving.workspace.settings.company.time_zone
        at, act = self.door.now(), str(form.get("act", "save"))
        seen = [one for text in form.getlist("task") if (one := _seen(str(text))) is not None]
        filled = Filled(
            words={name: str(form.get(name, "")) for name in _FIELDS},
            boxes=frozenset((one.audience, one.place) for one in seen),
        )
        hands = work.hands(self.door.state, me=asks.name)
        said, faults = read(act, filled.words, today=_today(zone, at), me=asks.name, hands=hands)
        faults = faults or work.faults(said, zone=zone, at=at)
        if not seen:
            faults = {**faults, "task": "Tick the tasks that it is about."}
        if not faults:
            try:
                stale = work.say(self.door.state, asks.by, seen, said, zone=zone, at=at)
            except QueryError as error:
                faults = {"": str(error)}
            else:
                if not stale:
                    return self._back(request, f"{act}.{len(seen)}")
                return self.shown(request, asks, replace(filled, faults={"": _changed(stale)}, status=409))
        return self.shown(request, asks, replace(filled, faults=faults, status=422))

    def _back(self, request: Request, told: str) -> Response:
        """Lead back to the list, where it is told once what was done."""
        back = f"{self.door.base}/{PAGE}" + (f"?{request.url.query}" if request.url.query else "")
        answer = RedirectResponse(back, status_code=303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(COOKIE, told, max_age=60, path="/", secure=self.door.secure, httponly=True, samesite="lax")
        return answer

    def given(self, asks: Visitor, filled: Filled, names: Sequence[str], *, zone: str) -> dict[str, Any] | None:
        """Return what the form is made of; None for who may only look."""
        if not works(asks):
            return None
        hands = work.hands(self.door.state, me=asks.name)
        return form_of(asks, hands, filled, names, _today(zone, self.door.now()))


def _today(zone: str, at: datetime) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _seen(text: str) -> Seen | None:
    found = _BOX.fullmatch(text)
    return found and Seen(audience=found[1], place=int(found[2]), changed=int(found[3]))


_FIELDS = ("assignee", "until", "outcome")


def works(asks: Visitor) -> bool:
    """Whether somebody may say what became of tasks: people who may more than look; no token is good for that."""
    return bool(asks.session) and asks.sees_customers and asks.role >= Role.EDITOR


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
    if act == "snooze" and (typed := words["until"].strip()):
        try:
            until = date.fromisoformat(typed)
        except ValueError:
            faults["until"] = f"`{typed}` is no day. Write it as {today + _WEEK}."
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
    more = f", and {len(stale) - 5} more" if len(stale) > 5 else ""
    return (
        f"Somebody changed it meanwhile: {'; '.join(parts)}{more}. Nothing of yours is written yet, and it is still in "
        "the form. Look again, then say it once more, or untick those."
    )


# What stands on the page.


def split(record: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the record of the page without what only programs need, and the names of its tasks for their boxes."""
    blocks, names = [], []
    for block in record["blocks"]:
        if block["block"] == "grid" and block["name"] == LIST:
            names = [_box(row) for row in block["rows"]]
            block = {
                **block,
                "columns": [head for head in block["columns"] if head["name"] not in _NAMED],
                "rows": [{name: cell for name, cell in row.items() if name not in _NAMED} for row in block["rows"]],
            }
        blocks.append(block)
    return {**record, "blocks": blocks}, names


def boxed(sections: list[dict[str, Any]], form: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the sections of the page with a box beside each task, where there is a form to tick them for."""
    for block in (one for part in sections for one in part["blocks"]):
        if form is not None and block.get("name") == LIST:
            block["boxes"] = form["boxes"]
    return sections


def _box(row: Mapping[str, Any]) -> str:
    changed = stored(datetime.fromisoformat(row["changed"])) if row["changed"] else 0
    return f"{row['audience']['text']}.{row['place']}.{changed}"


def just_done(request: Request) -> str:
    """Return what is told once: what was just done; "" of nothing."""
    found = _TOLD.fullmatch(request.cookies.get(COOKIE, ""))
    if found is None or found[1] not in _TELLS:
        return ""
    return f"{counted(int(found[2]), 'task')}: {_TELLS[found[1]]}."


def form_of(asks: Visitor, hands: Sequence[str], filled: Filled, names: Sequence[str], today: date) -> dict[str, Any]:
    """Return what the form is made of."""
    chosen = filled.words.get("assignee", "")
    others = [(one, one) for one in hands if one != asks.name]
    people = [("", "As it is"), (asks.name, f"{asks.name} (me)"), *others, (NOBODY, "Nobody")]
    return {
        "boxes": [{"value": name, "ticked": _ticked(name, filled.boxes)} for name in names],
        "people": [(value, text, value == chosen) for value, text in people],
        "words": {name: filled.words.get(name, "") for name in _FIELDS},
        "faults": filled.faults,
        "first": str(today + timedelta(days=1)),
        "longest": LONGEST,
        "acts": [(name, title) for name, (title, _) in ACTS.items()],
    }


def _ticked(name: str, boxes: frozenset[tuple[str, int]]) -> bool:
    audience, place, _ = name.rsplit(".", 2)
    return (audience, int(place)) in boxes
