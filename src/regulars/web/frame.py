"""What stands around a page: the menu, tabs, controls, links to files; made of the views that there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from regulars.views.parameters import PARAMETERS, canonical
from regulars.views.teams import TEAMS
from regulars.views.view import View

#: Parameters that stay when another page is opened.
_STAY = ("team",)
#: Parameters without a control of their own: links set them.
_LINKED = ("after", "sort", "dir", "kpi", "reason", "team")
#: Formats that a page can be had in, by ending.
FILES = (("PDF", "pdf"), ("HTML", "html"), ("Excel", "xlsx"), ("CSV", "csv"), ("JSON", "json"))
_HINTS = {
    "period": "12m, 2024-03, 2024-Q3",
    "week": "2024-W09",
    "by": "market",
    "where": "market = 'NL'",
    "q": "part of an id",
    "segment": "champions",
    "state": "lapsed",
}


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Addresses of one company's pages.

    Attributes:
        views: the pages by name.
        base: what begins every address; "" at the root of a server.
        asked: of the page that is shown: what stays is taken along.
    """

    views: Mapping[str, View]
    base: str
    asked: Mapping[str, str]

    def address(self, page: str, about: str = "", asked: Mapping[str, str] | None = None, ending: str = "") -> str:
        """Return the address of a page; "" of one that there is not."""
        view = self.views.get(page)
        if view is None:
            return ""
        path = "" if view.name == "overview" and not ending else view.path
        path = path.replace("{about}", quote(about, safe="").replace(".", "%2E"))
        kept = {name: text for name, text in self.asked.items() if name in _STAY and name in view.takes}
        wanted = {name: text for name, text in (asked or {}).items() if name in view.takes}
        words = urlencode(canonical(kept | wanted, view.takes))
        return f"{self.base}/{path}{ending}{f'?{words}' if words else ''}"

    def menu(self, shown: View | None) -> list[dict[str, Any]]:
        """Return the links of the menu; that of the page that is shown, or of which it is a part, says so."""
        there = [view for view in self.views.values() if not view.under and not view.about]
        top = shown.under if shown is not None and shown.under else shown.name if shown is not None else ""
        return [
            {
                "title": view.title,
                "href": self.address(view.name),
                "here": "" if view.name != top else "page" if shown is view else "true",
            }
            for view in sorted(there, key=lambda view: (view.place or 99, view.title))
        ]

    def tabs(self, shown: View) -> list[dict[str, Any]]:
        """Return the links to the parts that the page belongs to; none where it is whole."""
        top = self.views.get(shown.under or shown.name, shown)
        parts = [view for view in self.views.values() if view.under == top.name and not view.about]
        if not parts:
            return []
        return [
            {"title": view.title, "href": self.address(view.name), "here": "page" if view is shown else ""}
            for view in [top, *sorted(parts, key=lambda view: view.title)]
        ]

    def controls(self, view: View, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the controls of what may be asked."""
        found = []
        for name in view.takes:
            if name in _LINKED:
                continue
            one = PARAMETERS[name]
            found.append(
                {
                    "name": name,
                    "title": one.title,
                    "value": asked.get(name, one.default),
                    "choices": one.choices,
                    "hint": _HINTS.get(name, ""),
                    "wide": name == "where",
                }
            )
        return found

    def fixed(self, view: View, asked: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return what is asked without a control: a form sends it along; where a list begins, it does not."""
        return [(name, text) for name, text in asked.items() if name in _LINKED and name != "after"]

    def exports(self, view: View, about: str, asked: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the files that the page can be had as, each with its address."""
        return [(title, self.address(view.name, about, asked, f".{ending}")) for title, ending in FILES]

    def teams(self) -> list[tuple[str, str]]:
        """Return the teams by name and title."""
        return [(one.name, one.title) for one in TEAMS.values()]
