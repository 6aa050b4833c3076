"""What each address gives, as JSON Schema: made of numbers (`schemas`) and of blocks of pages (`block_schemas`)."""

from collections.abc import Mapping

from regulars.rest import alerts, audiences
from regulars.rest.block_schemas import blocks
from regulars.rest.schemas import (
    BETTER,
    COUNT,
    INSTANT,
    PERIOD,
    TEXT,
    TEXTS,
    TRUTH,
    UNIT,
    Schema,
    array,
    maybe,
    numbers,
    problem,
    ref,
    thing,
)


def schemas() -> dict[str, Schema]:
    """Return every schema by name."""
    return {
        "Problem": problem(),
        **numbers(),
        **blocks(),
        **_catalogue(),
        **_answers(),
        **audiences.schemas(),
        **alerts.schemas(),
    }


_HREF: Schema = {"type": "string", "format": "uri-reference"}
_LINKS: Schema = {"type": "object", "additionalProperties": _HREF}
_ANY: Schema = {"type": "object", "additionalProperties": True}


#: What is told of every KPI.
_KPI: Mapping[str, Schema] = {
    "name": TEXT,
    "question": TEXT,
    "family": TEXT,
    "owner": TEXT,
    "needs": {**TEXTS, "description": "Tables or columns of records; alternatives in one."},
    "available": {**TRUTH, "description": "Whether it can be answered of these records."},
    "why_not": {**TEXT, "description": "Why it cannot; empty where it can."},
    "version": TEXT,
    "better": BETTER,
    "caveat": TEXT,
    "source": TEXT,
    "links": _LINKS,
}
#: What is told of one of them besides.
_DEFINED: Mapping[str, Schema] = {
    "formula": TEXT,
    "frame": {**TEXT, "description": "The rows that it is made of."},
    "counts": {**TEXT, "description": "What n counts: what is taken as independent."},
    "unit": UNIT,
    "splits": TEXTS,
    "parameters": _ANY,
}
_COMPANY: Mapping[str, Schema] = {
    "name": TEXT,
    "currency": TEXT,
    "time_zone": TEXT,
    "as_of": INSTANT,
    "generation": COUNT,
    "stale": {**TRUTH, "description": "Whether newer records cannot be shown."},
    "biasing_findings": {**COUNT, "description": "How many findings push numbers; those carry flags."},
    "attributes": {**TEXTS, "description": "Of customers, by which everything can be split."},
}


_PART: Schema = {
    "allOf": [ref("Number"), thing("", {"name": TEXT, "said": TEXT, "money": maybe(ref("Number"))})],
    "description": "A part of the change; all of them add up to it.",
}
_STANDS: Schema = thing(
    "Customers who stand out.",
    {
        "by": TEXTS,
        "values": array(array({"type": ["string", "null"]})),
        "said": TEXT,
        "moved": TEXT,
        "contribution": ref("Number"),
        "excess": ref("Number"),
        **{name: maybe(ref("Number")) for name in ("mix", "rate", "money")},
        "power": {"type": ["number", "null"], "description": "Share of the change; null where that is near 0."},
        **{name: {"type": "number"} for name in ("surprise", "evidence", "q")},
        "found": {**TRUTH, "description": "Whether it is beyond chance."},
    },
)
_WHY: Mapping[str, Schema] = {
    "kpi": TEXT,
    "sentence": {**TEXT, "description": "All of it in plain words."},
    "period": PERIOD,
    "against": PERIOD,
    "where": TEXT,
    "unit": UNIT,
    **{name: ref("Number") for name in ("before", "after", "change")},
    "money": maybe(ref("Number")),
    "parts": array(_PART),
    "ranked": array(_STANDS),
    "cannot": {**TEXT, "description": "Why it cannot be split; empty where it can."},
    "notes": TEXTS,
    "scores": array(ref("Score")),
}


def _catalogue() -> dict[str, Schema]:
    table = {name: found for name, found in _KPI.items() if name not in ("why_not", "version")}
    return {
        "Index": thing("Where to begin.", {"name": TEXT, "links": _LINKS}),
        "OpenAPI": {"type": "object", "required": ["openapi", "info", "paths"]},
        "Company": thing("Whose records they are.", _COMPANY),
        "KPI": thing("A KPI, and whether it can be answered.", _KPI),
        "KPIs": thing("So many KPIs, by name.", {"kpis": array(ref("KPI")), "next": maybe(_HREF)}),
        "Definition": thing("What a KPI means.", {**_KPI, **_DEFINED}),
        "CohortTables": thing("The cohort tables.", {"cohorts": array(thing("", {**table, "unit": UNIT}))}),
        "Pages": thing("The pages.", {"pages": array(_page())}),
    }


def _page() -> Schema:
    choice = thing("", {"name": TEXT, "title": TEXT})
    parameter = thing("", {"name": TEXT, "title": TEXT, "meaning": TEXT, "default": TEXT, "choices": array(choice)})
    return thing(
        "",
        {
            "name": TEXT,
            "title": TEXT,
            "question": TEXT,
            "teams": TEXTS,
            "about": {**TEXT, "description": "What one of it is about; empty where it is about all."},
            "customers": {**TRUTH, "description": "Whether it shows single customers."},
            "address": TEXT,
            "parameters": array(parameter),
        },
    )


def _forecast(head: Mapping[str, Schema]) -> Schema:
    between = thing("In which period it may have been first, and last.", {"first": PERIOD, "last": PERIOD})
    shift = thing("A shift of the level.", {"period": PERIOD, "between": between, "change": ref("Number")})
    return thing(
        "What a KPI will say.",
        {
            **head,
            "kpi": TEXT,
            "grain": TEXT,
            "unit": UNIT,
            "model": {**TEXT, "description": "Which foretells; empty where nothing is foretold."},
            "version": {**TEXT, "description": "Of the method, and of the definition of the KPI."},
            "why_not": {**TEXT, "description": "Why there is no forecast; empty where there is one."},
            "said": {**TEXTS, "description": "The same in words."},
            "score": maybe(ref("Score")),
            "completed_by": {**TEXT, "description": "How the running period is completed; empty where it is not."},
            "shifts": array(shift),
            "periods": array(ref("ForecastPeriod")),
        },
    )


def _answers() -> dict[str, Schema]:
    head = {"asked": _ANY, "currency": TEXT, "as_of": INSTANT, "generation": COUNT}
    return {
        "Answers": thing("Answers by KPI, group and period.", {**head, "kpis": TEXTS, "rows": array(ref("Answer"))}),
        "Why": thing("Why a KPI moved.", {**head, **_WHY}),
        "Forecast": _forecast(head),
        "Cohorts": thing(
            "A cohort table.",
            {
                **head,
                "cohorts": TEXT,
                "question": TEXT,
                "caveat": TEXT,
                "why_not": {**TEXT, "description": "Why there is none; empty where there is one."},
                "cells": array(ref("CohortCell")),
            },
        ),
        "Page": thing(
            "A page: what was asked, and the blocks that answer it, from top to bottom.",
            {
                "name": TEXT,
                "title": TEXT,
                "question": TEXT,
                "teams": TEXTS,
                "company": TEXT,
                "currency": TEXT,
                "about": TEXT,
                "asked": {"type": "object", "additionalProperties": TEXT},
                "period": maybe(PERIOD),
                "as_of": maybe(INSTANT),
                "generation": {"type": ["integer", "null"]},
                "blocks": array(ref("Block")),
            },
        ),
    }
