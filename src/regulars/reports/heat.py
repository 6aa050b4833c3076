"""Colours of a table's cells by the size of their numbers: light is low, and text stays readable on all of them."""

from dataclasses import dataclass

from regulars.reports.table import Table, number_of
from regulars.reports.written import Number

_DARK, _WHITE = "#14181f", "#ffffff"
_FILLS = "#f7fbff #e3eef9 #cfe1f2 #b0d2e7 #8abfdd #60a7d2 #3f8fc5 #2474b5 #0f59a3 #083a7a".split()
#: Ten steps: background and the colour of text on it, with a contrast of 5 or more.
STEPS = tuple((fill, _DARK if place < 7 else _WHITE) for place, fill in enumerate(_FILLS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """What number has which step.

    Attributes:
        low: value of the first step's beginning.
        high: value of the last step's end.
    """

    low: float
    high: float

    @classmethod
    def of(cls, table: Table) -> "Heat":
        """Return the scale of a table: from 0 to the largest but for the first age, which is all of them."""
        places = [place for place, column in enumerate(table.columns) if column.heat]
        ages = places[1:] or places
        found = [cell["value"] for row in table.rows for place in ages if (cell := number_of(row[place])) is not None]
        values = [value for value in found if value is not None]
        return cls(low=min([0.0, *values]), high=max(values, default=1.0))

    def step(self, number: Number) -> int:
        """Return the step of a number with a value, from 0 to 9."""
        share = (number["value"] - self.low) / (self.high - self.low or 1.0)
        return min(max(int(share * len(STEPS)), 0), len(STEPS) - 1)
