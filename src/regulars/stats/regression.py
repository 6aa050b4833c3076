"""Least squares with errors that hold where units differ in spread or belong together.

Errors are those of the jackknife: HC3, and its like by cluster (CR3), each in one pass. Intervals and p-values use
Student's t with as many degrees of freedom as the error of that very coefficient has: of a theme that five respondents
mention hardly more than four, however many respondents there are. The algebra is k by k throughout: with an
orthonormal base Q of the design and B_g = Q_g'Q_g of a cluster (its leverage), (I - H_gg)⁻¹ applied to the cluster's
residuals e_g adds (I - B_g)⁻¹ Q_g'e_g to the score.

References:
    MacKinnon & White (1985), J. of Econometrics 29, 305-325 (HC3). MacKinnon, Nielsen & Webb (2023), J. of Econometrics
    232, 272-299 (CR3). Bell & McCaffrey (2002), Survey Methodology 28, 169-181, eq. 11; Imbens & Kolesár (2016), Review
    of Economics and Statistics 98, 701-712 (degrees of freedom).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import t
from regulars.stats.likelihood import NotFitted

Floats: TypeAlias = NDArray[np.float64]

#: A column that the ones before it tell but for this part of its length is not told apart from them.
_TOLD, _ROUNDING = 1e-7, 1e-12
#: A cluster with so little freedom left is alone in telling something.
_ALONE = 1e-10
CONSTANT = "constant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """What one column does to the outcome, the others held.

    Attributes:
        name: of the column, or "constant".
        value: in the outcome's unit per unit of the column, with its t interval.
        p_value: two-sided, of 0; 1 where there is no value.
        error: standard error; None where there is no value.
        df: degrees of freedom of the error.
    """

    name: str
    value: Interval
    p_value: float
    error: float | None
    df: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """Least squares of an outcome on columns.

    Attributes:
        coefficients: the constant first, then the columns kept, in the order given.
        covariance: of the coefficients kept, shape (k, k); NaN where one has no error.
        dropped: columns left out, by name, and why: "is the same everywhere" or "follows from a, b".
        r_squared: share of the outcome's (weighted) spread that the columns tell.
        n: rows with a weight above 0.
        clusters: independent units.
    """

    coefficients: tuple[Coefficient, ...]
    covariance: Floats
    dropped: Mapping[str, str]
    r_squared: float
    n: int
    clusters: int

    def __getitem__(self, name: str) -> Coefficient:
        """Return a coefficient by name; KeyError where its column was dropped or not given."""
        for one in self.coefficients:
            if one.name == name:
                return one
        raise KeyError(name)


def least_squares(
    outcome: ArrayLike,
    columns: Mapping[str, ArrayLike],
    *,
    weights: ArrayLike | None = None,
    clusters: Sequence[object] | NDArray[np.generic] | None = None,
    level: float = 0.95,
) -> Fit:
    """Return the least squares of `outcome` on a constant and `columns`.

    Args:
        outcome: shape (n,).
        columns: by name, each of shape (n,); what follows from earlier ones is dropped and named.
        weights: >= 0, shape (n,), on any scale; 1 each where not given.
        clusters: the independent unit of each row (a customer), shape (n,); rows themselves where not given.
        level: of the intervals.

    Raises:
        NotFitted: fewer than two independent units more than columns, or an outcome that is the same everywhere.
        ValueError: values that are not finite, or weights below 0.
    """
    y, design, w = checked(outcome, columns, weights)
    used = w > 0
    y, root = y[used], np.sqrt(w[used] / w[used].mean()) if used.any() else w[used]
    base = told_apart({CONSTANT: np.ones(len(y))} | {name: x[used] for name, x in design.items()}, root)
    units = np.arange(len(y)) if clusters is None else np.unique(np.asarray(clusters)[used], return_inverse=True)[1]
    size = int(units.max()) + 1 if len(y) else 0
    if size < len(base.names) + 2:
        raise NotFitted(f"{size} independent units are too few for {len(base.names)} coefficients")
    if np.ptp(y) == 0:
        raise NotFitted("the outcome is the same everywhere")
    scores = base.q.T @ (root * y)
    residual = root * y - base.q @ scores
    error = _errors(base, residual, units, size, grouped=clusters is not None)
    centre = (root**2 @ y) / (root**2).sum()
    return Fit(
        coefficients=tuple(
            _coefficient(name, value, error, j, size, level, "t, HC3" if clusters is None else "t, CR3")
            for j, (name, value) in enumerate(zip(base.names, (base.back @ scores).tolist(), strict=True))
        ),
        covariance=error.covariance,
        dropped=base.dropped,
        r_squared=float(1 - residual @ residual / (root**2 @ (y - centre) ** 2)),
        n=len(y),
        clusters=size,
    )


def checked(
    outcome: ArrayLike, columns: Mapping[str, ArrayLike], weights: ArrayLike | None
) -> tuple[Floats, dict[str, Floats], Floats]:
    """Return outcome, columns and weights as floats of one length, all finite and weights >= 0, or ValueError."""
    y = np.asarray(outcome, dtype=np.float64)
    design = {name: np.asarray(x, dtype=np.float64) for name, x in columns.items()}
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    for name, x in {"the outcome": y, **design, "the weights": w}.items():
        if x.shape != y.shape or not np.isfinite(x).all():
            raise ValueError(f"{name}: one finite number per row is needed")
    if (w < 0).any():
        raise ValueError("a weight is below 0")
    return y, design, w


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """Columns that tell something the ones before them do not.

    Attributes:
        names: of the columns kept, k of them.
        q: orthonormal base of the kept columns times the root of weights, shape (n, k).
        back: from coordinates in that base to coefficients, shape (k, k).
        dropped: by name, why a column was left out.
    """

    names: tuple[str, ...]
    q: Floats
    back: Floats
    dropped: dict[str, str]


def told_apart(columns: Mapping[str, Floats], root: Floats | None = None) -> Base:
    """Return the columns, each shape (n,), that do not follow from earlier ones.

    Args:
        columns: by name.
        root: square root of the weight of each row.

    References:
        Gram-Schmidt, twice: Björck (1996), Numerical Methods for Least Squares Problems, section 2.4.5.
    """
    rows = len(next(iter(columns.values())))
    root = np.ones(rows) if root is None else root
    names: list[str] = []
    dropped: dict[str, str] = {}
    q, r = np.empty((rows, len(columns))), np.zeros((len(columns), len(columns)))
    for name, x in columns.items():
        k, rest = len(names), root * x
        length = float(np.linalg.norm(rest))
        along = np.zeros(k)
        for _ in range(2):
            share = q[:, :k].T @ rest
            along, rest = along + share, rest - q[:, :k] @ share
        left = float(np.linalg.norm(rest))
        # What a constant does not tell of a column is measured by its spread, not by how far it lies from 0.
        spread = float(np.linalg.norm(root * (x - x[0]))) if rows else 0.0
        if left <= max(_TOLD * (spread if names else length), _ROUNDING * length):
            dropped[name] = _why(names, r[:k, :k], along, spread)
            continue
        q[:, k], r[:k, k], r[k, k] = rest / left, along, left
        names.append(name)
    k = len(names)
    return Base(
        names=tuple(names), q=q[:, :k], back=np.asarray(np.linalg.inv(r[:k, :k]), dtype=np.float64), dropped=dropped
    )


def _why(names: Sequence[str], r: Floats, along: Floats, spread: float) -> str:
    if not spread or not names:
        return "is the same everywhere"
    part = np.linalg.solve(r, along) * np.linalg.norm(r, axis=0)
    by = [name for name, size in zip(names, np.abs(part), strict=True) if size > 1e-6 * np.abs(part).max()]
    others = [name for name in by if name != CONSTANT]
    return f"follows from {', '.join(others)}" if others else "is the same everywhere"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Errors:
    """Covariance (k, k) of coefficients, their degrees of freedom (k,) and whether one unit alone tells them (k,)."""

    covariance: Floats
    df: Floats
    alone: NDArray[np.bool_]


def _errors(base: Base, residual: Floats, units: NDArray[np.intp], size: int, *, grouped: bool) -> _Errors:
    """Return the jackknife's covariance and, under errors of one spread, the degrees of freedom of its diagonal.

    With C the covariance of what the clusters add, df = tr(C)²/|C|²; per coefficient with row c of `back`, a cluster's
    weight on rows is w = Q_g (I - B_g)⁻¹ c, and C = diag(|w|²) - P'P with P the columns B_g (I - B_g)⁻¹ c.
    """
    k = base.q.shape[1]
    if grouped:
        order = np.argsort(units, kind="stable")
        starts = np.searchsorted(units[order], np.arange(size))
        q = base.q[order]
        leverage, axes = np.linalg.eigh(np.stack([part.T @ part for part in np.split(q, starts[1:])]))
        seen = np.add.reduceat(q * residual[order, None], starts)
        seen = np.einsum("gji,gj->gi", axes, seen)
    else:  # one row each: its only axis is itself
        length = np.linalg.norm(base.q, axis=1)
        leverage, seen = (length**2)[:, None], (length * residual)[:, None]
        axes = (base.q / np.where(length > 0, length, 1.0)[:, None])[:, :, None]
    free = 1 - leverage
    tied = free < _ALONE
    scale = np.where(tied, 0.0, 1 / np.where(tied, 1.0, free))
    added = np.einsum("gji,gi->gj", axes, scale * seen) @ base.back.T
    covariance = added.T @ added
    df, alone = np.empty(k), np.empty(k, dtype=np.bool_)
    for j, row in enumerate(base.back):
        along = np.einsum("gji,j->gi", axes, row)
        alone[j] = bool((np.abs(along[tied]) > 1e-6 * np.linalg.norm(row)).any())
        length = (scale**2 * leverage * along**2).sum(axis=1)
        p = np.einsum("gji,gi->gj", axes, scale * leverage * along)
        both = (length**2).sum() - 2 * (length * (p**2).sum(axis=1)).sum() + ((p.T @ p) ** 2).sum()
        total = length.sum() - (p**2).sum()
        df[j] = min(total**2 / both, size - 1) if total > 0 and both > 0 else 0.0
    covariance[alone], covariance[:, alone] = np.nan, np.nan
    return _Errors(covariance=covariance, df=df, alone=alone | (df <= 0))


def _coefficient(name: str, value: float, errors: _Errors, j: int, size: int, level: float, method: str) -> Coefficient:
    if errors.alone[j]:
        why = "one unit alone tells it: how sure it is cannot be known"
        return Coefficient(name=name, value=unknown(why, level=level, n=size), p_value=1.0, error=None, df=0.0)
    error, df = float(np.sqrt(errors.covariance[j, j])), float(errors.df[j])
    half = t(level, df) * error
    chance = 2 * float(special.stdtr(df, -abs(value) / error)) if error else float(value == 0)
    return Coefficient(
        name=name,
        value=Interval(value=value, low=value - half, high=value + half, level=level, method=method, n=size),
        p_value=chance,
        error=error,
        df=df,
    )
