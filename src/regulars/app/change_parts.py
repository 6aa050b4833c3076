"""A change of a KPI that is made of sums, split exactly: what new customers add, and each factor of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.kpis.cells import EXISTING, NAMELESS, NEW
from regulars.kpis.linear import BOTTOM, MINUS, PLUS, TOP, N
from regulars.stats import kitagawa, shapley

Floats: TypeAlias = NDArray[np.float64]
#: Sums by name, shape (replicates, 3, K), of the period before and of the one that is explained.
Sides: TypeAlias = tuple[Mapping[str, Floats], Mapping[str, Floats]]
#: Names of what a chain of factors is made of: orders and their sales.
ORDERS, SALES = "orders", "sales"
_GROUPS = {EXISTING: "existing", NEW: "new", NAMELESS: "nameless"}


@dataclass(frozen=True, kw_only=True)
class Split:
    """A change in parts.

    Attributes:
        names: of the parts.
        values: shape (replicates, parts); each row adds up to the change of that replicate.
    """

    names: tuple[str, ...]
    values: Floats


def of_ratio(sides: Sides) -> Split:
    """Split the change of a sum over a sum.

    R = Σ_g W_g Σ_k u_gk r_gk over who customers are to the period, g, and cells k: the weights of g, those of cells
    within it, and rates. With one group it is Kitagawa's mix and rate.
    """
    before, after = sides
    weights, shares, levels = zip(
        *(_ratio_factors(side, other) for side, other in ((before, after), (after, before))), strict=True
    )
    players: list[tuple[str, int]] = [
        ("new_existing", 0),
        ("mix", 1),
        *((name, 2 + at) for at, name in enumerate(levels[0])),
    ]

    def value(changed: Sequence[bool]) -> Floats:
        rate = sum(levels[int(changed[2 + at])][name] for at, name in enumerate(levels[0]))
        return np.asarray((weights[int(changed[0])][:, :, None] * shares[int(changed[1])] * rate).sum(axis=(1, 2)))

    found = shapley.shares(value, len(players)).T
    names = tuple(name for name, _ in players)
    # Of a cell with something above and nothing below there is no rate: what it adds is its own.
    lone = _lone(after) - _lone(before)
    for at, name in _GROUPS.items():
        if f"rate_{name}" in names:
            found[:, names.index(f"rate_{name}")] += lone[:, at]
    return Split(names=names, values=found)


def _lone(side: Mapping[str, Floats]) -> Floats:
    whole = side[BOTTOM].sum(axis=(1, 2))[:, None]
    return _quotient(np.where(side[BOTTOM] == 0, side[TOP], 0.0).sum(axis=2), whole)


def _ratio_factors(side: Mapping[str, Floats], other: Mapping[str, Floats]) -> tuple[Floats, Floats, dict[str, Floats]]:
    """Return weights of groups, of cells within, and rates by part: those of a net share by side, else by group."""
    bottom, other_bottom = side[BOTTOM], other[BOTTOM]
    group = bottom.sum(axis=2)
    weight = _quotient(group, group.sum(axis=1, keepdims=True))
    share = _shares(bottom, other_bottom)
    if PLUS in side:
        tops = {"promoters": PLUS, "detractors": MINUS}
        signs = {"promoters": 1.0, "detractors": -1.0}
        return (
            weight,
            share,
            {
                name: signs[name] * kitagawa.rates(side[top], bottom, other[top], other_bottom)
                for name, top in tops.items()
            },
        )
    rate = kitagawa.rates(side[TOP], bottom, other[TOP], other_bottom)
    return weight, share, {f"rate_{name}": rate * _only(at) for at, name in _GROUPS.items()}


def _only(group: int) -> Floats:
    chosen = np.zeros((1, 3, 1))
    chosen[0, group, 0] = 1.0
    return chosen


def of_total(sides: Sides) -> Split:
    """Split the change of a sum: new customers, orders without one, and existing customers by the factors of the sum.

    X = N Σ_k u_k f_k v_k m_k over cells k: how many customers, who they are, how often each orders, what an order is
    worth, and what is left of it. Without orders and their sales: N Σ_k u_k r_k.
    """
    new, nameless = (_difference(sides, TOP)[:, at].sum(axis=1) for at in (NEW, NAMELESS))
    names, existing = _existing(sides)
    return Split(names=("new", "nameless", *names), values=np.column_stack([new, nameless, *existing]))


def _difference(sides: Sides, name: str) -> Floats:
    return sides[1][name] - sides[0][name]


def _existing(sides: Sides) -> tuple[tuple[str, ...], Floats]:
    before, after = ({name: one[:, EXISTING] for name, one in side.items()} for side in sides)
    chained = SALES in before
    factors = [_total_factors(side, other, chained=chained) for side, other in ((before, after), (after, before))]
    names = tuple(factors[0])

    def value(changed: Sequence[bool]) -> Floats:
        product: Floats = np.ones(1)
        for name, one in zip(names, changed, strict=True):
            product = product * factors[int(one)][name]
        return np.asarray(product.sum(axis=-1))

    return names, shapley.shares(value, len(names))


def _total_factors(side: Mapping[str, Floats], other: Mapping[str, Floats], *, chained: bool) -> dict[str, Floats]:
    n, other_n = side[N], other[N]
    found = {"customers": n.sum(axis=-1, keepdims=True), "mix": _shares(n, other_n)}
    if not chained:
        return found | {"rate": kitagawa.rates(side[TOP], n, other[TOP], other_n)}
    often = kitagawa.rates(side[ORDERS], n, other[ORDERS], other_n)
    worth = kitagawa.rates(side[SALES], side[ORDERS], other[SALES], other[ORDERS])
    left = kitagawa.rates(side[TOP], side[SALES], other[TOP], other[SALES])
    # Of a cell that only gave back, or whose orders cost nothing, there is no value of an order: it is one for each.
    odd = (n * often * worth * left != side[TOP]) & ~np.isclose(n * often * worth * left, side[TOP], rtol=1e-9, atol=0)
    each = kitagawa.rates(side[TOP], n, other[TOP], other_n)
    return found | {
        "frequency": np.where(odd, 1.0, often),
        "order_value": np.where(odd, each, worth),
        "kept": np.where(odd, 1.0, left),
    }


def _shares(part: Floats, other: Floats) -> Floats:
    """Return the share of each cell within its group; of a group that is not there, that on the other side."""
    own, across = part.sum(axis=-1, keepdims=True), other.sum(axis=-1, keepdims=True)
    kept = _quotient(other, across)
    return np.where(own != 0, _quotient(part, own), kept)


def _quotient(top: Floats, bottom: Floats) -> Floats:
    found: Floats = np.divide(
        top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom != 0
    )
    return found
