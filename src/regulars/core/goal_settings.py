"""What a company wants to reach: `[goals.NAME]` of `regulars.toml`, a tree of targets with teams and owners."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, field_validator

from regulars.core.definitions import Part
from regulars.core.errors import nearest
from regulars.core.periods import Grain, Period
from regulars.core.toml_text import Place

_Team = Literal["", "executives", "marketing", "sales", "service"]
#: Teams that have pages of their own.
TEAMS: tuple[str, ...] = tuple(filter(None, get_args(_Team)))
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_RELATIVE = re.compile(
    r"([+-]\d{1,7}(?:\.\d{1,6})?) ?(%|points?)(?: (?:on|against|over) the (year|period) before)?", re.ASCII
)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%", re.ASCII)
_MEAN = re.compile(r"(?:at (?:least|most) )?(?:the )?mean of the last (\d{1,2}) months", re.ASCII)
_YEAR = re.compile(r"(\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_MONTHS = re.compile(r"(\d{4}-\d{2})\.\.(\d{4}-\d{2})", re.ASCII)
_ROLLING = re.compile(r"(\d{1,2}) months?", re.ASCII)
#: How a target is written.
TARGET = (
    'Write an amount (1000000), a share (0.40 or "40 %"), a change ("+10 %", "+2 points", "+10 % on the period '
    'before"), a list with an amount for each month, or "mean of the last 12 months".'
)
#: How a period is written.
PERIOD = (
    'Write a year ("2026"), a quarter ("2026-Q4"), a month ("2026-11"), months ("2025-10..2026-09") or, for '
    'what always counts back from today, "12 months".'
)
#: Years that a goal may be of.
_YEARS = (1900, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a goal is about.

    Attributes:
        period: local days; None of one that counts back from today.
        months: how many.
    """

    period: Period | None
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be reached.

    Attributes:
        value: absolute, in the KPI's unit; None of what is relative to the past.
        percent: whether `value` was written in percent: it is a share then.
        by: change, as a share (of `unit` share) or in points.
        unit: of `by`: "share" or "points"; "" of others.
        against: what `by` is a change of: "year" before or "period" before.
        months: an amount for each month; empty of others.
        mean_of: months before, whose mean is the target; 0 of others.
    """

    value: float | None = None
    percent: bool = False
    by: float = 0.0
    unit: str = ""
    against: str = "year"
    months: tuple[float, ...] = ()
    mean_of: int = 0


def span(text: str) -> Span:
    """Return the days that `text` says.

    Raises:
        ValueError: it says none.
    """
    try:
        if found := _ROLLING.fullmatch(text):
            if 1 <= int(found[1]) <= 36:
                return Span(period=None, months=int(found[1]))
        elif found := _MONTHS.fullmatch(text):
            first, last = (_first(part, Grain.MONTH) for part in found.groups())
            if first <= last:
                months = 12 * (last.year - first.year) + last.month - first.month + 1
                return Span(period=Period(first, Grain.MONTH.next(last)), months=months)
        else:
            for pattern, grain, months in (
                (_YEAR, Grain.YEAR, 12),
                (_QUARTER, Grain.QUARTER, 3),
                (_MONTH, Grain.MONTH, 1),
            ):
                if pattern.fullmatch(text):
                    first = _first(text, grain)
                    return Span(period=Period(first, grain.next(first)), months=months)
    except ValueError:
        pass
    raise ValueError(f"`{text}` is no period of a goal. {PERIOD}")


def _first(text: str, grain: Grain) -> date:
    year = int(text[:4])
    if not _YEARS[0] <= year < _YEARS[1]:
        raise ValueError
    month = {Grain.YEAR: 1, Grain.QUARTER: 3 * int(text[-1]) - 2}.get(grain) or int(text[5:])
    return date(year, month, 1)


def target(said: float | str | tuple[float, ...]) -> Target:
    """Return the target that is said.

    Raises:
        ValueError: it is none.
    """
    if isinstance(said, tuple):
        return Target(months=said)
    if not isinstance(said, str):
        return Target(value=float(said))
    text = " ".join(said.split())
    if found := _RELATIVE.fullmatch(text):
        percent = found[2] == "%"
        by = float(found[1]) / (100 if percent else 1)
        if not (percent and by <= -1):
            return Target(by=by, unit="share" if percent else "points", against=found[3] or "year")
    elif found := _SHARE.fullmatch(text):
        return Target(value=float(found[1]) / 100, percent=True)
    elif (found := _MEAN.fullmatch(text)) and 2 <= int(found[1]) <= 36:
        return Target(mean_of=int(found[1]))
    raise ValueError(f"`{said}` is no target. {TARGET}")


def goal_name(name: str) -> str:
    """Return a name that a goal may have.

    Raises:
        ValueError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"`{name}` cannot be a goal's name. Use up to 40 small letters, digits and `_`, a letter first, such as "
            "`revenue_2026`."
        )
    return name


