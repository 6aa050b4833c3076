"""The Pareto/NBD model of buying: customers buy at random until they leave unseen, at any moment.

Transactions of a customer are Poisson with a rate that is Gamma(r, alpha) distributed over customers; how long a
customer stays is exponential with a rate that is Gamma(s, beta) distributed. alpha and beta are in the unit of time of
the histories; r and s have none.

All of it rests on silence: a customer was there at one time, bought nothing until another, and has stayed or left in
between. That he left is an integral over when. It is computed as one, by quadrature of a positive integrand, because
its closed forms are differences of hypergeometric functions, which cancel and overflow.

References:
    Schmittlein, Morrison & Colombo (1987), Management Science 33, 1-24: the model. Fader & Hardie (2005), A note on
    deriving the Pareto/NBD model and related expressions: the integral. Fader & Hardie (2007), Incorporating
    time-invariant covariates into the Pareto/NBD and BG/NBD models.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.stats.buying.histories import Histories
from regulars.stats.buying.time_stayed import NOTHING, discounted_time_stayed, legendre, time_stayed
from regulars.stats.likelihood import Curve, Each, Floats, Maximum, NotFitted, assembled, maximise, own_parameters

_ALPHA, _BETA = 1, 3
#: Where the search for r, alpha, s and beta begins; alpha and beta in mean ages.
_START = (0.5, 0.2, 0.5, 0.3)

#: Gauss-Legendre rules by their nodes, and up to which range and which fall each of them but the last holds 11 digits
#: (measured on 400,000 integrands over all that parameters and histories may be).
_RULES, _RANGES, _FALLS = (6, 8, 12, 20, 32, 64), (0.6, 1.0, 2.4, 3.4, 6.0), (2.0, 4.0, 11.0, 28.0, 50.0)
#: Values in an array that is worked on, and rows of a curve: larger ones leave the cache and take twice as long.
_BLOCK = 8_192
#: Pairs of the four terms of `_Silence.moments`, in its order; and where each goes when alpha and beta change places.
_PAIRS = tuple(combinations_with_replacement(range(4), 2))
_EXCHANGED = [2, 3, 0, 1, *(4 + _PAIRS.index(tuple(sorted(((i + 2) % 4, (j + 2) % 4)))) for i, j in _PAIRS)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParetoNbd:
    """Customers who buy and leave as the model says; with covariates, alpha and beta are of each row.

    Attributes:
        r: shape of the distribution of rates of buying.
        alpha: its inverse scale, a time: customers buy r/alpha times per unit of time on average.
        s: shape of the distribution of rates of leaving.
        beta: its inverse scale, a time.
        at_orders: that customers leave at any moment, not right after a transaction.

    >>> model = ParetoNbd(r=0.5533, alpha=10.578, s=0.6062, beta=11.669)  # weeks; Fader, Hardie & Lee (2005)
    >>> customer = Histories(frequency=np.array([26.0]), recency=np.array([30.86]), age=np.array([31.0]))
    >>> model.alive(customer).round(4), model.expected(customer, [52]).round(2)
    (array([0.9979]), array([[25.46]]))
    """

    r: float
    alpha: Each
    s: float
    beta: Each
    at_orders: ClassVar[bool] = False

    @classmethod
    def at(cls, theta: Floats, designs: Mapping[int, Floats] = {}) -> "ParetoNbd":
        """Return the model from logarithms of r, alpha, s and beta, then coefficients of covariates.

        Args:
            theta: shape (4 + covariates,).
            designs: covariates, each of shape (n, q), by the parameter that they multiply: 1 is alpha, 3 is beta.

        Raises:
            ValueError: there are covariates of another parameter.
        """
        if not set(designs) <= {_ALPHA, _BETA}:
            raise ValueError(f"covariates act on 1 (alpha) and 3 (beta), not on {sorted(designs)}")
        r, alpha, s, beta = (np.exp(own) for own in own_parameters(theta, 4, designs))
        return cls(r=float(r), alpha=alpha, s=float(s), beta=beta)

    def log_likelihood(self, h: Histories) -> Floats:
        """Return the logarithm of each row's likelihood, with all constants, shape (n,)."""
        # Fader & Hardie (2005), section 3, before the integral over the time of leaving is solved.
        x, silence = h.frequency, self._since_last(h)
        bought = special.gammaln(self.r + x) - special.gammaln(self.r) - x * np.log(self.alpha)
        bought -= (self.r + x) * np.log1p(h.recency / self.alpha) + self.s * np.log1p(h.recency / self.beta)
        return np.asarray(bought + np.log(silence.kept + silence.left()))

    def alive(self, h: Histories) -> Floats:
        """Return P(still a customer now | history), shape (n,)."""
        silence = self._since_last(h)
        return silence.kept / (silence.kept + silence.left())

    def expected(self, h: Histories, aheads: Sequence[float]) -> Floats:
        """Return E[transactions from now until `ahead` | history] by horizon, shape (m, n)."""
        # Fader & Hardie (2005), section 6: P(alive), by the rate of buying, by how long a customer goes on to stay.
        rate = self.alive(h) * (self.r + h.frequency) / (self.alpha + h.age)
        return np.array([rate * time_stayed(self.s, self.beta + h.age, ahead) for ahead in aheads])

    def none_ahead(self, h: Histories, ahead: float) -> Floats:
        """Return P(no transaction from now until `ahead` | history), shape (n,).

        It is L(x, tx, T + ahead) / L(x, tx, T), but as a sum of probabilities: nothing cancels.
        """
        before = self._since_last(h)
        after = _Silence.between(self.r + h.frequency, self.alpha, self.s, self.beta, h.age, h.age + ahead)
        left = before.left()
        none = (left + before.kept * (after.kept + after.left())) / (left + before.kept)
        return np.minimum(none, 1.0)  # 1 but for rounding where `ahead` is 0

    def drawn(self, h: Histories, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return a rate of buying and a hazard of leaving of each row, given the history and that it is there still.

        Both per unit of time, shape (n,); given that, they are independent.
        """
        rate = rng.standard_gamma(self.r + h.frequency) / (self.alpha + h.age)
        return np.maximum(rate, 1e-300), rng.standard_gamma(self.s, len(h)) / (self.beta + h.age)

    def dert(self, h: Histories, rate: float) -> Floats:
        """Return the discounted expected residual transactions of each row, shape (n,).

        Args:
            h: the customers.
            rate: of discount, continuously compounded, per unit of time of the histories.

        Raises:
            ValueError: the rate is not above 0.

        References:
            Fader, Hardie & Lee (2005), RFM and CLV, J. Marketing Research 42, 415-430.
        """
        if not rate > 0:
            raise ValueError(f"the rate of discount must be above 0, not {rate}")
        buying = self.alive(h) * (self.r + h.frequency) / (self.alpha + h.age)
        return np.asarray(buying * discounted_time_stayed(self.s, self.beta + h.age, rate))

    def expected_new(self, aheads: Sequence[float]) -> Floats:
        """Return E[repeat transactions of a new customer until `ahead`] by horizon, shape (m,)."""
        return np.array([self.r / self.alpha * time_stayed(self.s, self.beta, ahead) for ahead in aheads])

    def pmf(self, counts: int, age: float) -> Floats:
        """Return P(0, 1, .. `counts` repeat transactions until that age), shape (counts + 1,).

        Who left at u had made a negative binomial number of transactions by then; u is integrated out on 128 nodes.
        """
        x = np.arange(counts + 1.0)
        ways = special.gammaln(self.r + x) - special.gammaln(self.r) - special.gammaln(x + 1)
        nodes, (weights, *_) = legendre(128)
        unit = min(float(self.alpha), float(self.beta))
        reach = np.log1p(age / unit)
        left_at = unit * np.expm1(reach * nodes)
        leaving = self.s / (self.beta + left_at) * (1 + left_at / self.beta) ** -self.s  # density
        ends = np.append(left_at, age)[:, None]
        bought = np.exp(ways - self.r * np.log1p(ends / self.alpha) + special.xlogy(x, ends / (self.alpha + ends)))
        stayed = (1 + age / self.beta) ** -self.s
        return np.append(weights * reach * (unit + left_at) * leaving, stayed) @ bought

    def _since_last(self, h: Histories) -> "_Silence":
        return _Silence.between(self.r + h.frequency, self.alpha, self.s, self.beta, h.recency, h.age)


def fit(h: Histories, designs: Mapping[int, Floats] = {}) -> Maximum:
    """Return the most likely logarithms of r, alpha, s and beta, then the coefficients of covariates.

    Args:
        h: customers, also those without a repeat transaction.
        designs: covariates, each of shape (n, q), by the parameter that they multiply: 1 is alpha, 3 is beta.

    Raises:
        NotFitted: there is nothing to learn from, or no maximum.
    """
    weights = np.ones(len(h)) if h.weights is None else h.weights
    if not weights[h.age > 0].any():
        raise NotFitted("all customers were first seen on the day of the snapshot")
    if weights[h.frequency > 0].sum() < 2:
        raise NotFitted("fewer than two customers have bought again")
    # In mean ages the logarithms of alpha and beta are as near 0 as those of r and s.
    unit = float(weights @ h.age / weights.sum())
    scaled = replace(h, recency=h.recency / unit, age=h.age / unit, weights=weights)
    start = np.concatenate([np.log(_START), np.zeros(sum(design.shape[1] for design in designs.values()))])
    found = maximise(_Likelihood.of(scaled, designs), start)
    theta = found.theta.copy()
    theta[[_ALPHA, _BETA]] += np.log(unit)
    return replace(found, theta=theta, value=found.value - float(weights @ h.frequency) * np.log(unit))


@dataclass(frozen=True, slots=True, eq=False)
class _Likelihood:
    """That of rows with weights; `distinct` frequencies serve what depends on no time, each of so many `customers`."""

    rows: Histories
    designs: Mapping[int, Floats]
    distinct: Floats
    customers: Floats

    @classmethod
    def of(cls, rows: Histories, designs: Mapping[int, Floats]) -> "_Likelihood":
        distinct, places = np.unique(rows.frequency, return_inverse=True)
        return cls(rows, designs, distinct, np.bincount(places, weights=rows.weights).astype(np.float64))

    def __len__(self) -> int:
        return len(self.rows)

    def sampled(self, rows: int) -> "_Likelihood":
        chosen = np.linspace(0, len(self) - 1, rows).astype(np.int_)
        return _Likelihood.of(self.rows.taken(chosen), {j: design[chosen] for j, design in self.designs.items()})

    def curve(self, theta: Floats) -> Curve:
        r, x, n = float(np.exp(theta[0])), self.distinct, self.customers
        value = float(n @ (special.gammaln(r + x) - special.gammaln(r)))
        gradient, hessian = np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
        gradient[0] = r * (n @ (special.digamma(r + x) - special.digamma(r)))
        hessian[0, 0] = gradient[0] + r * r * (n @ (special.polygamma(1, r + x) - special.polygamma(1, r)))
        for first in range(0, len(self), _BLOCK):
            place = slice(first, first + _BLOCK)
            with np.errstate(all="ignore"):  # too far a step gives a value that is not finite, and is taken back
                part = _curve(theta, self.rows.taken(place), {j: design[place] for j, design in self.designs.items()})
            value, gradient, hessian = value + part.value, gradient + part.gradient, hessian + part.hessian
        return Curve(value, gradient, hessian)


def _curve(theta: Floats, h: Histories, designs: Mapping[int, Floats]) -> Curve:
    """Return the log-likelihood but for Gamma(r + x) / Gamma(r), and its derivatives, of rows with weights.

    The likelihood is a mixture of positive terms: of staying until T, and of leaving at each time u. By the logarithms
    of r, alpha, s and beta the logarithm of such a term has the derivatives -r A, -(r + x) P, C and -Q, but for what
    all terms share: A = log((alpha+u)/(alpha+tx)), P = alpha/(alpha+u), C = d - s log((beta+u)/(beta+tx)) and
    Q = (s+d) beta/(beta+u), with d = 1 for who leaves, and d = 0 and u = T for who stays. So the gradient is their
    mean over the mixture; the Hessian is their covariance, and the mean of second derivatives.
    """
    silence = ParetoNbd.at(theta, designs)._since_last(h)
    order, left, moments = silence.moments()
    kept, log_alpha, log_beta = silence.kept[order], silence.log_alpha[order], silence.log_beta[order]
    h, designs = h.taken(order), {j: design[order] for j, design in designs.items()}
    model = ParetoNbd.at(theta, designs)
    r, alpha, s, beta, m = model.r, model.alpha, model.s, model.beta, model.r + h.frequency

    total = kept + left
    gone, still = left / total, kept / total
    pa, pb = alpha / (alpha + h.age), beta / (beta + h.age)
    # From moments of who left to -r A, -(r + x) P, C and -Q.
    scale: list[Each] = [-r, -m * alpha / (alpha + h.recency), -s, -(s + 1) * beta / (beta + h.recency)]
    of_left = [scale[i] * moments[i] for i in range(4)]
    of_left[2] += 1
    gaps = [a - b for a, b in zip(of_left, (-r * log_alpha, -m * pa, -s * log_beta, -s * pb), strict=True)]
    a, p, c, q = (of_left[i] - still * gaps[i] for i in range(4))
    hessian: dict[tuple[int, int], Each] = {}
    for (i, j), product in zip(_PAIRS, moments[4:], strict=True):
        among_left = scale[i] * scale[j] * (product - moments[i] * moments[j])
        hessian[i, j] = gone * (among_left + still * gaps[i] * gaps[j])

    ra, rb = np.log(1 + h.recency / alpha), np.log(1 + h.recency / beta)
    gradient: list[Each] = [a - r * ra, r + p, c - s * rb, s + q]
    hessian[0, 0] += gradient[0]
    hessian[0, 1] += r + r / m * p
    hessian[1, 1] += (hessian[1, 1] + p * p) / m + p
    hessian[2, 2] += gradient[2] - gone
    hessian[2, 3] += s * (1 - still * pb + gone / (s + 1) * of_left[3])
    hessian[3, 3] += still * s * pb * pb + gone / (s + 1) * scale[3] ** 2 * moments[13] + q
    values = np.log(total) - m * ra - h.frequency * np.log(alpha) - s * rb
    weights = np.ones(len(h)) if h.weights is None else h.weights
    return assembled(float(weights @ values), gradient, hessian, weights, designs)


@dataclass(frozen=True, slots=True, eq=False)
class _Silence:
    """What may have happened to customers who were there at one time and bought nothing until another.

    The integrand over when they left is exp(-near y) (1 + ratio (e^y - 1))^-far for y from 0 to `reach`, times `scale`,
    with y the logarithm of (alpha+u)/(alpha+since), or that of beta where beta is the smaller one.

    Attributes:
        kept: P(stayed, and bought nothing).
        log_alpha: log((alpha+until)/(alpha+since)).
        log_beta: the same of beta.
        swapped: where beta is the smaller one.
        rule: which of `_RULES` is enough.
    """

    kept: Floats
    log_alpha: Floats
    log_beta: Floats
    swapped: NDArray[np.bool_]
    near: Floats
    far: Floats
    ratio: Floats
    reach: Floats
    scale: Floats
    rule: NDArray[np.int_]

    @classmethod
    def between(cls, m: Floats, alpha: Each, s: float, beta: Each, since: Floats, until: Floats) -> "_Silence":
        """Return that of customers who buy at Gamma(m, alpha + since) rates and leave at Gamma(s, beta + since)."""
        log_alpha = np.log((alpha + until) / (alpha + since))
        log_beta = np.log((beta + until) / (beta + since))
        swapped = np.broadcast_to(np.asarray(alpha > beta), since.shape)
        near, far = np.where(swapped, s, m - 1), np.where(swapped, m, s + 1)
        ratio = (alpha + since) / (beta + since)
        scale = s * np.minimum(ratio, 1.0)
        ratio = np.where(swapped, 1 / ratio, ratio)
        reach, other = np.where(swapped, log_beta, log_alpha), np.where(swapped, log_alpha, log_beta)
        fall = near * reach + far * other
        _shorten(reach, fall, near, far, ratio)
        rule = np.maximum(np.searchsorted(_RANGES, reach), np.searchsorted(_FALLS, fall))
        kept = np.exp(-m * log_alpha - s * log_beta)
        return cls(kept, log_alpha, log_beta, swapped, near, far, ratio, reach, scale * reach, rule)

    def left(self) -> Floats:
        """Return P(left, and bought nothing before)."""
        mass = np.empty(len(self.reach))
        for rows, (weights, *_), integrand, *_ in self._blocks():
            mass[rows] = weights @ integrand
        return self.scale * mass

    def moments(self) -> tuple[NDArray[np.int_], Floats, Floats]:
        """Return the rows in another order, P(left, and bought nothing before), and moments of four terms over when.

        The terms are log((alpha+u)/(alpha+since)), (alpha+since)/(alpha+u) and the same of beta; shape (14, n): means
        of each, then of their products in the order of `_PAIRS`.
        """
        order, sums, end = np.empty(len(self.reach), dtype=np.int_), np.empty((15, len(self.reach))), 0
        for rows, powers, integrand, *terms in self._blocks():
            first, end = end, end + len(rows)
            order[first:end] = rows
            # Places in `sums`: 0 the mass, 1 to 4 y and the terms, 5 to 8 products with y, 9 to 14 those of terms.
            for power, place in enumerate((0, 1, 5)):
                np.matmul(powers[power], integrand, out=sums[place, first:end])
            places = iter(sums[9:, first:end])
            for i, term in enumerate(terms):
                product = integrand * term
                np.matmul(powers[0], product, out=sums[2 + i, first:end])
                np.matmul(powers[1], product, out=sums[6 + i, first:end])
                for other in terms[i:]:
                    np.matmul(powers[0], product * other, out=next(places))
        mass, moments, y = sums[0], sums[1:], self.reach[order]
        moments /= mass
        moments[[0, 5, 6, 7]] *= y
        moments[4] *= y * y
        swapped = self.swapped[order]
        if swapped.any():
            moments[:, swapped] = moments[_EXCHANGED][:, swapped]
        return order, self.scale[order] * mass, moments

    def _blocks(self) -> Iterator[tuple[NDArray[np.int_], Floats, Floats, Floats, Floats, Floats]]:
        """Return blocks of rows that share a rule: which, the rule's weights, and what is at its nodes, (nodes, rows).

        At the nodes: the integrand and three terms, e^-y, log(1 + ratio (e^y - 1)) and e to the minus that.
        """
        for rule, count in enumerate(_RULES):
            nodes, weights = legendre(count)
            of_rule = np.flatnonzero(self.rule == rule)
            for first in range(0, len(of_rule), _BLOCK // count):
                rows = of_rule[first : first + _BLOCK // count]
                ratio = self.ratio[rows]
                back = np.multiply.outer(nodes, -self.reach[rows])
                shrunk = np.exp(back)
                level = shrunk * (1 - ratio)
                level += ratio
                growth = np.log(level)
                growth -= back
                back *= self.near[rows]
                back -= self.far[rows] * growth
                yield rows, weights, np.exp(back, out=back), shrunk, growth, np.divide(shrunk, level, out=level)


def _shorten(reach: Floats, fall: Floats, near: Floats, far: Floats, ratio: Floats) -> None:
    """Cut ranges where the integrand has fallen to nothing.

    Its logarithm is concave, so that Newton's steps come from the right and never cut too much.
    """
    rows = np.flatnonzero(fall > NOTHING + 1)
    while len(rows):
        y, a, b, share = reach[rows], near[rows], far[rows], ratio[rows]
        level = 1 - share + share * np.exp(y)
        y -= (fall[rows] - NOTHING) / (a + b * share * np.exp(y) / level)
        reach[rows] = y
        fall[rows] = a * y + b * np.log(1 - share + share * np.exp(y))
        rows = rows[fall[rows] > NOTHING + 1]
