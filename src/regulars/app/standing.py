"""What is known of a goal: its question, its pace, its probability."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from regulars.app import measure
from regulars.app.known_on import began
from regulars.app.put_together import UNKNOWN, Together, quarters, together
from regulars.app.workspace import Opened, Workspace
from regulars.core.estimate import Estimate, Interval
from regulars.core.goal_settings import GoalSettings
from regulars.core.periods import Grain, Period
from regulars.kpis.answer import Scored
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records

#: Answers by KPI, condition, first day and the day after the last.
Answers = dict[tuple[str, str, date, date], Estimate]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A goal's question, asked of any days: answers are kept, as goals share them.

    Attributes:
        kpi: what is asked.
        where: of which customers.
        opened: the generation, as far as it is known.
        workspace: the company's.
        answers: those that there are.
    """

    kpi: KPI
    where: str
    opened: Opened
    workspace: Workspace
    answers: Answers = field(default_factory=dict)

    @property
    def records(self) -> Records:
        """What is asked."""
        return self.opened.records

    def of(self, start: date, end: date) -> Estimate:
        """Return the answer over the days from `start` to before `end`."""
        key = (self.kpi.name, self.where, start, end)
        if key not in self.answers:
            rows = measure.ask(
                [self.kpi.name], self.workspace.kpis, self.records,
                grain=None, start=start, end=end, where=self.where or None,
            )  # fmt: skip
            self.answers[key] = rows[0].estimate
        return self.answers[key]

    def months(self, start: date, end: date) -> list[Estimate]:
        """Return the answers of the months from `start` to before `end`."""
        missing = [one for one in _months(start, end) if (self.kpi.name, self.where, *one) not in self.answers]
        if missing:
            rows = measure.ask(
                [self.kpi.name], self.workspace.kpis, self.records,
                grain=Grain.MONTH.value, start=start, end=end, where=self.where or None,
            )  # fmt: skip
            for row in rows:
                period = row.estimate.period
                self.answers[(self.kpi.name, self.where, period.start, period.end)] = row.estimate
        return [self.answers[(self.kpi.name, self.where, *one)] for one in _months(start, end)]

    @cached_property
    def together(self) -> Together:
        """How its months make up a longer period."""
        found = [
            ([one.interval for one in self.months(whole.start, whole.end)], self.of(whole.start, whole.end).interval)
            for whole in quarters(began(self.records), self.records.as_of)
        ]
        return together(found)


def fetch(kpis: Sequence[str], where: str, opened: Opened, workspace: Workspace, answers: Answers) -> None:
    """Ask at once what tells how months of several KPIs make up quarters."""
    wholes = quarters(began(opened.records), opened.records.as_of)
    for grain in (Grain.MONTH, Grain.QUARTER) if wholes else ():
        rows = measure.ask(
            list(dict.fromkeys(kpis)), workspace.kpis, opened.records,
            grain=grain.value, start=wholes[0].start, end=wholes[-1].end, where=where or None,
        )  # fmt: skip
        for row in rows:
            answers[(row.kpi.name, where, row.estimate.period.start, row.estimate.period.end)] = row.estimate


def _months(start: date, end: date) -> list[tuple[date, date]]:
    found, day = [], start
    while day < end:
        found.append((day, Grain.MONTH.next(day)))
        day = Grain.MONTH.next(day)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Where a goal should be by now.

    Attributes:
        due: the value that it should have.
        ahead: the value so far less that.
        how: what says so.
    """

    due: Estimate
    ahead: Estimate
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """How probable it is that a goal is reached. Without the score of what foretells it there is none.

    Attributes:
        probability: or why there is none.
        expected: value of the whole period as it is foretold; None where it is not.
        scored: how well the forecast went on past days.
        course: what is foretold, step by step.
    """

    probability: Estimate
    expected: Estimate | None = None
    scored: Scored | None = None
    course: tuple[Estimate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a goal stands.

    Attributes:
        name: of the goal.
        said: what the settings say.
        kpi: what it is about.
        depth: how many goals it is below.
        team: that answers for it.
        period: days of the goal.
        state: "running", "over" or "not begun"; "wrong" where `problem` says why nothing can be told.
        most: whether the target is the most that is wanted.
        now: value so far.
        target: what is to be reached.
        target_said: where a target comes from that is not as set.
        gap: now less target; of what adds up, what is still to come.
        pace: where it should be by now; None where it has no pace.
        chance: of reaching it.
        together: how months make it up.
        problem: why it cannot be told.
    """

    name: str
    said: GoalSettings
    kpi: KPI
    depth: int
    team: str
    period: Period
    state: str
    most: bool
    now: Estimate
    target: Estimate
    target_said: str = ""
    gap: Estimate
    pace: Pace | None = None
    chance: Chance
    together: Together = UNKNOWN
    problem: str = ""

    @property
    def title(self) -> str:
        """What people call it."""
        return self.said.title or self.name.replace("_", " ").capitalize()

    def good(self, difference: Interval) -> bool | None:
        """Whether a value less what it should be is good; None where chance may explain it, or it is not known."""
        if difference.low is None or difference.high is None or difference.low <= 0 <= difference.high:
            return None
        return (difference.low > 0) != self.most

    def reached(self) -> bool | None:
        """Whether the value is on the right side of the target; None where it is not known."""
        value, wanted = self.now.interval.value, self.target.interval.value
        return None if value is None or wanted is None else value <= wanted if self.most else value >= wanted
