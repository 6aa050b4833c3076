"""What a model is: one declaration, scored and shown in the same way as every other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Protocol

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.errors import CatalogueError
from regulars.core.wording import counted
from regulars.data import engine
from regulars.data.snapshot import Snapshot
from regulars.stats.intervals import z

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Kind(StrEnum):
    """What is foretold, and so how it is scored."""

    COUNT = "count"
    AMOUNT = "amount"  # money, in the company's currency
    PROBABILITY = "probability"  # that something will have happened


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead is foretold.

    Attributes:
        days: length of what is foretold.
        lead: days between now and its beginning: time to act before it.
    """

    days: int
    lead: int = 0

    @property
    def reach(self) -> int:
        """Days until all of it is known."""
        return self.lead + self.days

    def __str__(self) -> str:
        return f"horizon_days={self.days}" + (f", lead_days={self.lead}" if self.lead else "")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Something that customers will or will not do, and that later records tell.

    Attributes:
        name: stable snake_case key.
        said: what a prediction of it is called, e.g. "orders".
        kind: what is foretold.
        needs: canonical tables that must be there.
        customers: of a snapshot: `customer` of everybody who is predicted.
        came: of a snapshot and of a first and last day number: `customer` and what `came` from the first up to, not
            including, the last; null of whom it does not concern any more.
        otherwise: what came of a customer without a row.
        horizons: so many horizons of records, at least, models learn from: 2 where the simple rule, too, learns from
            what came of customers, 1 where what they did is enough.
        caveat: how it is counted, where that is not plain; shown beside the numbers.
        says: of a snapshot: what of it differs from company to company, in words; shown beside the numbers.
    """

    name: str
    said: str
    kind: Kind
    needs: tuple[str, ...]
    customers: Callable[[Snapshot], ir.Table]
    came: Callable[[Snapshot, int, int], ir.Table]
    otherwise: float = 0.0
    horizons: int = 1
    caveat: str = ""
    says: Callable[[Snapshot], str] = lambda _: ""

    def begins(self, snapshot: Snapshot) -> date:
        """Return the first day from which all its tables have records; as-of where there is no such day."""
        firsts = (snapshot.since.get(name) for name in self.needs)
        return max((first for first in firsts if first), default=snapshot.as_of)

    def people(self, snapshot: Snapshot) -> Ints:
        """Return the numbers of everybody who is predicted, ascending."""
        return snapshot.kept(
            f"people of {self.name}",
            lambda: np.sort(
                engine.to_arrow(self.customers(snapshot).select("customer"))["customer"].to_numpy().astype(np.int32)
            ),
        )

    def seen(self, later: Snapshot, people: Ints, day: int, horizon: Horizon) -> Floats:
        """Return what came of `people` in the horizon after `day`; nan of whom it does not concern any more.

        Raises:
            ValueError: not all of it lies before the snapshot's as-of.
        """
        start = day + horizon.lead
        if start + horizon.days > later.day:
            raise ValueError(f"What comes until day {start + horizon.days} is not known on {later.as_of}.")
        rows = engine.to_arrow(self.came(later, start, start + horizon.days).select("customer", "came"))
        who = rows["customer"].to_numpy()
        came = rows["came"].cast("float64").to_numpy(zero_copy_only=False)
        found = np.full(len(people), self.otherwise)
        places = np.searchsorted(people, who)
        inside = places < len(people)
        inside[inside] = people[places[inside]] == who[inside]
        found[places[inside]] = came[inside]
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """What is foretold of each customer; arrays of one length n.

    Attributes:
        mean: the expected number, or the probability.
        low, high: limits. Of a count or an amount: of what the customer will be seen to do, chance included. Of a
            probability: of the probability itself.
        spread: variance of what the customer will be seen to do around `mean`, or None where that is not known.
        doubts: shape (k, n); how far the means move together along k independent directions of what the model does not
            know of its parameters, one standard deviation each: the variance of any sum of means is the sum over
            directions of its square. k is 0 where the model does not say.
        more: other numbers of each customer, by column, e.g. `alive`.
    """

    mean: Floats
    low: Floats
    high: Floats
    spread: Floats | None = None
    doubts: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    more: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.doubts):  # no directions, of as many customers
            object.__setattr__(self, "doubts", np.zeros((0, len(self.mean))))


def less_sure(told: Forecast, off: float, level: float) -> Forecast:
    """Return probabilities with limits that hold, too, how far they were off on past days.

    Args:
        told: probabilities with limits for doubt about parameters.
        off: standard deviation of what log odds were off on past days.
        level: of the limits.
    """
    inside = (np.clip(part, 1e-9, 1 - 1e-9) for part in (told.low, told.mean, told.high))
    low, middle, high = (special.logit(part) for part in inside)
    further = z(level) * off
    return replace(
        told,
        low=np.minimum(special.expit(middle - np.hypot(middle - low, further)), told.mean),
        high=np.maximum(special.expit(middle + np.hypot(high - middle, further)), told.mean),
    )


def joined(parts: Sequence[Forecast]) -> Forecast:
    """Return the forecasts of several groups of customers as one."""
    first = parts[0]
    return Forecast(
        mean=np.concatenate([part.mean for part in parts]),
        low=np.concatenate([part.low for part in parts]),
        high=np.concatenate([part.high for part in parts]),
        spread=None
        if first.spread is None
        else np.concatenate([part.spread for part in parts if part.spread is not None]),
        doubts=np.concatenate([part.doubts for part in parts], axis=1),
        more={name: np.concatenate([part.more[name] for part in parts]) for name in first.more},
    )


class Fitted(Protocol):
    """A model that has learned, for one horizon, because what is learned may depend on it."""

    @property
    def n(self) -> int:
        """Customers that it was learned from."""
        ...

    @property
    def method(self) -> str:
        """How limits are had, e.g. "Gamma-Poisson"."""
        ...

    @property
    def learned(self) -> object:
        """What was learned: numbers and texts in mappings, sequences and dataclasses, so that it is kept as JSON."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found on the way that a reader should know, in words."""
        ...

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return what is foretold of the outcome's customers, ascending by number."""
        ...


