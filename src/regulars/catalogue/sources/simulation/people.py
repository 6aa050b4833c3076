"""Who the customers are: what is seen of them and what is hidden."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import betainc, ndtri

from regulars.catalogue.sources.simulation.clock import Floats, clock_of
from regulars.catalogue.sources.simulation.columns import Ints, ids, instants, names
from regulars.catalogue.sources.simulation.company import Company, Trait
from regulars.core import randomness
from regulars.core.periods import YEAR_DAYS

#: Customers in a block. Part of the truth: another size draws other customers.
BLOCK = 65_536

AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_AGE_SHARES = (0.12, 0.24, 0.22, 0.18, 0.14, 0.10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A run of customers that is drawn by itself.

    Every attribute has a stream of its own, read in the order of the customers. So customer i depends on the seed and
    on the block alone: neither on how many customers follow, nor on which tables are written.
    """

    company: Company
    seed: int
    number: int
    size: int

    @property
    def first(self) -> int:
        """Number of the block's first customer."""
        return self.number * BLOCK

    def rng(self, name: str) -> np.random.Generator:
        """Return the stream of one attribute."""
        return randomness.stream(self.seed, f"simulation/{self.number}/{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The customers of a block; every array has shape (size,).

    Attributes:
        ids: customer ids.
        market, segment, channel: index into the company's traits.
        signed_up: calendar seconds since the start.
        rate: repeat purchases per seasonal week while alive.
        dropout: chance of leaving after a repeat purchase.
        mean_spend: expected order amount.
        uplift: relative change of the rate under the randomised campaign.
        satisfaction: standard normal; how content the customer is on the whole. Correlates with how seldom they leave.
        first_order: seasonal week of the first order; infinite for those who never buy.
    """

    ids: pa.Array
    market: Ints
    segment: Ints
    channel: Ints
    signed_up: Floats
    rate: Floats
    dropout: Floats
    mean_spend: Floats
    uplift: Floats
    satisfaction: Floats
    first_order: Floats


def pick(rng: np.random.Generator, shares: NDArray[np.float64], n: int) -> Ints:
    """Return n indices drawn with the given shares."""
    return np.minimum(np.searchsorted(np.cumsum(shares), rng.random(n), side="right"), len(shares) - 1)


def draw(block: Block) -> People:
    """Draw the customers of a block.

    References:
        Fader, Hardie & Lee (2005), "Counting your customers the easy way", assumptions (i) to (v).
        Fader & Hardie (2013), "The gamma-gamma model of monetary value".
    """
    company, n, clock = block.company, block.size, clock_of(block.company)
    traits = {name: getattr(company, name) for name in ("markets", "segments", "channels")}
    codes = {
        name: pick(block.rng(name), np.array([trait.share for trait in values]), n) for name, values in traits.items()
    }

    def factor(effect: str) -> Floats:
        return np.prod([_effects(traits[name], effect)[codes[name]] for name in traits], axis=0)

    signed_up = _growing(block.rng("signed_up").random(n), company.growth * company.days / YEAR_DAYS) * clock.length
    wait = block.rng("first_order").exponential(company.first_order_weeks, n)
    buys = block.rng("conversion").random(n) < company.conversion
    leaving = company.dropout_a * factor("dropout")
    dropout = block.rng("dropout").beta(leaving, company.dropout_b)
    scale = block.rng("spend").gamma(company.spend_q, 1 / company.spend_gamma, n) / factor("spend")
    return People(
        ids=ids("C", block.first + np.arange(n), 8),
        market=codes["markets"],
        segment=codes["segments"],
        channel=codes["channels"],
        signed_up=clock.calendar(signed_up),
        rate=block.rng("rate").gamma(company.purchase_r, 1 / company.purchase_alpha, n) * factor("purchase"),
        dropout=np.clip(dropout, 1e-12, 1.0),
        mean_spend=company.spend_p / scale,
        uplift=sum(_effects(traits[name], "uplift")[codes[name]] for name in traits),  # type: ignore[arg-type]
        satisfaction=_satisfaction(block, betainc(leaving, company.dropout_b, dropout)),
        first_order=np.where(buys, signed_up + wait, np.inf),
    )


def customers(block: Block, people: People) -> dict[str, pa.Array]:
    """Return the columns of `customers`, with the attribute `age_band`."""
    company, n = block.company, block.size
    age = pick(block.rng("age_band"), np.array(_AGE_SHARES), n)
    return {
        "customer_id": people.ids,
        "first_seen_at": instants(company.start, people.signed_up),
        "account_id": _accounts(block, people),
        "market": names(people.market, [trait.name for trait in company.markets]),
        "segment": names(people.segment, [trait.name for trait in company.segments]),
        "acquisition_channel": names(people.channel, [trait.name for trait in company.channels]),
        "age_band": names(age, AGE_BANDS, unknown=block.rng("age_known").random(n) < 0.1),
    }


def _accounts(block: Block, people: People) -> pa.Array:
    """Return account ids: neighbours of four share one; consumers have none."""
    numbers = (block.first + np.arange(block.size)) // 4
    consumer = pa.array(people.segment == 0)
    return pa.compute.if_else(consumer, pa.scalar(None, pa.string()), ids("A", numbers, 8))


def _satisfaction(block: Block, place: Floats) -> Floats:
    """Return satisfactions that correlate with staying; `place` is each dropout probability's place in its law.

    The law of the dropout probability stays what it was: the satisfaction is drawn given it (a Gaussian copula).
    """
    own = block.rng("satisfaction").standard_normal(block.size)
    stays = -ndtri(np.clip(place, 1e-12, 1 - 1e-12))
    together = block.company.content_stay
    return together * stays + np.sqrt(1 - together**2) * own


def _effects(traits: tuple[Trait, ...], effect: str) -> Floats:
    return np.array([getattr(trait, effect) for trait in traits], dtype=float)


def _growing(uniform: Floats, growth: float) -> Floats:
    """Return times in [0, 1) whose density grows as exp(growth x t)."""
    return np.log1p(uniform * np.expm1(growth)) / growth if growth else uniform
