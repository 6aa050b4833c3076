"""What the answers that mention something do to a net score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from ibis import Deferred

from regulars.core.estimate import Interval, unknown
from regulars.kpis.aggregations import Statistics, Unit, count
from regulars.stats import impact

#: Answers by what they add to the score.
_SIDES = {"down": -1, "level": 0, "up": 1}


@dataclass(frozen=True, slots=True)
class Impact:
    """Net score of all less that of those who do not mention it: the share that does, times how much lower it scores.

    Attributes:
        score: 1, 0 or -1 of each unit.
        mentioned: whether it mentions it.
    """

    score: Deferred
    mentioned: Deferred

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"score": self.score, "mentioned": self.mentioned}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        score, there = unit["score"], unit["mentioned"]
        return {
            f"{side}_{'with' if has else 'without'}": count((score == worth) & (there if has else ~there))
            for side, worth in _SIDES.items()
            for has in (True, False)
        }

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows:
            return unknown("no answers with a comment", level=level)
        counts = {name: int(value or 0) for name, value in rows[0].items() if name in _CELLS}
        scores = np.repeat([_CELLS[name][0] for name in counts], list(counts.values()))
        there = np.repeat([_CELLS[name][1] for name in counts], list(counts.values()))
        if not len(scores):
            return unknown("no answers with a comment", level=level)
        if not there.any():
            return unknown("no answer mentions it", level=level, n=len(scores))
        return impact.leave_out(scores, there, level=level).value


_CELLS = {
    f"{side}_{name}": (worth, there) for side, worth in _SIDES.items() for name, there in (("with", 1), ("without", 0))
}
