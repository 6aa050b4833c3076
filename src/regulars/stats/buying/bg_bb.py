"""Buying at given occasions (yearly appeals, weekly boxes) without a contract: the beta-geometric/beta-Bernoulli model.

At each occasion a customer still there buys with a probability of their own, Beta(alpha, beta) across customers; before
each they leave for good with another, Beta(gamma, delta). Leaving is not seen.

References:
    Fader, Hardie & Shang (2010), Marketing Science 29, 1086-1108.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from regulars.stats.buying.shifted_beta_geometric import AXES, ShiftedBetaGeometric
from regulars.stats.likelihood import Curve, Floats, Maximum, NotFitted, maximise

Whole = NDArray[np.int64]

#: From the axes of the search to the logarithms of the parameters: both beta distributions have theirs.
_AXES = np.kron(np.eye(2), AXES)

#: Terms of the likelihood computed at once: their arrays stay in the processor's cache.
_TERMS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Occasions:
    """One row per customer; whole numbers, arrays of shape (n,).

    Attributes:
        frequency: occasions after the first transaction at which they bought, >= 0.
        recency: number of the last of these, counted from 1; 0 where there was none.
        opportunities: occasions since the first transaction, >= recency.
        weights: how often each row counts; None: once.
    """

    frequency: Whole
    recency: Whole
    opportunities: Whole
    weights: Floats | None = None

    def __len__(self) -> int:
        return len(self.frequency)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgBb:
    """Parameters above 0: Beta(alpha, beta) of buying at an occasion, Beta(gamma, delta) of leaving before one.

    >>> donors = BgBb(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78)
    >>> donors.expected_new([1, 10]).round(4).tolist()
    [0.4973, 3.165]
    """

    alpha: float
    beta: float
    gamma: float
    delta: float

    @classmethod
    def at(cls, theta: Floats) -> "BgBb":
        """Return the model whose parameters have the logarithms `theta`."""
        alpha, beta, gamma, delta = np.exp(theta).tolist()
        return cls(alpha=alpha, beta=beta, gamma=gamma, delta=delta)

    @property
    def staying(self) -> ShiftedBetaGeometric:
        """How long customers stay: leaving before an occasion is a contract that ends."""
        return ShiftedBetaGeometric(alpha=self.gamma, beta=self.delta)

    def log_likelihood(self, seen: Occasions) -> Floats:
        """Return the log-likelihood of each customer, shape (n,)."""
        return self._judged(seen)[0]

    def alive(self, seen: Occasions) -> Floats:
        """Return the probability that a customer was still there at the last occasion."""
        return self._judged(seen)[1]

    def alive_next(self, seen: Occasions) -> Floats:
        """Return the probability that a customer will be there at the next occasion (the paper's P(alive))."""
        return self.alive(seen) * self.staying.retention(seen.opportunities + 1)

    def expected(self, seen: Occasions, aheads: Sequence[int]) -> Floats:
        """Return the expected transactions at the next so many occasions, shape (len(aheads), n)."""
        lived, place = np.unique(seen.opportunities, return_inverse=True)
        there = [1 - self.staying.end_within(lived, ahead) for ahead in range(1, max(aheads, default=0) + 1)]
        occasions = np.cumsum([np.zeros(len(lived)), *there], axis=0)
        return np.asarray(self._rate(seen) * occasions[list(aheads)][:, place])

    def none_ahead(self, seen: Occasions, ahead: int) -> Floats:
        """Return the probability of no transaction at the next `ahead` occasions."""
        silent = replace(seen, opportunities=seen.opportunities + ahead)
        return np.exp(np.minimum(self.log_likelihood(silent) - self.log_likelihood(seen), 0.0))

    def dert(self, seen: Occasions, discount: float) -> Floats:
        """Return the discounted expected residual transactions: that of the next occasion counts 1/(1 + discount).

        Args:
            seen: the customers.
            discount: rate per occasion, above 0.

        References:
            Fader, Hardie & Shang (2010), eq. 14.
        """
        lived, place = np.unique(seen.opportunities, return_inverse=True)
        return self._rate(seen) * self.staying.expected_remaining(lived, discount)[place] / (1 + discount)

    def expected_new(self, aheads: Sequence[int]) -> Floats:
        """Return the expected transactions of a new customer at the first so many occasions, shape (len(aheads),)."""
        there = self.staying.survival(np.arange(1, max(aheads, default=0) + 1))
        return self.alpha / (self.alpha + self.beta) * np.append(0.0, np.cumsum(there))[list(aheads)]

    def pmf(self, counts: int, opportunities: int) -> Floats:
        """Return the probabilities that a new customer buys at 0, 1, .. `counts` of so many occasions."""
        x, k = np.arange(counts + 1)[:, None], np.arange(opportunities + 1)
        there = self.staying.survival(k)
        left = there - np.append(there[1:], 0.0)  # there at k occasions and no more, or at all of them
        most = max(counts, opportunities)
        ways, a, b, ab = (_rising(start, most)[0] for start in (1.0, self.alpha, self.beta, self.alpha + self.beta))
        rest = np.maximum(k - x, 0)
        logs = ways[k] - ways[x] - ways[rest] + a[x] + b[rest] - ab[k]
        return np.asarray(np.where(k >= x, np.exp(np.where(k >= x, logs, 0.0)), 0.0) @ left)

    def _rate(self, seen: Occasions) -> Floats:
        """Return the expected transactions at an occasion, as those still there buy, if they are."""
        x, n = seen.frequency, seen.opportunities
        return self.alive(seen) * (self.alpha + x) / (self.alpha + self.beta + n)

    def _judged(self, seen: Occasions) -> tuple[Floats, Floats]:
        """Return log-likelihood and P(there at the last occasion) of each customer."""
        cells, place = _distinct(seen)
        tables = _Tables.of(self, cells)
        logs, alive = np.empty(len(cells)), np.empty(len(cells))
        for terms in _all_terms(cells):
            each = terms.logs(tables)
            total = terms.totals(each)
            logs[terms.rows], alive[terms.rows] = total, np.exp(each[terms.there] - total)
        return logs[place], alive[place]


def fit(seen: Occasions) -> Maximum:
    """Return the maximum over the logarithms of alpha, beta, gamma and delta.

    Raises:
        NotFitted: nobody has had three occasions yet, or fewer than two customers came back.
    """
    cells, place = _distinct(seen)
    weights = np.bincount(place, seen.weights).astype(np.float64)
    if cells.opportunities[weights > 0].max(initial=0) < 3:
        raise NotFitted("nobody has had three occasions to buy yet: those who buy seldom and those who left look alike")
    if weights[cells.frequency > 0].sum() < 2:
        raise NotFitted("fewer than two customers have bought again")
    start = np.linalg.solve(_AXES, np.log([1.0, 1.0, 0.7, 2.0]))
    found = maximise(_Sample(cells, weights), start)
    return replace(found, theta=_AXES @ found.theta, covariance=_AXES @ found.covariance @ _AXES.T)


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    cells: Occasions
    weights: Floats

    def __len__(self) -> int:
        return len(self.cells)

    def sampled(self, rows: int) -> "_Sample":
        return self

    def curve(self, theta: Floats) -> Curve:
        found = self.in_logs(_AXES @ theta)
        return Curve(found.value, _AXES.T @ found.gradient, _AXES.T @ found.hessian @ _AXES)

    def in_logs(self, theta: Floats) -> Curve:
        """Return the curve over the logarithms of the parameters."""
        model = BgBb.at(theta)
        tables = _Tables.of(model, self.cells)
        value, slope, bend = 0.0, np.zeros(4), np.zeros((4, 4))
        for terms in _all_terms(self.cells):
            logs, weights = terms.logs(tables), self.weights[terms.rows]
            total = terms.totals(logs)
            share = np.exp(logs - np.repeat(total, terms.lengths))
            heavy = share * np.repeat(weights, terms.lengths)
            slopes = terms.slopes(tables)
            mean = np.add.reduceat(slopes * share, terms.first, axis=1)
            value += float(weights @ total)
            slope += mean @ weights
            # Of a mixture: how the slopes of its terms scatter, and the mean of their bends.
            bend += (slopes * heavy) @ slopes.T - (mean * weights) @ mean.T + terms.bends(tables, heavy)
        own = np.exp(theta)
        return Curve(value, own * slope, bend * np.outer(own, own) + np.diag(own * slope))


def _rising(start: float, most: int) -> Floats:
    """Return log of start (start + 1) .. (start + k - 1) and its two derivatives, for k = 0 .. most; (3, most + 1)."""
    steps = start + np.arange(most)
    found = np.zeros((3, most + 1))
    np.cumsum([np.log(steps), 1 / steps, -1 / steps**2], axis=1, out=found[:, 1:])
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """What gamma functions would say, summed up over occasions: all arguments differ by whole numbers."""

    gamma: float
    buys: Floats
    passes: Floats
    chances: Floats
    stays: Floats
    leaves: Floats

    @classmethod
    def of(cls, model: BgBb, cells: Occasions) -> "_Tables":
        most = int(cells.opportunities.max(initial=0)) + 1
        starts = (model.alpha, model.beta, model.alpha + model.beta, model.delta, model.gamma + model.delta)
        return cls(model.gamma, *(_rising(start, most) for start in starts))


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """What may have happened to some customers: one term for each occasion that may have been their last.

    Attributes:
        rows: the customers, of all cells.
        first: where the terms of each begin; shape (customers,).
        there: the last term of each: still there at the last occasion.
        x: transactions, per term.
        k: occasions at which the customer was there.
        left: 1 where the customer left after these; 0 where they may still be there.
    """

    rows: slice
    first: Whole
    there: Whole
    x: Whole
    k: Whole
    left: Whole

    def logs(self, tables: _Tables) -> Floats:
        """Return the log probability of each term."""
        x, k = self.x, self.k
        bought = tables.buys[0][x] + tables.passes[0][k - x] - tables.chances[0][k]
        left = tables.stays[0][k] - tables.leaves[0][k + self.left] + self.left * np.log(tables.gamma)
        return np.asarray(bought + left)

    def totals(self, logs: Floats) -> Floats:
        """Return the log-likelihood of each customer."""
        most = np.maximum.reduceat(logs, self.first)
        return most + np.log(np.add.reduceat(np.exp(logs - np.repeat(most, self.lengths)), self.first))

    def slopes(self, tables: _Tables) -> Floats:
        """Return derivatives of each term in alpha, beta, gamma and delta; shape (4, terms)."""
        chances, leaves = tables.chances[1][self.k], tables.leaves[1][self.k + self.left]
        bought, passed = tables.buys[1][self.x] - chances, tables.passes[1][self.k - self.x] - chances
        return np.stack([bought, passed, self.left / tables.gamma - leaves, tables.stays[1][self.k] - leaves])

    def bends(self, tables: _Tables, weights: Floats) -> Floats:
        """Return second derivatives, added up over terms; shape (4, 4)."""
        both, leaves = weights @ tables.chances[2][self.k], weights @ tables.leaves[2][self.k + self.left]
        found = -np.kron(np.diag([both, leaves]), np.ones((2, 2)))
        own = tables.buys[2][self.x], tables.passes[2][self.k - self.x], -self.left / tables.gamma**2
        return found + np.diag([weights @ part for part in (*own, tables.stays[2][self.k])])

    @property
    def lengths(self) -> Whole:
        return self.there - self.first + 1


def _distinct(seen: Occasions) -> tuple[Occasions, Whole]:
    """Return the rows that differ, and which of them each row is."""
    base = int(seen.opportunities.max(initial=0)) + 1
    codes = (seen.opportunities * base + seen.recency) * base + seen.frequency
    found, place = np.unique(codes, return_inverse=True)
    rest, frequency = np.divmod(found, base)
    opportunities, recency = np.divmod(rest, base)
    return Occasions(frequency=frequency, recency=recency, opportunities=opportunities), place


def _all_terms(cells: Occasions) -> Iterator[_Terms]:
    lengths = cells.opportunities - cells.recency + 1
    block = np.cumsum(lengths) // _TERMS
    edges = np.concatenate([[0], np.flatnonzero(np.diff(block)) + 1, [len(cells)]])
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        rows = slice(begin, end)
        last = np.cumsum(lengths[rows]) - 1
        first = last - lengths[rows] + 1
        row = np.repeat(np.arange(end - begin), lengths[rows])
        k = cells.recency[rows][row] + np.arange(len(row)) - first[row]
        left = np.ones(len(row), np.int64)
        left[last] = 0
        yield _Terms(rows, first, last, cells.frequency[rows][row], k, left)
