"""Do fitted models find what was planted, and do their limits hold what comes?

`python benchmarks/recovery.py [--customers 20000] [--seeds 50]`; deterministic. Companies are simulated from each model
at known parameters and fitted. Of each parameter: in how many companies its 95 % interval (on the scale of logarithms,
from the covariance) holds what was planted, with the Wilson interval of that share; and mean and standard deviation of
z = (found - planted) / standard error, 0 and 1 where the intervals are right. `all together` is the joint region.

Then what the same customers went on to do: how many of them, and how many companies' totals, lie within the 95 % limits
(parameters and chance) that `models` gives. `whole days` are the same customers as records know them: by days with
orders, which the models take for moments. Value is what orders bring, gamma-gamma, of the same customers. x is how
often they had ordered again; `below` and `above` are shares of customers beyond their limits; `ratio` is the total
foretold over the total that came, z and sd how far apart they are in standard errors, `doubt` which share of their
variance is doubt about parameters.
"""

import argparse
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from regulars.catalogue.models import bg_nbd as bg_nbd_models
from regulars.catalogue.models import pareto_nbd as pareto_nbd_models
from regulars.core.randomness import stream
from regulars.core.settings import Definitions
from regulars.data.snapshot import Snapshot
from regulars.models.buyers import Buyers
from regulars.models.model import Forecast, Horizon
from regulars.models.spending import value_of
from regulars.stats import intervals
from regulars.stats.buying import bg_bb, bg_nbd, gamma_gamma, pareto_nbd, shifted_beta_geometric
from regulars.stats.buying.bg_bb import BgBb, Occasions
from regulars.stats.buying.bg_nbd import BgNbd
from regulars.stats.buying.gamma_gamma import GammaGamma, Spend
from regulars.stats.buying.histories import Histories
from regulars.stats.buying.pareto_nbd import ParetoNbd
from regulars.stats.buying.shifted_beta_geometric import ShiftedBetaGeometric, Tenures
from regulars.stats.likelihood import Floats, Maximum, NotFitted

#: Days: first orders come in the first 546 of 728; what comes is counted over 90 and 360 more.
BORN, NOW, AHEADS = 546.0, 728.0, (90, 360)
Law = BgNbd | ParetoNbd

BG = BgNbd(r=0.70, alpha=22.4, a=0.45, b=6.0)
MBG = replace(BG, a=0.4, b=2.0, leaves_at_first=True)
CNBD = replace(MBG, r=1.25, alpha=20.0, k=2)
PARETO = ParetoNbd(r=0.90, alpha=34.0, s=0.60, beta=200.0)
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44)
STAYING = ShiftedBetaGeometric(alpha=0.67, beta=3.8)
DONORS = BgBb(alpha=1.20, beta=0.75, gamma=0.66, delta=2.78)


# --- companies ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Company:
    """Customers: what was seen of them, and how often they ordered within each of `AHEADS` after; shape (2, n)."""

    histories: Histories
    came: Floats


def company(rng: np.random.Generator, n: int, law: Law, *, whole_days: bool = False) -> Company:
    """Return customers who buy and leave as the law says: one round of orders after the other."""
    rate, born = rng.gamma(law.r, 1 / law.alpha, n), rng.uniform(0, BORN, n)
    gone, p, first_counts, k = np.full(n, np.inf), np.zeros(n), False, 1
    if isinstance(law, ParetoNbd):
        gone = born + rng.exponential(1.0, n) / rng.gamma(law.s, 1 / law.beta, n)
    else:
        p, first_counts, k = rng.beta(law.a, law.b, n), law.leaves_at_first, law.k
    first = np.floor(born) if whole_days else born
    x, last, latest, gaps, came = np.zeros(n), first.copy(), first.copy(), np.zeros(n), np.zeros((len(AHEADS), n))
    who = np.flatnonzero(rng.random(n) >= p) if first_counts else np.arange(n)
    when = born[who]
    while len(who):
        when = when + rng.gamma(k, 1.0, len(who)) / np.maximum(rate[who], 1e-300)
        goes_on = when < np.minimum(gone[who], NOW + AHEADS[-1])
        who, when = who[goes_on], when[goes_on]
        seen = np.floor(when) if whole_days else when
        new, past = seen > latest[who], when < NOW
        known = who[new & past]
        gaps[known] += np.log(seen[new & past] - latest[known])
        x[known] += 1
        last[known] = seen[new & past]
        for row, ahead in zip(came, AHEADS, strict=True):
            row[who[new & ~past & (when < NOW + ahead)]] += 1
        latest[who] = seen
        stays = rng.random(len(who)) >= p[who]
        who, when = who[stays], when[stays]
    age = NOW - first - whole_days  # the first day of what is to come is not yet over
    return Company(histories=Histories(frequency=x, recency=last - first, age=age, log_gaps=gaps), came=came)


