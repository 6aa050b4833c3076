"""What is spent on customers: campaigns, touches, referrals, spend by day."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from regulars.catalogue.sources.simulation.clock import Floats
from regulars.catalogue.sources.simulation.columns import Ints, instants, money, names
from regulars.catalogue.sources.simulation.company import Company
from regulars.catalogue.sources.simulation.people import Block, People
from regulars.catalogue.sources.simulation.purchases import Times
from regulars.core import randomness

DAY = 86_400
CAMPAIGNS = ("autumn_offer", "spring_mailing")
_NAMES = ("Autumn offer", "Spring mailing")
_CENTS_PER_CONTACT = np.array([40, 75])
_CENTS_PER_ORDER_SERVED = 30
_MAILING_DAYS = 21
_FREQUENT = 3  # orders before the mailing
_TRIES = 4  # candidates per referral


def campaigns(company: Company) -> dict[str, pa.Array]:
    """Return the columns of `campaigns`: one randomised with an effect, one targeted without."""
    begins = _begins(company)
    lasts = np.array([company.campaign_days, _MAILING_DAYS]) * DAY
    return {
        "campaign_id": pa.array(CAMPAIGNS),
        "name": pa.array(_NAMES),
        "started_at": instants(company.start, begins),
        "ended_at": instants(company.start, begins + lasts),
        "cost_per_contact": money(_CENTS_PER_CONTACT),
        "randomised": pa.array([True, False]),
    }


def mailed(block: Block, times: Times) -> Ints:
    """Return the customers of the second mailing: those who bought often before it, so the effect looks large."""
    begins = block.company.seconds_to(block.company.mailing_start)
    if begins >= block.company.days * DAY:
        return np.zeros(0, np.int64)
    bought = np.bincount(times.owner[times.at < begins], minlength=block.size)
    return np.flatnonzero((bought >= _FREQUENT) & (block.rng("mailing.reach").random(block.size) < 0.8))


def touches(block: Block, people: People, times: Times) -> dict[str, pa.Array]:
    """Return the columns of `touches`. An offer is redeemed with the first order after its click."""
    company, start = block.company, block.company.start
    in_test = np.flatnonzero(times.treated | times.held_out)
    reached = mailed(block, times)
    owner = np.concatenate([in_test, reached])
    campaign = np.repeat([0, 1], [len(in_test), len(reached)])
    held_out = np.concatenate([times.held_out[in_test], np.zeros(len(reached), bool)])
    assigned = _begins(company)[campaign].astype(float)

    def chance(name: str) -> Floats:
        parts = (block.rng(f"{name}.test").random(len(in_test)), block.rng(f"{name}.mailing").random(len(reached)))
        return np.concatenate(parts)

    delivered = np.where(
        (chance("touch.arrives") < 0.98) & ~held_out, assigned + 60 + 7200 * chance("touch.at"), np.nan
    )
    opened = np.where(chance("touch.opens") < 0.45, delivered - DAY / 3 * np.log1p(-chance("touch.open")), np.nan)
    clicked = np.where(chance("touch.clicks") < 0.3, opened + 5 + 120 * chance("touch.click"), np.nan)
    ends = assigned + np.array([company.campaign_days, _MAILING_DAYS])[campaign] * DAY
    redeemed = np.where((campaign == 0) & (chance("touch.redeems") < 0.8), _next_order(times, owner, clicked), np.nan)
    redeemed = np.where(redeemed < ends, redeemed, np.nan)
    end = company.days * DAY
    return {
        "campaign_id": names(campaign, CAMPAIGNS),
        "customer_id": names(owner, people.ids),
        "arm": names(held_out.astype(np.int8), ("treatment", "holdout")),
        "assigned_at": instants(start, assigned),
        "delivered_at": instants(start, delivered, unknown=~(delivered < end)),
        "opened_at": instants(start, opened, unknown=~(opened < end)),
        "clicked_at": instants(start, clicked, unknown=~(clicked < end)),
        "redeemed_at": instants(start, redeemed, unknown=~(redeemed < end)),
    }


def referrals(block: Block, people: People) -> dict[str, pa.Array]:
    """Return the columns of `referrals`: who came by referral was brought by someone of the block who was there."""
    channels = [trait.name for trait in block.company.channels]
    came = people.channel == (channels.index("referral") if "referral" in channels else -1)
    referred = np.flatnonzero(came & (np.arange(block.size) > 0))
    tries = (block.rng("referrer").random((len(referred), _TRIES)) * referred[:, None]).astype(np.int64)
    there = people.signed_up[tries] < people.signed_up[referred][:, None]
    chosen = tries[np.arange(len(referred)), np.argmax(there, axis=1)]
    known = there.any(axis=1)
    return {
        "referrer_id": names(chosen[known], people.ids),
        "referred_id": names(referred[known], people.ids),
        "referred_at": instants(block.company.start, people.signed_up[referred[known]]),
    }


class Tally:
    """Counts over all blocks that the spend is worked out from."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._signed_up = np.zeros((len(company.channels), company.days), np.int64)
        self._orders = np.zeros(company.days, np.int64)
        self._contacts = np.zeros(len(CAMPAIGNS), np.int64)

    def add(self, block: Block, people: People, times: Times) -> None:
        """Count a block's sign-ups, orders and contacts."""
        day = np.minimum(people.signed_up // DAY, self._company.days - 1).astype(np.int64)
        np.add.at(self._signed_up, (people.channel, day), 1)
        self._orders += np.bincount(times.at // DAY, minlength=self._company.days)
        self._contacts += np.array([np.count_nonzero(times.treated), len(mailed(block, times))])

    def spend(self, seed: int) -> dict[str, pa.Array]:
        """Return the columns of `spend`, days without any left out."""
        company, channels = self._company, self._company.channels
        contacted = np.zeros((1, company.days))
        for begins, n, each in zip(_begins(company), self._contacts, _CENTS_PER_CONTACT, strict=True):
            if n:
                contacted[0, begins // DAY] += n * each
        paid = np.array([trait.cost for trait in channels])[:, None] * 100 * self._signed_up
        served = _CENTS_PER_ORDER_SERVED * self._orders[None, :]
        noise = randomness.stream(seed, "simulation/spend").lognormal(0.0, 0.1, (len(channels) + 1, company.days))
        cents = np.rint(np.concatenate([np.concatenate([paid, served]) * noise, contacted])).astype(np.int64)
        purpose = np.array([0] * len(channels) + [2, 1])
        places = [*(trait.name for trait in channels), "service_desk", "email"]
        what, day = np.nonzero(cents)
        return {
            "spent_on": pa.array([company.start + timedelta(days=int(number)) for number in day], pa.date32()),
            "amount": money(cents[what, day]),
            "currency": names(np.zeros(len(day), np.int8), (company.currency,)),
            "purpose": names(purpose[what], ("acquisition", "retention", "service")),
            "channel": names(what, places),
        }


def _begins(company: Company) -> Ints:
    """Return when each campaign begins, in calendar seconds."""
    return np.array([company.seconds_to(company.campaign_start), company.seconds_to(company.mailing_start)])


def _next_order(times: Times, owner: Ints, after: Floats) -> Floats:
    """Return the first order of each customer after a time (calendar seconds); NaN where there is none."""
    far = 10.0**9  # longer than any history in seconds; makes one sorted key of customer and time
    place = np.searchsorted(times.owner * far + times.at, owner * far + np.where(np.isnan(after), 0.0, after))
    inside = np.minimum(place, max(len(times.owner) - 1, 0))
    found = (place < len(times.owner)) & ~np.isnan(after)
    if not len(times.owner):
        return np.full(len(owner), np.nan)
    return np.where(found & (times.owner[inside] == owner), times.at[inside], np.nan)
