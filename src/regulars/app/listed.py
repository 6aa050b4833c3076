"""A customer as lists show them: of the table of `listing_table.py`, as typed rows or as columns for other programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.app.listing_table import ATTRIBUTE, FORETOLD, REASONS
from regulars.core.money import SCALE
from regulars.core.periods import day_of
from regulars.decisions.lifecycle import STATES, State
from regulars.decisions.rfm import SEGMENTS, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is foretold of one customer, with its limits; how well such goes stands in `Listing.scores`."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What goes along with a customer's higher probability of leaving; never its cause.

    Attributes:
        feature: its name; `Listing.said` has its words.
        value: of the customer; nan where it is not known, and that goes along with leaving.
    """

    feature: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A customer. What records do not tell, or what is not foretold, is None.

    Attributes:
        position: in the list, from 0.
        customer_id: who.
        attributes: what records say of them, by name.
        first_seen_on: day of sign-up, first contact or first act, whichever came first.
        first_order_on, last_order_on: days of orders.
        orders: how many.
        net_revenue: sales less refunds, in the currency.
        value: contribution margin, or net revenue where costs are not known.
        scores: recency, frequency and value, 1 to 5.
        segment: by them.
        state: lifecycle.
        clv: predicted.
        leaving: probability.
        stake: probability of leaving times CLV.
        reasons: the most telling first.
    """

    position: int
    customer_id: str
    attributes: Mapping[str, str | None]
    first_seen_on: date | None
    first_order_on: date | None
    last_order_on: date | None
    orders: int | None
    net_revenue: Decimal | None
    value: Decimal | None
    scores: tuple[int, int, int] | None
    segment: Segment | None
    state: State | None
    clv: Expectation | None
    leaving: Expectation | None
    stake: Expectation | None
    reasons: tuple[Reason, ...]


def listed(rows: pa.Table, positions: Sequence[int], features: Sequence[str]) -> tuple[Listed, ...]:
    """Return rows of the table as customers.

    Args:
        rows: of the table.
        positions: of each in the list.
        features: those that reasons count.
    """
    columns = {name: rows[name].to_pylist() for name in rows.column_names if name != "search"}
    return tuple(
        _customer({name: values[at] for name, values in columns.items()}, position, features)
        for at, position in enumerate(positions)
    )


def _customer(row: Mapping[str, Any], position: int, features: Sequence[str]) -> Listed:
    return Listed(
        position=position,
        customer_id=row["customer_id"],
        attributes={name.removeprefix(ATTRIBUTE): row[name] for name in row if name.startswith(ATTRIBUTE)},
        first_seen_on=_day(row["first_seen_day"]),
        first_order_on=_day(row["first_order_day"]),
        last_order_on=_day(row["last_order_day"]),
        orders=row["orders"],
        net_revenue=_money(row["net_revenue"]),
        value=_money(row["value"]),
        scores=None if row["segment"] is None else (row["recency_score"], row["frequency_score"], row["value_score"]),
        segment=None if row["segment"] is None else SEGMENTS[row["segment"]],
        state=None if row["state"] is None else STATES[row["state"]],
        clv=_expected(row, "clv"),
        leaving=_expected(row, "leaving"),
        stake=_expected(row, "stake"),
        reasons=tuple(_reasons(row, features)),
    )


def _day(number: int | None) -> date | None:
    return None if number is None else day_of(number)


def _money(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units).scaleb(-SCALE)


def _expected(row: Mapping[str, Any], name: str) -> Expectation | None:
    mean = row[name]
    return None if mean is None else Expectation(mean=mean, low=row[f"{name}_low"], high=row[f"{name}_high"])


def _reasons(row: Mapping[str, Any], features: Sequence[str]) -> Iterator[Reason]:
    for rank in range(1, REASONS + 1):
        if row[f"reason_{rank}"] >= 0:
            yield Reason(feature=features[row[f"reason_{rank}"]], value=row[f"reason_{rank}_value"])


# --- columns -------------------------------------------------------------------------------------------------------


def flat(rows: pa.Table, features: Sequence[str]) -> pa.Table:
    """Return rows of the table as columns that other programs read: names for numbers, dates, decimal money."""
    own = {
        "customer_id": rows["customer_id"],
        **{f"{name}_on": rows[f"{name}_day"].cast(pa.date32()) for name in ("first_seen", "first_order", "last_order")},
        "orders": rows["orders"],
        "net_revenue": _decimal(rows["net_revenue"]),
        "value": _decimal(rows["value"]),
        **{name: rows[name] for name in ("recency_score", "frequency_score", "value_score")},
        "rfm_segment": _named(rows["segment"], [segment.name for segment in SEGMENTS]),
        "lifecycle_state": _named(rows["state"], [state.value for state in STATES]),
        **{f"{name}{end}": rows[f"{name}{end}"] for name in FORETOLD for end in ("", "_low", "_high")},
    }
    for name in (f"reason_{rank}" for rank in range(1, REASONS + 1)):
        value = rows[f"{name}_value"]
        known = pc.if_else(pc.is_nan(value), pa.scalar(None, value.type), value)
        own |= {name: _named(rows[name], features), f"{name}_value": known}
    # An attribute that is called as one of these columns keeps its own name behind a prefix.
    attributes = {
        (f"attribute_{name}" if name in own else name): rows[f"{ATTRIBUTE}{name}"].cast(pa.string())
        for name in (column.removeprefix(ATTRIBUTE) for column in rows.column_names if column.startswith(ATTRIBUTE))
    }
    first, *rest = own.items()
    return pa.table(dict([first, *attributes.items(), *rest]))


def _named(places: pa.ChunkedArray, names: Sequence[str]) -> pa.ChunkedArray:
    known = pc.if_else(pc.greater_equal(places, 0), places, pa.scalar(None, places.type))
    return pa.chunked_array([pa.array(names, pa.string()).take(one) for one in known.chunks], pa.string())


def _decimal(units: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whole numbers of 1/10,000 as money, exactly."""
    whole = units.combine_chunks().fill_null(0).to_numpy()
    halves = np.stack([whole, whole >> 63], axis=1)  # a decimal is a whole number of 128 bits
    kind = pa.decimal128(18, SCALE)
    money = pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(np.ascontiguousarray(halves))])
    return pc.if_else(units.is_null().combine_chunks(), pa.scalar(None, kind), money)
