"""What forecasts may be adjusted for: how many days a period is open, and holidays."""

from collections.abc import Sequence

import numpy as np

from regulars.core.calendar_settings import CalendarSettings
from regulars.core.periods import Grain, Period
from regulars.kpis.answer import Row
from regulars.kpis.kpi import KPI
from regulars.stats.forecasting.calendars import Calendar, Exposure, SpecialDays


def calendars(
    settings: CalendarSettings, kpi: KPI, grain: Grain, course: Sequence[Row], ahead: Sequence[Period], adds_up: bool
) -> tuple[Calendar, ...]:
    """Return what a KPI may be adjusted for; nothing of shares, means and balances, which do not grow with days.

    Args:
        settings: days on which the company is closed.
        kpi: which.
        grain: of its periods.
        course: its answers.
        ahead: periods that are foretold.
        adds_up: whether its values over periods add up to that over all of them.
    """
    if not kpi.formula.extensive or not (adds_up or grain is Grain.DAY):
        return ()
    periods = [*(row.estimate.period for row in course), *ahead]
    if grain is Grain.DAY:
        special = settings.holidays(Period(periods[0].start, periods[-1].end))
        found = np.array([period.start in special for period in periods])
        return (SpecialDays(found),) if found.any() else ()
    known: list[Calendar] = []
    if grain is not Grain.WEEK:
        known.append(Exposure("length of the period", np.array([float(period.days) for period in periods])))
    if settings.set:
        days = np.array([float(len(list(settings.open_days(period)))) for period in periods])
        if days.min() > 0 and np.ptp(days) > 0:
            known.append(Exposure("open days", days))
    return tuple(known)