#: Learns from a snapshot what it takes to foretell a horizon; raises NotFitted where that cannot be learned.
Fit = Callable[[Snapshot, Horizon, np.random.Generator], Fitted]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A way to foretell what each customer will do.

    Attributes:
        name: stable snake_case key.
        question: what it answers, ending in "?".
        predicts: what is foretold.
        needs: canonical tables that must be there, besides those of the outcome.
        fit: learns from a snapshot for a horizon; draws only from the generator that it is given.
        source: where the method comes from.
        caveat: when not to trust it; shown beside the numbers.
        naive: whether it is the simple rule that other models of the same outcome are measured against.
        hedges: whether it combines others, and so is preferred to them where it foretells as well as they do.
        complexity: of models that foretell equally well, the one with the least is chosen.
        lives: whether, once fitted, it draws each customer's own rates (models/played.py), so that scenarios can be
            played.
        version: raised when predictions change.

    Raises:
        CatalogueError: `predicts` is no outcome.
    """

    name: str
    question: str
    predicts: Outcome
    fit: Fit
    source: str
    caveat: str
    needs: tuple[str, ...] = ()
    naive: bool = False
    hedges: bool = False
    complexity: int = 5
    lives: bool = False
    version: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.predicts, Outcome):
            raise CatalogueError(
                f"Model `{self.name}` predicts {self.predicts!r}, which is no Outcome. Import one, such as `orders` of "
                "`regulars.catalogue.models.outcomes`, or declare one, and write its name without quotes."
            )

    @property
    def tables(self) -> tuple[str, ...]:
        """Canonical tables that must be there."""
        return tuple(dict.fromkeys((*self.predicts.needs, *self.needs)))

    def predictions(self, snapshot: Snapshot, fitted: Fitted, level: float) -> Forecast:
        """Return what `fitted` foretells, checked: of each of the outcome's customers, and every number there.

        Raises:
            CatalogueError: the model breaks that promise.
        """
        found, size = fitted.predict(snapshot, level), len(self.predicts.people(snapshot))
        columns = {"mean": found.mean, "low": found.low, "high": found.high}
        columns |= {f"doubts[{at}]": one for at, one in enumerate(found.doubts)}
        columns |= {} if found.spread is None else {"spread": found.spread}
        for name, values in {**columns, **found.more}.items():
            if np.shape(values) != (size,):
                raise CatalogueError(
                    f"Model `{self.name}` gives {counted(np.size(values), 'number')} `{name}` for "
                    f"{counted(size, 'customer')} to be predicted. `predict` must give one of each, in the order of "
                    "their numbers."
                )
        bad = (found.low > found.high) | (found.mean < found.low) | (found.mean > found.high)
        for values in columns.values():
            bad |= ~np.isfinite(values)
        if self.predicts.kind is Kind.PROBABILITY:
            bad |= (found.low < 0) | (found.high > 1)
        if bad.any():
            raise CatalogueError(
                f"Model `{self.name}` gives {counted(int(bad.sum()), 'customer')} no sound prediction: `mean`, `low` "
                "and `high` must be numbers in that order, low <= mean <= high, and probabilities lie in 0 to 1."
            )
        return found
