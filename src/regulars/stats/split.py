"""Sample ratio mismatch: whether customers fell into the arms of an experiment as was planned.

Where they did not, something chose them (a filter, a lost log, a redirect), and the arms no longer differ in the
treatment alone: no effect may be read out.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy import special

from regulars.core.errors import DataError, QueryError
from regulars.stats.contrasts import Statistic

#: Below this p-value nothing is read out. One sound experiment in a thousand is stopped by chance, while a real
#: mismatch is soon far beyond: Kohavi, Tang & Xu (2020), ch. 21.
LIMIT = 0.001
#: Customers that an arm must have been to have, for chi-squared to hold: Cochran (1954), Biometrics 10, 417-451.
_LEAST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How customers were split, beside how they were to be.

    Attributes:
        counts: customers of each planned arm.
        expected: how many were to be expected of as many customers.
        statistic: the test of the planned shares; None where it cannot be made.
        limit: p-value below which it is a mismatch.
        why_not: reason there is no test.
    """

    counts: Mapping[str, int]
    expected: Mapping[str, float]
    statistic: Statistic | None
    limit: float
    why_not: str = ""

    @property
    def mismatch(self) -> bool | None:
        """Whether effects may not be read out; None where that is unknown."""
        return None if self.statistic is None else self.statistic.p_value < self.limit


def split(counts: Mapping[str, int], planned: Mapping[str, float] | None = None, *, limit: float = LIMIT) -> Split:
    """Test whether arms were filled as planned: Pearson's chi-squared with one degree of freedom less than arms.

    Args:
        counts: customers by arm; a planned arm that is not there has none.
        planned: share of each arm, on any scale above 0; equal shares of the arms in `counts` where not given.
        limit: p-value below which it is a mismatch.

    Raises:
        DataError: a count is not a whole number from 0.
        QueryError: fewer than two arms, a share that is not above 0, or customers in an arm that was not planned.

    >>> f"{split({'treated': 821_588, 'control': 815_482}).statistic.p_value:.1e}"
    '1.8e-06'
    >>> split({"treated": 905, "control": 95}, {"treated": 9, "control": 1}).mismatch
    False

    References:
        Pearson (1900), Philosophical Magazine 50, 157-175; Kohavi, Tang & Xu (2020), Trustworthy Online Controlled
        Experiments, ch. 21, where the first example is from; Fabijan et al. (2019), KDD, 2156-2164, on causes.
    """
    shares = dict.fromkeys(counts, 1.0) if planned is None else planned
    _check(counts, shares)
    filled = {arm: counts.get(arm, 0) for arm in shares}
    customers, whole = sum(filled.values()), math.fsum(shares.values())
    expected = {arm: customers * (share / whole) for arm, share in shares.items()}
    few = min(shares, key=shares.__getitem__)
    if expected[few] < _LEAST:
        why = f"too few customers to tell: arm `{few}` was to have {expected[few]:.3g} of them, and {_LEAST} are needed"
        return Split(counts=filled, expected=expected, statistic=None, limit=limit, why_not=why)
    value = math.fsum((filled[arm] - size) ** 2 / size for arm, size in expected.items())
    df = len(shares) - 1
    statistic = Statistic(value=value, df=df, p_value=float(special.chdtrc(df, value)))
    return Split(counts=filled, expected=expected, statistic=statistic, limit=limit)


def _check(counts: Mapping[str, int], shares: Mapping[str, float]) -> None:
    for arm, count in counts.items():
        if not (0 <= count < math.inf and count == math.floor(count)):
            raise DataError(f"Arm `{arm}` has {count} customers: a whole number from 0 is needed.")
    if len(shares) < 2:
        raise QueryError(f"An experiment has two arms at least, not {len(shares)}.")
    for arm, share in shares.items():
        if not 0 < share < math.inf:
            raise QueryError(f"The planned share of arm `{arm}` is {share}: it must be above 0.")
    strangers = sorted(arm for arm in counts if arm not in shares and counts[arm])
    if strangers:
        raise QueryError(f"Customers are in arm `{strangers[0]}`, which was not planned. Give its share.")
