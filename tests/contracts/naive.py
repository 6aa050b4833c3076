"""What every KPI says, in plain loops over rows: written from its words, not from its frame.

Each function takes a `World` (what was known before as-of, of the customers in question) and a `Span` and returns
(value, n), or None where there is no value. Days are whole numbers; a closing is the first day after a span, or as-of.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from scipy.special import stdtrit

from regulars.core.periods import day_number, day_of

from .companies import Company, Row

Found = tuple[float | Fraction, int] | None


@dataclass(frozen=True)
class Span:
    """Days from `start` up to, not including, `end`; the span before begins on `before`."""

    before: int
    start: int
    end: int

    def holds(self, day: int | None) -> bool:
        return day is not None and self.start <= day < self.end

    @property
    def previous(self) -> Span:
        return Span(self.before, self.before, self.start)


def _day(at: Any) -> int | None:
    return None if at is None else day_number(at.date())


class World:
    """The rows of some customers; `everyone` is the whole company."""

    def __init__(self, company: Company, customers: set[str | None] | None = None, everyone: World | None = None):
        self.company, self.definitions, self.everyone = company, company.definitions, everyone or self
        self.as_of = day_number(company.as_of)
        self.customers = customers

    def of(self, customers: Iterable[str | None]) -> World:
        return World(self.company, set(customers), self.everyone)

    def rows(self, table: str, instant: str) -> list[Row]:
        """Return the rows before as-of with `who` and `day`."""
        found = []
        for row in self.company.tables.get(table, []):
            who, day = row.get("customer_id"), _day(row[instant])
            who = self.company.aliases.get(who, who)
            known = day is None or day < self.as_of
            if known and (self.customers is None or who in self.customers):
                found.append({**row, "who": who, "day": day})
        return found

    # --- orders --------------------------------------------------------------------------------------------------

    @cached_property
    def orders(self) -> list[Row]:
        return self.rows("orders", "ordered_at")

    @cached_property
    def sale_days(self) -> dict[str, list[int]]:
        return _days(row for row in self.orders if row["kind"] == "sale" and row["who"] is not None)

    @cached_property
    def value(self) -> list[tuple[str, int, Fraction]]:
        """(customer, day, value) of every order: margin where nearly all costs are known, else its net amount."""
        rows = self.everyone.orders
        with_costs = sum(row["cost"] is not None for row in rows) >= Fraction(995, 1000) * len(rows)
        worth = []
        for row in self.orders:
            margin = 0 if row["cost"] is None else Fraction(row["amount"]) - Fraction(row["cost"])
            worth.append((row["who"], row["day"], margin if with_costs else Fraction(row["amount"])))
        return [item for item in worth if item[0] is not None]

    @cached_property
    def lines(self) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for line in self.company.tables.get("order_lines", []):
            if line["line_kind"] == "product":
                found[line["order_id"]].append(line)
        return found

    # --- events --------------------------------------------------------------------------------------------------

    @cached_property
    def events(self) -> list[Row]:
        return self.rows("events", "occurred_at")

    @cached_property
    def event_days(self) -> dict[str, list[int]]:
        return _days(self.events)

    @property
    def active_days(self) -> dict[str, list[int]]:
        """Days of activity: of events where the company has them, else of sales."""
        return self.event_days if "events" in self.company.tables else self.sale_days

    @cached_property
    def sessions(self) -> list[tuple[str, int, int]]:
        """(customer, day on which it began, seconds)."""
        named, loose, found = defaultdict(list), defaultdict(list), []
        for row in self.events:
            if row["session_id"] is None:
                loose[row["who"]].append(row["occurred_at"])
            else:
                named[row["who"], row["session_id"]].append(row["occurred_at"])
        for (who, _id), times in named.items():
            found.append((who, times))
        for who, times in loose.items():
            current: list[Any] = []
            for at in sorted(times):
                if current and (at - current[-1]).total_seconds() > self.definitions.session_minutes * 60:
                    found.append((who, current))
                    current = []
                current.append(at)
            found.append((who, current))
        return [(who, _day(min(times)), int((max(times) - min(times)).total_seconds())) for who, times in found]

    # --- contracts -----------------------------------------------------------------------------------------------

    @cached_property
    def contracts(self) -> list[Row]:
        """Priced intervals with `day` (first) and `end` (day of the end, or None while they run)."""
        rows = self.rows("subscriptions", "started_at")
        return [
            {**row, "end": None if row["ended_at"] is None else max(_day(row["ended_at"]), row["day"])} for row in rows
        ]

    @cached_property
    def spells(self) -> dict[str, list[tuple[int, int | None, str | None]]]:
        """Unbroken paid times (start, end, why it ended), pauses of at most the grace being bridged."""
        grace, forever = self.definitions.renewal_grace_days, 10**9
        paid = defaultdict(list)
        for row in self.contracts:
            if row["monthly_amount"] > 0:
                paid[row["who"]].append((row["day"], forever if row["end"] is None else row["end"], row["end_reason"]))
        found = {}
        for who, intervals in paid.items():
            groups: list[list[Any]] = []
            for start, end, why in sorted(intervals, key=lambda one: one[:2]):
                if groups and start <= max(one[1] for one in groups[-1]) + grace:
                    groups[-1].append((start, end, why))
                else:
                    groups.append([(start, end, why)])
            found[who] = []
            for group in groups:
                end = max(one[1] for one in group)
                reasons = [one[2] for one in group if one[1] == end and one[2] is not None]
                found[who].append(
                    (min(one[0] for one in group), None if end == forever else end, max(reasons, default=None))
                )
        return found

    # --- people --------------------------------------------------------------------------------------------------

    @cached_property
    def sign_ups(self) -> dict[str, int]:
        """Day of the first sign-up event, else the day first seen; before as-of."""
        name = self.definitions.sign_up_event
        found = {who: min(days) for who, days in _days(e for e in self.events if e["name"] == name).items()}
        for row in self.rows("customers", "first_seen_at"):
            if row["day"] is not None:
                found.setdefault(row["who"], row["day"])
        return {who: day for who, day in found.items() if day < self.as_of}

    def named_days(self, name: str) -> dict[str, list[int]]:
        return _days(event for event in self.events if event["name"] == name)

    def closing(self, span: Span) -> int:
        return min(span.end, self.as_of)


def _days(rows: Iterable[Row]) -> dict[str, list[int]]:
    found = defaultdict(set)
    for row in rows:
        found[row["who"]].add(row["day"])
    return {who: sorted(days) for who, days in found.items()}


# --- how rows become a number ------------------------------------------------------------------------------------


def share(answers: Iterable[bool]) -> Found:
    known = list(answers)
    return (Fraction(sum(known), len(known)), len(known)) if known else None


def tally(customers: Iterable[Any]) -> Found:
    number = len(set(customers))
    return number, number


def mean(values: Iterable[Any]) -> Found:
    """A mean needs two customers to say how sure it is."""
    known = list(values)
    return (Fraction(sum(map(Fraction, known))) / len(known), len(known)) if len(known) > 1 else None


def ratio(pairs: Iterable[tuple[Any, Any]], *, share: bool = False) -> Found:
    """Sum over sum, one pair per customer; two say how sure it is, or one where a share has no case at all."""
    known = list(pairs)
    below = sum((Fraction(b) for _a, b in known), Fraction())
    above = sum((Fraction(a) for a, _b in known), Fraction())
    least = 1 if share and not any(a for a, _b in known) else 2
    return (above / below, len(known)) if len(known) >= least and below else None


def sure_ratio(pairs: list[tuple[Any, Any]], *, share: bool = False) -> Found:
    """Sum over sum, where chance does not explain that there is anything to divide by."""
    n, below = len(pairs), [Fraction(b) for _a, b in pairs]
    if n < 2:
        return None
    spread = (sum(b * b for b in below) - sum(below) ** 2 / n) * n / (n - 1)
    return ratio(pairs, share=share) if sum(below) > stdtrit(n - 1, 0.975) * math.sqrt(spread) else None


def product_limit(lives: list[tuple[int, int, bool]], at: int | None, *, start: int = 0) -> Found:
    """Share that stays from age `start` to age `at`, or, without `at`, the first age that half does not outlive.

    A life is (age after which it was watched, -1 where from the beginning; last age watched; whether it ended then).
    Unknown where nobody was watched at some age on the way.
    """
    stays, age, half = Fraction(1), start, None
    last = max((exit_ for _entry, exit_, _over in lives), default=-1)
    while stays > 0 and half is None and (at is None or age <= at):
        there = [over and exit_ == age for entry, exit_, over in lives if entry < age <= exit_]
        if not there:
            return None
        stays *= 1 - Fraction(sum(there), len(there))
        if at is None and stays <= Fraction(1, 2):
            half = age
        age += 1
        if at is None and half is None and age > last:
            return None
    if at is None:
        return half, _watched(lives, start, last)
    return stays, _watched(lives, start, at)


def _watched(lives: list[tuple[int, int, bool]], start: int, end: int) -> int:
    """Number of lives watched at any age from `start` to `end`, before the first age at which none was."""
    reach = start
    while reach <= end and any(entry < reach <= exit_ for entry, exit_, _over in lives):
        reach += 1
    return sum(1 for entry, exit_, _over in lives if entry < reach - 1 and exit_ >= start) if reach > start else 0


# --- acquisition -------------------------------------------------------------------------------------------------


def _entered(w: World) -> dict[str, int]:
    """The day on which each customer first ordered, acted or subscribed."""
    days = defaultdict(list)
    for who, first in [(who, days_[0]) for who, days_ in (*w.sale_days.items(), *w.event_days.items())]:
        days[who].append(first)
    for row in w.contracts:
        days[row["who"]].append(row["day"])
    return {who: min(firsts) for who, firsts in days.items()}


def new_customers(w: World, s: Span) -> Found:
    return tally(who for who, day in _entered(w).items() if s.holds(day))


def _bought(w: World) -> dict[str, list[int]]:
    goals = w.named_days(w.definitions.conversion_event)
    return {who: sorted({*w.sale_days.get(who, []), *goals.get(who, [])}) for who in {*w.sale_days, *goals}}


def _in_time(w: World, s: Span, what: Callable[[World], dict[str, list[int]]], window: int) -> Found:
    if not what(w.everyone):
        return None
    done = what(w)
    signed = {who: day for who, day in w.sign_ups.items() if s.holds(day) and day + window < w.as_of}
    return share(any(day <= d <= day + window for d in done.get(who, [])) for who, day in signed.items())


def conversion_rate(w: World, s: Span) -> Found:
    return _in_time(w, s, _bought, w.definitions.conversion_days)


def _activated(w: World) -> dict[str, list[int]]:
    return w.named_days(w.definitions.activation_event)


def activation_rate(w: World, s: Span) -> Found:
    return _in_time(w, s, _activated, w.definitions.activation_days)


def time_to_value(w: World, s: Span) -> Found:
    if not _activated(w.everyone):
        return None
    lives = []
    for who, day in w.sign_ups.items():
        if s.holds(day):
            done = [d for d in _activated(w).get(who, []) if d >= day]
            lives.append((-1, (min(done) if done else w.as_of - 1) - day, bool(done)))
    return product_limit(lives, None)


def trial_to_paid_rate(w: World, s: Span) -> Found:
    answers = []
    for who in {row["who"] for row in w.contracts}:
        mine = [row for row in w.contracts if row["who"] == who]
        trials = [row["day"] for row in mine if row["monthly_amount"] == 0]
        paid = [row["day"] for row in mine if row["monthly_amount"] > 0]
        if not trials or (paid and min(paid) < min(trials)):
            continue
        begun, window = min(trials), w.definitions.trial_days
        if s.holds(begun) and begun + window < w.as_of:
            answers.append(bool(paid) and min(paid) <= begun + window)
    return share(answers)


# --- engagement --------------------------------------------------------------------------------------------------


def _within(days: dict[str, list[int]], start: int, end: int) -> dict[str, list[int]]:
    found = {who: [day for day in mine if start <= day < end] for who, mine in days.items()}
    return {who: mine for who, mine in found.items() if mine}


def daily_active_customers(w: World, s: Span) -> Found:
    active = _within(w.event_days, s.start, s.end)
    return (Fraction(sum(map(len, active.values())), w.closing(s) - s.start), len(active)) if active else None


def _active_in_last(days: int, w: World, s: Span) -> Found:
    return tally(_within(w.active_days, w.closing(s) - days, w.closing(s)))


def stickiness(w: World, s: Span) -> Found:
    active = _within(w.event_days, s.start, s.end)
    return ratio(((len(days), w.closing(s) - s.start) for days in active.values()), share=True)


def active_days(w: World, s: Span) -> Found:
    return mean(len(days) for days in _within(w.event_days, w.closing(s) - 28, w.closing(s)).values())


def engagement_score(w: World, s: Span) -> Found:
    """Half for the share of 28 days, half for recency: 28/28 for the last day, 1/28 for the first of them."""
    close = w.closing(s)
    active = _within(w.event_days, close - 28, close)
    return mean(50 * Fraction(len(days), 28) + 50 * Fraction(29 - (close - max(days)), 28) for days in active.values())


def session_frequency(w: World, s: Span) -> Found:
    active = _within(w.event_days, s.start, s.end)
    return mean(sum(1 for who, day, _ in w.sessions if who == one and s.holds(day)) for one in active)


def session_duration(w: World, s: Span) -> Found:
    lengths = defaultdict(list)
    for who, day, seconds in w.sessions:
        if s.holds(day):
            lengths[who].append(seconds)
    typical = sorted((2 * sum(mine) + len(mine)) // (2 * len(mine)) for mine in lengths.values())  # half goes up
    n = len(typical)
    if n < 6:  # no order statistics bound the median of fewer at 95 %
        return None
    return Fraction(typical[(n - 1) // 2] + typical[n // 2], 2), n


def _features(w: World, s: Span) -> tuple[dict[str, list[str]], int]:
    """Return the features used by each customer active in the span, and how many had been used by its end."""
    d = w.definitions
    no_features = {d.sign_up_event, d.activation_event, "login"}

    def is_feature(name: str) -> bool:
        return name in d.feature_events if d.feature_events else name not in no_features

    there = {e["name"] for e in w.everyone.events if e["day"] < s.end and is_feature(e["name"])}
    used: dict[str, list[str]] = defaultdict(list)
    for event in w.events:
        if s.holds(event["day"]):
            used[event["who"]] += [event["name"]] if is_feature(event["name"]) else []
    return used, len(there)


def feature_adoption_rate(w: World, s: Span) -> Found:
    used, available = _features(w, s)
    return share(bool(names) for names in used.values()) if available else None


def feature_breadth(w: World, s: Span) -> Found:
    used, available = _features(w, s)
    return ratio(((len(set(names)), available) for names in used.values()), share=True)


def feature_depth(w: World, s: Span) -> Found:
    used, _available = _features(w, s)
    return ratio((len(names), len(set(names))) for names in used.values())


def _lifecycle(w: World, s: Span) -> dict[str, set[str]]:
    here = set(_within(w.active_days, s.start, s.end))
    before = set(_within(w.active_days, s.before, s.start))
    new = {who for who in here if w.active_days[who][0] >= s.start}
    return {
        "new": new,
        "retained": here & before,
        "resurrected": here - before - new,
        "dormant": before - here,
    }


def _count_of(state: str, w: World, s: Span) -> Found:
    return tally(_lifecycle(w, s)[state])


def growth_quick_ratio(w: World, s: Span) -> Found:
    states = _lifecycle(w, s)
    came = states["new"] | states["resurrected"]
    return ratio((who in came, who in states["dormant"]) for who in set.union(*states.values()))


# --- retention ---------------------------------------------------------------------------------------------------


def _came_back(w: World, s: Span, low: int, high: int | None, closed: int) -> Found:
    """Share of those first active in the span who were active at an age from `low` to `high` days."""
    answers = []
    for days in w.active_days.values():
        if s.holds(days[0]) and days[0] + closed < w.as_of:
            answers.append(any(low <= day - days[0] and (high is None or day - days[0] <= high) for day in days))
    return share(answers)


def bounded_retention_rate(w: World, s: Span) -> Found:
    step = w.definitions.retention_days
    return _came_back(w, s, step, 2 * step - 1, 2 * step - 1)


def rolling_retention_rate(w: World, s: Span) -> Found:
    step = w.definitions.retention_days
    return _came_back(w, s, step, None, 2 * step - 1)


def bracket_retention_rate(w: World, s: Span) -> Found:
    low, high = w.definitions.bracket_days
    return _came_back(w, s, low, high, high)


def repeat_purchase_rate(w: World, s: Span) -> Found:
    window = w.definitions.repeat_days
    known = [days for days in w.sale_days.values() if s.holds(days[0]) and days[0] + window < w.as_of]
    return share(len(days) > 1 and days[1] <= days[0] + window for days in known)


def _in_touch(w: World, day: int) -> set[str]:
    return set(_within(w.active_days, day - w.definitions.lapse_days, day))


def customer_retention_rate(w: World, s: Span) -> Found:
    return share(who in _in_touch(w, s.end) for who in _in_touch(w, s.start))


def activity_churn_rate(w: World, s: Span) -> Found:
    return share(who not in _in_touch(w, s.end) for who in _in_touch(w, s.start))


def _stands(start: int, end: int | None, day: int) -> bool:
    """Whether an interval had begun before `day` and had not ended before it."""
    return start < day and (end is None or day <= end)


def _subscribers(w: World, day: int) -> set[str]:
    return {who for who, spells in w.spells.items() if any(_stands(start, end, day) for start, end, _ in spells)}


def contract_retention_rate(w: World, s: Span) -> Found:
    return share(who in _subscribers(w, s.end) for who in _subscribers(w, s.start))


def logo_churn_rate(w: World, s: Span) -> Found:
    return share(who not in _subscribers(w, s.end) for who in _subscribers(w, s.start))


def _recurring(w: World, s: Span) -> list[tuple[Fraction, Fraction]]:
    """Monthly revenue at the start and at the end of each customer who paid at the start."""
    found: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(), Fraction()])
    for row in w.contracts:
        for place, day in enumerate((s.start, s.end)):
            if _stands(row["day"], row["end"], day):
                found[row["who"]][place] += Fraction(row["monthly_amount"])
    return [(opening, closing) for opening, closing in found.values() if opening > 0]


def gross_revenue_churn_rate(w: World, s: Span) -> Found:
    return ratio(((max(opening - closing, Fraction()), opening) for opening, closing in _recurring(w, s)), share=True)


def net_revenue_churn_rate(w: World, s: Span) -> Found:
    return ratio((opening - closing, opening) for opening, closing in _recurring(w, s))


def _monthly(w: World, day: int) -> dict[str, Fraction]:
    """What each customer pays a month as of a day."""
    found: dict[str, Fraction] = defaultdict(Fraction)
    for row in w.contracts:
        if _stands(row["day"], row["end"], day):
            found[row["who"]] += Fraction(row["monthly_amount"])
    return {who: amount for who, amount in found.items() if amount}


def mrr(w: World, s: Span) -> Found:
    paid = _monthly(w, w.closing(s))
    return (sum(paid.values()), len(paid)) if paid else None


def arr(w: World, s: Span) -> Found:
    now = mrr(w, s)
    return now and (12 * now[0], now[1])


def average_revenue_per_account(w: World, s: Span) -> Found:
    return mean(_monthly(w, w.closing(s)).values())


def _moved(w: World, s: Span) -> list[tuple[str, Fraction]]:
    """How each customer who pays at either end moved, and by how much."""
    before, after = _monthly(w, s.start), _monthly(w, s.end)
    once = {
        row["who"]
        for row in w.contracts
        if row["monthly_amount"] > 0 and row["day"] < s.start and (row["end"] is None or row["end"] > row["day"])
    }
    moves = []
    for who in {*before, *after}:
        change = after.get(who, Fraction()) - before.get(who, Fraction())
        if who not in before:
            name = "reactivation" if who in once else "new"
        elif who not in after:
            name = "churn"
        else:
            name = "expansion" if change > 0 else "contraction" if change < 0 else "stays"
        moves.append((name, change))
    return moves


def _movement(name: str, w: World, s: Span) -> Found:
    moves = _moved(w, s)
    amounts = [abs(change) for one, change in moves if one == name]
    return (sum(amounts, Fraction()), len(amounts)) if moves else None


def net_new_mrr(w: World, s: Span) -> Found:
    moves = _moved(w, s)
    return (sum(change for _name, change in moves), len(moves)) if moves else None


def _kept_revenue(pairs: list[tuple[Fraction, Fraction]]) -> Found:
    lost = ratio(((max(opening - closing, Fraction()), opening) for opening, closing in pairs), share=True)
    return lost and (1 - lost[0], lost[1])


def gross_revenue_retention(w: World, s: Span) -> Found:
    return _kept_revenue(_recurring(w, s))


def net_revenue_retention(w: World, s: Span) -> Found:
    return ratio((closing, opening) for opening, closing in _recurring(w, s))


def _year(s: Span) -> Span:
    """The twelve months before the end."""
    end = day_of(s.end)
    start = (
        end.replace(year=end.year - 1, day=28) if (end.month, end.day) == (2, 29) else end.replace(year=end.year - 1)
    )
    return Span(day_number(start), day_number(start), s.end)


def gross_revenue_retention_12m(w: World, s: Span) -> Found:
    return _kept_revenue(_recurring(w, _year(s)))


def net_revenue_retention_12m(w: World, s: Span) -> Found:
    return ratio((closing, opening) for opening, closing in _recurring(w, _year(s)))


def saas_quick_ratio(w: World, s: Span) -> Found:
    return sure_ratio([(max(change, Fraction()), max(-change, Fraction())) for _name, change in _moved(w, s)])


def _tenures(w: World, s: Span) -> list[tuple[int, int, bool]]:
    """Lives under contract as watched from the span's first day to its last, or the last before as-of."""
    lives, last = [], w.closing(s) - 1
    for spells in w.spells.values():
        for start, end, _why in spells:
            if start > last or (end is not None and end < s.start):
                continue
            over = end is not None and end <= last
            lives.append((max(s.start - 1 - start, -1), (end if over else last) - start, over))
    return lives


