"""Ways to learn who responds to a treatment, from the simplest on, and their effects foretold out of fold.

All learn from the same folds. What several need of a fold's training customers (outcomes of each arm, scores to learn
effects from) is learned once.

References:
    Künzel, Sekhon, Bickel & Yu (2019), PNAS 116, 4156-4165 (T, X). Kennedy (2023), Electronic J. of Statistics 17,
    3008-3049 (DR).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.models.model import Floats, Ints
from regulars.models.randomised import Randomised
from regulars.stats import aipw

Rows: TypeAlias = NDArray[np.bool_]
#: What is foretold of customers with features of shape (m, p); shape (m,).
Foretold: TypeAlias = Callable[[Floats], Floats]

FOLDS = 5
#: Part of the training customers that each side of a rule of one feature has at least.
_SIDE = 0.05
#: Shallow trees: effects are small beside outcomes, and deeper ones find noise.
_TREES: dict[str, Any] = {
    "max_iter": 60,
    "learning_rate": 0.05,
    "max_leaf_nodes": 6,
    "min_samples_leaf": 100,
    "l2_regularization": 1.0,
    "early_stopping": False,
    "random_state": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A kind of model that outcomes and effects are learned with.

    Attributes:
        name: as it stands in a learner's.
        chance: learns outcomes of 0 or 1, as probabilities.
        amount: learns amounts, and effects.
    """

    name: str
    chance: Callable[[], Any]
    amount: Callable[[], Any]


