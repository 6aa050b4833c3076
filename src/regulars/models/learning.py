"""Examples to learn from: what was known of customers on past days, and what came.

Each day's labels end where the next later day's begin, so no label is learned twice; all end before the snapshot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars.core.periods import day_number
from regulars.core.wording import counted
from regulars.data.snapshot import Snapshot
from regulars.models.model import Floats, Horizon, Ints, Outcome
from regulars.stats import additive
from regulars.stats.likelihood import NotFitted

#: Most past days that are learned from.
DAYS = 3
#: Most examples that are learned from; more say little more and cost much more.
MOST = 150_000

#: Numbers of some customers by feature.
Columns = Mapping[str, Floats]
#: Which rows: by number, or whether each.
Rows = NDArray[np.int_] | NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """Customers on past days; arrays of one length.

    Attributes:
        columns: what was known, by feature; nan where missing.
        came: what came.
        customer: whose.
        day: the past day, as a day number, latest first.
    """

    columns: Columns
    came: Floats
    customer: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.came)

    def taken(self, rows: Rows) -> "Examples":
        """Return some of the rows."""
        return Examples(
            columns=rows_of(self.columns, rows), came=self.came[rows], customer=self.customer[rows], day=self.day[rows]
        )

    def parts(self, count: int) -> Ints:
        """Return which of `count` parts of customers each lies in: by their order, since numbers hold later ones, too.

        A customer of several days lies in one part.
        """
        return np.asarray(np.unique(self.customer, return_inverse=True)[1] % count, dtype=np.int32)


def rows_of(columns: Columns, rows: Rows) -> dict[str, Floats]:
    """Return some rows of columns."""
    return {name: values[rows] for name, values in columns.items()}


def step_for(rows: int, most: int) -> int:
    """Return k where every k-th of `rows` customers is taken to have `most`: their order says nothing of them."""
    return max(1, -(-rows // most))


def held_out(columns: Columns, came: Floats, part: Ints, **how: Any) -> Floats:
    """Return log odds of customers of each part, by a model that was learned from all others; `how` as of its fit."""
    told = np.empty(len(came))
    for number in range(int(part.max()) + 1):
        out = part == number
        model = additive.fit(rows_of(columns, ~out), came[~out], kind="probability", **how)
        told[out] = model.scores(rows_of(columns, out))
    return told


def of(snapshot: Snapshot, people: Ints) -> dict[str, Floats]:
    """Return the features of `people`."""
    return {name: values[people].astype(np.float64) for name, values in snapshot.features.items()}


def examples(snapshot: Snapshot, outcome: Outcome, horizon: Horizon) -> Examples:
    """Return the examples of up to `DAYS` past days, as many before each as after.

    Raises:
        NotFitted: the records are too short.
    """
    return snapshot.kept(f"examples {outcome.name} {horizon}", lambda: _examples(snapshot, outcome, horizon))


def _examples(snapshot: Snapshot, outcome: Outcome, horizon: Horizon) -> Examples:
    begins = day_number(outcome.begins(snapshot))
    steps = (snapshot.day - horizon.reach - back * horizon.days for back in range(DAYS))
    days = [day for day in steps if day - horizon.days >= begins]
    if not days:
        need = 2 * horizon.days + horizon.lead
        raise NotFitted(
            f"records of {counted(snapshot.day - begins, 'day')} are too short to learn from: a horizon of "
            f"{counted(horizon.days, 'day')} needs records of {counted(need, 'day')}"
        )
    parts = [_on(snapshot, outcome, horizon, day, MOST // len(days)) for day in days]
    if not any(len(part) for part in parts):
        raise NotFitted("there was nobody to learn from")
    return Examples(
        columns={name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
        came=np.concatenate([part.came for part in parts]),
        customer=np.concatenate([part.customer for part in parts]),
        day=np.concatenate([part.day for part in parts]),
    )


def _on(snapshot: Snapshot, outcome: Outcome, horizon: Horizon, day: int, most: int) -> Examples:
    known = snapshot.past(day)
    people = outcome.people(known)
    people = people[:: step_for(len(people), most)]
    came = outcome.seen(snapshot, people, day, horizon)
    people, came = people[~np.isnan(came)], came[~np.isnan(came)]
    return Examples(
        columns=of(known, people), came=came, customer=people, day=np.full(len(people), day, dtype=np.int32)
    )
