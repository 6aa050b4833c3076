"""What customers buy: BG/NBD timing, gamma-gamma amounts, lines, refunds and deliveries."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.catalogue.sources.simulation.clock import Floats, clock_of
from regulars.catalogue.sources.simulation.columns import Bools, Ints, ids, instants, money, names, take_ranges
from regulars.catalogue.sources.simulation.people import Block, People, pick

DAY = 86_400
CHANNELS = ("web", "app", "store")
APP, STORE = 1, 2
_CHANNEL_SHARES = (0.4, 0.25, 0.35)
CATEGORIES = tuple("kitchen garden lighting textiles storage office toys sport travel beauty pets seasonal".split())
_PRODUCTS = 240
_MOST_ORDERS = 10_000  # what four digits of an order number hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When customers buy, and the truth behind it.

    Attributes:
        owner: index of the customer in the block, ascending, shape (orders,).
        ordinal: 0 for a customer's first order, then 1, ...
        at: calendar seconds, ascending within a customer.
        churned: calendar seconds at which the customer left; NaN for those still alive or who never bought.
        treated, held_out: who is in the campaign's arms, shape (customers,).
        if_treated, if_held_out: orders the customer makes within the campaign under either arm; both are known here,
            only one is ever seen.
    """

    owner: Ints
    ordinal: Ints
    at: Ints
    churned: Floats
    treated: Bools
    held_out: Bools
    if_treated: Ints
    if_held_out: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The sales of a block with everything other tables need; every array has shape (orders,)."""

    cents: Ints
    channel: Ints
    promised: Floats
    delivered: Floats
    late_days: Floats
    refunded: Bools
    refunded_at: Floats


def schedule(block: Block, people: People) -> Times:
    """Draw when every customer buys.

    Given its rate, a Poisson process on the seasonal clock is a count and that many uniform times. The campaign speeds
    the clock of the treated up by (1 + uplift) while it runs; so the same draws give both potential outcomes.
    """
    company, clock = block.company, clock_of(block.company)
    opens, closes = clock.seasonal(
        np.array([company.seconds_to(company.campaign_start)]) + np.array([0.0, company.campaign_days * DAY])
    )
    bought = people.first_order < clock.length
    first = np.where(bought, people.first_order, clock.length)
    eligible = (first < opens) & (opens < clock.length)
    reached = eligible & (block.rng("campaign.reach").random(block.size) < company.campaign_reach)
    arm = block.rng("campaign.arm").random(block.size) < company.campaign_holdout
    treated, held_out = reached & ~arm, reached & arm
    gained = np.where(eligible, people.uplift * (closes - opens), 0.0)

    lengths = clock.length - first + np.maximum(gained, 0.0)
    counts = np.where(bought, 1 + block.rng("orders").poisson(people.rate * lengths), 0)
    owner = np.repeat(np.arange(block.size), counts)
    ordinal = take_ranges(np.zeros(block.size, np.int64), counts)
    share = np.where(ordinal == 0, 0.0, block.rng("orders.at").random(len(owner)))
    weeks = first[owner] + (np.sort(owner + share) - owner) * lengths[owner]

    last = block.rng("orders.last").geometric(people.dropout)  # repeats made before leaving
    stays = ordinal <= last[owner]
    owner, ordinal, weeks = owner[stays], ordinal[stays], weeks[stays]
    after = (weeks >= opens) & eligible[owner]
    in_treated = after & (weeks < closes + gained[owner])
    in_held_out = after & (weeks < closes)
    quick = treated[owner] & after
    stretch = 1 + people.uplift[owner]
    real = np.where(
        quick,
        np.where(in_treated, opens + (weeks - opens) / np.where(stretch > 0, stretch, 1.0), weeks - gained[owner]),
        weeks,
    )
    seen = real < clock.length
    at = np.floor(clock.calendar(real)).astype(np.int64)
    churned = np.full(block.size, np.nan)
    leaves = seen & (ordinal == last[owner])
    churned[owner[leaves]] = at[leaves]
    seen &= ordinal < _MOST_ORDERS
    return Times(
        owner=owner[seen],
        ordinal=ordinal[seen],
        at=at[seen],
        churned=churned,
        treated=treated,
        held_out=held_out,
        if_treated=np.bincount(owner[in_treated], minlength=block.size),
        if_held_out=np.bincount(owner[in_held_out], minlength=block.size),
    )


def draw(block: Block, people: People, times: Times) -> Orders:
    """Draw what every order is worth, where it was placed and how it arrived."""
    company, n = block.company, len(times.owner)
    mean = people.mean_spend[times.owner]
    amount = block.rng("amount").standard_gamma(company.spend_p, n) / company.spend_p * mean
    channel = pick(block.rng("channel"), np.array(_CHANNEL_SHARES), n)
    promised = times.at + (2 + pick(block.rng("promise"), np.array([0.5, 0.3, 0.2]), n)) * float(DAY)
    late = block.rng("delay").normal(company.delay_mean, company.delay_sd, n)
    late += block.rng("delay.tail").exponential(company.delay_tail, n)
    late += _incident(block, people, times) * block.rng("incident").uniform(0.5, 1.5, n)
    delivered = np.maximum(promised + late * DAY, times.at + DAY / 4)
    in_store = channel == STORE
    end = company.days * DAY
    refunded_at = times.at + 3 * DAY + block.rng("refund.at").exponential(7 * DAY, n)
    return Orders(
        cents=np.maximum(np.rint(amount * 100).astype(np.int64), 4),
        channel=channel,
        promised=np.where(in_store, np.nan, promised),
        delivered=np.where(in_store | (delivered >= end), np.nan, delivered),
        late_days=np.where(in_store, 0.0, np.maximum(delivered - promised, 0.0) / DAY),
        refunded=(block.rng("refund").random(n) < company.refunds) & (refunded_at < end),
        refunded_at=refunded_at,
    )


def orders(block: Block, people: People, times: Times, sold: Orders) -> dict[str, pa.Array]:
    """Return the columns of `orders`: the sales, then the refunds."""
    company, n, back = block.company, len(sold.cents), np.flatnonzero(sold.refunded)
    rows = np.concatenate([np.arange(n), back])
    is_refund = np.arange(len(rows)) >= n
    sign = np.where(is_refund, -1, 1)
    cost_share = np.clip(block.rng("cost").normal(1 - company.margin, 0.05, n), 0.0, 1.5)
    off = block.rng("discount.depth").uniform(0.1, 0.2, n)
    off = np.where(discounted(block, n), off / (1 - off), 0.0)
    placed = np.where(is_refund, sold.refunded_at[rows], times.at[rows])
    return {
        "order_id": order_ids(block, times, sold),
        "customer_id": names(times.owner[rows], people.ids),
        "ordered_at": instants(company.start, placed),
        "kind": names(is_refund.astype(np.int8), ("sale", "refund")),
        "amount": money(sold.cents[rows] * sign),
        "currency": names(np.zeros(len(rows), np.int8), (company.currency,)),
        "cost": money(np.rint(sold.cents * cost_share).astype(np.int64)[rows] * sign),
        "discount": money(np.rint(sold.cents * off).astype(np.int64)[rows], unknown=is_refund),
        "channel": names(sold.channel[rows], CHANNELS),
        "promised_at": _delivery(block, sold.promised[rows], is_refund),
        "delivered_at": _delivery(block, sold.delivered[rows], is_refund),
    }


def order_lines(block: Block, times: Times, sold: Orders) -> dict[str, pa.Array]:
    """Return the columns of `order_lines`: one to four lines that sum to their order exactly."""
    n, back = len(sold.cents), np.flatnonzero(sold.refunded)
    counts = 1 + block.rng("lines").binomial(3, 0.45, n)
    starts = np.cumsum(counts) - counts
    order = np.repeat(np.arange(n), counts)
    line = take_ranges(np.zeros(n, np.int64), counts)
    total = len(order)
    cents = split(sold.cents, counts, block.rng("lines.share").standard_exponential(total))
    product = (_PRODUCTS * block.rng("product").random(total) ** 1.7).astype(np.int64)
    quantity = 1 + pick(block.rng("quantity"), np.array([0.75, 0.17, 0.08]), total)

    rows = np.concatenate([np.arange(total), take_ranges(starts[back], counts[back])])
    sign = np.where(np.arange(len(rows)) >= total, -1, 1)
    of = np.concatenate([order, n + np.repeat(np.arange(len(back)), counts[back])])
    products = ids("P", np.arange(_PRODUCTS), 4)
    return {
        "order_id": order_ids(block, times, sold).take(pa.array(of)),
        "line": pa.array((line[rows] + 1).astype(np.int32)),
        "product_id": names(product[rows], products),
        "category": names(product[rows] % len(CATEGORIES), CATEGORIES),
        "quantity": pa.array((quantity[rows] * sign).astype(np.int32)),
        "amount": money(cents[rows] * sign),
        "currency": names(np.zeros(len(rows), np.int8), (block.company.currency,)),
    }


def discounted(block: Block, n: int) -> Bools:
    """Return which of the block's `n` orders have a discount."""
    return block.rng("discount").random(n) < block.company.discounted


