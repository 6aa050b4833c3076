"""Cohort tables as rows that go anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.core.estimate import Estimate
from regulars.kpis.cohorts import CohortTable
from regulars.views import shown, words

if TYPE_CHECKING:
    import polars as pl


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
        return [record for record, _cell in self._cells()]

    def flat(self) -> list[dict[str, Any]]:
        """Return one level of columns per cell: days as dates, the instant as one, flags as a list."""
        return [
            {
                **{name: value for name, value in one.items() if not isinstance(value, dict)},
                **{f"by_{name}": value for name, value in one["group"].items()},
                **shown.typed(cell),
            }
            for one, cell in self._cells()
        ]

    def to_json(self) -> str:
        """Return JSON, keys sorted, no NaN."""
        return shown.json_text(self.records())

    def to_csv(self) -> str:
        """Return CSV; text that a spreadsheet would run as a formula is quoted with an apostrophe."""
        return shown.csv_text(self.flat())

    to_arrow = shown.as_arrow
    to_pandas = shown.as_pandas

    def to_polars(self) -> "pl.DataFrame":
        """Return a polars data frame, a row per cell; columns as of `flat`.

        Raises:
            QueryError: polars is not installed.
        """
        return shown.polars(self.to_arrow())

    def __repr__(self) -> str:
        return self.table.why_not or shown.table_text(*self._drawn())

    def _repr_html_(self) -> str:
        return shown.table_html(*self._drawn())

    def _drawn(self) -> tuple[list[str], list[list[str]]]:
        """Return heads and rows of the table as people read it: cohorts downwards, ages to the right."""
        every = (*self.table.rows, *self.table.pooled)
        groups = list(every[0].group) if every else []
        rows = [
            [
                "pooled" if row.cohort is None else str(row.cohort.start),
                *map(words.group, row.group.values()),
                f"{row.size:,}",
                *("" if cell.interval.why_not else self._value(cell) for cell in row.cells[: self.table.reached]),
            ]
            for row in every
        ]
        return ["Cohort", *groups, "Size", *map(str, range(self.table.reached))], rows

    def _value(self, cell: Estimate) -> str:
        return words.value(cell.interval.value, self.table.cohort.shows, self.currency)

    def _cells(self) -> Iterator[tuple[dict[str, Any], Estimate]]:
        kpi = self.table.cohort
        for row in (*self.table.rows, *self.table.pooled):
            for age, cell in enumerate(row.cells):
                yield (
                    {
                        "cohorts": kpi.name,
                        "cohort": "pooled" if row.cohort is None else str(row.cohort.start),
                        "group": dict(row.group),
                        "size": row.size,
                        "age": age,
                        "grain": str(self.table.grain),
                        "period": str(cell.period),
                        **shown.interval_record(cell.interval),
                        "unit": self.currency if kpi.shows == "money" else str(kpi.shows),
                        "as_of": cell.as_of.isoformat(),
                        "version": cell.version,
                        "flags": list(cell.flags),
                    },
                    cell,
                )
