"""Models of buying on a snapshot: from a law of buying to what is foretold of each customer.

A family of laws (BG/NBD, Pareto/NBD, ...) is fitted once to a snapshot's buyers; how often they order, whether they
fall silent and what they bring are all told by that one fit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from regulars.data.snapshot import Snapshot
from regulars.models.ahead import Ahead, with_alive
from regulars.models.buyers import buyers, by_chunk
from regulars.models.covariates import Covariates, covariates
from regulars.models.model import Fit, Floats, Forecast, Horizon, Outcome
from regulars.stats.buying.histories import Histories
from regulars.stats.intervals import chance_limits
from regulars.stats.likelihood import Each, Maximum, NotFitted, directions
from regulars.stats.predictive import Counts, ordered_pairs


class Law(Protocol):
    """A law of buying whose parameters are known; see stats/buying."""

    @property
    def r(self) -> Each:
        """Shape of the rate of buying."""
        ...

    @property
    def alpha(self) -> Each:
        """Its rate, in days."""
        ...

    def alive(self, h: Histories) -> Floats:
        """Return P(still a customer | history)."""
        ...

    def expected(self, h: Histories, aheads: Sequence[float]) -> Floats:
        """Return expected transactions within each of some days ahead, shape (m, n)."""
        ...

    def none_ahead(self, h: Histories, ahead: float) -> Floats:
        """Return P(no transaction within `ahead` days | history)."""
        ...

    @property
    def at_orders(self) -> bool:
        """Whether customers leave right after an order, else at any moment."""
        ...

    def drawn(self, h: Histories, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return a rate of buying and a hazard of leaving of each, per day, drawn given history and being there."""
        ...


#: Makes the law at some parameters, of customers with some covariates.
At = Callable[[Floats, Mapping[int, Floats]], Law]


#: The first parameters of every family tell how often customers buy, the others how soon they leave.
_RATE = ("r", "alpha")


