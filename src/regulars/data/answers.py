"""What came of asking customers: their answers with what was done about them, and invitations with their answers."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.money import UNITS
from regulars.data.facts import Tables, numbered, units
from regulars.data.landing.scales import lowest


def answers(tables: Tables, keys: ir.Table) -> ir.Table:
    """Return answers to surveys; one without a customer has a negative number of its own.

    Scores, scales and weights count 1/10,000; an answer without a weight weighs 1. `followed_day` and `resolved_day`
    are the first days on which somebody got back to the respondent, and on which the matter was settled.
    """
    rows = numbered(tables["responses"], keys, "response_id")
    said = rows.select(
        "customer",
        "response_id",
        "question",
        "touchpoint",
        "order_id",
        "ticket_id",
        "language",
        day=rows.responded_day,
        second=rows.responded_at.epoch_seconds().cast("int64"),
        score=units(rows.score),
        scale_max=units(rows.scale_max),
        scale_min=units(lowest(rows.scale_min, rows.scale_max)),
        weight=ibis.coalesce(units(rows.weight), ibis.literal(UNITS, type="int64")),
        commented=(rows.comment.fill_null("").length() > 0),
    )
    return _followed(said, tables).order_by("customer", "day", "response_id")


def _followed(said: ir.Table, tables: Tables) -> ir.Table:
    if "follow_ups" not in tables:
        return said.mutate(followed_day=ibis.null("int32"), resolved_day=ibis.null("int32"))
    done = (
        tables["follow_ups"]
        .group_by(_answer="response_id")
        .aggregate(followed_day=_.contacted_day.min(), resolved_day=_.resolved_day.min())
    )
    return said.left_join(done, said.response_id == done._answer).drop("_answer")


def invited(tables: Tables, keys: ir.Table) -> ir.Table:
    """Return invitations that arrived, with `answered_day`, the day of the first answer before the next invitation.

    An answer belongs to the last invitation to the same question that its customer had got by then.
    """
    sent = numbered(tables["invitations"], keys, "invitation_id")
    asked = sent.filter(sent.delivered.fill_null(True)).select(
        "customer",
        "question",
        at=sent.sent_at,
        sent_day=sent.sent_day,
        answered_day=ibis.null("int32"),
        tie=sent.invitation_id,
    )
    both = asked
    if "responses" in tables:
        given = tables["responses"].join(keys, tables["responses"].customer_id == keys.reference)
        said = given.select(
            "customer",
            "question",
            at=given.responded_at,
            sent_day=ibis.null("int32"),
            answered_day=given.responded_day,
            tie=given.response_id,
        )
        both = asked.union(said)
    # At one instant the invitation comes first.
    order = [_.at, _.sent_day.isnull(), _.tie]
    begins = ibis.ifelse(_.sent_day.notnull(), 1, 0)
    turns = both.mutate(turn=begins.sum().over(group_by=["customer", "question"], order_by=order, rows=(None, 0)))
    per_turn = (
        turns.filter(_.turn > 0)
        .group_by("customer", "question", "turn")
        .aggregate(day=_.sent_day.min(), answered_day=_.answered_day.min())
    )
    return per_turn.order_by("customer", "day", "question", "turn")


#: What an answer is about where it does not say so itself.
USUAL = {"nps": "relational", "csat": "transactional", "ces": "transactional", "pmf": "relational"}


def one_kind(rows: ir.Table, question: str, touchpoint: str | None) -> ir.Table:
    """Return the answers to one question, about one kind of thing, on one scale, each once.

    Relational and transactional answers never mix: one that does not say what it is about counts as what is usual for
    the question. Where scales differ, those on the scale that most answers are given on count. An order or a case that
    is spoken of twice counts by the latest answer, and one that weighs nothing is none.

    Args:
        rows: as of `answers`.
        question: nps, csat, ces or pmf.
        touchpoint: relational or transactional; both where None, each answer with its own.
    """
    asked = rows.filter((_.question == question) & (_.weight > 0))
    told = asked.mutate(touchpoint=_.touchpoint.fill_null(USUAL[question]))
    if touchpoint is not None:
        told = told.filter(told.touchpoint == touchpoint)
    known = on_one_scale(told)
    about = ibis.coalesce("order " + known.order_id, "ticket " + known.ticket_id, "answer " + known.response_id)
    return latest(known, "customer", about)


def on_one_scale(rows: ir.Table) -> ir.Table:
    """Return the answers on the scale that most are given on."""
    scales = rows.group_by("scale_max", "scale_min").aggregate(n=_.count())
    most = scales.order_by(_.n.desc(), "scale_max", "scale_min").limit(1).drop("n")
    return rows.semi_join(most, ["scale_max", "scale_min"])


def latest(rows: ir.Table, *same: str | ir.Value) -> ir.Table:
    """Return the latest of the answers that are the `same`."""
    order = [_.second.desc(), _.response_id.desc()]
    placed = rows.mutate(place=ibis.row_number().over(group_by=list(same), order_by=order))
    return placed.filter(placed.place == 0).drop("place")
