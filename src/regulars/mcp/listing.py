"""The tool `list_kpis`: what there is to ask for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from regulars.app.workspace import Workspace
from regulars.core.errors import UnknownName
from regulars.core.wording import counted
from regulars.mcp.call import Call
from regulars.mcp.marked import sentences
from regulars.mcp.schemas import COUNT, TEXT, listed, record
from regulars.mcp.told import fitting
from regulars.mcp.tool import STRICT, Known, Result, Tool
from regulars.views import catalogued, words
from regulars.views.teams import TEAMS, ordered


@dataclass(frozen=True, kw_only=True)
class ListKpis:
    """Parameters of `list_kpis`."""

    __pydantic_config__ = STRICT

    family: Annotated[str, Field(description="only of this family")] = ""
    team: Annotated[str, Field(description="only those that this team looks at first, the most telling first")] = ""
    available_only: Annotated[bool, Field(description="only those that these records can answer")] = True


def _known(workspace: Workspace) -> Known:
    return {"family": sorted({kpi.family.name for kpi in workspace.kpis.values()}), "team": list(TEAMS)}


def _answer(call: Call, asked: ListKpis) -> Result:
    return listing(call, family=asked.family, team=asked.team, available_only=asked.available_only)


def listing(call: Call, *, family: str = "", team: str = "", available_only: bool = False) -> Result:
    """Return KPIs with what they ask, and whether and why not they can be answered.

    Raises:
        UnknownName: there is no such family or team.
    """
    known = _known(call.workspace)
    for kind, name in (("family", family), ("team", team)):
        if name and name not in known[kind]:
            raise UnknownName(kind, name, known[kind])
    records, kpis = call.opened.records, call.workspace.kpis
    chosen = [name for name, kpi in kpis.items() if not family or kpi.family.name == family]
    if team:
        chosen = [name for name in ordered(chosen, team) if name in TEAMS[team].first]
    with call.generation.quickly:
        every = catalogued.kpis((kpis[name] for name in chosen), records)
    rows = [
        {"title": words.title(one["name"]), "unit": str(kpis[one["name"]].shows), **one}
        for one in every
        if one["available"] or not available_only
    ]
    found = sentences(
        {
            "kpis": rows,
            "unavailable_left_out": len(every) - len(rows),
            "attributes": list(records.attributes),
            "as_of": records.known_at.isoformat(),
        },
        call.marking(inline=False),
    )
    return Result(text=fitting(list(_lines(found)), "Ask for one `family` or `team`."), record=found, rows=len(rows))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{counted(len(found['kpis']), 'KPI')}, name: question."
    for one in found["kpis"]:
        why = "" if one["available"] else f" Cannot be answered: {one['why_not']}."
        yield f"- {one['name']} ({one['family']}, owner {one['owner']}): {one['question']}{why}"
    if hidden := found["unavailable_left_out"]:
        yield f"{hidden:,} more cannot be answered from these records; `available_only` false says why."
    if found["attributes"]:
        yield f"Customers can be split (`by`) and chosen (`where`) by: {', '.join(found['attributes'])}."


LIST_KPIS = Tool(
    name="list_kpis",
    title="List KPIs",
    said=(
        "List the customer KPIs of this company: name, question, family, owner, whether these records can answer it "
        "and why not. Ask this first to find the exact names; it holds no values."
    ),
    takes=ListKpis,
    gives=record(
        {
            "kpis": listed(
                record(
                    {
                        "name": TEXT,
                        "title": TEXT,
                        "question": TEXT,
                        "family": TEXT,
                        "owner": TEXT,
                        "unit": TEXT,
                        "better": TEXT,
                        "available": {"type": "boolean"},
                        "why_not": TEXT,
                        "version": TEXT,
                        "caveat": TEXT,
                        "source": TEXT,
                        "needs": listed(TEXT),
                    }
                )
            ),
            "unavailable_left_out": COUNT,
            "attributes": listed(TEXT),
            "as_of": TEXT,
        }
    ),
    answer=_answer,
    known=_known,
    about=lambda _, asked: (" ".join(part for part in (asked.family, asked.team) if part), ""),
)
