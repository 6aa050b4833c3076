"""Simulated companies in which the trade of one group of customers breaks in on one day: records, and what was planted.

Days differ by weekday, season, holidays, promotions and a mood that lasts for days (AR(1)), so that a KPI moves much
without any incident. Customers differ in how often they buy; they belong to a market, a segment and a channel, which
are independent of each other. From the planted day on, orders and visits of one group are thinned so that all of them
together are expected to fall by the planted share.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BEGIN, DAYS, QUIET = date(2023, 1, 2), 480, 60
GROUPS = {
    "market": ("DE", "NL", "FR", "GB", "IT"),
    "segment": ("consumer", "business", "reseller"),
    "acquisition_channel": ("search", "social", "referral", "shop"),
}
SETTINGS = """
[company]
name = "Incident"
currency = "EUR"
time_zone = "UTC"
as_of = {as_of}
[[source]]
name = "customers"
files = ["customers.parquet"]
[source.tables.customers]
customer_id = "customer_id"
first_seen_at = "first_seen_at"
market = "market"
segment = "segment"
acquisition_channel = "acquisition_channel"
[[source]]
name = "orders"
files = ["orders.parquet"]
[source.tables.orders]
order_id = "order_id"
customer_id = "customer_id"
ordered_at = "ordered_at"
kind = "'sale'"
amount = "amount"
[[source]]
name = "events"
files = ["events.parquet"]
[source.tables.events]
event_id = "event_id"
customer_id = "customer_id"
occurred_at = "occurred_at"
name = "'visit'"
"""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """What was planted.

    Attributes:
        day: first day on which trade is lower.
        by, group: attribute of customers and its value.
        drop: share by which the company's trade falls.
        share: of the group in trade.
        volume: orders a day.
        special: days of promotions and of trouble that were planted too: to be told of is right on them.
    """

    day: date
    by: str
    group: str
    drop: float
    share: float
    volume: float
    special: tuple[date, ...]


def company(folder: Path, seed: int, *, drop: float = 0.2) -> Incident:
    """Write the records and the settings of a company into `folder`; they end a week after the incident."""
    rng = np.random.default_rng(seed)
    volume = float(np.exp(rng.uniform(np.log(150), np.log(600))))
    at = DAYS - 7
    people = int(volume * rng.uniform(15, 40))
    groups = {name: _members(rng, len(values), people) for name, values in GROUPS.items()}
    rate = rng.gamma(0.8, 1.0, people)
    by, place, share = _planted(rng, groups, rate)
    hit = groups[by] == place
    demand, special = _demand(rng)
    came = np.where(rng.random(people) < 0.6, 0, rng.integers(0, DAYS, people))
    orders, visits = [], []
    for day in range(DAYS):
        there = came <= day
        weight = rate * there
        chance = demand[day] * weight / weight.sum()
        buys, visit = volume * chance, -np.expm1(-3 * volume * chance)
        if day >= at:
            buys, visit = _broken(buys, hit, drop), _broken(visit, hit, drop)
        bought = rng.poisson(buys)
        seen = rng.random(people) < visit
        orders.append(np.repeat(np.arange(people), bought) + day * people)
        visits.append(np.flatnonzero(seen) + day * people)
    _write(folder, rng, people, groups, came, np.concatenate(orders), np.concatenate(visits))
    return Incident(
        day=BEGIN + timedelta(days=at),
        by=by,
        group=GROUPS[by][place],
        drop=drop,
        share=share,
        volume=volume,
        special=tuple(BEGIN + timedelta(days=int(day)) for day in sorted(special)),
    )


def _broken(expected: np.ndarray, hit: np.ndarray, drop: float) -> np.ndarray:
    """Thin what is expected of the group so that all together fall by `drop`."""
    return expected * np.where(hit, max(1 - drop * expected.sum() / expected[hit].sum(), 0.0), 1.0)


def _members(rng: np.random.Generator, count: int, people: int) -> np.ndarray:
    return rng.choice(count, people, p=rng.dirichlet(np.full(count, 5.0)))


def _planted(rng: np.random.Generator, groups: dict[str, np.ndarray], rate: np.ndarray) -> tuple[str, int, float]:
    """Choose a group whose share of trade is large enough that it can fall by so much, and is not nearly all."""
    found = []
    for by, values in GROUPS.items():
        for place in range(len(values)):
            share = float(rate[groups[by] == place].sum() / rate.sum())
            if 0.25 <= share <= 0.6:
                found.append((by, place, share))
    return found[rng.integers(len(found))]


def _demand(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return how much is bought on each day, its mean 1, and which days are special."""
    days = np.arange(DAYS)
    week = np.exp(rng.normal(0, 0.15, 7))[days % 7]
    season = np.exp(rng.uniform(0.05, 0.2) * np.sin(2 * np.pi * (days / 365.25 + rng.random())))
    growth = np.exp(rng.normal(0, 0.1) * days / 365)
    mood, noise = np.zeros(DAYS), rng.normal(0, 0.03, DAYS)
    for day in range(1, DAYS):
        mood[day] = 0.5 * mood[day - 1] + noise[day]
    special = np.ones(DAYS)
    # Nobody is asked to tell a promotion from an incident on its very day: the last weeks have none.
    height = rng.uniform(0.5, 2.0, 6)
    days = rng.choice(DAYS - QUIET, 6, replace=False)
    special[days] = height
    demand = week * season * growth * np.exp(mood) * special
    return demand / demand.mean(), days


def _write(
    folder: Path,
    rng: np.random.Generator,
    people: int,
    groups: dict[str, np.ndarray],
    came: np.ndarray,
    orders: np.ndarray,
    visits: np.ndarray,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = np.array([f"c{one}" for one in range(people)])
    first = _instants(rng, came)
    customers = {
        "customer_id": names,
        "first_seen_at": first,
        **{by: np.array(GROUPS[by])[codes] for by, codes in groups.items()},
    }
    pq.write_table(pa.table(customers), folder / "customers.parquet")
    amounts = np.round(np.exp(rng.normal(3.5, 0.6, len(orders))), 2)
    bought = {
        "order_id": np.arange(len(orders)),
        "customer_id": names[orders % people],
        "ordered_at": _instants(rng, orders // people),
        "amount": pa.array(amounts).cast(pa.decimal128(18, 2), safe=False),
    }
    pq.write_table(pa.table(bought), folder / "orders.parquet")
    seen = {
        "event_id": np.arange(len(visits)),
        "customer_id": names[visits % people],
        "occurred_at": _instants(rng, visits // people),
    }
    pq.write_table(pa.table(seen), folder / "events.parquet")
    ended = BEGIN + timedelta(days=DAYS)
    (folder / "regulars.toml").write_text(SETTINGS.format(as_of=ended), encoding="utf-8")


def _instants(rng: np.random.Generator, days: np.ndarray) -> np.ndarray:
    seconds = days * 86_400 + rng.integers(8 * 3600, 22 * 3600, len(days))
    return np.datetime64(BEGIN, "us") + seconds.astype("timedelta64[s]")
