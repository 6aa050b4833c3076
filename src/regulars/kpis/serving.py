"""What a minute of service costs: as the company says, or what service cost over its practical capacity."""

from collections.abc import Mapping

import ibis.expr.types as ir
from ibis import _

from regulars.core.definitions import Definitions
from regulars.core.money import UNITS
from regulars.core.periods import MONTH_DAYS
from regulars.data.facts import units


def spent(tables: Mapping[str, ir.Table], as_of: int) -> ir.Table:
    """Return one row of what service cost before day `as_of`: `total` in 1/10,000 and over how many `days`.

    No row where nothing was spent on it.
    """
    rows = tables["spend"].filter((_.purpose == "service") & (_.spent_day < as_of))
    total = rows.aggregate(total=units(rows.amount).sum(), days=_.spent_day.max() - _.spent_day.min() + 1)
    return total.filter(_.days.notnull())


def capacity_units(definitions: Definitions) -> float:
    """Return 1/10,000 of a minute that there are a day."""
    assert definitions.service_capacity_minutes is not None
    return definitions.service_capacity_minutes / MONTH_DAYS * UNITS
