"""The naive rule: customers will order as often as they just did.

It knows nothing of who has left, and many an elaborate model does not beat it (Wübben & Wangenheim, 2008).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np

from regulars.catalogue.models.outcomes import orders
from regulars.data import engine
from regulars.data.snapshot import Columns, Snapshot
from regulars.models.model import Model
from regulars.stats.predictive import gamma_poisson


@dataclass(frozen=True, kw_only=True)
class RecentOrders:
    """What the window just past says.

    Attributes:
        n: customers who had ordered.
        days: length of the window, and of the horizon.
        rate: orders per customer and day within it, after the first day of each.
    """

    n: int
    days: int
    rate: float
    method: str = "Gamma-Poisson, Jeffreys"

    def predict(self, snapshot: Snapshot, level: float) -> ir.Table:
        """Return as many orders as in the window; its part before a customer came is filled with the mean rate.

        Scaling up what a customer did in a day or two would promise dozens of orders to whoever came twice.
        """

        def counted(seen: Columns) -> Mapping[str, np.ndarray]:
            mean = seen["repeats"] + self.rate * (self.days - seen["exposure"])
            # Jeffreys' prior adds half an order: who ordered nothing in the window may order yet.
            low, high = gamma_poisson(mean + 0.5, self.days, self.days, level=level)
            return {"mean": mean, "low": low, "high": high}

        return snapshot.computed(snapshot.purchases(self.days).select("customer", "repeats", "exposure"), counted)


def _fit(snapshot: Snapshot, days: int, _rng: np.random.Generator) -> RecentOrders:
    seen = snapshot.purchases(days)
    sums = engine.run(seen.aggregate(n=seen.count(), repeats=seen.repeats.sum(), exposure=seen.exposure.sum()))[0]
    return RecentOrders(n=sums["n"], days=days, rate=(sums["repeats"] or 0) / (sums["exposure"] or 1))


recent_orders = Model(
    name="recent_orders",
    question="How often will each customer order, if they go on as they just did?",
    predicts=orders,
    needs=("orders",),
    fit=_fit,
    source="Wübben & Wangenheim (2008), Journal of Marketing 72(3), 82-93: the rule that managers use",
    caveat="Takes nobody for lost and knows no season: who stopped within the window is still expected.",
    naive=True,
)
