"""How well predictions tell customers apart: whether those predicted higher came more often, or bought more.

One row is one customer: rows are taken as independent. Where predictions tie, those who tie count in part, so that no
measure depends on the order of rows. Intervals hold the chance of who the customers were; the model is taken as it is.
"""

import math
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.core.wording import counted
from regulars.stats import intervals
from regulars.stats.moments import summed

Floats: TypeAlias = NDArray[np.float64]


def concordance(scores: Floats, came: Floats) -> float:
    """Return the area under the ROC curve: P(one who came was scored higher than one who did not), ties half.

    nan where all or none came.

    References:
        Hanley & McNeil (1982), Radiology 143, 29-36.
    """
    did = came > 0
    m, n = int(did.sum()), int((~did).sum())
    if not m or not n:
        return math.nan
    return float((ranks(scores)[did].sum() - m * (m + 1) / 2) / (m * n))


def auc(scores: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the area under the ROC curve with DeLong's interval, on the logit scale.

    Where the order is perfect the variance is 0 and says nothing: the limit is then Wilson's for the fewer.

    References:
        DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, 837-845; Sun & Xu (2014), IEEE Signal Processing Letters
        21, 1389-1393, for ranks in place of pairs. Qin & Hotilovac (2008), Statistical Methods in Medical Research 17,
        207-221, for the logit.
    """
    if why := _two_kinds(came):
        return unknown(why, level=level, n=len(came))
    of_came, of_others = _placements(scores, came)
    value = float(of_came.mean())
    if value in (0.0, 1.0):
        fewer = min(len(of_came), len(of_others))
        found = intervals.wilson(round(value * fewer), fewer, level=level)
        return replace(found, method="perfect order, Wilson of the fewer", n=len(came))
    error = math.sqrt(of_came.var(ddof=1) / len(of_came) + of_others.var(ddof=1) / len(of_others))
    low, high = _logit_limits(value, error, level)
    return Interval(value=value, low=low, high=high, level=level, method="DeLong, logit", n=len(came))


def auc_gain(scores: Floats, others: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return how much greater the area under the ROC curve of `scores` is than that of `others`, same customers.

    References:
        DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, 837-845, eq. 5 and 6.
    """
    if why := _two_kinds(came):
        return unknown(why, level=level, n=len(came))
    pairs = zip(_placements(scores, came), _placements(others, came), strict=True)
    of_came, of_others = (one - other for one, other in pairs)
    value = float(of_came.mean())
    half = intervals.z(level) * math.sqrt(of_came.var(ddof=1) / len(of_came) + of_others.var(ddof=1) / len(of_others))
    return Interval(value=value, low=value - half, high=value + half, level=level, method="DeLong, paired", n=len(came))


def average_precision(scores: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the mean, over those who came, of the share who came among all scored at least as high.

    References:
        Boyd, Eng & Page (2013), Area under the precision-recall curve, ECML PKDD 2013, section 3.2, for the interval.
    """
    if why := _two_kinds(came):
        return unknown(why, level=level, n=len(came))
    counts, _, (hits,) = tied(-scores, came)
    value, m = float(np.sum(hits * np.cumsum(hits) / np.cumsum(counts)) / hits.sum()), int(hits.sum())
    if value == 1:
        return replace(intervals.wilson(m, m, level=level), method="perfect order, Wilson", n=len(came))
    low, high = _logit_limits(value, math.sqrt(value * (1 - value) / m), level)
    return Interval(value=value, low=low, high=high, level=level, method="logit", n=len(came))


def spearman(predicted: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the correlation of ranks, ties averaged.

    References:
        Bonett & Wright (2000), Psychometrika 65, 23-28: variance (1 + r²/2)/(n - 3) on Fisher's scale.
    """
    n = len(came)
    if n < 4 or np.ptp(predicted) == 0 or np.ptp(came) == 0:
        return unknown("a correlation of ranks needs four customers who differ", level=level, n=n)
    value = float(np.clip(np.corrcoef(ranks(predicted), ranks(came))[0, 1], -1, 1))
    low, high = _fisher_limits(value, math.sqrt((1 + value**2 / 2) / (n - 3)), n, level)
    return Interval(value=value, low=low, high=high, level=level, method="Bonett-Wright", n=n)


def normalised_gini(predicted: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the Gini coefficient of what came in the order of predictions, over that in its own order.

    1 is the right order, 0 that of chance. Both are linearised, as in `concentration`.

    References:
        Wang, Liu & Miao (2019), arXiv 1912.07753, section 4.2. Kakwani, Wagstaff & van Doorslaer (1997), Journal of
        Econometrics 77, 87-103, for the variance of an index of concentration.
    """
    n = len(came)
    if np.count_nonzero(came) < 10 or np.ptp(came) == 0 or came.min() < 0:
        return unknown("it needs ten customers who did something, and not all the same", level=level, n=n)
    (ours, each), (best, each_best) = (_concentration(order, came) for order in (predicted, came))
    value = float(ours / best)
    error = float((each - value * each_best).std(ddof=1)) / best / math.sqrt(n)
    low, high = _fisher_limits(value, error / max(1 - value**2, 1 / n**2), n, level)
    return Interval(value=value, low=low, high=high, level=level, method="Gini, linearised, Fisher", n=n)


def lift(scores: Floats, came: Floats, share: float = 0.1, *, level: float = 0.95) -> Interval:
    """Return how much more came of the `share` scored highest than of as many drawn by chance; amounts will do too.

    References:
        Beach & Davidson (1983), Review of Economic Studies 50, 723-735: that so many are drawn, however high they were
        scored, takes from the variance what comes at the threshold.
    """
    many = share * len(came)
    if not len(came) or came.sum() == 0:
        return unknown("nothing came", level=level, n=len(came))
    top, wide, narrow = (_top(scores, part * many) for part in (1.0, min(1.5, 1 / share), 0.5))
    at_threshold = float((wide - narrow) @ came) / float((wide - narrow).sum())
    found = intervals.ratio(summed((top * came - at_threshold * (top - share)) / share, came), level=level)
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1 / share))


def hit_rate(scores: Floats, came: Floats, top: int, *, level: float = 0.95) -> Interval:
    """Return the share who came among the `top` customers scored highest."""
    if not 0 < top <= len(came):
        return unknown(f"there are fewer than {counted(top, 'customer')}", level=level, n=len(came))
    hits = float(_top(scores, top) @ came)
    return replace(intervals.wilson(round(hits), top, level=level), value=hits / top)


def tied(keys: Floats, *values: Floats) -> tuple[Floats, NDArray[np.int_], list[Floats]]:
    """Return the sizes of groups of equal keys, ascending; the group of each row; sums of values by group."""
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    sums = [np.bincount(group, each, len(counts)).astype(np.float64) for each in values]
    return counts.astype(np.float64), group, sums


def ranks(values: Floats, weights: Floats | None = None) -> Floats:
    """Return ranks from 1 upwards, by weight where there are weights; equal values share the mean of theirs.

    TRICKY: scipy.stats has the same without weights, but importing it takes longer than most commands.
    """
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    sizes = counts if weights is None else np.bincount(group, weights)
    return np.asarray((np.cumsum(sizes) - (sizes - 1) / 2)[group], dtype=np.float64)


def _top(scores: Floats, many: float) -> Floats:
    """Return how far each row is among the `many` scored highest: 1, 0, or for those who tie at the end a part."""
    counts, group, _ = tied(-scores)
    return np.asarray(np.clip((many - (np.cumsum(counts) - counts)) / counts, 0.0, 1.0)[group])


def _concentration(order: Floats, came: Floats) -> tuple[float, Floats]:
    """Return mean times index of concentration of `came` in that order, and what each row does to it (mean 0)."""
    n = len(came)
    counts, group, (sums,) = tied(order, came)
    rank = (np.cumsum(counts) - counts / 2) / n
    beyond = (sums.sum() - (np.cumsum(sums) - sums / 2)) / n
    mean, ranked = sums.sum() / n, float(sums @ rank) / n
    each = 2 * (came * rank[group] + beyond[group] - 2 * ranked) - (came - mean)
    return 2 * ranked - mean, each


def _two_kinds(came: Floats) -> str:
    fewer = min(np.count_nonzero(came > 0), np.count_nonzero(came <= 0))
    return "" if fewer >= 2 else "it needs two customers who came and two who did not"


def _placements(scores: Floats, came: Floats) -> tuple[Floats, Floats]:
    """Return of each who came the share of the others scored lower; of each other, of those who came scored higher."""
    did, placed = came > 0, ranks(scores)
    m, n = int(did.sum()), int((~did).sum())
    of_came = (placed[did] - ranks(scores[did])) / n
    of_others = 1 - (placed[~did] - ranks(scores[~did])) / m
    return of_came, of_others


def _logit_limits(value: float, error: float, level: float) -> tuple[float, float]:
    centre, half = special.logit(value), intervals.z(level) * error / (value * (1 - value))
    return float(special.expit(centre - half)), float(special.expit(centre + half))


def _fisher_limits(value: float, error: float, n: int, level: float) -> tuple[float, float]:
    """Return limits of a correlation whose error is given on Fisher's scale; 1 is taken as a little less."""
    most = 1 - 1 / n**2
    centre, half = math.atanh(min(max(value, -most), most)), intervals.z(level) * error
    return min(math.tanh(centre - half), value), max(math.tanh(centre + half), value)
