"""The course of service cases, read off the changes of their states: one state machine for all KPIs of service.

A case is open from the day it comes in until it is solved or closed; any open state after that opens it again. The
customer waits while it is open, on hold or reopened, and does not while we wait for them (pending) or hold it to be
solved. A reply is a change by an agent that the customer saw; what a bot says is none, nor is opening a case for
somebody. What happened at one instant is taken in the order of states below.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.business_hours import DAY, OpenDay
from regulars.data import engine
from regulars.data.facts import FOREVER, Tables, numbered, units
from regulars.data.whole_numbers import narrow

#: States in the order in which changes at one instant are taken.
STATES = ("open", "reopened", "pending", "hold", "solved", "closed")
_ENDS = ("solved", "closed")
#: Who changed a case where that is not known; sorts before everybody.
_NOBODY = ""
_WAITING = ("open", "reopened", "hold")


def ticket_courses(tables: Tables, keys: ir.Table, open_days: Sequence[OpenDay]) -> ir.Table:
    """Return every case with what came of it; one without a customer has a negative number of its own.

    Instants are in seconds since 1970 UTC, `..._worked` the seconds of service until then (null where no business hours
    are set), days local. Null where it did not happen:

    * `replied`: the first human reply that the customer saw
    * `first_end`: when it was first solved or closed; `last_end`: when it last was, where it still is
    * `reopened_day`: when it was first opened again
    * `waited`: seconds that the customer waited, of cases that are solved or closed
    * `last_change`: the newest change of state
    * `human`: whether an agent did anything
    * `told`: whether it is known if anybody replied: an agent did, or every change says who made it
    * `next_day`: when the same customer's next case (about the same topic) came in
    """
    cases = numbered(_cases(tables), keys, "ticket_id")
    opened = cases.opened_at.epoch_seconds().cast("int64")
    told = _worked(cases.mutate(second=opened), open_days).select(
        "customer",
        "ticket_id",
        "channel",
        "topic",
        "priority",
        "team",
        "escalated",
        day="opened_day",
        opened="second",
        opened_worked="worked",
        due=_.sla_due_at.epoch_seconds().cast("int64"),
        due_day=_.sla_due_day,
        handled=units(_.handle_minutes),
    )
    told = _with_next(told)
    if "ticket_events" in tables:
        course = _courses(_changes(tables, told, open_days))
        told = told.left_join(course, told.ticket_id == course._ticket).drop("_ticket")
        told = told.mutate(told=told.told.fill_null(True))  # nobody did anything about a case without a change
    else:
        told = told.mutate({name: ibis.null(kind) for name, kind in _COURSE.items()})
    return told.order_by("customer", "day", "ticket_id")


def _cases(tables: Tables) -> ir.Table:
    """Return the cases; where only their changes are known, each came in with its first one, from nobody we know."""
    if "tickets" in tables:
        return tables["tickets"]
    first = tables["ticket_events"].group_by("ticket_id")
    cases = first.aggregate(opened_at=_.occurred_at.min(), opened_day=_.occurred_day.min())
    texts = ("customer_id", "channel", "topic", "priority", "team")
    return cases.mutate(
        **{name: ibis.null("string") for name in texts},
        escalated=ibis.null("boolean"),
        sla_due_at=ibis.null("timestamp(6)"),
        sla_due_day=ibis.null("int32"),
        handle_minutes=ibis.null("decimal(18, 4)"),
    )


_COURSE = {
    "replied": "int64",
    "replied_worked": "int64",
    "first_end": "int64",
    "first_end_worked": "int64",
    "first_end_day": "int32",
    "last_end": "int64",
    "last_end_worked": "int64",
    "last_end_day": "int32",
    "reopened_day": "int32",
    "waited": "int64",
    "waited_worked": "int64",
    "last_change": "int64",
    "human": "boolean",
    "told": "boolean",
}


def _with_next(told: ir.Table) -> ir.Table:
    """Add the day and second of the same customer's next case about the same topic; none where nobody is named."""
    order = [_.opened, _.ticket_id]
    # A case without a topic may be about anything: all of a customer's are then taken to be about one thing.
    mine = {"group_by": ["customer", "topic"], "order_by": order}
    return told.mutate(
        next_opened=ibis.ifelse(_.customer > 0, _.opened.lead().over(**mine), ibis.null("int64")),
        next_day=ibis.ifelse(_.customer > 0, _.day.lead().over(**mine), ibis.null("int32")),
    )


