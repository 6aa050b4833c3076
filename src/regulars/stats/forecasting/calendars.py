"""What the calendar does to a course: how many days are open, and days on which all is different."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from regulars.stats.forecasting.rolling import Floats, Whole

#: Days of a week; weeks and special days that an ordinary day, or the effect of special ones, is told by.
_WEEK, _WEEKS, _FEW = 7, 4, 3


class Calendar(Protocol):
    """What is taken off a course before it is foretold, and put on what is foretold."""

    @property
    def name(self) -> str:
        """What is adjusted for, in words; "" of nothing."""
        ...

    def without(self, values: Floats) -> Floats:
        """Return the course, shape (n,), as it would be were all periods alike; each value is made of earlier ones."""
        ...

    def put_on(self, foretold: Floats, origins: Whole, values: Floats) -> Floats:
        """Return what is foretold at each origin, shape (origins, ahead), with what the calendar does to it.

        `values` is the course, of which what comes before an origin is known there.
        """
        ...


@dataclass(frozen=True, eq=False)
class Plain:
    """No calendar."""

    name: str = ""

    def without(self, values: Floats) -> Floats:
        """Return the course as it is."""
        return values

    def put_on(self, foretold: Floats, origins: Whole, values: Floats) -> Floats:
        """Return what is foretold as it is."""
        return foretold


@dataclass(frozen=True, eq=False)
class Exposure:
    """Totals grow with the days on which they can.

    Attributes:
        name: such as "open days".
        days: of each period, those that are foretold among them, shape (n + ahead,), > 0.
    """

    name: str
    days: Floats

    def without(self, values: Floats) -> Floats:
        """Return totals of a period of mean length."""
        return values / self.days[: len(values)] * self.days.mean()

    def put_on(self, foretold: Floats, origins: Whole, values: Floats) -> Floats:
        """Return totals of periods as long as they are."""
        return foretold * _at(self.days, origins, foretold.shape[1], self.days.mean()) / self.days.mean()


@dataclass(frozen=True, eq=False)
class SpecialDays:
    """Days on which a daily course is a share of what it is on others of their weekday.

    Attributes:
        special: of each day, those that are foretold among them, shape (n + ahead,).
        name: in words.
    """

    special: NDArray[np.bool_]
    name: str = "holidays"

    def without(self, values: Floats) -> Floats:
        """Return the course with what its weekday usually has in the place of special days."""
        return self._parted(values)[0]

    def put_on(self, foretold: Floats, origins: Whole, values: Floats) -> Floats:
        """Return special days as the share that the median one before each origin was."""
        shares = self._parted(values)[1]
        known = [[share for day, share in shares if day < origin] for origin in origins]
        effect = np.array([np.median(one) if len(one) >= _FEW else 1.0 for one in known])
        special = _at(self.special, origins, foretold.shape[1], False)
        return np.where(special, foretold * effect[:, None], foretold)

    def _parted(self, values: Floats) -> tuple[Floats, list[tuple[int, float]]]:
        """Return the course with ordinary days in the place of special ones, and each of those as (day, share)."""
        found, shares = values.copy(), []
        for day in np.flatnonzero(self.special[: len(values)]):
            before = found[max(day - _WEEKS * _WEEK, day % _WEEK) : day : _WEEK]
            if not len(before):
                continue
            usual = float(np.mean(before))
            if usual > 0:
                shares.append((int(day), float(values[day]) / usual))
            found[day] = usual
        return found, shares


def _at(each: NDArray[Any], origins: Whole, ahead: int, beyond: Any) -> NDArray[Any]:
    """Return what belongs to each step of each origin, shape (origins, ahead); `beyond` of steps after the last."""
    longer = np.concatenate([each, np.full(ahead, beyond)])
    return longer[origins[:, None] + np.arange(ahead)[None, :]]
