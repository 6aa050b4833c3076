"""How visitors come in and go: one-time links, names and passwords; and what is remembered of their browser."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from regulars.app import people
from regulars.core.errors import Refused, RegularsError
from regulars.door.door import Door
from regulars.door.problems import problem_of
from regulars.door.visitor import COOKIE, SECURE_COOKIE
from regulars.state.sessions import LONGEST
from regulars.web.asked import address_of, back_to, inside, once, theme_of
from regulars.web.html import render
from regulars.web.told import Told


@dataclass(frozen=True, kw_only=True)
class Entering:
    """Lets visitors in.

    Attributes:
        door: what surfaces share.
        told: says things to visitors.
    """

    door: Door
    told: Told

    def add_to(self, router: APIRouter) -> None:
        """Add what answers the addresses of coming and going."""
        router.add_api_route("/login", self.login_page, methods=["GET", "HEAD"])
        router.add_api_route("/login", self.login, methods=["POST"])
        router.add_api_route("/logout", self.logout, methods=["POST"])
        router.add_api_route("/theme", self.theme, methods=["POST"])

    def outside(self, request: Request) -> Response:
        """Send who is not known to the login, and back afterwards; programs are told."""
        if "authorization" in request.headers:
            return once("Not known: the token is wrong, revoked or has expired.", 401, kind="text/plain")
        if self.door.alone:
            return self.login_page(request)
        return RedirectResponse(f"{self.door.base}/login?back={quote(back_to(request), safe='')}", status_code=303)

    def login_page(self, request: Request, token: str = "", back: str = "/") -> Response:
        """Show the form, or take a one-time link."""
        if not token:
            if self.door.alone:
                return self.told.message(
                    request,
                    401,
                    "Open the link",
                    [
                        "These pages are for whoever started the server on this machine.",
                        "Open the link that it printed: it is good for one visit. `regulars serve` prints another.",
                    ],
                )
            return self._form(request, back=inside(back))
        try:
            session = people.redeem(self.door.state, token, address=address_of(request))
        except Refused as error:
            return self.told.message(request, 403, "This link is no longer good", [str(error)])
        return self._entered(session.id, "/")

    async def login(self, request: Request) -> Response:
        """Let in whoever knows the password."""
        async with request.form(max_files=0, max_fields=5) as form:
            name, password, back = (str(form.get(one, "")) for one in ("name", "password", "back"))
        if self.door.alone:
            return self.told.message(
                request, 403, "Nobody logs in here", ["Open the link that `regulars serve` printed."]
            )
        try:
            session = await run_in_threadpool(
                people.login, self.door.state, name, password, address=address_of(request)
            )
        except RegularsError as error:
            problem = problem_of(error)
            return self._form(request, back=inside(back), problem=problem.detail, status=problem.status)
        return self._entered(session.id, inside(back))

    def logout(self, request: Request) -> Response:
        """End the session."""
        for name in (COOKIE, SECURE_COOKIE):
            if session := request.cookies.get(name):
                people.logout(self.door.state, session, address=address_of(request))
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
            "login.html", title="Log in", base=self.door.base, back=back, problem=problem, theme=theme_of(request)
        )
        return once(text, status)

    async def theme(self, request: Request) -> Response:
        """Remember whether pages are light or dark."""
        async with request.form(max_files=0, max_fields=5) as form:
            wanted, back = str(form.get("theme", "")), str(form.get("back", ""))
        answer = RedirectResponse(inside(back), status_code=303)
        chosen = wanted if wanted in ("light", "dark") else "dark"
        answer.set_cookie("theme", chosen, max_age=31_536_000, path="/", secure=self.door.secure, samesite="lax")
        return answer
