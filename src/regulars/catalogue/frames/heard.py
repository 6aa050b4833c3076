"""What comments say: how they are meant, and which themes they name."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.money import UNITS
from regulars.data.answers import latest, one_kind
from regulars.kpis.frame import Frame, Scope, any_of
from regulars.kpis.query import HEARD

_COMMENTS, _THEMES = f"{HEARD}comments", f"{HEARD}themes"


def _comments(scope: Scope) -> ir.Table:
    rows = scope.tables[_COMMENTS].filter(_.worth.notnull()).join(scope.timeline.calendar, "day")
    return rows.select("customer", "period", "language", "worth")


comments = Frame(
    name="comments",
    needs=("responses", _COMMENTS),
    build=_comments,
    columns={"worth": "int64"},
    splits=("language",),
)
"""Comments whose sentiment is known, with what each adds to the balance, mistakes of whoever judged taken out."""


def _mentions(scope: Scope) -> ir.Table:
    """Return who commented, once for each theme where that is split by, with whether they named or complained of it."""
    calendar = scope.timeline.calendar
    said = scope.tables[_COMMENTS].join(calendar, "day")
    spoke = said.select("customer", "period", "response_id", judged=said.polarity.notnull())
    named = scope.tables[_THEMES].select(
        "theme", said_in="response_id", bad=(_.polarity == "negative").fill_null(False)
    )
    if "theme" in scope.columns:
        themes = named.select(of="theme").distinct()
        every = spoke.cross_join(themes)
        hits = every.left_join(named, [every.response_id == named.said_in, every.of == named.theme])
        keys = {"theme": hits.of}
    else:
        hits = spoke.left_join(named, spoke.response_id == named.said_in)
        keys = {"theme": ibis.null("string")}
    # Of what no sentiment is known it is not known either whether it complains.
    bad = ibis.ifelse(hits.judged, hits.bad.fill_null(False), ibis.null("boolean"))
    return hits.select("customer", "period", named=hits.said_in.notnull(), bad=bad, **keys)


commenters = Frame(
    name="commenters",
    needs=("responses", _COMMENTS, _THEMES),
    build=_mentions,
    columns={"named": "boolean", "bad": "boolean"},
    splits=("theme",),
)
"""Customers who commented, and whether they named a theme (any, where it is not split by)."""


def _complaints(scope: Scope, touchpoint: str) -> ir.Table:
    """Return NPS answers with a comment, the latest of a respondent, with whether it complains of a theme."""
    spoke = scope.tables[_COMMENTS].select(said_in="response_id")
    rows = one_kind(scope.tables["answers"], "nps", touchpoint).join(scope.timeline.calendar, "day")
    told = latest(rows.semi_join(spoke, rows.response_id == spoke.said_in), "customer", "period")
    worth = ibis.ifelse(told.score >= 9 * UNITS, 1, ibis.ifelse(told.score <= 6 * UNITS, -1, 0))
    told = told.select("customer", "period", "response_id", worth=worth.cast("int8"))
    bad = scope.tables[_THEMES].filter(_.polarity == "negative").select("theme", said_in="response_id")
    if "theme" in scope.columns:
        every = told.cross_join(bad.select(of="theme").distinct())
        hits = every.left_join(bad, [every.response_id == bad.said_in, every.of == bad.theme])
        keys = ["customer", "period", "response_id", "worth"]
        grouped = hits.group_by(*keys, theme=hits.of).aggregate(bad=any_of(hits.said_in.notnull()))
        return grouped.drop("response_id")
    hits = told.left_join(bad, told.response_id == bad.said_in)
    grouped = hits.group_by("customer", "period", "response_id", "worth").aggregate(bad=any_of(_.said_in.notnull()))
    return grouped.mutate(theme=ibis.null("string")).drop("response_id")


def _frame(name: str, touchpoint: str) -> Frame:
    return Frame(
        name=name,
        needs=("responses", _COMMENTS, _THEMES),
        build=lambda scope: _complaints(scope, touchpoint),
        columns={"worth": "int8", "bad": "boolean"},
        unique=True,
        splits=("theme",),
    )


complaints = _frame("complaints", "relational")
"""Relational NPS answers with a comment, and whether it complains of a theme."""
transactional_complaints = _frame("transactional_complaints", "transactional")
"""The same of answers after an order or a case."""
