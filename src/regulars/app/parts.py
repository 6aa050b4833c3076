"""What each customer brings into a KPI: which of their units count, what is told of them, and who weighs most.

Every kind of aggregation is told once, in `_TELLING`; one of a company's own is told under its own names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import ibis

from regulars.app.part_names import FORETOLD, name_of
from regulars.core.money import SCALE, UNITS
from regulars.kpis.aggregations import Unit, count
from regulars.kpis.expected import Expected
from regulars.kpis.frame import flag
from regulars.kpis.impacts import Impact
from regulars.kpis.kpi import KPI, Shows
from regulars.kpis.lifetimes import Hazard, Quantile, Survival
from regulars.kpis.ranks import Gini, TopShare
from regulars.kpis.shares import Distinct, NetShare, Share
from regulars.kpis.sums import CostEach, Mean, Ratio, Total
from regulars.kpis.weighted import WeightedNetShare, WeightedScore, WeightedShare

#: What a part of one customer may be.
Value = bool | int | float | Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that is told of every customer behind a KPI.

    Attributes:
        name: of the formula's part.
        title: the same in words.
        shows: how it is written; None for yes or no.
        value: what a customer's units amount to, as an expression.
        per: what the engine's whole numbers are divided by.
    """

    name: str
    title: str
    shows: Shows | None
    value: Any
    per: int = 1

    def read(self, found: Any) -> Value:
        """Return what the engine says in the unit that is shown; money stays decimal."""
        if found is None or self.shows is None:
            return None if found is None else bool(found)
        if self.shows is Shows.MONEY and self.per == UNITS and not isinstance(found, float):
            return Decimal(int(found)).scaleb(-SCALE)
        if self.per == 1:
            return found if isinstance(found, float) else int(found)
        return float(Fraction(found) / self.per)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How the customers behind a KPI are told, as expressions over its units.

    Attributes:
        counts: of each unit, how often it is in n.
        weight: of a customer's units together; those of the highest come first.
        parts: what is told of each customer.
    """

    counts: Any
    weight: Any
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A KPI, and the columns of its units by part of its formula."""

    kpi: KPI
    unit: Unit

    @property
    def formula(self) -> Any:
        return self.kpi.formula

    def part(self, name: str, value: Any, *, per: int = 1, main: bool = True) -> Part:
        """Return a part that is called after the columns that it reads."""
        known = name_of(self.kpi, name, main=main)
        return Part(name=name, title=known.title, shows=known.shows, value=value, per=per * known.per)

    def whether(self, name: str, title: str, value: Any) -> Part:
        """Return a part that is yes or no of a customer who is one unit, and a number of others."""
        single = self.kpi.frame.unit == "customer"
        return Part(name=name, title=title, shows=None if single else Shows.COUNT, value=value)


def told(kpi: KPI, unit: Unit) -> Told:
    """Return how the customers behind `kpi` are told; `unit` has the column of each part of its formula."""
    return _TELLING.get(type(kpi.formula), _as_named)(_Asked(kpi=kpi, unit=unit))


def _share(asked: _Asked) -> Told:
    yes = asked.unit["yes"]
    part = asked.whether("yes", "counts as yes", count(yes))
    return Told(counts=flag(yes.notnull()), weight=count(yes), parts=(part,))


def _net_share(asked: _Asked) -> Told:
    plus, minus = count(asked.unit["plus"]), count(asked.unit["minus"])
    parts = asked.whether("plus", "counts for it", plus), asked.whether("minus", "counts against it", minus)
    return Told(counts=flag(asked.unit["plus"].notnull()), weight=plus + minus, parts=parts)


def _distinct(asked: _Asked) -> Told:
    yes = asked.unit["yes"]
    return Told(counts=flag(yes), weight=count(yes), parts=(asked.whether("yes", "counted", count(yes)),))


def _total(asked: _Asked) -> Told:
    x = asked.unit["x"]
    over = [asked.part("over", asked.unit["over"].max(), main=False)] if "over" in asked.unit else []
    return Told(counts=flag(x.notnull()), weight=x.sum().abs(), parts=(asked.part("x", x.sum()), *over))


def _mean(asked: _Asked) -> Told:
    x = asked.unit["x"]
    part = asked.part("x", x.sum(), per=asked.formula.per)
    return Told(counts=flag(x.notnull()), weight=x.sum().abs(), parts=(part,))


def _ratio(asked: _Asked) -> Told:
    a, b = asked.unit["a"], asked.unit["b"]
    both = a.notnull() & b.notnull()
    top, bottom = (ibis.ifelse(both, one, ibis.null(one.type())).sum() for one in (a, b))
    return Told(counts=flag(both), weight=top.abs(), parts=(asked.part("a", top), asked.part("b", bottom, main=False)))


def _ranked(asked: _Asked) -> Told:
    x = asked.unit["x"]
    held = ibis.ifelse(x > 0, x, 0).sum()
    return Told(counts=flag(x > 0), weight=held, parts=(asked.part("x", held),))


