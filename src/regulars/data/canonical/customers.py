"""Customers: what several records say of each, as one row."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from regulars.data import engine
from regulars.data.facts import json_text
from regulars.data.landing import contract
from regulars.data.store import BOOKKEEPING
from regulars.data.tables import TABLES


def merge(rows: ir.Table, place: ir.Table, attributes: Sequence[str]) -> ir.Table:
    """Return one row per customer: per column the latest known, then the first source, then the value.

    Args:
        rows: what was said, under the customers' own ids.
        place: `_file` and its `_place` among the files.
        attributes: names of the company's own.
    """
    rows = rows.mutate({f"attribute {name}": json_text(rows.attributes, f'$."{name}"') for name in attributes})
    rows = rows.join(place, rows.file == place._file)
    own = [c.name for c in TABLES["customers"].columns if c.name != "customer_id"]
    own += [f"attribute {name}" for name in attributes]
    merged = rows.group_by("customer_id").aggregate(
        **{name: _latest(rows, rows[name]) for name in (*own, "first_seen_day")},
        **{name: rows[name].max() if name == "recorded_at" else rows[name].min() for name in BOOKKEEPING},
    )
    return merged.mutate(attributes=contract.json_of((name, merged[f"attribute {name}"]) for name in attributes))


def _latest(rows: ir.Table, value: ir.Value) -> ir.Value:
    never = ibis.literal(-(2**62), type="int64")
    order = ibis.struct(
        {
            "known": engine.stamp_micros(rows.recorded_at).fill_null(never),
            "place": -rows._place,
            "value": value.cast("string"),
        }
    )
    return value.argmax(order, where=value.notnull())
