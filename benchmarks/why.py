"""Whose change it was: how often the customers who lost something are named first, beside Adtributor's own order.

Each company has 3,000 customers with five attributes, who order by chance and differ. In the second period those with
one value, or with two together, order less, so that the total loses a given share. Sums by value and by 64 groups of
customers are all that is looked at, as in the product.

    python benchmarks/why.py [COMPANIES]
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from regulars.stats import adtributor
from regulars.stats.adtributor import Dimension, Ranked

GROUPS, CUSTOMERS, SIZES = 64, 3_000, (5, 3, 4, 6, 2)
#: By how much more evidence two values together must have (app/ranked_dimensions.py).
BETTER = 3.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is planted: the share of the total that is lost, by how much all others rise, in what."""

    said: str
    lost: float
    season: float = 1.0
    ratio: bool = False
    both: bool = False


PLANS = (
    Plan(said="20 % lost", lost=0.2),
    Plan(said="10 % lost", lost=0.1),
    Plan(said="6 % lost", lost=0.06),
    Plan(said="15 % lost, others + 30 %", lost=0.15, season=1.3),
    Plan(said="15 % lost, others - 20 %", lost=0.15, season=0.8),
    Plan(said="15 % of a ratio's sum lost", lost=0.15, ratio=True),
    Plan(said="10 % lost by two values together", lost=0.1, both=True),
    Plan(said="nothing lost", lost=0.0),
)


class Drawn:
    """One company."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.codes = [rng.choice(size, CUSTOMERS, p=rng.dirichlet(np.full(size, 4.0))) for size in SIZES]
        self.chance = rng.integers(0, GROUPS, CUSTOMERS)
        rate, self.worth = rng.gamma(0.8, 1.2, CUSTOMERS), np.exp(rng.normal(3, 0.6, CUSTOMERS))
        self.truth, hit, share = self._hit(plan, rate * self.worth)
        left = np.where(hit, 1 - min(plan.lost / share, 0.9), 1.0)
        self.orders = [rng.poisson(rate), rng.poisson(rate * plan.season * (1 if plan.ratio else left))]
        self.spent = [self._spent(orders) for orders in self.orders]
        if plan.ratio:
            self.spent[1] = self.spent[1] * left
        self.ratio = plan.ratio

    def _hit(self, plan: Plan, weight: np.ndarray) -> tuple[Mapping[str, str], np.ndarray, float]:
        """Return who loses: values with at least 3 % of the total."""
        while True:
            chosen = self.rng.choice(len(SIZES), 1 + plan.both, replace=False)
            truth = {int(at): int(self.rng.integers(SIZES[at])) for at in chosen}
            hit = np.all([self.codes[at] == value for at, value in truth.items()], axis=0)
            share = float(weight[hit].sum() / weight.sum())
            if share > 0.03:
                return {f"d{at}": str(value) for at, value in truth.items()}, hit, share

    def _spent(self, orders: np.ndarray) -> np.ndarray:
        each = (np.exp(self.rng.normal(0, 0.5, count)).sum() for count in orders)
        return self.worth * np.array(list(each))

    def dimension(self, *places: int) -> Dimension:
        code, size, values = np.zeros(CUSTOMERS, dtype=int), 1, [()]
        for at in places:
            code, size = code * SIZES[at] + self.codes[at], size * SIZES[at]
            values = [(*one, str(value)) for one in values for value in range(SIZES[at])]

        def sums(of: np.ndarray) -> np.ndarray:
            found = np.zeros((GROUPS, size))
            np.add.at(found, (self.chance, code), of)
            return found

        below = [sums(orders.astype(float)) if self.ratio else None for orders in self.orders]
        return Dimension(
            name=tuple(f"d{at}" for at in places),
            values=tuple(values),
            before=sums(self.spent[0]),
            after=sums(self.spent[1]),
            bottom_before=below[0],
            bottom_after=below[1],
            units=sum(np.bincount(code, orders > 0, size) for orders in self.orders),
        )

    def ranked(self) -> Sequence[Ranked]:
        alone = [self.dimension(at) for at in range(len(SIZES))]
        beam = [int(one.dimension.name[0][1]) for one in adtributor.ranked(alone, rng=self.rng)[:3]]
        found = adtributor.ranked(alone + [self.dimension(*two) for two in combinations(beam, 2)], rng=self.rng)
        best = {one.dimension.name[0]: one.evidence for one in found if len(one.dimension.name) == 1}
        return [
            one
            for one in found
            if len(one.dimension.name) == 1 or one.evidence > BETTER + max(best[name] for name in one.dimension.name)
        ]

    def by_paper(self) -> Mapping[str, str]:
        """Return the value that Adtributor names first: of the dimension with the greatest surprise."""
        best: tuple[float, Mapping[str, str]] = (-1.0, {})
        for at in range(len(SIZES)):
            one = self.dimension(at)
            places, _, surprise = adtributor.explaining(one.before.sum(0), one.after.sum(0))
            if places and surprise > best[0]:
                best = (surprise, {f"d{at}": one.values[places[0]][0]})
        return best[1]


def main() -> None:
    companies = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    print("| planted | named first | Adtributor | called more than chance |\n|---|---|---|---|")
    for plan in PLANS:
        ours, paper, found = [], [], []
        for seed in range(companies):
            drawn = Drawn(plan, seed)
            first = drawn.ranked()[0]
            named = dict(zip(first.dimension.name, first.dimension.values[first.places[0]], strict=True))
            ours.append(named == drawn.truth)
            paper.append(drawn.by_paper() == drawn.truth)
            found.append(first.q <= 0.1)
        told = [f"{np.mean(one):.0%}" for one in (ours, paper)] if plan.lost else ["-", "-"]
        print(f"| {plan.said} | {told[0]} | {told[1]} | {np.mean(found):.0%} |", flush=True)


if __name__ == "__main__":
    main()
