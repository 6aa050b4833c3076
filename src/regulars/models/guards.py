"""Guards against learning from the future: what they find is named, and what gives the answer away is left out.

References:
    Kaufman, Rosset, Perlich & Stitelman (2012), Leakage in data mining, ACM TKDD 6(4), 15.
"""

from dataclasses import replace

import numpy as np

from regulars.data.snapshot import Snapshot
from regulars.models.learning import Examples, held_out, of, step_for
from regulars.models.model import Floats, Horizon
from regulars.stats import additive, leakage
from regulars.stats.likelihood import NotFitted

#: Most customers that guards look at, beside the first.
_MOST = 20_000
#: Fall of a column's AUC, a horizon earlier, that no honest record of behaviour shows.
_FADES = 0.25
#: Shuffled labels are learned from once; so many parts of customers are held out of it.
_FOLDS = 2


def guarded(
    seen: Examples, snapshot: Snapshot, horizon: Horizon, rng: np.random.Generator
) -> tuple[Examples, tuple[str, ...]]:
    """Return examples without columns that leak, and what was found, in words.

    A column that tells the outcome all but alone is left out. One that fades a horizon earlier, or tells the past days
    apart, is named only: tenure and season do so honestly.
    """
    leaks = leakage.tells_alone(seen.columns, seen.came)
    told = {leak.column for leak in leaks}
    kept = replace(seen, columns={name: values for name, values in seen.columns.items() if name not in told})
    said = [f"left out: {leak.said}" for leak in leaks]
    said += [found.said for found in _apart(kept)]
    said += [found.said for found in _fading(kept, snapshot, horizon)]
    return kept, (*said, *_noise(kept, rng))


def _some(seen: Examples, rows: np.ndarray) -> Examples:
    """Return at most so many rows as guards look at."""
    chosen = np.flatnonzero(rows)
    return seen.taken(chosen[:: step_for(len(chosen), _MOST)])


def _apart(seen: Examples) -> tuple[leakage.Finding, ...]:
    """Return columns that tell the latest past day from the earliest."""
    first, last = int(seen.day.min()), int(seen.day.max())
    if first == last:
        return ()
    return leakage.tells_days_apart(_some(seen, seen.day == first).columns, _some(seen, seen.day == last).columns)


def _fading(seen: Examples, snapshot: Snapshot, horizon: Horizon) -> tuple[leakage.Finding, ...]:
    """Return columns that tell far less as they stood a horizon earlier."""
    day = int(seen.day.max())
    now = _some(seen, seen.day == day)
    known = snapshot.past(day - horizon.days)
    there = now.customer <= known.most
    if there.sum() < 2 * additive.LEAST:
        return ()
    earlier = of(known, now.customer[there])
    both = {name: values[there] for name, values in now.columns.items() if name in earlier}
    return leakage.fades(both, {name: earlier[name] for name in both}, now.came[there], limit=_FADES)


def _noise(seen: Examples, rng: np.random.Generator) -> tuple[str, ...]:
    """Return a finding where shuffled labels are foretold: the procedure tests on what it learned from."""
    some = _some(seen, np.ones(len(seen), dtype=bool))
    fold = some.parts(_FOLDS)

    def trial(labels: Floats) -> Floats:
        return held_out(some.columns, labels, fold, bags=1, rng=rng)

    try:
        return tuple(found.said for found in leakage.learns_from_noise(trial, some.came, rng=rng))
    except NotFitted:
        return ()
