"""How much of what customers brought the best of them brought."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ibis import _

from regulars.app.provenance import Provenance
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate
from regulars.core.periods import Period
from regulars.data import engine
from regulars.kpis.query import Records
from regulars.kpis.worth import COSTS_UNKNOWN, with_costs
from regulars.stats import concentration

#: Shares of customers, best first, in percent.
PERCENT = (1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90)
VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the best customers hold.

    Attributes:
        percent: of customers.
        share: of everything, that they brought.
    """

    percent: int
    share: Estimate


def concentration_of(records: Records, percents: Sequence[int] = PERCENT) -> tuple[Held, ...]:
    """Return the shares of contribution margin (or net revenue) that the best customers brought since they came.

    Args:
        records: what is asked; needs orders.
        percents: of customers.

    Raises:
        QueryError: orders are not known.
    """
    if "purchase_days" not in records.tables or "orders" not in records.covered:
        raise QueryError("How value lies over customers is told by `orders`, and the records hold none.")
    days = records.tables["purchase_days"]
    every = engine.to_arrow(days.filter(_.customer > 0).group_by("customer").aggregate(value=_.value.sum()))
    values = np.sort(every["value"].to_numpy())
    flags = () if with_costs(records) else (COSTS_UNKNOWN,)
    span = records.covered["orders"]
    provenance = Provenance(records=records, period=Period(span.start, records.as_of), version=VERSION, flags=flags)
    found = []
    for percent in percents:
        sums, threshold = concentration.top_share_sums(values, percent / 100)
        least = float(values[0]) if len(values) else 0.0
        held = concentration.top_share(sums, threshold, percent / 100, level=provenance.level, least=least)
        found.append(Held(percent=percent, share=provenance.estimate(held)))
    return tuple(found)
