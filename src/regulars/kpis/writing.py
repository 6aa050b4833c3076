"""How numbers, names and periods are written: the only place where numbers are rounded."""

import math

from regulars.core.estimate import Interval
from regulars.core.periods import Grain, Period
from regulars.kpis.kpi import Shows


def value(number: float | None, shows: Shows, currency: str) -> str:
    """Write a number in a KPI's unit, with as many digits as help.

    >>> value(0.1234, Shows.SHARE, "EUR"), value(1234567.8, Shows.MONEY, "EUR"), value(None, Shows.COUNT, "EUR")
    ('12.3 %', 'EUR 1,234,568', '-')
    """
    if number is None:
        return "-"
    if math.isinf(number):
        return "unbounded"
    match shows:
        case Shows.SHARE:
            return f"{number * 100:.1f} %"
        case Shows.POINTS:
            return f"{number:.1f}"
        case Shows.MONEY:
            return f"{currency} {_rounded(number)}"
        case Shows.DAYS:
            return f"{_rounded(number)} d"
        case Shows.SECONDS:
            return _duration(number)
        case _:
            return _rounded(number)


def _duration(seconds: float) -> str:
    for unit, length, most in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if abs(seconds) < most:
            return f"{seconds / length:.{0 if length == 1 else 1}f} {unit}"
    return f"{seconds / 86_400:.1f} d"


def _rounded(number: float) -> str:
    size = abs(number)
    if number == int(number) and size < 1e15:
        return f"{int(number):,}"
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3
    return f"{number:,.{digits}f}"


def interval(found: Interval, shows: Shows, currency: str) -> str:
    """Write an interval's limits."""
    if found.why_not:
        return "-"
    return f"{value(found.low, shows, currency)} to {value(found.high, shows, currency)}"


def difference(number: float | None, shows: Shows, currency: str) -> str:
    """Write a difference with its sign; of shares, in percentage points."""
    if number is None:
        return "-"
    sign = "+" if number > 0 else "-" if number < 0 else ""
    if shows in (Shows.SHARE, Shows.POINTS):
        return f"{sign}{abs(number) * (100 if shows is Shows.SHARE else 1):.1f} points"
    return sign + value(abs(number), shows, currency)


#: Words of names that are no plain words.
_WRITTEN = {
    "nps": "NPS", "csat": "CSAT", "ces": "CES", "pmf": "PMF", "clv": "CLV", "ltv": "LTV", "sla": "SLA",
    "p90": "(90th percentile)", "brier": "Brier", "gini": "Gini", "alive": "(alive)", "rfm": "RFM", "kpi": "KPI",
    "kpis": "KPIs", "mrr": "MRR", "arr": "ARR", "cac": "CAC", "saas": "SaaS", "12m": "(12 months)",
}  # fmt: skip


def title(name: str) -> str:
    """Write the name of a KPI or an attribute for people.

    >>> title("net_revenue"), title("transactional_nps"), title("p_alive"), title("first_response_time_p90")
    ('Net revenue', 'Transactional NPS', 'P(alive)', 'First response time (90th percentile)')
    """
    said = " ".join(_WRITTEN.get(word, word) for word in name.split("_")).replace("p (alive)", "P(alive)")
    return said[:1].upper() + said[1:]


def span(period: Period) -> str:
    """Write a period as people say it.

    >>> from datetime import date
    >>> span(Period(date(2024, 3, 1), date(2024, 4, 1))), span(Period(date(2024, 4, 1), date(2024, 7, 1)))
    ('2024-03', '2024-Q2')
    >>> span(Period(date(2024, 1, 1), date(2025, 1, 1))), span(Period(date(2024, 1, 1), date(2024, 1, 9)))
    ('2024', '2024-01-01 to 2024-01-08')
    """
    start, end = period.start, period.end
    if start == Grain.YEAR.floor(start) and end == Grain.YEAR.next(start):
        return f"{start:%Y}"
    if start == Grain.QUARTER.floor(start) and end == Grain.QUARTER.next(start):
        return f"{start:%Y}-Q{(start.month + 2) // 3}"
    if start == Grain.MONTH.floor(start) and end == Grain.MONTH.next(start):
        return f"{start:%Y-%m}"
    last = Grain.DAY.previous(end)
    return f"{start}" if start == last else f"{start} to {last}"
