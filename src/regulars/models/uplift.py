"""Whom to treat: whether a randomised treatment works better on some customers, and whether knowing whom pays.

Learners foretell the effect on each customer out of fold. That effects differ is believed only where both hold of a
learner: customers of whom more was foretold gained more (slope of the best linear predictor, p-values after Holm over
learners), and its order of customers is better than chance (Qini coefficient, lower limit that holds for all learners
at once). Of learners that pass, the simplest that is level with the best is chosen. Else all customers or none are to
be treated, whichever the average effect says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval
from regulars.models.learners import CONSTANT, LEARNERS, ONE_FEATURE, Crossed, Learner, cross_fitted, rule
from regulars.models.model import Floats, Ints
from regulars.models.randomised import Randomised, randomised
from regulars.models.verdict import Decision, decided, said
from regulars.stats import aipw, contrasts, heterogeneity, qini, uplift_curves
from regulars.stats.heterogeneity import BestLinearPredictor
from regulars.stats.policy import PolicyValue, policy_value

#: Chance at which either test, held over all learners, takes chance for a difference. What learners of several folds
#: find by chance varies more than the bootstrap knows (1.2 to 1.4 times, as their customers are largely the same), so
#: the Qini coefficient alone would be believed too often; both together were so in 18 of 360 simulated trials.
ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """What a learner foretold, beside what came.

    Attributes:
        name: of the learner.
        effects: on each customer, out of fold, in the outcome's unit, shape (n,).
        qini: Qini coefficient, normalised by the perfect curve with negative effects, of the order within folds.
        qini_of_all: the same, with limits that hold for all learners at once.
        predictor: best linear predictor of the effect.
        p_value: of its slope, after Holm over learners.
        groups: mean effect by fifths of customers, those of whom least was foretold first.
        policy: treating those whose effect foretold is worth more than it costs.
        differs: whether effects differ as it foretells, by both tests.
    """

    name: str
    effects: Floats
    qini: Interval
    qini_of_all: Interval
    predictor: BestLinearPredictor
    p_value: float
    groups: tuple[Interval, ...]
    policy: PolicyValue
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uplift:
    """Whom to treat, and why.

    Attributes:
        n: customers; `treated` of them were.
        propensity: probability of treatment that was declared.
        average_effect: in the outcome's unit per customer.
        average_profit: of treating everybody, in money per customer.
        learners: simplest first.
        differs: whether effects differ reliably between customers.
        chosen: name of the learner whose effects are to be used; "constant" where effects do not differ reliably.
        rule: the one feature that parts effects most, and where, as "recency above 6.5"; "" where none does.
        decision: "target", "all", "none", or "unclear" where even that is not known.
        verdict: the same in one sentence.
        policy: value of what was decided; None where it is unclear.
        effects: on each customer, by the chosen learner, out of fold, in the outcome's unit, shape (n,).
        fold: in which each customer was held out, shape (n,).
    """

    n: int
    treated: int
    propensity: float
    average_effect: Interval
    average_profit: Interval
    learners: tuple[Learned, ...]
    differs: bool
    chosen: str
    rule: str
    decision: Decision
    verdict: str
    policy: PolicyValue | None
    effects: Floats
    fold: Ints

    def __getitem__(self, name: str) -> Learned:
        """Return what a learner foretold; KeyError where it was not tried."""
        for one in self.learners:
            if one.name == name:
                return one
        raise KeyError(name)


def uplift(
    columns: Mapping[str, Floats],
    treated: Floats | NDArray[np.bool_],
    outcome: Floats,
    *,
    propensity: float | None,
    rng: np.random.Generator,
    value: float = 1.0,
    cost: float = 0.0,
    learners: Sequence[Learner] = LEARNERS,
    draws: int = qini.DRAWS,
    level: float = 0.95,
) -> Uplift:
    """Return whom to treat.

    42,693 customers with eight features take about ten seconds of processor time.

    Args:
        columns: what was known before the treatment, by name, each of shape (n,); categories as 0 and 1.
        treated: 1 or 0, shape (n,).
        outcome: 0 or 1, or money, shape (n,).
        propensity: probability of treatment that was drawn with, the same for all; None where it is not known.
        rng: draws folds and resamples.
        value: money that a unit of the outcome is worth.
        cost: money that treating a customer costs.
        learners: simplest first; the constant is always among them.
        draws: of the bootstrap.
        level: of the intervals.

    Raises:
        QueryError: nobody says that chance decided who was treated, or not with which probability.
        DataError: there is too little to tell effects from, or it contradicts the propensity.
    """
    trial = randomised(columns, treated, outcome, propensity=propensity)
    tried = (CONSTANT, *(one for one in learners if one.name != CONSTANT.name))
    crossed = cross_fitted(trial, tried, rng=rng)
    profits = value * crossed.scores - cost
    orders = _Orders.of(trial, crossed, rng=rng, draws=draws)
    found = _learned(crossed, orders, lambda effects: policy_value(profits, value * effects > cost, level=level), level)
    best = _chosen(found, orders)
    average, parted_by = aipw.mean(profits, level=level), rule(trial, crossed.scores)
    decision, policy = decided(found[best].policy if best else None, average, profits, level)
    return Uplift(
        n=len(trial),
        treated=int(trial.treated.sum()),
        propensity=trial.propensity,
        average_effect=aipw.mean(crossed.scores, level=level),
        average_profit=average,
        learners=found,
        differs=best > 0,
        chosen=found[best].name,
        rule=parted_by,
        decision=decision,
        verdict=said(decision, policy, average, _named(found[best].name, parted_by) if best else None),
        policy=policy,
        effects=found[best].effects,
        fold=crossed.fold,
    )


def _named(learner: str, parted_by: str) -> str:
    return f"{learner}: {parted_by}" if learner == ONE_FEATURE.name else learner


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Orders:
    """Qini coefficients of all learners, by the order of customers within folds: shape (k,), and (draws, k)."""

    values: Floats
    draws: Floats
    n: int

    @classmethod
    def of(cls, trial: Randomised, crossed: Crossed, *, rng: np.random.Generator, draws: int) -> "_Orders":
        orders = [heterogeneity.order_in(crossed.fold, effects) for effects in crossed.effects.values()]
        return cls(
            values=np.array([uplift_curves.qini(trial.outcome, trial.treated, order) for order in orders]),
            draws=qini.drawn(trial.outcome, trial.treated, orders, rng=rng, draws=draws),
            n=len(trial),
        )

    def level_with(self, best: int, other: int) -> bool:
        """Whether `other` is not detectably worse than `best`."""
        gap = self.draws[:, best] - self.draws[:, other]
        found = qini.between(self.values[best] - self.values[other], gap, n=self.n, level=1 - ALPHA)
        return found.low is None or found.low <= 0


def _learned(
    crossed: Crossed, orders: _Orders, policy: Callable[[Floats], PolicyValue], level: float
) -> tuple[Learned, ...]:
    predictors = [
        heterogeneity.best_linear_predictor(crossed.scores, effects, crossed.fold, level=level)
        for effects in crossed.effects.values()
    ]
    # The constant foretells no differences: it is not tested.
    chances = [1.0, *contrasts.holm([one.p_value for one in predictors[1:]]).tolist()]
    of_all = qini.simultaneous(orders.values, orders.draws, n=orders.n, level=1 - ALPHA)
    return tuple(
        Learned(
            name=name,
            effects=effects,
            qini=qini.between(float(orders.values[at]), orders.draws[:, at], n=orders.n, level=level),
            qini_of_all=of_all[at],
            predictor=predictors[at],
            p_value=chances[at],
            groups=heterogeneity.group_effects(crossed.scores, effects, crossed.fold, level=level),
            policy=policy(effects),
            differs=chances[at] < ALPHA and (predictors[at].slope.value or 0) > 0 and (of_all[at].low or 0) > 0,
        )
        for at, (name, effects) in enumerate(crossed.effects.items())
    )


def _chosen(found: Sequence[Learned], orders: _Orders) -> int:
    """Return the place of the simplest learner that is level with the best; 0, the constant, where none passed."""
    passed = [at for at, one in enumerate(found) if one.differs]
    if not passed:
        return 0
    best = max(passed, key=lambda at: orders.values[at])
    return next(at for at in passed if orders.level_with(best, at))
