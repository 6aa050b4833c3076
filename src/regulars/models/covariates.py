"""Time-invariant covariates: what was known of buyers on their first day, and tells them apart ever since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ibis import _

from regulars.data import engine
from regulars.data.snapshot import Snapshot
from regulars.models.buyers import buyers
from regulars.models.model import Floats
from regulars.stats.intervals import z
from regulars.stats.likelihood import NotFitted

#: Channels of the first order that are told apart, the commonest; the rest are one.
_CHANNELS = 4
#: Least share of buyers behind a covariate.
_LEAST = 0.02


#: What a parameter of a law of buying is about, and whether it rises with it.
_MEANS = {
    "alpha": ("how often they buy", -1),
    "a": ("how soon they leave", 1),
    "b": ("how soon they leave", -1),
    "beta": ("how soon they leave", -1),
}


@dataclass(frozen=True, kw_only=True)
class Covariates:
    """What is learned of covariates before their effects are: plain numbers.

    Attributes:
        acts_on: parameters that they act on, by index.
        parameters: names of these.
        centre, scale: of the logarithm of 1 + the first day's sales.
        channels: channels of the first order that are told apart.
    """

    acts_on: tuple[int, ...]
    parameters: tuple[str, ...]
    centre: float
    scale: float
    channels: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What each column is called."""
        return ("first day's sales", *(f"first order by {name}" for name in self.channels))

    @property
    def names(self) -> tuple[str, ...]:
        """Every coefficient: what acts on which parameter."""
        return tuple(f"{label} on {parameter}" for parameter in self.parameters for label in self.labels)

    def designs(self, snapshot: Snapshot) -> Mapping[int, Floats]:
        """Return the covariates of the snapshot's buyers, shape (n, q), by parameter."""
        first, channel = _known(snapshot)
        columns = [
            (first - self.centre) / self.scale,
            *((channel == name).astype(np.float64) for name in self.channels),
        ]
        design = np.stack(columns, axis=1)
        return dict.fromkeys(self.acts_on, design)

    def said(self, theta: Sequence[float], covariance: Sequence[Sequence[float]]) -> tuple[str, ...]:
        """Return the effects that the records tell, in words."""
        first = len(theta) - len(self.names)
        found = []
        acted = [(label, name) for name in self.parameters for label in self.labels]
        for index, (label, name) in enumerate(acted, first):
            error, (what, sign) = covariance[index][index] ** 0.5, _MEANS[name]
            if error and abs(theta[index]) > z(0.95) * error:
                found.append(f"{label}: {what} times {np.exp(sign * theta[index]):.2f} (by `{name}`)")
        return tuple(found)


def covariates(snapshot: Snapshot, acts_on: tuple[int, ...], parameters: tuple[str, ...]) -> Covariates:
    """Return the covariates that the snapshot's buyers can be told apart by.

    Raises:
        NotFitted: there are none.
    """
    first, channel = _known(snapshot)
    names, counts = np.unique(channel[channel != ""], return_counts=True)
    common = [str(name) for name in names[np.argsort(-counts, kind="stable")]]
    many = {str(name) for name, count in zip(names, counts, strict=True) if count >= _LEAST * len(channel)}
    kept = tuple(name for name in common if name in many)
    # Of channels that cover everybody, one is what the others are compared with.
    whole = sum(int((channel == name).sum()) for name in kept) >= (1 - _LEAST) * len(channel)
    if not len(first) or first.min() == first.max():
        raise NotFitted("buyers cannot be told apart by their first order")
    return Covariates(
        acts_on=acts_on,
        parameters=parameters,
        centre=float(first.mean()),
        scale=float(first.std()),
        channels=(kept[1:] if whole else kept)[:_CHANNELS],
    )


def _known(snapshot: Snapshot) -> tuple[Floats, np.ndarray]:
    return snapshot.kept("covariates", lambda: _read(snapshot))


def _read(snapshot: Snapshot) -> tuple[Floats, np.ndarray]:
    """Return log(1 + first day's sales) and the first order's channel of every buyer."""
    rows = snapshot.tables["purchase_channels"]
    firsts = rows.filter(rows.orders > 0)
    first = firsts.group_by("customer").aggregate(day=_.day.min())
    own = firsts.join(first, ["customer", "day"])
    # Of several channels of a day the first by name stands for it.
    found = own.group_by("customer").aggregate(sales=_.sales.sum(), channel=_.channel.fill_null("").min())
    table = engine.to_arrow(found.order_by("customer"))
    assert np.array_equal(table["customer"].to_numpy(), buyers(snapshot).customer)
    sales = np.maximum(table["sales"].to_numpy().astype(np.float64), 0)
    return np.log1p(sales / 10_000), table["channel"].to_numpy(zero_copy_only=False).astype(str)
