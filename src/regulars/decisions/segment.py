"""Customers in groups to be treated alike: RFM segments and lifecycle states, how large, how valuable, and who moved.

Everything per customer is computed in the engine; what leaves it is at most a few hundred rows of counts and sums.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
from ibis import _

from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate
from regulars.core.periods import day_number
from regulars.data.whole_numbers import moments
from regulars.decisions.group import Facts, average, summed, value_share
from regulars.decisions.lifecycle import STATES, State, state_of, states
from regulars.decisions.rfm import BINS, SEGMENTS, Cuts, Segment, buyers, cut_points, scored, segment_at
from regulars.kpis.aggregations import Statistics
from regulars.kpis.frame import acting
from regulars.kpis.query import Records
from regulars.kpis.worth import COSTS_UNKNOWN
from regulars.stats import intervals
from regulars.stats.transitions import jeffreys

#: Days between the two dates of a migration where none are given.
STEP = 90

_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """One RFM segment.

    Attributes:
        segment: which.
        customers: how many.
        share: of all customers who ever ordered.
        value_share: of their value; may leave [0, 1] where some customers are worth less than nothing.
        average_value: mean value per customer, in the currency.
    """

    segment: Segment
    customers: int
    share: Estimate
    value_share: Estimate
    average_value: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """All RFM segments on one day.

    Attributes:
        on: the day before which orders count.
        cuts: where scores were cut.
        customers: who had ordered before `on`.
        rows: one per segment, in the order of SEGMENTS; empty ones too.
        bins: customers with score 1 to 5 of recency, frequency and value, as ties left them.
    """

    on: date
    cuts: Cuts
    customers: int
    rows: tuple[SegmentRow, ...]
    bins: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """One lifecycle state: how many customers, and what share of all who were ever active."""

    state: State
    customers: int
    share: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRow:
    """Where the customers of one group went.

    Attributes:
        name: the group before; `NEW_SINCE` for those who were in none.
        customers: how many.
        counts: of them, by group after, in the order of `Migration.columns`.
        shares: the same as shares of the row.
    """

    name: str
    customers: int
    counts: tuple[int, ...]
    shares: tuple[Estimate, ...]


#: The row of customers who were in no group before, and the column of those who are in none after.
NEW_SINCE, GONE = "new_since", "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """Who moved between two dates; rows add up to the groups before, columns to the groups after, exactly.

    Attributes:
        before: the earlier date.
        after: the later one.
        columns: names of the groups after, `GONE` last.
        rows: one per group before, `NEW_SINCE` last.
    """

    before: date
    after: date
    columns: tuple[str, ...]
    rows: tuple[MigrationRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one customer stands.

    Attributes:
        recency: days since the last order; None for who never ordered, as all that follows but `state`.
        frequency: order days.
        value: 1/10,000 of the currency.
        scores: recency, frequency and value, 1 to 5.
        segment: by them.
        state: lifecycle; None for who was never active.
    """

    recency: int | None = None
    frequency: int | None = None
    value: int | None = None
    scores: tuple[int, int, int] | None = None
    segment: Segment | None = None
    state: State | None = None


def segments(
    records: Records, *, on: date | None = None, cuts: Cuts | None = None, level: float | None = None
) -> Segmentation:
    """Return how large and how valuable every RFM segment was on the day `on`.

    Args:
        records: what is asked; needs orders.
        on: orders before it count; as-of where None.
        cuts: where scores are cut; the quintiles of the day `on` where None.
        level: coverage of intervals; the company's where None.

    Raises:
        QueryError: orders are not known, or nobody had ordered before `on`.
    """
    _need(records, "orders")
    on, level = on or records.as_of, level or records.definitions.level
    cuts = cuts or cut_points(records, on)
    known = scored(buyers(records, on), cuts)
    cells = records.run(known.group_by("r", "f", "m", "segment").aggregate(**moments(known.value)))
    parts = [summed([cell for cell in cells if cell["segment"] == index]) for index in range(len(SEGMENTS))]
    whole = summed(cells)
    flags = () if cuts.with_costs else (COSTS_UNKNOWN,)
    facts = Facts(records=records, on=on, version=f"{_VERSION} (cut on {cuts.on})")
    return Segmentation(
        on=on,
        cuts=cuts,
        customers=whole["n"],
        rows=tuple(
            SegmentRow(
                segment=segment,
                customers=part["n"],
                share=facts.estimate(intervals.wilson(part["n"], whole["n"], level=level)),
                value_share=facts.estimate(value_share(part, whole, level), flags),
                average_value=facts.estimate(average(part, level), flags),
            )
            for segment, part in zip(SEGMENTS, parts, strict=True)
        ),
        bins={name: _bins(cells, score) for name, score in (("recency", "r"), ("frequency", "f"), ("value", "m"))},
    )


def _bins(cells: Sequence[Statistics], score: str) -> tuple[int, ...]:
    return tuple(sum(cell["n"] for cell in cells if cell[score] == bin) for bin in range(1, BINS + 1))


def lifecycle(records: Records, *, on: date | None = None, level: float | None = None) -> tuple[StateRow, ...]:
    """Return how many customers were in every lifecycle state on the day `on` (as-of where None).

    Raises:
        QueryError: neither events nor orders are known.
    """
    _need(records, "events", "orders")
    on, level = on or records.as_of, level or records.definitions.level
    counted = records.run(states(records, on).group_by("state").aggregate(n=_.count()))
    found = {row["state"]: row["n"] for row in counted}
    facts = Facts(records=records, on=on, version=_of_states(records))
    return tuple(
        StateRow(
            state=state,
            customers=found.get(index, 0),
            share=facts.estimate(intervals.wilson(found.get(index, 0), sum(found.values()), level=level)),
        )
        for index, state in enumerate(STATES)
    )