def survival_one_year(w: World, s: Span) -> Found:
    return product_limit(_tenures(w, s), 365)


def median_lifetime(w: World, s: Span) -> Found:
    return product_limit(_tenures(w, s), None)


def _lost_between(start: int, end: int, w: World, s: Span) -> Found:
    stays = product_limit(_tenures(w, s), end - 1, start=start)
    return stays and (1 - stays[0], stays[1])


def involuntary_churn_share(w: World, s: Span) -> Found:
    lost: dict[str, list[str]] = defaultdict(list)
    for who, spells in w.spells.items():
        for _start, end, why in spells:
            decided = end is not None and end + w.definitions.renewal_grace_days < w.as_of
            if decided and why is not None and s.holds(end):
                lost[who].append(why)
    return share("payment_failed" in reasons for reasons in lost.values())


def winback_rate(w: World, s: Span) -> Found:
    """By each customer's first loss in the span: end of contract, or else the day after so many days of silence."""
    answers, d = [], w.definitions
    if "subscriptions" in w.company.tables:
        stays = [[(start, end) for start, end, _ in spells] for spells in w.spells.values()]
    else:
        stays = []
        for days in w.active_days.values():
            ends = [
                day for day, later in zip(days, [*days[1:], None], strict=True) if _silent(day, later, d.lapse_days)
            ]
            stays.append(
                [
                    (next(day for day in days if start < day), end + d.lapse_days)
                    for start, end in zip([-1, *ends], ends, strict=False)
                ]
            )
    for spells in stays:
        for place, (_start, end) in enumerate(spells):
            if s.holds(end) and end < w.as_of:
                back = [start for start, _end in spells[place + 1 :]]
                if end + d.winback_days < w.as_of:
                    answers.append(bool(back) and back[0] <= end + d.winback_days)
                break
    return share(answers)


