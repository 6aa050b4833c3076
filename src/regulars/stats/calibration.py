"""Probabilities that come true as often as they say: scores of a model corrected by what came.

What corrects is a rising line or stairs on log odds, kept as knots: plain numbers. It is fitted on customers that the
model was not fitted on, and used only where it would have lowered the squared error of customers it was not fitted on
itself.

References:
    Platt (1999), Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers, 61-74.
    Zadrozny & Elkan (2002), Transforming classifier scores into accurate multiclass probability estimates, KDD 2002.
    Niculescu-Mizil & Caruana (2005), Predicting good probabilities with supervised learning, ICML 2005: which when.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.stats.likelihood import Curve, NotFitted, maximise
from regulars.stats.ranking import tied

Floats: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["identity", "Platt", "isotonic"]

#: Fewest customers who came from which stairs are learned; a line below.
STAIRS = 500
#: Fewest of either kind from which anything is learned.
LEAST = 10
_FOLDS = 5
#: Nearest that a probability comes to 0 or 1; on log odds, from -34.5 to 34.5.
_SURELY = 1e-15


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What corrects probabilities: plain numbers.

    Attributes:
        kind: "identity" leaves them as they are.
        odds: knots, log odds as said, ascending.
        corrected: log odds as they should be, never falling; straight between knots.
        brier: mean squared error of the probabilities as they were.
        brier_calibrated: that of those corrected by what the other customers taught; None where it was not tried.
        said: why it is what it is.
    """

    kind: Kind
    odds: tuple[float, ...]
    corrected: tuple[float, ...]
    brier: float
    brier_calibrated: float | None
    said: str

    def applied(self, probabilities: Floats) -> Floats:
        """Return corrected probabilities, in the same order of customers but for ties."""
        if self.kind == "identity":
            return np.asarray(probabilities, dtype=np.float64)
        return _corrected((np.array(self.odds), np.array(self.corrected)), probabilities)


def calibrated(probabilities: Floats, came: Floats) -> Calibration:
    """Return what corrects `probabilities`, or the identity where nothing would be won.

    Platt's line where fewer than 500 came, else isotonic stairs. Every fifth customer, in the order of probabilities,
    is corrected by what the other four fifths taught; whose squared error is lower decides.

    Args:
        probabilities: in [0, 1], shape (n,); of customers that the model was not fitted on.
        came: 0 or 1.
    """
    brier, some = _brier(probabilities, came) if len(came) else 0.0, int(np.count_nonzero(came))
    if min(some, len(came) - some) < LEAST:
        said = f"fewer than {LEAST} customers showed what was predicted, or did not: too few to correct by"
        return _identity(brier, None, said)
    kind: Kind = "Platt" if some < STAIRS else "isotonic"
    fitted = _line if kind == "Platt" else _stairs
    order, crossed = np.lexsort((came, probabilities)), np.empty(len(came))
    for fold in range(_FOLDS):
        held = np.arange(len(came)) % _FOLDS == fold
        others, own = order[~held], order[held]
        crossed[own] = _corrected(fitted(probabilities[others], came[others]), probabilities[own])
    tried = _brier(crossed, came)
    if tried >= brier:
        return _identity(brier, tried, f"{kind} would not lower the squared error: {tried:.5f} beside {brier:.5f}")
    odds, corrected = fitted(probabilities, came)
    return Calibration(
        kind=kind,
        odds=tuple(odds.tolist()),
        corrected=tuple(corrected.tolist()),
        brier=brier,
        brier_calibrated=tried,
        said=f"{kind} lowers the squared error from {brier:.5f} to {tried:.5f}",
    )


def _identity(brier: float, tried: float | None, said: str) -> Calibration:
    ends = _log_odds(np.array([0.0, 1.0]))
    knots = tuple(ends.tolist())
    return Calibration(kind="identity", odds=knots, corrected=knots, brier=brier, brier_calibrated=tried, said=said)


def _brier(probabilities: Floats, came: Floats) -> float:
    return float(np.mean((probabilities - came) ** 2))


def _log_odds(probabilities: Floats) -> Floats:
    return np.asarray(special.logit(np.clip(probabilities, _SURELY, 1 - _SURELY)))


def _corrected(knots: tuple[Floats, Floats], probabilities: Floats) -> Floats:
    return np.asarray(special.expit(np.interp(_log_odds(probabilities), *knots)))


def _targets(came: Floats) -> Floats:
    """Return what is fitted in place of 1 and 0: (m + 1)/(m + 2) and 1/(n + 2), so that nothing is certain (Platt)."""
    m = float(came.sum())
    return np.where(came > 0, (m + 1) / (m + 2), 1 / (len(came) - m + 2))


def _stairs(probabilities: Floats, came: Floats) -> tuple[Floats, Floats]:
    """Return the isotonic regression: the ends of its steps."""
    from scipy import optimize  # takes half a second to import, and few commands need it

    odds = _log_odds(probabilities)
    counts, _, (sums,) = tied(odds, _targets(came))
    steps = optimize.isotonic_regression(sums / counts, weights=counts)
    ends = np.unique(np.concatenate([steps.blocks[:-1], steps.blocks[1:] - 1]))
    return np.unique(odds)[ends], special.logit(steps.x[ends])


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Log-likelihood of log odds a + b x, by (a, log b): a slope above 0 keeps the order."""

    x: Floats
    target: Floats

    def __len__(self) -> int:
        return len(self.x)

    def sampled(self, rows: int) -> "_Line":
        step = max(1, len(self) // rows)
        return _Line(self.x[::step], self.target[::step])

    def curve(self, theta: Floats) -> Curve:
        slope = np.exp(theta[1])
        score = theta[0] + slope * self.x
        chance = special.expit(score)
        value = float(np.sum(self.target * score - np.logaddexp(0.0, score)))
        steep, bend = slope * self.x, chance * (1 - chance)
        rest = self.target - chance
        cross = -float(bend @ steep)
        gradient = np.array([rest.sum(), rest @ steep])
        curvature = float(rest @ steep - bend @ steep**2)
        return Curve(value, gradient, np.array([[-bend.sum(), cross], [cross, curvature]]))


def _line(probabilities: Floats, came: Floats) -> tuple[Floats, Floats]:
    """Return Platt's line, by its two ends."""
    x, ends = _log_odds(probabilities), _log_odds(np.array([0.0, 1.0]))
    target = _targets(came)
    base = special.logit(target.mean())
    try:
        shift, log_slope = maximise(_Line(x, target), np.array([base - x.mean(), 0.0])).theta
    except NotFitted:  # the slope runs towards 0: scores tell nothing
        return ends, np.full(2, base)
    return ends, shift + np.exp(log_slope) * ends
