"""Addresses of pages, and what answers them."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from regulars.core.errors import RegularsError, StoreError
from regulars.door.door import Door, customers_in
from regulars.door.problems import FAULT, Problem, problem_of, where
from regulars.door.serving import NotYet, Serving
from regulars.door.visitor import Visitor
from regulars.reports import document, written
from regulars.views import flattened, words
from regulars.views.masking import mask_id
from regulars.views.parameters import canonical
from regulars.views.view import View
from regulars.web import look
from regulars.web.addressed import Addressed, addressed
from regulars.web.alerted import Alerted
from regulars.web.answers import Answers, packed, respond
from regulars.web.asked import asked_of, once, path_of, theme_of
from regulars.web.assets import by_address
from regulars.web.entering import Entering
from regulars.web.forms import Filled, Form, Posting, boxed
from regulars.web.frame import Frame
from regulars.web.html import render
from regulars.web.told import Told
from regulars.web.trying import Trying
from regulars.web.working import Working

_LOG = logging.getLogger(__name__)
#: Seconds that a visitor waits for a page before being told that it is being worked out, and for a file.
_PATIENCE, _FILE = 1.5, 60.0
KEYS = (
    ("/", "search, where there is a search"),
    ("g, then the first letter of a page", "go to that page"),
    ("n, p", "next page of a list, and back to its first"),
    ("Esc", "clear what was asked"),
    ("?", "this page"),
)


@dataclass(frozen=True, kw_only=True)
class Site:
    """The pages of a company.

    Attributes:
        door: what surfaces share.
        endpoints: what programs may ask, in plain values for a page.
        answers: pages as they were sent.
    """

    door: Door
    endpoints: Callable[[], list[dict[str, Any]]] = list
    answers: Answers = field(default_factory=Answers)

    @cached_property
    def told(self) -> Told:
        """Says things in the place of pages."""
        return Told(door=self.door)

    @cached_property
    def entering(self) -> Entering:
        """Lets visitors in."""
        return Entering(door=self.door, told=self.told)

    @cached_property
    def posting(self) -> Posting:
        """Takes what is sent by forms."""
        forms: tuple[Form, ...] = (Working(door=self.door), Alerted(door=self.door), Trying(door=self.door))
        return Posting(
            door=self.door,
            told=self.told,
            entering=self.entering,
            shown=self._again,
            forms={form.page: form for form in forms},
        )

    def routes(self) -> APIRouter:
        """Return what answers the addresses of pages; anything that is none of the fixed ones may be a page."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/static/{name}", self.asset, methods=["GET", "HEAD"])
        router.add_api_route("/healthz", self.healthz, methods=["GET", "HEAD"])
        self.entering.add_to(router)
        self.posting.add_to(router)
        router.add_api_route("/account", self.account, methods=["GET", "HEAD"])
        router.add_api_route("/help", self.help, methods=["GET", "HEAD"])
        router.add_api_route("/api", self.api, methods=["GET", "HEAD"])
        router.add_api_route("/{path:path}", self.page, methods=["GET", "HEAD"])
        return router

    # What needs nobody.

    def asset(self, name: str) -> Response:
        """Answer with a file that pages need."""
        found = by_address().get(name)
        if found is None:
            return Response(status_code=404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(found.content, media_type=found.kind, headers=headers)

    def healthz(self) -> Response:
        """Say whether a real question is answered."""
        try:
            with self.door.current.serving() as serving:
                told = {"status": "ok", "generation": serving.generation, "answers": serving.check()}
                told["stale"] = bool(self.door.current.trouble)
            status = 200
        except RegularsError as error:
            _LOG.warning("Not healthy: %s", error)
            told, status = {"status": "failing", "code": error.code}, 503
        headers = {"Cache-Control": "no-store"}
        return Response(orjson.dumps(told), status_code=status, media_type="application/json", headers=headers)

    def account(self, request: Request) -> Response:
        """Say who is logged in, and as what."""
        return self._framed(request, "account.html", title="Account")

    def help(self, request: Request) -> Response:
        """Say how pages are read."""
        return self._framed(request, "help.html", title="Help", keys=KEYS)

    def api(self, request: Request) -> Response:
        """Say how programs ask."""
        try:
            return self._framed(request, "api.html", title="API", endpoints=self.endpoints())
        except StoreError as error:
            return self.told.unstored(request, error)

    def _framed(self, request: Request, template: str, *, title: str, **given: Any) -> Response:
        asks = self.told.who(request)
        if asks is None:
            return self.entering.outside(request)
        return once(render(template, **self.told.frame_of(request, asks), title=title, **given))

    def page(self, request: Request) -> Response:
        """Answer with a page or a file of it."""
        asks = self.told.who(request)
        if asks is None:
            return self.entering.outside(request)
        try:
            with self.door.current.serving() as serving:
                return self._answered(request, serving, asks)
        except StoreError as error:
            _LOG.warning("%s", error)
            return self.told.unstored(request, error)
        except NotYet:
            return self.told.calculating(request)
        except RegularsError as error:
            if problem_of(error).status >= 500:
                _LOG.error("A page cannot be shown: %s", error)
            return self.told.problem(request, problem_of(error))
        except Exception as fault:
            _LOG.error("A page ended in a fault:\n%s", where(fault))
            return self.told.problem(request, FAULT)

    def _answered(self, request: Request, serving: Serving, asks: Visitor) -> Response:
        found = addressed(path_of(request, self.door.base), serving.views, document.FORMATS)
        if found is None:
            return self.told.problem(request, Problem(status=404, code="no-page", detail="There is no page here."))
        asked = asked_of(request)
        if found.ending:
            return self._file(serving, asks, found, asked)
        plain = canonical(asked, found.view.takes)
        if plain != dict(request.query_params.multi_items()):
            # Forms send what was left empty, too: the address of a page says what was asked and no more.
            frame = Frame(views=serving.views, base=self.door.base, asked={})
            return RedirectResponse(frame.address(found.view.name, found.about, plain), status_code=302)
        if not found.view.kept:
            answer = respond(request, packed(*self._rendered(request, serving, asks, found, asked)))
            self.posting.told_once(request, found.view.name, answer)
            return answer
        rights = (asks.scopes, asks.exports, asks.name)
        named = serving.prepared.key(found.view, found.about, asked)
        key = (named, self.door.current.trouble, theme_of(request), rights)
        sent = self.answers.held(key)
        if sent is None:
            sent = self.answers.keep(key, packed(*self._rendered(request, serving, asks, found, asked)))
        elif sent.customers:
            # Whose rows were seen is written down each time, from memory or not.
            self.door.note(asks, f"view.{found.view.name}", found.about, rows=sent.customers)
        return respond(request, sent)

    def _file(self, serving: Serving, asks: Visitor, found: Addressed, asked: Mapping[str, str]) -> Response:
        asked = document.asked_whole(asked, found.view.takes, found.ending)
        record = self.door.page(serving, asks, found.view, found.about, asked, patience=_FILE, file=found.ending)
        if not (customers_in(record) or found.view.rows):
            # Files of figures are written down, too: they leave the server. Single customers were already.
            self.door.note(asks, f"export.{found.view.name}", found.about, purpose=found.ending, rows=0)
        kept = document.Kept(kept=record, rows=flattened.rows(record) if found.ending == "csv" else ())
        content = document.document(kept, found.ending, at=self.door.now())
        name = f"{found.view.name}-{record['as_of'][:10]}.{found.ending}"
        headers = {"Cache-Control": "private, no-store", "ETag": f'"{serving.state[:32]}"'}
        shown = "inline" if found.ending in ("json", "html") else "attachment"
        headers["Content-Disposition"] = f'{shown}; filename="{name}"'
        return Response(content, media_type=document.FORMATS[found.ending].media_type, headers=headers)

    def _again(self, request: Request, asks: Visitor, page: str, filled: Filled) -> Response:
        """Show the page of a form again, with what was filled in and what is wrong with it."""
        with self.door.current.serving() as serving:
            found = Addressed(view=serving.views[page], about="", ending="")
            asked = canonical(asked_of(request), found.view.takes)
            text, _ = self._rendered(request, serving, asks, found, asked, filled)
        return once(text, filled.status)

    def _rendered(
        self,
        request: Request,
        serving: Serving,
        asks: Visitor,
        found: Addressed,
        asked: Mapping[str, str],
        filled: Filled | None = None,
    ) -> tuple[str, int]:
        """Return a page as HTML, and how many single customers it shows."""
        view = found.view
        record = self.door.page(serving, asks, view, found.about, asked, patience=_PATIENCE)
        customers = customers_in(record)
        asked = record["asked"]
        frame = Frame(views=serving.views, base=self.door.base, asked=asked)
        here = frame.address(view.name, found.about).partition("?")[0]
        shown, besides = self.posting.beside(request, serving, asks, record, filled)
        text = render(
            "page.html",
            **self.told.around(serving, request, asks, frame, view, here, asked),
            title=_title(view, found.about if asks.sees_personal else mask_id(found.about)),
            question=view.question,
            period=written.period(record["period"]) if record["period"] and "period" in view.takes else "",
            as_of=written.instant(record["as_of"]) if record["as_of"] else "",
            generation=record["generation"],
            findings=look.findings([flag for flag in _flags(record) if flag not in words.FLAGS]),
            data_href=frame.address("data"),
            stale=f"The newest records cannot be shown; these are the ones before. {self.door.current.trouble}"
            if self.door.current.trouble
            else "",
            tabs=frame.tabs(view),
            controls=frame.controls(view, asked),
            fixed=frame.fixed(view, asked),
            reset=here if asked else "",
            exports=frame.exports(view, found.about, asked),
            sections=boxed(look.sections(shown, frame.address), besides.get("form")),
            **besides,
        )
        return text, customers


def _title(view: View, about: str) -> str:
    """Return what stands above a page, with what it is about."""
    if view.about == "kpi":
        return words.title(about) if view.name == "kpi" else f"{view.title}: {words.title(about)}"
    return f"{view.title} {about}" if view.about else view.title


def _flags(record: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    pending: list[Any] = [record["blocks"]]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            found.update(part.get("flags") or ())
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
    return found
