"""Columns that know the outcome already: guards that name them, before a model is believed.

A column leaks where it was written after what it is to foretell. It then tells nearly all by itself; or tells far less
once it is made as it stood earlier; or tells the days apart rather than customers. Here are columns and labels only;
that no event is dated after the as-of day is for whoever makes the columns.

References:
    Kaufman, Rosset, Perlich & Stitelman (2012), Leakage in data mining, ACM Transactions on Knowledge Discovery from
    Data 6(4), 15.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.stats import ranking

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A column that may not be trusted.

    Attributes:
        guard: which guard found it.
        column: its name; "" where no single column is to blame.
        value: what was measured.
        limit: beyond which it is found.
        said: a sentence for people.
    """

    guard: str
    column: str
    value: float
    limit: float
    said: str


def tells_alone(columns: Mapping[str, Floats], came: Floats, *, limit: float = 0.95) -> tuple[Finding, ...]:
    """Return the columns that tell by themselves who came, upwards or downwards, or by being missing.

    Args:
        columns: by name, each of shape (n,), nan where missing.
        came: 0 or 1.
        limit: of the area under the ROC curve, in (0.5, 1).
    """
    areas = {name: _told(x, came) for name, x in columns.items()}
    return tuple(
        Finding(
            guard="tells alone",
            column=name,
            value=area,
            limit=limit,
            said=f"`{name}` by itself tells who came (AUC {area:.3f}): it may have been written afterwards",
        )
        for name, area in areas.items()
        if area > limit
    )


def tells_days_apart(
    old: Mapping[str, Floats], new: Mapping[str, Floats], *, limit: float = 0.75
) -> tuple[Finding, ...]:
    """Return the columns that tell customers of a new snapshot from those of an old one (adversarial validation).

    What a model learns from them on the old day does not hold on the new one: dates, counters, ids.

    Args:
        old: columns by name on the day of training.
        new: the same on the day of testing, of other length.
        limit: of the area under the ROC curve, in (0.5, 1).
    """
    found = []
    for name in old:
        is_new = np.repeat([0.0, 1.0], [len(old[name]), len(new[name])])
        value = _told(np.concatenate([old[name], new[name]]), is_new)
        if value > limit:
            said = f"`{name}` tells one day from another rather than customers (AUC {value:.3f})"
            found.append(Finding(guard="tells days apart", column=name, value=value, limit=limit, said=said))
    return tuple(found)


def fades(
    columns: Mapping[str, Floats], earlier: Mapping[str, Floats], came: Floats, *, limit: float = 0.1
) -> tuple[Finding, ...]:
    """Return the columns that tell far less once they are made as they stood a horizon earlier (shift test).

    What is known honestly ages slowly; what was written afterwards is not there yet.

    Args:
        columns: by name, each of shape (n,), nan where missing.
        earlier: the same, of the same customers, with the as-of day moved back by a horizon.
        came: 0 or 1.
        limit: fall of the area under the ROC curve, above 0.
    """
    found = []
    for name in columns:
        end = _telling_end(columns[name], came)
        now, then = _area(columns[name], came, end), _area(earlier[name], came, end)
        fall = now - then if now >= 0.5 else then - now
        if fall > limit:
            said = f"`{name}` as it stood earlier tells far less: AUC {max(now, 1 - now):.3f} falls by {fall:.3f}"
            found.append(Finding(guard="fades", column=name, value=fall, limit=limit, said=said))
    return tuple(found)


def learns_from_noise(
    trial: Callable[[Floats], Floats],
    came: Floats,
    *,
    rng: np.random.Generator,
    limit: float = 0.05,
) -> tuple[Finding, ...]:
    """Return a finding where a trial scores customers well whose labels were shuffled: it tests on what it learned.

    Args:
        trial: from labels to the scores of the same customers that the whole procedure gives out of sample.
        came: 0 or 1; shuffled here.
        rng: shuffles.
        limit: distance of the area under the ROC curve from 0.5. Few customers are beyond it by chance: then only what
            lies outside of the 99 % interval counts.
    """
    shuffled = rng.permutation(came)
    area = ranking.auc(trial(shuffled), shuffled, level=0.99)
    if area.value is None or area.low is None or area.high is None:
        return ()
    if abs(area.value - 0.5) <= limit or area.low <= 0.5 <= area.high:
        return ()
    said = f"even shuffled outcomes are foretold (AUC {area.value:.3f}), so its score cannot be believed"
    return (Finding(guard="learns from noise", column="", value=area.value, limit=limit, said=said),)


def _telling_end(x: Floats, came: Floats) -> float:
    """Return whether missing values tell more below or above all others."""
    return max((-np.inf, np.inf), key=lambda end: abs(_area(x, came, end) - 0.5)) if np.isnan(x).any() else np.inf


def _area(x: Floats, came: Floats, end: float) -> float:
    """Return the area under the ROC curve with missing values at that end; 0.5 where all or none came."""
    area = ranking.concordance(np.where(np.isnan(x), end, np.clip(x, -1e300, 1e300)), came)
    return 0.5 if np.isnan(area) else area


def _told(x: Floats, came: Floats) -> float:
    """Return how well a column tells who came, in whichever direction: from 0.5 to 1."""
    area = _area(x, came, _telling_end(x, came))
    return max(area, 1 - area)
