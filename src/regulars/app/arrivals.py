"""How many customers become eligible for an action in a week, told by the last weeks on record."""

from dataclasses import replace
from datetime import date, timedelta

import ibis
import numpy as np
from ibis.expr import operations as ops

from regulars.core.estimate import Interval, unknown
from regulars.data import engine
from regulars.decisions.action import KNOWN, Action
from regulars.decisions.candidates import candidates
from regulars.kpis.query import Records
from regulars.stats.intervals import poisson_exact

#: Weeks that are looked back on.
WEEKS = 8
#: What is foretold, which is known of today only.
_FORETOLD = frozenset({"leaving", "alive", "comes", "clv"})


def weekly(action: Action, records: Records, *, level: float) -> Interval:
    """Return how many customers became eligible in a week on average, who were not in the weeks before.

    Args:
        action: for what.
        records: what is known; the past is looked at as it was known then.
        level: of the interval, by the exact limits of a Poisson number.
    """
    if name := depends_on(action):
        return unknown(f"whom it is for depends on `{name}`, which is known of today only", level=level)
    began = min((span.start for span in records.covered.values()), default=records.as_of)
    weeks = min(WEEKS, (records.as_of - began).days // 7 - 1)
    if weeks < 1:
        return unknown("there are no earlier weeks on record", level=level)
    seen = eligible(action, records, _ago(records, weeks))
    new = 0
    for back in range(weeks - 1, -1, -1):
        now = eligible(action, records, _ago(records, back))
        new += len(now - seen)
        seen |= now
    found = poisson_exact(new, level=level)
    low, high = ((found.low or 0.0) / weeks, (found.high or 0.0) / weeks)
    method = f"{found.method}, {weeks} weeks"
    return Interval(value=new / weeks, low=low, high=high, level=level, method=method, n=new)


def _ago(records: Records, weeks: int) -> date:
    return records.as_of - timedelta(days=7 * weeks)


def depends_on(action: Action) -> str:
    """Return what is foretold that says whom an action is for, and so is not known of the past; "" where nothing is."""
    known = action.eligible.resolve(ibis.table(KNOWN, name="known"))
    asked = {str(one.name) for one in known.op().find(ops.Field)}
    return min(_FORETOLD & asked, default="")


def eligible(action: Action, records: Records, day: date) -> set[int]:
    """Return the customers who had come before a day and for whom an action could have been done on it."""
    rows = candidates(replace(records, as_of=day))
    come = rows.days_since_first.fill_null(1) > 0
    found = rows.filter(action.eligible.resolve(rows).fill_null(False) & come).select("customer")
    return set(np.asarray(engine.to_arrow(found)["customer"].to_numpy(zero_copy_only=False)).tolist())
