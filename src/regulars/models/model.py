"""What a model is: one declaration, scored and shown in the same way as every other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import ibis.expr.types as ir
import numpy as np
from ibis import Deferred

from regulars.core.errors import CatalogueError
from regulars.core.periods import day_number
from regulars.data import engine
from regulars.data.snapshot import Snapshot

#: What a prediction table has beside `customer`: the expected number, and the limits of what will be seen.
COLUMNS = ("mean", "low", "high")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Something that customers will or will not do, and that later records tell.

    Attributes:
        name: stable snake_case key.
        unit: of its numbers, e.g. "orders".
        table: the fact that tells it; one with a `day`.
        formula: what a customer's rows of the days asked about amount to, e.g. `_.orders.sum()`.
        otherwise: what it is for a customer without a row on these days.
        since: the day in `people` from which on a customer is expected to do it; who has none is not predicted.
    """

    name: str
    unit: str
    table: str
    formula: Deferred
    since: str
    otherwise: float = 0.0

    def customers(self, snapshot: Snapshot) -> ir.Table:
        """Return `customer` and `customer_id` of everybody who is predicted."""
        people = snapshot.tables["people"]
        return people.filter(people[self.since].notnull()).select("customer", "customer_id")

    def came(self, known: Snapshot, start: date, end: date) -> ir.Table:
        """Return `customer` and what `came` from `start` up to, not including, `end`; only of those with rows."""
        if end > known.as_of:
            raise ValueError(f"What came before {end} is not known on {known.as_of}.")
        rows = known.tables[self.table]
        within = rows.filter((rows.day >= day_number(start)) & (rows.day < day_number(end)))
        return within.group_by("customer").aggregate(came=self.formula.name("came"))


class Fitted(Protocol):
    """A model that has learned: a frozen dataclass of plain numbers, so that it can be kept as JSON.

    It is fitted for one horizon, because what is learned may depend on it.
    """

    @property
    def n(self) -> int:
        """Customers that it was learned from."""
        ...

    @property
    def method(self) -> str:
        """How limits are had, e.g. "Gamma-Poisson"."""
        ...

    def predict(self, snapshot: Snapshot, level: float) -> ir.Table:
        """Return one row for each of the outcome's customers: `customer` and COLUMNS, as numbers.

        `low` and `high` are to hold what the customer will be seen to do with probability `level`: chance included,
        not only doubt about the mean.
        """
        ...


#: Learns from a snapshot what it takes to foretell the next so many days.
Fit = Callable[[Snapshot, int, np.random.Generator], Fitted]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A way to foretell what each customer will do.

    Attributes:
        name: stable snake_case key.
        question: what it answers, ending in "?".
        predicts: what is foretold.
        needs: canonical tables that must be there.
        fit: learns from a snapshot for the next so many days; draws only from the generator that it is given.
        source: where the method comes from.
        caveat: when not to trust it; shown beside the numbers.
        naive: whether it is the simple rule that other models of the same outcome are measured against.
        version: raised when predictions change.
    """

    name: str
    question: str
    predicts: Outcome
    needs: tuple[str, ...]
    fit: Fit
    source: str
    caveat: str
    naive: bool = False
    version: int = 1

    def predictions(self, snapshot: Snapshot, fitted: Fitted, level: float) -> ir.Table:
        """Return what `fitted` foretells, checked: each of the outcome's customers once, and every number there.

        Raises:
            CatalogueError: the model breaks that promise.
        """
        told = fitted.predict(snapshot, level)
        found = told.select("customer", **{name: told[name].cast("float64") for name in COLUMNS})
        wanted = self.predicts.customers(snapshot).select("customer")
        numbers = [found[name].isnull() | found[name].isnan() | found[name].isinf() for name in COLUMNS]
        sums = engine.run(
            found.aggregate(
                rows=found.count(),
                customers=found.customer.nunique(),
                expected=found.customer.isin(wanted.customer).sum(),
                size=wanted.count().as_scalar(),
                bad=(numbers[0] | numbers[1] | numbers[2] | (found.low > found.high)).sum(),
            )
        )[0]
        if not sums["rows"] == sums["customers"] == (sums["expected"] or 0) == sums["size"]:
            raise CatalogueError(
                f"Model `{self.name}` gives {sums['rows']:,} rows of {sums['customers']:,} customers for "
                f"{sums['size']:,} who are to be predicted. `predict` must give each of them one row, and nobody else."
            )
        if sums["bad"]:
            raise CatalogueError(
                f"Model `{self.name}` gives {sums['bad']:,} rows without a number, or with `low` above `high`. "
                "Every prediction needs `mean`, `low` and `high`."
            )
        return found