@dataclass(frozen=True, kw_only=True)
class Learned:
    """Parameters as they were found: plain numbers.

    Attributes:
        n: customers that they were found from.
        parameters: by name, in days.
        theta: their logarithms, then coefficients of covariates.
        covariance: of theta.
        covariates: what customers are told apart by; None where by nothing.
        log_likelihood: at the maximum.
        held: names of parameters that the records do not tell.
    """

    n: int
    parameters: Mapping[str, float]
    theta: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    covariates: Covariates | None
    log_likelihood: float
    held: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fit."""
        rate = [f"`{name}`" for name in self.held if name in _RATE]
        leaving = [f"`{name}`" for name in self.held if name not in _RATE]
        said = []
        if rate:
            said.append(f"the records do not tell how differently customers buy ({' and '.join(rate)} cannot be told)")
        if leaving:
            said.append(f"the records do not tell how soon customers leave ({' and '.join(leaving)} cannot be told)")
        return (*said, *(() if self.covariates is None else self.covariates.said(self.theta, self.covariance)))

    @property
    def tells_leaving(self) -> bool:
        """Whether the records tell how soon customers leave; where they do not, nor do they tell who is one still."""
        return not set(self.held) & set(list(self.parameters)[len(_RATE) :])

    @property
    def directions(self) -> Floats:
        """Independent directions of doubt about theta, one standard deviation each: shape (k, k), a row each."""
        return directions(self.covariance)


@dataclass(frozen=True, kw_only=True)
class Family:
    """A family of laws of buying.

    Attributes:
        name: stable snake_case key.
        parameters: their names, in the order of theta.
        acts_on: indices of those that covariates act on: how often customers buy, how soon they leave.
        fit: finds theta of some histories, by covariates or none.
        at: makes the law.
    """

    name: str
    parameters: tuple[str, ...]
    acts_on: tuple[int, ...]
    fit: Callable[[Histories, Mapping[int, Floats]], Maximum]
    at: At

    def learned(self, snapshot: Snapshot, *, by_covariates: bool = False) -> Learned:
        """Return the parameters of the snapshot's buyers.

        Raises:
            NotFitted: the records do not tell them.
        """
        name = f"{self.name} by covariates" if by_covariates else self.name
        return snapshot.kept(name, lambda: self._learned(snapshot, by_covariates))

    def _learned(self, snapshot: Snapshot, by_covariates: bool) -> Learned:
        histories = buyers(snapshot).histories
        if not len(histories):
            raise NotFitted("nobody has ordered yet")
        acted = tuple(self.parameters[index] for index in self.acts_on)
        by = covariates(snapshot, self.acts_on, acted) if by_covariates else None
        found = self.fit(histories, by.designs(snapshot) if by is not None else {})
        theta, covariance = found.plain
        every = (*self.parameters, *(by.names if by is not None else ()))
        return Learned(
            n=len(histories),
            parameters=dict(zip(self.parameters, map(float, np.exp(theta[: len(self.parameters)])), strict=True)),
            theta=theta,
            covariance=covariance,
            covariates=by,
            log_likelihood=found.value,
            held=tuple(every[index] for index in found.held),
        )

    def law(self, found: Learned, snapshot: Snapshot) -> Callable[[Floats, slice], Law]:
        """Return what makes the law at any theta, for any of the snapshot's buyers."""
        designs = found.covariates.designs(snapshot) if found.covariates is not None else {}
        return lambda theta, rows: self.at(theta, {index: design[rows] for index, design in designs.items()})

    def orders(self, snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> "Orders":
        """Fit for how often buyers order."""
        return Orders(family=self, days=horizon.days, learned=self.learned(snapshot))

    def orders_by_covariates(self, snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> "Orders":
        """Fit for how often buyers order, told apart by what was known on their first day."""
        return Orders(family=self, days=horizon.days, learned=self.learned(snapshot, by_covariates=True))

    def silence(self, outcome: Outcome) -> Fit:
        """Return what fits for whom of the outcome's customers will not order."""

        def fit(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> "Silence":
            if horizon.lead:
                raise NotFitted("it tells silence that begins now, not after a lead time")
            return Silence(family=self, outcome=outcome, days=horizon.days, learned=self.learned(snapshot))

        return fit


def counts_ahead(law: Law, h: Histories, days: int) -> Counts:
    """Return how often buyers order within `days`."""
    half, mean = law.expected(h, (days / 2, days))
    # Of k phases of waiting to an order each, k orders' worth of phases have been seen.
    k = getattr(law, "k", 1)
    size = law.r + k * h.frequency
    steady = size / (law.alpha + h.age) * days / k
    return Counts(mean, law.none_ahead(h, days), law.alive(h), ordered_pairs(mean, half, steady, size))


@dataclass(frozen=True, kw_only=True)
class Orders:
    """How often buyers order, by a fitted law."""

    family: Family
    days: int
    learned: Learned
    method: str = "zero-inflated negative binomial of the same mean and P(0)"

    @property
    def n(self) -> int:
        """Customers that it was learned from."""
        return self.learned.n

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fit."""
        return self.learned.notes

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return how often each buyer orders; `alive` beside it, and the days until the next order if they are."""
        return self.ahead(snapshot).forecast(level)

    def ahead(self, snapshot: Snapshot) -> Ahead:
        """Return the same as distributions."""
        law, theta, days = self.family.law(self.learned, snapshot), np.array(self.learned.theta), self.days

        def rows(h: Histories, where: slice) -> Floats:
            own = law(theta, where)
            told = counts_ahead(own, h, days)
            moved = [law(theta + step, where) for step in self.learned.directions]
            doubts = [other.expected(h, (days,))[0] - told.mean for other in moved]
            lost = [other.alive(h) - told.alive for other in moved]
            return np.stack([told.mean, told.none, told.alive, told.pairs, _next_median(own, h), *doubts, *lost])

        mean, none, alive, pairs, until, *rest = by_chunk(buyers(snapshot).histories, rows)
        doubts, lost = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        still = with_alive(alive, lost) if self.learned.tells_leaving else {}
        more = {**still, "next_order_days": until}
        return Ahead(comes=Counts(mean, none, alive, pairs), doubts=np.array(doubts), more=more)


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Who does not order, by a fitted law."""

    family: Family
    outcome: Outcome
    days: int
    learned: Learned
    method: str = "delta method on log odds: doubt about the parameters"

    @property
    def n(self) -> int:
        """Customers that it was learned from."""
        return self.learned.n

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fit."""
        return self.learned.notes

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return the probability that an active buyer does not order."""
        law, theta, days = self.family.law(self.learned, snapshot), np.array(self.learned.theta), self.days
        every = buyers(snapshot)
        chosen = np.searchsorted(every.customer, self.outcome.people(snapshot))

        def rows(h: Histories, where: slice) -> Floats:
            own = law(theta, where)
            none = own.none_ahead(h, days)
            doubts = [law(theta + step, where).none_ahead(h, days) - none for step in self.learned.directions]
            return np.stack([none, *doubts])

        none, *doubts = by_chunk(every.histories, rows)[:, chosen]
        low, high = chance_limits(none, np.sqrt(np.square(doubts).sum(axis=0)), level)
        return Forecast(mean=none, low=low, high=high, doubts=np.array(doubts))


def _next_median(law: Law, h: Histories) -> Floats:
    """Return the median days until the next order of who is still a customer: the rate is Gamma, the wait Lomax."""
    # Where hardly anybody orders, centuries: beyond any number that could be kept.
    return np.asarray((law.alpha + h.age) * np.expm1(np.minimum(np.log(2) / (law.r + h.frequency), 50.0)))
