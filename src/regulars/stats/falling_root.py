"""Where a falling function passes through 0: how limits are had of a test that is inverted."""

from collections.abc import Callable


def falling_root(f: Callable[[float], float], low: float, high: float) -> float:
    """Return where f, which falls from `low` to `high`, is 0; the nearer end where it does not change its sign.

    >>> round(falling_root(lambda x: 2 - x * x, 0.0, 9.0), 6)
    1.414214
    """
    if f(low) <= 0:
        return low
    if f(high) >= 0:
        return high
    # Loaded where it is used: of all KPIs one needs it, and it takes a quarter of a second.
    from scipy import optimize

    return float(optimize.brentq(f, low, high, xtol=1e-14))
