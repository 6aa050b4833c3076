"""The tool `explain_kpi`: what a KPI means, and what speaks against it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from regulars.app import review
from regulars.core.errors import UnknownName
from regulars.kpis.kpi import KPI
from regulars.mcp.call import Call
from regulars.mcp.marked import sentences
from regulars.mcp.schemas import TEXT, listed, record
from regulars.mcp.told import fitting
from regulars.mcp.tool import STRICT, Result, Tool, of_kpis
from regulars.views import catalogued, words
from regulars.views.formulas import formula_said


@dataclass(frozen=True, kw_only=True)
class ExplainKpi:
    """Parameters of `explain_kpi`."""

    __pydantic_config__ = STRICT

    kpi: Annotated[str, Field(description="name of a KPI; `list_kpis` lists them")]


def _answer(call: Call, asked: ExplainKpi) -> Result:
    return explained(call, asked.kpi)


def explained(call: Call, name: str) -> Result:
    """Return what a KPI means.

    Raises:
        UnknownName: there is no such KPI.
    """
    if name not in call.workspace.kpis:
        raise UnknownName("KPI", name, call.workspace.kpis)
    kpi = call.workspace.kpis[name]
    with call.generation.quickly:
        (listed_as,) = catalogued.kpis([kpi], call.opened.records)
        biases = _biases(kpi, call)
    found = sentences(
        {
            **listed_as,
            "title": words.title(kpi.name),
            "family_question": kpi.family.question,
            "unit": call.currency if kpi.shows == "money" else str(kpi.shows),
            "rows": f"{kpi.frame.name.replace('_', ' ')}; the unit taken as independent is a {kpi.frame.unit}",
            "formula": formula_said(kpi.formula),
            "splits": list(kpi.frame.splits),
            "biased_by": biases,
        },
        call.marking(inline=False),
    )
    return Result(text=fitting(list(_lines(found)), ""), record=found, rows=1)


def _biases(kpi: KPI, call: Call) -> list[dict[str, str]]:
    return [
        {"flag": finding.code, "finding": finding.message, "effect": str(bias)}
        for finding in review.findings_of(call.opened.backend)
        for bias in finding.biases
        if bias.meets(kpi.name, kpi.family.name, kpi.frame.named)
    ]


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['title']} (`{found['name']}`): {found['question']}"
    yield f"Rows: {found['rows']}."
    yield f"Formula: {found['formula']}"
    yield f"Unit: {found['unit']}; better: {found['better']}."
    yield f"When not to trust it: {found['caveat']}"
    yield f"Source: {found['source']}"
    yield f"Version {found['version']}; family {found['family']}, owner {found['owner']}."
    yield f"Needs: {', '.join(found['needs'])}."
    yield "Can be answered from these records." if found["available"] else f"Cannot be answered: {found['why_not']}."
    if not found["biased_by"]:
        yield "Nothing found in the records biases it."
    for one in found["biased_by"]:
        yield f"Biased by ({one['flag']}): {one['finding']} {one['effect']}"


EXPLAIN_KPI = Tool(
    name="explain_kpi",
    title="Explain a KPI",
    said=(
        "Explain one KPI: its question, rows, formula, unit, source, version of the definition, when not to trust it, "
        "what it needs, and which findings in the records bias it and how. It holds no values."
    ),
    takes=ExplainKpi,
    gives=record(
        {
            "name": TEXT,
            "title": TEXT,
            "question": TEXT,
            "rows": TEXT,
            "formula": TEXT,
            "unit": TEXT,
            "better": TEXT,
            "caveat": TEXT,
            "source": TEXT,
            "version": TEXT,
            "needs": listed(TEXT),
            "available": {"type": "boolean"},
            "why_not": TEXT,
            "biased_by": listed(record({"flag": TEXT, "finding": TEXT, "effect": TEXT})),
        }
    ),
    answer=_answer,
    known=of_kpis,
    about=lambda _, asked: (asked.kpi, ""),
)
