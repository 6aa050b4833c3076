"""The log-likelihood of `bg_nbd` with exact first and second derivatives.

A likelihood is the sum over two ways in which a history came about: the customer waits, or is gone. With d the
derivatives of the logarithm of a way, and the way as what is random, the gradient is E[d], the Hessian E[d'] + Var[d].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import special

from regulars.stats.buying.histories import Histories
from regulars.stats.likelihood import Curve, Each, Floats, assembled, own_parameters

#: Covariates of rows, shape (n, q), by the index of the parameter that they scale.
Designs: TypeAlias = Mapping[int, Floats]
#: Of each row: the value, and its derivatives by the logs of parameters; what is not there is 0.
Derivatives: TypeAlias = tuple[Floats, dict[int, Each], dict[tuple[int, int], Each]]

#: Places of the parameters.
_R, _ALPHA, _A, _B = range(4)
#: Rows computed at once: some forty arrays of so many stay in the cache.
_BLOCK = 32_768


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BgLikelihood:
    """Of histories, up to factors that no parameter changes.

    Attributes:
        whole: all rows, with weights.
        designs: their covariates.
        leaves_at_first, k: as of `BgNbd`.
        parts: the same rows with their covariates: those who may have left (True) and those who cannot have.
        repeats: how many customers, by weight, have more than i repeat transactions; i = 0, 1, ...
    """

    whole: Histories
    designs: Designs
    leaves_at_first: bool
    k: int
    parts: tuple[tuple[bool, Histories, Designs], ...]
    repeats: Floats

    @classmethod
    def of(cls, h: Histories, designs: Designs, leaves_at_first: bool, k: int) -> "BgLikelihood":
        """Return that of histories with weights."""
        may_have_left = (h.frequency > 0) | leaves_at_first
        parts = []
        for side in (True, False):
            rows = np.flatnonzero(may_have_left == side)
            parts.append((side, h.taken(rows), _taken(designs, rows)))
        exactly = np.bincount(h.frequency.astype(np.intp), weights=h.weights)
        return cls(
            whole=h,
            designs=designs,
            leaves_at_first=leaves_at_first,
            k=k,
            parts=tuple(parts),
            repeats=np.cumsum(exactly[:0:-1], dtype=np.float64)[::-1],
        )

    def __len__(self) -> int:
        return len(self.whole)

    def sampled(self, rows: int) -> "BgLikelihood":
        """Return that of about so many rows, spread evenly."""
        some = slice(None, None, max(len(self) // rows, 1))
        return BgLikelihood.of(self.whole.taken(some), _taken(self.designs, some), self.leaves_at_first, self.k)

    def curve(self, theta: Floats) -> Curve:
        """Return value, gradient and Hessian at the logs of r, alpha, a, b, followed by covariates' coefficients."""
        # Far from the maximum parameters may overflow: the search takes a value that is not finite for a no.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            curves = self._of_counts(*np.exp(theta[:4]))
            for may_have_left, part, designs in self.parts:
                for first in range(0, len(part), _BLOCK):
                    rows = slice(first, first + _BLOCK)
                    curves.append(self._of_rows(theta, part.taken(rows), _taken(designs, rows), may_have_left))
        gradient, hessian = np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
        for curve in curves:
            own = len(curve.gradient)
            gradient[:own] += curve.gradient
            hessian[:own, :own] += curve.hessian
        return Curve(float(sum(curve.value for curve in curves)), gradient, hessian)

    def _of_counts(self, r: float, alpha: float, a: float, b: float) -> list[Curve]:
        """Return what only depends on how many repeat transactions there were.

        Gamma(r+kx)/Gamma(r) is the product of r+i over i < kx, so that each transaction adds k factors, whoever made
        it; and (b+i)/(a+b+i) to B(a, b+d)/B(a, b). Nothing cancels, however large r, a and b grow.
        """
        curves = [_curve(_log_rising(r, self.k * len(self.repeats)), np.repeat(self.repeats, self.k), {})]
        if not self._chances_differ:
            stays = np.concatenate([[self.whole.total] * self.leaves_at_first, self.repeats])
            curves.append(_curve(_log_stays(a, b, len(stays)), stays, {}))
        return curves

    def _of_rows(self, theta: Floats, h: Histories, designs: Designs, may_have_left: bool) -> Curve:
        r, alpha, a, b = (np.exp(log) for log in own_parameters(theta, 4, designs))
        weights = np.ones(len(h)) if h.weights is None else h.weights
        if not may_have_left:
            return _curve(_waiting(r, alpha, h, self.k), weights, designs)
        stays = h.frequency + self.leaves_at_first
        curve = _curve(_waiting_or_gone(r, alpha, a, b, h, stays, self.k), weights, designs)
        if self._chances_differ:
            chances = _curve(_log_beta_ratio(a, b, stays), weights, designs)
            curve = Curve(
                curve.value + chances.value, curve.gradient + chances.gradient, curve.hessian + chances.hessian
            )
        return curve

    @property
    def _chances_differ(self) -> bool:
        return bool({_A, _B} & set(self.designs))


