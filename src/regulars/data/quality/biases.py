"""What findings do to numbers: which KPIs they push, which way, and why."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from regulars.core.periods import Period
from regulars.data.tables import TABLES

#: All canonical tables, and so every number.
ALL = tuple(TABLES)
_MEANS = {"up": "too high", "down": "too low", "unclear": "too high or too low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """Which answers a finding pushes: those for `kpis`, and those of `families` that are made of `tables`.

    Attributes:
        direction: which way.
        why: the reason, as the end of a sentence.
        kpis: names of KPIs and cohort tables.
        families: names of families; all of them where only tables are named.
        tables: canonical tables; any where only families are named.
        divided: whether only answers are meant that are split or filtered by attributes of customers.
        during: local days of which only answers that touch them are meant; all where empty.
    """

    direction: Literal["up", "down", "unclear"]
    why: str
    kpis: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    divided: bool = False
    during: tuple[Period, ...] = ()

    def meets(self, name: str, family: str, tables: frozenset[str]) -> bool:
        """Whether it pushes the KPI or cohort table `name`, made of `tables`."""
        if name in self.kpis:
            return True
        of_family = not self.families or family in self.families
        of_tables = not self.tables or not tables.isdisjoint(self.tables)
        return bool(self.families or self.tables) and of_family and of_tables

    def __str__(self) -> str:
        """Say which answers it pushes, which way and why.

        >>> print(Bias(kpis=("net_revenue",), families=("value",), tables=("orders",), direction="up", why="..."))
        net_revenue and value (of orders) may be too high: ...
        """
        spans = ", ".join(map(str, self.during[:3])) + (f", {len(self.during) - 3} more" if self.during[3:] else "")
        where = (
            " where split or filtered by attributes of customers" if self.divided else "",
            f" in {spans}" if spans else "",
        )
        return f"{self._numbers()}{''.join(where)} may be {_MEANS[self.direction]}: {self.why}"

    def _numbers(self) -> str:
        named = [", ".join(self.kpis)] if self.kpis else []
        whole = "" if set(self.tables) in (set(), set(ALL)) else f"of {', '.join(self.tables)}"
        if self.families:
            named.append(", ".join(self.families) + (f" ({whole})" if whole else ""))
        elif self.tables:
            named.append(f"all numbers {whole}".rstrip())
        return " and ".join(named)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        own = {name: getattr(self, name) for name in ("direction", "why", "divided")}
        names = {name: list(getattr(self, name)) for name in ("kpis", "families", "tables")}
        return {**own, **names, "during": [[str(days.start), str(days.end)] for days in self.during]}


def of_plain(said: dict[str, Any]) -> Bias:
    """Return the bias that `plain` gave."""
    names = {name: tuple(said[name]) for name in ("kpis", "families", "tables")}
    during = tuple(Period(*map(date.fromisoformat, days)) for days in said["during"])
    own = {name: said[name] for name in ("direction", "why", "divided")}
    return Bias(**{**own, **names, "during": during})


#: What customers' orders are worth.
_WORTH = ("historic_clv", "cohort_ltv", "revenue", "value")


def per_customer(direction: Literal["up", "down", "unclear"], why: str, *more: str, tables: tuple[str, ...]) -> Bias:
    """Return the bias of numbers that depend on whose records are whose."""
    kpis = ("purchase_frequency", "revenue_per_customer", *more)
    return Bias(kpis=kpis, families=("retention", "value"), tables=tables, direction=direction, why=why)


def of_money(direction: Literal["up", "down", "unclear"], why: str, *more: str) -> Bias:
    """Return the bias of numbers that are sums of orders."""
    kpis = ("net_revenue", "average_order_value", "revenue_per_customer", *_WORTH, *more)
    return Bias(kpis=kpis, direction=direction, why=why)
