"""Detractors to whom nobody has got back."""

from dataclasses import dataclass

import ibis
from ibis import _

from regulars.app.aftermath import YEAR
from regulars.core.money import UNITS
from regulars.core.periods import day_number
from regulars.kpis.query import Records
from regulars.text.quotes import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A detractor to whom nobody has got back.

    Attributes:
        customer: number; `customer_id`: id, None of an answer without one.
        response: id of the answer; `score`: the answer; `on`: its day; `touchpoint`: of what kind.
        waits: days since.
        spent: what the customer brought in the last year, in money; None where that is not known.
        said: the comment, what would tell who it is masked.
    """

    customer: int
    customer_id: str | None
    response: str
    score: int
    on: int
    touchpoint: str
    waits: int
    spent: float | None
    said: str


def waiting(records: Records, *, days: int = 90) -> tuple[Waiting, ...]:
    """Return the detractors of the last `days` to whom nobody has got back, by what they brought in the last year.

    Of each customer the latest answer counts: a detractor who has answered better since waits no more.
    """
    if "answers" not in records.tables:
        return ()
    today = day_number(records.as_of)
    rows = records.tables["answers"].filter((_.question == "nps") & (_.day < today))
    order = [_.second.desc(), _.response_id.desc()]
    last = rows.mutate(_place=ibis.row_number().over(group_by="customer", order_by=order)).filter(_._place == 0)
    open_ = last.filter((last.score <= 6 * UNITS) & last.followed_day.isnull() & (last.day >= today - days))
    people = records.tables["people"].select(who="customer", id="customer_id")
    found = open_.left_join(people, open_.customer == people.who).drop("who")
    if "purchase_days" in records.tables:
        days_of = records.tables["purchase_days"]
        recent = days_of.filter((days_of.day < today) & (days_of.day >= today - YEAR))
        spent = recent.group_by(buyer="customer").aggregate(spent=recent.value.sum())
        found = found.left_join(spent, found.customer == spent.buyer).drop("buyer")
    else:
        found = found.mutate(spent=ibis.null("int64"))
    comments = records.tables["responses"].select(said_in="response_id", comment="comment")
    known = found.left_join(comments, found.response_id == comments.said_in).select(
        "customer", "id", "response_id", "score", "day", "touchpoint", "spent", "comment"
    )
    listed = [
        Waiting(
            customer=row["customer"],
            customer_id=row["id"],
            response=row["response_id"],
            score=row["score"] // UNITS,
            on=row["day"],
            touchpoint=row["touchpoint"] or "relational",
            waits=today - row["day"],
            spent=None if row["spent"] is None else float(row["spent"]) / UNITS,
            said=shown(row["comment"] or ""),
        )
        for row in records.run(known)
    ]
    return tuple(sorted(listed, key=lambda one: (-(one.spent or 0.0), one.score, -one.waits, one.response)))
