"""Actions: what a company can do for a customer, what that is assumed to bring, and what it costs.

What an action brings is what would not have come without it. A gift to somebody who would have stayed anyway costs
money and brings nothing, so what is given counts for everybody who takes it, and the gain only for those it changes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import ibis
import numpy as np
from ibis import Deferred
from numpy.typing import NDArray

from regulars.core.errors import CatalogueError
from regulars.core.estimate import Interval
from regulars.stats.intervals import z

Floats = NDArray[np.float64]

#: What is known of a customer about whom it is decided; null where records do not tell.
KNOWN: Final = ibis.schema(
    {
        "customer": "int32",
        "state": "string",  # of the lifecycle
        "segment": "string",  # RFM
        "orders": "int64",
        "days_since_order": "int32",
        "days_since_first": "int32",
        "leaving": "float64",  # probability that they will have left, those who have already among them
        "alive": "float64",  # probability that they are a customer still; null where records do not tell
        "comes": "float64",  # probability that they order in the next 90 days, whatever is done
        "clv": "float64",  # predicted, in the reporting currency
        "order_value": "float64",  # margin of a mean order of theirs, or net revenue where costs are not known
        "under_contract": "boolean",
        "open_cases": "int32",
        "days_since_case": "int32",  # since a case was closed or opened again
        "reopened": "boolean",  # a case of the last 90 days was
        "late": "boolean",  # an order of the last 90 days came late
        "nps_score": "float64",  # their latest answer, 0 to 10
        "days_since_touch": "int32",
    }
)


class Gain(StrEnum):
    """What an action changes."""

    KEPT = "kept"
    """Some of those who would leave stay: the effect is their share, and each brings their CLV."""
    BOUGHT = "bought"
    """Some order who would not have: the effect is their share of all, and each brings a mean order."""
    NOTHING = "nothing"
    """Nothing: what there is to compare with."""


#: Segment of customers of whom none is known; of one that was never measured.
OTHER: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEffect:
    """The share of customers of one segment whom an action changes, as a normal law.

    Attributes:
        mean: expected.
        own: standard deviation of what moves this segment alone.
        shared: standard deviation of what moves all segments together, signed.
        n: customers of the segment behind it.
    """

    mean: float
    own: float
    shared: float
    n: int

    @property
    def deviation(self) -> float:
        """Standard deviation of both."""
        return math.hypot(self.own, self.shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The share of customers whom an action changes, as a distribution.

    Attributes:
        mean: expected.
        low, high: limits that hold it with 95 % probability.
        source: who says so, and where it was measured.
        parts: the same of segments, by name, and of any other by `OTHER`; none where segments were not measured.

    Raises:
        CatalogueError: limits do not hold the mean, or it is no share.
    """

    mean: float
    low: float
    high: float
    source: str
    parts: Mapping[str, PartEffect] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not -1 <= self.low <= self.mean <= self.high <= 1:
            raise CatalogueError(f"An effect of {self.mean} with limits {self.low} and {self.high} is no share.")

    def interval(self, n: int) -> Interval:
        """Return it as an interval; `n` customers took part in what it was learned from, or are to."""
        return Interval(
            value=self.mean, low=self.low, high=self.high, level=0.95, method="assumed, and learned since", n=n
        )

    @property
    def deviation(self) -> float:
        """Standard deviation of the normal law with these limits."""
        return (self.high - self.low) / (2 * z(0.95))

    def of(self, part: str) -> PartEffect:
        """Return the effect on customers of a segment: that on all where segments were not measured."""
        if not self.parts:
            return PartEffect(mean=self.mean, own=0.0, shared=self.deviation, n=0)
        return self.parts.get(part, self.parts[OTHER])

    def means(self, parts: NDArray[np.object_]) -> Floats:
        """Return what is expected of each customer, given their segments, shape (n,)."""
        return self._each(parts, {name: self.of(name).mean for name in set(parts.tolist())})

    def deviations(self, parts: NDArray[np.object_]) -> Floats:
        """Return the standard deviation of each customer's effect, given their segments, shape (n,)."""
        return self._each(parts, {name: self.of(name).deviation for name in set(parts.tolist())})

    @staticmethod
    def _each(parts: NDArray[np.object_], values: Mapping[str, float]) -> Floats:
        return np.array([values[name] for name in parts.tolist()], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be done for a customer, declared at module level in `actions/`.

    Attributes:
        name: stable snake_case key.
        title: what people call it.
        said: what is done, as an order to whoever does it.
        team: who does it.
        gain: what it changes.
        effect: how much, as assumed before it was measured in this company.
        eligible: whom it can be done for: an expression over the columns of `KNOWN`.
        for_whom: the same in words, as "customers who ..."; "" where only the expression says it.
        why: in words, for the customer of whom it is chosen.
        cost: of doing it for one customer, taken or not, in the reporting currency.
        incentive: what whoever takes it is given, in the reporting currency.
        rebate: what whoever takes it is given, as a share of what they bring.
        capacity: customers a month that it can be done for; as many as there are where None.
        days: within which its effect shows.
        version: raised when the meaning changes.

    Raises:
        CatalogueError: a cost is below nothing, or eligibility asks for what is not known.
    """

    name: str
    title: str
    said: str
    team: str
    gain: Gain
    effect: Effect
    eligible: Deferred
    why: str
    cost: float
    for_whom: str = ""
    incentive: float = 0.0
    rebate: float = 0.0
    capacity: int | None = None
    days: int = 90
    version: int = 1

    def __post_init__(self) -> None:
        if not all(math.isfinite(one) and one >= 0 for one in (self.cost, self.incentive, self.rebate)):
            raise CatalogueError(f"Action `{self.name}` costs less than nothing, or what is no number.")
        if self.rebate >= 1:
            raise CatalogueError(f"Action `{self.name}` gives away all that customers bring.")
        if self.capacity is not None and self.capacity < 0:
            raise CatalogueError(f"Action `{self.name}` has a capacity of {self.capacity}.")
        try:
            kind = self.eligible.resolve(ibis.table(KNOWN, name="known")).type()
        except (AttributeError, TypeError, ibis.common.exceptions.IbisError) as cause:
            raise CatalogueError(f"Whom action `{self.name}` is for cannot be told: {cause}") from cause
        if not kind.is_boolean():
            raise CatalogueError(f"Whom action `{self.name}` is for is no condition, but {kind}.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facing:
    """Customers whom an action could be done for, without it; arrays of shape (n,).

    Attributes:
        chance: of what the action changes: that they are a customer still and leave, where it keeps; 1 where it sells.
        anyway: probability of taking what is given without being changed by it.
        worth: what a changed customer brings, in the reporting currency.
    """

    chance: Floats
    anyway: Floats
    worth: Floats


def facing(action: Action, leaving: Floats, alive: Floats, comes: Floats, clv: Floats, order_value: Floats) -> Facing:
    """Return what an action faces; nan where it is not known.

    Nobody keeps who has left already. So of the probability of leaving only the part counts in which they are a
    customer still, and they are worth what such a customer is: their CLV over the probability of being one.
    """
    if action.gain is Gain.BOUGHT:
        return Facing(chance=np.where(np.isnan(comes), np.nan, 1.0), anyway=comes, worth=order_value)
    return Facing(chance=np.maximum(leaving - (1 - alive), 0.0), anyway=1 - leaving, worth=clv / alive)


def profit(action: Action, effect: Floats | float, one: Facing) -> Floats:
    """Return the expected incremental profit of an action for each customer, shape (n,); nan where it is not known.

    Kept: p e (V - d) - s d - c. Of the share p who would leave the share e stays, and brings V less what it is given,
    d; those who would have stayed anyway, s, are given it, too; doing it costs c for everybody. Bought: the same with
    orders: e (m - d) - b d - c, of whom b would have ordered anyway.

    Args:
        action: what is done.
        effect: share of customers whom it changes; a number, or one per customer.
        one: what it faces.

    References:
        Verbraken, Verbeke & Baesens (2013), IEEE Transactions on Knowledge and Data Engineering 25, 961-973, for each
        customer with their own probability and worth.
    """
    if action.gain is Gain.NOTHING:
        return np.zeros(len(one.worth))
    given = action.incentive + action.rebate * one.worth
    return np.asarray(one.chance * effect * (one.worth - given) - one.anyway * given - action.cost)


def spending(action: Action, effect: Floats | float, one: Facing) -> Floats:
    """Return what an action is expected to cost for each customer: the doing, and what is given to who takes it."""
    if action.gain is Gain.NOTHING:
        return np.zeros(len(one.worth))
    given = action.incentive + action.rebate * one.worth
    return np.asarray(action.cost + given * np.minimum(one.anyway + one.chance * np.maximum(effect, 0), 1))
