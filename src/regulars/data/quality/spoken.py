"""Checks of what customers say and ask for: scales, codes that look like answers, cases that never changed."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.data.landing.scales import lowest
from regulars.data.quality.biases import Bias
from regulars.data.quality.checking import Check, Look

#: Answers to a question from which on its distribution says something.
_ENOUGH = 100
#: Share of answers at an end of the scale, and how many times the answer beside it, that look like a code.
_SHARE, _TIMES = 0.05, 5

_SCORES = ("satisfaction",)


def _on_other_scales(look: Look, rows: ir.Table) -> ir.Table:
    """Return answers that are on another scale than most to the same question."""
    scaled = rows.mutate(_least=lowest(rows.scale_min, rows.scale_max))
    counts = scaled.group_by("question", "scale_max", "_least").aggregate(_n=_.count())
    order = [_._n.desc(), _.scale_max, _._least]
    placed = counts.mutate(_place=ibis.row_number().over(group_by="question", order_by=order))
    most = placed.filter(placed._place == 0).select("question", "scale_max", "_least")
    return scaled.anti_join(most, ["question", "scale_max", "_least"])


def _like_codes(look: Look, rows: ir.Table) -> ir.Table:
    """Return answers at an end of the scale that are far more frequent than the answer beside them."""
    scaled = rows.mutate(_least=lowest(rows.scale_min, rows.scale_max))
    same = ["question", "scale_max", "_least"]
    counts = scaled.group_by(*same, "score").aggregate(_n=_.count())
    every = counts.mutate(_all=_._n.sum().over(group_by=same))
    order = {"group_by": same, "order_by": "score"}
    near = every.mutate(_after=_.score.lead().over(**order), _before=_.score.lag().over(**order))
    above = ibis.ifelse(near._after == near.score + 1, near._n.lead().over(**order), 0).fill_null(0)
    beside = near.mutate(_above=above)
    # Who is content often gives the best answer, who is furious the worst: the highest one is a code only where nobody
    # gave the one beside it, the lowest one where it is a 0 of a scale that is no NPS: most such scales begin with 1.
    zero = (beside.score == 0) & (beside._least == 0) & (beside.question != "nps")
    lowest_alone = zero & (beside._n > _TIMES * beside._above)
    highest_alone = (beside.score == beside.scale_max) & (beside._before < beside.score - 1)
    lone = lowest_alone | highest_alone.fill_null(False)
    odd = beside.filter(lone & (beside._all >= _ENOUGH) & (beside._n >= _SHARE * beside._all))
    return scaled.semi_join(odd, [*same, "score"])


def _unsaid(look: Look, rows: ir.Table) -> ir.Table:
    """Return answers that do not say what they are about, where others to the same question do."""
    saying = rows.filter(rows.touchpoint.notnull()).select("question").distinct()
    return rows.filter(rows.touchpoint.isnull()).semi_join(saying, "question")


def _at_one_instant(look: Look, rows: ir.Table) -> ir.Table:
    """Return answers of a source of many that all bear the same time: nobody knows when they were given."""
    times = rows.group_by("source").aggregate(_n=_.count(), _times=_.responded_at.nunique())
    return rows.semi_join(times.filter((times._n >= _ENOUGH) & (times._times == 1)), "source")


def _unchanged(look: Look, rows: ir.Table) -> ir.Table:
    return rows.anti_join(look.tables["ticket_events"], "ticket_id")


SPOKEN: tuple[Check, ...] = (
    Check(
        name="answers_on_other_scales",
        table="responses",
        remarkable=_on_other_scales,
        message="{rows} answers ({share}) are on another scale than most to the same question, and do not count.",
        biases=(
            Bias(
                families=_SCORES, tables=("responses",), direction="unclear", why="answers on other scales do not count"
            ),
        ),
    ),
    Check(
        name="answers_like_codes",
        table="responses",
        remarkable=_like_codes,
        message=(
            "{rows} answers ({share}) lie at the end of the scale, and hardly any beside them: they look like a code "
            "for `no answer`. Leave it out with `where`."
        ),
        biases=(Bias(families=_SCORES, tables=("responses",), direction="unclear", why="codes may count as answers"),),
    ),
    Check(
        name="answers_without_touchpoint",
        table="responses",
        remarkable=_unsaid,
        message="{rows} answers ({share}) do not say whether they are relational or transactional, though others do.",
        biases=(
            Bias(
                families=_SCORES,
                tables=("responses",),
                direction="unclear",
                why="they count as what is usual for the question",
            ),
        ),
    ),
    Check(
        name="answers_at_one_instant",
        table="responses",
        remarkable=_at_one_instant,
        message="{rows} answers ({share}) all bear the same time: their date is not that of the answers.",
        biases=(
            Bias(
                families=_SCORES,
                tables=("responses",),
                direction="unclear",
                why="the period is not when they were given",
            ),
        ),
    ),
    Check(
        name="tickets_without_changes",
        table="tickets",
        needs=("ticket_events",),
        remarkable=_unchanged,
        message="{rows} tickets ({share}) have no change of state: they count as open since they came in.",
        biases=(
            Bias(kpis=("backlog",), direction="up", why="they may be solved"),
            Bias(
                kpis=("first_response_time", "first_resolution_time", "resolution_time"),
                direction="up",
                why="they count as unanswered",
            ),
        ),
    ),
)
