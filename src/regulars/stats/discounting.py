"""What money to come is worth today: rates by period, and the multiples of a margin that retention makes.

The two multiples differ by 1, the margin of today: `multiple` leaves it out, `multiple_from_now` counts it in full.

References:
    Gupta & Lehmann (2003), J. Interactive Marketing 17(1), 9-24.
"""

import math

from regulars.core.periods import YEAR_DAYS


def rate_per_period(annual: float, periods: float) -> float:
    """Return the rate per period that compounds to `annual` (0.12 is 12 % a year) over `periods` a year.

    >>> round(rate_per_period(0.12, 12), 6)
    0.009489
    """
    return math.expm1(math.log1p(annual) / periods)


def force(annual: float, units: float = YEAR_DAYS) -> float:
    """Return the continuously compounded rate per unit of time, of which a year has `units`.

    >>> round(force(0.15, 52.18), 4)
    0.0027
    """
    return math.log1p(annual) / units


def retention_per_period(annual: float, periods: float) -> float:
    """Return the retention per period that leaves a share `annual` of customers after `periods`.

    >>> round(retention_per_period(0.8, 12), 4)
    0.9816
    """
    return float(annual ** (1 / periods))


def multiple(retention: float, rate: float, *, growth: float = 0.0) -> float:
    """Return the worth of all margins to come, in margins of the next period: each is had at a period's end.

    Args:
        retention: share of customers who stay, per period, constant.
        rate: of discount per period.
        growth: of a customer's margin, per period, from the next one on.

    >>> round(multiple(0.8, 0.12), 9), round(multiple(0.8, 0.12, growth=0.08), 9)
    (2.5, 3.125)
    """
    left = 1 + rate - retention * (1 + growth)
    return retention / left if left > 0 else math.inf


def multiple_from_now(retention: float, rate: float, *, growth: float = 0.0, periods: int | None = None) -> float:
    """Return the worth of the margin that is had now and all to come, in margins of now: each at a period's start.

    Args:
        retention: share of customers who stay, per period, constant.
        rate: of discount per period.
        growth: of a customer's margin, per period.
        periods: how many margins are counted, the one of now included; None: all.

    >>> round(multiple_from_now(0.8, 0.12), 9), round(multiple_from_now(0.8, 0.12, periods=5), 3)
    (3.5, 2.849)
    """
    kept = retention * (1 + growth) / (1 + rate)
    if periods is None:
        return 1 / (1 - kept) if kept < 1 else math.inf
    return math.fsum(kept**period for period in range(periods))
