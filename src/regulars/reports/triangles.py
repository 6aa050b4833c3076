"""A cohort table as people read it: cohorts downwards, ages to the right."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from regulars.reports import written
from regulars.reports.table import Cell, Column, Later, Table
from regulars.views import words


def table(block: Mapping[str, Any]) -> Table:
    """Return a block of cohorts as a triangle: an immature cell says from when on it is known."""
    cells: Sequence[Mapping[str, Any]] = block["cells"]
    reached = max((one["age"] for one in cells if one["value"] is not None), default=-1) + 1
    groups = list(dict.fromkeys(name for one in cells for name in one["group"]))
    grain = str(cells[0]["grain"]).capitalize() if cells else ""
    lines: dict[tuple[Any, ...], dict[int, Mapping[str, Any]]] = {}
    for one in cells:
        lines.setdefault((*one["group"].values(), one["cohort"]), {})[one["age"]] = one
    return Table(
        name=block["cohorts"],
        title=block["question"],
        columns=(
            Column(name="cohort", title="Began in"),
            *(Column(name=f"by_{name}", title=words.title(name)) for name in groups),
            Column(name="size", title="Customers"),
            *(Column(name=f"age_{age}", title=f"{grain} {age}", heat=True) for age in range(reached)),
        ),
        rows=tuple(_row(line, groups, reached) for line in lines.values()),
        caption=f"{block['caveat']} {grain} 0 is the one in which they began.".strip(),
        definitions=((words.title(block["cohorts"]), block["caveat"]),),
    )


def _row(line: Mapping[int, Mapping[str, Any]], groups: Sequence[str], reached: int) -> tuple[Cell, ...]:
    first = line[min(line)]
    pooled = first["cohort"] == "pooled"
    return (
        "All cohorts old enough" if pooled else written.period(first["period"]),
        *(words.group(first["group"].get(name)) for name in groups),
        first["size"],
        *(_cell(line.get(age), pooled=pooled) for age in range(reached)),
    )


def _cell(number: Mapping[str, Any] | None, *, pooled: bool) -> Cell:
    if number is None or number["value"] is not None or pooled:
        return number
    end = number["period"].partition("..")[2]
    known = date.fromisoformat(end) > datetime.fromisoformat(number["as_of"]).date() if end else False
    return Later(on=end, number=number) if known else number
