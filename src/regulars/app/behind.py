"""The customers that a number is made of: who counts, with what of theirs, those who weigh most first.

The number itself comes with them, as `query.answer` gives it: how many there are in all is its n, so nobody is counted
again. Rows of one customer that count for themselves (service cases, answers) are told together, with how many.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.app.measure import condition, naming
from regulars.app.parts import Part, Told, Value, told
from regulars.core.errors import QueryError, UnknownName
from regulars.core.estimate import Estimate, unknown
from regulars.core.periods import Grain, Period
from regulars.data.whole_numbers import narrow
from regulars.kpis import query
from regulars.kpis.answer import Row
from regulars.kpis.frame import Scope
from regulars.kpis.kpi import KPI, Shows
from regulars.kpis.plan import Split, per_customer
from regulars.kpis.query import Records
from regulars.kpis.question import Question
from regulars.kpis.timeline import Timeline

#: Most customers on a page.
MOST = 1000
#: Stands for everybody whose records name no customer.
_NAMELESS = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is told of every customer.

    Attributes:
        name: of the part of the formula.
        title: the same in words.
        shows: how it is written; None for yes or no.
    """

    name: str
    title: str
    shows: Shows | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A customer behind a number.

    Attributes:
        customer_id: who; "" for all rows together that name no customer.
        counted: how many units of theirs are in n: 1 where a customer is one.
        values: one per column; of several units together.
    """

    customer_id: str
    counted: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The customers behind one KPI of one group in one period.

    Attributes:
        row: the number that they make, with how many they are (`row.estimate.interval.n`).
        columns: what is told of each.
        rows: this page of them, those who weigh most first, then in the order of their ids.
        nameless: what counts and names no customer, together; None where there is none.
        next: what the next page begins after; "" where there is none.
    """

    row: Row
    columns: tuple[Column, ...] = ()
    rows: tuple[Member, ...] = ()
    nameless: Member | None = None
    next: str = ""

    @property
    def why_not(self) -> str:
        """Why there is no number; somebody is listed all the same where it has an n."""
        return self.row.estimate.interval.why_not

    @property
    def unit(self) -> str:
        """What n counts."""
        return self.row.kpi.frame.unit


def behind(
    name: str,
    kpis: Mapping[str, KPI],
    records: Records,
    *,
    period: Period,
    grain: Grain | None = None,
    by: Mapping[str, str | None] | None = None,
    where: str | None = None,
    after: str = "",
    most: int = 50,
) -> Behind:
    """Return the customers behind a number: who counts, and with what.

    Args:
        name: of the KPI.
        kpis: those that there are.
        records: what is asked.
        period: of the number.
        grain: how the question was cut of whose answer the number is one period: what came before a period (who came
            back, say) is the grain before it. None where the period was asked about as one.
        by: the group: what it was split by, with its value; None for those without one.
        where: condition on attributes of customers, as it was asked.
        after: `next` of the page before.
        most: rows on the page.

    Raises:
        UnknownName: no such KPI.
        QueryError: the period, group, condition or page cannot be.
    """
    if name not in kpis:
        raise UnknownName("KPI", name, kpis)
    if not 1 <= most <= MOST:
        raise QueryError(f"`{most}` is no number of rows. Write one from 1 to {MOST}.")
    begin, group = _begin(after), dict(by or {})
    records = naming(records, where, tuple(group))
    only = condition(where, records) if where else None
    question = Question(
        kpis=(name,),
        period=period,
        grain=grain,
        by=tuple(group),
        where=only.holds if only else None,
        nobody=only.nobody(records) if only else "",
    )
    timeline = _timeline(question, records)
    row = _number(question, group, kpis, records)
    if row.estimate.interval.why_not and not row.estimate.interval.n:
        return Behind(row=row)
    units, parts = _units(row.kpi, question, timeline, group, records)
    return _page(row, units, told(row.kpi, parts), begin, most, records)


def _timeline(question: Question, records: Records) -> Timeline:
    timeline = Timeline.of(question.period, records.as_of, question.grain)
    if timeline.count != 1:
        raise QueryError(f"`{question.period}` is {timeline.count} periods. A number is of one: choose it.")
    return timeline


def _number(question: Question, group: Mapping[str, str | None], kpis: Mapping[str, KPI], records: Records) -> Row:
    rows = query.answer(question, kpis, records)
    kpi = kpis[question.kpis[0]]
    if query.available(kpi, records) or question.nobody:
        return rows[0]
    found = next((row for row in rows if row.group == group), None)
    if found is not None:
        return found
    nobody = unknown("nobody of this group counts in the period", level=records.definitions.level)
    estimate = Estimate(
        interval=nobody, period=question.period, as_of=records.known_at, version=kpi.versioned(records.definitions)
    )
    return Row(kpi=kpi, group=group, estimate=estimate)


