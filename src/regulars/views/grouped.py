"""Segments, states, moves and one customer as plain values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from regulars.app.customer import CustomerPage
from regulars.core.estimate import Estimate
from regulars.core.money import SCALE
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
        "cut_value": ", ".join(_money(cut) for cut in found.cuts.value),
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
    """Return a customer's page as plain values; dates and money as text, money in the currency."""
    found = _plain(asdict(page))
    assert isinstance(found, dict)
    if page.standing.value is not None:
        found["standing"]["value"] = _money(page.standing.value)
    return found


def customer_flat(page: CustomerPage) -> dict[str, Any]:
    """Return a customer's page as one level of columns; ids, scores and happenings as text, "; " between them."""
    return dict(_flat(customer_record(page)))


def _flat(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}_")
        elif isinstance(value, list):
            yield before + name, "; ".join(map(_written, value))
        else:
            yield before + name, value


def _written(value: Any) -> str:
    parts = value.values() if isinstance(value, dict) else [value]
    return " ".join(str(part) for part in parts if part not in (None, ""))


def _money(units: int) -> str:
    return str(Decimal(units).scaleb(-SCALE))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
