"""Forms on pages: what is filled in, taken and told once, the same for whatever form stands on a page."""

import logging
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from regulars.core.errors import RegularsError
from regulars.core.wording import counted
from regulars.door.door import Door
from regulars.door.problems import FAULT, problem_of, where
from regulars.door.serving import Serving
from regulars.door.visitor import Visitor
from regulars.state.instants import stored
from regulars.state.person import Role
from regulars.web.entering import Entering
from regulars.web.told import Told

_LOG = logging.getLogger(__name__)

#: What is told once after it was done: cookie of the page that tells it.
COOKIE = "told"
#: What is said first where something is wrong.
FAILED = "Nothing was written down."
#: Things that are chosen at once.
_MOST = 200
#: A thing as its box has it: what names it, and when it was changed last, as stored.
_BOX = re.compile(r"([^\x00-\x1f\x7f]{1,300})\.(\d{1,18})", re.ASCII)


#: What is told once: which button, how many things.
_TOLD = re.compile(r"([a-z]{1,8})\.(\d{1,4})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What somebody filled in, and what is wrong with it.

    Attributes:
        words: by field, as typed.
        boxes: names of what was ticked.
        faults: by field, in words; "" of what concerns no field.
        status: of the answer.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    boxes: frozenset[str] = frozenset()
    faults: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class Form(Protocol):
    """A form on a page."""

    @property
    def page(self) -> str:
        """Name of the page, which is its address."""

    def take(self, serving: Serving, asks: Visitor, form: FormData) -> str | Filled:
        """Do what a form says; return what is to be told once, as `just` reads it, or what is wrong.

        Raises:
            Refused: they may not.
        """

    def just(self, told: str) -> str:
        """Return in words what was just done; "" of nothing that can be."""

    def beside(
        self, serving: Serving, asks: Visitor, record: Mapping[str, Any], filled: Filled
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """Return the record of the page without what only the form needs, and what stands on the page besides.

        Among that is `form`, what it is made of; None for who may only look.
        """


def may(asks: Visitor) -> bool:
    """Whether somebody may say something by a form: people who may more than look; no token is good for that."""
    return bool(asks.session) and asks.role >= Role.EDITOR


@dataclass(frozen=True, kw_only=True)
class Posting:
    """Takes what is sent by forms.

    Attributes:
        door: what surfaces share.
        told: says things in the place of pages.
        entering: lets visitors in.
        shown: shows the page of a form again, with what was filled in.
        forms: by name of their page.
    """

    door: Door
    told: Told
    entering: Entering
    shown: Callable[[Request, Visitor, str, Filled], Response]
    forms: Mapping[str, Form]

    def add_to(self, router: APIRouter) -> None:
        """Add what answers the forms."""
        for form in self.forms.values():
            router.add_api_route(f"/{form.page}", self._taking(form), methods=["POST"])

    def _taking(self, form: Form) -> Callable[[Request], Any]:
        async def take(request: Request) -> Response:
            async with request.form(max_files=0, max_fields=_MOST + 20) as sent:
                return await run_in_threadpool(self._answered, request, form, sent)

        return take

    def _answered(self, request: Request, form: Form, sent: FormData) -> Response:
        asks = self.told.who(request)
        if asks is None:
            return self.entering.outside(request)
        try:
            with self.door.current.serving() as serving:
                found = form.take(serving, asks, sent)
            if isinstance(found, Filled):
                return self.shown(request, asks, form.page, found)
            return self._back(request, form, found)
        except RegularsError as error:
            return self.told.problem(request, problem_of(error))
        except Exception as fault:
            _LOG.error("A form ended in a fault:\n%s", where(fault))
            return self.told.problem(request, FAULT)

    def _back(self, request: Request, form: Form, told: str) -> Response:
        """Lead back to the page as it was asked for, where it is told once what was done."""
        here = f"{self.door.base}/{form.page}"
        back = here + (f"?{request.url.query}" if request.url.query else "")
        answer = RedirectResponse(back, status_code=303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(COOKIE, told, max_age=60, path=here, secure=self.door.secure, httponly=True, samesite="lax")
        return answer

    def told_once(self, request: Request, page: str, answer: Response) -> None:
        """Have the browser forget what was told, where a page told it."""
        if page in self.forms and COOKIE in request.cookies:
            here = f"{self.door.base}/{page}"
            answer.delete_cookie(COOKIE, path=here, secure=self.door.secure, httponly=True, samesite="lax")

    def beside(
        self, request: Request, serving: Serving, asks: Visitor, record: Mapping[str, Any], filled: Filled | None
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """Return the record of a page as it is shown, and what stands on it besides; nothing where it has no form."""
        form = self.forms.get(record["name"])
        if form is None:
            return record, {}
        filled = filled or Filled()
        bare, besides = form.beside(serving, asks, record, filled)
        if (own := besides["form"]) is not None:
            # Whoever came second may find no row left; what they typed is still theirs.
            there = {block["name"] for block in record["blocks"] if block["block"] == "grid"}
            own["alone"] = bool(filled.faults) and own["list"] not in there
        just = form.just(request.cookies.get(COOKIE, ""))
        return bare, {"faults": filled.faults, "just": just, **besides}


# What lists with boxes share.


def ticked(form: FormData, name: str) -> dict[str, int]:
    """Return what is ticked: by what names it, when it was changed last as whoever ticked it saw it."""
    found = (_BOX.fullmatch(str(text)) for text in form.getlist(name))
    return {one[1]: int(one[2]) for one in found if one is not None}


def box(name: str, changed: str) -> str:
    """Return how a box names a thing, with when it was changed last, as a record has it."""
    return f"{name}.{stored(datetime.fromisoformat(changed)) if changed else 0}"


def split(
    record: Mapping[str, Any], named: str, hidden: Collection[str], name: Callable[[Mapping[str, Any]], str]
) -> tuple[dict[str, Any], list[str]]:
    """Return the record of a page without columns that only programs need, and what names the rows of its list.

    Args:
        record: of the page.
        named: name of the list.
        hidden: names of those columns.
        name: names a row.
    """
    blocks, names = [], []
    for block in record["blocks"]:
        if block["block"] == "grid" and block["name"] == named:
            names = [name(row) for row in block["rows"]]
            block = {
                **block,
                "columns": [head for head in block["columns"] if head["name"] not in hidden],
                "rows": [{key: cell for key, cell in row.items() if key not in hidden} for row in block["rows"]],
            }
        blocks.append(block)
    return {**record, "blocks": blocks}, names


def boxes(name: str, values: Iterable[str], chosen: Collection[str]) -> list[dict[str, Any]]:
    """Return the boxes of a list: those that were ticked still are, whatever was changed meanwhile."""
    return [{"name": name, "value": one, "ticked": one.rpartition(".")[0] in chosen, "title": ""} for one in values]


def boxed(sections: list[dict[str, Any]], form: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the sections of a page with a control beside each row of the form's list, where there is a form."""
    for block in (one for part in sections for one in part["blocks"]):
        if form is not None and block.get("name") == form["list"]:
            block["boxes"] = form["boxes"]
    return sections


def just(told: str, what: str, tells: Mapping[str, str]) -> str:
    """Return in words what a button did to how many things; "" of what no button is."""
    found = _TOLD.fullmatch(told)
    return f"{counted(int(found[2]), what)}: {tells[found[1]]}." if found and found[1] in tells else ""


# What forms share.


def day(text: str, name: str, first: date, faults: dict[str, str]) -> date | None:
    """Return a day as it was typed; None of none, and of what is no day, which is a fault of its field."""
    typed = text.strip()
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        faults[name] = f"`{typed}` is no day. Write it as {first}."
        return None


def today(zone: str, at: datetime) -> date:
    """Return the day that it is in a company."""
    return at.astimezone(ZoneInfo(zone)).date()


def a_field(
    name: str, title: str, filled: Filled, *, choices: Sequence[tuple[str, str]] = (), longest: int = 0, first: str = ""
) -> dict[str, Any]:
    """Return a field: a choice, where there are some; a day, where there is a first one; else words."""
    value = filled.words.get(name, "")
    kind = "select" if choices else "date" if first else "text"
    return {
        "name": name,
        "title": title,
        "kind": kind,
        "value": value,
        "choices": [(key, text, key == value) for key, text in choices],
        "longest": longest,
        "first": first,
    }


def changed(parts: Sequence[str], n: int) -> str:
    """Say that somebody else was quicker: what `n` things are now, told of the first few of them."""
    more = f", and {n - len(parts)} more" if n > len(parts) else ""
    return (
        f"Somebody changed it meanwhile: {'; '.join(parts)}{more}. Nothing of yours is written yet, and it is still in "
        "the form. Look again, then say it once more, or untick those."
    )
