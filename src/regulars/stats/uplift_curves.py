"""What a treatment gains as more and more customers are treated, those first of whom most is foretold.

The treatment was drawn with one probability for all, so that the treated and the others of any score can be compared.
Customers whose scores tie come in together: a curve has a point for each score, whatever the order of rows. An area is
that between a curve and the straight line of chance, over that of the perfect curve: 1 is perfect, 0 is chance. What is
perfect has two conventions, and areas of one are not to be set beside those of the other:

* with negative effects (the usual one): treated customers who did it first, then all who did not, last those who did it
  untreated, as if the treatment had kept them from it elsewhere;
* without: nobody is harmed, as many customers as the treatment gained in all come first and nothing is lost after.

Names and conventions are those of the package scikit-uplift, which this reproduces.

References:
    Radcliffe (2007), Direct Marketing Analytics Journal 1, 14-21 (Qini). Devriendt, Van Belle, Guns & Verbeke (2022),
    IEEE Transactions on Knowledge and Data Engineering 34, 4888-4904 (conventions).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.stats.ranking import tied

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """What is gained by treating those scored highest; arrays of one length, the origin first.

    Attributes:
        targeted: customers scored at least so high, ascending.
        gained: units of the outcome that treating them gains: among the treated of them for a Qini curve, among all of
            them for an uplift curve.
    """

    targeted: Floats
    gained: Floats


def qini_curve(outcome: Floats, treated: Floats, score: Floats) -> Curve:
    """Return the outcome of the treated less that of the others, scaled to as many, by score.

    Args:
        outcome: shape (n,).
        treated: 1 or 0, shape (n,).
        score: shape (n,), who is to be treated first highest.
    """
    sums = by_score(outcome, treated, score)
    return Curve(targeted=_targeted(sums), gained=qini_gains(sums))


def uplift_curve(outcome: Floats, treated: Floats, score: Floats) -> Curve:
    """Return the difference of means, times customers, by score; arguments as of `qini_curve`."""
    sums = by_score(outcome, treated, score)
    return Curve(targeted=_targeted(sums), gained=_uplift_gains(sums))


def qini(outcome: Floats, treated: Floats, score: Floats, *, negative_effects: bool = True) -> float:
    """Return the area of the Qini curve over that of the perfect one; nan where that has none.

    Args:
        outcome: shape (n,); 0 or 1 without negative effects, else amounts will do, too.
        treated: 1 or 0, shape (n,).
        score: shape (n,).
        negative_effects: which convention.

    Raises:
        ValueError: amounts without negative effects.
    """
    ours = qini_area(by_score(outcome, treated, score))
    if negative_effects:
        return _over(ours, qini_area(by_score(outcome, treated, perfect(outcome, treated))))
    _binary(outcome)
    gained, n = float(qini_gains(by_score(outcome, treated, np.zeros(len(outcome))))[-1]), len(outcome)
    return _over(ours, gained * (n - gained) / 2) if gained > 0 else float("nan")


def area_under_uplift(outcome: Floats, treated: Floats, score: Floats) -> float:
    """Return the area of the uplift curve over that of the perfect one with negative effects; nan where that has none.

    Raises:
        ValueError: an outcome other than 0 or 1.
    """
    _binary(outcome)
    did, drawn = outcome > 0, treated > 0
    # Who goes first among those of whom nothing is known decides on the area: the perfect order is the better of two.
    tells = did if np.sum(did & ~drawn) > np.sum(~did & drawn) else drawn
    best = 2.0 * (did == drawn) + tells
    areas = [_uplift_area(by_score(outcome, treated, order)) for order in (score, best)]
    return _over(*areas)


def perfect(outcome: Floats, treated: Floats) -> Floats:
    """Return the score of the perfect Qini curve with negative effects, shape (n,)."""
    return np.asarray(np.where(treated > 0, outcome, -outcome), dtype=np.float64)


def by_score(outcome: Floats, treated: Floats, score: Floats) -> Floats:
    """Return, for each score from the highest, treated, others, and the outcome of either; shape (4, scores)."""
    _, _, sums = tied(-score, treated, 1.0 - treated, treated * outcome, (1.0 - treated) * outcome)
    return np.stack(sums)


def qini_area(sums: Floats) -> Floats:
    """Return the area between Qini curve and chance, of sums as of `by_score` with shape (..., 4, scores)."""
    return _area(_targeted(sums), qini_gains(sums))


def qini_gains(sums: Floats) -> Floats:
    """Return the gains of the Qini curve, shape (..., scores + 1)."""
    treated, others, of_treated, of_others = _cumulated(sums)
    return of_treated - _ratio(of_others * treated, others)


def _uplift_area(sums: Floats) -> Floats:
    return _area(_targeted(sums), _uplift_gains(sums))


def _uplift_gains(sums: Floats) -> Floats:
    treated, others, of_treated, of_others = _cumulated(sums)
    return (_ratio(of_treated, treated) - _ratio(of_others, others)) * (treated + others)


def _targeted(sums: Floats) -> Floats:
    treated, others, _, _ = _cumulated(sums)
    return treated + others


def _cumulated(sums: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    upto = np.concatenate([np.zeros((*sums.shape[:-1], 1)), np.cumsum(sums, axis=-1)], axis=-1)
    return upto[..., 0, :], upto[..., 1, :], upto[..., 2, :], upto[..., 3, :]


def _ratio(above: Floats, below: Floats) -> Floats:
    """Return above/below, 0 where there is nobody to compare with yet."""
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0)


def _area(targeted: Floats, gained: Floats) -> Floats:
    chance = targeted[..., -1] * gained[..., -1] / 2
    return np.asarray(np.trapezoid(gained, targeted, axis=-1) - chance)


def _over(ours: Floats | float, best: Floats | float) -> float:
    return float(ours) / float(best) if best else float("nan")


def _binary(outcome: Floats) -> None:
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise ValueError("this area is of outcomes that are 0 or 1")
