"""What a theme of comments goes with: how far the score would be elsewhere without those who mention it.

Impact = share of mentions x (score with - score without) = score of all - score without them: an identity, not a cause.
Who complains of delivery may also complain of price; `adjusted` holds the other themes. Themes should be crossed with
their polarity first ("delivery, praised"): a mere mention mixes praise and complaint.

The interval takes the share and the difference as the independent estimates that they are, each with its own score
interval. Simulated with 50 to 1,000 answers and themes of 3 to 30 %, it holds the truth 93 to 99 % of the time (100 %
of one or two mentions); the plain linearised one 86 to 96 %.

References:
    Zou & Donner (2008), Statistics in Medicine 27, 1693-1702 (square-and-add), of a product by its partial derivatives.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.core.estimate import Interval, unknown
from regulars.stats import contrasts, weighted
from regulars.stats.likelihood import NotFitted
from regulars.stats.regression import least_squares
from regulars.stats.weighting import Weights, equal

Floats: TypeAlias = NDArray[np.float64]

_IDENTITY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What the mentions of one theme take from a score, or add to it.

    Attributes:
        share: of answers that mention the theme, 0 .. 1.
        score_with: score of these, in the score's unit.
        score_without: score of the others.
        difference: score_with - score_without.
        value: share x difference, the same as the score of all less score_without.
        p_value: two-sided, of no difference.
    """

    share: Interval
    score_with: Interval
    score_without: Interval
    difference: Interval
    value: Interval
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedImpact:
    """The same with the other themes held.

    Attributes:
        name: of the theme.
        share: of answers that mention it.
        coefficient: difference that a mention goes with, other mentions being the same (HC3).
        value: share x coefficient.
        p_value: two-sided, of a coefficient of 0.
        q_value: the same among all themes (Benjamini & Hochberg).
    """

    name: str
    share: Interval
    coefficient: Interval
    value: Interval
    p_value: float
    q_value: float


def leave_out(
    scores: ArrayLike, mentioned: ArrayLike, *, weights: Weights | None = None, net: bool = True, level: float = 0.95
) -> Impact:
    """Return what the mentions of one theme do to the score.

    Args:
        scores: of each answer, shape (n,): -1, 0, 1 of detractors, passives and promoters.
        mentioned: 1 where the answer mentions the theme, else 0; shape (n,).
        weights: of the answers; equal where not given.
        net: False where `scores` are ratings of any size, whose score is their mean.
        level: of the intervals.

    Raises:
        ValueError: a net score of other numbers, or mentions that are not 0 or 1.
    """
    y, there = _scores(scores, net), _mentions(mentioned)
    known = equal(len(y)) if weights is None else weights
    share = weighted.share(there, known, level=level)
    sides = [_score(y, known, rows, net, level) for rows in (there == 1, there == 0)]
    gap = contrasts.difference(sides[0], sides[1])
    value = _product(share, gap)
    if value.value is not None and sides[1].value is not None:
        whole = known.values @ y / known.values.sum()
        if abs(value.value - (whole - sides[1].value)) > _IDENTITY * max(1.0, float(np.abs(y).max())):
            raise ArithmeticError(f"an impact of {value.value} is not what the score loses: {whole - sides[1].value}")
    return Impact(
        share=share,
        score_with=sides[0],
        score_without=sides[1],
        difference=gap,
        value=value,
        p_value=contrasts.p_value(gap),
    )


def adjusted(
    scores: ArrayLike, themes: Mapping[str, ArrayLike], *, weights: Weights | None = None, level: float = 0.95
) -> tuple[AdjustedImpact, ...]:
    """Return what mentions of each theme do to the score, other mentions held; in the order given.

    Args:
        scores: of each answer, shape (n,), in any unit.
        themes: by name, 1 where the answer mentions it, else 0; shape (n,).
        weights: of the answers; equal where not given.
        level: of the intervals.

    Raises:
        ValueError: mentions that are not 0 or 1.
    """
    y = np.asarray(scores, dtype=np.float64)
    known = equal(len(y)) if weights is None else weights
    mentions = {name: _mentions(there) for name, there in themes.items()}
    shares = [weighted.share(there, known, level=level) for there in mentions.values()]
    try:
        fit = least_squares(y, mentions, weights=known.values, level=level)
    except NotFitted as why:
        nothing = unknown(str(why), level=level, n=len(y))
        found = [(nothing, 1.0)] * len(shares)
    else:
        told = {one.name: (one.value, one.p_value) for one in fit.coefficients}
        missing = {name: unknown(f"{name} {why}", level=level, n=len(y)) for name, why in fit.dropped.items()}
        found = [told.get(name) or (missing[name], 1.0) for name in mentions]
    q = contrasts.benjamini_hochberg([p for _, p in found])
    return tuple(
        AdjustedImpact(
            name=name,
            share=share,
            coefficient=coefficient,
            value=_product(share, coefficient),
            p_value=p,
            q_value=float(q_value),
        )
        for name, share, (coefficient, p), q_value in zip(mentions, shares, found, q, strict=True)
    )


def _scores(scores: ArrayLike, net: bool) -> Floats:
    y = np.asarray(scores, dtype=np.float64)
    if net and not np.isin(y, (-1, 0, 1)).all():
        raise ValueError("a net score is of answers of -1, 0 and 1")
    return y


def _mentions(mentioned: ArrayLike) -> Floats:
    there = np.asarray(mentioned, dtype=np.float64)
    if not np.isin(there, (0, 1)).all():
        raise ValueError("a mention is 0 or 1")
    return there


def _score(y: Floats, weights: Weights, rows: NDArray[np.bool_], net: bool, level: float) -> Interval:
    """Return the score of some answers; what the weights hold to is known of all answers, not of these."""
    some = Weights(values=weights.values[rows], margins=np.empty((0, int(rows.sum())), dtype=np.intp), targets=())
    return (weighted.net_score if net else weighted.mean)(y[rows], some, level=level)


def _product(share: Interval, gap: Interval) -> Interval:
    """Return share x gap of two independent estimates by square-and-add of what each end of either does to it."""
    for side in (share, gap):
        if side.why_not:
            return unknown(side.why_not, level=side.level, n=share.n)
    (s, s_down, s_up), (d, d_down, d_up) = contrasts.lengths(share), contrasts.lengths(gap)
    if d < 0:  # more mentions then make it lower
        s_down, s_up = s_up, s_down
    low, high = s * d - math.hypot(d * s_down, s * d_down), s * d + math.hypot(d * s_up, s * d_up)
    return Interval(value=s * d, low=low, high=high, level=share.level, method="share x difference, MOVER", n=share.n)