def _silent(day: int, later: int | None, threshold: int) -> bool:
    return later is None or later > day + threshold


def renewal_rate(w: World, s: Span) -> Found:
    """By each customer's last contract that came due in the span: under contract after it, within the grace."""
    due: dict[str, int] = {}
    for row in w.contracts:
        changed = row["end_reason"] in ("upgraded", "downgraded")
        if row["monthly_amount"] > 0 and not changed and s.holds(row["end"]) and row["end"] < w.as_of:
            due[row["who"]] = max(due.get(row["who"], 0), row["end"])
    answers = []
    for who, day in due.items():
        if day + w.definitions.renewal_grace_days < w.as_of:
            (end,) = (end for start, end, _ in w.spells[who] if start <= day and (end is None or day <= end))
            answers.append(end is None or end > day)
    return share(answers)


def inter_purchase_time(w: World, s: Span) -> Found:
    """One gap per buyer: from the first order day of the span."""
    lives = []
    for days in w.sale_days.values():
        held = [place for place, day in enumerate(days) if s.holds(day)]
        if held:
            day, later = [*days, None][held[0] : held[0] + 2]
            lives.append((-1, (w.as_of - 1 if later is None else later) - day, later is not None))
    return product_limit(lives, None)


# --- commerce ----------------------------------------------------------------------------------------------------