def _linear(model: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression  # takes a second to import, and few commands need it

    return _linear(LogisticRegression(max_iter=1000))


def _ridge() -> Any:
    from sklearn.linear_model import Ridge

    return _linear(Ridge())


def _boosted_chance() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(**_TREES)


def _boosted_amount() -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(**_TREES)


LINEAR = Base(name="linear", chance=_logistic, amount=_ridge)
BOOSTED = Base(name="boosted", chance=_boosted_chance, amount=_boosted_amount)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Training:
    """The customers that a fold's models learn from.

    Attributes:
        x: features, shape (n, p).
        y: outcomes, shape (n,).
        treated: whether each was, shape (n,).
        propensity: probability of treatment.
        binary: whether outcomes are 0 or 1.
        half: which half each lies in, 0 or 1, by arm: scores are learned from the other.
    """

    x: Floats
    y: Floats
    treated: Rows
    propensity: float
    binary: bool
    half: Ints
    _learned: dict[str, Any] = field(default_factory=dict)

    def outcomes(self, base: Base) -> tuple[Foretold, Foretold]:
        """Return the outcome foretold under treatment, and without."""
        if base.name not in self._learned:
            everyone = np.ones(len(self.y), dtype=bool)
            self._learned[base.name] = self._arms(base, everyone)
        found: tuple[Foretold, Foretold] = self._learned[base.name]
        return found

    def scores(self) -> Floats:
        """Return doubly robust scores, each half's by linear models of the other; shape (n,)."""
        if "scores" not in self._learned:
            told = np.empty((2, len(self.y)))
            for half in (0, 1):
                own = self.half == half
                told[:, own] = [foretold(self.x[own]) for foretold in self._arms(LINEAR, ~own)]
            self._learned["scores"] = aipw.scores(self.y, self.treated.astype(np.float64), self.propensity, *told)
        found: Floats = self._learned["scores"]
        return found

    def _arms(self, base: Base, rows: Rows) -> tuple[Foretold, Foretold]:
        treated, others = (self._outcome(base, rows & arm) for arm in (self.treated, ~self.treated))
        return treated, others

    def _outcome(self, base: Base, rows: Rows) -> Foretold:
        y = self.y[rows]
        if not np.ptp(y) or not self.x.shape[1]:
            return _always(float(y.mean()))
        if not self.binary:
            return amount(base, self.x[rows], y)
        model = base.chance().fit(self.x[rows], y)
        return lambda x: np.asarray(model.predict_proba(x)[:, 1])


def amount(base: Base, x: Floats, y: Floats) -> Foretold:
    """Return amounts or effects y, shape (n,), as learned from features x, shape (n, p)."""
    if not x.shape[1]:
        return _always(float(y.mean()))
    model = base.amount().fit(x, y)
    return lambda new: np.asarray(model.predict(new))


def _always(value: float) -> Foretold:
    return lambda x: np.full(len(x), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A way to learn effects.

    Attributes:
        name: stable key.
        learned: the effect foretold, in the outcome's unit, as learned from training customers.
    """

    name: str
    learned: Callable[[Training], Foretold]


def _constant(seen: Training) -> Foretold:
    return _always(float(seen.scores().mean()))


def _one_feature(seen: Training) -> Foretold:
    """Learn the one feature, and where to cut it, that parts the scores most."""
    if not seen.x.shape[1]:
        return _constant(seen)
    model = _cut(seen.x, seen.scores())
    return lambda x: np.asarray(model.predict(x))


def rule(trial: Randomised, scores: Floats) -> str:
    """Return the feature, and where it is cut, that parts the scores of all customers most; "" where none does."""
    if not trial.names:
        return ""
    tree = _cut(trial.features, scores).tree_
    return f"{trial.names[tree.feature[0]]} above {tree.threshold[0]:.6g}" if tree.node_count > 1 else ""


def _cut(x: Floats, scores: Floats) -> Any:
    from sklearn.tree import DecisionTreeRegressor

    return DecisionTreeRegressor(max_depth=1, min_samples_leaf=_SIDE, random_state=0).fit(x, scores)


def _t(base: Base) -> Callable[[Training], Foretold]:
    def learned(seen: Training) -> Foretold:
        if_treated, if_not = seen.outcomes(base)
        return lambda x: if_treated(x) - if_not(x)

    return learned


def _x(base: Base) -> Callable[[Training], Foretold]:
    def learned(seen: Training) -> Foretold:
        if_treated, if_not = seen.outcomes(base)
        drawn, e = seen.treated, seen.propensity
        of_treated = amount(base, seen.x[drawn], seen.y[drawn] - if_not(seen.x[drawn]))
        of_others = amount(base, seen.x[~drawn], if_treated(seen.x[~drawn]) - seen.y[~drawn])
        # The arm that is larger foretells outcomes better: the effects of the other arm are the surer ones.
        return lambda x: e * of_others(x) + (1 - e) * of_treated(x)

    return learned


def _dr(base: Base) -> Callable[[Training], Foretold]:
    return lambda seen: amount(base, seen.x, seen.scores())


CONSTANT = Learner(name="constant", learned=_constant)
ONE_FEATURE = Learner(name="one feature", learned=_one_feature)
#: Simplest first.
LINEAR_LEARNERS = tuple(
    Learner(name=f"{name} {LINEAR.name}", learned=made(LINEAR)) for name, made in (("T", _t), ("X", _x), ("DR", _dr))
)
BOOSTED_LEARNERS = tuple(
    Learner(name=f"{name} {BOOSTED.name}", learned=made(BOOSTED)) for name, made in (("T", _t), ("X", _x), ("DR", _dr))
)
LEARNERS = (CONSTANT, ONE_FEATURE, *LINEAR_LEARNERS, *BOOSTED_LEARNERS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossed:
    """What was foretold of each customer by models that have not seen it.

    Attributes:
        fold: which fold each customer lies in, shape (n,).
        scores: doubly robust scores, shape (n,).
        effects: by learner, each of shape (n,), in the outcome's unit.
    """

    fold: Ints
    scores: Floats
    effects: dict[str, Floats]


def cross_fitted(
    trial: Randomised, learners: Sequence[Learner], *, rng: np.random.Generator, folds: int = FOLDS
) -> Crossed:
    """Return what each learner foretells out of fold; folds are drawn by arm and are the same for all learners."""
    import sklearn.ensemble  # noqa: F401  TRICKY: only threads of libraries that are loaded can be limited
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    drawn = trial.treated > 0
    fold = parted(drawn, folds, rng)
    told, effects = np.empty((2, len(trial))), {learner.name: np.empty(len(trial)) for learner in learners}
    with threadpool_limits(1):  # beside other work several threads cost ten times as much, waiting
        for number in range(folds):
            held = fold == number
            seen = Training(
                x=trial.features[~held],
                y=trial.outcome[~held],
                treated=drawn[~held],
                propensity=trial.propensity,
                binary=trial.binary,
                half=parted(drawn[~held], 2, rng),
            )
            x = trial.features[held]
            told[:, held] = [foretold(x) for foretold in seen.outcomes(LINEAR)]
            for learner in learners:
                effects[learner.name][held] = learner.learned(seen)(x)
    scores = aipw.scores(trial.outcome, trial.treated, trial.propensity, *told)
    return Crossed(fold=fold, scores=scores, effects=effects)


def parted(treated: Rows, parts: int, rng: np.random.Generator) -> Ints:
    """Return a part of each customer, from 0, drawn so that each has as many of either arm; shape (n,)."""
    found = np.empty(len(treated), dtype=np.int32)
    for arm in (treated, ~treated):
        found[arm] = rng.permutation(np.arange(int(arm.sum())) % parts)
    return found
