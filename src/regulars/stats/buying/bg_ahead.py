"""How many transactions a customer who is still there makes before leaving, in the terms of `bg_nbd`.

Of such a customer the rate is gamma distributed (shape r+kx, rate alpha+T), the chance to leave after a transaction
beta (a, b+d). With span = ahead / (alpha+T) and z = span / (1+span), the steps (k to a gap) within `ahead` are negative
binomial, and each transaction counts if the customer stayed after all those before it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.stats.likelihood import Each, Floats

#: The power series is for z up to here, a up to here, and terms of alternating signs that grow no further than so.
_NEAR, _SMALL_A, _CALM = 0.99, 20.0, 20.0
#: What of a sum may be left out; steps between looks whether it has ended.
_LEFT_OUT, _LOOK = 1e-11, 8
#: Numbers computed at once: a few arrays of so many stay in the cache.
_BLOCK = 16_384
#: Transactions that are counted one by one; those beyond are integrated over.
_ONE_BY_ONE = 2_048
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(128)


def repeats(shape: Floats, a: Each, b: Floats, spans: Sequence[Floats]) -> Floats:
    """Return E[transactions ahead | still there] where timing is random (k = 1).

    Args:
        shape: r + x, shape (n,).
        a: number or shape (n,).
        b: b + d, shape (n,).
        spans: ahead / (alpha + T) of m horizons, each of shape (n,).

    Returns:
        shape (m, n)

    References:
        Fader, Hardie & Lee (2005), eq. 10, after Euler's transformation of its 2F1(r+x, b+x; a+b+x-1; z) into
        (1-z)^(a-1-r-x) 2F1(a-1, a+b-1-r; a+b+x-1; z), which does not overflow; and with its first term taken out, so
        that nothing is divided by a-1 or a+b-1.
    """
    a, all_spans = np.broadcast_to(a, shape.shape), np.array(spans).reshape(len(spans), len(shape))
    calm = (shape - a - b + 1) * all_spans <= _CALM * (1 + all_spans)
    easy = calm & (a <= _SMALL_A) & (all_spans <= _NEAR / (1 - _NEAR))
    near = np.where(easy, all_spans, 0.0)
    found = np.empty(near.shape)
    for some in _alike(near.max(axis=0, initial=0.0), max(_BLOCK // max(len(spans), 1), 1)):
        found[:, some] = _series(shape[some], a[some], b[some], near[:, some])
    for row, span, rest in zip(found, all_spans, map(np.flatnonzero, ~easy), strict=True):
        if len(rest):
            row[rest] = repeats_in_phases([np.ones(len(rest))], shape[rest], a[rest], b[rest], [span[rest]])[0]
    return found


def _series(shape: Floats, a: Floats, b: Floats, spans: Floats) -> Floats:
    z, log = spans / (1 + spans), np.log1p(spans)
    top, bottom = a + b - 1 - shape, a + b - 1
    base, far = bottom * log * special.exprel((1 - a) * log), np.exp((1 - a) * log)
    # The first transaction ahead counts in any case; its chance is what errors are measured by.
    enough = -_LEFT_OUT * np.expm1(-shape * log) / far * (1 - z)
    term = top * z
    total, n = term.copy(), 1
    rising = (2 * (a - 2) * spans).max(axis=1)  # from here on a term is at most (1+z)/2 of the one before
    going = np.arange(len(spans))  # horizons whose terms still count; the shorter ones end sooner
    while len(going):
        sums = total[going]
        for _ in range(_LOOK):
            term *= (top + n) / (bottom + n) * ((a + (n - 1)) / (n + 1))
            term *= z
            sums += term
            n += 1
        total[going] = sums
        on = (np.abs(term) > enough).any(axis=1) | (n < rising)
        going, rising, term, z, enough = going[on], rising[on], term[on], z[on], enough[on]
    return base - far * total


def repeats_in_phases(phases: Sequence[Floats], shape: Floats, a: Each, b: Floats, spans: Sequence[Floats]) -> Floats:
    """Return E[transactions ahead | still there], shape (m, n), where timing is regular.

    E = sum over steps N, those of the waiting gap that are over among them, of P(N) G(N // k), where G(m) is the sum
    over l < m of B(a, b+d+l)/B(a, b+d), the chance to have stayed l times. P is known up to a factor only, so that
    nothing underflows.

    Args:
        phases: weights of 0, 1, ... k-1 steps being over; each of shape (n,).
        shape: r + kx, shape (n,).
        a: number or shape (n,).
        b: b + d, shape (n,).
        spans: ahead / (alpha + T) of m horizons, each of shape (n,).
    """
    found, a = np.empty((len(spans), len(shape))), np.broadcast_to(a, shape.shape)
    for row, span in zip(found, spans, strict=True):
        mean = shape * span
        length = mean + 8 * np.sqrt(mean * (1 + span)) + 30 * span
        for some in _alike(length, _BLOCK):
            row[some] = _counted([weight[some] for weight in phases], shape[some], a[some], b[some], span[some])
    return found


def _counted(phases: list[Floats], shape: Floats, a: Floats, b: Floats, span: Floats) -> Floats:
    k, z, decay = len(phases), span / (1 + span), 1 / (1 + span)
    steps = [np.zeros(len(shape)) for _ in phases]  # P of each count, by how many of its steps were over already
    mass, total, reached, stays = (np.full(len(shape), start) for start in (0.0, 0.0, 0.0, 1.0))
    for n in range(k * _ONE_BY_ONE + 1):
        if n and n % k == 0:
            reached += stays
            stays *= (b + (n // k - 1)) / (a + b + (n // k - 1))
        now, more = np.zeros(len(shape)), (shape + (n - 1)) * z
        for j, weights in enumerate(steps):
            if n == j:
                weights += phases[j] * decay**j
            elif n > j:
                weights *= more / (n - j)
            now += weights
        mass += now
        total += now * reached
        if n % _LOOK == 0 and n >= k:
            ratio = np.maximum((shape + n) / (n + 1 - k), 1.0) * z
            if ((ratio < 1) & (now * (reached + 1) <= _LEFT_OUT * decay * (1 - ratio) * total)).all():
                return total / mass
            scale = np.where(mass > 1e100, 1e-100, 1.0)
            for scaled in (mass, total, *steps):
                scaled *= scale
    base, beyond = _beyond(steps, reached, stays, shape, a, b, span)
    return (base * total + beyond[1]) / (base * mass + beyond[0])


def _beyond(
    steps: list[Floats], reached: Floats, stays: Floats, shape: Floats, a: Floats, b: Floats, span: Floats
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Return what the sums so far are to be multiplied by, and the sums of P(N) and P(N) G(N // k) over all N beyond.

    A sum over n > N is an integral from N + 1/2. n // k is in the middle (n - (k-1)/2)/k. G goes on from its last value
    by Gamma(b+m)/Gamma(a+b-1+m), a power of its middle for large m.
    """
    k, most = len(steps), _ONE_BY_ONE
    decay = np.log1p(1 / span)
    peak = np.maximum(shape * span, k * most)
    width = 10 * np.sqrt(shape * span * (1 + span)) + 45 / decay
    low, high = np.log(np.maximum(peak - width, k * most + 0.5)), np.log(peak + width)
    log_n = low[:, None] + (high - low)[:, None] * (_NODES + 1) / 2
    n = np.exp(log_n)
    logs = [_log_grown(n, k * most, shape[:, None], j) - decay[:, None] * (n - k * most) for j in range(k)]
    highest = np.maximum(np.max(logs, axis=(0, 2)), 0.0)
    here = sum(last[:, None] * np.exp(log - highest[:, None]) for last, log in zip(steps, logs, strict=True))
    here = here * n * (_WEIGHTS / 2) * (high - low)[:, None]
    middle = (b + a / 2 - 1)[:, None]
    further = np.log(((n - (k - 1) / 2) / k + middle) / (most + middle))
    gained = (stays * (a + b - 1 + most))[:, None] * further * special.exprel((1 - a)[:, None] * further)
    return np.exp(-highest), (here.sum(axis=1), (here * (reached[:, None] + gained)).sum(axis=1))


def _log_grown(n: Floats, start: int, shape: Floats, j: int) -> Floats:
    """Return log Gamma(shape+n)/Gamma(n-j+1) less its value at `start`."""
    log = special.gammaln(shape + n) - special.gammaln(n - j + 1)
    return np.asarray(log - (special.gammaln(shape + start) - special.gammaln(start - j + 1)))


def _alike(size: Floats, most: int) -> Iterator[NDArray[np.intp]]:
    """Return the rows by blocks of at most so many, those of like size together."""
    order = np.argsort(size)
    for first in range(0, len(order), most):
        yield order[first : first + most]
