"""Saved segments: customers told apart by rules of the company's own, how many, what they are worth, and who moved.

A saved segment may be named wherever an attribute of customers may: `with_saved` makes it one, `yes`, `no`, or null
of whom it cannot be told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from regulars.core.errors import QueryError, UnknownName
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import day_number
from regulars.core.segment_settings import SegmentSettings
from regulars.data import engine
from regulars.data.language import casts
from regulars.data.tables import Kind
from regulars.data.whole_numbers import moments
from regulars.decisions import rule as rules
from regulars.decisions.candidates import candidates
from regulars.decisions.group import Facts, average, summed, value_share
from regulars.decisions.rfm import Cuts, cut_points
from regulars.decisions.rule import NAMES, Rule
from regulars.decisions.segment import STEP
from regulars.kpis.answer import Scored
from regulars.kpis.query import FORETOLD, Records
from regulars.kpis.worth import COSTS_UNKNOWN, with_costs
from regulars.stats import intervals

#: What the attribute of a saved segment is.
YES, NO = "yes", "no"
_TWICE = "Segment `{name}` is called like an attribute of customers. Rename it in `regulars.toml`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Who entered and left since an earlier day.

    Attributes:
        since: that day.
        before: how many were in it.
        entered: how many are in it now and were not, who came as customers later among them.
        came: of those, how many came as customers later.
        left: how many were in it and are not.
        stayed: share of those in it who still are.
    """

    since: date
    before: int
    entered: int
    came: int
    left: int
    stayed: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """One saved segment.

    Attributes:
        name: what it is asked by.
        title: what people call it.
        said: what it is for.
        where: its rule.
        why_not: why nobody can be told by it; "" where they can.
        customers: how many are in it.
        untold: of how many it cannot be told.
        of: all customers.
        share: of all; its limits hold whatever those may be of whom it cannot be told.
        value_share: their share of the value of all; may leave [0, 1] where some are worth less than nothing.
        average_value: mean value of one, in the currency.
        moved: who entered and left; None where that cannot be told.
        unmoved: why it cannot; "" where it can.
        outcomes: what is foretold and used by the rule; beside it stands how well that went on past days.
    """

    name: str
    title: str
    said: str
    where: str
    why_not: str = ""
    customers: int = 0
    untold: int = 0
    of: int = 0
    share: Estimate | None = None
    value_share: Estimate | None = None
    average_value: Estimate | None = None
    moved: Moved | None = None
    unmoved: str = ""
    outcomes: tuple[str, ...] = ()


def titled(name: str, said: SegmentSettings) -> str:
    """Return what people call a saved segment."""
    return said.title or name.replace("_", " ").capitalize()


def rule_of(name: str, records: Records) -> Rule:
    """Return the rule of a saved segment.

    Raises:
        QueryError: it is not one, or the records do not know what it names.
    """
    where = records.segments[name].where
    try:
        return rules.checked(rules.read(where), records)
    except QueryError as cause:
        raise QueryError(f"Rule `{where}` of segment `{name}` in `regulars.toml`: {cause}") from cause


def members(rule: Rule, records: Records, *, on: date | None = None, cuts: Cuts | None = None) -> ir.Table:
    """Return `customer` and `holds`: whether the rule holds for them, null where it cannot be told.

    Of an earlier day only rules without `Rule.as_now` can be told; who was no customer yet is not among them.

    Args:
        rule: as `rules.checked` returns it.
        records: what is known.
        on: the day before which it was; as-of where None.
        cuts: where RFM scores are cut; the quintiles of as-of where None.
    """
    known, people = candidates(records, on=on, cuts=cuts), records.tables["people"]
    columns = {name: known[NAMES[name].column or name] for name in rule.known}
    if "orders" in columns:  # nobody's orders are unknown where orders are recorded: who has none has 0
        columns["orders"] = columns["orders"].fill_null(0)
    rows = known.select("customer", came="days_since_first", **{f"known {name}": one for name, one in columns.items()})
    own = people.select(person="customer", **{f"own {name}": people[name] for name in rule.own})
    rows = rows.left_join(own, rows.customer == own.person)
    if on is not None:
        rows = rows.filter(rows.came.isnull() | (rows.came > 0))
    named = {name: rows[f"known {name}"] for name in rule.known} | {name: rows[f"own {name}"] for name in rule.own}
    table = rows.select(whose="customer", **named)
    return table.select(customer="whose", holds=casts.compile(rule.said, table, Kind.BOOLEAN, casts.Reading()).value)


