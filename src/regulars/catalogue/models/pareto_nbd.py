"""Pareto/NBD: who leaves may do so at any time.

References:
    Schmittlein, Morrison & Colombo (1987), Counting your customers, Management Science 33, 1-24.
    Fader & Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models.
"""

from regulars.catalogue.models.outcomes import lapse, orders, value
from regulars.models.buying import Family
from regulars.models.model import Model
from regulars.models.spending import value_of
from regulars.stats.buying import pareto_nbd as law

_SOURCE = "Schmittlein, Morrison & Colombo (1987), Management Science 33, 1-24"
_CAVEAT = "Knows no season and no growth; each customer buys at a steady rate until they leave."

family = Family(
    name="pareto_nbd", parameters=("r", "alpha", "s", "beta"), acts_on=(1, 3), fit=law.fit, at=law.ParetoNbd.at
)

pareto_nbd = Model(
    name="pareto_nbd",
    question="How often will each customer order, if they may leave at any time?",
    predicts=orders,
    fit=family.orders,
    source=_SOURCE,
    caveat=_CAVEAT,
    complexity=2,
)
pareto_nbd_covariates = Model(
    name="pareto_nbd_covariates",
    question="How often will each customer order, if they may leave at any time, told apart by their first day?",
    predicts=orders,
    fit=family.orders_by_covariates,
    source="Fader & Hardie (2007), Incorporating time-invariant covariates",
    caveat=_CAVEAT,
    complexity=3,
)
pareto_nbd_silence = Model(
    name="pareto_nbd_silence",
    question="Who will not order, if they may leave at any time?",
    predicts=lapse,
    fit=family.silence(lapse),
    source=_SOURCE,
    caveat=_CAVEAT,
    complexity=2,
)
pareto_nbd_value = Model(
    name="pareto_nbd_value",
    question="What will each customer bring, by how often they order and what they spend, if they may leave any time?",
    predicts=value,
    fit=value_of(family),
    source=f"{_SOURCE}; Fader & Hardie (2013), The Gamma-Gamma model of monetary value",
    caveat="Takes what customers spend to be independent of how often, and the same over time.",
    complexity=2,
    lives=True,
)
