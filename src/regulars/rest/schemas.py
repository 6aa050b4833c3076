"""What answers look like, as JSON Schema: the first law is in it, for whoever checks what they are given."""

from collections.abc import Mapping
from typing import Any

from regulars.kpis.kpi import Better, Shows

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": ["number", "null"]}
TRUTH: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
PERIOD: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2}$",
    "description": "Local days: the first, and the day after the last.",
}
BETTER: Schema = {"type": "string", "enum": [one.value for one in Better]}
UNIT: Schema = {
    "type": "string",
    "description": f"Code of a currency, else one of: {', '.join(one.value for one in Shows)}. Shares lie in [0, 1].",
}


def ref(name: str) -> Schema:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(of: Schema) -> Schema:
    """Return a list."""
    return {"type": "array", "items": of}


def maybe(one: Schema) -> Schema:
    """Return the same, or null."""
    return {"anyOf": [one, {"type": "null"}]}


def thing(said: str, parts: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Return an object; what is not optional is always there."""
    found = {"type": "object", "required": list(parts), "properties": {**parts, **(optional or {})}}
    return {"description": said, **found} if said else found


def _interval() -> dict[str, Schema]:
    return {
        "value": NUMBER,
        "low": {**NUMBER, "description": "Null without a value, or where there is no limit on this side."},
        "high": {**NUMBER, "description": "Null without a value, or where there is no limit on this side."},
        "level": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "description": "Two-sided coverage."},
        "method": {**TEXT, "description": "Of the interval."},
        "n": {**COUNT, "description": "Independent units behind the value."},
        "why_not": {**TEXT, "description": "Why there is no value; empty where there is one."},
    }


#: The first law: there is a value with its interval, or a reason in its place.
_LAW: Schema = {
    "if": {"properties": {"why_not": {"const": ""}}},
    "then": {"properties": {"value": {"type": "number"}, "method": {"minLength": 1}}},
    "else": {"properties": {name: {"type": "null"} for name in ("value", "low", "high")}},
}


def _provenance() -> dict[str, Schema]:
    return {
        "period": PERIOD,
        "as_of": {**INSTANT, "description": "Instant before which records count."},
        "version": {**TEXT, "description": "Of the definition, with the company's parameters."},
        "flags": {**TEXTS, "description": "What is to be known of its quality."},
    }


def _number(said: str, parts: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {**thing(said, parts, optional), **_LAW}


#: What an answer is split by.
_GROUP: Schema = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}


def numbers() -> dict[str, Schema]:
    """Return schemas of numbers, with all that travels with them."""
    whole = {**_interval(), **_provenance()}
    beside = {
        "change": ref("Change"),
        "against_others": ref("Contrast"),
        "drawn_to_others": ref("Interval"),
        "scores": array(ref("Score")),
    }
    cell: dict[str, Schema] = {
        "cohorts": TEXT,
        "cohort": {**TEXT, "description": "Its first day, or `pooled`."},
        "group": _GROUP,
        "size": COUNT,
        "age": COUNT,
        "grain": TEXT,
    }
    return {
        "Interval": _number("A value, its interval, and how it was had.", _interval()),
        "Number": _number("A value with all that it may not travel without.", whole, {"unit": UNIT}),
        "Answer": _number(
            "One KPI of one group in one period.", {"kpi": TEXT, "group": _GROUP, **whole, "unit": UNIT}, beside
        ),
        "ForecastPeriod": _number(
            "One period of a forecast: seen, so far, completed or forecast.", {"what": TEXT, **whole}
        ),
        "CohortCell": _number("One cohort at one age.", {**cell, **whole, "unit": UNIT}),
        **_beside(),
    }


def _beside() -> dict[str, Schema]:
    """Return schemas of what is told beside a number."""
    change = {**_interval(), "before": ref("Interval"), "detectable": NUMBER, "verdict": TEXT}
    contrast: dict[str, Schema] = {**_interval(), "q": {"type": "number"}, "differs": TRUTH}
    measures = {"type": "object", "additionalProperties": ref("Interval")}
    score = {"outcome": TEXT, "model": TEXT, "score": measures, "verdict": TEXT, "tried": TEXT}
    return {
        "Change": _number("This period less the one before, over the same elapsed part.", change),
        "Contrast": _number("A group less all others together; q is over all groups of the KPI and period.", contrast),
        "Score": thing("How well it was foretold on past days.", score),
    }


def problem() -> Schema:
    """Return the schema of what went wrong."""
    return thing(
        "What went wrong (RFC 9457): what, where, and what to do.",
        {
            "type": {"type": "string", "pattern": "^urn:regulars:"},
            "title": TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": {**TEXT, "description": "Stable name of the kind of error."},
            "detail": TEXT,
        },
    )
