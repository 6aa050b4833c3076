"""What there is to ask: the company, its KPIs with their definitions, cohort tables and pages."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from regulars.app import review
from regulars.core.errors import UnknownName
from regulars.kpis.cohorts import Cohort
from regulars.kpis.frame import missing
from regulars.kpis.kpi import Shows
from regulars.rest.endpoint import Asking
from regulars.rest.held import Held
from regulars.views import catalogued
from regulars.views.formulas import formula_said
from regulars.views.parameters import PARAMETERS
from regulars.views.teams import TEAMS
from regulars.views.view import View

#: KPIs of a list where nothing else is said, and at most.
SHOWN, MOST = 100, 500


def index(asking: Asking) -> dict[str, Any]:
    """Return where to begin."""
    names = ("company", "kpis", "answers", "cohorts", "audiences", "pages")
    links = {name: asking.address(name) for name in names}
    links |= {name: asking.address(name) for name in ("customers",) if name in asking.serving.views}
    return {"name": "Regulars", "links": {"openapi": asking.address("openapi.json"), **links}}


def company(asking: Asking, held: Held) -> dict[str, Any]:
    """Return whose records they are, as of when, and whether they can be believed.

    Raises:
        NotYet: others ask.
    """
    found = asking.workspace.settings.company
    records, backend = asking.records, asking.serving.quick.backend

    def biasing() -> int:
        return sum(bool(one.biases) for one in review.findings_of(backend))

    return {
        "name": found.name,
        "currency": found.currency,
        "time_zone": found.time_zone,
        "as_of": records.known_at.isoformat(),
        "generation": asking.serving.generation,
        "stale": bool(asking.door.current.trouble),
        "biasing_findings": held.once(asking.serving, ("biasing",), asking.patience, lambda: asking.turn(biasing)),
        "attributes": list(records.attributes),
    }


def kpis(asking: Asking) -> dict[str, Any]:
    """Return KPIs by name, so many at a time."""
    said = asking.said
    first = TEAMS[said["team"]].first if "team" in said else ()
    found = [
        one
        for one in catalogued.kpis(asking.workspace.kpis.values(), asking.records)
        if one["name"] > said.get("after", "")
        and said.get("family", one["family"]) == one["family"]
        and ("team" not in said or one["name"] in first)
        and said.get("available", one["available"]) == one["available"]
    ]
    shown = sorted(found, key=lambda one: one["name"])[: said.get("limit", SHOWN)]
    following = None
    if len(found) > len(shown):
        words = [(name, text) for name, text in asking.words if name != "after"]
        following = f"{asking.address('kpis')}?{urlencode([*words, ('after', shown[-1]['name'])])}"
    return {"kpis": [{**one, "links": _links(asking, one["name"])} for one in shown], "next": following}


def _links(asking: Asking, name: str) -> dict[str, str]:
    return {"self": asking.address("kpis", name), "answer": asking.address("kpis", name, "answer")}


def definition(asking: Asking) -> dict[str, Any]:
    """Return what a KPI means.

    Raises:
        UnknownName: no such KPI.
    """
    known, name = asking.workspace.kpis, asking.about["name"]
    if name not in known:
        raise UnknownName("KPI", name, known)
    kpi = known[name]
    (listed,) = catalogued.kpis([kpi], asking.records)
    return {
        **listed,
        "formula": formula_said(kpi.formula),
        "frame": kpi.frame.name,
        "counts": kpi.frame.unit,
        "unit": _unit(asking, kpi.shows),
        "splits": [*asking.records.attributes, *kpi.frame.splits],
        "parameters": {one: _plain(getattr(asking.records.definitions, one)) for one in kpi.frame.parameters},
        "links": _links(asking, name),
    }


def _unit(asking: Asking, shows: Shows) -> str:
    return asking.workspace.settings.company.currency if shows is Shows.MONEY else str(shows)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def cohorts(asking: Asking) -> dict[str, Any]:
    """Return the cohort tables."""
    return {"cohorts": list(_cohorts(asking))}


def _cohorts(asking: Asking) -> Iterator[dict[str, Any]]:
    for one in asking.workspace.cohorts.values():
        lacking = one.frame.missing(asking.records.covered)
        yield {
            "name": one.name,
            "question": one.question,
            **_chapter(one),
            "needs": list(missing(one.frame.needs, ())),
            "available": not lacking,
            "unit": _unit(asking, one.shows),
            "better": str(one.better),
            "caveat": one.caveat,
            "source": one.source,
            "links": {"self": asking.address("cohorts", one.name)},
        }


def _chapter(one: Cohort) -> Mapping[str, str]:
    return {"family": one.family.name, "owner": one.family.owner}


def pages(asking: Asking) -> dict[str, Any]:
    """Return the pages, with what may be asked of each."""
    return {"pages": [_page(asking, view) for _, view in sorted(asking.serving.views.items())]}


def _page(asking: Asking, view: View) -> dict[str, Any]:
    return {
        "name": view.name,
        "title": view.title,
        "question": view.question,
        "teams": list(view.teams),
        "about": view.about,
        "customers": view.rows,
        "address": asking.address("pages", view.name) + (f"/{{{view.about}}}" if view.about else ""),
        "parameters": [_parameter(name) for name in view.takes],
    }


def _parameter(name: str) -> dict[str, Any]:
    one = PARAMETERS[name]
    choices = [{"name": value, "title": title} for value, title in one.choices]
    return {
        "name": one.name, "title": one.title, "meaning": one.meaning, "default": one.default, "choices": choices
    }  # fmt: skip
