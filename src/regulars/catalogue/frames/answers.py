"""Answers to surveys, invitations, and what was done about low answers."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.catalogue.frames.entrants import LIFE
from regulars.core.money import UNITS
from regulars.data.answers import latest, on_one_scale, one_kind
from regulars.kpis.frame import Frame, Scope, flag, mature

COLUMNS = {
    "score": "int64",
    "scale_max": "int64",
    "scale_min": "int64",
    "weight": "int64",
    "easy": "boolean",
}
_DETRACTS = 6 * UNITS


def _asked(scope: Scope, question: str, touchpoint: str) -> ir.Table:
    return one_kind(scope.tables["answers"], question, None if "touchpoint" in scope.columns else touchpoint)


def _answers(question: str, touchpoint: str) -> Callable[[Scope], ir.Table]:
    def build(scope: Scope) -> ir.Table:
        rows = _asked(scope, question, touchpoint).join(scope.timeline.calendar, "day")
        middle = rows.scale_min + rows.scale_max
        low = scope.definitions.low_effort_is_low
        rows = rows.mutate(easy=2 * rows.score < middle if low else 2 * rows.score > middle)
        repeated = rows.filter(rows.touchpoint == "relational")
        if scope.definitions.repeat_answers == "all":
            return rows
        return rows.filter(rows.touchpoint != "relational").union(latest(repeated, "customer", "period"))

    return build


def _frame(name: str, question: str, touchpoint: str) -> Frame:
    return Frame(
        name=name,
        needs=("responses",),
        build=_answers(question, touchpoint),
        columns=COLUMNS,
        parameters=("repeat_answers", *(("low_effort_is_low",) if question == "ces" else ())),
        splits=("touchpoint", "language"),
        lacks=lambda scope: [
            (f"no {touchpoint} answer to the question `{question}`", _asked(scope, question, touchpoint))
        ],
    )


nps_answers = _frame("nps_answers", "nps", "relational")
"""Relational answers to the NPS question."""
transactional_nps_answers = _frame("transactional_nps_answers", "nps", "transactional")
"""Answers to the NPS question after an order or a case."""
csat_answers = _frame("csat_answers", "csat", "transactional")
"""Answers on satisfaction with an order or a case."""
relational_csat_answers = _frame("relational_csat_answers", "csat", "relational")
"""Answers on satisfaction with the company as a whole."""
ces_answers = _frame("ces_answers", "ces", "transactional")
"""Answers on effort."""
pmf_answers = _frame("pmf_answers", "pmf", "relational")
"""Answers to "how would you feel if you could no longer use it?"."""


def _of_tickets(scope: Scope) -> ir.Table:
    rows = scope.tables["answers"].filter((_.question == "csat") & _.ticket_id.notnull() & (_.weight > 0))
    return latest(on_one_scale(rows), "ticket_id").join(scope.timeline.calendar, "day")


ticket_answers = Frame(
    name="ticket_answers",
    needs=("responses",),
    build=_of_tickets,
    columns=COLUMNS,
    splits=("language",),
    lacks=lambda scope: [("no answer names the case it is about (`responses.ticket_id`)", _of_tickets(scope))],
)
"""The latest answer on satisfaction about each service case."""


def _invitations(scope: Scope) -> ir.Table:
    window, as_of = scope.definitions.response_days, scope.timeline.as_of
    rows = scope.tables["invited"].join(scope.timeline.calendar, "day")
    return rows.select(
        "customer",
        "period",
        "question",
        answered=mature(rows.answered_day - rows.day <= window, rows.day + window < as_of),
    )


invitations = Frame(
    name="invitations",
    needs=("invitations", "responses"),
    build=_invitations,
    columns={"answered": "boolean"},
    parameters=("response_days",),
    splits=("question",),
)
"""Invitations that arrived, by the day they were sent, and whether they were answered in time."""


def _begun(scope: Scope) -> ir.Table:
    definitions = scope.definitions
    days = scope.tables["event_days"].join(scope.timeline.calendar, "day")
    names = (definitions.survey_started_event, definitions.survey_completed_event)
    per_day = (
        days.filter(days.name.isin(names))
        .group_by("customer", "period", "day")
        .aggregate(
            begun=ibis.ifelse(_.name == names[0], _.events, 0).sum(),
            completed=ibis.ifelse(_.name == names[1], _.events, 0).sum(),
        )
    )
    begun = per_day.filter(per_day.begun > 0)
    return begun.mutate(completed=ibis.least(begun.begun, begun.completed)).drop("day")


begun_surveys = Frame(
    name="begun_surveys",
    needs=("events",),
    build=_begun,
    columns={"begun": "int64", "completed": "int64"},
    parameters=("survey_started_event", "survey_completed_event"),
    lacks=lambda scope: [
        (
            f"no event is called `{scope.definitions.survey_started_event}` (`definitions.survey_started_event`)",
            scope.tables["event_days"].filter(_.name == scope.definitions.survey_started_event),
        )
    ],
)
"""Surveys that were begun, and how many of them were completed on the same day."""


def _detractors(scope: Scope) -> ir.Table:
    window, as_of = scope.definitions.follow_up_days, scope.timeline.as_of
    low = scope.tables["answers"].filter((_.question == "nps") & (_.score <= _DETRACTS))
    placed = low.join(scope.timeline.calendar, "day")
    # Whoever answered low twice counts by the first time.
    rows = placed.mutate(
        place=ibis.row_number().over(group_by=["customer", "period"], order_by=[_.second, _.response_id])
    ).filter(_.place == 0)
    solved = ibis.ifelse(rows.resolved_day < as_of, rows.resolved_day, ibis.null("int32"))
    last = ibis.coalesce(solved, ibis.literal(as_of - 1, type="int32"))
    return rows.select(
        "customer",
        "period",
        followed=mature(rows.followed_day - rows.day <= window, rows.day + window < as_of),
        days=ibis.greatest(last - rows.day, 0).cast("int32"),
        late=ibis.literal(0, type="int32"),
        ended=flag(solved.notnull()),
        censored=flag(solved.isnull()),
    )


detractors = Frame(
    name="detractors",
    needs=("responses", "follow_ups"),
    build=_detractors,
    columns={"followed": "boolean", **LIFE},
    unique=True,
    parameters=("follow_up_days",),
)
"""Customers by their first answer of 0 to 6 in the period, and what was done about it; open matters are censored."""
