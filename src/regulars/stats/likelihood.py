"""Maximum likelihood: Newton's method in a trust region, and a result only where the data tell one.

A model gives the exact gradient and Hessian of its log-likelihood, so that a handful of passes over the customers do,
and the observed information comes for free.

References:
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., ch. 4. Efron & Hinkley (1978), Biometrika 65, 457-487:
    observed information rather than expected.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
#: One number for all rows, or one of each row.
Each: TypeAlias = Floats | float

#: Rows of the first, quick fit that the one on all rows begins from.
_WARM = 30_000
#: Promised rise of the log-likelihood at which one last step ends the search: 1e-6 is a thousandth of a standard error,
#: and Newton's steps square what is left.
_KNOWN, _SHORT = 1e-6, 0.01
#: The same of many rows: a few ten-thousandths of a standard error.
_KNOWN_OF_MANY = 1e-7
#: Furthest that a parameter moves from its start, and widest standard error; beyond them the data do not tell it.
_FURTHEST, _WIDEST = 14.0, 6.0
_MOST_STEPS = 200


class NotFitted(Exception):
    """There is no maximum that the data tell; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A log-likelihood at one place, summed over rows.

    Attributes:
        value: the log-likelihood.
        gradient: shape (k,).
        hessian: shape (k, k), symmetric.
    """

    value: float
    gradient: Floats
    hessian: Floats


class Likelihood(Protocol):
    """The log-likelihood of some rows."""

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def sampled(self, rows: int) -> "Likelihood":
        """Return that of about so many rows, spread evenly."""
        ...

    def curve(self, theta: Floats) -> Curve:
        """Return value, gradient and Hessian; a value that is not finite says that `theta` cannot be."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maximum:
    """Where a log-likelihood is highest.

    Attributes:
        theta: the place, shape (k,).
        covariance: inverse of the observed information, shape (k, k); 0 for what is held.
        value: the log-likelihood there.
        held: indices of parameters that the data do not tell: they stay where the likelihood no longer changes.
        evaluations: passes over all rows.
    """

    theta: Floats
    covariance: Floats
    value: float
    held: tuple[int, ...]
    evaluations: int

    @property
    def plain(self) -> tuple[tuple[float, ...], tuple[tuple[float, ...], ...]]:
        """`theta` and `covariance` as plain numbers, as they are kept; the latter by row."""
        return tuple(self.theta.tolist()), tuple(map(tuple, self.covariance.tolist()))


def maximise(likelihood: Likelihood, start: Floats) -> Maximum:
    """Return the maximum nearest uphill from `start`.

    Args:
        likelihood: of all rows; where there are many, a sample of them is fitted first to begin near the end.
        start: shape (k,); parameters on a scale on which steps of 1 make sense, such as logarithms.

    Raises:
        NotFitted: nothing was found that could be believed.
    """
    start = np.array(start, dtype=np.float64)
    if len(likelihood) > 2 * _WARM:
        # A sample may tell less than all rows do; then it is no place to begin.
        with suppress(NotFitted):
            quick = _climb(likelihood.sampled(_WARM), start, start)
            if not quick.held:
                return _climb(likelihood, start, quick.theta)
    return _climb(likelihood, start, start)


def directions(covariance: Sequence[Sequence[float]]) -> Floats:
    """Return independent directions of doubt, one standard deviation each: a row each; what is held has none."""
    scale, axes = np.linalg.eigh(np.array(covariance))
    kept = scale > 0
    return np.asarray((axes[:, kept] * np.sqrt(scale[kept])).T)


def _climb(likelihood: Likelihood, start: Floats, near: Floats) -> Maximum:
    """Climb from `near`; how far a parameter has moved is counted from `start`."""
    held: set[int] = set()
    theta, evaluations = near.copy(), 0
    while len(held) < len(theta):
        free = np.array([index for index in range(len(theta)) if index not in held])
        theta, here, passes, runaway = _newton(likelihood, theta, start, free)
        evaluations += passes
        if runaway is not None:
            held.add(runaway)
            continue
        scale, axes = np.linalg.eigh(-here.hessian[np.ix_(free, free)])
        if scale[0] < _WIDEST**-2:
            # Along this axis the likelihood is level: a ridge. What leads along it is held, the rest is told given it.
            held.add(int(free[np.argmax(np.abs(axes[:, 0]))]))
            continue
        covariance = np.zeros((len(theta), len(theta)))
        covariance[np.ix_(free, free)] = (axes / scale) @ axes.T
        return Maximum(
            theta=theta, covariance=covariance, value=here.value, held=tuple(sorted(held)), evaluations=evaluations
        )
    raise NotFitted("the records tell none of its parameters")


def _known(rows: int) -> float:
    """Return what the next step may promise for this one to be the last: of many rows, each pass counts."""
    return _KNOWN_OF_MANY if rows > 2 * _WARM else 0.0


