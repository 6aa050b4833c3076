"""BG/BB: customers who buy at given occasions, here the months since their first order.

References:
    Fader, Hardie & Shang (2010), Customer-base analysis in a discrete-time noncontractual setting, Marketing Science
    29, 1086-1108.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ibis import _

from regulars.catalogue.models.outcomes import orders
from regulars.data import engine
from regulars.data.snapshot import Snapshot
from regulars.models.ahead import Ahead, with_alive
from regulars.models.buyers import buyers
from regulars.models.model import Floats, Forecast, Horizon, Model
from regulars.stats.buying.bg_bb import BgBb, Occasions, fit
from regulars.stats.likelihood import NotFitted, directions
from regulars.stats.predictive import Counts

#: Days between occasions.
_STEP = 30


@dataclass(frozen=True, kw_only=True)
class BgBbOrders:
    """A fitted BG/BB.

    Attributes:
        n: customers that it was learned from.
        days: of the horizon.
        parameters: by name.
        theta: their logarithms.
        covariance: of theta.
        per_occasion: orders per occasion with any.
    """

    n: int
    days: int
    parameters: Mapping[str, float]
    theta: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    per_occasion: float
    method: str = "zero-inflated negative binomial of the same mean and P(0)"
    notes: tuple[str, ...] = ()

    @property
    def learned(self) -> Mapping[str, object]:
        """What was learned, as plain numbers."""
        return {
            "parameters": self.parameters,
            "theta": self.theta,
            "covariance": self.covariance,
            "per_occasion": self.per_occasion,
        }

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return how often each buyer orders; `alive` at the next occasion beside it."""
        return self.ahead(snapshot).forecast(level)

    def ahead(self, snapshot: Snapshot) -> Ahead:
        """Return the same as distributions."""
        seen, ahead = _occasions(snapshot)[0], max(1, round(self.days / _STEP))
        scale = self.per_occasion * self.days / (ahead * _STEP)
        # Months give few different histories: each is computed once.
        rows = np.stack([seen.frequency, seen.recency, seen.opportunities])
        kinds, place = np.unique(rows, axis=1, return_inverse=True)
        each = Occasions(frequency=kinds[0], recency=kinds[1], opportunities=kinds[2])
        theta = np.array(self.theta)

        def told(at: Floats) -> Floats:
            return BgBb.at(at).expected(each, [ahead])[0] * scale

        law, mean, steps = BgBb.at(theta), told(theta), directions(self.covariance)
        alive = law.alive_next(each)
        lost = [(BgBb.at(theta + step).alive_next(each) - alive)[place] for step in steps]
        return Ahead(
            comes=Counts.of(mean, law.none_ahead(each, ahead), law.alive(each)).taken(place),
            doubts=np.array([(told(theta + step) - mean)[place] for step in steps]),
            more=with_alive(alive[place], lost),
        )


def _occasions(snapshot: Snapshot) -> tuple[Occasions, int]:
    return snapshot.kept("occasions", lambda: _read(snapshot))


def _read(snapshot: Snapshot) -> tuple[Occasions, int]:
    """Return the months of 30 days since the first order of each buyer, and in how many there was another.

    Beside them, on how many days of these months there were others.
    """
    days = snapshot.tables["purchase_days"].filter((_.orders > 0) & (_.day > _.first_day))
    numbered = days.mutate(
        occasion=((_.day - _.first_day - 1) // _STEP + 1).cast("int32"), age=snapshot.day - 1 - _.first_day
    )
    # The month that has only begun is no occasion yet.
    whole = numbered.filter(numbered.occasion <= numbered.age // _STEP)
    found = engine.to_arrow(
        whole.group_by("customer")
        .aggregate(times=_.occasion.nunique(), last=_.occasion.max(), days=_.count())
        .order_by("customer")
    )
    every = buyers(snapshot)
    frequency, recency = np.zeros(len(every.customer), np.int64), np.zeros(len(every.customer), np.int64)
    place = np.searchsorted(every.customer, found["customer"].to_numpy())
    frequency[place], recency[place] = found["times"].to_numpy(), found["last"].to_numpy()
    opportunities = (every.histories.age // _STEP).astype(np.int64)
    seen = Occasions(frequency=frequency, recency=recency, opportunities=opportunities)
    return seen, int(found["days"].to_numpy().sum())


def _fit(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> BgBbOrders:
    seen, days = _occasions(snapshot)
    found = fit(seen)
    theta, covariance = found.plain
    law = BgBb.at(found.theta)
    within = float(seen.frequency.sum())
    if not within:
        raise NotFitted("nobody ordered again in a later month")
    return BgBbOrders(
        n=len(seen),
        days=horizon.days,
        parameters={"alpha": law.alpha, "beta": law.beta, "gamma": law.gamma, "delta": law.delta},
        theta=theta,
        covariance=covariance,
        per_occasion=days / within,
    )


bg_bb = Model(
    name="bg_bb",
    question="How often will each customer order, if they do so in some months and not in others?",
    predicts=orders,
    fit=_fit,
    source="Fader, Hardie & Shang (2010), Marketing Science 29, 1086-1108",
    caveat=f"Counts months of {_STEP} days with orders; how many orders such a month has is the same for everybody.",
    complexity=2,
)
