"""The tool `explain`: why a KPI moved, in parts that add up, and who stands out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from regulars.app import measure
from regulars.mcp import told
from regulars.mcp.call import Call
from regulars.mcp.customer_text import NOTE, Marking
from regulars.mcp.marked import sentences
from regulars.mcp.schemas import COUNT, CUSTOMER_TEXT, INTERVAL, SAID, SCORE, TEXT, TRAVELS, listed, plain, record
from regulars.mcp.tool import STRICT, Result, Tool, of_kpis
from regulars.views.explained import explained, held


@dataclass(frozen=True, kw_only=True)
class Explain:
    """Parameters of `explain`."""

    __pydantic_config__ = STRICT

    kpi: Annotated[str, Field(description="name of a KPI; `list_kpis` lists them")]
    start: Annotated[
        str, Field(description="first day, as 2024-01-31; that of the last month that is over where not said")
    ] = ""
    end: Annotated[str, Field(description="day after the last one")] = ""
    against: Annotated[
        str, Field(description="prev for the period before, year for the same a year before, or FROM..TO")
    ] = "prev"
    where: Annotated[str, Field(description="which customers count, such as market = 'NL'")] = ""
    by: Annotated[
        str | list[str], Field(description="attributes of customers to look at; all of them where not said")
    ] = ""


def _answer(call: Call, asked: Explain) -> Result:
    parts = asked.by.split(",") if isinstance(asked.by, str) else asked.by
    by = [one.strip() for one in parts if one.strip()]
    workspace = call.workspace
    with call.generation.quickly:
        measure.known_splits(by, (asked.kpi,), workspace.kpis, call.opened.records, workspace.origins)
        found = explained(
            asked.kpi,
            workspace,
            call.opened,
            start=asked.start or None,
            end=asked.end or None,
            against=asked.against,
            where=asked.where.strip() or None,
            by=by,
        )
    texts = list(held(found.found))
    answered = found.record()
    apart, inline = call.marking(inline=False), call.marking(inline=True)
    shown = {"note": NOTE, **_marked(answered, texts, apart), "generation": call.opened.generation.number}
    lines = list(_lines(_marked(answered, texts, inline)))
    return Result(text=told.fitting(lines, ""), record=shown, rows=len(found.found.parts))


def _marked(answered: Mapping[str, Any], texts: list[str], marking: Marking) -> dict[str, Any]:
    ranked = [
        {
            **sentences({name: part for name, part in one.items() if name not in ("values", "said")}, marking, texts),
            "said": marking.data(one["said"]),
            "values": [[None if value is None else marking.data(value) for value in each] for each in one["values"]],
        }
        for one in answered["ranked"]
    ]
    rest = {name: part for name, part in answered.items() if name != "ranked"}
    return {**sentences(rest, marking, texts), "ranked": ranked}


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield found["sentence"]
    yield f"Change: {told.number(_in_unit(found['change'], found))}"
    for one in found["parts"]:
        yield f"- {one['name']} ({one['said']}): {told.number(_in_unit(one, found))}"
    for one in found["ranked"]:
        beyond = "beyond chance" if one["found"] else "not beyond chance"
        yield f"- {one['said']} adds {told.number(_in_unit(one['contribution'], found))}; {beyond} (q {one['q']:.2g})"
    if found["cannot"]:
        yield f"It cannot be split: {found['cannot']}."
    yield from found["notes"]


def _in_unit(one: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "unit": found["unit"]}


_NUMBER = {**INTERVAL, **TRAVELS}
_STANDS = record(
    {
        "by": listed(TEXT),
        "values": listed(listed({"anyOf": [plain(CUSTOMER_TEXT), {"type": "null"}]})),
        "said": CUSTOMER_TEXT,
        "moved": TEXT,
        "contribution": record(_NUMBER),
        "excess": record(_NUMBER),
        "q": {"type": "number"},
        "found": {"type": "boolean"},
    }
)
EXPLAIN = Tool(
    name="explain",
    title="Say why a KPI moved",
    said=(
        "Say why a KPI moved between two periods: a sentence in plain words, parts of the change that add up to it "
        "(chance, new customers against existing ones, who they are, how often they order, ...), each with its "
        "interval, and the customers who stand out beyond chance. What different dimensions say overlaps and does not "
        "add up across them. It is what went along with the change, not what caused it."
    ),
    takes=Explain,
    gives=record(
        {
            "note": SAID,
            "kpi": TEXT,
            "sentence": TEXT,
            "period": TEXT,
            "against": TEXT,
            "unit": TEXT,
            "before": record(_NUMBER),
            "after": record(_NUMBER),
            "change": record(_NUMBER),
            "parts": listed(record({"name": TEXT, "said": TEXT, **_NUMBER})),
            "ranked": listed(_STANDS),
            "cannot": TEXT,
            "notes": listed(TEXT),
            "scores": listed(SCORE),
            "generation": COUNT,
        }
    ),
    answer=_answer,
    known=of_kpis,
    about=lambda _, asked: (asked.kpi, ""),
)