def segment_migration(
    records: Records,
    *,
    before: date | None = None,
    after: date | None = None,
    cuts: Cuts | None = None,
    level: float | None = None,
) -> Migration:
    """Return who moved between RFM segments, cut at the same points on both dates.

    Args:
        records: what is asked; needs orders.
        before: the earlier date; `STEP` days before `after` where None.
        after: the later date; as-of where None.
        cuts: where scores are cut on both dates; the quintiles of `after` where None.
        level: coverage of intervals; the company's where None.

    Raises:
        QueryError: orders are not known, `before` is not before `after`, or nobody had ordered by then.
    """
    _need(records, "orders")
    before, after = _dates(records, before, after)
    cuts = cuts or cut_points(records, after)
    early, late = (scored(buyers(records, on), cuts).select("customer", group="segment") for on in (before, after))
    facts = Facts(records=records, on=after, since=before, version=f"{_VERSION} (cut on {cuts.on})")
    return _migration(facts, early, late, tuple(segment.name for segment in SEGMENTS), before, level)


def lifecycle_migration(
    records: Records, *, before: date | None = None, after: date | None = None, level: float | None = None
) -> Migration:
    """Return who moved between lifecycle states; dates as in `segment_migration`.

    Raises:
        QueryError: neither events nor orders are known, or `before` is not before `after`.
    """
    _need(records, "events", "orders")
    before, after = _dates(records, before, after)
    early, late = (states(records, on).select("customer", group="state") for on in (before, after))
    facts = Facts(records=records, on=after, since=before, version=_of_states(records))
    return _migration(facts, early, late, tuple(STATES), before, level)


def segment_of(
    records: Records, customers: Collection[int], cuts: Cuts | None, *, on: date | None = None
) -> dict[int, Standing]:
    """Return where single customers stand, reading their rows only.

    Args:
        records: what is asked.
        customers: their numbers.
        cuts: of `cut_points`; None where orders are not known.
        on: the day before which rows count; as-of where None.
    """
    purchases = _rows_of(customers, records.tables["purchase_days"], records) if cuts else []
    active = _rows_of(customers, acting(records.tables), records)
    return {
        customer: standing(
            [row for row in purchases if row["customer"] == customer],
            [row["day"] for row in active if row["customer"] == customer],
            cuts,
            on=day_number(on or records.as_of),
            lapse=records.definitions.lapse_days,
        )
        for customer in customers
    }


def standing(
    purchases: Iterable[Mapping[str, Any]], active: Iterable[int], cuts: Cuts | None, *, on: int, lapse: int
) -> Standing:
    """Return where a customer stands, from rows of `purchase_days` and the numbers of their active days."""
    bought = [row for row in purchases if row["day"] < on]
    days = [row["day"] for row in bought if row["orders"]]
    state = state_of(active, on, lapse)
    if not days or cuts is None:
        return Standing(state=state)
    recency, frequency, value = on - max(days), len(days), sum(row["value"] for row in bought)
    scores = cuts.scores(recency, frequency, value)
    return Standing(
        recency=recency,
        frequency=frequency,
        value=value,
        scores=scores,
        segment=segment_at(scores[0], scores[1]),
        state=state,
    )


def _rows_of(customers: Collection[int], days: ir.Table, records: Records) -> list[dict[str, Any]]:
    return records.run(days.filter(days.customer.isin(sorted(customers))))


def _of_states(records: Records) -> str:
    return f"{_VERSION} (lapse_days={records.definitions.lapse_days})"


def _migration(
    facts: Facts, early: ir.Table, late: ir.Table, names: tuple[str, ...], before: date, level: float | None
) -> Migration:
    level = level or facts.records.definitions.level
    late = late.select(whose=late.customer, then=late.group)
    pairs = early.outer_join(late, early.customer == late.whose)
    counted: Mapping[tuple[Any, Any], int] = {
        (row["group"], row["then"]): row["n"]
        for row in facts.records.run(pairs.group_by("group", "then").aggregate(n=_.count()))
    }
    places = (*range(len(names)), None)
    rows = []
    for name, place in zip((*names, NEW_SINCE), places, strict=True):
        counts = tuple(counted.get((place, then), 0) for then in places)
        shares = tuple(facts.estimate(jeffreys(count, sum(counts), level=level)) for count in counts)
        rows.append(MigrationRow(name=name, customers=sum(counts), counts=counts, shares=shares))
    return Migration(before=before, after=facts.on, columns=(*names, GONE), rows=tuple(rows))


def _dates(records: Records, before: date | None, after: date | None) -> tuple[date, date]:
    after = after or records.as_of
    before = before or after - timedelta(days=STEP)
    if before >= after:
        raise QueryError(f"`{before}` is not before `{after}`. Exchange the dates.")
    return before, after


def _lacks(records: Records, *any_of: str) -> bool:
    return not records.covered.keys() & set(any_of)


def _need(records: Records, *any_of: str) -> None:
    if _lacks(records, *any_of):
        raise QueryError(f"This needs {' or '.join(f'`{name}`' for name in any_of)}, and the records hold none.")
