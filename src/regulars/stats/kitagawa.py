"""A change of a weighted mean told as mix (weights moved between groups) and rate (groups themselves moved)."""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]


def mix_and_rate(
    weight_before: ArrayLike, rate_before: ArrayLike, weight_after: ArrayLike, rate_after: ArrayLike
) -> tuple[Floats, Floats]:
    """Return what each group adds to the change of the mean, by its weight and by its rate; all of them add up to it.

    mix_k = (w1 - w0) (r̄_k - R̄) and rate_k = w̄_k (r1 - r0), bars being means of both sides. As weights add up to 1 on
    either side, taking off R̄ changes no total: a group that grows adds to the mean if its rate is above it.

    Args:
        weight_before: of each group, in [0, 1], adding up to 1 over the last axis.
        rate_before: mean of each group; any number where its weight is 0.
        weight_after: as before.
        rate_after: as before.

    References:
        Kitagawa (1955), JASA 50, 1168-1194; centred as by Das Gupta (1993), ch. 5.
    """
    w0, r0, w1, r1 = (
        np.asarray(part, dtype=np.float64) for part in (weight_before, rate_before, weight_after, rate_after)
    )
    middle = ((w0 * r0).sum(-1, keepdims=True) + (w1 * r1).sum(-1, keepdims=True)) / 2
    return (w1 - w0) * ((r0 + r1) / 2 - middle), (w0 + w1) / 2 * (r1 - r0)


def rates(top: Floats, bottom: Floats, other_top: Floats, other_bottom: Floats) -> Floats:
    """Return top / bottom by group; of a group that is not there, its rate on the other side, so that it is all mix."""
    own, other = bottom != 0, other_bottom != 0
    kept = np.divide(other_top, other_bottom, out=np.zeros_like(other_top), where=other)
    return np.divide(top, bottom, out=kept, where=own)
