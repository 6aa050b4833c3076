"""What buyers bring: a law of buying for how often they order, the gamma-gamma model for what an order is worth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regulars.core.estimate import Interval
from regulars.core.periods import YEAR_DAYS
from regulars.core.wording import counted
from regulars.data.snapshot import Snapshot
from regulars.models.ahead import Ahead, Foresees
from regulars.models.buyers import buyers, by_chunk
from regulars.models.buying import Family, Law, Learned, counts_ahead
from regulars.models.model import Floats, Forecast, Horizon
from regulars.stats.buying import gamma_gamma
from regulars.stats.buying.gamma_gamma import GammaGamma, Spend
from regulars.stats.buying.histories import Histories
from regulars.stats.discounting import force
from regulars.stats.likelihood import NotFitted, directions
from regulars.stats.lives import Buying
from regulars.stats.predictive import Counts, Sums

#: Most parts into which a horizon is cut for discounting.
_PARTS = 12


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What an order is worth, as it was found: plain numbers.

    Attributes:
        n: customers that it was found from.
        parameters: of the gamma-gamma model.
        theta: their logarithms.
        covariance: of theta.
        left_out: customers with orders, whose orders brought nothing or less on average.
        scale: what all orders brought, over what the model expects of them: it makes up for those left out.
        independence: correlation of how often and how much, with its limits; the model takes it to be 0.
    """

    n: int
    parameters: Mapping[str, float]
    theta: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    left_out: int
    scale: float
    independence: Interval

    @property
    def directions(self) -> Floats:
        """Independent directions of doubt about theta, one standard deviation each."""
        return directions(self.covariance)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fit."""
        found = self.independence
        said = []
        if found.value is not None and found.low is not None and found.high is not None:
            weak = abs(found.value) < _WEAK or found.low <= 0 <= found.high
            apart = "next to nothing, as the model takes it" if weak else _TIED[found.value > 0]
            span = f"{found.low:.2f} to {found.high:.2f}"
            said.append(f"how often and how much customers buy correlate by {found.value:.2f} ({span}): {apart}")
        if self.left_out:
            said.append(f"left out: {counted(self.left_out, 'customer')} whose orders brought nothing on balance")
        return tuple(said)


#: Below this, a correlation changes little.
_WEAK = 0.1
_TIED = {
    True: "not independent, so the CLV of frequent customers may be too low",
    False: "not independent, so the CLV of frequent customers may be too high",
}


def spending(snapshot: Snapshot) -> Spending:
    """Return what an order of the snapshot's buyers is worth.

    Raises:
        NotFitted: the records do not tell.
    """
    return snapshot.kept("spending", lambda: _spending(snapshot))


def _spending(snapshot: Snapshot) -> Spending:
    every = buyers(snapshot)
    times, mean = every.histories.frequency, every.value
    known = (times > 0) & (mean > 0)
    spend = Spend(frequency=times[known], mean=mean[known])
    found = gamma_gamma.fit(spend)
    theta, covariance = found.plain
    law = GammaGamma.at(found.theta)
    expected = float(times @ law.expected(times, mean))
    brought = float(times @ mean)
    if brought <= 0:
        raise NotFitted("orders brought nothing on balance")
    return Spending(
        n=int(known.sum()),
        parameters={"p": law.p, "q": law.q, "gamma": law.gamma},
        theta=theta,
        covariance=covariance,
        left_out=int(((times > 0) & (mean <= 0)).sum()),
        scale=brought / expected,
        independence=gamma_gamma.independence(spend).linear,
    )


@dataclass(frozen=True, kw_only=True)
class Value:
    """What buyers bring in a horizon, discounted, by a fitted law and what an order is worth."""

    family: Family
    days: int
    buying: Learned
    spending: Spending
    method: str = "zero or scaled beta prime of the same mean, P(0) and shape"

    @property
    def n(self) -> int:
        """Customers that it was learned from."""
        return self.buying.n

    @property
    def learned(self) -> Mapping[str, object]:
        """What was learned, as plain numbers."""
        return {"buying": self.buying, "spending": self.spending}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fits."""
        return (*self.buying.notes, *self.spending.notes)

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return what each buyer brings; `alive` beside it."""
        return self.ahead(snapshot).forecast(level)

    def ahead(self, snapshot: Snapshot) -> Ahead:
        """Return the same as distributions."""
        law, theta = self.family.law(self.buying, snapshot), np.array(self.buying.theta)
        every, rate = buyers(snapshot), snapshot.definitions.discount_rate
        at = np.array(self.spending.theta)
        days, scale = self.days, self.spending.scale

        def rows(h: Histories, where: slice) -> Floats:
            own, spend = law(theta, where), GammaGamma.at(at)
            count, worth = _counted(own, h, days, rate)
            each = scale * spend.expected(h.frequency, every.value[where])
            told = counts_ahead(own, h, days)
            shape, over = spend.posterior(h.frequency, every.value[where])
            moved = [(law(theta + step, where).expected(h, (days,))[0] - count) * worth * each for step in steps]
            spent = count * worth * scale * (self.spending.directions @ slopes(spend, h, every.value[where]))
            return np.stack([count, told.none, told.alive, told.pairs, shape, over * scale, worth, *moved, *spent])

        steps = self.buying.directions
        count, none, alive, pairs, shape, over, worth, *doubts = by_chunk(every.histories, rows)
        counts = Counts(count, none, alive, pairs)
        sums = Sums.of(counts, value=self.spending.parameters["p"], shape=shape, rate=over, worth=worth)
        still = {"alive": alive} if self.buying.tells_leaving else {}
        return Ahead(comes=sums, doubts=np.array(doubts), more=still)

    @property
    def tells_leaving(self) -> bool:
        """Whether the records tell how soon buyers leave."""
        return self.buying.tells_leaving

    def lives(self, snapshot: Snapshot, rng: np.random.Generator, *, doubted: bool) -> Buying:
        """Return each buyer's own rates, drawn; see models/played.py."""
        every, at = buyers(snapshot), np.array(self.spending.theta)
        law_of, theta = self.family.law(self.buying, snapshot), np.array(self.buying.theta)
        spend, h = GammaGamma.at(at), every.histories
        each = spend.expected(h.frequency, every.value)
        if doubted:
            theta = theta + rng.standard_normal(len(self.buying.directions)) @ self.buying.directions
            steps = rng.standard_normal(len(self.spending.directions)) @ self.spending.directions
            each = np.maximum(each + steps @ slopes(spend, h, every.value), 0.0)
            # What an order is worth is the customer's own, and uncertain; a law without a variance gets a large one.
            shape = np.maximum(spend.posterior(h.frequency, every.value)[0], 2.5)
            each = each * (shape - 1) / rng.standard_gamma(shape)

        def rows(some: Histories, where: slice) -> Floats:
            law = law_of(theta, where)
            return np.stack([law.alive(some), *law.drawn(some, rng)])

        alive, rate, hazard = by_chunk(h, rows)
        return Buying(
            alive=alive,
            rate=rate,
            hazard=hazard,
            each=each * self.spending.scale,
            shape=spend.p,
            at_orders=law_of(theta, slice(0, 0)).at_orders,
            force=force(snapshot.definitions.discount_rate),
        )


