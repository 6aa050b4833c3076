"""Directions that recur: what a table of sentences by terms has in common, as long as halves of it know it, too.

References:
    As of `regulars.text.themes`.
"""

import warnings
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int_]

#: Themes at most.
MOST: Final = 25
#: Numbers of themes that are tried, and different sentences for each theme.
_TRIED: Final = (MOST, 20, 16, 13, 10, 8, 6, 5, 4, 3, 2)
_PER_THEME: Final = 30
#: Share of sentences that halves must agree on; chance makes .03 of words of equal frequency.
_LEAST_AGREED: Final = 0.1
#: Cosine with the same direction in halves, from which a theme is stable.
_STABLE: Final = 0.6
#: Cosine of a sentence with its theme, from which it belongs to it.
_BELONGS: Final = 0.2
#: Different sentences that are factorised, at most: all are then given their themes.
_LEARNED_FROM: Final = 40_000
#: Splits into halves; one will do for many sentences.
_SPLITS, _MANY = 2, 10_000


def most_frequent(weights: Any, times: Floats, _rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """Return the same as `nearest` with the 25 rows that count most as directions."""
    chosen = np.argsort(-times, kind="stable")[:MOST]
    near = (weights @ weights[chosen].T).toarray()
    best = near.argmax(axis=1)
    closeness = near[np.arange(len(times)), best]
    return np.where(closeness >= _BELONGS, best, -1), closeness, np.ones(len(chosen))


def nearest(weights: Any, times: Floats, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """Return the direction nearest to each row, -1 for none, the cosine with its middle, and how stable directions are.

    Args:
        weights: rows of length 1 (scipy sparse), shape (n, terms).
        times: how often each row counts, shape (n,).
        rng: draws the halves.

    Returns:
        Arrays of shape (n,), (n,) and (directions,).
    """
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    # Several threads wait for each other at this size, and how many there are would show in the last digits.
    with threadpool_limits(1):
        return _nearest(weights, times, rng)


def _nearest(weights: Any, times: Floats, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    none = np.full(len(times), -1), np.zeros(len(times)), np.zeros(0)
    drawn = rng.permutation(len(times))  # among those written equally often
    frequent = drawn[np.argsort(-times[drawn], kind="stable")][:_LEARNED_FROM]
    chosen = np.sort(frequent[np.diff(weights.indptr)[frequent] > 0])
    halves = _best_halves(weights[chosen], times[chosen], rng)
    if not halves:
        return none
    whole = _factors(weights[chosen], times[chosen], len(halves[0][0]))
    stability = np.mean([_alike(whole, half) for pair in halves for half in pair], axis=0)
    stable = np.flatnonzero(stability >= _STABLE)
    if not len(stable):
        return none
    first = np.asarray((weights @ whole[stable].T).argmax(axis=1))
    middles = np.stack([np.asarray(weights.T @ (times * (first == place))) for place in range(len(stable))])
    near = weights @ _lengthened(middles).T
    best = near.argmax(axis=1)
    closeness = near[np.arange(len(times)), best]
    return np.where(closeness >= _BELONGS, stable[best], -1), closeness, stability


def _best_halves(weights: Any, times: Floats, rng: np.random.Generator) -> list[tuple[Floats, Floats]]:
    """Return directions found in random halves, as many as let most sentences fall under the same theme in both.

    What was written often is in both halves. Numbers are tried from 25 down; of many sentences until two in a row do no
    better, as it is dear. None where the best is next to nothing.
    """
    dear = len(times) > _MANY
    splits = 1 if dear else _SPLITS
    parts = [rng.binomial(times.astype(np.int_), 0.5).astype(np.float64) for _ in range(splits)]
    best: list[tuple[Floats, Floats]] = []
    most, worse = _LEAST_AGREED, 0
    for many in _TRIED:
        if many * _PER_THEME > times.sum() or 2 * many > min(weights.shape):
            continue
        found = [(_factors(weights, part, many), _factors(weights, times - part, many)) for part in parts]
        agreed = float(np.mean([_agreed(*pair, weights, times) for pair in found]))
        if agreed > most:
            best, most, worse = found, agreed, 0
        else:
            worse += 1
        if dear and best and worse == 2:
            break
    return best


def _agreed(one: Floats, other: Floats, weights: Any, times: Floats) -> float:
    """Return the share of sentences that both sets of directions put under the same theme."""
    from scipy import optimize  # takes half a second to import, and few commands need it

    alike = one @ other.T
    ours, theirs = optimize.linear_sum_assignment(-alike)
    same = np.full(len(one), -1)
    same[ours] = np.where(alike[ours, theirs] >= _STABLE, theirs, -1)
    near, beside = weights @ one.T, weights @ other.T
    both = (near.max(axis=1) >= _BELONGS) & (same[near.argmax(axis=1)] == beside.argmax(axis=1))
    return float(times @ both / times.sum())


def _factors(weights: Any, times: Floats, many: int) -> Floats:
    """Return directions of length 1, shape (many, terms), of rows that stand there as often as `times` says."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    kept = np.flatnonzero(times)
    rows = weights[kept]
    # Squared errors of a row times sqrt(n) are those of n rows.
    rows.data = rows.data * np.repeat(np.sqrt(times[kept]), np.diff(rows.indptr))
    many = min(many, *rows.shape)
    # Where sentences repeat, what is left is 0 but for rounding, and its root no number; nobody asks for it.
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        # Directions are settled long before the last digits of the error are.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = NMF(many, init="nndsvda", random_state=0, max_iter=150, tol=1e-3).fit(rows)
    return _lengthened(model.components_)


def _lengthened(directions: Floats) -> Floats:
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    return np.asarray(directions / np.where(lengths > 0, lengths, 1.0))


def _alike(whole: Floats, half: Floats) -> Floats:
    """Return the cosine of each direction with its like in a half."""
    from scipy import optimize  # takes half a second to import, and few commands need it

    alike = whole @ half.T
    ours, theirs = optimize.linear_sum_assignment(-alike)
    found = np.zeros(len(whole))
    found[ours] = alike[ours, theirs]
    return found
