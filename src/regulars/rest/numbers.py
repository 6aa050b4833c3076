"""KPIs and cohort tables asked in words, within limits.

They are answered in this process, on the open generation that look-ups of customers use: most take a fifth of a second,
and need not wait behind pages that take many. Look-ups wait for them in their turn, so a long answer is worked out in
parts, and has at most `ROWS` rows. Measured on 30,000 customers, two cores: one KPI over 12 months 0.2 s, 20 KPIs over
12 months 1.0 s, split by 5 markets 1.6 s; 2,000 rows 3 s, in parts of half a second.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from regulars.app import measure
from regulars.app.compared_periods import PREVIOUS
from regulars.core.errors import QueryError, UnknownName, nearest
from regulars.core.periods import Grain
from regulars.rest.endpoint import Asking
from regulars.rest.held import Held
from regulars.views.explained import explained
from regulars.views.shown import record
from regulars.views.triangle import Triangle

#: Most KPIs of an answer, most rows, most values to split by, and most cells of a cohort table.
KPIS, ROWS, GROUPS, CELLS = 20, 2_000, 200, 10_000
#: Rows that are worked out at once.
_PART = 250
#: The fewest days that a period of each grain has.
_DAYS = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 28, Grain.QUARTER: 90, Grain.YEAR: 365}


def kpi(asking: Asking, held: Held) -> dict[str, Any]:
    """Answer for one KPI.

    Raises:
        UnknownName: no such KPI.
        QueryError: it cannot be asked so.
        NotYet: others still ask.
    """
    name = asking.about["name"]
    if name not in asking.workspace.kpis:
        raise UnknownName("KPI", name, asking.workspace.kpis)
    return _answered(asking, held, (name,))


def kpis(asking: Asking, held: Held) -> dict[str, Any]:
    """Answer for several KPIs; raises as `kpi`, and nothing is unknown: names stand in the question."""
    names = asking.said["kpi"]
    if len(names) > KPIS:
        raise QueryError(f"{len(names)} KPIs are asked at once. Ask for at most {KPIS}.")
    return _answered(asking, held, names)


def _answered(asking: Asking, held: Held, names: Sequence[str]) -> dict[str, Any]:
    said = {name: part for name, part in asking.said.items() if name != "kpi"}
    found: dict[str, Any] = held.once(
        asking.serving, ("kpis", tuple(names), tuple(said.items())), asking.patience, lambda: _asked(asking, names)
    )
    return found


def _asked(asking: Asking, names: Sequence[str]) -> dict[str, Any]:
    said, records, workspace = asking.said, asking.records, asking.workspace
    by, grain = said.get("by", ()), said.get("grain", "month")
    measure.known_splits(by, names, workspace.kpis, records, workspace.origins)
    many = asking.turn(lambda: _fitting(asking, by, _periods(asking, grain) * len(names), ROWS, "rows"))
    rows = [row for part in _parted(names, many // len(names)) for row in _rows(asking, part)]
    if len(rows) > ROWS:
        raise QueryError(_too_many(len(rows), ROWS, "rows"))
    return {**head(asking), "kpis": list(names), "rows": rows}


def _parted(names: Sequence[str], each: int) -> Iterator[Sequence[str]]:
    """Yield KPIs by as many as are asked at once, where each has so many rows: together, they take less than alone."""
    many = max(_PART // each, 1)
    yield from (names[first : first + many] for first in range(0, len(names), many))


def _rows(asking: Asking, names: Sequence[str]) -> list[dict[str, Any]]:
    said, workspace = asking.said, asking.workspace
    rows = asking.turn(
        lambda: measure.ask(
            names,
            workspace.kpis,
            asking.records,
            by=said.get("by", ()),
            grain=said.get("grain", "month"),
            start=said.get("from"),
            end=said.get("to"),
            where=said.get("where"),
            compare=said.get("compare", False),
            level=said.get("level"),
        )
    )
    return [record(row, workspace.settings.company.currency) for row in rows]


def why(asking: Asking, held: Held) -> dict[str, Any]:
    """Say why a KPI moved.

    Raises:
        UnknownName: no such KPI.
        QueryError: it cannot be asked so.
        NotYet: others still ask.
    """
    name = asking.about["name"]
    if name not in asking.workspace.kpis:
        raise UnknownName("KPI", name, asking.workspace.kpis)
    question = ("why", name, tuple(asking.said.items()))
    found: dict[str, Any] = held.once(
        asking.serving, question, asking.patience, lambda: asking.turn(lambda: _why(asking, name))
    )
    return found


def _why(asking: Asking, name: str) -> dict[str, Any]:
    said = asking.said
    measure.known_splits(said.get("by", ()), (name,), asking.workspace.kpis, asking.records, asking.workspace.origins)
    found = explained(
        name,
        asking.workspace,
        asking.serving.quick,
        start=said.get("from"),
        end=said.get("to"),
        against=said.get("against", PREVIOUS),
        where=said.get("where"),
        by=said.get("by", ()),
    )
    return {**head(asking), **found.record()}


def cohorts(asking: Asking, held: Held) -> dict[str, Any]:
    """Follow customers by the period in which they began.

    Raises:
        UnknownName: no such cohort table.
        QueryError: it cannot be asked so.
        NotYet: others still ask.
    """
    name = asking.about["name"]
    if name not in asking.workspace.cohorts:
        raise UnknownName("cohort table", name, asking.workspace.cohorts)
    question = ("cohorts", name, tuple(asking.said.items()))
    found: dict[str, Any] = held.once(
        asking.serving, question, asking.patience, lambda: asking.turn(lambda: _followed(asking, name))
    )
    return found


def _followed(asking: Asking, name: str) -> dict[str, Any]:
    said, records, workspace = asking.said, asking.records, asking.workspace
    by, grain = said.get("by", ()), said.get("grain", "month")
    for one in by:
        if one not in records.attributes:
            raise QueryError(f"`{one}` after `by` is no attribute of customers.{nearest(one, records.attributes)}")
    _fitting(asking, by, _periods(asking, grain) * (records.definitions.cohort_months + 1), CELLS, "cells")
    table = measure.cohorts(
        name,
        workspace.cohorts,
        records,
        grain=grain,
        start=said.get("from"),
        end=said.get("to"),
        by=by,
        where=said.get("where"),
    )
    declared, currency = table.cohort, workspace.settings.company.currency
    return {
        **head(asking),
        "cohorts": name,
        "question": declared.question,
        "caveat": declared.caveat,
        "why_not": table.why_not,
        "cells": Triangle(table, currency).records(),
    }


def head(asking: Asking) -> dict[str, Any]:
    """Return what stands before every answer."""
    asked = {name: _said(part) for name, part in asking.said.items() if name != "kpi"}
    return {
        "asked": asked,
        "currency": asking.workspace.settings.company.currency,
        "as_of": asking.records.known_at.isoformat(),
        "generation": asking.serving.generation,
    }


def _said(part: Any) -> Any:
    return list(part) if isinstance(part, tuple) else str(part) if isinstance(part, date) else part


def _periods(asking: Asking, grain: str) -> int:
    """Return how many periods are asked about, at most."""
    cut = None if grain == measure.ALL else Grain(grain)
    whole = measure.period_of(asking.records, cut, asking.said.get("from"), asking.said.get("to"))
    return 1 if cut is None else whole.days // _DAYS[cut] + 2


def _fitting(asking: Asking, by: Sequence[str], each: int, most: int, what: str) -> int:
    """Return how many there would be, at most, where each group has so many.

    Raises:
        QueryError: that is too many.
    """
    records = asking.records
    own = [name for name in by if name in records.attributes]
    groups = 1
    if own:
        values = records.tables["people"].select(*own).distinct()
        groups = max(int(records.run(values.aggregate(n=values.count()))[0]["n"]), 1)
    if groups > GROUPS:
        raise QueryError(f"Split by {_names(own)}, there are {groups:,} groups; at most {GROUPS:,} are answered.")
    if each * groups > most:
        raise QueryError(_too_many(each * groups, most, what))
    return each * groups


def _too_many(found: int, most: int, what: str) -> str:
    return (
        f"The answer would have some {found:,} {what}; at most {most:,} are given at once. Take a coarser `grain`, a "
        "shorter time between `from` and `to`, or fewer groups."
    )


def _names(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
