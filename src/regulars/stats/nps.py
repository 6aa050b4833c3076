"""Net Promoter Score of independent respondents, on -1 .. 1: share of promoters minus share of detractors.

A score is the mean of -1, 0, 1, and the same thing as a difference of paired proportions in which promoters and
detractors are the discordant pairs; so the score interval for that difference serves (Rocks, 2016).
"""

import math

from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.stats.falling_root import falling_root
from regulars.stats.intervals import z


def nps_variance(promoters: float, passives: float, detractors: float) -> float:
    """Return the variance of one answer, p + d - (p - d)² (with n, not n - 1).

    References:
        Rocks (2016), The American Statistician 70, 365-372.
    """
    n = promoters + passives + detractors
    return (promoters + detractors) / n - ((promoters - detractors) / n) ** 2


def nps(promoters: float, passives: float, detractors: float, *, level: float = 0.95) -> Interval:
    """Return the score with Tango's score interval: right from n = 10 on, and never degenerate.

    Args:
        promoters: how many; weighted shares times the effective n need not be whole.
        passives: how many.
        detractors: how many.
        level: of the interval.

    References:
        Tango (1998), Statistics in Medicine 17, 891-908, with promoters and detractors as discordant pairs.
    """
    n = promoters + passives + detractors
    if not n:
        return unknown("no answers", level=level)
    value, q = (promoters - detractors) / n, z(level)

    def beyond(score: float, side: float) -> float:
        return _tango(promoters, detractors, n, score) - side * q

    low = falling_root(lambda score: beyond(score, 1.0), -1.0, value)
    high = falling_root(lambda score: beyond(score, -1.0), value, 1.0)
    return Interval(value=value, low=low, high=high, level=level, method="NPS score (Tango)", n=round(n))


def _tango(promoters: float, detractors: float, n: float, score: float) -> float:
    b = -promoters - detractors + (2 * n - promoters + detractors) * score
    c = -detractors * score * (1 - score)
    q = (math.sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
    gap = promoters - detractors - n * score
    spread = n * (2 * q + score * (1 - score))
    if spread <= 0:
        return math.copysign(1e9, gap) if gap else 0.0
    return gap / math.sqrt(spread)


def nps_wald(promoters: int, passives: int, detractors: int, *, level: float = 0.95) -> Interval:
    """Return the score with the plain interval; too short below some 100 answers, for comparison only."""
    return _symmetric(promoters, passives, detractors, z(level), level, "NPS Wald")


def nps_goodman(promoters: int, passives: int, detractors: int, *, level: float = 0.95) -> Interval:
    """Return the score with an interval that holds for all contrasts of the same three shares at once.

    References:
        Goodman (1964), Annals of Mathematical Statistics 35, 716-725.
    """
    reach = math.sqrt(float(special.chdtri(2, 1 - level)))
    return _symmetric(promoters, passives, detractors, reach, level, "NPS Goodman simultaneous")


def nps_adjusted_wald(promoters: int, passives: int, detractors: int, *, level: float = 0.95) -> Interval:
    """Return the score with the closed-form interval after adding 3/4 promoter, 3/2 passives and 3/4 detractor.

    References:
        Rocks (2016), The American Statistician 70, 365-372; Bonett & Price (2012) for the like of pairs.
    """
    n = promoters + passives + detractors
    if not n:
        return unknown("no answers", level=level)
    more = (promoters + 0.75, passives + 1.5, detractors + 0.75)
    middle = (promoters - detractors) / (n + 3)
    half = z(level) * math.sqrt(nps_variance(*more) / (n + 3))
    value = (promoters - detractors) / n
    low, high = max(-1.0, middle - half), min(1.0, middle + half)
    return Interval(
        value=value, low=min(low, value), high=max(high, value), level=level, method="NPS adjusted Wald", n=n
    )


def nps_adjusted_variance(promoters: int, passives: int, detractors: int) -> float:
    """Return the sampling variance of the score that is never 0 (adjusted Wald): what shrinkage needs."""
    n = promoters + passives + detractors
    return nps_variance(promoters + 0.75, passives + 1.5, detractors + 0.75) / (n + 3)


def _symmetric(promoters: int, passives: int, detractors: int, reach: float, level: float, method: str) -> Interval:
    n = promoters + passives + detractors
    if not n:
        return unknown("no answers", level=level)
    value = (promoters - detractors) / n
    half = reach * math.sqrt(nps_variance(promoters, passives, detractors) / n)
    return Interval(value=value, low=value - half, high=value + half, level=level, method=method, n=n)
