"""How long customers stay whose rates of leaving are gamma distributed, and the quadrature that tells it."""

from functools import cache

import numpy as np
from scipy import special

from regulars.stats.likelihood import Each, Floats

#: e-folds after which what is left of an integrand is less than rounding.
NOTHING = 38.0


@cache
def legendre(count: int) -> tuple[Floats, Floats]:
    """Return Gauss-Legendre nodes on [0, 1] and weights of a function there, of it times y and of it times y²."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    nodes = (nodes + 1) / 2
    return nodes, weights / 2 * nodes ** np.arange(3.0)[:, None]


def time_stayed(s: float, beta: Each, ahead: float) -> Floats:
    """Return how long customers go on to stay until `ahead` if they leave at Gamma(s, beta) rates; s may be 1."""
    log = np.log1p(ahead / beta)
    return np.asarray(beta * log * special.exprel((1 - s) * log))


def discounted_time_stayed(s: float, beta: Floats, rate: float) -> Floats:
    """Return the same without end, discounted: beta z^(s-1) U(s, s, z) with z = rate beta and U Tricomi's function.

    It is beta times the integral of (1 + v)^-s e^(-z v), taken over log(1 + v) up to where nothing is left of it.
    """
    distinct, places = np.unique(beta, return_inverse=True)  # ages in whole days are few
    z = rate * distinct
    reach = np.minimum(np.log1p(2 * NOTHING / z), NOTHING / max(s - 1, 1e-3))
    total = np.zeros(len(z))
    nodes, (weights, *_) = legendre(128)
    for node, weight in zip(nodes, weights, strict=True):
        total += weight * np.exp((1 - s) * reach * node - z * np.expm1(reach * node))
    return np.asarray((distinct * reach * total)[places])