def _per_unit(w: World, s: Span, *, guests: bool) -> list[list[Row]]:
    """Orders and refunds of the span, by customer; each order without one stands for a customer of its own."""
    found = defaultdict(list)
    for row in w.orders:
        if s.holds(row["day"]) and (guests or row["who"] is not None):
            found[row["who"] or ("guest", row["order_id"])].append(row)
    return list(found.values())


def _sales(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["kind"] == "sale"]


def _amount(rows: list[Row]) -> Fraction:
    return sum((Fraction(row["amount"]) for row in rows), Fraction())


def net_revenue(w: World, s: Span) -> Found:
    units = _per_unit(w, s, guests=True)
    return (sum(map(_amount, units), Fraction()), len(units)) if units else None


def average_order_value(w: World, s: Span) -> Found:
    return ratio((_amount(_sales(rows)), len(_sales(rows))) for rows in _per_unit(w, s, guests=True))


def purchase_frequency(w: World, s: Span) -> Found:
    return mean(len(_sales(rows)) for rows in _per_unit(w, s, guests=False) if _sales(rows))


def revenue_per_customer(w: World, s: Span) -> Found:
    return ratio((_amount(rows), bool(_sales(rows))) for rows in _per_unit(w, s, guests=False))


def items_per_order(w: World, s: Span) -> Found:
    pairs = []
    for rows in _per_unit(w, s, guests=True):
        lined = [w.lines[row["order_id"]] for row in _sales(rows) if w.lines.get(row["order_id"])]
        pairs.append((sum(line["quantity"] for lines in lined for line in lines), len(lined)))
    return ratio(pairs)


