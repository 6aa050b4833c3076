"""Customers under contract, as models see them."""

from dataclasses import dataclass

import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.core.money import UNITS
from regulars.core.periods import MONTH_DAYS
from regulars.data import engine
from regulars.data.facts import FOREVER
from regulars.data.snapshot import Snapshot
from regulars.stats.buying.shifted_beta_geometric import Tenures

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contracted:
    """Customers under contract, ascending by number; arrays of shape (n,).

    Attributes:
        customer: their numbers.
        lived: whole months of unbroken contract.
        monthly: what they pay per month.
    """

    customer: NDArray[np.int32]
    lived: NDArray[np.int64]
    monthly: Floats


def contracted(snapshot: Snapshot) -> Contracted:
    """Return who is under contract on the day of the snapshot."""
    return snapshot.kept("contracted", lambda: _contracted(snapshot))


def _contracted(snapshot: Snapshot) -> Contracted:
    today = snapshot.day
    spells, rows = snapshot.tables["contract_spells"], snapshot.tables["contracts"]
    now = spells.filter((spells.start_day < today) & (spells.end_day >= today))
    begun = now.group_by("customer").aggregate(start_day=_.start_day.max())
    paid = rows.filter((rows.spell > 0) & (rows.start_day < today) & (rows.end_day >= today))
    sums = paid.group_by(payer=paid.customer).aggregate(monthly=_.monthly.sum())
    known = begun.left_join(sums, begun.customer == sums.payer).select("customer", "start_day", "monthly")
    found = engine.to_arrow(known.order_by("customer"))
    lived = (today - found["start_day"].to_numpy().astype(np.int64)) / MONTH_DAYS
    monthly = found["monthly"].cast("float64").fill_null(0).to_numpy()
    return Contracted(
        customer=found["customer"].to_numpy(), lived=np.floor(lived).astype(np.int64), monthly=monthly / UNITS
    )


def tenures(snapshot: Snapshot) -> Tenures:
    """Return everybody's unbroken times under contract in whole months, those that go on as such."""
    return snapshot.kept("tenures", lambda: _tenures(snapshot))


def _tenures(snapshot: Snapshot) -> Tenures:
    found = engine.to_arrow(snapshot.tables["contract_spells"].select("start_day", "end_day"))
    start, end = (found[name].to_numpy().astype(np.int64) for name in ("start_day", "end_day"))
    ended = end < FOREVER
    months = np.floor((np.where(ended, end, snapshot.day) - start) / MONTH_DAYS).astype(np.int64)
    # Who ends in their t-th month has had t - 1 whole ones.
    months = np.maximum(months, 0)
    most = int(months.max(initial=0)) + 1
    lost = np.bincount(months[ended], minlength=most).astype(np.float64)
    kept = np.bincount(months[~ended], minlength=most + 1).astype(np.float64)
    return Tenures(lost=lost, kept=kept)