def _changes(tables: Tables, cases: ir.Table, open_days: Sequence[OpenDay]) -> ir.Table:
    """Return the changes of state, in order, each with what it means; a case is open from when it came in.

    `begins` says that the case is open for the first time or again, `ends` that it is over now and was not before;
    `opening` is the change by which the case was entered, whoever did it.
    """
    rows = tables["ticket_events"]
    place = ibis.cases(*((rows.state == state, number) for number, state in enumerate(STATES)), else_=len(STATES))
    seen = rows.select(
        "ticket_id",
        "state",
        "public",
        actor=rows.actor.fill_null(_NOBODY),
        day="occurred_day",
        second=rows.occurred_at.epoch_seconds().cast("int64"),
        place=place.cast("int8"),
    )
    came = cases.select(
        "ticket_id",
        "day",
        state=ibis.literal("open"),
        actor=ibis.literal("customer"),
        public=ibis.null("boolean"),
        second=cases.opened,
        place=ibis.literal(-1, type="int8"),
    ).select(seen.columns)
    changes = _worked(came.union(seen), open_days)
    mine = {"group_by": "ticket_id", "order_by": [_.second, _.place, _.actor]}
    known = changes.mutate(
        over=_.state.isin(_ENDS),
        before=_.state.lag().over(**mine),
        after_coming=(_.place.lag().over(**mine) == -1).fill_null(False),
        until=_.second.lead().over(**mine),
        until_worked=_.worked.lead().over(**mine),
    )
    was_over = _.before.isin(_ENDS).fill_null(False)
    return known.mutate(
        opening=_.before.isnull() | (_.after_coming & (_.state == "open")),
        begins=~_.over & (_.before.isnull() | was_over),
        again=~_.over & was_over,
        ends=_.over & ~was_over,
        newest=_.until.isnull(),
    )


def _courses(changes: ir.Table) -> ir.Table:
    reply = (_.actor == "agent") & _.public.fill_null(True) & ~_.opening
    waiting = _.state.isin(_WAITING) & _.until.notnull()
    course = changes.group_by(_ticket="ticket_id").aggregate(
        replied=_.second.min(where=reply),
        replied_worked=_.worked.min(where=reply),
        first_end=_.second.min(where=_.ends),
        first_end_worked=_.worked.min(where=_.ends),
        first_end_day=_.day.min(where=_.ends),
        last_end=_.second.max(where=_.ends),
        last_end_worked=_.worked.max(where=_.ends),
        last_end_day=_.day.max(where=_.ends),
        reopened_day=_.day.min(where=_.again),
        waited=ibis.ifelse(waiting, _.until - _.second, 0).sum().pipe(narrow),
        waited_worked=ibis.ifelse(waiting, _.until_worked - _.worked, 0).sum().pipe(narrow),
        last_change=_.second.max(),
        human=ibis.ifelse(_.actor == "agent", 1, 0).max() == 1,
        told=ibis.ifelse((_.actor == _NOBODY) & ~_.opening, 1, 0).max() == 0,
        over=ibis.ifelse(_.newest & _.over, 1, 0).max() == 1,
    )
    of_ended = ("last_end", "last_end_worked", "last_end_day", "waited", "waited_worked")
    ended = {name: ibis.ifelse(course.over, course[name], ibis.null(course[name].type())) for name in of_ended}
    told = course.mutate(**ended, told=course.told | course.replied.notnull())
    return told.select("_ticket", **{name: _[name].cast(kind) for name, kind in _COURSE.items()})


