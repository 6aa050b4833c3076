"""Service cases: what came of them, how many are open, and who asks for help."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.catalogue.frames.entrants import LIFE
from regulars.data.ticket_course import worked_until
from regulars.kpis.frame import Frame, Scope, acting, any_of, flag, mature, spread

SPLITS = ("channel", "topic", "priority", "team")
_EVENTS = ("ticket_events",)
_CASES = (("tickets", "ticket_events"),)
_MINUTE = 60
_UNTOLD = "the records do not say who changed cases (`ticket_events.actor`)"


def _until(name: str, reached: str, *, business: bool = False) -> Frame:
    """Return the frame of the times from opening a case to the instant `reached`, in seconds.

    A case that has not come so far is censored, not dropped.
    """
    by_whom = reached == "replied"

    def build(scope: Scope) -> ir.Table:
        rows, worked = scope.tables["ticket_courses"], "_worked" if business else ""
        rows = rows.mutate(
            start=rows[f"opened{worked}"],
            reached=rows[f"{reached}{worked}"],
            # What is over waits for nothing any more.
            until=ibis.coalesce(rows[f"last_end{worked}"], _now(scope, business)),
        )
        known = rows.filter(rows.start.notnull() & (rows.told if by_whom else True))
        seconds = ibis.greatest(ibis.coalesce(known.reached, known.until) - known.start, 0)
        return known.select(
            "customer",
            *SPLITS,
            period=scope.timeline.index(known.day),
            days=(seconds // _MINUTE * _MINUTE).cast("int32"),  # to the minute: a life table has a row for each
            late=ibis.literal(0, type="int32"),
            ended=flag(known.reached.notnull()),
            censored=flag(known.reached.isnull()),
        )

    def lacks(scope: Scope) -> Iterator[tuple[str, ir.Table]]:
        if by_whom:
            yield _UNTOLD, scope.tables["ticket_courses"].filter(_.told)
        if business:
            why = "no business hours are set (`service.hours` of `regulars.toml`)"
            yield why, scope.tables["ticket_courses"].filter(_.opened_worked.notnull())

    return Frame(
        name=name,
        needs=_EVENTS,
        build=build,
        columns=LIFE,
        unit="ticket",
        unique=True,
        splits=SPLITS,
        lacks=lacks,
    )


def _now(scope: Scope, business: bool) -> ir.Value:
    if not business:
        return ibis.literal(scope.known_second, type="int64")
    spans = scope.tables.get("service_spans")
    return ibis.null("int64") if spans is None else worked_until(spans, scope.known_second)


first_replies = _until("first_replies", "replied")
"""Cases by the day they came in, and the time until the first human reply."""
first_replies_business = _until("first_replies_business", "replied", business=True)
"""The same in hours of service."""
first_solutions = _until("first_solutions", "first_end")
"""Cases by the day they came in, and the time until they were first solved."""
solutions = _until("solutions", "last_end")
"""Cases by the day they came in, and the time until they were solved for good; one that is open again is censored."""
solutions_business = _until("solutions_business", "last_end", business=True)
"""The same in hours of service."""


def _ended(scope: Scope) -> ir.Table:
    rows = scope.tables["ticket_courses"].filter(_.last_end_day.notnull())
    return rows.select(
        "customer",
        *SPLITS,
        period=scope.timeline.index(rows.last_end_day),
        waited=rows.waited,
        waited_business=rows.waited_worked,
        lasted=rows.last_change - rows.opened,
        by_bot=ibis.ifelse(rows.told, ~rows.human, ibis.null("boolean")),
    )


ended_tickets = Frame(
    name="ended_tickets",
    needs=_EVENTS,
    build=_ended,
    columns={"waited": "int64", "waited_business": "int64", "lasted": "int64", "by_bot": "boolean"},
    unit="ticket",
    unique=True,
    splits=SPLITS,
)
"""Cases that are solved, by the day on which they last were."""


def _due(scope: Scope) -> ir.Table:
    rows = scope.tables["ticket_courses"].filter(_.due.notnull() & _.told)
    met = (rows.replied <= rows.due).fill_null(False)
    # What is not due yet and not answered can still be in time.
    decided = rows.replied.notnull() | (rows.due < scope.known_second)
    return rows.select(
        "customer",
        *SPLITS,
        period=scope.timeline.index(rows.due_day),
        met=ibis.ifelse(decided, met, ibis.null("boolean")),
    )


due_tickets = Frame(
    name="due_tickets",
    needs=_EVENTS,
    build=_due,
    columns={"met": "boolean"},
    splits=SPLITS,
    lacks=lambda scope: [
        (
            "no case says when it must be answered (`tickets.sla_due_at`)",
            scope.tables["ticket_courses"].filter(_.due.notnull()),
        ),
        (_UNTOLD, scope.tables["ticket_courses"].filter(_.due.notnull() & _.told)),
    ],
)
"""Cases by the day on which they had to be answered."""


def _solved(scope: Scope) -> ir.Table:
    definitions, as_of = scope.definitions, scope.timeline.as_of
    rows = scope.tables["ticket_courses"].filter(_.first_end_day.notnull())
    solved = rows.first_end_day
    again = rows.reopened_day - solved <= definitions.reopen_days
    repeated = (rows.next_day - solved <= definitions.repeat_contact_days).fill_null(False)
    reopened = (rows.reopened_day - solved <= definitions.repeat_contact_days).fill_null(False)
    once = mature(~(repeated | reopened), solved + definitions.repeat_contact_days < as_of)
    return rows.select(
        "customer",
        *SPLITS,
        period=scope.timeline.index(solved),
        reopened=mature(again, solved + definitions.reopen_days < as_of),
        # Whoever is not named cannot be seen to come again.
        once=ibis.ifelse(rows.customer > 0, once, ibis.null("boolean")),
    )


solved_tickets = Frame(
    name="solved_tickets",
    needs=_EVENTS,
    build=_solved,
    columns={"reopened": "boolean", "once": "boolean"},
    splits=SPLITS,
    parameters=("reopen_days", "repeat_contact_days"),
)
"""Cases by the day on which they were first solved, and whether the customer came again."""


def _tickets(scope: Scope) -> ir.Table:
    rows = scope.tables["ticket_courses"].join(scope.timeline.calendar, "day")
    return rows.select("customer", *SPLITS, "period", escalated=rows.escalated, handled=rows.handled)


tickets = Frame(
    name="tickets",
    needs=_CASES,
    build=_tickets,
    columns={"escalated": "boolean", "handled": "int64"},
    splits=SPLITS,
)
"""Cases by the day on which they came in."""

handled_tickets = Frame(
    name="handled_tickets",
    needs=_CASES,
    build=_tickets,
    columns={"escalated": "boolean", "handled": "int64"},
    unit="ticket",
    unique=True,
    splits=SPLITS,
)
"""The same, each case for itself."""


def _backlog(scope: Scope) -> ir.Table:
    timeline, runs = scope.timeline, scope.tables["ticket_runs"]
    # Open at a closing day: begun before it, and not over before it.
    first = timeline.closing_index(runs.start_day + 1)
    last = ibis.least(timeline.closing_index(runs.end_day + 1), timeline.count) - 1
    return spread(runs, first, last).select("customer", *SPLITS, "period", open=ibis.literal(True))


backlog = Frame(
    name="backlog",
    needs=_EVENTS,
    build=_backlog,
    columns={"open": "boolean"},
    unit="ticket",
    unique=True,
    splits=SPLITS,
)
"""Cases that are open at the end of the period, or as-of where that comes first."""


def _contacts(scope: Scope) -> ir.Table:
    zero = ibis.literal(0, type="int32")
    cases = scope.tables["ticket_courses"].join(scope.timeline.calendar, "day").filter(_.customer > 0)
    came = cases.group_by("customer", "period").aggregate(tickets=_.count().cast("int32"))
    days = acting(scope.tables).join(scope.timeline.calendar, "day")
    active = days.select("customer", "period").distinct()
    return came.mutate(active=zero).union(active.mutate(tickets=zero, active=ibis.literal(1, type="int32")))


contacts = Frame(
    name="contacts",
    needs=(*_CASES, ("events", "orders")),
    build=_contacts,
    columns={"tickets": "int32", "active": "int32"},
)
"""Active customers of the period, and the cases that came in during it."""


def _per_order(scope: Scope) -> ir.Table:
    zero = ibis.literal(0, type="int32")
    cases = scope.tables["ticket_courses"].join(scope.timeline.calendar, "day").filter(_.customer > 0)
    came = cases.group_by("customer", "period").aggregate(tickets=_.count().cast("int32"))
    days = scope.tables["purchase_days"].filter((_.customer > 0) & (_.orders > 0)).join(scope.timeline.calendar, "day")
    placed = days.group_by("customer", "period").aggregate(orders=_.orders.sum().cast("int32"))
    return came.mutate(orders=zero).union(placed.select("customer", "period", tickets=zero, orders="orders"))


contacts_per_order = Frame(
    name="contacts_per_order",
    needs=(*_CASES, "orders"),
    build=_per_order,
    columns={"tickets": "int32", "orders": "int32"},
)
"""Orders and cases of the period, by customer."""


def _helped(scope: Scope) -> ir.Table:
    window, as_of = scope.definitions.deflection_days, scope.timeline.as_of
    searched = _searches(scope).join(scope.timeline.calendar, "day").select("customer", "period", "day")
    cases = scope.tables["ticket_courses"].select(who="customer", came="day")
    near = [
        searched.customer == cases.who,
        cases.came >= searched.day,
        cases.came <= searched.day + window,
    ]
    followed = searched.left_join(cases, near).group_by("customer", "period", "day")
    asked = followed.aggregate(asked=any_of(_.who.notnull()))
    return asked.select("customer", "period", deflected=mature(~asked.asked, asked.day + window < as_of))


def _searches(scope: Scope) -> ir.Table:
    return scope.tables["event_days"].filter(_.name == scope.definitions.help_event)


helped = Frame(
    name="helped",
    needs=("events", *_CASES),
    build=_helped,
    columns={"deflected": "boolean"},
    parameters=("help_event", "deflection_days"),
    lacks=lambda scope: [
        (f"no event is called `{scope.definitions.help_event}` (`definitions.help_event`)", _searches(scope))
    ],
)
"""Days on which a customer looked for help, and whether no case followed."""