def cross_sell_rate(w: World, s: Span) -> Found:
    pairs = []
    for rows in _per_unit(w, s, guests=True):
        several = known = 0
        for row in _sales(rows):
            categories = [line["category"] for line in w.lines.get(row["order_id"], [])]
            if len({*categories} - {None}) > 1:
                several, known = several + 1, known + 1
            elif categories and None not in categories:
                known += 1
        pairs.append((several, known))
    return ratio(pairs, share=True)


def discount_share(w: World, s: Span) -> Found:
    pairs = []
    for rows in _per_unit(w, s, guests=True):
        known = [row for row in _sales(rows) if row["discount"] is not None]
        given = sum((Fraction(row["discount"]) for row in known), Fraction())
        pairs.append((given, given + _amount(known)))
    return ratio(pairs, share=True)


def return_rate(w: World, s: Span) -> Found:
    pairs = []
    for rows in _per_unit(w, s, guests=True):
        sold = _amount(_sales(rows))
        pairs.append((sold - _amount(rows), sold))
    return ratio(pairs, share=True)


# --- value -------------------------------------------------------------------------------------------------------


def historic_clv(w: World, s: Span) -> Found:
    close = w.closing(s)
    buyers = {who for who, days in w.sale_days.items() if days[0] < close}
    return mean(sum(value for who, day, value in w.value if who == one and day < close) for one in buyers)


