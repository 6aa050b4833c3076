"""What is likely, as a sum of one curve per column: a generalised additive model, fitted by boosting.

A prediction is an intercept plus what each column adds to it, so that its reasons can be read off, exactly; on customer
records such models do about as well as those with interactions (Nori et al., 2019: IBM's Telco churn, AUC .852 beside
.828 of boosted trees). Trees of three leaves, each of one column, are fitted by scikit-learn on several bootstrap
samples, each until the customers outside of its sample are foretold no better. Then every curve is read off, the level
is set so that predictions sum to what came, and only plain numbers are kept.

Class weights are not accepted: they would ruin the probabilities and change no order.

References:
    Lou, Caruana & Gehrke (2012), Intelligible models for classification and regression, KDD 2012.
    Nori, Jenkins, Koch & Caruana (2019), InterpretML, arXiv 1909.09223.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.wording import counted
from regulars.stats.likelihood import NotFitted

Floats: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["probability", "mean"]

#: Most bins of a column.
BINS = 64
#: Fewest customers of either kind from which anything is learned.
LEAST = 10
#: Most rows that one bag learns from; a curve of 64 steps is known well enough from so many.
_ROWS = 200_000
#: On Telco (tests/oracles/test_churn.py) rates of .05 to .3 do equally well; 3 leaves do better than 8.
_TREES = {
    "learning_rate": 0.3,
    "max_leaf_nodes": 3,
    "min_samples_leaf": 20,
    "l2_regularization": 10.0,
    "max_iter": 400,
    "tol": 1e-4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one column adds, by bin of its value.

    Attributes:
        column: its name.
        edges: ascending; a value on an edge lies in the bin above it.
        bags: log odds or log mean by bag, and by bin: one more than edges, then the one of missing values. Centred: the
            mean over the customers that it was fitted on is 0.
    """

    column: str
    edges: tuple[float, ...]
    bags: tuple[tuple[float, ...], ...]

    @property
    def values(self) -> Floats:
        """Mean over bags by bin, that of missing values last."""
        return np.mean(self.bags, axis=0)

    @property
    def deviations(self) -> Floats:
        """Standard deviation over bags by bin: how far another sample of customers would move the curve."""
        return np.std(self.bags, axis=0, ddof=min(1, len(self.bags) - 1))

    def bins(self, x: Floats) -> NDArray[np.int_]:
        """Return the bin that each value lies in."""
        return np.where(np.isnan(x), len(self.edges) + 1, np.searchsorted(self.edges, x, side="right"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Additive:
    """A fitted model: plain numbers.

    Attributes:
        kind: "probability": scores are log odds; "mean": logarithms of means.
        intercepts: mean score of the customers that it was fitted on, by bag.
        shapes: of each column that varies.
    """

    kind: Kind
    intercepts: tuple[float, ...]
    shapes: tuple[Shape, ...]

    @property
    def intercept(self) -> float:
        """Mean over bags."""
        return float(np.mean(self.intercepts))

    def terms(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return what each column adds to each score; with the intercept they sum to `scores`."""
        return {shape.column: shape.values[shape.bins(columns[shape.column])] for shape in self.shapes}

    def scores(self, columns: Mapping[str, Floats]) -> Floats:
        """Return log odds or logarithms of means, shape (n,).

        Args:
            columns: by name, each of shape (n,), nan where missing; those that the model does not use are ignored.
        """
        found = np.full(_rows(columns), self.intercept)
        for shape in self.shapes:
            found += shape.values[shape.bins(columns[shape.column])]
        return found

    def predicted(self, columns: Mapping[str, Floats]) -> Floats:
        """Return probabilities or means, shape (n,)."""
        return self._undone(self.scores(columns))

    def spread(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the predictions of each bag, shape (m, n): as far apart as other samples would make them."""
        found = np.repeat(np.array(self.intercepts)[:, None], _rows(columns), axis=1)
        for shape in self.shapes:
            found += np.array(shape.bags)[:, shape.bins(columns[shape.column])]
        return self._undone(found)

    def _undone(self, scores: Floats) -> Floats:
        return np.asarray(special.expit(scores) if self.kind == "probability" else np.exp(scores))


def fit(
    columns: Mapping[str, Floats],
    came: Floats,
    *,
    kind: Kind,
    weights: Floats | None = None,
    monotone: Mapping[str, int] | None = None,
    bags: int = 4,
    rng: np.random.Generator,
) -> Additive:
    """Return the model of what came, given columns.

    100,000 customers with 30 columns take about 6 seconds of processor time.

    Args:
        columns: by name, each of shape (n,), nan where missing. One that does not vary is left out.
        came: shape (n,); 0 or 1 for a probability, amounts or counts of at least 0 for a mean.
        kind: what is foretold.
        weights: how often each row counts, above 0; None: once.
        monotone: 1 where a column may only raise what is foretold, -1 where only lower; missing values are free.
        bags: bootstrap samples.
        rng: draws them.

    Raises:
        NotFitted: there is too little to learn from.
    """
    import sklearn.ensemble  # noqa: F401  TRICKY: only threads of libraries that are loaded can be limited
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    _refuse(came, kind)
    design = _Design.of(columns, monotone or {})
    if not design.edges:
        raise NotFitted("none of its columns varies")
    counted = np.ones(len(came)) if weights is None else np.asarray(weights, dtype=np.float64)
    scale = 1.0 if kind == "probability" else float(np.average(came, weights=counted))
    # In multiples of the mean: shrinkage then knows no currency.
    with threadpool_limits(1, user_api="openmp"):  # beside other work several threads cost ten times as much, waiting
        found = [_read(_boosted(design, came / scale, counted, kind, rng), design, counted, kind) for _ in range(bags)]
    model = Additive(
        kind=kind,
        intercepts=tuple(intercept + math.log(scale) for intercept, _ in found),
        shapes=tuple(
            Shape(column=name, edges=edges, bags=tuple(curves[name] for _, curves in found))
            for name, edges in design.edges.items()
        ),
    )
    shift = _shift(model.scores(columns), came, counted, kind)
    return replace(model, intercepts=tuple(intercept + shift for intercept in model.intercepts))


def _refuse(came: Floats, kind: Kind) -> None:
    some, every = int(np.count_nonzero(came)), counted(len(came), "customer")
    if kind == "probability" and not np.isin(came, (0.0, 1.0)).all():
        raise ValueError("`came` must be 0 or 1 for a probability")
    if kind == "mean" and not (np.isfinite(came).all() and (came >= 0).all()):
        raise ValueError("`came` must be finite and at least 0 for a mean")
    if some < LEAST:
        raise NotFitted(f"it happened to only {some:,} of {every}: to tell whom takes {LEAST}")
    if kind == "probability" and len(came) - some < LEAST:
        others = len(came) - some
        raise NotFitted(f"it happened to all but {others:,} of {every}: to tell whom takes {LEAST} to whom it did not")


def bin_edges(x: Floats) -> tuple[float, ...]:
    """Return what parts the values into at most `BINS` bins: each value its own, or about as many customers in each.

    >>> bin_edges(np.array([3.0, 1.0, np.nan, 1.0, 2.0]))
    (1.5, 2.5)
    """
    known = np.sort(np.clip(x[~np.isnan(x)], -1e300, 1e300))  # so that no midpoint is infinite
    new = np.flatnonzero(np.diff(known)) + 1
    if len(new) >= BINS:
        firsts = known[np.arange(1, BINS) * len(known) // BINS]
        begins = np.unique(np.searchsorted(known, firsts))
        new = begins[begins > 0]
    return tuple(((known[new - 1] + known[new]) / 2).tolist())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Design:
    """Columns as bins.

    Attributes:
        edges: by column that varies.
        matrix: shape (n, p), bins, nan where missing; after them, a column that says whether it is missing for each
            monotone column with missing values: else a tree could not set these free.
        flags: place of that column, by name.
        signs: monotone constraint by place.
    """

    edges: dict[str, tuple[float, ...]]
    matrix: NDArray[np.float32]
    flags: dict[str, int]
    signs: tuple[int, ...]

    @classmethod
    def of(cls, columns: Mapping[str, Floats], monotone: Mapping[str, int]) -> "_Design":
        edges = {name: bin_edges(x) for name, x in columns.items()}
        missing = {name: np.isnan(x) for name, x in columns.items()}
        edges = {name: found for name, found in edges.items() if found or 0 < missing[name].mean() < 1}
        free = [name for name in edges if monotone.get(name) and missing[name].any()]
        matrix = np.empty((_rows(columns), len(edges) + len(free)), dtype=np.float32)
        for place, name in enumerate(edges):
            x = columns[name]
            matrix[:, place] = np.where(missing[name], np.nan, np.searchsorted(edges[name], x, side="right"))
        for place, name in enumerate(free, len(edges)):
            matrix[:, place] = missing[name]
        signs = tuple(monotone.get(name, 0) for name in edges) + (0,) * len(free)
        return cls(
            edges=edges, matrix=matrix, flags={name: len(edges) + at for at, name in enumerate(free)}, signs=signs
        )


def _boosted(design: _Design, came: Floats, weights: Floats, kind: Kind, rng: np.random.Generator) -> Any:
    """Return a scikit-learn model fitted on a bootstrap sample, as long as the others are foretold better by it."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    counts = _drawn(came > 0, kind, rng)
    inside, outside = np.flatnonzero(counts), np.flatnonzero(counts == 0)
    outside = outside[:: -(-len(outside) // _ROWS)]
    trees = HistGradientBoostingClassifier if kind == "probability" else HistGradientBoostingRegressor
    model = trees(
        loss="log_loss" if kind == "probability" else "poisson",
        interaction_cst="no_interactions",
        monotonic_cst=design.signs,
        early_stopping=True,
        random_state=int(rng.integers(2**31)),
        **_TREES,
    )
    drawn, rest = design.matrix[inside], design.matrix[outside]
    # TRICKY: scikit-learn cannot bin a column of which nothing was drawn; at one value it tells as little.
    unknown = np.isnan(drawn).all(axis=0)
    drawn[:, unknown] = rest[:, unknown] = 0.0
    return model.fit(
        drawn,
        came[inside],
        counts[inside] * weights[inside],
        X_val=rest,
        y_val=came[outside],
        sample_weight_val=weights[outside],
    )


def _drawn(some: NDArray[np.bool_], kind: Kind, rng: np.random.Generator) -> NDArray[np.int_]:
    """Return how often each row is drawn; among those drawn and those not are some who did it, and who did not."""
    n, needed = len(some), (some, ~some) if kind == "probability" else (some,)
    while True:
        counts = np.bincount(rng.integers(0, n, min(n, _ROWS)), minlength=n)
        if all(one[counts > 0].any() and one[counts == 0].any() for one in needed):
            return counts


def _read(model: Any, design: _Design, weights: Floats, kind: Kind) -> tuple[float, dict[str, tuple[float, ...]]]:
    """Return intercept and curves; as the model has no interactions, one bin changed at a time tells them exactly."""
    width = design.matrix.shape[1]
    intercept = start = float(_scores(model, np.zeros((1, width)), kind)[0])
    curves = {}
    for place, (name, edges) in enumerate(design.edges.items()):
        missing = len(edges) + 1
        rows = np.zeros((missing + 1, width))
        rows[:, place] = np.append(np.arange(missing), np.nan)
        if name in design.flags:
            rows[missing, design.flags[name]] = 1.0
        curve = _scores(model, rows, kind) - start
        bins = np.nan_to_num(design.matrix[:, place], nan=missing).astype(np.int_)
        centre = float(np.average(curve, weights=np.bincount(bins, weights, missing + 1)))
        intercept += centre
        curves[name] = tuple((curve - centre).tolist())
    return intercept, curves


def _shift(scores: Floats, came: Floats, weights: Floats, kind: Kind) -> float:
    """Return what all scores want for predictions to sum to what came; boosting stops short of it, by percents.

    References:
        Denuit, Charpentier & Trufin (2021), Insurance: Mathematics and Economics 101, 485-497.
    """
    if kind == "mean":
        return math.log(float(weights @ came) / float(weights @ np.exp(scores)))
    shift = 0.0
    for _ in range(10):  # Newton, from nearby
        chance = special.expit(scores + shift)
        shift += float(weights @ (came - chance)) / float(weights @ (chance * (1 - chance)))
    return shift


def _scores(model: Any, rows: Floats, kind: Kind) -> Floats:
    return np.asarray(model.decision_function(rows) if kind == "probability" else np.log(model.predict(rows)))


def _rows(columns: Mapping[str, Floats]) -> int:
    return len(next(iter(columns.values()))) if columns else 0