def told(name: str, records: Records) -> pa.Table:
    """Return `members` of a saved segment as of the end of the records.

    Raises:
        UnknownName: there is no such segment.
        QueryError: its rule is wrong, or nobody can be told by it.
    """
    if name not in records.segments:
        raise UnknownName("saved segment", name, records.segments)
    rule = rule_of(name, records)
    if why := rules.lacking(rule, records):
        raise QueryError(f"Of nobody it can be told whether they are in segment `{name}`: {why}.")
    return engine.to_arrow(members(rule, records))


def whose(name: str, records: Records) -> NDArray[np.int32]:
    """Return the numbers of the customers in a saved segment; errors as of `told`."""
    found = told(name, records)
    return np.asarray(found.filter(found["holds"].fill_null(False))["customer"].to_numpy(), dtype=np.int32)


def with_saved(records: Records, names: Collection[str]) -> Records:
    """Return the records with some saved segments as attributes of customers: `YES`, `NO`, or null.

    Raises:
        QueryError: a rule is wrong, or nobody can be told by it; or a segment is called like an attribute.
    """
    people = records.tables["people"]
    for name in names:
        if name in records.attributes:
            raise QueryError(_TWICE.format(name=name))
        held = ibis.memtable(told(name, records))
        marks = held.select(person="customer", **{name: ibis.cases((held.holds, YES), (~held.holds, NO))})
        people = people.left_join(marks, people.customer == marks.person).drop("person")
    return replace(records, tables={**records.tables, "people": people})


def saved(name: str, records: Records, *, moved: bool = True, level: float | None = None) -> Saved:
    """Return a saved segment; a rule that is wrong or cannot tell anybody says why.

    Args:
        name: of a segment of `records.segments`.
        records: what is known.
        moved: whether to tell who entered and left in the last `STEP` days.
        level: coverage of intervals; the company's where None.
    """
    said = records.segments[name]
    bare = Saved(name=name, title=titled(name, said), said=said.said, where=said.where)
    try:
        rule = rule_of(name, records)
    except QueryError as cause:
        return replace(bare, why_not=str(cause))
    if why := rules.lacking(rule, records):
        return replace(bare, why_not=why)
    found = _counted(bare, rule, records, level or records.definitions.level)
    return _with_moves(found, rule, records, level or records.definitions.level) if moved else found


def _counted(bare: Saved, rule: Rule, records: Records, level: float) -> Saved:
    facts = Facts(records=records, on=records.as_of, version=f"{bare.name} {rule.version}")
    cells = _cells(members(rule, records), records)
    there = {cell["holds"]: cell["customers"] for cell in cells}
    customers, untold, every = there.get(True, 0), there.get(None, 0), sum(there.values())
    found = replace(
        bare,
        customers=customers,
        untold=untold,
        of=every,
        share=facts.estimate(_share(customers, untold, every, level)),
        outcomes=tuple(table.removeprefix(FORETOLD) for table in _foretold(rule, records)),
    )
    if "purchase_days" not in records.tables or not customers:
        lacks = "nobody is in this segment" if "purchase_days" in records.tables else "needs `orders`"
        why = facts.estimate(unknown(lacks, level=level))
        return replace(found, value_share=why, average_value=why)
    whole, part = summed(cells), summed([cell for cell in cells if cell["holds"]])
    flags = () if with_costs(records) else (COSTS_UNKNOWN,)
    return replace(
        found,
        value_share=facts.estimate(value_share(part, whole, level), flags),
        average_value=facts.estimate(average(part, level), flags),
    )


