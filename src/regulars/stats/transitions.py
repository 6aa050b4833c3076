"""Shares of where units went: each cell of a row of a transition matrix against all others of the row."""

from scipy import special

from regulars.core.estimate import Interval, unknown


def jeffreys(count: int, n: int, *, level: float = 0.95) -> Interval:
    """Return a share with the equal-tailed interval of its posterior under Jeffreys' prior, Beta(x + 1/2, n - x + 1/2).

    It is the marginal of a Dirichlet posterior after the row's other cells are put together. A prior of 1/2 on every
    cell of a wide row would outvote small counts: 5 of 5 in a row of 12 would be believed to be 22 to 78 %.

    >>> found = jeffreys(3, 10)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0927, 0.6058)

    References:
        Brown, Cai & DasGupta (2001), Statistical Science 16, 101-133, sec. 4.1.1; ends 0 and 1 at x = 0 and n.
    """
    if not n:
        return unknown("nobody to take a share of", level=level)
    tail = (1 - level) / 2
    low = float(special.betaincinv(count + 0.5, n - count + 0.5, tail)) if count else 0.0
    high = float(special.betaincinv(count + 0.5, n - count + 0.5, 1 - tail)) if count < n else 1.0
    return Interval(value=count / n, low=low, high=high, level=level, method="Jeffreys", n=n)
