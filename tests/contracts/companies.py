"""Small companies made by chance, full of what KPIs stumble over.

Gaps fall on the very day on which a window closes and on the days beside it, refunds come first, sales and refunds
share days, orders lack customers, costs and lines, contracts overlap, pause, begin as trials and end in the future,
sessions run over midnight, and records go on after as-of.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from regulars.core.definitions import Definitions
from regulars.core.periods import day_number, day_of

from .voices import Voice

Row = dict[str, Any]

BEGIN, AS_OF, END = date(2023, 12, 20), date(2024, 8, 15), date(2024, 9, 30)
FIRST_CONTRACT = date(2022, 9, 1)

DEFINITIONS = Definitions(
    lapse_days=30,
    winback_days=20,
    repeat_days=25,
    cohort_months=2,
    session_minutes=30,
    activation_days=5,
    conversion_days=12,
    retention_days=10,
    bracket_days=(8, 15),
    trial_days=14,
    renewal_grace_days=4,
    response_days=10,
    follow_up_days=4,
    repeat_contact_days=5,
    reopen_days=12,
    deflection_days=2,
    # Binary fractions, so that the naive reading rounds where the engine does.
    order_cost=0.5,
    payment_share=0.03125,
    service_minute_cost=0.75,
    acquisition_lag_days=3,
    small_n=2,
)


@dataclass(frozen=True, kw_only=True)
class Company:
    """Canonical rows by table; a table that is missing is one that the company does not have."""

    tables: dict[str, list[Row]]
    as_of: date = AS_OF
    definitions: Definitions = DEFINITIONS
    #: Ids used in orders and events, with the customer each stands for.
    aliases: dict[str, str] = field(default_factory=dict)


def company(seed: int, size: int, definitions: Definitions = DEFINITIONS) -> Company:
    """Return a company of `size` customers."""
    rng = Random(seed)
    tables: dict[str, list[Row]] = {
        name: []
        for name in (
            *("customers", "orders", "order_lines", "subscriptions", "events"),
            *("responses", "follow_ups", "invitations", "tickets", "ticket_events"),
        )
    }
    aliases = {}
    costed = rng.random() < 0.5
    for number in range(size):
        customer = f"c{number:03}"
        if rng.random() < 0.2:
            aliases[f"alias-{number}"] = customer
        person = _Person(rng, tables, customer, f"alias-{number}", costed, definitions)
        person.live(aliased=f"alias-{number}" in aliases)
    for number in range(rng.randint(0, size)):
        _order(rng, tables, None, _any_day(rng), f"guest-{number}", costed)
    heard = Random(-1 - seed)
    voice = Voice(heard, tables, definitions, _any_day, _at)
    for number in range(size):
        who = f"alias-{number}" if f"alias-{number}" in aliases and heard.random() < 0.5 else f"c{number:03}"
        voice.speak(who, f"{number:03}")
    for number in range(size // 4):
        voice.speak(None, f"x{number:02}")
    tables["spend"] = _spend(Random(-2 - seed), tables["customers"], size)
    return Company(tables=tables, definitions=definitions, aliases=aliases)


def _spend(rng: Random, customers: list[Row], size: int) -> list[Row]:
    """Return what was spent, and say by which channel customers came: some by none, some channels bring nobody."""
    for row in customers:
        row["acquisition_channel"] = rng.choice((None, "search", "search", "friends"))
    return [
        {
            "spent_on": _at(rng, _any_day(rng)),
            "amount": Decimal(rng.randint(1, 2_000_000)) / 10_000,
            "purpose": rng.choice(("acquisition", "acquisition", "service")),
            "channel": rng.choice((None, "search", "search", "posters")),
        }
        for _ in range(2 * size)
    ]


def _windows(d: Definitions) -> tuple[int, ...]:
    """Return the lengths in days of everything that opens with one day and closes with another."""
    retention = (d.retention_days, 2 * d.retention_days, *d.bracket_days)
    lapses = (d.lapse_days, d.winback_days, d.lapse_days + d.winback_days, d.renewal_grace_days)
    return (7, 28, 61, d.repeat_days, d.activation_days, d.conversion_days, d.trial_days, *retention, *lapses)


def _any_day(rng: Random, begin: date = BEGIN) -> int:
    day = rng.randint(day_number(begin), day_number(END))
    match rng.randrange(8):
        case 0:
            return day_number(day_of(day).replace(day=1))
        case 1:
            return day - day_of(day).weekday()
        case 2 | 3:
            return day_number(AS_OF) - rng.choice((0, *_windows(DEFINITIONS))) + rng.choice((-1, 0, 1))
        case _:
            return day


def _order(rng: Random, tables: dict[str, list[Row]], customer: str | None, day: int, key: str, costed: bool) -> None:
    refund = rng.random() < 0.2
    amount = Decimal(rng.choice((0, rng.randint(1, 50), rng.randint(1, 5_000_000)))) / 10_000
    tables["orders"].append(
        {
            "order_id": key,
            "customer_id": customer,
            "ordered_at": _at(rng, day),
            "kind": "refund" if refund else "sale",
            "amount": -amount if refund else amount,
            "cost": (amount * Decimal("0.4")).quantize(Decimal("0.0001")) * (-1 if refund else 1)
            if costed or rng.random() < 0.5
            else None,
            "discount": None if refund else rng.choice((None, Decimal(0), Decimal(rng.randint(1, 99_999)) / 10_000)),
            "channel": rng.choice((None, "web", "shop")),
        }
    )
    for line in range(rng.choice((0, 1, 2, 3))):
        tables["order_lines"].append(
            {
                "order_id": key,
                "line": line,
                "product_id": "p",
                "category": rng.choice((None, "a", "a", "b")),
                "quantity": rng.randint(1, 4),
                "amount": Decimal(1),
                "line_kind": rng.choice(("product", "product", "other")),
            }
        )


def _at(rng: Random, day: int) -> datetime:
    seconds = rng.choice((0, 86_399, rng.randrange(86_400)))
    return datetime.combine(day_of(day), datetime.min.time()) + timedelta(seconds=seconds)


@dataclass
class _Person:
    rng: Random
    tables: dict[str, list[Row]]
    customer: str
    alias: str
    costed: bool
    definitions: Definitions

    def live(self, *, aliased: bool) -> None:
        rng = self.rng
        ids = (self.customer, self.alias) if aliased else (self.customer,)
        start = _any_day(rng)
        if rng.random() < 0.9:
            seen = max(start + rng.choice((-3, 0, 0, 2, 9)), day_number(BEGIN)) if rng.random() < 0.8 else None
            self.tables["customers"].append(
                {
                    "customer_id": self.customer,
                    "first_seen_at": None if seen is None else _at(rng, seen),
                    "segment": rng.choice((None, "a", "b", "b")),
                    "market": rng.choice(("NL", "DE")),
                }
            )
        if rng.random() < 0.8:
            for number, day in enumerate(self._days(start, rng.randint(0, 7))):
                _order(rng, self.tables, rng.choice(ids), day, f"{self.customer}-{number}", self.costed)
        if rng.random() < 0.7:
            for day in self._days(start, rng.randint(0, 9)):
                self._visit(rng.choice(ids), day)
        for contract in range(rng.choice((0, 1, 1, 2))):
            self._subscribe(_any_day(rng, FIRST_CONTRACT), f"{self.customer}-s{contract}")

    def _days(self, start: int, count: int) -> list[int]:
        days, windows = [start], _windows(self.definitions)
        for _ in range(count):
            near = self.rng.choice(windows) + self.rng.choice((-1, 0, 0, 1))
            gap = self.rng.choice((0, 0, 1, near, near, self.rng.randint(0, 120)))
            days.append(self.rng.choice((days[0], days[-1])) + gap)
        return days[:count]

    def _visit(self, who: str, day: int) -> None:
        rng, at = self.rng, _at(self.rng, day)
        names = ("sign_up", "activated", "purchase", "login", "search", "export", "share")
        session = rng.choice((None, None, f"{self.customer}-{day}", f"{self.customer}-always"))
        for _ in range(rng.choice((1, 1, 2, 3))):
            self.tables["events"].append(
                {"event_id": None, "customer_id": who, "occurred_at": at, "name": rng.choice(names)}
                | {"session_id": session}
            )
            pause = self.definitions.session_minutes * 60
            at += timedelta(seconds=rng.choice((0, 59, pause - 1, pause, pause + 1, 3 * pause)))

    def _subscribe(self, day: int, key: str) -> None:
        rng, grace = self.rng, self.definitions.renewal_grace_days
        for number in range(rng.randint(1, 4)):
            length = rng.choice((0, 1, 30, 90, 365, rng.randint(1, 500), self.definitions.trial_days))
            if rng.random() < 0.2:
                length = max(_any_day(rng) - day, 0)
            ends = rng.random() < 0.8
            free = rng.random() < (0.5 if number == 0 else 0.1)
            self.tables["subscriptions"].append(
                {
                    "subscription_id": key,
                    "customer_id": self.customer,
                    "started_at": _at(rng, day),
                    "ended_at": _at(rng, day + length) if ends else None,
                    "monthly_amount": Decimal(0) if free else Decimal(rng.randint(1, 900_000)) / 10_000,
                    "plan": rng.choice((None, "basic")),
                    "seats": None,
                    "end_reason": rng.choice((None, "voluntary", "payment_failed", "upgraded", "expired"))
                    if ends
                    else None,
                }
            )
            if not ends:
                return
            day += length + rng.choice((0, 0, grace - 1, grace, grace + 1, -length // 2, 45))
