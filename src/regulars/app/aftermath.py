"""What customers did after they said something, or after something went wrong: association, never effect."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.app.provenance import Provenance
from regulars.core.estimate import Estimate
from regulars.core.money import UNITS
from regulars.core.periods import Period, day_number
from regulars.core.wording import counted
from regulars.data import circumstances, engine
from regulars.data.answers import one_kind
from regulars.data.driver import About, Driver
from regulars.kpis.frame import missing
from regulars.kpis.kpi import Shows
from regulars.kpis.query import Records
from regulars.stats.adjusted import standardised
from regulars.stats.contrasts import benjamini_hochberg

#: Raised when the method changes.
VERSION = 1
#: Days of the past over which orders are counted, to compare customers who bought alike.
YEAR = 365
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What happened to some customers and not to others, each once: the first time.

    Attributes:
        name: stable key.
        said: in words.
        rows: `customer`, `day` and `group`.
        reference: the group that others are held against.
        owner: the team that can do something about it.
    """

    name: str
    said: str
    rows: ir.Table
    reference: str
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is counted afterwards.

    Attributes:
        name: stable key.
        said: in words, of a customer.
        shows: a share or money.
    """

    name: str
    said: str
    shows: Shows


BOUGHT = Outcome(name="bought", said="bought again", shows=Shows.SHARE)
SPENT = Outcome(name="spent", said="spent", shows=Shows.MONEY)
LEFT = Outcome(name="left", said="ended the contract", shows=Shows.SHARE)


@dataclass(frozen=True, kw_only=True)
class After:
    """What one group did afterwards.

    Attributes:
        exposure, outcome: of what.
        group: which.
        customers: in it.
        raw: their mean outcome; `adjusted`: were they like all in tenure, past orders and spend.
        difference: adjusted less that of the reference group; None of the reference itself.
        q_value: of no difference, among all that is shown; 1 of the reference.
        found: whether the group is called different.
        spread: standard deviation of one customer's outcome.
    """

    exposure: Exposure
    outcome: Outcome
    group: str
    customers: int
    raw: Estimate
    adjusted: Estimate
    difference: Estimate | None
    q_value: float
    found: bool
    spread: float


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What customers did afterwards.

    Attributes:
        days: after which they were followed.
        rows: by exposure, outcome and group, the reference first.
        notes: what could not be told, and why.
    """

    days: int
    rows: tuple[After, ...]
    notes: tuple[str, ...]


def aftermath(
    records: Records, declared: Mapping[str, Driver], period: Period, more: Iterable[Exposure] = ()
) -> Aftermath:
    """Return what customers did in the `repeat_days` after what happened to them in `period`.

    Args:
        records: what is asked.
        declared: operational facts; those that say when it went wrong count.
        period: local days in which it happened.
        more: further things that happened (themes of comments).
    """
    days = records.definitions.repeat_days
    provenance = Provenance(records=records, period=period, version=f"{VERSION} (repeat_days={days})")
    notes: list[str] = []
    rows: list[After] = []
    for exposure in (*_answered(records), *_went_wrong(records, declared), *more):
        for outcome in _outcomes(records):
            found, why = _after(records, exposure, outcome, days, provenance)
            rows += found
            notes += [f"{exposure.said}, {outcome.said}: {why}"] if why else []
    return Aftermath(days=days, rows=tuple(_called(rows, records)), notes=tuple(notes))


def _called(rows: list[After], records: Records) -> Iterator[After]:
    others = [row for row in rows if row.difference is not None]
    q = iter(benjamini_hochberg([row.q_value for row in others]).tolist() if others else [])
    limit = records.definitions.false_discovery
    for row in rows:
        if row.difference is None:
            yield row
            continue
        value = next(q)
        yield replace(row, q_value=value, found=value <= limit and not row.difference.interval.why_not)


def _outcomes(records: Records) -> Iterator[Outcome]:
    if "purchase_days" in records.tables:
        yield BOUGHT
        yield SPENT
    if "contract_spells" in records.tables:
        yield LEFT


def _answered(records: Records) -> Iterator[Exposure]:
    if "answers" not in records.tables:
        return
    for touchpoint in ("relational", "transactional"):
        rows = one_kind(records.tables["answers"], "nps", touchpoint)
        band = ibis.cases(
            (rows.score >= 9 * UNITS, "promoter"), (rows.score <= 6 * UNITS, "detractor"), else_="passive"
        )
        yield Exposure(
            name=f"{touchpoint}_nps",
            said=f"after a {touchpoint} NPS answer",
            rows=rows.select("customer", "day", group=band),
            reference="passive",
            owner="service",
        )


