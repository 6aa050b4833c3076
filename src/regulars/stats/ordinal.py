"""Proportional odds: what columns do to an answer on an ordered scale (0 to 10, five stars).

log odds of an answer above category c = what the columns say - threshold c, the same coefficients for every c. The
log-likelihood is concave (Pratt, 1981), and Newton's method finds its maximum in a few passes, or says that there is
none: where a column parts the answers without overlap, its odds ratio grows without end.

References:
    McCullagh (1980), J. Royal Statistical Society B 42, 109-142; Pratt (1981), JASA 76, 103-106; Venables & Ripley
    (2002), Modern Applied Statistics with S, 4th ed., section 7.3, whose polr agrees.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.core.estimate import Interval
from regulars.stats.contrasts import Statistic, p_value
from regulars.stats.intervals import z
from regulars.stats.likelihood import Curve, NotFitted, maximise
from regulars.stats.regression import CONSTANT, checked, told_apart

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """What one column does to the odds of a higher answer.

    Attributes:
        name: of the column.
        value: change of log odds per unit of the column, with its Wald interval.
        odds_ratio: the same as a factor of the odds.
        p_value: two-sided, of no effect.
    """

    name: str
    value: Interval
    odds_ratio: Interval
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrdinalFit:
    """A proportional odds model.

    Attributes:
        odds: by column kept, in the order given.
        thresholds: log odds of an answer up to each category but the last where all columns are 0, ascending.
        categories: that somebody answered, ascending; the others are as if they could not be answered.
        covariance: of coefficients, then thresholds, shape (k + c - 1, k + c - 1).
        deviance: -2 log-likelihood.
        dropped: columns left out, by name, and why.
        n: answers (sum of weights).
    """

    odds: tuple[Odds, ...]
    thresholds: tuple[float, ...]
    categories: tuple[float, ...]
    covariance: Floats
    deviance: float
    dropped: Mapping[str, str]
    n: int

    def __getitem__(self, name: str) -> Odds:
        """Return what a column does, by name; KeyError where it was dropped or not given."""
        for one in self.odds:
            if one.name == name:
                return one
        raise KeyError(name)


def proportional_odds(
    answers: ArrayLike, columns: Mapping[str, ArrayLike], *, weights: ArrayLike | None = None, level: float = 0.95
) -> OrdinalFit:
    """Return the proportional odds model of `answers` by maximum likelihood.

    Args:
        answers: numbers that stand for ordered categories, shape (n,); how far they lie apart does not matter.
        columns: by name, each of shape (n,); what follows from earlier ones is dropped and named.
        weights: how many answers each row stands for, >= 0, shape (n,). Not for survey weights, whose errors differ.
        level: of the intervals.

    Raises:
        NotFitted: all answers are alike, there are too few, or a column parts them without overlap (it is named).
        ValueError: values that are not finite, or weights below 0.
    """
    y, design, w = checked(answers, columns, weights)
    used = w > 0
    categories, codes = np.unique(y[used], return_inverse=True)
    if len(categories) < 2:
        raise NotFitted("all answers are alike")
    names, x, dropped = _columns({name: column[used] for name, column in design.items()}, len(codes))
    parameters = len(categories) - 1 + len(names)
    if w.sum() <= parameters:
        raise NotFitted(f"{w.sum():g} answers are too few for {parameters} parameters")
    fit = _fitted(codes, x, w[used], names)
    errors = np.sqrt(np.diag(fit.covariance))[: len(names)]
    odds = tuple(
        _odds(name, value, error, round(w.sum()), level)
        for name, value, error in zip(names, fit.slopes.tolist(), errors.tolist(), strict=True)
    )
    return OrdinalFit(
        odds=odds,
        thresholds=tuple(fit.thresholds.tolist()),
        categories=tuple(categories.tolist()),
        covariance=fit.covariance,
        deviance=-2 * fit.value,
        dropped=dropped,
        n=round(w.sum()),
    )


def proportionality(
    answers: ArrayLike, columns: Mapping[str, ArrayLike], *, weights: ArrayLike | None = None
) -> Statistic:
    """Test whether the odds ratios are the same for every category, as the model has it (Brant's Wald test).

    Arguments as of `proportional_odds`. Each cut of the scale is fitted as a model of its own; at many categories and
    few answers none may be had, and with many answers any scale differs a little: look at the size, too.

    Raises:
        NotFitted: fewer than three categories, no column, or a cut that some column parts without overlap.

    References:
        Brant (1990), Biometrics 46, 1171-1178.
    """
    y, design, w = checked(answers, columns, weights)
    used = w > 0
    categories, codes = np.unique(y[used], return_inverse=True)
    names, x, _ = _columns({name: column[used] for name, column in design.items()}, len(codes))
    if len(categories) < 3 or not names:
        raise NotFitted("proportionality needs three categories and a column")
    w, k, cuts = w[used], len(names), len(categories) - 1
    whole = np.column_stack([np.ones(len(x)), x])
    fits = [_fitted((codes > cut).astype(np.intp), x, w, names) for cut in range(cuts)]
    above = np.stack([special.expit(x @ fit.slopes - fit.thresholds[0]) for fit in fits])
    inverse = [np.linalg.inv((whole * (w * p * (1 - p))[:, None]).T @ whole)[1:] for p in above]
    slopes = np.concatenate([fit.slopes for fit in fits])
    covariance = np.empty((cuts * k, cuts * k))
    for i in range(cuts):
        for j in range(i, cuts):
            # Whoever is above the higher cut is above the lower one, too.
            middle = (whole * (w * above[j] * (1 - above[i]))[:, None]).T @ whole
            block = inverse[i] @ middle @ inverse[j].T
            covariance[i * k : i * k + k, j * k : j * k + k] = block
            covariance[j * k : j * k + k, i * k : i * k + k] = block.T
    apart = np.kron(np.column_stack([np.full(cuts - 1, -1.0), np.eye(cuts - 1)]), np.eye(k))
    gaps = apart @ slopes
    value = float(gaps @ np.linalg.solve(apart @ covariance @ apart.T, gaps))
    df = (cuts - 1) * k
    return Statistic(value=value, df=df, p_value=float(special.chdtrc(df, value)))


def _columns(design: Mapping[str, Floats], rows: int) -> tuple[tuple[str, ...], Floats, dict[str, str]]:
    base = told_apart({CONSTANT: np.ones(rows), **design})
    names = tuple(name for name in base.names if name != CONSTANT)
    return names, np.column_stack([design[name] for name in names]) if names else np.empty((rows, 0)), base.dropped


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Coefficients (k,), thresholds (c - 1,), the covariance of both in this order, and the log-likelihood."""

    slopes: Floats
    thresholds: Floats
    covariance: Floats
    value: float


def _fitted(codes: NDArray[np.intp], x: Floats, w: Floats, names: Sequence[str]) -> _Found:
    """Fit on columns moved and stretched so that steps of 1 make sense, and move back."""
    centre = w @ x / w.sum() if len(names) else np.empty(0)
    scale = np.array([_scale(column) for column in x.T])
    likelihood = _Ordinal(codes, (x - centre) / scale if len(names) else np.empty((len(codes), 0)), w)
    counts = np.bincount(codes, w)
    start = special.logit(np.cumsum(counts)[:-1] / counts.sum())
    cuts, k = len(start), len(names)
    maximum = maximise(likelihood, np.concatenate([start, np.zeros(k)]))
    if maximum.held:
        endless = [names[j - cuts] for j in maximum.held if j >= cuts]
        if k and not endless:  # thresholds run along with the column that parts them
            endless = [names[int(np.argmax(np.abs(maximum.theta[cuts:])))]]
        by = f"of {', '.join(endless)}" if endless else "between categories"
        raise NotFitted(
            f"the likelihood has no smooth maximum: the odds ratio {by} is not told, answers do not overlap"
        )
    back = np.zeros((k + cuts, k + cuts))
    back[:k, cuts:] = np.diag(1 / scale) if k else 0.0
    back[k:, :cuts] = np.eye(cuts)
    back[k:, cuts:] = centre / scale if k else 0.0
    both = back @ maximum.theta
    covariance = back @ maximum.covariance @ back.T
    return _Found(slopes=both[:k], thresholds=both[k:], covariance=covariance, value=maximum.value)


def _scale(column: Floats) -> float:
    """Return the distance of two values, on which 1 is the log odds between them; of more, the standard deviation."""
    low, high = column.min(), column.max()
    return float(high - low if np.isin(column, (low, high)).all() else column.std())


class _Ordinal:
    """The log-likelihood of thresholds, then coefficients.

    With u and l the distances to the thresholds above and below, δ = u - l, and σ the logistic function,
    log P = log σ(u) + log σ(-l) + log(1 - exp(-δ)): each term is concave, and none cancels.
    """

    def __init__(self, codes: NDArray[np.intp], x: Floats, w: Floats) -> None:
        self.codes, self.x, self.w, self.cuts = codes, x, w, int(codes.max())

    def __len__(self) -> int:
        return len(self.codes)

    def sampled(self, rows: int) -> "_Ordinal":
        """Return that of about so many rows; of all where a sample lacks the highest category."""
        step = max(1, len(self) // rows)
        part = self.codes[::step]
        if len(np.unique(part)) <= self.cuts:
            return self
        return _Ordinal(part, self.x[::step], self.w[::step])

    def curve(self, theta: Floats) -> Curve:
        """Return value, gradient and Hessian; thresholds that do not ascend cannot be."""
        cuts, codes, w = self.cuts, self.codes, self.w
        zeta, size = theta[:cuts], len(theta)
        steps = np.diff(zeta)
        if (steps <= 0).any():
            return Curve(-math.inf, np.zeros(size), np.zeros((size, size)))
        eta = self.x @ theta[cuts:]
        inside = (codes > 0) & (codes < cuts)
        between = np.bincount(codes[inside] - 1, w[inside], max(cuts - 1, 0)) if cuts > 1 else np.empty(0)
        value = float(between @ np.log(-np.expm1(-steps)))
        gradient, hessian = np.zeros(size), np.zeros((size, size))
        for side, rows in ((0, codes < cuts), (1, codes > 0)):  # the threshold above, and the one below
            place, far = codes[rows] - side, eta[rows] - zeta[codes[rows] - side]
            # σ(far) is the chance to lie beyond the threshold.
            beyond = special.expit(far)
            slope = w[rows] * (beyond if side == 0 else beyond - 1)  # by the threshold
            bend = w[rows] * beyond * (1 - beyond)
            value -= float(w[rows] @ np.logaddexp(0, far if side == 0 else -far))
            onto = np.zeros((cuts, self.x.shape[1]))
            for cut in range(cuts):
                mine = place == cut
                onto[cut] = bend[mine] @ self.x[rows][mine]
            gradient[:cuts] += np.bincount(place, slope, cuts)
            gradient[cuts:] -= slope @ self.x[rows]
            hessian[np.arange(cuts), np.arange(cuts)] -= np.bincount(place, bend, cuts)
            hessian[:cuts, cuts:] += onto
            hessian[cuts:, :cuts] += onto.T
            hessian[cuts:, cuts:] -= (self.x[rows] * bend[:, None]).T @ self.x[rows]
        if cuts > 1:
            pull = between / np.expm1(steps)
            gradient[1:cuts] += pull
            gradient[: cuts - 1] -= pull
            bend = pull / -np.expm1(-steps)
            lower = np.arange(cuts - 1)
            for i, j, sign in ((0, 0, -1), (1, 1, -1), (0, 1, 1), (1, 0, 1)):
                hessian[lower + i, lower + j] += sign * bend
        return Curve(value, gradient, hessian)


def _odds(name: str, value: float, error: float, n: int, level: float) -> Odds:
    half = z(level) * error
    change = Interval(value=value, low=value - half, high=value + half, level=level, method="Wald", n=n)
    ratio = [math.exp(min(each, 700.0)) for each in (value, value - half, value + half)]
    return Odds(
        name=name,
        value=change,
        odds_ratio=Interval(value=ratio[0], low=ratio[1], high=ratio[2], level=level, method="Wald, log odds", n=n),
        p_value=p_value(change),
    )