def value_of(family: Family) -> Foresees:
    """Return what fits the value of buyers by a family of laws of buying."""

    def fit(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> Value:
        return Value(family=family, days=horizon.days, buying=family.learned(snapshot), spending=spending(snapshot))

    return fit


def slopes(law: GammaGamma, h: Histories, value: Floats) -> Floats:
    """Return how the expected value moves with log p, log q and log gamma, shape (3, n).

    A whole standard deviation away there may be no mean, so doubt goes by the slope.
    """
    shape, rate = law.posterior(h.frequency, value)
    of_logs = [1 - law.p * h.frequency / (shape - 1), -law.q / (shape - 1), law.gamma / rate]
    return np.asarray(law.expected(h.frequency, value) * np.stack(of_logs))


def _counted(law: Law, h: Histories, days: int, rate: float) -> tuple[Floats, Floats]:
    """Return expected transactions, and what one unit of money of them is worth today, on average."""
    ends = np.linspace(0, days, min(_PARTS, days) + 1)
    today = (1 + rate) ** -((ends[1:] + ends[:-1]) / 2 / YEAR_DAYS)
    running = law.expected(h, tuple(ends[1:]))
    discounted = today @ np.diff(running, axis=0, prepend=0.0)
    count = running[-1]
    return count, np.where(count > 0, discounted / np.where(count > 0, count, 1.0), 1.0)
