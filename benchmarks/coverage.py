"""Do the 95 % intervals hold the truth 95 % of the time?

Draws customers again and again from populations whose truth is known, and counts how often each estimator's interval
holds it: `python benchmarks/coverage.py [--n 200] [--replications 4000]`. Deterministic.

The customers: orders are 1 + a Poisson number with a gamma-distributed rate (as in BG/NBD), what they spend on an order
is gamma with a gamma-distributed rate (gamma-gamma, with the CDNOW parameters of Fader & Hardie, 2013: p 6.25, q 3.74,
v 15.44; its fourth moment is infinite), and they stay for a Lomax time (exponential with a gamma-distributed rate).
"""

import argparse
from collections.abc import Callable, Mapping

import numpy as np

from regulars.core.estimate import Interval
from regulars.core.randomness import stream
from regulars.stats import (
    arms,
    cohorts,
    concentration,
    contrasts,
    covariate,
    effects,
    intervals,
    nps,
    shrinkage,
    skewed,
    survival,
)
from regulars.stats.moments import PairSums, Sums, summed

P, Q, V = 6.25, 3.74, 15.44
RATE_SHAPE, RATE_MEAN = 0.9, 2.4
ORDERS, ORDER_VALUE = 1 + RATE_MEAN, P * V / (Q - 1)
STAY_SHAPE, STAY_SCALE = 1.5, 300.0

Case = Callable[[np.random.Generator, int], tuple[Interval, float]]