def _went_wrong(records: Records, declared: Mapping[str, Driver]) -> Iterator[Exposure]:
    made = {About.ORDER: ("orders", circumstances.orders), About.CASE: ("ticket_courses", circumstances.cases)}
    for driver in declared.values():
        table, build = made[driver.about]
        lacks = records.columns is not None and any(missing(driver.reads, records.columns))
        if driver.bad is None or table not in records.tables or lacks:
            continue
        things = build(records.tables)
        named = things.rename({f"{driver.about}_{name}": name for name in things.columns if name != "customer"})
        # From the day of the order, or on which the case came in, however it went: what arrives late begins later, and
        # of a customer's orders those that come first are the punctual ones.
        when = named["order_ordered_day" if driver.about is About.ORDER else "case_day"]
        dated = named.mutate(begun=when.cast("int32"), day=ibis.literal(day_number(records.as_of), type="int32"))
        bad = driver.of(dated)[1]
        assert bad is not None
        # Of what is not known (an order that was picked up has no delivery) nobody can tell: it is in neither group.
        rows = dated.select("customer", day="begun", group=ibis.cases((bad, "wrong"), (~bad, "well")))
        yield Exposure(
            name=driver.name,
            said=f"where {driver.bad_said}",
            rows=rows.filter(rows.group.notnull() & rows.day.notnull() & (rows.customer > 0)),
            reference="well",
            owner=driver.owner,
        )


def _after(
    records: Records, exposure: Exposure, outcome: Outcome, days: int, provenance: Provenance
) -> tuple[list[After], str]:
    """Return what each group did, or why that cannot be told."""
    columns = _followed(records, exposure, outcome, days, provenance.period)
    labels = columns.pop("group")
    y = columns.pop("outcome")
    groups = sorted(set(labels.tolist()))
    if exposure.reference not in groups or len(groups) < 2:
        return [], f"{counted(len(y), 'customer')} could be followed, not of two groups"
    shares = outcome.shows is Shows.SHARE
    found = standardised(y, labels, columns, reference=exposure.reference, shares=shares, level=provenance.level)
    spread = float(np.std(y))
    return [
        After(
            exposure=exposure,
            outcome=outcome,
            group=one.name,
            customers=one.n,
            raw=provenance.estimate(one.raw),
            adjusted=provenance.estimate(one.adjusted),
            difference=None if one.difference is None else provenance.estimate(one.difference),
            q_value=one.p_value,
            found=False,
            spread=spread,
        )
        for one in found
    ], ""


def _followed(
    records: Records, exposure: Exposure, outcome: Outcome, days: int, period: Period
) -> dict[str, NDArray[Any]]:
    """Return, of each customer once, the group, the outcome, and what was known of them before."""
    start, end = day_number(period.start), min(day_number(period.end), day_number(records.as_of) - days)
    within = exposure.rows.filter((_.customer > 0) & (_.day >= start) & (_.day < end))
    placed = within.mutate(_place=ibis.row_number().over(group_by="customer", order_by=[_.day, _.group]))
    first = placed.filter(placed._place == 0).select("customer", "group", since="day")
    people = records.tables["people"].select(who="customer", entered="entered_day")
    known = first.left_join(people, first.customer == people.who).drop("who")
    # Whoever came by what happened has been a customer for no day yet.
    tenure = ibis.greatest(known.since - ibis.coalesce(known.entered, known.since), 0)
    known = known.mutate(tenure=tenure.cast("float64")).drop("entered")
    if "purchase_days" in records.tables:
        known = _with_purchases(known, records.tables["purchase_days"], days)
    if outcome is LEFT:
        known = _with_contracts(known, records.tables["contract_spells"], days)
    made = {BOUGHT.name: "again", SPENT.name: "later", LEFT.name: "left"}
    wanted = known.mutate(outcome=known[made[outcome.name]].cast("float64")).order_by("customer")
    table = engine.to_arrow(wanted)
    columns: dict[str, NDArray[Any]] = {
        "group": table["group"].to_numpy(),
        "outcome": table["outcome"].to_numpy(),
        "tenure": np.log1p(table["tenure"].to_numpy()),
    }
    if "purchase_days" in records.tables:
        columns["orders"] = np.log1p(table["orders"].to_numpy())
        columns["spend"] = np.log1p(np.maximum(table["spend"].to_numpy(), 0.0))
    return columns


def _with_purchases(known: ir.Table, days_table: ir.Table, days: int) -> ir.Table:
    days_of = days_table.filter(_.customer > 0).select(buyer="customer", on="day", bought="orders", money="value")
    both = known.join(days_of, known.customer == days_of.buyer)
    recent = (both.on <= both.since) & (both.on > both.since - YEAR)
    later = (both.on > both.since) & (both.on <= both.since + days)
    sums = both.group_by(buyer=both.customer).aggregate(
        orders=ibis.ifelse(recent, both.bought, 0).sum(),
        spend=ibis.ifelse(recent, both.money, 0).sum() / UNITS,
        again=ibis.ifelse(later & (both.bought > 0), 1, 0).max(),
        later=ibis.ifelse(later, both.money, 0).sum() / UNITS,
    )
    joined = known.left_join(sums, known.customer == sums.buyer).drop("buyer")
    names = ("orders", "spend", "again", "later")
    return joined.mutate(**{name: joined[name].fill_null(0).cast("float64") for name in names})


def _with_contracts(known: ir.Table, spells: ir.Table, days: int) -> ir.Table:
    """Return those who were under contract, with whether it ended."""
    times = spells.select(holder="customer", start="start_day", end="end_day")
    held = known.join(times, known.customer == times.holder)
    under = held.filter((held.start <= held.since) & (held.end > held.since))
    ended = ibis.ifelse(under.end <= under.since + days, 1, 0)
    last = under.group_by(holder=under.customer).aggregate(left=ended.min())
    return known.join(last, known.customer == last.holder).drop("holder")
