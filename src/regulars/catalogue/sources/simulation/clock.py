"""A clock that runs fast in season: what is uniform on it is seasonal in the calendar."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from regulars.catalogue.sources.simulation.company import Company
from regulars.core.periods import YEAR_DAYS

Floats = NDArray[np.float64]

_HOUR = 3600
#: Relative demand by hour of the day (UTC), midnight first.
_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 8, 12, 14, 15, 16, 16, 15, 14, 14, 15, 17, 20, 22, 21, 16, 9, 4], dtype=float)
_PEAK_DAY = 335


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Seasonal weeks against calendar seconds, both from the start of the history.

    A Poisson process of rate 1 in seasonal weeks has rate demand(t) in the calendar (time rescaling), so a model that
    is stationary on this clock stays exact, whatever the season.

    Attributes:
        seconds: calendar seconds at every full hour, shape (hours + 1,).
        weeks: seasonal weeks elapsed by then, same shape; the last equals the history's length in weeks.
    """

    seconds: Floats
    weeks: Floats

    @property
    def length(self) -> float:
        """Length of the history in (seasonal) weeks."""
        return float(self.weeks[-1])

    def calendar(self, weeks: Floats) -> Floats:
        """Return the calendar seconds of seasonal times."""
        return np.interp(weeks, self.weeks, self.seconds)

    def seasonal(self, seconds: Floats) -> Floats:
        """Return the seasonal weeks of calendar seconds."""
        return np.interp(seconds, self.seconds, self.weeks)


@lru_cache(maxsize=8)
def clock_of(company: Company) -> Clock:
    """Return the clock on which `company` sells."""
    hours = np.arange(company.days * 24)
    days = hours // 24
    yearly = 1 + company.season * np.cos(2 * np.pi * (days + company.start.timetuple().tm_yday - _PEAK_DAY) / YEAR_DAYS)
    weekly = np.array(company.weekdays)[(company.start.weekday() + days) % 7]
    demand = yearly * weekly * _HOURS[hours % 24]
    weeks = np.concatenate([[0.0], np.cumsum(demand)])
    seconds = np.arange(len(hours) + 1, dtype=np.float64) * _HOUR
    return Clock(seconds=seconds, weeks=weeks * (company.days / 7 / weeks[-1]))