def order_ids(block: Block, times: Times, sold: Orders) -> pa.Array:
    """Return the ids of the sales (`O...`) followed by those of their refunds (`R...`)."""
    number = (block.first + times.owner) * _MOST_ORDERS + times.ordinal
    return pa.concat_arrays([ids("O", number, 12), ids("R", number[sold.refunded], 12)])


def split(cents: Ints, counts: Ints, weights: Floats) -> Ints:
    """Split every amount into `counts` parts of at least one cent, in proportion to `weights`.

    >>> split(np.array([100, 7]), np.array([3, 2]), np.ones(5)).tolist()
    [33, 33, 34, 3, 4]
    """
    ends = np.cumsum(counts)
    upto = np.concatenate([[0.0], np.cumsum(weights)])
    before, whole = upto[ends - counts], upto[ends] - upto[ends - counts]
    spare = cents - counts  # every part has its one cent already
    reached = np.floor((upto[1:] - np.repeat(before, counts)) / np.repeat(whole, counts) * np.repeat(spare, counts))
    parts = np.diff(reached, prepend=0.0)
    parts[ends[:-1]] = reached[ends[:-1]]
    return parts.astype(np.int64) + 1


def _incident(block: Block, people: People, times: Times) -> Floats:
    """Return the planted extra delay in days of every order."""
    company = block.company
    markets = [trait.name for trait in company.markets]
    if company.incident_market not in markets:
        return np.zeros(len(times.owner))
    begins = company.seconds_to(company.incident_start)
    within = (times.at >= begins) & (times.at < begins + company.incident_days * DAY)
    hit = people.market[times.owner] == markets.index(company.incident_market)
    return np.where(within & hit, company.incident_delay, 0.0)


def _delivery(block: Block, seconds: Floats, is_refund: Bools) -> pa.Array:
    return instants(block.company.start, seconds, unknown=is_refund | np.isnan(seconds))
