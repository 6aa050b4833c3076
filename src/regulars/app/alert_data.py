"""Records that are late or broken: no alert is told of a KPI then, but one of the records themselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from regulars.app.alert_course import Courses
from regulars.core.message import Message, Tells
from regulars.core.periods import day_number, day_of
from regulars.decisions.alert_rule import AlertRule
from regulars.state.alerts import RECORDS, Check

#: Team that is told where no rule has an owner.
OWNER = "executives"
#: Days that are looked back on for days without records; days without any new records that are no matter.
_BACK, _PATIENCE = 14, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Records that should be there.

    Attributes:
        table: of which; `*` of all.
        first: day from which on they are not.
        until: day after the last one.
        rules: that cannot be told meanwhile.
        text: what is wrong, in a sentence.
    """

    table: str
    first: date
    until: date
    rules: tuple[AlertRule, ...]
    text: str

    @property
    def rule(self) -> str:
        """What stands in the place of a rule."""
        return f"data.{'records' if self.table == RECORDS else self.table}"

    @property
    def key(self) -> str:
        """The same for the same thing."""
        return f"{self.rule}:{self.first}"

    @property
    def owner(self) -> str:
        """Team that it is for: that of the first rule that cannot be told."""
        return next((rule.owner for rule in self.rules if rule.owner), OWNER)

    @property
    def to(self) -> tuple[str, ...]:
        """Channels that are told."""
        return tuple(dict.fromkeys(one for rule in self.rules for one in rule.to))

    @property
    def message(self) -> Message:
        """What a team is told."""
        what = "Records" if self.table == RECORDS else f"Records of {self.table}"
        silent = ", ".join(rule.name for rule in self.rules) or "none"
        return Message(
            tells=Tells.DATA,
            key=f"alert:{self.key}",
            title=f"{what} are late or broken since {self.first}",
            text=f"{self.text} Until they are there, nothing is said of what depends on them.",
            facts=(("Rules that are silent", silent), ("First day", str(self.first))),
            page="data",
            owner=self.owner,
            bad=True,
        )


def late(courses: Courses, rules: Sequence[AlertRule]) -> Iterator[Late]:
    """Yield tables of which days without a record came not long ago, each stretch of days once."""
    by_table: dict[str, list[AlertRule]] = {}
    for rule in rules:
        for name in courses.tables(rule):
            by_table.setdefault(name, []).append(rule)
    as_of = day_number(courses.records.as_of)
    for name, some in sorted(by_table.items()):
        missing = courses.missing(name)
        recent = [day for day in sorted(missing) if day >= as_of - _BACK]
        for first, last in _stretches(recent, missing):
            yield Late(
                table=name,
                first=day_of(first),
                until=day_of(last + 1),
                rules=tuple(some),
                text=_said(name, day_of(first), day_of(last)),
            )


def _said(name: str, first: date, last: date) -> str:
    days = f"on {first}" if first == last else f"from {first} to {last}"
    return f"There is no record of {name} {days}, though there were many on such days of the weeks before."


def _stretches(days: Sequence[int], every: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last day of each stretch of missing days; one that began before those is told whole."""
    first: int | None = None
    for day in days:
        if first is None:
            first = day
            while first - 1 in every:
                first -= 1
        if day + 1 not in every:
            yield first, day
            first = None


def stopped(checks: Mapping[str, Check], rules: Sequence[AlertRule], *, zone: str, at: datetime) -> Late | None:
    """Return that no new records have come for too long; None where they have, or it was never seen that they do.

    Args:
        checks: how far the records had come when they were looked at before.
        rules: that are silent meanwhile.
        zone: of the company.
        at: now.
    """
    seen, today = checks.get(RECORDS), at.astimezone(ZoneInfo(zone)).date()
    if seen is None or not seen.moves or today <= seen.until + timedelta(days=_PATIENCE):
        return None
    text = f"Records end before {seen.until}, and today is {today}; they have come regularly until then."
    return Late(table=RECORDS, first=seen.until, until=today, rules=tuple(rules), text=text)
