"""The naive rules: customers will order and spend as they just did.

They know nothing of who has left, and many an elaborate model does not beat them (Wübben & Wangenheim, 2008).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regulars.catalogue.models.outcomes import orders, value
from regulars.core.money import UNITS
from regulars.data import engine
from regulars.data.snapshot import Snapshot
from regulars.models.buyers import buyers
from regulars.models.model import Floats, Forecast, Horizon, Model
from regulars.stats.likelihood import NotFitted
from regulars.stats.negative_binomial import gamma_poisson


@dataclass(frozen=True, kw_only=True)
class Recent:
    """What the window just past says.

    Attributes:
        n: customers who had ordered.
        days: length of the window, and of the horizon.
        rate: orders, or money, per customer and day within it, after the first day of each.
        per_order: money of an order after the first; None where orders are foretold.
    """

    n: int
    days: int
    rate: float
    per_order: float | None = None
    method: str = "Gamma-Poisson, Jeffreys"
    notes: tuple[str, ...] = ()

    @property
    def learned(self) -> Mapping[str, object]:
        """What was learned, as plain numbers."""
        return {"rate": self.rate, "per_order": self.per_order}

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return as much as in the window; its part before a customer came is filled with the mean rate.

        Scaling up what a customer did in a day or two would promise dozens of orders to whoever came twice.
        """
        times, money, exposure = _window(snapshot, self.days)
        missing = self.rate * (self.days - exposure)
        if self.per_order is None:
            mean = times + missing
            # Jeffreys' prior adds half an order: who ordered nothing in the window may order yet.
            low, high = gamma_poisson(mean + 0.5, self.days, self.days, level=level)
            return Forecast(mean=mean, low=low, high=high, spread=_SPREAD * (mean + 0.5))
        mean = money + missing
        each = np.where(times > 0, money / np.maximum(times, 1), self.per_order)
        events = np.maximum(mean / self.per_order, 0) + 0.5
        low, high = gamma_poisson(events, self.days, self.days, level=level)
        ends = low * each, high * each
        return Forecast(
            mean=mean,
            low=np.minimum(mean, np.minimum(*ends)),
            high=np.maximum(mean, np.maximum(*ends)),
            spread=_SPREAD * events * each**2,
        )


#: Variance of a Gamma-Poisson count over its mean, where the horizon is as long as what was seen.
_SPREAD = 2.0


def _window(snapshot: Snapshot, days: int) -> tuple[Floats, Floats, Floats]:
    """Return transactions, money and exposure of each buyer in the last `days`, after their first day."""
    return snapshot.kept(f"window {days}", lambda: _read(snapshot, days))


def _read(snapshot: Snapshot, days: int) -> tuple[Floats, Floats, Floats]:
    seen = snapshot.purchases(days).select("customer", "repeat_days", "exposure", "repeat_value").order_by("customer")
    rows = engine.to_arrow(seen)
    times, exposure, money = (
        rows[name].to_numpy().astype(np.float64) for name in ("repeat_days", "exposure", "repeat_value")
    )
    return times, money / UNITS, exposure


def _repeated(snapshot: Snapshot) -> tuple[float, float]:
    """Return how many orders after the first there were, and what they brought.

    Raises:
        NotFitted: none: who comes but once tells nothing of what is to come.
    """
    whole = buyers(snapshot)
    times = whole.histories.frequency
    if not len(times):
        raise NotFitted("nobody has ordered yet")
    if not times.sum():
        raise NotFitted("nobody has ordered on a second day yet, so nothing tells how often customers come back")
    return float(times.sum()), float((whole.value * times).sum())


def _fit_orders(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> Recent:
    _repeated(snapshot)
    times, _money, exposure = _window(snapshot, horizon.days)
    return Recent(n=len(times), days=horizon.days, rate=float(times.sum() / max(exposure.sum(), 1)))


def _fit_value(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> Recent:
    times, money, exposure = _window(snapshot, horizon.days)
    count, brought = _repeated(snapshot)
    if brought <= 0:
        raise NotFitted("orders after the first brought nothing on balance, so nothing tells what customers bring")
    rate = float(money.sum() / max(exposure.sum(), 1))
    return Recent(n=len(times), days=horizon.days, rate=rate, per_order=brought / count)


_SOURCE = "Wübben & Wangenheim (2008), Journal of Marketing 72(3), 82-93: the rule that managers use"
_CAVEAT = "Takes nobody for lost and knows no season: who stopped within the window is still expected."

recent_orders = Model(
    name="recent_orders",
    question="How often will each customer order, if they go on as they just did?",
    predicts=orders,
    fit=_fit_orders,
    source=_SOURCE,
    caveat=_CAVEAT,
    naive=True,
    complexity=0,
)
recent_value = Model(
    name="recent_value",
    question="What will each customer bring, if they go on as they just did?",
    predicts=value,
    fit=_fit_value,
    source=_SOURCE,
    caveat=_CAVEAT,
    naive=True,
    complexity=0,
)