def phases(shape: Floats, silence: Floats, k: int) -> list[Floats]:
    """Return the weights of 0 .. k-1 steps of the next gap being over: (shape)_j / j! silence^j.

    Args:
        shape: of the gamma distribution of the rate, given the transactions: r + kx.
        silence: (T - t) / (alpha + T).
        k: steps of a gap.
    """
    weights = [np.ones(len(shape))]
    for j in range(k - 1):
        weights.append(weights[-1] * ((shape + j) / (j + 1)) * silence)
    return weights


def _taken(designs: Designs, rows: slice | np.ndarray) -> Designs:
    return {place: design[rows] for place, design in designs.items()}


def _curve(terms: Derivatives, weights: Floats, designs: Designs) -> Curve:
    value, gradient, hessian = terms
    slopes = [gradient.get(place, 0.0) for place in range(4)]
    return assembled(float((weights * value).sum()), slopes, hessian, weights, designs)


def _log_rising(r: float, n: int) -> Derivatives:
    i = np.arange(n, dtype=np.float64)
    share = r / (r + i)
    return np.log(r + i), {_R: share}, {(_R, _R): share * (1 - share)}


def _log_stays(a: float, b: float, n: int) -> Derivatives:
    """Return log (b+i)/(a+b+i): the chance to stay after i stays."""
    i = np.arange(n, dtype=np.float64)
    of_b, a_of_both, b_of_both = b / (b + i), a / (a + b + i), b / (a + b + i)
    hessian: dict[tuple[int, int], Each] = {
        (_A, _A): -a_of_both * (1 - a_of_both),
        (_A, _B): a_of_both * b_of_both,
        (_B, _B): of_b * (1 - of_b) - b_of_both * (1 - b_of_both),
    }
    return -np.log1p(a / (b + i)), {_A: -a_of_both, _B: of_b - b_of_both}, hessian


def _log_beta_ratio(a: Each, b: Each, stays: Floats) -> Derivatives:
    """Return log B(a, b+d)/B(a, b): `_log_stays` summed over i < d, where each row has an a and b of its own."""
    value = special.betaln(a, b + stays) - special.betaln(a, b)
    both = special.psi(a + b) - special.psi(a + b + stays)
    one = both + special.psi(b + stays) - special.psi(b)
    # zeta(2, b) is the trigamma function.
    bend = special.zeta(2, a + b) - special.zeta(2, a + b + stays)
    hessian: dict[tuple[int, int], Each] = {
        (_A, _A): a * a * bend + a * both,
        (_A, _B): a * b * bend,
        (_B, _B): b * b * (bend + special.zeta(2, b + stays) - special.zeta(2, b)) + b * one,
    }
    return value, {_A: a * both, _B: b * one}, hessian


def _waiting(r: Each, alpha: Each, h: Histories, k: int) -> Derivatives:
    """Return log alpha^r sum_j (r+kx)_j/j! (T-t)^j / (alpha+T)^(r+kx+j), of customers who cannot have left."""
    shape, over = r + k * h.frequency, 1 + h.age / alpha
    share, log = 1 / over, np.log(over)
    value, of_r, of_alpha = -shape * log - k * h.frequency * np.log(alpha), -r * log, r - shape * share
    hessian: dict[tuple[int, int], Each] = {
        (_R, _R): of_r,
        (_R, _ALPHA): r * (1 - share),
        (_ALPHA, _ALPHA): -shape * share * (1 - share),
    }
    if k > 1:
        waits, slopes, bends = _log_phases(r, shape, share, (h.age - h.recency) / (alpha + h.age), k)
        value, of_r, of_alpha = value + waits, of_r + slopes[_R], of_alpha + slopes[_ALPHA]
        hessian = {pair: bend + bends[pair] for pair, bend in hessian.items()}
    return value, {_R: of_r, _ALPHA: of_alpha}, hessian


