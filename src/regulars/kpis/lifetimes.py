"""Survival, hazards and medians: statistics kept by day or by value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from ibis import Deferred, _

from regulars.core.estimate import Interval, unknown
from regulars.kpis.aggregations import Statistics, Unit
from regulars.stats import intervals, survival


def life_table(rows: Sequence[Statistics]) -> survival.Curve | None:
    """Return the Kaplan-Meier curve of rows (days, late, ended, censored), or None where nobody was under observation.

    `late` counts those who came under observation only after so many days (left truncation).
    """
    table = sorted(rows, key=lambda row: row["days"])
    days, late, ended, censored = (
        np.array([int(row[part]) for row in table], dtype=np.float64) for part in ("days", "late", "ended", "censored")
    )
    return survival.kaplan_meier(days, ended, censored, late) if (ended + censored).sum() else None


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
        curve = life_table(rows)
        if curve is None:
            return unknown("nobody was under observation", level=level)
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
        curve = life_table(rows)
        if curve is None:
            return unknown("nobody was under observation", level=level)
        later = curve.times >= self.start
        if not later.any():
            return unknown(f"nobody was observed for as long as {self.start}", level=level)
        times, at_risk, events = curve.times[later], curve.at_risk[later], curve.events[later]
        part = survival.Curve(times=times, at_risk=at_risk, events=events, n=int(at_risk[0]))
        return complement(survival.survival_at(part, self.end - 1, level=level))


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
