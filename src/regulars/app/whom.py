"""Whom an action works on: learned from an experiment, of what was known of customers on the day it began."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from regulars.app.came_of import came_of
from regulars.app.experiment import Experiment
from regulars.app.foretell import snapshot_of
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError
from regulars.core.randomness import stream
from regulars.kpis.query import Records
from regulars.models.model import Floats
from regulars.models.uplift import Uplift, uplift

_SEED = 1


def whom(found: Experiment, workspace: Workspace, records: Records) -> Uplift:
    """Return on whom an action works, in money that a customer brings, less what doing it costs.

    Attributes of customers are known as they are today only, so they are left out: what came after the arms were drawn
    would pass for what was known before.

    Raises:
        QueryError: chance did not decide who was treated, it still runs, or what it cost is not known.
        DataError: there is too little to tell effects from.
    """
    one = found.readout
    cost = one.audience.said.get("cost_per_customer")
    if one.why_not:
        raise QueryError(f"On whom it works cannot be told: {one.why_not}.")
    if not one.finished:
        raise QueryError("On whom it works is told once all its days are on record.")
    if one.outcome("brought") is None:
        raise QueryError("On whom it works is told by what customers bring: that needs `orders`.")
    if cost is None:
        raise QueryError("On whom it works is told in money, and what it cost is not on record.")
    came = came_of(one.audience, found.members, records, one.seen)
    columns = _known(workspace, records, one.audience.as_of, came.customers)
    return uplift(
        columns,
        (~came.held).astype(np.float64),
        came.money("brought"),
        propensity=1 - one.audience.holdout,
        rng=stream(_SEED, f"whom {one.audience.name}"),
        cost=float(cost),
        level=records.definitions.level,
    )


def _known(workspace: Workspace, records: Records, day: date, customers: np.ndarray) -> Mapping[str, Floats]:
    """Return what was known of customers before a day, by feature, each of shape (n,); what is missing at the median.

    Features that say the same of everybody are left out.
    """
    past = snapshot_of(records, workspace.features).before(day)
    inside = customers <= past.most
    found: dict[str, Floats] = {}
    for name, values in past.features.items():
        x = np.full(len(customers), np.nan)
        x[inside] = values[customers[inside]]
        there = np.isfinite(x)
        if not there.any():
            continue
        found[name] = np.where(there, x, np.median(x[there]))
        if not there.all():
            found[f"{name} is known"] = there.astype(np.float64)
    return {name: x for name, x in found.items() if np.ptp(x)}