def spent(rng: np.random.Generator, found: Company) -> tuple[Floats, Floats]:
    """Return the mean value of each customer's repeat orders, and what those to come bring; shapes (n,), (2, n)."""
    times = found.histories.frequency
    nu = rng.gamma(SPEND.q, 1 / SPEND.gamma, len(times))
    # A sum of x values is Gamma(p x); what comes is added up from the shorter horizon to the longer.
    before = rng.gamma(SPEND.p * times) / nu / np.maximum(times, 1)
    parts = rng.gamma(SPEND.p * np.diff(found.came, axis=0, prepend=0.0)) / nu
    return before, np.cumsum(parts, axis=0)


def tenures(rng: np.random.Generator, n: int) -> Tenures:
    """Return contracts that began 1 to 12 periods ago."""
    ended = rng.geometric(rng.beta(STAYING.alpha, STAYING.beta, n))
    age = rng.integers(1, 13, n)
    lost = np.bincount(ended[ended <= age] - 1, minlength=12).astype(np.float64)
    return Tenures(lost=lost, kept=np.bincount(age[ended > age], minlength=13).astype(np.float64))


def occasions(rng: np.random.Generator, n: int) -> Occasions:
    """Return customers with 3 to 10 occasions to buy."""
    chances, most = rng.integers(3, 11, n), 10
    there = rng.geometric(rng.beta(DONORS.gamma, DONORS.delta, n)) - 1
    number = np.arange(1, most + 1)
    bought = rng.random((n, most)) < rng.beta(DONORS.alpha, DONORS.beta, n)[:, None]
    bought &= number <= np.minimum(chances, there)[:, None]
    last = np.where(bought, number, 0).max(axis=1)
    return Occasions(frequency=bought.sum(axis=1), recency=last, opportunities=chances)


# --- parameters -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A model with what was planted, and how to make a company and fit it."""

    name: str
    parameters: Mapping[str, float]
    fit: Callable[[np.random.Generator, int], Maximum]


def _bg(law: BgNbd, name: str, *, whole_days: bool = False) -> Planted:
    def fit(rng: np.random.Generator, n: int) -> Maximum:
        seen = company(rng, n, law, whole_days=whole_days).histories
        return bg_nbd.fit(seen, leaves_at_first=law.leaves_at_first, k=law.k)

    return Planted(name=name, parameters={own: getattr(law, own) for own in ("r", "alpha", "a", "b")}, fit=fit)


def _pareto(name: str, *, whole_days: bool = False) -> Planted:
    def fit(rng: np.random.Generator, n: int) -> Maximum:
        return pareto_nbd.fit(company(rng, n, PARETO, whole_days=whole_days).histories)

    return Planted(name=name, parameters={own: getattr(PARETO, own) for own in ("r", "alpha", "s", "beta")}, fit=fit)


def _gamma_gamma(rng: np.random.Generator, n: int) -> Maximum:
    found = company(rng, n, BG)
    return gamma_gamma.fit(Spend(frequency=found.histories.frequency, mean=spent(rng, found)[0]))


def planted() -> Iterator[Planted]:
    yield _bg(BG, "BG/NBD")
    yield _bg(MBG, "MBG/NBD")
    yield _bg(CNBD, "MBG/CNBD-2")
    yield _pareto("Pareto/NBD")
    yield Planted(
        name="gamma-gamma", parameters={own: getattr(SPEND, own) for own in ("p", "q", "gamma")}, fit=_gamma_gamma
    )
    yield Planted(
        name="sBG",
        parameters={"alpha": STAYING.alpha, "beta": STAYING.beta},
        fit=lambda rng, n: shifted_beta_geometric.fit(tenures(rng, n)),
    )
    yield Planted(
        name="BG/BB",
        parameters={own: getattr(DONORS, own) for own in ("alpha", "beta", "gamma", "delta")},
        fit=lambda rng, n: bg_bb.fit(occasions(rng, n)),
    )
    yield _bg(BG, "BG/NBD, whole days", whole_days=True)
    yield _bg(CNBD, "MBG/CNBD-2, whole days", whole_days=True)
    yield _pareto("Pareto/NBD, whole days", whole_days=True)


def recover(one: Planted, n: int, seeds: int) -> None:
    """Print how often each parameter lies in its interval."""
    truth = np.log(list(one.parameters.values()))
    apart, scores, distances, untold = [], [], [], 0
    for seed in range(seeds):
        try:
            found = one.fit(stream(seed, f"recovery/{one.name}"), n)
        except NotFitted:
            untold += 1
            continue
        if found.held:
            untold += 1
            continue
        off = found.theta - truth
        apart.append(off)
        scores.append(off / np.sqrt(np.diag(found.covariance)))
        distances.append(float(off @ np.linalg.solve(found.covariance, off)))
    off, z = np.array(apart), np.array(scores)
    limit = intervals.z(0.95)
    for at, (name, value) in enumerate(one.parameters.items()):
        found_mean = value * math.exp(off[:, at].mean())
        inside = int((np.abs(z[:, at]) <= limit).sum())
        line = f"{one.name:24}{name:9}{value:9.4g}{found_mean:10.4g}"
        print(f"{line}{_share(inside, len(z))}{z[:, at].mean():8.2f}{z[:, at].std(ddof=1):7.2f}", flush=True)
    from scipy.stats import chi2

    inside = int((np.array(distances) <= chi2.ppf(0.95, len(truth))).sum())
    more = f"   not told: {untold}" if untold else ""
    print(f"{one.name:24}{'all together':28}{_share(inside, len(z))}{more}", flush=True)


