"""Groups of one table beside each other: which differ from the others, and small ones drawn towards the rest."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from regulars.core.estimate import Interval
from regulars.core.settings import Definitions
from regulars.kpis.aggregations import Statistics, additive, merge
from regulars.kpis.answer import Contrast, Row
from regulars.stats import contrasts, intervals, shrinkage


def beside_each_other(
    rows: Sequence[Row], statistics: Sequence[Sequence[Statistics]], level: float, definitions: Definitions
) -> list[Row]:
    """Return the rows of one KPI and period with their contrasts, small groups shrunken.

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
    return _shrunken(found, level, definitions.small_n)


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


def _shrunken(rows: Sequence[Row], level: float, small_n: int) -> list[Row]:
    drawn = [row for row in rows if _bounded(row.estimate.interval)]
    known = [row.estimate.interval for row in drawn]
    if all(interval.n >= small_n for interval in known):
        return list(rows)
    values = [interval.value or 0.0 for interval in known]
    # A group without spread would count as certain: at least a thousandth of the widest interval.
    widths = [(interval.high or 0.0) - (interval.low or 0.0) for interval in known]
    floor = max(widths, default=0.0) / 1000 or 1e-9
    variances = [(max(width, floor) / (2 * intervals.z(level))) ** 2 for width in widths]
    together = shrinkage.shrink(values, variances, [interval.n for interval in known], level=level)
    if together.why_not:
        return list(rows)
    better = iter(together.segments)
    return [_replaced(row, next(better), small_n) if row in drawn else row for row in rows]


def _bounded(interval: Interval) -> bool:
    """Whether there is a value with two finite limits: an open end says nothing of the spread."""
    return not interval.why_not and math.isfinite((interval.high or 0.0) - (interval.low or 0.0))


def _replaced(row: Row, shrunken: Interval, small_n: int) -> Row:
    raw = row.estimate.interval
    if raw.n >= small_n:
        return row
    flags = tuple(sorted({*row.estimate.flags, "shrunk"}))
    return replace(row, raw=raw, estimate=replace(row.estimate, interval=replace(shrunken, n=raw.n), flags=flags))