class GoalSettings(Part):
    """What is to be reached, by when, and who answers for it."""

    kpi: str = Field(min_length=1)
    """KPI, by name in `regulars kpis`."""
    target: Annotated[float, Field(strict=True, allow_inf_nan=False)] | str | tuple[float, ...]
    """An amount, a share, a change (`+10 %`, `+2 points`), a list by month, or `mean of the last 12 months`."""
    period: str
    """A year, quarter, month, `2025-10..2026-09`, or `12 months` up to today."""
    under: str = ""
    """Goal that it serves."""
    team: _Team = ""
    """Team that answers for it; that of the KPI's family where empty."""
    owner: str = ""
    """Who in the team does."""
    where: str = ""
    """Which customers count, such as `market = 'NL'`; all where empty."""
    at: Literal["least", "most"] | None = None
    """Whether the target is the least or the most that is wanted; as the KPI's better direction where not set."""
    title: str = ""
    """What people call it; made of the name where empty."""

    @field_validator("target", mode="before")
    @classmethod
    def _a_target(cls, said: Any) -> Any:
        if isinstance(said, bool) or not isinstance(said, (int, float, str, list, tuple)):
            raise ValueError(TARGET)
        if isinstance(said, (list, tuple)):
            if not said or not all(type(one) in (int, float) for one in said):
                raise ValueError(f"A list of targets holds an amount for each month of the period. {TARGET}")
            return tuple(map(float, said))
        if isinstance(said, str):
            target(said)
            return said
        return float(said)

    @field_validator("period", mode="before")
    @classmethod
    def _a_period(cls, said: Any) -> Any:
        text = str(said) if isinstance(said, int) and not isinstance(said, bool) else said
        if not isinstance(text, str):
            raise ValueError(PERIOD)
        span(text)
        return text

    @property
    def span(self) -> Span:
        """The days that it is about."""
        return span(self.period)

    @property
    def aim(self) -> Target:
        """The target, read."""
        return target(self.target)


#: Goals by name.
GoalsByName = dict[Annotated[str, AfterValidator(goal_name)], GoalSettings]


def written(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the goals of a document whose shape may be wrong."""
    found = document.get("goals")
    return {name: one for name, one in found.items() if isinstance(one, dict)} if isinstance(found, dict) else {}


def look(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong with goals beside each other: unknown parents, circles, lists of another length."""
    goals = written(document)
    for name, one in goals.items():
        under = one.get("under")
        if isinstance(under, str) and under:
            if under not in goals:
                yield (
                    ("goals", name, "under"),
                    f"goal `{name}` is under `{under}`, which is no goal.{nearest(under, goals)}",
                )
            elif circle := _circle(name, goals):
                way = " under ".join(f"`{step}`" for step in circle)
                yield ("goals", name, "under"), f"goals serve each other in a circle: {way}; take one `under` out."
        if why := _length(one):
            yield ("goals", name, "target"), f"goal `{name}`: {why}"


def _circle(name: str, goals: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the way from a goal back to itself; told of the one that comes first by name, nothing of the others."""
    way = [name]
    while (under := goals[way[-1]].get("under")) in goals:
        way.append(str(under))
        if under == name:
            return way if name == min(way) else []
        if len(way) > len(goals):
            return []
    return []


def _length(one: Mapping[str, Any]) -> str:
    given, text = one.get("target"), str(one.get("period", ""))
    if not isinstance(given, list):
        return ""
    try:
        found = span(text)
    except ValueError:
        return ""
    if found.period is None:
        return f"a list of targets goes with a period that has a first month, not with `{text}`."
    if len(given) != found.months:
        return f"`target` lists {len(given)} amounts, and `{text}` has {found.months} months; write one for each."
    return ""


def ordered(goals: Mapping[str, GoalSettings]) -> tuple[tuple[str, int], ...]:
    """Return names of goals as a tree: each with its depth, below the one that it serves."""
    found: list[tuple[str, int]] = []

    def below(parent: str, depth: int) -> None:
        for name, one in goals.items():
            if one.under == parent and len(found) < len(goals):
                found.append((name, depth))
                below(name, depth + 1)

    below("", 0)
    return tuple(found)
