"""BG/NBD: who leaves, if at all, does so right after a purchase.

References:
    Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24, 275-284.
    Fader & Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models.
"""

from regulars.catalogue.models.outcomes import lapse, orders, value
from regulars.models.buying import Family
from regulars.models.model import Model
from regulars.models.spending import value_of
from regulars.stats.buying import bg_nbd as law

_SOURCE = "Fader, Hardie & Lee (2005), Marketing Science 24, 275-284"
_CAVEAT = "Knows no season and no growth; who ordered once is taken to be a customer until they order again."

family = Family(name="bg_nbd", parameters=("r", "alpha", "a", "b"), acts_on=(1, 2, 3), fit=law.fit, at=law.BgNbd.at)

bg_nbd = Model(
    name="bg_nbd",
    question="How often will each customer order, if who leaves does so after an order?",
    predicts=orders,
    fit=family.orders,
    source=_SOURCE,
    caveat=_CAVEAT,
    complexity=1,
)
bg_nbd_covariates = Model(
    name="bg_nbd_covariates",
    question="How often will each customer order, told apart by their first day?",
    predicts=orders,
    fit=family.orders_by_covariates,
    source="Fader & Hardie (2007), Incorporating time-invariant covariates",
    caveat=_CAVEAT,
    complexity=3,
)
bg_nbd_silence = Model(
    name="bg_nbd_silence",
    question="Who will not order, if who leaves does so after an order?",
    predicts=lapse,
    fit=family.silence(lapse),
    source=_SOURCE,
    caveat=_CAVEAT,
    complexity=1,
)
bg_nbd_value = Model(
    name="bg_nbd_value",
    question="What will each customer bring, by how often they order and what they spend?",
    predicts=value,
    fit=value_of(family),
    source=f"{_SOURCE}; Fader & Hardie (2013), The Gamma-Gamma model of monetary value",
    caveat="Takes what customers spend to be independent of how often, and the same over time.",
    complexity=1,
    lives=True,
)
