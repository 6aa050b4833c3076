"""Pictures of a document: which functions draw them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.reports.written import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What draws.

    Attributes:
        chart: a chart's record and a width in pixels as SVG.
        spark: the records of a course as a small SVG.
    """

    chart: Callable[[Mapping[str, Any], int], str]
    spark: Callable[[Sequence[Number]], str]


def own() -> Drawing:
    """Return what draws pages, too: the same pictures everywhere."""
    from regulars.views.charts.draw import draw
    from regulars.views.charts.spark import spark

    return Drawing(chart=lambda record, width: draw(record, width=width), spark=spark)
