"""Histories to try the BG/NBD and its kin on: by hand, extreme, and drawn from planted parameters."""

import numpy as np
import pytest

from regulars.stats.buying.bg_nbd import BgNbd
from regulars.stats.buying.histories import Histories

#: Fader, Hardie & Lee (2005), table 2, in weeks.
PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
KINDS = pytest.mark.parametrize(("leaves_at_first", "k"), [(first, k) for first in (False, True) for k in (1, 2, 3)])

# Of CDNOW in weeks and in days, with tiny a and b, a at 1 and next to it, b below 1, a + b = 1, a tiny alpha, and with
# rates or chances that hardly differ.
PARAMETERS = [
    (0.243, 4.414, 0.793, 2.426),
    (0.25, 33.5, 0.72, 2.16),
    (0.5458, 13.409, 0.000999, 0.03899),
    (2.0, 50.0, 1.0, 3.0),
    (2.0, 50.0, 1.0 + 1e-7, 3.0),
    (0.5, 10.0, 1.5, 0.2),
    (0.1, 50.16, 0.4, 0.6),
    (1.5, 0.02, 3.0, 40.0),
    (300.0, 5000.0, 0.7, 2.0),
    (0.7, 20.0, 400.0, 6000.0),
]
CASES = [
    (0, 0, 1),
    (0, 0, 10_950),
    (0, 0, 0),
    (1, 1, 1),
    (2, 30, 39),
    (300, 10, 730),
    (300, 729, 730),
    (10_000, 10_949, 10_950),
    (10_000, 10_950, 10_950),
]


def histories(rows, **more):
    x, recency, age = np.array(rows, dtype=float).T
    return Histories(frequency=x, recency=recency, age=age, **more)


def simulated(n, seed, model, ahead=0.0):
    """Return histories of customers of that model, first seen over a year, and their transactions in `ahead`."""
    rng = np.random.default_rng(seed)
    rate, chance = rng.gamma(model.r, 1 / model.alpha, n), rng.beta(model.a, model.b, n)
    age = rng.uniform(30, 395, n)
    x, recency, log_gaps, later = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    now, here = np.zeros(n), np.arange(n)
    if model.leaves_at_first:
        here = here[rng.random(n) >= chance]
    while len(here):
        gap = rng.gamma(model.k, 1 / rate[here])
        now[here] += gap
        seen, soon = now[here] <= age[here], now[here] <= age[here] + ahead
        x[here[seen]] += 1
        recency[here[seen]] = now[here[seen]]
        log_gaps[here[seen]] += np.log(gap[seen])
        later[here[soon & ~seen]] += 1
        here = here[soon & (rng.random(len(here)) >= chance[here])]
    return Histories(frequency=x, recency=recency, age=age, log_gaps=log_gaps), later
