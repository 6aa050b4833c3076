"""What travels with every number of one answer."""

from dataclasses import dataclass, replace

from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period
from regulars.kpis.query import Records


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What all numbers of an answer share.

    Attributes:
        records: what was asked.
        period: local days that they speak about.
        version: of the definition, with the company's parameters.
        flags: of findings that push them one way or the other.
    """

    records: Records
    period: Period
    version: str
    flags: tuple[str, ...] = ()

    @property
    def level(self) -> float:
        """Coverage of intervals."""
        return self.records.definitions.level

    def estimate(self, interval: Interval, *, times: float = 1.0) -> Estimate:
        """Return an interval, `times` as much, with what must travel with it."""
        small = not interval.why_not and interval.n < self.records.definitions.small_n
        flags = {*self.flags, *(("small_n",) if small else ())}
        if self.period.end > self.records.as_of:
            flags.add("unfinished")
        found = interval if times == 1 else scaled(interval, times)
        return Estimate(
            interval=found,
            period=self.period,
            as_of=self.records.known_at,
            version=self.version,
            flags=tuple(sorted(flags)),
        )


def scaled(found: Interval, times: float) -> Interval:
    """Return an interval of `times` as much; limits change sides where it is negative."""
    if found.value is None or found.low is None or found.high is None:
        return found
    # 0 is added so that nothing is not -0.
    value, *limits = (one * times + 0.0 for one in (found.value, found.low, found.high))
    return replace(found, value=value, low=min(limits), high=max(limits))
