"""Customers by when they were acquired: what they brought by each age, and what a law of buying expects to follow."""

from collections.abc import Iterator
from dataclasses import dataclass

import ibis
import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.core.money import UNITS
from regulars.core.periods import Period, day_number
from regulars.data import engine
from regulars.data.snapshot import Snapshot
from regulars.models.buyers import buyers
from regulars.models.buying import Family, Learned, counts_ahead
from regulars.models.spending import Spending, slopes
from regulars.stats.buying.gamma_gamma import GammaGamma
from regulars.stats.buying.histories import CHUNK
from regulars.stats.predictive import Sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Acquired:
    """The customers of the cohorts that are shown, and what they brought so far.

    Attributes:
        periods: of the cohorts.
        days: length of each age; shape (m,).
        today: as-of, by number.
        rows: places of the customers among all buyers; shape (n,).
        first: their first days; shape (n,).
        cohort: number of each one's cohort; shape (n,).
        brought: money by the end of each age, or so far; shape (n, m).
    """

    periods: tuple[Period, ...]
    days: Ints
    today: int
    rows: Ints
    first: Ints
    cohort: Ints
    brought: Floats

    @classmethod
    def of(cls, snapshot: Snapshot, days: Ints, periods: tuple[Period, ...]) -> "Acquired":
        """Return the customers whose first order lies in one of `periods`, followed up to ages of so many `days`."""
        every, today = buyers(snapshot), snapshot.day
        bounds = np.array([day_number(period.start) for period in periods] + [day_number(periods[-1].end)])
        first = today - 1 - every.histories.age.astype(np.int64)
        rows = np.flatnonzero((first >= bounds[0]) & (first < bounds[-1]))
        brought = _brought(snapshot, days, every.customer[rows], int(bounds[0]))
        cohort = np.searchsorted(bounds, first[rows], side="right") - 1
        return cls(
            periods=periods, days=days, today=today, rows=rows, first=first[rows], cohort=cohort, brought=brought
        )

    @property
    def over(self) -> Ints:
        """Day by which all customers of a cohort have lived through an age; shape (cohorts, m)."""
        last = np.array([day_number(period.end) - 1 for period in self.periods])
        return np.asarray(last[:, None] + self.days)

    @property
    def grown(self) -> NDArray[np.bool_]:
        """Cohorts that nobody joins any more; shape (cohorts,)."""
        return np.array([day_number(period.end) <= self.today for period in self.periods])

    @property
    def open(self) -> NDArray[np.bool_]:
        """Ages that whole cohorts with customers have not lived through; shape (cohorts, m)."""
        some = np.bincount(self.cohort, minlength=len(self.periods)) > 0
        return np.asarray((self.over > self.today) & (self.grown & some)[:, None])


def _brought(snapshot: Snapshot, days: Ints, customer: NDArray[np.int32], since: int) -> Floats:
    """Return money of each customer by the end of each age, shape (n, m)."""
    rows = snapshot.tables["purchase_days"]
    # What comes before the first order (a refund of something older than the records) does not count.
    lived = rows.filter((rows.first_day >= since) & (rows.day >= rows.first_day))
    since_first = lived.day - lived.first_day
    ages = [ibis.ifelse(since_first >= int(length), 1, 0) for length in days]
    aged = lived.mutate(age=sum(ages[1:], start=ages[0]).cast("int32"))
    sums = aged.filter(_.age < len(days)).group_by("customer", "age").aggregate(value=_.value.sum().cast("int64"))
    found = engine.to_arrow(sums)
    who, age, value = (found[name].to_numpy() for name in ("customer", "age", "value"))
    places = np.minimum(np.searchsorted(customer, who), max(len(customer) - 1, 0))
    shown = customer[places] == who if len(customer) else np.zeros(len(who), dtype=bool)
    each = np.zeros((len(customer), len(days)), dtype=np.int64)
    each[places[shown], age[shown]] = value[shown]
    return np.cumsum(each, axis=1) / UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCome:
    """What is still to come of customers by each age.

    Attributes:
        mean: expected money; shape (n, m).
        chance: sum over a cohort's customers of the variance around it; shape (cohorts, m).
        doubts: sums over them of how far it moves in each direction of doubt about parameters; shape (k, cohorts, m).
    """

    mean: Floats
    chance: Floats
    doubts: Floats


@dataclass(frozen=True, kw_only=True)
class Law:
    """A fitted law of buying, and what an order is worth."""

    family: Family
    learned: Learned
    spending: Spending
    snapshot: Snapshot

    def within(self, rows: Ints, days: int) -> Floats:
        """Return mean, variance and doubts of what buyers bring within some days; shape (2 + k, n)."""
        every, theta = buyers(self.snapshot), np.array(self.learned.theta)
        h, value = every.histories.taken(rows), every.value[rows]
        own, scale = self.family.at(theta, {}), self.spending.scale
        spend = GammaGamma.at(np.array(self.spending.theta))
        told, each = counts_ahead(own, h, days), scale * spend.expected(h.frequency, value)
        shape, over = spend.posterior(h.frequency, value)
        chance = Sums.of(told, value=spend.p, shape=shape, rate=over * scale).variance
        moved = [
            (self.family.at(theta + step, {}).expected(h, (days,))[0] - told.mean) * each
            for step in self.learned.directions
        ]
        spent = told.mean * scale * (self.spending.directions @ slopes(spend, h, value))
        return np.stack([told.mean * each, chance, *moved, *spent])


def to_come(law: Law, table: Acquired) -> ToCome:
    """Return what is still to come of the customers of cohorts that have not lived through an age.

    Customers of several ages have the same number of days left; all of them are computed at once.
    """
    n, m, cohorts = len(table.rows), len(table.days), len(table.periods)
    left = table.first[:, None] + table.days - table.today
    who, age = np.nonzero((left > 0) & table.open[table.cohort])
    days = left[who, age]
    order = np.argsort(days, kind="stable")
    k = len(law.learned.directions) + len(law.spending.directions)
    mean, sums = np.zeros((n, m)), np.zeros((1 + k, cohorts * m))
    for length, places in _alike(days[order], order):
        found = law.within(table.rows[who[places]], length)
        mean[who[places], age[places]] = found[0]
        cells = table.cohort[who[places]] * m + age[places]
        for total, part in zip(sums, found[1:], strict=True):
            total += np.bincount(cells, weights=part, minlength=cohorts * m)
    chance, *doubts = sums.reshape(1 + k, cohorts, m)
    return ToCome(mean=mean, chance=chance, doubts=np.array(doubts))


def _alike(days: Ints, order: Ints) -> Iterator[tuple[int, Ints]]:
    """Yield every number of days with the places that have it, in parts of no more than a chunk."""
    lengths, begins = np.unique(days, return_index=True)
    for length, places in zip(lengths, np.split(order, begins[1:]), strict=True):
        for at in range(0, len(places), CHUNK):
            yield int(length), places[at : at + CHUNK]