def _newton(
    likelihood: Likelihood, theta: Floats, start: Floats, free: NDArray[np.int_]
) -> tuple[Floats, Curve, int, int | None]:
    """Climb over the `free` parameters; stops short at one that runs away, and returns which."""
    here, radius, evaluations = likelihood.curve(theta), 1.0, 1
    if not np.isfinite(here.value):
        raise NotFitted("its likelihood is not finite where the search begins")
    known, before = _known(len(likelihood)), np.inf
    for _ in range(_MOST_STEPS):
        gradient, hessian = here.gradient[free], here.hessian[np.ix_(free, free)]
        step, gain, inside = _step(gradient, hessian, radius)
        ahead = theta.copy()
        ahead[free] += step
        # Near the top each step leaves the square of what it found: this is what the next would promise.
        short = bool(np.linalg.norm(step) < _SHORT)
        left = gain * (gain / before) ** 2 if inside and short else np.inf
        before = gain if inside else np.inf
        if inside and (gain < _KNOWN or left < known):
            # Only a ridge promises so little for a long step; what is far is not believed unseen.
            last = ahead if short else theta
            return last, replace(here, value=here.value + gain), evaluations, None
        beyond = np.abs(ahead - start) > _FURTHEST
        if beyond.any():
            return theta, here, evaluations, int(np.argmax(beyond))
        there, evaluations = likelihood.curve(ahead), evaluations + 1
        rise = there.value - here.value
        # Near the top the rise drowns in rounding; the gradient still tells.
        drowned = abs(rise) <= 1e-12 * max(1.0, abs(here.value))
        flatter = np.abs(there.gradient[free]).max() < np.abs(gradient).max()
        if np.isfinite(there.value) and (rise > 1e-3 * gain or (drowned and flatter)):
            radius = min(radius * 2.5, 4.0) if rise > 0.75 * gain else radius
            theta, here = ahead, there
        elif drowned and gain < _KNOWN:
            return theta, here, evaluations, None
        else:
            radius = 0.3 * float(np.linalg.norm(step))
            if radius < 1e-9:
                raise NotFitted("the search for its parameters stalls: the likelihood has no smooth maximum")
    raise NotFitted(f"the search for its parameters does not end within {_MOST_STEPS} steps")


def _step(gradient: Floats, hessian: Floats, radius: float) -> tuple[Floats, float, bool]:
    """Return the best step within `radius`, the rise that it promises and whether it is Newton's own."""
    scale, axes = np.linalg.eigh(-hessian)
    along = axes.T @ gradient
    largest = max(float(np.abs(scale).max()), 1e-300)
    # Level to rounding is a ridge, on which Newton's step is sound; curved the wrong way it is none.
    own = bool(scale[0] > -1e-9 * largest)
    shift = max(0.0, 1e-10 * largest - float(scale[0]))
    for _ in range(200):
        lengths = along / (scale + shift)
        if np.linalg.norm(lengths) <= radius:
            break
        shift, own = max(2 * shift, 1e-9 * largest), False
    return axes @ lengths, float(along @ lengths - 0.5 * (scale @ lengths**2)), own


def assembled(
    value: float,
    gradient: Sequence[Each],
    hessian: Mapping[tuple[int, int], Each],
    weights: Floats,
    designs: Mapping[int, Floats],
) -> Curve:
    """Return the curve over all parameters from derivatives by each row's own.

    A row's own parameter j is theta[j], plus its covariates times their coefficients where `designs` has some; the
    coefficients follow the parameters in theta, in the order of j.

    Args:
        value: the log-likelihood, summed.
        gradient: by parameter, of each row; p of them.
        hessian: by pair (j, k) with j <= k, of each row; a pair that is not there is 0.
        weights: of rows, shape (n,).
        designs: covariates by parameter, each of shape (n, q).
    """
    own = len(gradient)
    places = {j: np.array([j]) for j in range(own)}
    size = own
    for j in sorted(designs):
        places[j] = np.concatenate([[j], np.arange(size, size + designs[j].shape[1])])
        size += designs[j].shape[1]
    total, curvature = np.zeros(size), np.zeros((size, size))
    for j, slope in enumerate(gradient):
        total[places[j]] += _crossed(weights * slope, designs.get(j), None)[:, 0]
    for (j, k), bend in hessian.items():
        block = _crossed(weights * bend, designs.get(j), designs.get(k))
        curvature[places[j][:, None], places[k]] += block
        if j != k:
            curvature[places[k][:, None], places[j]] += block.T
    return Curve(value, total, curvature)


def own_parameters(theta: Floats, own: int, designs: Mapping[int, Floats]) -> list[Each]:
    """Return the parameters of each row: a number where there are no covariates, else shape (n,)."""
    found: list[Each] = [float(value) for value in theta[:own]]
    size = own
    for j in sorted(designs):
        width = designs[j].shape[1]
        found[j] = theta[j] + designs[j] @ theta[size : size + width]
        size += width
    return found


def _crossed(weighted: Floats, left: Floats | None, right: Floats | None) -> Floats:
    """Return the weighted products of two designs, each with a column of ones before it, summed over rows."""
    block = np.empty((1 if left is None else 1 + left.shape[1], 1 if right is None else 1 + right.shape[1]))
    block[0, 0] = weighted.sum()
    if right is not None:
        block[0, 1:] = weighted @ right
    if left is not None:
        block[1:, 0] = weighted @ left
    if left is not None and right is not None:
        block[1:, 1:] = (left * weighted[:, None]).T @ right
    return block