def _waiting_or_gone(r: Each, alpha: Each, a: Each, b: Each, h: Histories, stays: Floats, k: int) -> Derivatives:
    """Return the logarithm of the sum of the two ways, over alpha^-r."""
    repeated = k * h.frequency
    shape = r + repeated
    last, now = 1 + h.recency / alpha, 1 + h.age / alpha
    log = np.log(last)
    silence, share, share_now = np.log(now) - log, 1 / last, 1 / now
    chance_b = b + stays - 1
    gone, waits = a / chance_b, np.exp(-shape * silence)
    # Derivatives of the way of those who wait less that of those who are gone.
    by_r, by_alpha, by_b = -r * silence, shape * (share - share_now), b / chance_b
    if k > 1:
        steps, slopes, bends = _log_phases(r, shape, share_now, (h.age - h.recency) / (alpha + h.age), k)
        waits, by_r, by_alpha = waits * np.exp(steps), by_r + slopes[_R], by_alpha + slopes[_ALPHA]
    either = waits + gone
    value = np.log(either) - shape * log - repeated * np.log(alpha)
    stay, left = waits / either, gone / either
    doubt = stay * left
    doubt_r, doubt_alpha, doubt_b = doubt * by_r, doubt * by_alpha, doubt * by_b
    of_r = stay * by_r - r * log
    rest = share_now * stay + share * left
    hessian = {
        (_R, _R): of_r + doubt_r * by_r,
        (_R, _ALPHA): r * (1 - rest) + doubt_r * by_alpha,
        (_R, _A): -doubt_r,
        (_R, _B): doubt_r * by_b,
        (_ALPHA, _ALPHA): doubt_alpha * by_alpha
        - shape * (stay * share_now * (1 - share_now) + left * share * (1 - share)),
        (_ALPHA, _A): -doubt_alpha,
        (_ALPHA, _B): doubt_alpha * by_b,
        (_A, _A): doubt,
        (_A, _B): -doubt_b,
        (_B, _B): doubt_b * by_b - left * by_b * (1 - by_b),
    }
    if k > 1:
        hessian[_R, _R] += stay * (bends[_R, _R] - slopes[_R])
        hessian[_R, _ALPHA] += stay * bends[_R, _ALPHA]
        hessian[_ALPHA, _ALPHA] += stay * bends[_ALPHA, _ALPHA]
    gradient = {_R: of_r, _ALPHA: r - shape * share + stay * by_alpha, _A: left, _B: -left * by_b}
    return value, gradient, hessian


def _log_phases(r: Each, shape: Floats, share: Each, silence: Floats, k: int) -> Derivatives:
    """Return the logarithm of the sum of `phases`; `share` is alpha / (alpha + T)."""
    whole = steps = steps2 = slope = bend = both = np.zeros(len(shape))
    harmonic = harmonic2 = np.zeros(len(shape))  # sums over i < j of 1/(shape+i) and its square
    for j, weight in enumerate(phases(shape, silence, k)):
        whole, steps, steps2 = whole + weight, steps + j * weight, steps2 + j * j * weight
        slope, both = slope + harmonic * weight, both + j * harmonic * weight
        bend = bend + (harmonic**2 - harmonic2) * weight
        harmonic, harmonic2 = harmonic + 1 / (shape + j), harmonic2 + (shape + j) ** -2.0
    steps, steps2, slope, both, bend = (moment / whole for moment in (steps, steps2, slope, both, bend))
    hessian: dict[tuple[int, int], Each] = {
        (_R, _R): r * slope + r * r * (bend - slope**2),
        (_R, _ALPHA): -r * share * (both - steps * slope),
        (_ALPHA, _ALPHA): share**2 * (steps2 - steps**2) - share * (1 - share) * steps,
    }
    return np.log(whole), {_R: r * slope, _ALPHA: -share * steps}, hessian
