"""The health score: a probability of leaving by few signs of it, each of which may only do what it means.

A customer with more silence or more service cases is never called healthier for it, which people would not believe;
what that costs in accuracy the backtest shows.
"""

from regulars.catalogue.models.outcomes import contract_end, lapse
from regulars.models.chances import chance
from regulars.models.model import Model, Outcome

_SOURCE = "Lou, Caruana & Gehrke (2012), KDD 2012, with monotone terms"
_CAVEAT = "Says what goes along with leaving, not what causes it."


def _health(name: str, outcome: Outcome, question: str) -> Model:
    return Model(
        name=name,
        question=question,
        predicts=outcome,
        fit=chance(outcome, signed=True),
        source=_SOURCE,
        caveat=_CAVEAT,
        complexity=3,
    )


lapse_health = _health(
    name="lapse_health",
    outcome=lapse,
    question="How healthy is each customer: how unlikely to fall silent, by signs that people believe?",
)
contract_end_health = _health(
    name="contract_end_health",
    outcome=contract_end,
    question="How healthy is each customer: how unlikely to end the contract, by signs that people believe?",
)
