"""What service costs per case, and what cases can be split by."""

from collections.abc import Sequence
from dataclasses import replace

from ibis import _

from regulars.app.provenance import Provenance, scaled
from regulars.core.estimate import Estimate, unknown
from regulars.core.money import UNITS
from regulars.core.periods import Period, day_number
from regulars.data.facts import units
from regulars.kpis.query import Records
from regulars.stats.intervals import poisson_exact

#: Raised when the definition changes.
VERSION = 1


def split_by(records: Records, fields: Sequence[str]) -> tuple[str, ...]:
    """Return those of the fields that are known of any case."""
    if "ticket_courses" not in records.tables:
        return ()
    rows = records.tables["ticket_courses"]
    known = records.run(rows.aggregate(**{name: rows[name].count() for name in fields}))[0]
    return tuple(name for name in fields if known[name])


def cost_per_case(records: Records, period: Period) -> Estimate:
    """Return what was spent on service in `period` over the cases that came in, in money.

    What was spent is in the books, how many came in is chance: the interval is that of their number.
    """
    provenance = Provenance(records=records, period=period, version=str(VERSION))
    lacking = [name for name in ("spend", "ticket_courses") if name not in records.tables]
    if lacking:
        needs = " and ".join("`tickets`" if name == "ticket_courses" else f"`{name}`" for name in lacking)
        return provenance.estimate(unknown(f"needs {needs}", level=provenance.level))
    start, end = day_number(period.start), min(day_number(period.end), day_number(records.as_of))
    spent = records.tables["spend"].filter((_.purpose == "service") & (_.spent_day >= start) & (_.spent_day < end))
    cases = records.tables["ticket_courses"].filter((_.day >= start) & (_.day < end))
    total = records.run(spent.aggregate(total=units(spent.amount).sum(), n=spent.count()))[0]
    count = int(records.run(cases.aggregate(n=cases.count()))[0]["n"])
    if not total["n"] or not count:
        why = "nothing was spent on service (`spend` with the purpose `service`)" if count else "no case came in"
        return provenance.estimate(unknown(why, level=provenance.level, n=count))
    arrivals = poisson_exact(count, level=provenance.level)
    money = int(total["total"]) / UNITS
    inverse = replace(
        arrivals,
        value=1 / count,
        low=1 / (arrivals.high or count),
        high=1 / arrivals.low if arrivals.low else float("inf"),
        method="Poisson exact, of the cases",
    )
    return provenance.estimate(scaled(inverse, money))
