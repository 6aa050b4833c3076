"""Limits of a ratio of two estimates that may go together."""

import math


def fieller(
    top: float, bottom: float, *, variances: tuple[float, float], covariance: float, quantile: float
) -> tuple[float, float] | None:
    """Return the limits of top/bottom, or None where `bottom` may be 0 and the ratio has no bounds.

    They are the roots in r of (top - r bottom)² = quantile² Var(top - r bottom).

    Args:
        top: numerator.
        bottom: denominator.
        variances: of `top` and of `bottom`.
        covariance: of the two.
        quantile: two-sided quantile of the studentised estimate.

    >>> fieller(6, 2, variances=(1, 0), covariance=0, quantile=2)
    (2.0, 4.0)
    >>> fieller(6, 2, variances=(1, 1), covariance=0, quantile=2)

    References:
        Fieller (1954), J. Royal Statistical Society B 16, 175-185.
    """
    if abs(bottom) <= quantile * math.sqrt(variances[1]):
        return None
    # In units of `bottom`, so that money in any currency can be squared.
    ratio, scale = top / bottom, (quantile / bottom) ** 2
    square, half = 1 - scale * variances[1], ratio - scale * covariance
    edge = math.sqrt(max(half**2 - square * (ratio**2 - scale * variances[0]), 0.0))
    return (half - edge) / square, (half + edge) / square
