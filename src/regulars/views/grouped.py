"""Segments, states, moves and one customer as plain values."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from regulars.app.customer import CustomerPage
from regulars.core.estimate import Estimate
from regulars.decisions.segment import Migration, Segmentation, StateRow
from regulars.views.shown import interval_record


def _estimate(found: Estimate, name: str) -> dict[str, Any]:
    provenance = {"as_of": found.as_of.isoformat(), "version": found.version, "flags": " ".join(found.flags)}
    return {f"{name}_{part}": value for part, value in {**interval_record(found.interval), **provenance}.items()}


def segment_records(found: Segmentation, currency: str) -> list[dict[str, Any]]:
    """Return one dict per RFM segment; the cut points stand in each."""
    cuts = {
        "cut_recency_days": ", ".join(map(str, found.cuts.recency)),
        "cut_frequency": ", ".join(map(str, found.cuts.frequency)),
        "cut_value_units": ", ".join(map(str, found.cuts.value)),
        "cuts_on": str(found.cuts.on),
    }
    return [
        {
            "segment": row.segment.name,
            "customers": row.customers,
            "on": str(found.on),
            "unit": currency,
            **_estimate(row.share, "share"),
            **_estimate(row.value_share, "value_share"),
            **_estimate(row.average_value, "average_value"),
            **cuts,
        }
        for row in found.rows
    ]


def state_records(found: Sequence[StateRow]) -> list[dict[str, Any]]:
    """Return one dict per lifecycle state."""
    return [{"state": str(row.state), "customers": row.customers, **_estimate(row.share, "share")} for row in found]


def moves(found: Migration) -> list[dict[str, Any]]:
    """Return one dict per cell of a migration matrix."""
    return [
        {
            "from": row.name,
            "to": column,
            "before": str(found.before),
            "after": str(found.after),
            "customers": count,
            **_estimate(share, "share"),
        }
        for row in found.rows
        for column, count, share in zip(found.columns, row.counts, row.shares, strict=True)
    ]


def customer_record(page: CustomerPage) -> dict[str, Any]:
    """Return a customer's page as plain values; dates and money as text."""
    found = _plain(asdict(page))
    assert isinstance(found, dict)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
