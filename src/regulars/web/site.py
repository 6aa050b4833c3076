"""Addresses of pages, and what answers them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from regulars.app import people
from regulars.core.errors import Refused, RegularsError, StoreError
from regulars.door.door import Door, customers_in
from regulars.door.problems import FAULT, Problem, problem_of
from regulars.door.serving import NotYet, Serving
from regulars.door.visitor import COOKIE, SECURE_COOKIE, Visitor
from regulars.reports import document, written
from regulars.state.sessions import LONGEST
from regulars.text.quotes import mask
from regulars.views import flattened, words
from regulars.views.parameters import canonical
from regulars.views.view import View
from regulars.web import look
from regulars.web.addressed import Addressed, addressed
from regulars.web.answers import Answers, packed, respond
from regulars.web.assets import by_address
from regulars.web.frame import Frame
from regulars.web.html import render

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
        answers: pages as they were sent.
    """

    door: Door
    answers: Answers = field(default_factory=Answers)

    def routes(self) -> APIRouter:
        """Return what answers the addresses of pages; anything that is none of the fixed ones may be a page."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/static/{name}", self.asset, methods=["GET", "HEAD"])
        router.add_api_route("/healthz", self.healthz, methods=["GET", "HEAD"])
        router.add_api_route("/login", self.login_page, methods=["GET", "HEAD"])
        router.add_api_route("/login", self.login, methods=["POST"])
        router.add_api_route("/logout", self.logout, methods=["POST"])
        router.add_api_route("/theme", self.theme, methods=["POST"])
        router.add_api_route("/account", self.account, methods=["GET", "HEAD"])
        router.add_api_route("/help", self.help, methods=["GET", "HEAD"])
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
            with self.door.current.serving() as serving, serving.quickly:
                records = serving.quick.records
                known = records.run(records.tables["people"].limit(1).select("customer"))
                told = {"status": "ok", "generation": serving.generation, "answers": len(known) > 0}
                told["stale"] = bool(self.door.current.trouble)
            status = 200
        except RegularsError as error:
            _LOG.warning("Not healthy: %s", error)
            told, status = {"status": "failing", "code": error.code}, 503
        headers = {"Cache-Control": "no-store"}
        return Response(orjson.dumps(told), status_code=status, media_type="application/json", headers=headers)

    # Who comes in.

    def login_page(self, request: Request, token: str = "", back: str = "/") -> Response:
        """Show the form, or take a one-time link."""
        if not token:
            if self.door.alone:
                return self._message(
                    request,
                    401,
                    "Open the link",
                    [
                        "These pages are for whoever started the server on this machine.",
                        "Open the link that it printed: it is good for one visit. `regulars serve` prints another.",
                    ],
                )
            return self._form(request, back=_inside(back))
        try:
            session = people.redeem(self.door.state, token, address=_address(request))
        except Refused as error:
            return self._message(request, 403, "This link is no longer good", [str(error)])
        return self._entered(session.id, "/")

    async def login(self, request: Request) -> Response:
        """Let in whoever knows the password."""
        async with request.form(max_files=0, max_fields=5) as form:
            name, password, back = (str(form.get(one, "")) for one in ("name", "password", "back"))
        if self.door.alone:
            return self._message(request, 403, "Nobody logs in here", ["Open the link that `regulars serve` printed."])
        try:
            session = await run_in_threadpool(people.login, self.door.state, name, password, address=_address(request))
        except RegularsError as error:
            return self._form(request, back=_inside(back), problem=str(error), status=problem_of(error).status)
        return self._entered(session.id, _inside(back))

    def logout(self, request: Request) -> Response:
        """End the session."""
        for name in (COOKIE, SECURE_COOKIE):
            if session := request.cookies.get(name):
                people.logout(self.door.state, session, address=_address(request))
        answer = RedirectResponse(f"{self.door.base}/login", status_code=303)
        for name in (COOKIE, SECURE_COOKIE):
            answer.delete_cookie(name, path="/", secure=self.door.secure, httponly=True, samesite="lax")
        return answer

    def _entered(self, session: str, back: str) -> Response:
        answer = RedirectResponse(back, status_code=303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(
            SECURE_COOKIE if self.door.secure else COOKIE,
            session,
            max_age=int(LONGEST.total_seconds()),
            path="/",
            secure=self.door.secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    def _form(self, request: Request, *, back: str, problem: str = "", status: int = 200) -> Response:
        text = render(
            "login.html", title="Log in", base=self.door.base, back=back, problem=problem, theme=_theme(request)
        )
        return _once(text, status)

    def account(self, request: Request) -> Response:
        """Say who is logged in, and as what."""
        return self._framed(request, "account.html", title="Account")

    def help(self, request: Request) -> Response:
        """Say how pages are read."""
        return self._framed(request, "help.html", title="Help", keys=KEYS)

    async def theme(self, request: Request) -> Response:
        """Remember whether pages are light or dark."""
        async with request.form(max_files=0, max_fields=5) as form:
            wanted, back = str(form.get("theme", "")), str(form.get("back", ""))
        answer = RedirectResponse(_inside(back), status_code=303)
        chosen = wanted if wanted in ("light", "dark") else "dark"
        answer.set_cookie("theme", chosen, max_age=31_536_000, path="/", secure=self.door.secure, samesite="lax")
        return answer

    # Pages.

    def page(self, request: Request) -> Response:
        """Answer with a page or a file of it."""
        asks = self._who(request)
        if asks is None:
            return self._outside(request)
        try:
            with self.door.current.serving() as serving:
                return self._answered(request, serving, asks)
        except StoreError as error:
            _LOG.warning("%s", error)
            return self._unstored(request, error)
        except NotYet:
            return self._calculating(request)
        except RegularsError as error:
            if problem_of(error).status >= 500:
                _LOG.error("%s: %s", request.url.path, error)
            return self._problem(request, problem_of(error))
        except Exception:
            _LOG.exception("%s", request.url.path)
            return self._problem(request, FAULT)

    def _answered(self, request: Request, serving: Serving, asks: Visitor) -> Response:
        found = addressed(_path(request, self.door.base), serving.views, document.FORMATS)
        if found is None:
            return self._problem(request, Problem(status=404, code="no-page", detail="There is no page here."))
        asked = _asked(request)
        if found.ending:
            return self._file(serving, asks, found, asked)
        plain = canonical(asked, found.view.takes)
        if plain != dict(request.query_params.multi_items()):
            # Forms send what was left empty, too: the address of a page says what was asked and no more.
            frame = Frame(views=serving.views, base=self.door.base, asked={})
            return RedirectResponse(frame.address(found.view.name, found.about, plain), status_code=302)
        if not found.view.kept:
            return respond(request, packed(*self._rendered(request, serving, asks, found, asked)))
        rights = (asks.sees_personal, asks.sees_customers, asks.exports, asks.name)
        shown = (serving.state, self.door.current.trouble, _theme(request), rights)
        key = (*shown, found.view.name, found.about, tuple(sorted(asked.items())))
        sent = self.answers.held(key)
        if sent is None:
            sent = self.answers.keep(key, packed(*self._rendered(request, serving, asks, found, asked)))
        elif sent.customers:
            # Whose rows were seen is written down each time, from memory or not.
            self.door.note(asks, f"view.{found.view.name}", found.about, rows=sent.customers)
        return respond(request, sent)

    def _file(self, serving: Serving, asks: Visitor, found: Addressed, asked: Mapping[str, str]) -> Response:
        record = self.door.page(serving, asks, found.view, found.about, asked, patience=_FILE, file=found.ending)
        kept = document.Kept(kept=record, rows=flattened.rows(record) if found.ending == "csv" else ())
        content = document.document(kept, found.ending, at=self.door.now())
        name = f"{found.view.name}-{record['as_of'][:10]}.{found.ending}"
        headers = {"Cache-Control": "private, no-store", "ETag": f'"{serving.state[:32]}"'}
        shown = "inline" if found.ending in ("json", "html") else "attachment"
        headers["Content-Disposition"] = f'{shown}; filename="{name}"'
        return Response(content, media_type=document.FORMATS[found.ending].media_type, headers=headers)

    def _rendered(
        self, request: Request, serving: Serving, asks: Visitor, found: Addressed, asked: Mapping[str, str]
    ) -> tuple[str, int]:
        """Return a page as HTML, and how many single customers it shows."""
        view = found.view
        record = self.door.page(serving, asks, view, found.about, asked, patience=_PATIENCE)
        asked = record["asked"]
        frame = Frame(views=serving.views, base=self.door.base, asked=asked)
        here = frame.address(view.name, found.about).partition("?")[0]
        text = render(
            "page.html",
            **self._around(serving, request, asks, frame, view, here, asked),
            title=_title(view, found.about if asks.sees_personal else mask(found.about)),
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
            sections=look.sections(record, frame.address),
        )
        return text, customers_in(record)

    def _around(
        self,
        serving: Serving,
        request: Request,
        asks: Visitor,
        frame: Frame,
        view: View | None,
        here: str,
        asked: Mapping[str, str],
    ) -> dict[str, Any]:
        """Return what stands around every page."""
        takes_team = view is not None and "team" in view.takes
        return {
            "base": self.door.base,
            "root": frame.address("overview"),
            "company": serving.workspace.settings.company.name,
            "menu": frame.menu(view),
            "here": here,
            "teamed": here if takes_team else frame.address("overview").partition("?")[0],
            "back": _back(request),
            "team": asked.get("team", "executives"),
            "teams": frame.teams(),
            "kept": [(name, text) for name, text in asked.items() if name not in ("team", "after")]
            if takes_team
            else [],
            "theme": _theme(request),
            "visitor": asks,
        }

    # What is not a page.

    def _framed(self, request: Request, template: str, *, title: str, **given: Any) -> Response:
        asks = self._who(request)
        if asks is None:
            return self._outside(request)
        return _once(render(template, **self._frame_of(request, asks), title=title, **given))

    def _frame_of(self, request: Request, asks: Visitor | None) -> dict[str, Any]:
        bare = {"base": self.door.base, "theme": _theme(request), "visitor": asks}
        if asks is None:
            return bare
        try:
            with self.door.current.serving() as serving:
                frame = Frame(views=serving.views, base=self.door.base, asked={})
                return self._around(serving, request, asks, frame, None, "", {})
        except RegularsError:
            return bare

    def _message(self, request: Request, status: int, title: str, lines: list[str], **more: Any) -> Response:
        given = {"command": "", "links": (), **more}
        around = self._frame_of(request, self._who(request))
        return _once(render("message.html", **around, title=title, lines=lines, **given), status)

    def _problem(self, request: Request, problem: Problem) -> Response:
        links = [("Clear what was asked", _inside(_raw(request)))] if request.url.query else []
        links.append(("Overview", f"{self.door.base}/"))
        answer = self._message(request, problem.status, problem.title, [problem.detail], links=links)
        if problem.wait:
            answer.headers["Retry-After"] = str(problem.wait)
        return answer

    def _calculating(self, request: Request) -> Response:
        lines = ["This page is worked out for the first time of these records. It appears by itself."]
        answer = self._message(request, 202, "Calculating…", lines, refresh=2)
        answer.headers["Retry-After"] = "2"
        return answer

    def _unstored(self, request: Request, error: StoreError) -> Response:
        if "holds no records yet" not in str(error):
            return self._problem(request, problem_of(error))
        lines = [
            "Load a company's records, then open this page again. Files as they are exported will do: orders, "
            "subscriptions, events, survey answers or service cases; one of them is enough.",
            "`regulars demo DIR` makes a company to try it with.",
        ]
        return self._message(request, 200, "No data yet", lines, command="regulars init FILES --yes\nregulars run")

    def _outside(self, request: Request) -> Response:
        """Send who is not known to the login, and back afterwards; programs are told."""
        if "authorization" in request.headers:
            return _once("Not known: the token is wrong, revoked or has expired.", 401, kind="text/plain")
        if self.door.alone:
            return self.login_page(request)
        return RedirectResponse(f"{self.door.base}/login?back={quote(_back(request), safe='')}", status_code=303)

    def _who(self, request: Request) -> Visitor | None:
        return self.door.who(request.headers, request.cookies, _address(request))


def _title(view: View, about: str) -> str:
    """Return what stands above a page, with what it is about."""
    if view.about == "kpi":
        return words.title(about) if view.name == "kpi" else f"{view.title}: {words.title(about)}"
    return f"{view.title} {about}" if view.about else view.title


def _once(text: str, status: int = 200, *, kind: str = "text/html") -> Response:
    return Response(text, status_code=status, media_type=kind, headers={"Cache-Control": "no-store"})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _theme(request: Request) -> str:
    found = request.cookies.get("theme", "")
    return found if found in ("light", "dark") else ""


def _raw(request: Request) -> str:
    """Return the path as it came, percent signs and all: what ids hold would be read as parts of it otherwise."""
    raw = request.scope.get("raw_path") or quote(request.url.path).encode()
    return str(raw.decode("latin-1").partition("?")[0])


def _path(request: Request, base: str) -> str:
    """Return the path as it came, without the base."""
    return _raw(request).removeprefix(base).lstrip("/")


def _back(request: Request) -> str:
    return _raw(request) + (f"?{request.url.query}" if request.url.query else "")


def _inside(back: str) -> str:
    """Return an address of this server; another site's is not one to be sent to.

    >>> _inside("/voice?by=market"), _inside("https://evil.example"), _inside("//evil.example"), _inside("/\\\\evil")
    ('/voice?by=market', '/', '/', '/')
    """
    safe = back.startswith("/") and not back.startswith(("//", "/\\")) and "\\" not in back and back.isprintable()
    return back if safe else "/"


def _asked(request: Request) -> dict[str, str]:
    """Return what is asked, by parameter; one that comes twice counts by the last."""
    return {name: text for name, text in request.query_params.multi_items() if text}


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
