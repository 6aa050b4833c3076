"""Groups of one table beside each other: which differ from the others, and what each tends to be, given the others."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from regulars.core.definitions import Definitions
from regulars.core.estimate import Interval
from regulars.kpis.aggregations import Statistics, additive, merge
from regulars.kpis.answer import Contrast, Row
from regulars.stats import contrasts, intervals, shrinkage


def beside_each_other(
    rows: Sequence[Row], statistics: Sequence[Sequence[Statistics]], level: float, definitions: Definitions
) -> list[Row]:
    """Return the rows of one KPI and period with their contrasts, and drawn towards each other.

    Args:
        rows: one per group.
        statistics: of each, in the same order.
        level: coverage of intervals.
        definitions: the company's parameters.
    """
    if not rows or rows[0].kpi.formula.extensive:
        return list(rows)
    found = [
        replace(row, contrast=contrast)
        for row, contrast in zip(rows, _contrasts(rows, statistics, level, definitions), strict=True)
    ]
    return _drawn(found, level)


def _contrasts(
    rows: Sequence[Row], statistics: Sequence[Sequence[Statistics]], level: float, definitions: Definitions
) -> list[Contrast | None]:
    """Return how each group differs from all others together; None where statistics do not add up."""
    differences = list(_differences(rows, statistics, level))
    known = [difference for difference in differences if difference is not None]
    q = iter(contrasts.benjamini_hochberg([contrasts.p_value(difference) for difference in known]).tolist())
    limit = definitions.false_discovery
    return [
        None if difference is None else Contrast(difference=difference, q=(value := next(q)), found=value <= limit)
        for difference in differences
    ]


def _differences(
    rows: Sequence[Row], statistics: Sequence[Sequence[Statistics]], level: float
) -> Iterator[Interval | None]:
    kpi = rows[0].kpi
    known = [own[0] for own in statistics if own]
    if not additive(kpi.formula) or len(known) < 2:
        yield from [None] * len(rows)
        return
    total = known[0]
    for other in known[1:]:
        total = merge(total, other)
    for own in statistics:
        if not own:
            yield None
            continue
        difference = contrasts.difference(
            kpi.estimate(own, level), kpi.estimate([merge(total, own[0], sign=-1)], level)
        )
        yield None if difference.why_not else difference


def _drawn(rows: Sequence[Row], level: float) -> list[Row]:
    """Return the rows with what each group tends to be, the others being considered; none where groups are too few.

    Whoever lacks the attribute is no group like the others: nothing is borrowed from them, or lent.
    """
    known = [row for row in rows if None not in row.group.values() and _bounded(row.estimate.interval)]
    found = [row.estimate.interval for row in known]
    n = [max(interval.n, 1) for interval in found]
    widths = [(interval.high or 0.0) - (interval.low or 0.0) for interval in found]
    if len(known) < shrinkage.LEAST or not any(widths):
        return list(rows)
    variances = shrinkage.moderated([(width / (2 * intervals.z(level))) ** 2 for width in widths], n)
    # No limit may leave what the values can be, and there none of the groups' own does.
    least, most = min(interval.low or 0.0 for interval in found), max(interval.high or 0.0 for interval in found)
    better = iter(shrinkage.shrink([interval.value or 0.0 for interval in found], variances, n, level=level))
    return [replace(row, drawn=_within(next(better), least, most)) if row in known else row for row in rows]


def _bounded(interval: Interval) -> bool:
    """Whether there is a value with two finite limits: an open end says nothing of the spread."""
    return not interval.why_not and math.isfinite((interval.high or 0.0) - (interval.low or 0.0))


def _within(found: Interval, least: float, most: float) -> Interval:
    return replace(found, low=max(found.low or 0.0, least), high=min(found.high or 0.0, most))
