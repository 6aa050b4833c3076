"""What customers do: sign up, get activated, buy online, come by without buying."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.catalogue.sources.simulation import asides
from regulars.catalogue.sources.simulation.asides import Asides
from regulars.catalogue.sources.simulation.clock import Floats, clock_of
from regulars.catalogue.sources.simulation.columns import Ints, ids, instants, names, take_ranges
from regulars.catalogue.sources.simulation.people import Block, People, pick
from regulars.catalogue.sources.simulation.purchases import STORE, Orders, Times

DAY = 86_400
FEATURES = ("search", "view_product", "compare", "wishlist", "chat", "review")
_FEATURE_SHARES = (0.35, 0.30, 0.12, 0.12, 0.06, 0.05)
NAMES = ("sign_up", "activated", "login", "purchase", *FEATURES, *asides.NAMES)
_ASIDE = len(NAMES) - len(asides.NAMES)
_SIGN_UP, _ACTIVATED, _LOGIN, _PURCHASE, _FEATURE = range(5)

#: Session numbers of a customer: purchases have their order's, these begin the others.
_FIRST_VISIT, _MOST_VISITS, _SIGN_UP_SESSION, _ACTIVATION_SESSION = 5_000, 4_990, 9_998, 9_999
_MOST_ACTIONS = 12
_FEATURE_GAP = 180.0  # seconds on average
_LONGEST_GAP = 1_500.0  # below the 30 minutes that end a session


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Events of one sort; every array has the same shape. `place` is the position in the session."""

    owner: Ints
    session: Ints
    place: Ints
    at: Floats
    name: Ints


def events(block: Block, people: People, times: Times, sold: Orders, beside: Asides) -> dict[str, pa.Array]:
    """Return the columns of `events`; what customers do beside shopping comes last."""
    parts = (*_first_steps(block, people), *_purchases(block, people, times, sold), _visits(block, people, times))
    owner, session, place, at, name = (
        np.concatenate([getattr(part, field) for part in parts])
        for field in ("owner", "session", "place", "at", "name")
    )
    seen = np.flatnonzero(at < block.company.days * DAY)
    number = (block.first + owner[seen]) * 10_000 + session[seen]
    return {
        "event_id": pa.concat_arrays([ids("E", number * 100 + place[seen], 14), beside.event_ids]),
        "customer_id": names(np.concatenate([owner[seen], beside.owner]), people.ids),
        "occurred_at": instants(block.company.start, np.concatenate([at[seen], beside.at])),
        "name": names(np.concatenate([name[seen], _ASIDE + beside.name]), NAMES),
        "session_id": pa.concat_arrays([ids("V", number, 12), beside.session_ids]),
    }


def _first_steps(block: Block, people: People) -> tuple[_Rows, _Rows]:
    everyone = np.arange(block.size)
    after = block.rng("activated.after").exponential(2 * DAY, block.size)
    activated = np.flatnonzero(block.rng("activated").random(block.size) < block.company.activation)
    return (
        _rows(everyone, np.full(block.size, _SIGN_UP_SESSION), 0, people.signed_up, _SIGN_UP),
        _rows(
            activated,
            np.full(len(activated), _ACTIVATION_SESSION),
            0,
            people.signed_up[activated] + after[activated],
            _ACTIVATED,
        ),
    )


def _purchases(block: Block, people: People, times: Times, sold: Orders) -> tuple[_Rows, _Rows]:
    """Return the log-in and the purchase of every order that was placed online."""
    browsing = block.rng("purchase.browsing").uniform(120, 900, len(times.owner))
    online = np.flatnonzero(sold.channel != STORE)
    owner, session, at = times.owner[online], times.ordinal[online], times.at[online].astype(float)
    login = np.maximum(at - browsing[online], people.signed_up[owner])
    return _rows(owner, session, 0, login, _LOGIN), _rows(owner, session, 1, at, _PURCHASE)


def _visits(block: Block, people: People, times: Times) -> _Rows:
    """Return the events of sessions without a purchase: a log-in, then features.

    Visits are Poisson with rate visits x Gamma(1) x exp(-weeks since sign-up / fade), thinned for who has left.
    """
    company, clock, fade = block.company, clock_of(block.company), block.company.visits_fade
    joined = clock.seasonal(people.signed_up)
    faded = -np.expm1(-(clock.length - joined) / fade)
    rate = company.visits * block.rng("visits.rate").standard_exponential(block.size)
    counts = np.minimum(block.rng("visits").poisson(rate * fade * faded), _MOST_VISITS)
    owner = np.repeat(np.arange(block.size), counts)
    ordinal = take_ranges(np.zeros(block.size, np.int64), counts)
    weeks = -fade * np.log1p(-block.rng("visits.at").random(len(owner)) * faded[owner])
    at = clock.calendar(joined[owner] + weeks)
    left = at > times.churned[owner]  # false where NaN: not left
    kept = np.flatnonzero(~left | (block.rng("visits.thin").random(len(owner)) < company.visits_after))

    actions = np.minimum(block.rng("visits.actions").geometric(1 / 3, len(kept)), _MOST_ACTIONS)
    visit = np.repeat(np.arange(len(kept)), actions)
    place = take_ranges(np.zeros(len(kept), np.int64), actions)
    gaps = np.minimum(block.rng("visits.gap").exponential(_FEATURE_GAP, len(visit)), _LONGEST_GAP)
    since = np.cumsum(gaps)
    login = np.repeat(since[np.cumsum(actions) - actions], actions)
    feature = _FEATURE + pick(block.rng("visits.feature"), np.array(_FEATURE_SHARES), len(visit))
    of = kept[visit]
    return _Rows(
        owner=owner[of],
        session=_FIRST_VISIT + ordinal[of],
        place=place,
        at=at[of] + since - login,
        name=np.where(place == 0, _LOGIN, feature),
    )


def _rows(owner: Ints, session: Ints, place: int, at: Floats, name: int) -> _Rows:
    same = np.ones(len(owner), np.int64)
    return _Rows(owner=owner, session=session, place=same * place, at=at, name=same * name)
