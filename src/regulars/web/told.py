"""What is said in the place of a page, and what stands around every page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response

from regulars.core.errors import RegularsError, StoreError
from regulars.door.door import Door
from regulars.door.problems import Problem, problem_of
from regulars.door.serving import Serving
from regulars.door.visitor import Visitor
from regulars.views.view import View
from regulars.web.asked import address_of, back_to, inside, once, raw, theme_of
from regulars.web.frame import Frame
from regulars.web.html import render


@dataclass(frozen=True, kw_only=True)
class Told:
    """Says things to visitors.

    Attributes:
        door: what surfaces share.
    """

    door: Door

    def around(
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
            "back": back_to(request),
            "team": asked.get("team", "executives"),
            "teams": frame.teams(),
            "kept": [(name, text) for name, text in asked.items() if name not in ("team", "after")]
            if takes_team
            else [],
            "theme": theme_of(request),
            "visitor": asks,
        }

    def frame_of(self, request: Request, asks: Visitor | None) -> dict[str, Any]:
        """Return what stands around what is no page of records; little, where nobody is known or nothing is open."""
        bare = {"base": self.door.base, "theme": theme_of(request), "visitor": asks}
        if asks is None:
            return bare
        try:
            with self.door.current.serving() as serving:
                frame = Frame(views=serving.views, base=self.door.base, asked={})
                return self.around(serving, request, asks, frame, None, "", {})
        except RegularsError:
            return bare

    def message(self, request: Request, status: int, title: str, lines: list[str], **more: Any) -> Response:
        """Say something in the place of a page."""
        given = {"command": "", "links": (), **more}
        around = self.frame_of(request, self.who(request))
        return once(render("message.html", **around, title=title, lines=lines, **given), status)

    def problem(self, request: Request, problem: Problem) -> Response:
        """Say what went wrong, and where to go on."""
        links = [("Clear what was asked", inside(raw(request)))] if request.url.query else []
        links.append(("Overview", f"{self.door.base}/"))
        answer = self.message(request, problem.status, problem.title, [problem.detail], links=links)
        if problem.wait:
            answer.headers["Retry-After"] = str(problem.wait)
        return answer

    def calculating(self, request: Request) -> Response:
        """Say that a page is being made, and have the browser ask again."""
        lines = ["This page is worked out for the first time of these records. It appears by itself."]
        answer = self.message(request, 202, "Calculating…", lines, refresh=2)
        answer.headers["Retry-After"] = "2"
        return answer

    def unstored(self, request: Request, error: StoreError) -> Response:
        """Say how the first records are loaded, or that the store cannot be read."""
        if "holds no records yet" not in str(error):
            return self.problem(request, problem_of(error))
        lines = [
            "Load a company's records, then open this page again. Files as they are exported will do: orders, "
            "subscriptions, events, survey answers or service cases; one of them is enough.",
            "`regulars demo DIR` makes a company to try it with.",
        ]
        return self.message(request, 200, "No data yet", lines, command="regulars init FILES --yes\nregulars run")

    def who(self, request: Request) -> Visitor | None:
        """Return who asks; None where nobody is known."""
        return self.door.who(request.headers, request.cookies, address_of(request))