def _share(inside: int, n: int) -> str:
    found = intervals.wilson(inside, n)
    mark = " " if found.low <= 0.95 <= found.high else "*"
    return f"  {inside:3}/{n:<3} ={inside / n:6.3f} ({found.low:.3f}-{found.high:.3f}){mark}"


# --- what comes -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Held:
    """What limits held, over seeds."""

    groups: dict[str, list[float]] = field(default_factory=dict)
    below: list[float] = field(default_factory=list)
    above: list[float] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)  # (came - foretold) / standard deviation
    parts: list[float] = field(default_factory=list)  # share of doubt about parameters in the variance of totals
    ratios: list[float] = field(default_factory=list)

    def add(self, told: Forecast, came: Floats, times: Floats) -> None:
        inside = (told.low <= came) & (came <= told.high)
        for name, some in (
            ("all", times >= 0),
            ("0", times == 0),
            ("1-4", (times > 0) & (times < 5)),
            ("5+", times > 4),
        ):
            self.groups.setdefault(name, []).append(float(inside[some].mean()))
        self.below.append(float((came < told.low).mean()))
        self.above.append(float((came > told.high).mean()))
        doubt = float((told.doubts.sum(axis=1) ** 2).sum())
        variance = doubt + float(told.spread.sum())
        self.totals.append(float(came.sum() - told.mean.sum()) / math.sqrt(variance))
        self.parts.append(doubt / variance)
        self.ratios.append(float(told.mean.sum() / came.sum()))

    def row(self) -> str:
        shares = "".join(f"{np.mean(self.groups[name]):7.3f}" for name in ("all", "0", "1-4", "5+"))
        z = np.array(self.totals)
        inside = int((np.abs(z) <= intervals.z(0.95)).sum())
        sides = f"{np.mean(self.below):7.3f}{np.mean(self.above):7.3f}"
        last = f"{np.mean(self.ratios):8.3f}{z.mean():7.2f}{z.std(ddof=1):6.2f}{np.mean(self.parts):7.2f}"
        return f"{shares}{sides}{_share(inside, len(z))}{last}"


def foretell(law: Law, name: str, n: int, seeds: int, *, whole_days: bool) -> None:
    """Print how often limits hold what the customers of companies went on to do."""
    family = bg_nbd_models.family if isinstance(law, BgNbd) else pareto_nbd_models.family
    kinds = {"orders": family.orders, "value": value_of(family)}
    held = {(kind, ahead): Held() for kind in kinds for ahead in AHEADS}
    for seed in range(seeds):
        rng = stream(seed, f"recovery/{name}")
        found = company(rng, n, law, whole_days=whole_days)
        mean, brings = spent(rng, found)
        came = {"orders": found.came, "value": brings}
        snapshot = Snapshot(as_of=date(2024, 12, 29), whole={}, since={}, definitions=Definitions(discount_rate=0.0))
        everybody = Buyers(customer=np.arange(n, dtype=np.int32), histories=found.histories, value=mean)
        snapshot.kept("buyers", lambda everybody=everybody: everybody)
        for kind, fit in kinds.items():
            for at, ahead in enumerate(AHEADS):
                told = fit(snapshot, Horizon(ahead), rng).predict(snapshot, 0.95)
                held[kind, ahead].add(told, came[kind][at], found.histories.frequency)
    for (kind, ahead), one in held.items():
        print(f"{name:24}{kind:7}{ahead:4}{one.row()}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--only", default="", help="models whose name contains this")
    asked = parser.parse_args()
    n, seeds = asked.customers, asked.seeds
    print(f"{n:,} customers, {seeds} companies; * where the Wilson interval of a share does not hold .95\n")
    print(f"{'model':24}{'':9}{'planted':>9}{'found':>10}{'  95 % interval holds it':34}{'mean z':>8}{'sd z':>7}")
    for one in planted():
        if asked.only in one.name:
            recover(one, n, seeds)
    shares = "".join(f"{name:>7}" for name in ("all", "x = 0", "1-4", "5+", "below", "above"))
    last = f"{'ratio':>8}{'z':>7}{'sd':>6}{'doubt':>7}"
    print(f"\n{'model':24}{'':7}{'days':>4}{shares}{'  total within its limits':34}{last}")
    for law, name in ((BG, "BG/NBD"), (PARETO, "Pareto/NBD")):
        for whole_days in (False, True):
            full = f"{name}, whole days" if whole_days else name
            if asked.only in full:
                foretell(law, full, n, seeds, whole_days=whole_days)
    print(f"\n{time.process_time():.0f} CPU s")


if __name__ == "__main__":
    main()
