"""Whether a KPI rises or falls along its periods, beyond chance."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.app.provenance import Provenance
from regulars.core.estimate import Estimate
from regulars.core.periods import Period, day_number
from regulars.kpis.answer import Row
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records
from regulars.stats import trend
from regulars.stats.contrasts import benjamini_hochberg
from regulars.stats.intervals import z

#: Raised when the method changes.
VERSION = 1
#: Days of a period of the grain that trends are told by.
_MONTH = 30.4375


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The course of one KPI.

    Attributes:
        kpi: which.
        slope: change per month.
        p_value: of no change; `q_value`: among all KPIs.
        steady: p-value of Mann and Kendall's test, for series of ten periods or more; None below.
        periods: that it rests on.
        moves: whether it is called a trend, at the company's share of false findings.
    """

    kpi: KPI
    slope: Estimate
    p_value: float
    q_value: float
    steady: float | None
    periods: int
    moves: bool


def trends(rows: Sequence[Row], records: Records) -> tuple[Trend, ...]:
    """Return the trend of each KPI over its finished periods; `rows` of several periods, without split."""
    by_kpi: dict[str, list[Row]] = {}
    for row in rows:
        found = by_kpi.setdefault(row.kpi.name, [])
        if row.estimate.interval.value is not None and "unfinished" not in row.estimate.flags:
            found.append(row)
    known = [_trend(course, records) for course in by_kpi.values() if course]
    q = benjamini_hochberg([one.p_value for one in known]).tolist() if known else []
    limit = records.definitions.false_discovery
    return tuple(
        Trend(
            kpi=one.kpi,
            slope=one.slope,
            p_value=one.p_value,
            q_value=float(value),
            steady=one.steady,
            periods=one.periods,
            moves=bool(value <= limit) and not one.slope.interval.why_not,
        )
        for one, value in zip(known, q, strict=True)
    )


def _trend(course: Sequence[Row], records: Records) -> Trend:
    kpi, level = course[0].kpi, course[0].estimate.interval.level
    values, variances, units, places = [], [], [], []
    for row in course:
        found = row.estimate.interval
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        spread = ((found.high - found.low) / (2 * z(level))) ** 2
        if 0 < spread < float("inf"):
            values.append(found.value)
            variances.append(spread)
            units.append(found.n)
            places.append(day_number(row.estimate.period.start) / _MONTH)
    slope = trend.slope(values, variances, units, places=places, level=level)
    steady = trend.mann_kendall(values)
    period = Period(course[0].estimate.period.start, course[-1].estimate.period.end)
    provenance = Provenance(
        records=records, period=period, version=f"{VERSION} of {kpi.versioned(records.definitions)}"
    )
    return Trend(
        kpi=kpi,
        slope=provenance.estimate(slope.value),
        p_value=slope.p_value,
        q_value=1.0,
        steady=None if steady is None else steady.p_value,
        periods=len(values),
        moves=False,
    )
