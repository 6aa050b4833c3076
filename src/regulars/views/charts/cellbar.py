"""A share as a bar in a cell of a table, whose words stand beside it."""

import math

from regulars.views.charts import marker
from regulars.views.charts.bars import solid
from regulars.views.charts.pen import number, tag
from regulars.views.charts.scale import Scale


def cellbar(
    share: float, low: float | None = None, high: float | None = None, *, width: int = 64, height: int = 10
) -> str:
    """Return a bar over 0 to 1 with a whisker; hidden from screen readers, which read the cell.

    Args:
        share: from 0 to 1; what is beyond lands on the edge.
        low: lower limit; unbounded where only `high` is given.
        high: upper limit; unbounded where only `low` is given.
        width: pixels.
        height: pixels.

    Raises:
        ValueError: `share` is not a number; a cell without a value has no bar.
    """
    if math.isnan(share):
        raise ValueError("A share that is not a number has no bar.")
    at = Scale(low=0, high=1, start=1, end=width - 1)
    drawn = solid(0, 1, 1, at(share) - 1, height - 2)
    if low is not None or high is not None:
        ends = (-math.inf if low is None else low, math.inf if high is None else high)
        drawn += marker.whisker(marker.level(height / 2, at(ends[0]), at(ends[1]), marker.bounds(*ends)))
    return tag(
        "svg",
        drawn,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart chart-cellbar",
        width=width,
        height=height,
        viewBox=f"0 0 {number(width)} {number(height)}",
        aria_hidden="true",
    )
