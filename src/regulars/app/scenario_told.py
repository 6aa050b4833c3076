"""How the numbers of a scenario are told: each with its interval, and how its effect would be measured."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from regulars.app.foretell import Foretold
from regulars.app.levers import Lever
from regulars.app.scenario import Pair, Trial
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period
from regulars.kpis.query import Records
from regulars.kpis.worth import COSTS_UNKNOWN
from regulars.models.played import Played, limits
from regulars.stats.experiment_size import customers_for_mean, customers_for_share, detectable_mean, detectable_share
from regulars.stats.intervals import wilson, z

#: Raised when the method changes.
VERSION = 1
_METHOD = "common random numbers: parameters, chance and past error of totals"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What all numbers of an answer share.

    Attributes:
        found: predictions by the law that was played.
        records: of the company.
        lever: what was changed.
        days: of the horizon.
        customers: who count.
        uncosted: whether only revenue is known, not what is left of it.
    """

    found: Foretold
    records: Records
    lever: Lever
    days: int
    customers: int
    uncosted: bool

    @property
    def level(self) -> float:
        """Coverage of intervals."""
        return self.records.definitions.level

    def cost(self, cost: float) -> Estimate:
        """Return what the change costs, as whoever asks says."""
        told = Interval(value=cost, low=cost, high=cost, level=self.level, method="as named", n=self.customers)
        return self._with(told, moved=False, brought=False)

    def _with(self, interval: Interval, *, moved: bool = True, brought: bool = True) -> Estimate:
        """Return it with what travels with it; whether it is `moved` by the change, and of what customers `brought`."""
        start = self.records.as_of
        return Estimate(
            interval=interval,
            period=Period(start, start + timedelta(days=self.days)),
            as_of=self.records.known_at,
            version=f"what if {VERSION} ({self.found.model.name} {self.found.model.version})",
            flags=self._flags(moved, brought),
        )

    def _flags(self, moved: bool, brought: bool) -> tuple[str, ...]:
        costs = (COSTS_UNKNOWN,) if self.uncosted and brought else ()
        return tuple(sorted({*self.found.flags, *costs, *(self.lever.flags if moved else ())}))

    def _sum(self, expected: float, drawn: NDArray[np.float64], n: int, *, moved: bool = True) -> Estimate:
        """Return a sum of expected values; how far it may be off, rounds tell."""
        low, high = limits(expected, drawn, self.level)
        told = Interval(value=expected, low=low, high=high, level=self.level, method=_METHOD, n=n)
        return self._with(told, moved=moved)

    def pairs(self, made: Played, names: tuple[str, ...], groups: NDArray[np.intp]) -> tuple[Pair, tuple[Pair, ...]]:
        """Return all customers, and parts that have some."""
        whole = self._pair("", made, np.ones(len(groups), dtype=bool), slice(None))
        there = [at for at in range(len(names)) if (groups == at).any()]
        return whole, tuple(self._pair(names[at], made, groups == at, slice(at, at + 1)) for at in there)

    def _pair(self, name: str, made: Played, rows: NDArray[np.bool_], columns: slice) -> Pair:
        before, after = (one[:, columns].sum(axis=1) for one in (made.sums_before, made.sums_after))
        sums, n = (float(made.before[rows].sum()), float(made.after[rows].sum())), int(rows.sum())
        return Pair(
            name=name,
            customers=n,
            before=self._sum(sums[0], before, n, moved=False),
            after=self._sum(sums[1], after, n),
            difference=self._sum(sums[1] - sums[0], after - before, n),
        )

    def kept(self, made: Played, which: int) -> Estimate:
        """Return mean retention, without (0) or with (1) the change."""
        value, half = float(made.kept[which]), z(self.level) * float(made.kept_doubts[:, which].std())
        told = Interval(
            value=value,
            low=max(value - half, 0.0),
            high=min(value + half, 1.0),
            level=self.level,
            method="parameters and each customer's own rates",
            n=self.customers,
        )
        return self._with(told, moved=bool(which), brought=False)

    def net(self, whole: Pair, cost: float) -> Estimate:
        """Return the difference less the cost."""
        one = whole.difference.interval
        value, low, high = ((part or 0.0) - cost for part in (one.value, one.low, one.high))
        return replace(whole.difference, interval=replace(one, value=value, low=low, high=high))

    def skewed(self, made: Played, whole: Pair) -> bool:
        """Return whether the difference is below its mean in more than half of the rounds."""
        median = float(np.median((made.sums_after - made.sums_before).sum(axis=1)))
        return median < (whole.difference.interval.value or 0.0)

    def pays(self, made: Played, cost: float) -> Estimate:
        """Return the share of rounds whose difference is more than the cost."""
        drawn = (made.sums_after - made.sums_before).sum(axis=1)
        share = wilson(int((drawn > cost).sum()), len(drawn), level=self.level)
        return self._with(replace(share, method="share of rounds of draws (Wilson)"))


def trial_of(made: Played, of: str, lever: Lever) -> Trial:
    """Return how the effect would be measured: half of the customers with the change, half without."""
    n = len(made.before)
    if of == "contracts" and lever.keeps:
        base, expected = float(made.gone[0]), float(made.gone[1] - made.gone[0])
        return Trial(
            days=made.until,
            outcome="share of customers who ended their contract",
            expected=expected,
            detectable=detectable_share(n, base, falls=expected < 0),
            needed=customers_for_share(base, expected) if expected else None,
            share=True,
        )
    variance = max(made.variance, 1e-12)
    return Trial(
        days=made.until,
        outcome="money of a customer",
        expected=made.shows,
        detectable=detectable_mean(n, variance),
        needed=customers_for_mean(made.shows, variance) if made.shows else None,
        share=False,
    )
