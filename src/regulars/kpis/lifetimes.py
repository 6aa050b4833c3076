"""Survival, hazards and medians: statistics kept by day or by value."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from ibis import Deferred, _

from regulars.core.estimate import Interval, unknown
from regulars.kpis.aggregations import Statistics, Unit
from regulars.stats import intervals, survival


def life_table(rows: Sequence[Statistics], start: int = 0, end: float = math.inf) -> survival.Curve | None:
    """Return the Kaplan-Meier curve of those who stayed `start` days, or None where nobody was under observation then.

    Args:
        rows: (days, late, ended, censored); `late` counts those who came under observation only after so many days
            (left truncation). The curve stops before the first age at which nobody was under observation.
        start: day from which they are followed.
        end: day before which somebody must have been under observation to count in n.
    """
    table = sorted(rows, key=lambda row: row["days"])
    days, late, ended, censored = (
        np.array([int(row[part]) for row in table], dtype=np.float64) for part in ("days", "late", "ended", "censored")
    )
    exits = ended + censored
    if not exits.sum():
        return None
    curve = survival.kaplan_meier(days, ended, censored, late)
    kept = days >= start
    unwatched = np.flatnonzero(kept & (curve.at_risk == 0))
    if len(unwatched):
        kept[unwatched[0] :] = False
    n = int(exits[kept].sum() - late[kept & (days >= end - 1)].sum())
    times, at_risk, events = curve.times[kept], curve.at_risk[kept], curve.events[kept]
    return survival.Curve(times=times, at_risk=at_risk, events=events, n=n) if n else None


@dataclass(frozen=True, slots=True)
class Survival:
    """A reading of the Kaplan-Meier curve over a frame of rows (days, late, ended, censored).

    Attributes:
        at: read S(at), the share that stays `at` days; None reads the median.
        quantile: the share that has left at the time that is read where `at` is None.
    """

    at: int | None = None
    quantile: float = 0.5
    key: ClassVar[str] = "days"

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"days": _.days, "late": _.late, "ended": _.ended, "censored": _.censored}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return {part: unit[part].sum() for part in ("late", "ended", "censored")}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        curve = life_table(rows, end=math.inf if self.at is None else self.at + 1)
        if curve is None:
            return unknown("nobody was under observation from the first day on", level=level)
        if self.at is None:
            return survival.survival_quantile(curve, self.quantile, level=level)
        return survival.survival_at(curve, self.at, level=level)


def complement(stays: Interval) -> Interval:
    """Return the share that leaves, from the share that stays."""
    if stays.value is None or stays.low is None or stays.high is None:
        return stays
    return replace(stays, value=1 - stays.value, low=1 - stays.high, high=1 - stays.low)


@dataclass(frozen=True, slots=True)
class Hazard:
    """Share of those who had stayed `start` days that left before day `end`."""

    start: int
    end: int
    key: ClassVar[str] = "days"

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return Survival().per_unit()

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return Survival().across(unit)

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        curve = life_table(rows, self.start, self.end)
        if curve is None:
            return unknown(f"nobody was under observation on day {self.start}", level=level)
        return complement(survival.survival_at(curve, self.end - 1, level=level))


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of a whole number per customer, with its order-statistic interval."""

    value: Deferred
    p: float = 0.5
    key: ClassVar[str] = "value"

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"value": self.value}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return {"n": unit["value"].count()}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        table = sorted((row for row in rows if row["value"] is not None), key=lambda row: row["value"])
        if not table:
            return unknown("no customers in the period", level=level)
        values, counts = np.array([r["value"] for r in table]), np.array([r["n"] for r in table])
        return intervals.quantile(np.repeat(values, counts), self.p, level=level)
