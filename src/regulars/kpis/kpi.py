"""What a KPI is: one declaration, read by every surface."""

import ast
import hashlib
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from textwrap import dedent

import ibis
import ibis.expr.types as ir

from regulars.core.definitions import Definitions
from regulars.core.errors import BadFormula
from regulars.core.estimate import Interval
from regulars.core.money import UNITS
from regulars.core.registry import OWN
from regulars.kpis.aggregations import Aggregation, Statistics
from regulars.kpis.frame import Frame, Needs


class Better(StrEnum):
    """Which direction is good."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Shows(StrEnum):
    """What a value is, and so how it is written."""

    SHARE = "share"  # 12.3 %
    POINTS = "points"  # a net share in points, -100 to 100
    MONEY = "money"  # in the company's currency
    COUNT = "count"  # customers, days, ...
    NUMBER = "number"  # a mean or ratio without unit
    DAYS = "days"
    SECONDS = "seconds"
    SCORE = "score"


#: What grows by ratios, where all values are above 0.
BY_RATIO = (Shows.MONEY, Shows.COUNT, Shows.NUMBER, Shows.DAYS, Shows.SECONDS)
#: What a formula's value is divided by to be in the unit that is shown.
UNIT_OF = {Shows.MONEY: UNITS, Shows.POINTS: 0.01}


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A chapter of the catalogue and the team that answers for it."""

    name: str
    question: str
    owner: str


@dataclass(frozen=True, kw_only=True)
class KPI:
    """A question about customers, and how it is answered.

    Attributes:
        name: stable snake_case key, the same in URLs, columns and code.
        question: the business question, ending in "?".
        family: catalogue chapter; gives the owner team.
        frame: the rows it is computed from.
        formula: how rows become a number per customer, and customers a value with its interval.
        better: which direction is good.
        shows: what the value is.
        source: where the definition comes from.
        caveat: when not to trust it; shown beside the number.
        reads: canonical columns, such as `orders.discount`, without which there is no value; as `Frame.needs`.
        waits: days from the one that brought a customer into a period to the one on which all is known; None where that
            is at once.
        least: below which the value cannot be, so that no interval reaches there; None where it can be anything.
        version: raised when the definition changes.
        mark: what tells two meanings of one name and version apart; of a company's own KPIs only.
    """

    name: str
    question: str
    family: Family
    frame: Frame
    formula: Aggregation
    better: Better
    shows: Shows
    source: str
    caveat: str
    reads: Needs = ()
    waits: Callable[[Definitions], int] | None = None
    least: float | None = None
    version: int = 1
    mark: str = ""

    def __post_init__(self) -> None:
        schema = {"customer": "int32", "period": "int32", **self.frame.columns}
        try:
            bound(ibis.table(schema, name=self.frame.name), self)
        except Exception as cause:
            raise BadFormula(self.name, self.frame.name, cause) from cause

    def versioned(self, definitions: Definitions) -> str:
        """Return the version with its mark and the company's parameters, e.g. "1 (a3f9c2, lapse_days=90)"."""
        parameters = [f"{name}={getattr(definitions, name)}" for name in self.frame.parameters]
        said = [*([self.mark] if self.mark else []), *parameters]
        return f"{self.version} ({', '.join(said)})" if said else str(self.version)

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        """Return the value in the KPI's unit: money in the currency, not in 1/10,000 of it; net shares in points."""
        found = self.formula.estimate(rows, level)
        if found.value is None or found.low is None or found.high is None:
            return found
        unit = UNIT_OF.get(self.shows, 1)
        value, low, high = (part / unit for part in (found.value, found.low, found.high))
        return replace(found, value=value, low=low if self.least is None else max(low, self.least), high=high)


def marked(kpi: KPI) -> KPI:
    """Return a company's own KPI with a mark of its meaning: the formula, and the frame where that is its own, too.

    Layout and comments do not change it; functions that a frame of its own calls are not looked into.
    """
    build = kpi.frame.build
    own = build.__module__.startswith(OWN)
    rows = ast.unparse(ast.parse(dedent(inspect.getsource(build)))) if own else ""
    said = [repr(kpi.formula), kpi.frame.name, repr(sorted(kpi.frame.columns.items())), rows]
    meaning = re.sub(r" at 0x[0-9a-f]+", "", "\n".join(said))
    return replace(kpi, mark=hashlib.sha256(meaning.encode()).hexdigest()[:6])


def bound(table: ir.Table, kpi: KPI) -> dict[str, ir.Value]:
    """Return what is kept of each customer for `kpi` over `table`, by part."""
    return {part: table.bind(value)[0] for part, value in kpi.formula.per_unit().items()}
