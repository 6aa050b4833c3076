"""The change of a KPI that is no sum, such as a median or a share that stays, split by who customers are.

The KPI is worked out again with one group of customers as they are now and the others as they were, in every order:
what a group adds is the mean of what that changes (Shapley), and all of it adds up.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regulars.app.change_parts import Floats
from regulars.app.change_parts import Split as Parts
from regulars.kpis.aggregations import Keyed, Ranked, Statistics
from regulars.kpis.cells import EXISTING, GROUPS, NAMELESS, NEW, Parted, statistics
from regulars.kpis.expected import Expected
from regulars.kpis.kpi import KPI
from regulars.kpis.plan import Split
from regulars.kpis.query import Records, scope_of
from regulars.kpis.timeline import Timeline
from regulars.stats import shapley

_NAMES = {EXISTING: "all_existing", NEW: "all_new", NAMELESS: "all_nameless"}


#: Why some KPIs have no parts by customers.
RANKED = "customers are ranked among all of them, so that no group has a part of its own"
FORETOLD = "it is foretold as of the end of the records only"
TOO_FEW = "too few customers are behind it to work it out again without some of them"


def cannot(kpi: KPI) -> str:
    """Return why the change of `kpi` cannot be split by customers; "" where it can."""
    return RANKED if isinstance(kpi.formula, Ranked) else FORETOLD if isinstance(kpi.formula, Expected) else ""


@dataclass(frozen=True, kw_only=True)
class Again:
    """A KPI to be worked out again.

    Attributes:
        kpi: which; neither ranked nor foretold.
        level: of intervals.
        before, after: statistics of both periods.
    """

    kpi: KPI
    level: float
    before: Parted
    after: Parted

    @property
    def units(self) -> int:
        """Groups of chance in which there is anybody."""
        return len({chance for side in (self.before, self.after) for _, chance in side})

    def parts(self) -> Parts | None:
        """Return what each group of customers adds; None where there are too few of them."""
        there = sorted({who for side in (self.before, self.after) for who, _ in side})

        def of(without: int | None) -> Floats:
            def value(changed: Sequence[bool]) -> Floats:
                sides = [self.after if now else self.before for now in changed]
                return np.asarray(self._value(dict(zip(there, sides, strict=True)), without))

            return shapley.shares(value, len(there))

        values = np.stack([of(without) for without in (None, *range(GROUPS))])
        return Parts(names=tuple(_NAMES[who] for who in there), values=values) if np.isfinite(values).all() else None

    def replicates(self, side: Parted) -> Floats:
        """Return the value of all, then without each group of chance."""
        sides = dict.fromkeys(_NAMES, side)
        return np.array([self._value(sides, without) for without in (None, *range(GROUPS))])

    def _value(self, sides: Mapping[int, Parted], without: int | None) -> float:
        rows = [
            row
            for who, side in sides.items()
            for chance in range(GROUPS)
            if chance != without
            for row in side.get((who, chance), ())
        ]
        found = self.kpi.estimate(_together(self.kpi, rows), self.level).value
        return math.nan if found is None else found


def again(
    kpi: KPI, before: Records, after: Records, split: Split, timelines: Sequence[Timeline], *, new: bool = True
) -> Again:
    """Return the KPI with the statistics of both periods.

    Args:
        kpi: which; neither ranked nor foretold.
        before: what the period before is asked of; `after`: what the one that is explained is.
        split: which customers count; `by` must hold `ENTERED`.
        timelines: of both.
        new: whether it can be told who is new.
    """
    sides = [of(kpi, records, split, one, new=new) for records, one in zip((before, after), timelines, strict=True)]
    return Again(kpi=kpi, level=after.definitions.level, before=sides[0], after=sides[1])


def of(kpi: KPI, records: Records, split: Split, timeline: Timeline, *, new: bool = True) -> Parted:
    """Return the statistics of one period."""
    return statistics(kpi, scope_of(records, timeline), split, records.run, new=new)


def _together(kpi: KPI, rows: Sequence[Statistics]) -> list[Statistics]:
    """Return the statistics of several groups as one; by key where they are kept apart by one."""
    key = kpi.formula.key if isinstance(kpi.formula, Keyed) else None
    sums: dict[Any, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        own = sums[None if key is None else row[key]]
        for name, one in row.items():
            own[name] = one if name == key else own.get(name, 0) + (one or 0)
    return list(sums.values())
