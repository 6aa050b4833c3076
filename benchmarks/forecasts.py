"""Do limits of forecasts hold what they say? Many simulated courses, each foretold once, beside what came.

`python benchmarks/forecasts.py [--series 200] [--kind NAME]...` prints one line for each kind of course: how many of
the values that came lay within 95 % and 80 % limits, how many sums over all steps lay within 95 % limits of joint
paths, how far off forecasts were beside the seasonal naive rule, and CPU seconds for each course.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from regulars.stats.forecasts import Course, Floats, foretold, paths

Generator = np.random.Generator


@dataclass(frozen=True)
class Kind:
    """Courses of one kind: how they are drawn (`n` values and what comes), and how they are asked about."""

    draw: Callable[[Generator, int], Floats]
    n: int
    ahead: int
    season: int
    low: float = -np.inf
    high: float = np.inf


def wave(n: int, period: float, size: float, phase: float) -> Floats:
    return size * np.sin(2 * np.pi * np.arange(n) / period + phase)


def ar(rng: Generator, n: int, rho: float, sd: float) -> Floats:
    noise = rng.normal(0, sd, n + 50)
    for place in range(1, n + 50):
        noise[place] += rho * noise[place - 1]
    return noise[50:]


def level(rng: Generator, n: int, year: float, week: bool) -> Floats:
    """AR(1) with a year, a week and outliers, around 100."""
    found = 100 + ar(rng, n, rng.uniform(0.2, 0.7), 4) + wave(n, year, rng.uniform(3, 10), rng.uniform(0, 6))
    if week:
        found += np.tile(rng.normal(0, 6, 7), n // 7 + 1)[:n]
    out = rng.random(n) < 0.01
    return found + out * rng.choice([-1, 1], n) * rng.uniform(15, 30, n)


def mean_of_counts(rng: Generator, n: int, year: float, base: float) -> Floats:
    drift = np.cumsum(rng.normal(0, 0.015, n))
    return base * np.exp(drift + wave(n, year, 0.15, rng.uniform(0, 6)))


def counts(rng: Generator, n: int, year: float, base: float) -> Floats:
    return rng.poisson(mean_of_counts(rng, n, year, base)).astype(float)


def shares(rng: Generator, n: int, year: float, of: float) -> Floats:
    logit = rng.uniform(-2, 0) + ar(rng, n, 0.6, 0.08) + wave(n, year, 0.2, rng.uniform(0, 6))
    who = rng.poisson(of, n) + 1
    return rng.binomial(who, 1 / (1 + np.exp(-logit))) / who


def sales(rng: Generator, n: int, year: float) -> Floats:
    trend = np.exp(np.linspace(0, rng.uniform(-0.3, 0.8), n))
    return 1000 * trend * np.exp(wave(n, year, 0.2, rng.uniform(0, 6)) + rng.normal(0, 0.08, n))


def walk(rng: Generator, n: int) -> Floats:
    return 100 + np.cumsum(rng.normal(0, 2, n)) + rng.normal(0, 2, n)


KINDS = {
    "daily, AR(1), week, year, outliers": Kind(lambda rng, n: level(rng, n, 365.25, True), 400, 28, 7),
    "the same, 120 days": Kind(lambda rng, n: level(rng, n, 365.25, True), 120, 14, 7),
    "weekly counts, two years": Kind(lambda rng, n: counts(rng, n, 52, 60), 104, 8, 52, 0),
    "weekly shares, one year": Kind(lambda rng, n: shares(rng, n, 52, 300), 52, 8, 52, 0, 1),
    "monthly sales, five years": Kind(lambda rng, n: sales(rng, n, 12), 60, 6, 12, 0),
    "monthly sales, three years": Kind(lambda rng, n: sales(rng, n, 12), 36, 6, 12, 0),
    "monthly small counts, four years": Kind(lambda rng, n: counts(rng, n, 12, 8), 48, 6, 12, 0),
    "weekly random walk with noise": Kind(walk, 150, 8, 52),
}


def measured(kind: Kind, series: int) -> dict[str, float]:
    """Return what came of so many courses, as means."""
    rows = []
    for seed in range(series):
        rng = np.random.default_rng([7, seed])
        every = kind.draw(rng, kind.n + kind.ahead)
        course = Course(values=every[: kind.n], season=kind.season, low=kind.low, high=kind.high)
        came, began = every[kind.n :], time.process_time()
        found = foretold(course, kind.ahead, 0.95)
        spent = time.process_time() - began
        narrow = foretold(course, kind.ahead, 0.80)
        low, high = np.nanquantile(paths(found, 2000, rng).sum(axis=1), [0.025, 0.975])
        last = course.values[-kind.season :] if len(course.values) > kind.season + 10 else course.values[-1:]
        rule = np.abs(came - np.resize(last, kind.ahead)).mean()
        rows.append(
            {
                "95": np.mean((found.low <= came) & (came <= found.high)),
                "80": np.mean((narrow.low <= came) & (came <= narrow.high)),
                "sum 95": float(low <= came.sum() <= high),
                "error": np.abs(came - found.values).mean(),
                "rule": rule,
                "told": found.held[0] / max(found.held[1], 1),
                "cpu": spent,
                "windows": np.mean([one.windows for one in found.bounds if one]),
            }
        )
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--series", type=int, default=200)
    asked.add_argument("--kind", action="append", choices=list(KINDS))
    given = asked.parse_args()
    print("| course | windows | 95 % held | 80 % held | sum, 95 % | error / naive | CPU s |")
    print("|---|---|---|---|---|---|---|")
    total = []
    for name in given.kind or KINDS:
        one = measured(KINDS[name], given.series)
        total.append(one)
        print(
            f"| {name} | {one['windows']:.0f} | {one['95']:.1%} | {one['80']:.1%} | {one['sum 95']:.1%} "
            f"| {one['error'] / one['rule']:.2f} | {one['cpu']:.2f} |",
            flush=True,
        )
    print(
        f"| all | | {np.mean([one['95'] for one in total]):.1%} | {np.mean([one['80'] for one in total]):.1%} "
        f"| {np.mean([one['sum 95'] for one in total]):.1%} | | |"
    )


if __name__ == "__main__":
    main()
