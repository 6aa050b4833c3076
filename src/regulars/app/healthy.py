"""The health score: 0 to 100 by the calibrated probability of leaving, where the past justifies one; else recency."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.app.foretell import AtRiskBy, Foretold
from regulars.core.periods import day_number
from regulars.data import engine
from regulars.kpis.query import Records
from regulars.models.justified import Condition, conditions


@dataclass(frozen=True, kw_only=True, eq=False)
class Health:
    """Health of every customer of whom it can be told.

    Attributes:
        by: of what: contracts or orders.
        found: probability of leaving by the monotone model, with its score on the past.
        conditions: that a score must meet.
        silent: days since each customer was last seen to do something: what is shown where no score is justified.
    """

    by: AtRiskBy
    found: Foretold
    conditions: tuple[Condition, ...]
    silent: NDArray[np.float64]

    @property
    def justified(self) -> bool:
        """Whether the past justifies a score."""
        return all(one.met for one in self.conditions)

    @property
    def scores(self) -> NDArray[np.float64]:
        """100 less the probability of leaving in percent."""
        return 100 * (1 - self.found.column("mean"))

    @property
    def percentiles(self) -> NDArray[np.float64]:
        """Share of customers who are no healthier, in percent."""
        scores = self.scores
        return 100 * np.searchsorted(np.sort(scores), scores, side="right") / max(len(scores), 1)


def health(by: AtRiskBy, found: Foretold, records: Records) -> Health:
    """Return the health of customers."""
    return Health(
        by=by,
        found=found,
        conditions=conditions(found.tried, found.said.trial.naive),
        silent=_silent(records)[found.column("customer")],
    )


def _silent(records: Records) -> NDArray[np.float64]:
    """Return days since each customer's last event or order, by number; nan of whom neither is known."""
    people = engine.to_arrow(records.tables["people"].select("customer"))["customer"].to_numpy()
    found = np.full(int(people.max(initial=0)) + 1, np.nan)
    for name in ("purchase_days", "activity_days"):
        if name not in records.tables:
            continue
        days = records.tables[name]
        last = days.filter(days.customer > 0).group_by("customer").aggregate(day=days.day.max())
        rows = engine.to_arrow(last)
        who = rows["customer"].to_numpy()
        found[who] = np.fmin(found[who], day_number(records.as_of) - rows["day"].to_numpy())
    return found