def _weighed(asked: _Asked, words: Mapping[str, str]) -> Told:
    """Tell weights of rows: in 1/10,000, or numbers of rows where all weigh the same."""
    per = 1 if isinstance(asked.formula.weight, int) else UNITS
    words = {**words, "b": "weight of all", "k": "of how many"}
    parts = tuple(
        Part(
            name=name,
            title=title,
            shows=Shows.NUMBER if per > 1 else Shows.COUNT,
            value=asked.unit[name].sum(),
            per=1 if name == "k" else per,
        )
        for name, title in words.items()
        if per > 1 or name != "b"
    )
    return Told(counts=flag(asked.unit["k"] > 0), weight=asked.unit["a"].sum().abs(), parts=parts)


def _weighted_share(asked: _Asked) -> Told:
    return _weighed(asked, {"a": "count as yes"})


def _weighted_net_share(asked: _Asked) -> Told:
    return _weighed(asked, {"plus": "count for it", "minus": "count against it"})


def _weighted_score(asked: _Asked) -> Told:
    a, b = asked.unit["a"].sum(), asked.unit["b"].sum()
    score = Part(name="score", title="score", shows=Shows.SCORE, value=a.cast("float64") / b.cast("float64"))
    weight = Part(name="b", title="weight", shows=Shows.NUMBER, value=b, per=UNITS * UNITS)
    return Told(counts=flag(asked.unit["b"].notnull()), weight=a.abs(), parts=(score, weight))


def _life(asked: _Asked, start: int, end: int | None) -> Told:
    days, late, ended = (asked.unit[name] for name in ("days", "late", "ended"))
    exits = ended + asked.unit["censored"]
    seen = ibis.ifelse(days >= start, exits, 0)
    # Who came under observation only after the time that is asked about could not be seen leaving in it.
    counts = seen if end is None else seen - ibis.ifelse((days >= start) & (days >= end - 1), late, 0)
    longest = ibis.ifelse(exits > 0, days, 0).max()
    shows = Shows.SECONDS if asked.kpi.shows is Shows.SECONDS else Shows.DAYS
    lasted = Part(name="days", title="how long, the longest", shows=shows, value=longest)
    over = Part(name="ended", title="how many came to an end", shows=Shows.COUNT, value=ended.sum())
    return Told(counts=counts, weight=longest, parts=(lasted, over))


def _survival(asked: _Asked) -> Told:
    return _life(asked, 0, None if asked.formula.at is None else asked.formula.at + 1)


def _hazard(asked: _Asked) -> Told:
    return _life(asked, asked.formula.start, asked.formula.end)


def _quantile(asked: _Asked) -> Told:
    value = asked.unit["value"]
    return Told(counts=flag(value.notnull()), weight=value.max().abs(), parts=(asked.part("value", value.max()),))


def _expected(asked: _Asked) -> Told:
    formula, shows = asked.formula, asked.kpi.shows
    per = formula.per * (UNITS if shows is Shows.MONEY else 1)
    title = FORETOLD.get(formula.name, formula.name.replace("_", " "))
    named = {"x": title, "known": "so far"}
    parts = tuple(
        Part(name=name, title=title, shows=shows, value=asked.unit[name].sum(), per=per)
        for name, title in named.items()
        if name in asked.unit
    )
    weight = sum((part.value for part in parts[1:]), start=parts[0].value)
    return Told(counts=flag(asked.unit["x"].notnull()), weight=weight.abs(), parts=parts)


def _impact(asked: _Asked) -> Told:
    score, there = asked.unit["score"], asked.unit["mentioned"]
    known = score.notnull() & there.notnull()
    words = {
        "mentioned": ("answers that mention it", count(there)),
        "score": ("promoters less detractors", ibis.ifelse(known, score, 0).sum()),
    }
    parts = (Part(name=name, title=title, shows=Shows.COUNT, value=value) for name, (title, value) in words.items())
    return Told(counts=flag(known), weight=count(there), parts=tuple(parts))


def _as_named(asked: _Asked) -> Told:
    parts = []
    for name, value in asked.unit.items():
        title = name.replace("_", " ")
        if value.type().is_boolean():
            parts.append(asked.whether(name, title, count(value)))
        elif value.type().is_numeric():
            parts.append(Part(name=name, title=title, shows=Shows.NUMBER, value=value.sum()))
    first = next(iter(asked.unit.values()))
    return Told(
        counts=flag(first.notnull()),
        weight=parts[0].value.abs() if parts else first.count(),
        parts=tuple(parts),
    )


_TELLING: Mapping[type, Callable[[_Asked], Told]] = MappingProxyType(
    {
        CostEach: _total,
        Distinct: _distinct,
        Expected: _expected,
        Gini: _ranked,
        Hazard: _hazard,
        Impact: _impact,
        Mean: _mean,
        NetShare: _net_share,
        Quantile: _quantile,
        Ratio: _ratio,
        Share: _share,
        Survival: _survival,
        TopShare: _ranked,
        Total: _total,
        WeightedNetShare: _weighted_net_share,
        WeightedScore: _weighted_score,
        WeightedShare: _weighted_share,
    }
)
