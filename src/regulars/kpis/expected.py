"""Sums and means of what is foretold of each customer.

Customers are given here, not drawn: what is not known is how far predictions are off together (doubt about parameters,
and how far totals were off on past days) and what each customer does beside what is expected of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ibis import Deferred, _

from regulars.core.estimate import Interval, unknown
from regulars.data.whole_numbers import narrow
from regulars.kpis.aggregations import Statistics, Unit
from regulars.stats.predictive_totals import METHOD, MOST, half_width

#: Directions of doubt that a frame has: as many as two models' predictions.
DIRECTIONS = 2 * MOST
#: Of errors that are shares, so that they are whole numbers.
MILLION = 1_000_000


def doubts_of(name: str) -> tuple[str, ...]:
    """Return the columns of a frame with the directions of doubt about `name`."""
    return tuple(f"{name}_doubt_{at}" for at in range(1, DIRECTIONS + 1))


def columns_of(name: str) -> dict[str, str]:
    """Return the columns of a frame that `Expected` reads for `name`, with Ibis types."""
    own = {name: "int64", f"{name}_spread": "decimal(38, 0)", f"{name}_error": "int64"}
    return own | dict.fromkeys(doubts_of(name), "int64")


@dataclass(frozen=True, slots=True)
class Expected:
    """Sum over customers of what is expected of each, or mean.

    The frame has, beside the column `name`, its `name_spread` (variance, in squared units), `name_doubt_1`, ... and
    `name_error` (how far totals were off on past days, in millionths), whole numbers all.

    Attributes:
        name: the column.
        mean: whether it is a mean rather than a sum.
        per: what every number is divided by.
        most: above which a mean cannot be, nor below 0; None where it can be anything.
        plus: column of what is known already and adds to it; None where nothing is.
    """

    name: str
    mean: bool = True
    per: int = 1
    most: float | None = None
    plus: str | None = None

    @property
    def extensive(self) -> bool:
        """A sum grows with the number of customers."""
        return not self.mean

    def per_unit(self) -> Mapping[str, Deferred]:
        """Return what is kept of each customer, by part."""
        parts = {"x": _[self.name], "spread": _[f"{self.name}_spread"], "error": _[f"{self.name}_error"]}
        parts |= {f"d{at}": _[column] for at, column in enumerate(doubts_of(self.name))}
        return parts | ({} if self.plus is None else {"known": _[self.plus]})

    def across(self, unit: Unit) -> Mapping[str, Any]:
        """Return sums over customers."""
        sums = {name: narrow(value.sum()) for name, value in unit.items() if name not in ("error", "spread")}
        return {"n": unit["x"].count(), "error": unit["error"].max(), "spread": unit["spread"].sum(), **sums}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        """Return the value with what is not known of it."""
        if not rows or not rows[0]["n"]:
            return unknown("foretold as of the end of the records only", level=level)
        row = rows[0]
        each = self.per * (row["n"] if self.mean else 1)
        value = float(row["x"])
        half = half_width(
            value,
            moved=[float(row[f"d{at}"]) for at in range(DIRECTIONS)],
            chance=float(row["spread"] or 0),
            past_error=float(row["error"]) / MILLION,
            level=level,
        )
        value += float(row.get("known") or 0)
        low, high = (value - half) / each, (value + half) / each
        return Interval(
            value=value / each,
            low=low if self.most is None else max(low, 0.0),
            high=high if self.most is None else min(high, self.most),
            level=level,
            method=METHOD,
            n=int(row["n"]),
        )