def ticket_runs(tables: Tables, courses: ir.Table) -> ir.Table:
    """Return the times [start_day, end_day) for which cases were open; one that still is runs to `FOREVER`.

    A case of which no change is known is open since it came in.
    """
    cases = courses.select("customer", "ticket_id", "channel", "topic", "priority", "team")
    if "ticket_events" not in tables:
        since = courses.select(*cases.columns, start_day="day", end_day=ibis.literal(FOREVER, type="int32"))
        return since.order_by("customer", "start_day", "ticket_id")
    changes = _changes(tables, courses, ())
    mine = {"group_by": "ticket_id", "order_by": [_.second, _.place, _.actor], "rows": (None, 0)}
    runs = (
        changes.mutate(run=ibis.ifelse(_.begins, 1, 0).sum().over(**mine))
        .group_by(_ticket=_.ticket_id, run=_.run)
        .aggregate(start_day=_.day.min(), end_day=_.day.min(where=_.ends).fill_null(FOREVER).cast("int32"))
    )
    found = cases.join(runs, cases.ticket_id == runs._ticket).drop("_ticket", "run")
    return found.order_by("customer", "start_day", "ticket_id")


def first_days(tables: Tables) -> tuple[int, int] | None:
    """Return the first and last UTC day, as day numbers, of cases and their changes; None where there are none."""
    spans = [
        rows.aggregate(low=rows[column].min(), high=rows[column].max())
        for name, column in (("tickets", "opened_at"), ("ticket_events", "occurred_at"))
        if name in tables and (rows := tables[name]) is not None
    ]
    found = engine.run(ibis.union(*spans) if len(spans) > 1 else spans[0]) if spans else []
    lows = [row["low"] for row in found if row["low"] is not None]
    highs = [row["high"] for row in found if row["high"] is not None]
    if not lows:
        return None
    return min(lows).toordinal() - _EPOCH, max(highs).toordinal() - _EPOCH


_EPOCH = 719_163  # date(1970, 1, 1).toordinal()


def service_spans(open_days: Sequence[OpenDay]) -> ir.Table:
    """Return when service was open: `start` and `end`, in seconds since 1970 UTC."""
    spans = [(day.day * DAY + start, day.day * DAY + end) for day in open_days for start, end in day.spans]
    return ibis.memtable(spans, schema={"start": "int64", "end": "int64"})


def worked_until(spans: ir.Table, second: int) -> ir.IntegerScalar:
    """Return the seconds of service until an instant, as `_worked` counts them."""
    return ibis.greatest(ibis.least(spans.end, second) - spans.start, 0).sum().cast("int64").as_scalar()


def _worked(rows: ir.Table, open_days: Sequence[OpenDay]) -> ir.Table:
    """Add `worked`, the seconds of service until `second`; null where no business hours are set."""
    if not open_days:
        return rows.mutate(worked=ibis.null("int64"))
    most = max(len(day.spans) for day in open_days)
    table = {"_day": [day.day for day in open_days], "_before": [day.before for day in open_days]}
    for place in range(most):
        spans = [day.spans[place] if place < len(day.spans) else (0, 0) for day in open_days]
        table |= {f"_from_{place}": [start for start, _end in spans], f"_to_{place}": [end for _start, end in spans]}
    days = ibis.memtable(table, schema=dict.fromkeys(table, "int64"))
    dated = rows.mutate(_day_of=(_.second // DAY).cast("int64"), _rest=(_.second % DAY).cast("int64"))
    known = dated.left_join(days, dated._day_of == days._day)
    worked = known._before
    for place in range(most):
        start, end = known[f"_from_{place}"], known[f"_to_{place}"]
        worked = worked + ibis.greatest(ibis.least(known._rest, end) - start, 0)
    return known.mutate(worked=worked).drop("_day_of", "_rest", *table)
