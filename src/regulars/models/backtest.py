"""How well a model would have foretold what came: the same for every model, beside a simple rule on the same days.

Rolling origin: on several past days the model is fitted on what was known then, and its predictions are set beside what
came. Every score is a ratio of sums over customers, so that its interval is had as that of any other ratio: customers
are independent, not their predictions on several days.

References:
    Tashman (2000), Out-of-sample tests of forecasting accuracy, International Journal of Forecasting 16, 437-450.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _
from ibis.util import gen_name
from numpy.typing import NDArray

from regulars.core.errors import CatalogueError
from regulars.core.estimate import Interval, unknown
from regulars.core.randomness import stream
from regulars.data import engine
from regulars.data.snapshot import Snapshot
from regulars.models.model import COLUMNS, Model
from regulars.stats import intervals
from regulars.stats.moments import PairSums, exact, summed

#: Most past days on which a model is tried.
CUTOFFS = 4
#: Customers scored at once.
_CHUNK = 250_000

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How good predictions were.

    Attributes:
        error: mean absolute error per customer, in the outcome's unit. All zeros do well by it where most do nothing.
        squared: mean squared error per customer; least for whoever foretells the mean, as models are to (Gneiting,
            2011, Journal of the American Statistical Association 106, 746-762).
        bias: predicted over actual total; 1 is right, above it too much was promised.
        coverage: share of outcomes within the limits; to be set beside the level.
        top_tenth: share of all that came which came from the tenth of customers predicted highest; 0.1 is no better
            than drawing them. Where predictions tie, ties count in part.
    """

    error: Interval
    squared: Interval
    bias: Interval
    coverage: Interval
    top_tenth: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A model tried on the past, beside the naive rule.

    Attributes:
        cutoffs: days on which it was tried, latest first; none where records are too short.
        horizon_days: days foretold from each.
        score: the model's.
        naive: name of the rule.
        naive_score: the rule's, for the same customers and days.
        gain: share of the rule's squared error that the model does away with: above 0, the model is better.
    """

    cutoffs: tuple[date, ...]
    horizon_days: int
    score: Score
    naive: str
    naive_score: Score
    gain: Interval


def naive_for(model: Model, models: Sequence[Model]) -> Model:
    """Return the simple rule that `model` is measured against.

    Raises:
        CatalogueError: there is none, or several.
    """
    rules = [one for one in models if one.naive and one.predicts.name == model.predicts.name]
    if len(rules) != 1:
        names = ", ".join(f"`{rule.name}`" for rule in rules) or "none"
        raise CatalogueError(f"One model of `{model.predicts.name}` must be declared `naive=True`; found: {names}.")
    return rules[0]


def backtest(model: Model, naive: Model, snapshot: Snapshot, *, horizon_days: int, level: float, seed: int) -> Backtest:
    """Try `model` and `naive` on up to `CUTOFFS` past days, a horizon apart, each after at least a horizon of records.

    Costs as many fits and predictions; one day's predictions of both are in memory at a time.

    Raises:
        CatalogueError: a model gives no proper predictions.
    """
    begins = max((first for name in model.needs if (first := snapshot.since.get(name))), default=snapshot.as_of)
    length = timedelta(days=horizon_days)
    days = [snapshot.as_of - (back + 1) * length for back in range(CUTOFFS)]
    cutoffs = tuple(day for day in days if day - length >= begins)
    why_not = "" if cutoffs else _too_short((snapshot.as_of - begins).days, horizon_days)
    sums = _sums(model, naive, snapshot, cutoffs, horizon_days, level, seed) if cutoffs else {}

    def score(part: str) -> Score:
        return Score(
            **{name: _measured(name, sums.get(f"{part}_{name}"), level, why_not) for name in Score.__annotations__}
        )

    return Backtest(
        cutoffs=cutoffs,
        horizon_days=horizon_days,
        score=score("model"),
        naive=naive.name,
        naive_score=score("naive"),
        gain=_measured("gain", sums.get("gain"), level, why_not if model != naive else "it is the rule itself"),
    )


def _too_short(days: int, horizon_days: int) -> str:
    return f"records of {days} days are too short to try it: {2 * horizon_days} are needed"


def _measured(name: str, sums: PairSums | None, level: float, why_not: str) -> Interval:
    if why_not or sums is None or not sums.n:
        return unknown(why_not or "there was nobody to predict", level=level)
    if not exact(sums.b):
        nothing = "the rule made no error" if name == "gain" else "nothing came that could have been foretold"
        return unknown(nothing, level=level, n=sums.n)
    share = name in ("coverage", "top_tenth")
    if name == "coverage" and sums.a in (0, sums.b):
        return intervals.wilson(sums.n if sums.a else 0, sums.n, level=level)
    found = intervals.ratio(sums, level=level)
    if found.low is None or found.high is None or name == "gain":
        return found
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0) if share else found.high)


def _sums(
    model: Model, naive: Model, snapshot: Snapshot, cutoffs: Sequence[date], days: int, level: float, seed: int
) -> dict[str, PairSums]:
    """Return the sums over customers behind every score, by its name."""
    backend = snapshot.tables["people"].get_backend()
    with ExitStack() as stack:
        tried: list[ir.Table] = []
        for cutoff in cutoffs:
            known = snapshot.before(cutoff)
            own = _predicted(model, known, days, level, seed)
            rule = own if model is naive else _predicted(naive, known, days, level, seed)
            came = model.predicts.came(snapshot, cutoff, cutoff + timedelta(days=days))
            name = gen_name("tried")
            stack.callback(engine.drop, backend, name, catalog="temp")
            rows = _beside(own, rule, came, model.predicts.otherwise)
            tried.append(engine.create(backend, name, rows.mutate(cutoff=len(tried)), temp=True))
        every = ibis.union(*tried) if len(tried) > 1 else tried[0]
        parts = [_part(every, first) for first in range(0, snapshot.most + 1, _CHUNK)]
    return {name: sum((part[name] for part in parts[1:]), parts[0][name]) for name in parts[0]}


def _predicted(model: Model, known: Snapshot, days: int, level: float, seed: int) -> ir.Table:
    fitted = model.fit(known, days, stream(seed, f"{model.name}/{known.as_of}"))
    return model.predictions(known, fitted, level)


def _beside(own: ir.Table, rule: ir.Table, came: ir.Table, otherwise: float) -> ir.Table:
    """Return a row per customer: what came, what each of the two said, and how many were said to do more, or the same.

    Columns of the model begin with `model_`, those of the rule with `naive_`.
    """
    sides = []
    for side, found in (("model", own), ("naive", rule)):
        size, upto = found.count().over(), found.count().over(order_by=ibis.desc(found["mean"]), range=(None, 0))
        ranks = {"size": size, "upto": upto, "ties": found.count().over(group_by=found["mean"])}
        ranked = found.mutate(**{name: value.cast("float64") for name, value in ranks.items()})
        sides.append(ranked.rename({f"{side}_{name}": name for name in ranked.columns if name != "customer"}))
    both = sides[0].join(sides[1], "customer")
    seen = came.select(person="customer", came=came.came.cast("float64"))
    rows = both.left_join(seen, both.customer == seen.person)
    return rows.drop("person").mutate(came=_.came.fill_null(otherwise))


def _part(every: ir.Table, first: int) -> dict[str, PairSums]:
    """Return the sums over a range of customers, in an order of their own: floats added in another differ."""
    within = every.filter((every.customer >= first) & (every.customer < first + _CHUNK))
    found = engine.to_arrow(within.order_by("customer", "cutoff"))
    rows = {name: found[name].to_numpy() for name in found.column_names}
    begins = np.flatnonzero(np.diff(rows["customer"], prepend=-1))

    def sums(above: Floats, below: Floats) -> PairSums:
        return summed(*(np.add.reduceat(x, begins) if len(begins) else x for x in (above, below)))

    came, one = rows["came"], np.ones(len(rows["came"]))
    pairs = {}
    for side in ("model", "naive"):
        mean, low, high, size, upto, ties = (rows[f"{side}_{name}"] for name in (*COLUMNS, "size", "upto", "ties"))
        top = np.clip((size / 10 - (upto - ties)) / ties, 0.0, 1.0)
        pairs[f"{side}_error"] = sums(np.abs(mean - came), one)
        pairs[f"{side}_squared"] = sums((mean - came) ** 2, one)
        pairs[f"{side}_bias"] = sums(mean, came)
        pairs[f"{side}_coverage"] = sums(((low <= came) & (came <= high)).astype(np.float64), one)
        pairs[f"{side}_top_tenth"] = sums(came * top, came)
    rule = (rows["naive_mean"] - came) ** 2
    return pairs | {"gain": sums(rule - (rows["model_mean"] - came) ** 2, rule)}
