"""What pages are made of, as JSON Schema."""

from regulars.rest.schemas import BETTER, COUNT, DAY, TEXT, TEXTS, TRUTH, UNIT, Schema, array, maybe, ref, thing
from regulars.views.blocks import ChartKind


def blocks() -> dict[str, Schema]:
    """Return schemas of what pages are made of."""
    every = {
        "heading": thing("What the blocks below it are about.", {"text": TEXT}),
        "text": thing("How to read what follows.", {"text": TEXT}, {"held": TEXTS}),
        "notice": thing("Why something is not shown.", {"text": TEXT}),
        "cards": thing("KPIs at a glance.", {"cards": array(ref("Card"))}),
        "answers": thing("Answers by period or group.", {"rows": array(ref("Answer"))}),
        "cohorts": thing(
            "Customers by when they came.",
            {"cohorts": TEXT, "question": TEXT, "caveat": TEXT, "cells": array(ref("CohortCell"))},
        ),
        "segments": _segments(),
        "grid": _grid(),
        "chart": _chart(),
    }
    named = {
        name: {
            **found,
            "required": ["block", *found["required"]],
            "properties": {"block": {"const": name}, **found["properties"]},
        }
        for name, found in every.items()
    }
    titled = {f"Block{name.capitalize()}": found for name, found in named.items()}
    kinds = {name: ref(f"Block{name.capitalize()}")["$ref"] for name in every}
    union = {"oneOf": [ref(name) for name in titled], "discriminator": {"propertyName": "block", "mapping": kinds}}
    return {**titled, "Block": union, **_parts()}


def _segments() -> Schema:
    share = {"share": ref("Number"), "value_share": ref("Number"), "average_value": ref("Number")}
    row = thing("", {"segment": TEXT, "title": TEXT, "meaning": TEXT, "customers": COUNT, **share})
    cuts = thing("", {"on": DAY, **{name: {"type": "array"} for name in ("recency", "frequency", "money")}})
    return thing(
        "RFM segments with their cut points.", {"on": DAY, "customers": COUNT, "cuts": cuts, "rows": array(row)}
    )


def _grid() -> Schema:
    head = thing(
        "",
        {
            "name": TEXT, "title": TEXT, "unit": maybe(TEXT), "change": TRUTH, "minor": TRUTH,
            "sorted": {"type": "string", "enum": ["", "ascending", "descending"]}, "link": maybe(ref("Link")),
        },
    )  # fmt: skip
    way = thing("", {"rel": TEXT, "text": TEXT, "link": maybe(ref("Link"))})
    more = thing("How the list goes on.", {"told": TEXT, "links": array(way)})
    return thing(
        "A table of numbers, counts and words; cells by the names of their columns.",
        {
            "name": TEXT,
            "title": TEXT,
            "caption": TEXT,
            "customers": {**TRUTH, "description": "Whether its rows are single customers."},
            "columns": array(head),
            "rows": array({"type": "object", "additionalProperties": ref("Cell")}),
            "more": maybe(more),
        },
    )


def _chart() -> Schema:
    mark = thing(
        "",
        {
            "label": TEXT, "x": {"type": ["integer", "null"]}, "estimate": maybe(ref("Number")),
            "against": maybe(ref("Number")), "count": {"type": ["integer", "null"]}, "open": TRUTH,
        },
    )  # fmt: skip
    return thing(
        "A picture of numbers; `says` is the finding in a sentence.",
        {
            "name": TEXT,
            "title": TEXT,
            "says": TEXT,
            "axis": TEXT,
            "rule": {"type": ["integer", "null"]},
            "kind": {"type": "string", "enum": [one.value for one in ChartKind]},
            "unit": UNIT,
            "series": array(thing("", {"name": TEXT, "follows": TRUTH, "marks": array(mark)})),
        },
    )


def _parts() -> dict[str, Schema]:
    to = {"page": TEXT, "about": TEXT, "asked": {"type": "object", "additionalProperties": TEXT}, "personal": TRUTH}
    return {
        "Card": thing(
            "A KPI with its course; `latest` is the answer to show large.",
            {
                "kpi": TEXT,
                "question": TEXT,
                "family": TEXT,
                "better": BETTER,
                "caveat": TEXT,
                "latest": ref("Answer"),
                "course": array(ref("Answer")),
            },
        ),
        "Link": thing("Where words lead: a page, what it is about, and what is asked there.", to),
        "Personal": thing(
            "Words that may tell who somebody is; masked for those who may not see it.", {"personal": TEXT}
        ),
        "Linked": thing("Words that lead to another page.", {"text": TEXT, "link": maybe(ref("Link"))}),
        "Cell": {
            "anyOf": [
                {"type": ["string", "integer", "null"]},
                ref("Number"),
                ref("Linked"),
                ref("Personal"),
            ]
        },
    }
