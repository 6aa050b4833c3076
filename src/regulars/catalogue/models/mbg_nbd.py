"""MBG/NBD: who buys leaves, if at all, right after a purchase, the first one too; also with regular timing.

References:
    Batislam, Denizel & Filiztekin (2007), Int. J. Research in Marketing 24, 201-209.
    Reutterer, Platzer & Schröder (2021), Int. J. Research in Marketing 38, 194-215: MBG/CNBD-k.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from regulars.catalogue.models.outcomes import lapse, orders, value
from regulars.data.snapshot import Snapshot
from regulars.models.buyers import buyers
from regulars.models.buying import Family, Orders
from regulars.models.model import Floats, Horizon, Model
from regulars.models.spending import value_of
from regulars.stats.buying import bg_nbd as law
from regulars.stats.buying.histories import Histories
from regulars.stats.likelihood import Maximum, NotFitted

_SOURCE = "Batislam, Denizel & Filiztekin (2007), Int. J. Research in Marketing 24, 201-209"
_CAVEAT = "Knows no season and no growth; who ordered once may be lost already."
#: Most buyers from which the regularity of timing is read: it is one whole number.
_READ = 50_000


def _fit(histories: Histories, designs: Mapping[int, Floats], k: int = 1) -> Maximum:
    return law.fit(histories, designs, leaves_at_first=True, k=k)


family = Family(
    name="mbg_nbd",
    parameters=("r", "alpha", "a", "b"),
    acts_on=(1, 2, 3),
    fit=_fit,
    at=partial(law.BgNbd.at, leaves_at_first=True),
)


def _regular(k: int) -> Family:
    return replace(
        family,
        name=f"mbg_cnbd_{k}",
        fit=partial(_fit, k=k),
        at=partial(law.BgNbd.at, leaves_at_first=True, k=k),
    )


def _orders(snapshot: Snapshot, horizon: Horizon, rng: np.random.Generator) -> Orders:
    histories = buyers(snapshot).histories
    some = histories.taken(slice(None, None, max(1, len(histories) // _READ)))
    k = snapshot.kept("regularity", lambda: law.chosen_k(some, leaves_at_first=True))
    if k == 1:
        raise NotFitted("orders come at random: nothing is regular about their timing, so the MBG/NBD says the same")
    return _regular(k).orders(snapshot, horizon, rng)


mbg_nbd = Model(
    name="mbg_nbd",
    question="How often will each customer order, if even who came once may be lost?",
    predicts=orders,
    fit=family.orders,
    source=_SOURCE,
    caveat=_CAVEAT,
    complexity=1,
)
mbg_nbd_covariates = Model(
    name="mbg_nbd_covariates",
    question="How often will each customer order, if even who came once may be lost, told apart by their first day?",
    predicts=orders,
    fit=family.orders_by_covariates,
    source="Fader & Hardie (2007), Incorporating time-invariant covariates",
    caveat=_CAVEAT,
    complexity=3,
)
mbg_cnbd_k = Model(
    name="mbg_cnbd_k",
    question="How often will each customer order, if they come at regular times?",
    predicts=orders,
    fit=_orders,
    source="Reutterer, Platzer & Schröder (2021), Int. J. Research in Marketing 38, 194-215",
    caveat=f"{_CAVEAT} All customers are taken to be as regular as each other.",
    complexity=2,
)
mbg_nbd_silence = Model(
    name="mbg_nbd_silence",
    question="Who will not order, if even who came once may be lost?",
    predicts=lapse,
    fit=family.silence(lapse),
    source=_SOURCE,
    caveat=_CAVEAT,
    complexity=1,
)
mbg_nbd_value = Model(
    name="mbg_nbd_value",
    question="What will each customer bring, if even who came once may be lost?",
    predicts=value,
    fit=value_of(family),
    source=f"{_SOURCE}; Fader & Hardie (2013), The Gamma-Gamma model of monetary value",
    caveat="Takes what customers spend to be independent of how often, and the same over time.",
    complexity=1,
    lives=True,
)
