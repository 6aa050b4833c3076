"""The pages that there are: each view of the catalogue, whatever is added to it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

import regulars.catalogue.views
from regulars.core.registry import discover, modules_of
from regulars.views.view import View

#: What pages are about here: two KPIs that differ, and one customer of the demonstration.
_ABOUT = {
    "kpi": ("net_revenue", "nps"),
    "customer": ("C00000024",),
    "action": ("win_back_offer",),
    "experiment": ("autumn_offer",),
}
#: Seconds within which all pages of a company are made.
_MADE = 900.0


@dataclass(frozen=True, kw_only=True)
class Address:
    """A page.

    Attributes:
        name: of its pictures.
        path: with what is asked.
        view: which it is.
    """

    name: str
    path: str
    view: View

    def file(self, ending: str) -> str:
        """Return the path of a file of it."""
        return f"{'/overview' if self.path == '/' else self.path}.{ending}"


def _addresses() -> Iterable[Address]:
    views = discover(modules_of(regulars.catalogue.views), View)
    for view in sorted(views.values(), key=lambda view: view.place or 99):
        for about in _ABOUT[view.about] if view.about else ("",):
            path = "" if view.name == "overview" else view.path.replace("{about}", about)
            yield Address(name="-".join(filter(None, (view.name, about))), path=f"/{path}", view=view)


VIEWS = tuple(_addresses())
#: Pages that have between them every kind of block, looked at in every run; in a long one all are.
SOME = (
    "overview", "customers", "customer-C00000024", "retention", "value", "voice", "segments", "kpi-nps",
    "kpi-net_revenue", "behind-nps", "actions", "experiments", "data", "watch",
)  # fmt: skip
LOOKED_AT = tuple(one for one in VIEWS if one.name in SOME)


def marked(names: Iterable[str]) -> list[Any]:
    """Return parameters of names of pages, those marked as long that are not looked at in every run."""
    known = {one.name for one in VIEWS}
    return [pytest.param(one, marks=pytest.mark.long) if one in known and one not in SOME else one for one in names]


def named(name: str) -> Address:
    """Return the page of a name."""
    return next(one for one in VIEWS if one.name == name)


def ready(client: httpx.Client, pages: Iterable[Address]) -> None:
    """Ask for pages until all of them are made.

    Raises:
        AssertionError: one cannot be had, or it takes too long.
    """
    waiting, end = list(pages), time.monotonic() + _MADE
    while waiting:
        answers = [(page, client.get(page.path)) for page in waiting]
        wrong = {page.path: answer.status_code for page, answer in answers if answer.status_code not in (200, 202)}
        assert not wrong, wrong
        waiting = [page for page, answer in answers if answer.status_code == 202]
        assert time.monotonic() < end, f"not made: {[page.path for page in waiting]}"
        # Each answer that is not there yet was waited for; nobody needs to be asked more often.
        time.sleep(0.2 if waiting else 0)
