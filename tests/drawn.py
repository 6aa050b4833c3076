"""Companies drawn by chance from laws that are known, so that what is found can be set beside what was planted."""

from dataclasses import dataclass

import numpy as np

from small import sale


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Customers who buy at a rate of their own, until they leave.

    Attributes:
        orders: rows of orders.
        first: day of the first order.
        rate: orders per day.
        left: day on which they left.
    """

    orders: list[dict]
    first: np.ndarray
    rate: np.ndarray
    left: np.ndarray


def buyers(seed, size, days, *, rate=lambda rng, n: rng.gamma(2.0, 0.02, n), stays=200.0, spend=None):
    """Return customers who came in the first half of `days`.

    Args:
        seed: of the draws.
        size: how many.
        days: length of the records.
        rate: draws orders per day and customer.
        stays: mean days until a customer leaves.
        spend: draws the amounts of a customer's orders, given the generator, the customer and how many.
    """
    rng = np.random.default_rng(seed)
    first, each, left = rng.integers(0, days // 2, size), rate(rng, size), rng.exponential(stays, size)
    spend = spend or (lambda rng, who, n: rng.gamma(6.0, 5.0, n))
    orders = []
    for who in range(size):
        end = min(days, first[who] + left[who])
        times = np.sort(rng.uniform(first[who], end, rng.poisson(each[who] * (end - first[who]))))
        when = np.unique(np.concatenate([[first[who]], times]).astype(int))
        amounts = np.round(spend(rng, who, len(when)), 2)
        orders += [sale(f"c{who:05}", int(day), float(amount)) for day, amount in zip(when, amounts, strict=True)]
    return Drawn(orders=orders, first=first, rate=each, left=first + left)


def ids(snapshot):
    """Return customers' ids by number."""
    from regulars.data import engine

    people = engine.run(snapshot.tables["people"].select("customer", "customer_id"))
    return {row["customer"]: row["customer_id"] for row in people}
