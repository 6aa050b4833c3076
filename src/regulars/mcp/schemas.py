"""JSON Schema of what tools give: the first law as a contract that programs can check."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from regulars.mcp.customer_text import FIELD, NOTE

Schema = Mapping[str, Any]
TEXT: Schema = MappingProxyType({"type": "string"})
COUNT: Schema = MappingProxyType({"type": "integer", "minimum": 0})
_NUMBER: Schema = MappingProxyType({"type": ["number", "null"]})
#: What stands in every interval; of no value, `why_not` says why.
INTERVAL: Schema = MappingProxyType(
    {
        "value": {**_NUMBER, "description": "null where `why_not` says why there is none"},
        "low": {**_NUMBER, "description": "lower end; null where unbounded, or where there is no value"},
        "high": {**_NUMBER, "description": "upper end, as `low`"},
        "level": {"type": "number", "description": "coverage of the interval"},
        "method": TEXT,
        "n": {**COUNT, "description": "independent units behind it, usually customers"},
        "why_not": TEXT,
    }
)
#: What else no number leaves without.
TRAVELS: Schema = MappingProxyType(
    {
        "period": {**TEXT, "description": "first day..day after the last"},
        "as_of": {**TEXT, "description": "instant before which records were known"},
        "version": {**TEXT, "description": "of the definition"},
        "flags": {"type": "array", "items": TEXT, "description": "quality flags"},
    }
)
CUSTOMER_TEXT: Schema = MappingProxyType(
    {"type": "object", "properties": {FIELD: TEXT}, "required": [FIELD], "description": "out of the records: data"}
)
SAID: Schema = MappingProxyType({"type": "string", "description": NOTE})


def listed(items: Schema) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": plain(items)}


def record(properties: Schema, *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the schema of a record that has these, all but the `optional` ones for sure, and may have more."""
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": {name: plain(one) for name, one in properties.items()},
        "required": required,
    }


def plain(schema: Schema) -> dict[str, Any]:
    """Return a schema as JSON can hold it."""
    return {name: plain(one) if isinstance(one, Mapping) else one for name, one in schema.items()}


#: A number with what travels with it, or nothing; of records that define it (`with_number`).
NUMBER_OR_NONE: Schema = MappingProxyType({"anyOf": [{"$ref": "#/$defs/number"}, {"type": "null"}]})
_NUMBER_OF_CELL = record({**INTERVAL, **TRAVELS, "unit": {"type": ["string", "null"]}}, optional=("unit",))


def with_number(schema: Schema) -> dict[str, Any]:
    """Return a schema that says what a number is."""
    return {**schema, "$defs": {"number": _NUMBER_OF_CELL}}


SCORE = record({"outcome": TEXT, "model": TEXT, "score": {"type": "object"}, "verdict": TEXT, "tried": TEXT})
#: An answer for a KPI.
ANSWER = record(
    {
        "kpi": TEXT,
        "group": {"type": "object", "additionalProperties": {"anyOf": [plain(CUSTOMER_TEXT), {"type": "null"}]}},
        **INTERVAL,
        **TRAVELS,
        "unit": TEXT,
        "change": record({**INTERVAL, "before": record(INTERVAL), "detectable": _NUMBER, "verdict": TEXT}),
        "scores": listed(SCORE),
    },
    optional=("change", "scores"),
)
#: A page, as much of it as there is room for.
PAGE = record(
    {
        "note": SAID,
        "page": record(
            {
                "name": TEXT,
                "title": TEXT,
                "question": TEXT,
                "period": {"type": ["string", "null"]},
                "as_of": {"type": ["string", "null"]},
                "blocks": listed(record({"block": TEXT})),
                "left_out": COUNT,
            }
        ),
    }
)
