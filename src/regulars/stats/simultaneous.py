"""Several metrics or arms of one experiment at once: intervals that allow for how many there are.

A metric is given as what reads its effect at a level, so that each keeps its own kind of interval:
{"visits": partial(newcombe, treated, control), ...}. A metric without a value counts among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from regulars.stats.contrasts import benjamini_hochberg, holm
from regulars.stats.effects import Effect


class Reading(Protocol):
    """What reads a metric's effect at a level."""

    def __call__(self, *, level: float) -> Effect:
        """Return the effect."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Simultaneous:
    """One effect among several.

    Attributes:
        name: of the metric or arm.
        effect: with the wider interval; its p-value is that of itself alone.
        adjusted: p-value (Holm) or q-value (Benjamini-Hochberg) among all.
        called: whether it is told from 0 among all.
    """

    name: str
    effect: Effect
    adjusted: float
    called: bool


def familywise(readings: Mapping[str, Reading], *, level: float = 0.95) -> tuple[Simultaneous, ...]:
    """Return effects of a few metrics that were declared before: all intervals hold at once with probability `level`.

    Intervals are Bonferroni's, calls Holm's: what an interval tells from 0 is called; what Holm calls beyond that has
    an interval that still reaches 0, since two-sided intervals that fit Holm's test exactly tell little more than the
    sign.

    References:
        Dunn (1961), JASA 56, 52-64; Holm (1979), Scandinavian J. Statistics 6, 65-70; Strassburger & Bretz (2008),
        Statistics in Medicine 27, 4914-4927, on intervals that fit Holm's test.
    """
    adjusted = holm(_alone(readings, level))
    return _at(1 - (1 - level) / max(len(readings), 1), readings, adjusted, adjusted <= 1 - level)


def false_coverage(readings: Mapping[str, Reading], *, level: float = 0.95) -> tuple[Simultaneous, ...]:
    """Return effects of many metrics or groups: of the intervals of those called, at most 1 - level miss the truth.

    With R of m called by Benjamini-Hochberg at 1 - level, intervals are at 1 - R (1 - level)/m: those called leave 0
    out, and no other. Intervals of what is not called are at the same level and carry no promise.

    References:
        Benjamini & Yekutieli (2005), JASA 100, 71-81, definition 1 (false coverage-statement rate, FCR).
    """
    q = benjamini_hochberg(_alone(readings, level))
    called = q <= 1 - level
    return _at(1 - (1 - level) * max(int(called.sum()), 1) / max(len(readings), 1), readings, q, called)


def _alone(readings: Mapping[str, Reading], level: float) -> list[float]:
    return [reading(level=level).p_value for reading in readings.values()]


def _at(
    level: float, readings: Mapping[str, Reading], adjusted: NDArray[np.float64], called: NDArray[np.bool_]
) -> tuple[Simultaneous, ...]:
    return tuple(
        Simultaneous(name=name, effect=reading(level=level), adjusted=float(p), called=bool(call))
        for (name, reading), p, call in zip(readings.items(), adjusted, called, strict=True)
    )