def cohort_ltv(w: World, s: Span) -> Found:
    horizon = round(w.definitions.cohort_months * 365.25 / 12)
    worth = []
    for one, (first, *_rest) in w.sale_days.items():
        if s.holds(first) and first + horizon <= w.as_of:
            worth.append(sum(value for who, day, value in w.value if who == one and first <= day < first + horizon))
    return mean(worth)


def _spent(w: World, s: Span) -> list[Fraction]:
    return sorted(amount for rows in _per_unit(w, s, guests=False) if (amount := _amount(rows)) > 0)


def top_decile_share(w: World, s: Span) -> Found:
    """The top tenth of customers may end within one: who stands at the border counts for the rest of the tenth."""
    spent = _spent(w, s)
    n = len(spent)
    if n < 200:  # fewer than 20 at the top
        return None
    border = spent[-(-9 * n // 10) - 1]
    top = [amount for amount in spent if amount > border]
    return (sum(top) + border * (Fraction(n, 10) - len(top))) / sum(spent), n


def gini_coefficient(w: World, s: Span) -> Found:
    spent = _spent(w, s)
    n = len(spent)
    if n < 2:
        return None
    apart = sum((abs(a - b) for a in spent for b in spent), Fraction())
    return apart / (2 * n * (n - 1) * (sum(spent) / n)), n


# --- profitability: whole numbers of 1/10,000 ----------------------------------------------------------------------


def _half_up(number: float) -> int:
    return math.floor(number + 0.5)


def _case_costs(w: World) -> list[tuple[str, int, int]]:
    """(customer, day, cost) of every case of a known customer whose minutes are known."""
    each = w.definitions.service_minute_cost
    return [
        (row["who"], row["day"], _half_up(float(row["handle_minutes"] * 10_000) * each))
        for row in w.rows("tickets", "opened_at")
        if row["who"] is not None and row.get("handle_minutes") is not None
    ]


def cost_to_serve(w: World, s: Span) -> Found:
    if not _case_costs(w.everyone):
        return None
    cost: dict[str, int] = defaultdict(int)
    for who, day, one in _case_costs(w):
        if s.holds(day):
            cost[who] += one
    active = set(_within(w.active_days, s.start, s.end))
    return _in_money(ratio(((cost.get(who, 0), who in active) for who in active | set(cost)), share=True))


def _in_money(found: Found) -> Found:
    return found and (found[0] / 10_000, found[1])


def _contributions(w: World) -> dict[tuple[str, int], int] | None:
    """What each customer contributed on each day; None where costs of goods are not known."""
    rows, d = w.everyone.orders, w.definitions
    if not rows or sum(row["cost"] is not None for row in rows) < Fraction(995, 1000) * len(rows):
        return None
    found: dict[tuple[str, int], int] = defaultdict(int)
    sold: dict[tuple[str, int], int] = defaultdict(int)
    for row in w.orders:
        if row["who"] is not None:
            key = (row["who"], row["day"])
            known = row["cost"] is not None
            found[key] += int((row["amount"] - row["cost"]) * 10_000) if known else 0
            if row["kind"] == "sale":
                found[key] -= round(d.order_cost * 10_000)
                sold[key] += int(row["amount"] * 10_000)
    for key, amount in sold.items():
        found[key] -= _half_up(amount * d.payment_share)
    for who, day, cost in _case_costs(w):
        found[who, day] -= cost
    return found


def _contributed(w: World, s: Span) -> list[int]:
    totals: dict[str, int] = defaultdict(int)
    for (who, day), amount in (_contributions(w) or {}).items():
        if s.holds(day):
            totals[who] += amount
    return list(totals.values())


def contribution_margin_per_customer(w: World, s: Span) -> Found:
    return _in_money(mean(_contributed(w, s)))


def unprofitable_customer_share(w: World, s: Span) -> Found:
    return share(amount < 0 for amount in _contributed(w, s))


def whale_curve_peak(w: World, s: Span) -> Found:
    """What those who bring something bring, over what all do."""
    found = sure_ratio([(max(-amount, 0), amount) for amount in _contributed(w, s)], share=True)
    return found and (1 + found[0], found[1])


def _won(w: World, s: Span) -> dict[str, tuple[int, int]]:
    """(first day, cost) of each new customer: an equal share of their channel's spend, and of what brought nobody."""
    channels = {row["who"]: row.get("acquisition_channel") for row in w.everyone.rows("customers", "first_seen_at")}
    new = {who: day for who, day in _entered(w.everyone).items() if s.holds(day)}
    spent: dict[str | None, int] = defaultdict(int)
    for row in w.everyone.rows("spend", "spent_on"):
        if row["purpose"] == "acquisition" and s.holds(row["day"] + w.definitions.acquisition_lag_days):
            spent[row["channel"]] += int(row["amount"] * 10_000)
    by: dict[str | None, list[str]] = defaultdict(list)
    for who in new:
        by[channels.get(who)].append(who)
    rest = sum(amount for channel, amount in spent.items() if channel is None or channel not in by)
    return {
        who: (day, (spent[name] // len(by[name]) if (name := channels.get(who)) is not None else 0) + rest // len(new))
        for who, day in new.items()
        if w.customers is None or who in w.customers
    }


def cac(w: World, s: Span) -> Found:
    costs = [cost for _day, cost in _won(w, s).values()]
    return (Fraction(sum(costs), 10_000 * len(costs)), len(costs)) if sum(costs) else None


def _paid_for(w: World, s: Span) -> list[tuple[int, int, int, int | None]]:
    """(first day, cost, contribution of the first months, day on which it paid back) of new customers who cost."""
    contributions, horizon = _contributions(w), round(w.definitions.cohort_months * 365.25 / 12)
    found = []
    for who, (began, cost) in _won(w, s).items():
        if not cost or contributions is None:
            continue
        mine = sorted((day, amount) for (one, day), amount in contributions.items() if one == who and day >= began)
        so_far, paid = 0, None
        for day, amount in mine:
            so_far += amount
            paid = day if paid is None and so_far >= cost else paid
        found.append((began, cost, sum(amount for day, amount in mine if day < began + horizon), paid))
    return found


def cac_payback_time(w: World, s: Span) -> Found:
    lives = [
        (-1, (w.as_of - 1 if paid is None else paid) - began, paid is not None)
        for began, _cost, _early, paid in _paid_for(w, s)
    ]
    return product_limit(lives, None)


def _old_enough(w: World, s: Span) -> list[tuple[int, int, int, int | None, int]]:
    horizon = round(w.definitions.cohort_months * 365.25 / 12)
    return [(*one, one[0] + horizon) for one in _paid_for(w, s) if one[0] + horizon <= w.as_of]


def cac_unpaid_share(w: World, s: Span) -> Found:
    return share(paid is None or paid >= end for _began, _cost, _early, paid, end in _old_enough(w, s))


def ltv_cac_ratio(w: World, s: Span) -> Found:
    return sure_ratio([(early, cost) for _began, cost, early, _paid, _end in _old_enough(w, s)])


ORACLES: dict[str, Callable[[World, Span], Found]] = {
    name: value
    for name, value in vars().items()
    if not name.startswith("_") and getattr(value, "__annotations__", {}).keys() == {"w", "s", "return"}
} | {
    "weekly_active_customers": partial(_active_in_last, 7),
    "monthly_active_customers": partial(_active_in_last, 28),
    "first_active_customers": partial(_count_of, "new"),
    "retained_customers": partial(_count_of, "retained"),
    "resurrected_customers": partial(_count_of, "resurrected"),
    "dormant_customers": partial(_count_of, "dormant"),
    "new_mrr": partial(_movement, "new"),
    "reactivation_mrr": partial(_movement, "reactivation"),
    "expansion_mrr": partial(_movement, "expansion"),
    "contraction_mrr": partial(_movement, "contraction"),
    "churned_mrr": partial(_movement, "churn"),
    "early_hazard": partial(_lost_between, 0, 91),
    "later_hazard": partial(_lost_between, 365, 456),
}
