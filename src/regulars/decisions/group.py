"""Groups of customers in numbers: what they are worth, what share of all that is, and what travels with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ibis import _

from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.money import UNITS
from regulars.core.periods import Period
from regulars.kpis.aggregations import Statistics, merge
from regulars.kpis.query import Records
from regulars.kpis.sums import Mean
from regulars.stats import intervals
from regulars.stats.moments import PairSums, exact


def summed(cells: Sequence[Statistics]) -> Statistics:
    """Return the moments of several groups together."""
    total: Statistics = dict.fromkeys(("n", "x", "xx", "xxx"), 0)
    for cell in cells:
        total = merge(total, cell)
    return total


def average(part: Statistics, level: float) -> Interval:
    """Return the mean value per customer of a group, in the currency."""
    if not part["n"]:
        return unknown("nobody is in this segment", level=level)
    return Mean(_.value, per=UNITS).estimate([part], level)


def value_share(part: Statistics, whole: Statistics, level: float) -> Interval:
    """Return Σ over the segment / Σ over all, customers being independent: a ratio of sums over all of them."""
    if whole["x"] <= 0:
        return unknown("all together are worth nothing", level=level, n=whole["n"])
    second, third = exact(part["xx"]), exact(part["xxx"])
    pairs = PairSums(
        n=whole["n"],
        a=part["x"],
        b=whole["x"],
        aa=second,
        ab=second,
        bb=exact(whole["xx"]),
        aaa=third,
        aab=third,
        abb=third,
        bbb=exact(whole["xxx"]),
    )
    return intervals.ratio(pairs, level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What every number of one answer travels with."""

    records: Records
    on: date
    version: str
    since: date | None = None

    def estimate(self, interval: Interval, flags: Sequence[str] = ()) -> Estimate:
        """Return an interval with what travels with it."""
        start = self.since or min(span.start for span in self.records.covered.values())
        small = not interval.why_not and interval.n < self.records.definitions.small_n
        return Estimate(
            interval=interval,
            period=Period(min(start, self.on - timedelta(days=1)), self.on),
            as_of=self.records.known_at,
            version=self.version,
            flags=tuple(sorted({*flags, *(("small_n",) if small else ())})),
        )
