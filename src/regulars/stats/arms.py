"""What one arm of an experiment says of a metric: a mean, a share or a ratio, with its sampling variance.

Customers are what was randomised, so they are the units of all three; a ratio of sums (spend per visit) is taken over
customers' pairs, never over visits.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

from regulars.core.errors import DataError
from regulars.stats.intervals import ratio_variance
from regulars.stats.moments import Number, PairSums, Sums, exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A metric in one arm.

    Attributes:
        value: in the metric's unit; None where `why_not` says it cannot be had.
        variance: sampling variance of `value`, in its unit squared: not that of one customer.
        n: customers in the arm.
        why_not: reason there is no value.
    """

    value: float | None
    variance: float
    n: int
    why_not: str = ""


def mean(sums: Sums) -> Arm:
    """Return the mean per customer.

    Raises:
        DataError: a sum is not a finite number, or no values have such sums.

    >>> mean(Sums.of([1, 2, 3]))
    Arm(value=2.0, variance=0.3333333333333333, n=3, why_not='')
    """
    _check({"n": sums.n, "total": sums.total, "squares": sums.squares})
    _possible("squares", sums.n, sums.total, sums.squares)
    if sums.n < 2:
        return _too_few(sums.n)
    try:
        return Arm(value=sums.mean, variance=0.0 if _alike(sums) else sums.variance / sums.n, n=sums.n)
    except OverflowError as cause:
        raise DataError("`squares` is beyond what can be reckoned with: give the metric in a larger unit.") from cause


def share(successes: int, n: int) -> Arm:
    """Return the share of customers with the plain (Wald) variance; `two_shares` compares better where they are few.

    Raises:
        DataError: more customers than there are, or fewer than 0.
    """
    _check({"n": n, "successes": successes})
    if not 0 <= successes <= n:
        raise DataError(f"`successes` is {successes}: it must be from 0 to the arm's {n} customers.")
    if n < 2:
        return _too_few(n)
    return Arm(value=successes / n, variance=successes * (n - successes) / n**3, n=n)


def ratio(pairs: PairSums) -> Arm:
    """Return Σa/Σb over customers' pairs, with the variance of the delta method.

    Raises:
        DataError: a sum is not a finite number, or no values have such sums.

    References:
        Cochran (1977), Sampling Techniques, 3rd ed., eq. 6.13; Deng, Knoblich & Lu (2018), KDD, 233-242 (in
        experiments).
    """
    check_pairs(pairs)
    if pairs.n < 2:
        return _too_few(pairs.n)
    if not exact(pairs.b):
        return Arm(value=None, variance=math.nan, n=pairs.n, why_not="the denominator is 0")
    try:
        return Arm(value=float(exact(pairs.a) / exact(pairs.b)), variance=ratio_variance(pairs), n=pairs.n)
    except OverflowError as cause:
        raise DataError("`aa` is beyond what can be reckoned with: give the metric in a larger unit.") from cause


def check_pairs(pairs: PairSums) -> None:
    """Refuse sums that no pairs have with a DataError."""
    _check({name: getattr(pairs, name) for name in ("n", "a", "b", "aa", "ab", "bb")})
    _possible("aa", pairs.n, pairs.a, pairs.aa)
    _possible("bb", pairs.n, pairs.b, pairs.bb)


def _too_few(n: int) -> Arm:
    why = "nobody is in it" if not n else "two customers are needed to say how sure it is"
    return Arm(value=None, variance=math.nan, n=n, why_not=why)


def _check(sums: dict[str, Number]) -> None:
    for name, value in sums.items():
        if isinstance(value, float | Decimal) and not math.isfinite(value):
            raise DataError(f"`{name}` is {value}: a finite number is needed. Leave no customer without a value.")
    n = sums["n"]
    if n < 0 or n != int(n):
        raise DataError(f"`n` is {n}: a whole number of customers from 0 is needed.")


def _alike(sums: Sums) -> bool:
    """Return whether what spread there is lies below the precision of sums that an engine added up as floats."""
    whole = sums.n * exact(sums.squares)
    return isinstance(sums.squares, float) and whole - exact(sums.total) ** 2 <= whole * exact(1e-14)


def _possible(name: str, n: int, total: Number, squares: Number) -> None:
    """Refuse a sum of squares below what the total alone makes it, but for the rounding of engines' sums."""
    if n * exact(squares) < exact(total) ** 2 * (1 - exact(1e-9)):
        raise DataError(f"`{name}` is {squares}: no {n} values that add up to {total} have so small a sum of squares.")
