"""Laws of buying together, and a learned second stage on them: where, and by how much, they are wrong.

References:
    Bates & Granger (1969), The combination of forecasts, Operational Research Quarterly 20, 451-468.
    Lou, Caruana & Gehrke (2012), Intelligible models for classification and regression, KDD 2012.
"""

from collections.abc import Mapping
from dataclasses import replace

from regulars.catalogue.models.bg_nbd import family as bg_nbd
from regulars.catalogue.models.mbg_nbd import family as mbg_nbd
from regulars.catalogue.models.outcomes import orders, value
from regulars.catalogue.models.pareto_nbd import family as pareto_nbd
from regulars.models.ahead import Foresees
from regulars.models.mean import mean_of
from regulars.models.model import Model, Outcome
from regulars.models.second import second
from regulars.models.spending import value_of

_FAMILIES = (bg_nbd, mbg_nbd, pareto_nbd)
_LAWS: Mapping[str, Foresees] = {
    "orders": mean_of([family.orders for family in _FAMILIES]),
    "value": mean_of([value_of(family) for family in _FAMILIES]),
}
_MEAN = "Bates & Granger (1969), Operational Research Quarterly 20, 451-468"
_LEARNED = "Lou, Caruana & Gehrke (2012), KDD 2012: Poisson loss, with what the laws expect as exposure"
_PAST = "Learned from past windows: what held then is taken to hold on."


def _laws(name: str, outcome: Outcome, question: str) -> Model:
    return Model(
        name=name,
        question=question,
        predicts=outcome,
        fit=_LAWS[outcome.name],
        source=_MEAN,
        caveat="Knows no season and no growth.",
        complexity=3,
    )


def _learned(name: str, outcome: Outcome, question: str) -> Model:
    return Model(
        name=name,
        question=question,
        predicts=outcome,
        fit=second(outcome, _LAWS[outcome.name]),
        source=_LEARNED,
        caveat=f"{_PAST} Its total is that of an older cohort.",
        complexity=4,
    )


def _levelled(name: str, learned: Model) -> Model:
    outcome = learned.predicts
    fit = second(outcome, _LAWS[outcome.name], own_level=True)
    question = learned.question.replace("?", ", in total as the laws say?")
    return replace(learned, name=name, question=question, fit=fit, caveat=f"{_PAST} Its total is that of the laws.")


def _blended(name: str, learned: Model) -> Model:
    outcome = learned.predicts
    return replace(
        learned,
        name=name,
        question=learned.question.replace("by everything", "half by the laws, half by everything"),
        fit=second(outcome, _LAWS[outcome.name], share=0.5),
        source=f"{_MEAN}; {_LEARNED}",
        caveat=_PAST,
        hedges=True,
        complexity=5,
    )


orders_laws = _laws(
    name="orders_laws",
    outcome=orders,
    question="How often will each customer order, by the mean of three laws of buying?",
)
orders_learned = _learned(
    name="orders_learned",
    outcome=orders,
    question="How often will each customer order, by everything that is known of them?",
)
orders_learned_level = _levelled(name="orders_learned_level", learned=orders_learned)
orders_blend = _blended(name="orders_blend", learned=orders_learned)

value_laws = _laws(
    name="value_laws",
    outcome=value,
    question="What will each customer bring, by the mean of three laws of buying?",
)
value_learned = _learned(
    name="value_learned",
    outcome=value,
    question="What will each customer bring, by everything that is known of them?",
)
value_learned_level = _levelled(name="value_learned_level", learned=value_learned)
value_blend = _blended(name="value_blend", learned=value_learned)
