"""What every KPI of satisfaction and of service says, in plain loops over rows (see naive.py)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from typing import Any

from regulars.core.periods import day_number, day_of

from .companies import Row
from .naive import Found, Span, World, mean, ratio, share

_USUAL = {"nps": "relational", "csat": "transactional", "ces": "transactional", "pmf": "relational"}
_ENDS = ("solved", "closed")
_ORDER = ("open", "reopened", "pending", "hold", "solved", "closed")


def _key(row: Row) -> Any:
    """Whoever said it; somebody for each answer that names nobody."""
    return row["who"] if row["who"] is not None else row.get("response_id") or row["ticket_id"]


# --- answers -----------------------------------------------------------------------------------------------------


def _weight(row: Row) -> Fraction:
    return Fraction(1) if row["weight"] is None else Fraction(row["weight"])


def _least(row: Row) -> int:
    return 1 if row["scale_max"] <= 7 else 0


def _on_one_scale(rows: list[Row], everyone: list[Row]) -> list[Row]:
    scales = Counter(row["scale_max"] for row in everyone)
    most = min(scales, key=lambda scale: (-scales[scale], scale), default=None)
    return [row for row in rows if row["scale_max"] == most]


def _newest(rows: Iterable[Row], same: Callable[[Row], Any]) -> list[Row]:
    found: dict[Any, Row] = {}
    for row in sorted(rows, key=lambda row: (row["responded_at"], row["response_id"])):
        found[same(row)] = row
    return list(found.values())


def _said(w: World, question: str, touchpoint: str) -> list[Row]:
    def of(world: World) -> list[Row]:
        return [
            row
            for row in world.rows("responses", "responded_at")
            if row["question"] == question
            and (row["touchpoint"] or _USUAL[question]) == touchpoint
            and _weight(row) > 0
        ]

    def thing(row: Row) -> Any:
        return _key(row), row.get("order_id") or row.get("ticket_id") or row["response_id"]

    return _newest(_on_one_scale(of(w), of(w.everyone)), thing)


def _answers(w: World, s: Span, question: str, touchpoint: str) -> list[Row]:
    rows = [row for row in _said(w, question, touchpoint) if s.holds(row["day"])]
    return _newest(rows, _key) if touchpoint == "relational" else rows


def _net(rows: list[Row]) -> Found:
    return _weighed(rows, lambda row: (row["score"] >= 9) - (row["score"] <= 6), 100)


def _weighed(rows: list[Row], value: Callable[[Row], Any], times: int = 1) -> Found:
    total = sum(map(_weight, rows), Fraction())
    if not total:
        return None
    return times * sum((_weight(row) * Fraction(value(row)) for row in rows), Fraction()) / total, len(
        set(map(_key, rows))
    )


def nps(w: World, s: Span) -> Found:
    return _net(_answers(w, s, "nps", "relational"))


def transactional_nps(w: World, s: Span) -> Found:
    return _net(_answers(w, s, "nps", "transactional"))


def promoter_share(w: World, s: Span) -> Found:
    return _weighed(_answers(w, s, "nps", "relational"), lambda row: row["score"] >= 9)


def passive_share(w: World, s: Span) -> Found:
    return _weighed(_answers(w, s, "nps", "relational"), lambda row: 7 <= row["score"] <= 8)


def detractor_share(w: World, s: Span) -> Found:
    return _weighed(_answers(w, s, "nps", "relational"), lambda row: row["score"] <= 6)


def _top_two(row: Row) -> bool:
    return row["score"] >= row["scale_max"] - 1


def csat(w: World, s: Span) -> Found:
    return _weighed(_answers(w, s, "csat", "transactional"), _top_two)


def relational_csat(w: World, s: Span) -> Found:
    return _weighed(_answers(w, s, "csat", "relational"), _top_two)


def _mean_score(w: World, s: Span, question: str) -> Found:
    by = defaultdict(list)
    for row in _answers(w, s, question, "transactional"):
        by[_key(row)].append(row)
    return ratio(
        (sum(_weight(row) * Fraction(row["score"]) for row in rows), sum(map(_weight, rows))) for rows in by.values()
    )


def csat_mean(w: World, s: Span) -> Found:
    return _mean_score(w, s, "csat")


def ces_mean(w: World, s: Span) -> Found:
    return _mean_score(w, s, "ces")


def ces_easy_share(w: World, s: Span) -> Found:
    rows = _answers(w, s, "ces", "transactional")
    return _weighed(rows, lambda row: row["score"] - _least(row) > row["scale_max"] - row["score"])


def pmf_score(w: World, s: Span) -> Found:
    return _weighed(_answers(w, s, "pmf", "relational"), lambda row: row["score"] == row["scale_max"])


def ticket_csat(w: World, s: Span) -> Found:
    def of(world: World) -> list[Row]:
        return [
            row
            for row in world.rows("responses", "responded_at")
            if row["question"] == "csat" and row.get("ticket_id") and _weight(row) > 0
        ]

    rows = _newest(_on_one_scale(of(w), of(w.everyone)), lambda row: row["ticket_id"])
    return _weighed([row for row in rows if s.holds(row["day"])], _top_two)


def survey_response_rate(w: World, s: Span) -> Found:
    by, window = defaultdict(list), w.definitions.response_days
    answers = w.rows("responses", "responded_at")
    sent = [row for row in w.rows("invitations", "sent_at") if row["delivered"] is not False]
    for row in sent:
        later = [
            (other["sent_at"], other["invitation_id"])
            for other in sent
            if (other["who"], other["question"]) == (row["who"], row["question"])
            and (other["sent_at"], other["invitation_id"]) > (row["sent_at"], row["invitation_id"])
        ]
        until = min(later, default=(datetime.combine(day_of(10**6), datetime.min.time()), ""))[0]
        days = [
            answer["day"]
            for answer in answers
            if (answer["who"], answer["question"]) == (row["who"], row["question"])
            and row["sent_at"] <= answer["responded_at"] < until
        ]
        if s.holds(row["day"]) and row["day"] + window < w.as_of:
            by[row["who"]].append(bool(days) and min(days) - row["day"] <= window)
    return _shares(by)


def _shares(by: dict[Any, list[bool]]) -> Found:
    every = [one for ones in by.values() for one in ones]
    return (Fraction(sum(every), len(every)), len(by)) if every else None


def survey_completion_rate(w: World, s: Span) -> Found:
    names = (w.definitions.survey_started_event, w.definitions.survey_completed_event)
    counts = Counter((row["who"], row["day"], row["name"]) for row in w.events if s.holds(row["day"]))
    by = defaultdict(lambda: [0, 0])
    for who, day, name in counts:
        if name == names[0]:
            begun, completed = (counts[who, day, one] for one in names)
            by[who][0] += min(begun, completed)
            by[who][1] += begun
    return ratio(map(tuple, by.values()), share=True)


def _detracting(w: World, s: Span) -> list[Row]:
    low = [
        row
        for row in w.rows("responses", "responded_at")
        if row["question"] == "nps" and row["score"] <= 6 and s.holds(row["day"])
    ]
    first: dict[Any, Row] = {}
    for row in sorted(low, key=lambda row: (row["responded_at"], row["response_id"])):
        first.setdefault(_key(row), row)
    return list(first.values())


def _done(w: World, row: Row, what: str) -> list[int]:
    mine = [one for one in w.company.tables["follow_ups"] if one["response_id"] == row["response_id"]]
    known = [one for one in mine if day_number(one["contacted_at"].date()) < w.as_of]
    return sorted(day_number(one[what].date()) for one in known if one[what] is not None)


def closed_loop_rate(w: World, s: Span) -> Found:
    window, answers = w.definitions.follow_up_days, []
    for row in _detracting(w, s):
        if row["day"] + window < w.as_of:
            days = _done(w, row, "contacted_at")
            answers.append(bool(days) and days[0] - row["day"] <= window)
    return share(answers)


def time_to_close_loop(w: World, s: Span) -> Found:
    lives = []
    for row in _detracting(w, s):
        days = [day for day in _done(w, row, "resolved_at")[:1] if day < w.as_of]
        lives.append((max((days or [w.as_of - 1])[0] - row["day"], 0), bool(days)))
    return _median(lives)


def _median(lives: list[tuple[int, bool]], left: Fraction = Fraction(1, 2)) -> Found:
    """First time by which so many have come to their end (Kaplan & Meier); a life is (time, whether it ended then)."""
    stays = Fraction(1)
    for at in sorted({time for time, ended in lives if ended}):
        there = [(time, ended) for time, ended in lives if time >= at]
        stays *= 1 - Fraction(sum(time == at and ended for time, ended in there), len(there))
        if stays <= 1 - left:
            return at, len(lives)
    return None


# --- service cases -----------------------------------------------------------------------------------------------


def _second(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp())


class _Case:
    """A case, its changes taken one after the other."""

    def __init__(self, w: World, row: Row):
        self.row, self.who = row, _key(row)
        self.opened = _second(row["opened_at"])
        self.replied = self.first_end = self.last_end = None
        self.first_end_day = self.last_end_day = self.reopened_day = None
        self.waited, self.human, self.last_change, self.days_open = 0, False, self.opened, []
        silent = False
        events = [
            one
            for one in w.company.tables["ticket_events"]
            if one["ticket_id"] == row["ticket_id"] and day_number(one["occurred_at"].date()) < w.as_of
        ]
        events.sort(key=lambda one: (one["occurred_at"], _ORDER.index(one["state"]), one["actor"] or ""))
        state, since, open_since = "open", self.opened, row["day"]
        for place, one in enumerate(events):
            at, day = _second(one["occurred_at"]), day_number(one["occurred_at"].date())
            if state in ("open", "reopened", "hold"):
                self.waited += at - since
            entered = place == 0 and one["state"] == "open"
            silent = silent or (one["actor"] is None and not entered)
            if one["actor"] == "agent":
                self.human = True
                if one["public"] is not False and not entered and self.replied is None:
                    self.replied = at
            if one["state"] in _ENDS and state not in _ENDS:
                self.last_end, self.last_end_day = at, day
                if self.first_end is None:
                    self.first_end, self.first_end_day = at, day
                self.days_open.append((open_since, day))
            if one["state"] not in _ENDS and state in _ENDS:
                open_since = day
                if self.reopened_day is None:
                    self.reopened_day = day
            state, since, self.last_change = one["state"], at, at
        self.told = self.replied is not None or not silent
        self.over = state in _ENDS
        if not self.over:
            self.last_end = self.last_end_day = None
            self.days_open.append((open_since, 10**9))


def _cases(w: World) -> list[_Case]:
    return [_Case(w, row) for row in w.rows("tickets", "opened_at")]


def _open_seconds(start: int, end: int) -> int:
    """Seconds of service between two instants: Monday to Friday 9 to 17, Saturday 10 to 12 (stored.py)."""
    total, day = 0, start // 86_400
    while day * 86_400 < end:
        weekday = day_of(day).weekday()
        opens, closes = (9, 17) if weekday < 5 else (10, 12) if weekday == 5 else (0, 0)
        begin, stop = day * 86_400 + opens * 3_600, day * 86_400 + closes * 3_600
        total += max(min(end, stop) - max(start, begin), 0)
        day += 1
    return total


def _time_until(what: str, left: Fraction, business: bool, w: World, s: Span) -> Found:
    lives = []
    for case in _cases(w):
        if s.holds(case.row["day"]) and (case.told or what != "replied"):
            reached = getattr(case, what)
            over = w.as_of * 86_400 if case.last_end is None else case.last_end
            end = over if reached is None else reached
            seconds = _open_seconds(case.opened, end) if business else max(end - case.opened, 0)
            lives.append((seconds // 60 * 60, reached is not None))
    return _median(lives, left)


def throughput_time(w: World, s: Span) -> Found:
    return mean(case.last_change - case.opened for case in _cases(w) if case.over and s.holds(case.last_end_day))


def requester_wait_time(w: World, s: Span) -> Found:
    return _quantile(case.waited for case in _cases(w) if case.over and s.holds(case.last_end_day))


def _quantile(values: Iterable[int]) -> Found:
    """The median, where there are six or more: fewer do not bound it at 95 %."""
    known = sorted(values)
    n = len(known)
    return (Fraction(known[(n - 1) // 2] + known[n // 2], 2), n) if n >= 6 else None


def sla_attainment(w: World, s: Span) -> Found:
    by = defaultdict(list)
    for case in _cases(w):
        due = case.row["sla_due_at"]
        if due is None or not case.told or not s.holds(day_number(due.date())):
            continue
        if case.replied is not None or _second(due) < w.as_of * 86_400:
            by[case.who].append(case.replied is not None and case.replied <= _second(due))
    return _shares(by)


def first_contact_resolution(w: World, s: Span) -> Found:
    by, window = defaultdict(list), w.definitions.repeat_contact_days
    every = w.rows("tickets", "opened_at")
    for case in _cases(w):
        day = case.first_end_day
        if day is None or not s.holds(day) or case.row["who"] is None or day + window >= w.as_of:
            continue
        mine = (case.row["opened_at"], case.row["ticket_id"])
        later = [
            row["day"]
            for row in every
            if (row["who"], row["topic"]) == (case.row["who"], case.row["topic"])
            and (row["opened_at"], row["ticket_id"]) > mine
        ]
        again = any(one - day <= window for one in later)
        reopened = case.reopened_day is not None and case.reopened_day - day <= window
        by[case.who].append(not again and not reopened)
    return _shares(by)


def reopen_rate(w: World, s: Span) -> Found:
    by, window = defaultdict(list), w.definitions.reopen_days
    for case in _cases(w):
        day = case.first_end_day
        if day is not None and s.holds(day) and day + window < w.as_of:
            by[case.who].append(case.reopened_day is not None and case.reopened_day - day <= window)
    return _shares(by)


def backlog(w: World, s: Span) -> Found:
    closing = w.closing(s)
    number = sum(any(start < closing <= end for start, end in case.days_open) for case in _cases(w))
    return number, number


def _came(w: World, s: Span) -> list[Row]:
    return [row for row in w.rows("tickets", "opened_at") if s.holds(row["day"])]


def escalation_rate(w: World, s: Span) -> Found:
    by = defaultdict(list)
    for row in _came(w, s):
        if row["escalated"] is not None:
            by[_key(row)].append(row["escalated"])
    return _shares(by)


def handle_time(w: World, s: Span) -> Found:
    return _quantile(int(row["handle_minutes"] * 60) for row in _came(w, s) if row["handle_minutes"] is not None)


def bot_resolution_share(w: World, s: Span) -> Found:
    return share(not case.human for case in _cases(w) if case.told and case.over and s.holds(case.last_end_day))


def _per(w: World, s: Span, bottom: dict[Any, int]) -> Found:
    came = Counter(row["who"] for row in _came(w, s) if row["who"] is not None)
    return ratio((came[who], bottom.get(who, 0)) for who in {*came, *bottom})


def contact_rate(w: World, s: Span) -> Found:
    return _per(w, s, {who: 1 for who, days in w.active_days.items() if any(map(s.holds, days))})


def contacts_per_order(w: World, s: Span) -> Found:
    orders = Counter(row["who"] for row in w.orders if row["kind"] == "sale" and s.holds(row["day"]))
    return _per(w, s, {who: count for who, count in orders.items() if who is not None})


def deflection_rate(w: World, s: Span) -> Found:
    by, window = defaultdict(list), w.definitions.deflection_days
    cases = w.rows("tickets", "opened_at")
    for who, days in w.named_days(w.definitions.help_event).items():
        for day in days:
            if s.holds(day) and day + window < w.as_of:
                by[who].append(not any(row["who"] == who and day <= row["day"] <= day + window for row in cases))
    return _shares(by)


ORACLES: dict[str, Callable[[World, Span], Found]] = {
    name: value
    for name, value in vars().items()
    if not name.startswith("_") and getattr(value, "__annotations__", {}).keys() == {"w", "s", "return"}
} | {
    "first_response_time": partial(_time_until, "replied", Fraction(1, 2), False),
    "first_response_time_p90": partial(_time_until, "replied", Fraction(9, 10), False),
    "first_response_business_time": partial(_time_until, "replied", Fraction(1, 2), True),
    "first_resolution_time": partial(_time_until, "first_end", Fraction(1, 2), False),
    "resolution_time": partial(_time_until, "last_end", Fraction(1, 2), False),
    "resolution_business_time": partial(_time_until, "last_end", Fraction(1, 2), True),
}
