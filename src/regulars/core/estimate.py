"""A number never travels without how sure we are of it (the first law)."""

from dataclasses import dataclass
from datetime import datetime

from regulars.core.periods import Period

#: Method of what somebody set, such as a target: it has no doubt, and rests on nothing.
SET = "as set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """What a statistic says of itself: a value, an interval, and how it was had.

    Attributes:
        value: point value in the KPI's unit; None where `why_not` says it cannot be had.
        low: lower end of the `level` interval, same unit.
        high: upper end, same unit.
        level: two-sided coverage, in (0, 1).
        method: the interval's name, e.g. "Wilson score".
        n: independent units behind the value.
        why_not: reason there is no value, e.g. "no customers in the period".
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    why_not: str = ""

    def __post_init__(self) -> None:
        stated = (self.value, self.low, self.high)
        if self.why_not and stated != (None, None, None):
            raise ValueError(f"`why_not` says there is no value, yet one is stated: {stated}")
        if not self.why_not and (None in stated or any(part != part for part in stated)):
            raise ValueError(f"A value needs an interval, or `why_not` a reason: {stated}")


def unknown(why_not: str, *, level: float, n: int = 0) -> Interval:
    """Return "no value, because ..."."""
    return Interval(value=None, low=None, high=None, level=level, method="", n=n, why_not=why_not)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An interval with the provenance it may not leave the system without.

    Attributes:
        interval: value, interval, method and n.
        period: what it speaks about.
        as_of: the instant (UTC) up to which records were known.
        version: version of the definition, with the settings that shaped it.
        flags: quality flags, sorted; e.g. "unfinished", "small_n", "rows_without_customer".
    """

    interval: Interval
    period: Period
    as_of: datetime
    version: str
    flags: tuple[str, ...] = ()