def customers(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return orders and spend (in pence) of n customers."""
    orders = 1 + rng.poisson(rng.gamma(RATE_SHAPE, RATE_MEAN / RATE_SHAPE, n))
    spend = rng.gamma(P * orders, 1 / rng.gamma(Q, 1 / V, n))
    return orders, np.maximum(1, np.rint(spend * 100)).astype(np.int64)


def sums(x: np.ndarray) -> Sums:
    return Sums(n=len(x), total=int(x.sum()), squares=int(x @ x), cubes=sum(v**3 for v in x.tolist()))


def pairs(a: np.ndarray, b: np.ndarray) -> PairSums:
    powers = {"a": a, "b": b, "aa": a * a, "ab": a * b, "bb": b * b}
    powers |= {"aab": a * a * b, "abb": a * b * b, "bbb": b * b * b}
    return PairSums(n=len(a), aaa=sum(v**3 for v in a.tolist()), **{k: int(v.sum()) for k, v in powers.items()})


def share(p: float) -> Case:
    return lambda rng, n: (intervals.wilson(int(rng.binomial(n, p)), n), p)


def mean_orders(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    return intervals.mean(sums(customers(rng, n)[0])), ORDERS


def mean_spend(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    return intervals.mean(sums(customers(rng, n)[1])), ORDERS * ORDER_VALUE * 100


def order_value(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    orders, spend = customers(rng, n)
    return intervals.ratio(pairs(spend, orders)), ORDER_VALUE * 100


def return_rate(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    orders, _ = customers(rng, n)
    returned = rng.binomial(orders, rng.beta(1, 9, n))
    return intervals.ratio(pairs(returned, orders)), 0.1


def gross_retention(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    """Monthly amounts lognormal; 5 % leave, 8 % shrink by a quarter."""
    before = np.rint(rng.lognormal(4, 1, n) * 100).astype(np.int64)
    fate = rng.random(n)
    after = np.where(fate < 0.05, 0, np.where(fate < 0.13, before * 3 // 4, before))
    return intervals.ratio(pairs(after, before)), 1 - 0.05 - 0.08 / 4


def revenue(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    _, spend = customers(rng, int(rng.poisson(n)))
    return intervals.total(sums(spend)), n * ORDERS * ORDER_VALUE * 100


def arrivals(factor: float) -> Case:
    return lambda rng, n: (intervals.poisson_exact(int(rng.poisson(n * factor))), n * factor)


def spend_quantile(p: float, truth: float) -> Case:
    return lambda rng, n: (intervals.quantile(customers(rng, n)[1], p), truth)


def stays(rng: np.random.Generator, n: int, late: bool = False) -> survival.Curve:
    """Stays seen until a day uniform on 30 .. 900; with `late`, a third were customers before the records begin."""
    stay = STAY_SCALE * (rng.random(4 * n) ** (-1 / STAY_SHAPE) - 1)
    entry = np.where(rng.random(4 * n) < 1 / 3, rng.uniform(0, 300, 4 * n), 0.0) if late else np.zeros(4 * n)
    end = entry + rng.uniform(30, 900, 4 * n)
    seen = np.flatnonzero(stay > entry)[:n]
    stay, entry, end = stay[seen], entry[seen], end[seen]
    durations = np.minimum(stay, end)
    times = np.unique(np.concatenate([durations, entry[entry > 0]]))

    def count(which: np.ndarray) -> np.ndarray:
        return np.bincount(np.searchsorted(times, which), minlength=len(times))

    left = stay <= end
    return survival.kaplan_meier(times, count(durations[left]), count(durations[~left]), count(entry[entry > 0]))


def staying(time: float, late: bool = False) -> Case:
    truth = (1 + time / STAY_SCALE) ** -STAY_SHAPE
    return lambda rng, n: (survival.survival_at(stays(rng, n, late), time), truth)


def median_stay(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    return survival.survival_quantile(stays(rng, n)), STAY_SCALE * (2 ** (1 / STAY_SHAPE) - 1)


def mean_stay(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    area = STAY_SCALE / (STAY_SHAPE - 1) * (1 - (1 + 365 / STAY_SCALE) ** (1 - STAY_SHAPE))
    return survival.restricted_mean(stays(rng, n), 365), area


def pooled_age(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    """Retained at age 4, from five cohorts that are 4, 3, 2, 1 and 0 months old and n customers in all."""
    keep, triangle = (0.6, 0.8, 0.85, 0.9), []
    for age in (4, 3, 2, 1, 0):
        row = [n // 5]
        for p in keep[:age]:
            row.append(int(rng.binomial(row[-1], p)))
        triangle.append(row)
    return cohorts.pooled_retention(triangle)[3], float(np.prod(keep))


def gini(truth: float) -> Case:
    return lambda rng, n: (concentration.gini(concentration.gini_sums(customers(rng, n)[1])), truth)


def top_decile(truth: float) -> Case:
    return lambda rng, n: (concentration.top_share(*concentration.top_share_sums(customers(rng, n)[1])), truth)


def answers(rng: np.random.Generator, n: int, p: tuple[float, float, float] = (0.5, 0.3, 0.2)) -> tuple[int, ...]:
    return tuple(int(count) for count in rng.multinomial(n, p))


def score(method: Callable[..., Interval]) -> Case:
    return lambda rng, n: (method(*answers(rng, n)), 0.3)


def change(case: Case, scale: float = 1.0) -> Case:
    """The difference of two independent estimates, the second from `scale` times as many customers."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
        (after, truth), (before, other) = case(rng, n), case(rng, int(n * scale))
        return contrasts.difference(after, before), truth - other

    return draw


def relative(case: Case) -> Case:
    def draw(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
        return contrasts.relative_change(case(rng, n)[0], case(rng, n)[0]), 0.0

    return draw


def shrunken(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
    """One of 20 segments whose true scores differ, of n / 20 answers on average."""
    promoters = np.clip(rng.normal(0.5, 0.08, 20), 0.1, 0.75)
    sizes = rng.integers(max(2, n // 50), n // 10, 20)
    seen = [answers(rng, int(size), (p, 0.8 - p, 0.2)) for size, p in zip(sizes, promoters, strict=True)]
    scores = [(a - c) / (a + b + c) for a, b, c in seen]
    found = shrinkage.shrink(scores, [nps.nps_adjusted_variance(*counts) for counts in seen], sizes.tolist())
    pick = int(rng.integers(20))
    return found[pick], float(promoters[pick] - 0.2)


def spenders(rng: np.random.Generator, n: int, effect: float = 0.0) -> PairSums:
    """What n customers of a campaign bring in its weeks, of whom two in three nothing, beside what they brought before.

    Both go by the same rate of a customer's, so that what was brought before tells something.
    """
    rate = rng.gamma(RATE_SHAPE, 0.4 / RATE_SHAPE, n)
    value = 1 / rng.gamma(Q, 1 / V, n)
    now, before = (rng.gamma(np.maximum(P * rng.poisson(rate), 1e-9), value) for _ in range(2))
    return summed(now + effect, before)


def held_out(share: float, method: str) -> Case:
    """What treating n customers did to what they brought, with a share of them held out."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Interval, float]:
        treated, control = spenders(rng, n - int(n * share), 5.0), spenders(rng, int(n * share))
        if method == "Welch":
            return effects.difference(arms.mean(treated.minus(0)), arms.mean(control.minus(0))).interval, 5.0
        adjusted = covariate.cuped(treated, control)
        if method == "CUPED, Welch":
            return adjusted.effect.interval, 5.0
        theta = adjusted.theta or 0.0 if method == "CUPED, skew-aware" else 0.0
        return skewed.difference(treated.minus(theta), control.minus(theta)).interval, 5.0

    return draw


def cases() -> Mapping[str, Case]:
    """Return every case by name; concentration and quantiles take their truth from four million customers."""
    spend = np.sort(customers(stream(1, "truth"), 4_000_000)[1])
    size, whole = len(spend), int(spend.sum())
    truth_gini = 2 * float(np.arange(1, size + 1) @ (spend / whole)) / size - (size + 1) / size
    truth_top = float(spend[size * 9 // 10 :].sum() / whole)
    return {
        "share .05, Wilson": share(0.05),
        "share .3, Wilson": share(0.3),
        "share .8, Wilson": share(0.8),
        "orders per customer, mean": mean_orders,
        "spend per customer, mean": mean_spend,
        "order value, ratio": order_value,
        "return rate, ratio": return_rate,
        "gross revenue retention, ratio": gross_retention,
        "revenue, total": revenue,
        "new customers, Poisson": arrivals(1.0),
        "new customers / 20, Poisson": arrivals(0.05),
        "spend, median": spend_quantile(0.5, float(spend[size // 2])),
        "spend, 90 % quantile": spend_quantile(0.9, float(spend[size * 9 // 10])),
        "staying 90 days, KM": staying(90),
        "staying 365 days, KM": staying(365),
        "staying 365 days, KM, late entry": staying(365, late=True),
        "median stay, KM": median_stay,
        "mean stay within 365 days, KM": mean_stay,
        "cohorts pooled, age 4": pooled_age,
        "Gini of spend": gini(truth_gini),
        "top decile's share of spend": top_decile(truth_top),
        "NPS, score": score(nps.nps),
        "NPS, adjusted Wald": score(nps.nps_adjusted_wald),
        "NPS of a segment, shrunken": shrunken,
        "change of a share .3": change(share(0.3), 2),
        "change of spend per customer": change(mean_spend),
        "change of spend, twice as many before": change(mean_spend, 2),
        "change of order value": change(order_value),
        "change of NPS": change(score(nps.nps)),
        "change of revenue": change(revenue),
        "change of median stay": change(median_stay),
        "relative change of spend": relative(mean_spend),
        **{
            f"effect on spend, {share:.0%} held out, {method}": held_out(share, method)
            for share in (0.5, 0.2, 0.1)
            for method in ("Welch", "CUPED, Welch", "skew-aware", "CUPED, skew-aware")
        },
    }


def measure(name: str, case: Case, *, n: int, replications: int) -> tuple[float, float, float, float]:
    """Return coverage, median width, and the shares of intervals wholly below and wholly above the truth.

    Replications in which the estimator says "no value, because ..." are left out.
    """
    rng = stream(1, f"coverage/{name}")
    found = [(i.low, i.high, truth) for i, truth in (case(rng, n) for _ in range(replications)) if not i.why_not]
    if not found:
        return (float("nan"),) * 4
    low, high, truth = np.array(found, dtype=np.float64).T
    below, above = float(np.mean(high < truth)), float(np.mean(low > truth))
    return 1 - below - above, float(np.median(high - low)), below, above


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=200, help="customers per replication")
    parser.add_argument("--replications", type=int, default=4000)
    options = parser.parse_args()
    print(f"n = {options.n}, {options.replications} replications, nominal 95 %")
    print(f"{'estimator':52}{'coverage':>9}{'median width':>15}{'below':>8}{'above':>8}")
    for name, case in cases().items():
        coverage, width, below, above = measure(name, case, n=options.n, replications=options.replications)
        mark = "" if 0.93 <= coverage <= 0.97 else "  *"
        print(f"{name:52}{coverage:9.3f}{width:15.5g}{below:8.3f}{above:8.3f}{mark}", flush=True)


if __name__ == "__main__":
    main()