def _units(
    kpi: KPI, question: Question, timeline: Timeline, group: Mapping[str, str | None], records: Records
) -> tuple[ir.Table, Mapping[str, ir.Value]]:
    """Return the units of the group in the period, and the column of each part of the formula."""
    own = tuple(name for name in question.by if name not in records.attributes)
    people = records.tables["people"]
    if question.where is not None:
        people = people.filter(question.where(people))
    attributes = tuple(name for name in question.by if name not in own)
    split = Split(
        by=attributes,
        rows_by=own,
        people=people if attributes or question.where is not None else None,
        everyone=question.where is None,
    )
    scope = Scope(
        tables=records.tables,
        timeline=timeline,
        definitions=records.definitions,
        columns=own,
        known_at=records.known_at,
    )
    units, names = per_customer([kpi], kpi.frame, scope, split)
    for name, value in group.items():
        units = units.filter(units[name].isnull() if value is None else units[name] == value)
    return units, {part: units[column] for part, column in names[kpi.name].items()}


def _page(row: Row, units: ir.Table, said: Told, begin: tuple[int, int] | None, most: int, records: Records) -> Behind:
    known = records.run(_with_ids(_heaviest(units, said, begin, most), records))
    known.sort(key=lambda one: (one["who"] != _NAMELESS, -one["weight"], one["who"]))
    named = [one for one in known if one["who"] != _NAMELESS]
    rows, last = named[:most], named[most - 1] if len(named) > most else None
    nameless = next((_member(one, said.parts) for one in known if one["who"] == _NAMELESS), None)
    return Behind(
        row=row,
        columns=tuple(Column(name=part.name, title=part.title, shows=part.shows) for part in said.parts),
        rows=tuple(_member(one, said.parts) for one in rows),
        nameless=nameless,
        next=_token(last["weight"], last["who"]) if last else "",
    )


def _heaviest(units: ir.Table, said: Told, begin: tuple[int, int] | None, most: int) -> ir.Table:
    """Return one row per customer after `begin`, one more than asked for, and the nameless together before them."""
    whole = said.weight.round() if said.weight.type().is_floating() else said.weight
    sums = units.group_by(who=ibis.ifelse(units.customer > 0, units.customer, _NAMELESS).cast("int32")).aggregate(
        counted=narrow(said.counts.sum()),
        weight=ibis.coalesce(narrow(whole.cast("int64")), ibis.literal(0, type="int64")),
        **{_column(at): part.value for at, part in enumerate(said.parts)},
    )
    sums = sums.filter(_.counted > 0)
    if begin is not None:
        weight, who = begin
        later = (_.weight < weight) | ((_.weight == weight) & (_.who > who))
        sums = sums.filter((_.who == _NAMELESS) | later)
    order = [(sums.who != _NAMELESS).cast("int8"), sums.weight.desc(), sums.who]
    return sums.order_by(order).limit(most + 2)


def _with_ids(rows: ir.Table, records: Records) -> ir.Table:
    people = records.tables["people"]
    ids = people.select(person=people.customer, customer_id=people.customer_id)
    return rows.left_join(ids, rows.who == ids.person).drop("person")


def _column(at: int) -> str:
    # Parts are called as the formula likes; two that differ in capitals only would be one to the engine.
    return f"part_{at}"


def _member(found: Mapping[str, Any], parts: tuple[Part, ...]) -> Member:
    values = tuple(part.read(found[_column(at)]) for at, part in enumerate(parts))
    return Member(customer_id=found["customer_id"] or "", counted=found["counted"], values=values)


# --- pages ---------------------------------------------------------------------------------------------------------


def _token(weight: int, who: int) -> str:
    """Return what a page begins after, for addresses."""
    return urlsafe_b64encode(f"{weight}.{who}".encode()).decode().rstrip("=")


def _begin(token: str) -> tuple[int, int] | None:
    if not token:
        return None
    try:
        weight, who = map(int, urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().split("."))
    except (ValueError, binascii.Error):
        weight, who = -1, -1
    if not (0 <= weight < 1 << 63 and 0 < who < 1 << 31):
        raise QueryError(f"`{token}` is no page of this list. Begin at its start.")
    return weight, who
