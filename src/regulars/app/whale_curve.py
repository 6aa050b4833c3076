"""The whale curve: what the best customers bring, best first, as a share of what all of them do.

It rises above 1 as far as the others lose money, and comes down to 1 with the last of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.app.provenance import Provenance
from regulars.core.estimate import Estimate
from regulars.core.money import UNITS
from regulars.core.periods import Period
from regulars.data import engine
from regulars.kpis.flags import raised
from regulars.kpis.frame import Scope
from regulars.kpis.kpi import KPI
from regulars.kpis.plan import Split, per_customer
from regulars.kpis.query import Records
from regulars.kpis.sums import Ratio
from regulars.kpis.timeline import Timeline
from regulars.stats import concentration

#: Shares of customers, best first, in percent.
PERCENT = (1, 2, 5, *range(10, 101, 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whales:
    """What the best customers bring.

    Attributes:
        percent: of customers, best first.
        share: of what all of them bring.
    """

    percent: int
    share: Estimate


def whale_curve(kpi: KPI, records: Records, period: Period, percents: Sequence[int] = PERCENT) -> tuple[Whales, ...]:
    """Return the whale curve of the customers behind a KPI; nothing where nobody is.

    Args:
        kpi: a ratio to what customers bring, in money.
        records: what is asked; answers the KPI.
        period: local days, counted as one.
        percents: of customers.
    """
    assert isinstance(kpi.formula, Ratio)
    timeline = Timeline.of(period, records.as_of)
    scope = Scope(tables=records.tables, timeline=timeline, definitions=records.definitions, known_at=records.known_at)
    units, names = per_customer([kpi], kpi.frame, scope, Split())
    column = names[kpi.name]["b"]
    values = engine.to_arrow(units.select(column))[column].to_numpy() / UNITS
    if not len(values):
        return ()
    provenance = Provenance(
        records=records,
        period=period,
        version=kpi.versioned(records.definitions),
        flags=tuple(raised(records.flags, kpi.name, period, divided=False)),
    )
    return tuple(
        Whales(
            percent=percent,
            share=provenance.estimate(concentration.whale_curve_share(values, percent / 100, level=provenance.level)),
        )
        for percent in percents
    )
