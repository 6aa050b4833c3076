"""What service costs by what it was worked on, and what of its capacity nobody used (time-driven costing)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ibis import _

from regulars.app.provenance import Provenance, scaled
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate
from regulars.core.money import UNITS
from regulars.core.periods import Period, day_number
from regulars.data.whole_numbers import moments
from regulars.kpis import serving
from regulars.kpis.query import Records
from regulars.kpis.sums import Mean, Total
from regulars.stats.costing import Activity, Costing, costing

#: Raised when the definition changes.
VERSION = "1"
_MINUTES = Total(_.handled)
_EACH = Mean(_.handled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What cases about one topic cost.

    Attributes:
        name: the topic; "" of cases without one.
        cases: how many were worked on, as far as their time is known.
        each: what one costs, in money.
        total: what all of them do.
    """

    name: str
    cases: int
    each: Estimate
    total: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCosting:
    """What service costs.

    Attributes:
        topics: the dearest together first.
        costing: all of it, in money and minutes; capacity is what was used where it is not known.
        capacity_known: whether what was not used can be told.
    """

    topics: tuple[Topic, ...]
    costing: Costing
    capacity_known: bool


def service_costing(records: Records, period: Period) -> ServiceCosting:
    """Return what service cost in `period`, by topic, at the cost of a minute.

    What a minute costs is taken as known; how many cases come and how long they take is chance.

    Raises:
        QueryError: cases, their minutes or the cost of a minute are not known.
    """
    if "ticket_courses" not in records.tables:
        raise QueryError("What service costs is told by `tickets`, and the records hold none.")
    rate = _rate(records)
    start, end = day_number(period.start), min(day_number(period.end), day_number(records.as_of))
    rows = records.tables["ticket_courses"].filter((_.day >= start) & (_.day < end) & _.handled.notnull())
    found = records.run(rows.group_by("topic").aggregate(**moments(rows.handled)))
    if not found:
        raise QueryError("No case of the period says how long it was worked on (`tickets.handle_minutes`).")
    activities = {row["topic"] or "": _activity(row) for row in found}
    capacity = records.definitions.service_capacity_minutes
    minutes = serving.capacity_units(records.definitions) / UNITS * (end - start) if capacity else _used(activities)
    provenance = Provenance(records=records, period=period, version=_version(records))
    topics = (_topic(row, rate, provenance) for row in found)
    return ServiceCosting(
        topics=tuple(sorted(topics, key=lambda one: (-(one.total.interval.value or 0), one.name))),
        costing=costing(rate * minutes, minutes, activities),
        capacity_known=capacity is not None,
    )


def _version(records: Records) -> str:
    known = records.definitions
    said = (f"{name}={getattr(known, name)}" for name in ("service_minute_cost", "service_capacity_minutes"))
    return f"{VERSION} ({', '.join(said)})"


def _rate(records: Records) -> float:
    """Return what a minute costs, in money."""
    definitions = records.definitions
    if definitions.service_minute_cost is not None:
        return definitions.service_minute_cost
    if definitions.service_capacity_minutes is None or "spend" not in records.tables:
        raise QueryError(
            "What a minute of service costs is not known. Set `definitions.service_minute_cost`, or "
            "`definitions.service_capacity_minutes` and map `spend`."
        )
    found = records.run(serving.spent(records.tables, day_number(records.as_of)))
    if not found:
        raise QueryError("Nothing was spent on service (`spend` with the purpose `service`).")
    return int(found[0]["total"]) / (int(found[0]["days"]) * serving.capacity_units(definitions))


def _activity(row: Mapping[str, Any]) -> Activity:
    return Activity(minutes=int(row["x"]) / int(row["n"]) / UNITS, quantity=int(row["n"]))


def _used(activities: Mapping[str, Activity]) -> float:
    return sum(one.total_minutes for one in activities.values()) or 1.0


def _topic(row: Mapping[str, Any], rate: float, provenance: Provenance) -> Topic:
    each, total = (formula.estimate([row], provenance.level) for formula in (_EACH, _MINUTES))
    return Topic(
        name=row["topic"] or "",
        cases=int(row["n"]),
        each=provenance.estimate(scaled(each, rate / UNITS)),
        total=provenance.estimate(scaled(total, rate / UNITS)),
    )
