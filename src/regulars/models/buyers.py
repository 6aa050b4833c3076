"""Everybody who has ordered, as models of buying see them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.core.money import UNITS
from regulars.data import engine
from regulars.data.snapshot import Snapshot
from regulars.stats.buying.histories import Histories

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Buyers:
    """Customers who have ordered, ascending by number; arrays of shape (n,).

    Attributes:
        customer: their numbers.
        histories: frequency, recency and age in days; the days with orders are the transactions.
        value: mean money of a repeat transaction, as `value` counts it, less what was given back since the first day;
            0 where none was repeated.
    """

    customer: NDArray[np.int32]
    histories: Histories
    value: Floats


def buyers(snapshot: Snapshot) -> Buyers:
    """Return the buyers of `snapshot`, read once."""
    return snapshot.kept("buyers", lambda: _read(snapshot))


def _read(snapshot: Snapshot) -> Buyers:
    seen = snapshot.purchases()
    wanted = ("customer", "first_day", "last_day", "repeat_days", "exposure", "repeat_value", "log_gaps")
    rows = engine.to_arrow(seen.select(*wanted).order_by("customer"))
    found = {name: rows[name].to_numpy() for name in wanted}
    times = found["repeat_days"].astype(np.float64)
    return Buyers(
        customer=found["customer"],
        histories=Histories(
            frequency=times,
            recency=(found["last_day"] - found["first_day"]).astype(np.float64),
            age=found["exposure"].astype(np.float64),
            log_gaps=found["log_gaps"],
        ),
        value=np.where(times > 0, found["repeat_value"] / UNITS / np.maximum(times, 1), 0.0),
    )


def by_chunk(histories: Histories, function: Callable[[Histories, slice], Floats]) -> Floats:
    """Return what `function` makes of all rows, computed by the chunk; the last axis is that of rows."""
    parts = [function(part, rows) for rows, part in histories.chunks()]
    return np.concatenate(parts, axis=-1) if parts else np.zeros(0)
