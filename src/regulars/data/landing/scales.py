"""Whether an answer can stand on the scale that it says it was given on."""

from collections.abc import Iterator, Mapping

import ibis
import ibis.expr.types as ir

#: Scales with more points than these begin at 0 where nothing else is said, as 0 to 10 does.
FROM_ONE = 7


def lowest(scale_min: ir.Value, scale_max: ir.Value) -> ir.Value:
    """Return the lowest answer that a scale allows: as mapped, else 1 of scales up to 7 points, 0 of longer ones."""
    return ibis.coalesce(scale_min, ibis.ifelse(scale_max <= FROM_ONE, 1, 0).cast("decimal(18, 4)"))


def broken(values: Mapping[str, ir.Value]) -> Iterator[tuple[str, str, ir.BooleanValue]]:
    """Yield (reason, column, in which records) of the rules on scales.

    An NPS is the answer 0 to 10 to one question (Reichheld, 2003); anything else by that name is refused, because
    promoters and detractors mean nothing on another scale. What a survey tool writes for "not answered" (11, 99, ...)
    lies off the scale: it is declared in the mapping's `where`, or it is refused here.

    Args:
        values: the row of `responses`, by canonical column.
    """
    question, score, most = values["question"], values["score"], values["scale_max"]
    stated = values.get("scale_min", ibis.null("decimal(18, 4)"))
    least = lowest(stated, most)
    nps = question == "nps"
    yield "not_an_nps_scale", "scale_max", nps & (most != 10)
    if "scale_min" in values:
        yield "not_an_nps_scale", "scale_min", nps & (stated != 0)
    yield "off_the_scale", "score", (score > most) | (score < least) | (nps & (score != score.floor()))
    yield "off_the_scale", "scale_max", most <= least
