"""Cohort tables as rows that go anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from regulars.kpis.cohorts import CohortTable
from regulars.views.shown import interval_record


@dataclass(frozen=True)
class Triangle:
    """A cohort table.

    Attributes:
        table: the answer.
        currency: of money.
    """

    table: CohortTable
    currency: str

    def records(self) -> list[dict[str, Any]]:
        """Return nested plain values, one dict per cell; immature cells say when they will be known."""
        return list(self._cells())

    def flat(self) -> list[dict[str, Any]]:
        """Return one level of columns per cell."""
        return [
            {
                **{name: value for name, value in one.items() if not isinstance(value, (dict, list))},
                **{f"by_{name}": value for name, value in one["group"].items()},
                "flags": " ".join(one["flags"]),
            }
            for one in self._cells()
        ]

    def _cells(self) -> Iterator[dict[str, Any]]:
        kpi = self.table.cohort
        for row in (*self.table.rows, *self.table.pooled):
            for age, cell in enumerate(row.cells):
                yield {
                    "cohorts": kpi.name,
                    "cohort": "pooled" if row.cohort is None else str(row.cohort.start),
                    "group": dict(row.group),
                    "size": row.size,
                    "age": age,
                    "grain": str(self.table.grain),
                    "period": str(cell.period),
                    **interval_record(cell.interval),
                    "unit": self.currency if kpi.shows == "money" else str(kpi.shows),
                    "as_of": cell.as_of.isoformat(),
                    "version": cell.version,
                    "flags": list(cell.flags),
                }