def _share(customers: int, untold: int, every: int, level: float) -> Interval:
    """Return the share of a segment; the limits hold if none of those who cannot be told are in it, and if all are.

    References:
        Manski (2003), Partial Identification of Probability Distributions, chapter 1: worst-case bounds.
    """
    least = intervals.wilson(customers, every, level=level)
    if not untold or least.why_not:
        return least
    most = intervals.wilson(customers + untold, every, level=level)
    return replace(least, high=most.high, method="Wilson score, whoever cannot be told in or out")


def _cells(who: ir.Table, records: Records) -> Sequence[Mapping[str, Any]]:
    """Return how many customers the rule holds for, does not, and cannot be told of, with moments of their value."""
    if "purchase_days" not in records.tables:
        return records.run(who.group_by("holds").aggregate(customers=_.count()))
    days = records.tables["purchase_days"]
    days = days.filter((days.day < day_number(records.as_of)) & (days.customer > 0))
    worth = days.group_by(person=days.customer).aggregate(value=days.value.sum().cast("int64"))
    both = who.left_join(worth, who.customer == worth.person)
    valued = both.select("holds", value=both.value.fill_null(0))  # who never bought is worth 0 so far
    return records.run(valued.group_by("holds").aggregate(customers=_.count(), **moments(valued.value)))


def _with_moves(found: Saved, rule: Rule, records: Records, level: float) -> Saved:
    if rule.as_now:
        named = ", ".join(f"`{name}`" for name in rule.as_now)
        return replace(found, unmoved=f"{named} {'is' if len(rule.as_now) == 1 else 'are'} known as of today only")
    since = records.as_of - timedelta(days=STEP)
    if since <= min((span.start for span in records.covered.values()), default=since):
        return replace(found, unmoved=f"records begin less than {STEP} days ago")
    try:
        # Cut where they are cut today: who moves does so because of what they do.
        cuts = cut_points(records) if "rfm_segment" in rule.names else None
        before = members(rule, records, on=since, cuts=cuts)
    except QueryError as cause:
        return replace(found, unmoved=str(cause))
    counts = _pairs(before, members(rule, records), records)
    was = sum(n for (then, _now), n in counts.items() if then)
    stayed = counts.get((True, True), 0)
    facts = Facts(records=records, on=records.as_of, since=since, version=f"{found.name} {rule.version}")
    return replace(
        found,
        moved=Moved(
            since=since,
            before=was,
            entered=sum(n for (then, now), n in counts.items() if now and not then),
            came=counts.get((None, True), 0),
            left=sum(n for (then, now), n in counts.items() if then and not now),
            stayed=facts.estimate(
                intervals.wilson(stayed, was, level=level) if was else unknown("nobody was in it", level=level)
            ),
        ),
    )


def _pairs(before: ir.Table, after: ir.Table, records: Records) -> Mapping[tuple[bool | None, bool], int]:
    """Return customers by whether they were in it, None who were none yet, and whether they are; untold are not."""
    early = before.select(person="customer", then=before.holds.fill_null(False))
    late = after.select("customer", now=after.holds.fill_null(False))
    both = late.left_join(early, late.customer == early.person)
    rows = records.run(both.group_by("then", "now").aggregate(n=_.count()))
    return {(row["then"], row["now"]): row["n"] for row in rows}


def scores(rule: Rule, records: Records) -> tuple[Scored, ...]:
    """Return how well what a rule takes from predictions was foretold on past days."""
    return tuple(records.scores[table] for table in _foretold(rule, records))


def _foretold(rule: Rule, records: Records) -> tuple[str, ...]:
    """Return the tables of predictions that a rule is made of."""
    tables = dict.fromkeys(table for name in rule.foretold for table in NAMES[name].needs)
    return tuple(table for table in tables if table in records.scores)
