"""How goals stand: value so far, target, what is left, pace, probability of reaching them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

from regulars.app.known_on import began, begun, known_on
from regulars.app.pace import pace
from regulars.app.provenance import scaled
from regulars.app.put_together import How
from regulars.app.reaching import chance
from regulars.app.shifted import earlier
from regulars.app.standing import Answers, Asked, Chance, Standing, fetch
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, UnknownName
from regulars.core.estimate import SET, Estimate, Interval, unknown
from regulars.core.goal_settings import TEAMS, GoalSettings, ordered
from regulars.core.periods import Grain, Period
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.query import Records
from regulars.stats import contrasts


def goals(
    workspace: Workspace,
    opened: Opened,
    *,
    names: tuple[str, ...] = (),
    team: str = "",
    on: date | None = None,
    chances: bool = True,
    alone: bool = False,
) -> tuple[Standing, ...]:
    """Return how goals stand, as a tree: each below the one that it serves.

    Args:
        workspace: the company's.
        opened: its open generation.
        names: which; each with what is below it. All where none is named.
        team: only those that this team answers for, with what is below and above them; all where "".
        on: day before which records count; where they end if None.
        alone: whether to leave out those above and below the ones that are asked for.
        chances: whether to ask for the probability of reaching them, which takes a forecast.

    Raises:
        UnknownName: no goal is called so.
        QueryError: there is no record before that day.
    """
    known = workspace.settings.goals
    for name in names:
        if name not in known:
            raise UnknownName("goal", name, known)
    until = known_on(opened, on, workspace.settings.company.time_zone)
    wanted = _wanted(workspace, names, team, alone=alone)
    answers: Answers = {}
    for where in dict.fromkeys(known[name].where for name in wanted):
        with suppress(QueryError):  # told of each goal
            fetch([known[name].kpi for name in wanted if known[name].where == where], where, until, workspace, answers)
    return tuple(
        _standing(name, depth, workspace, until, answers, chances=chances)
        for name, depth in ordered(known)
        if name in wanted
    )


def team_of(said: GoalSettings, workspace: Workspace) -> str:
    """Return the team that answers for a goal: that of the KPI's family where the goal names none and it has pages."""
    owner = said.team or workspace.kpis[said.kpi].family.owner
    return owner if owner in TEAMS else TEAMS[0]


def _wanted(workspace: Workspace, names: tuple[str, ...], team: str, *, alone: bool) -> set[str]:
    known = workspace.settings.goals
    chosen = {name for name in names or known if not team or team_of(known[name], workspace) == team}
    if alone:
        return chosen
    below = {name for name in known if set(_above(name, known)) & chosen}
    above = {one for name in chosen for one in _above(name, known)} if not names else set()
    return chosen | below | above


def _above(name: str, known: Mapping[str, GoalSettings]) -> list[str]:
    found: list[str] = []
    while (name := known[name].under) and name not in found:
        found.append(name)
    return found


def _standing(
    name: str,
    depth: int,
    workspace: Workspace,
    opened: Opened,
    answers: Answers,
    *,
    chances: bool,
) -> Standing:
    said = workspace.settings.goals[name]
    kpi, records = workspace.kpis[said.kpi], opened.records
    asked = Asked(kpi=kpi, where=said.where, opened=opened, workspace=workspace, answers=answers)
    period = _period(said, records)
    most = said.at == "most" if said.at else kpi.better is Better.LOWER
    nothing = _nothing(kpi, period, records)
    found = Standing(
        name=name, said=said, kpi=kpi, depth=depth, team=team_of(said, workspace), period=period, most=most,
        state=_state(period, records), now=nothing, target=nothing, gap=nothing,
        chance=Chance(probability=nothing),
    )  # fmt: skip
    if problem := _outside(name, said, period, records):
        return _wrong(found, problem)
    try:
        return _told(found, asked, chances=chances)
    except QueryError as cause:
        return _wrong(found, f"`[goals.{name}]`: {cause}")


def _told(found: Standing, asked: Asked, *, chances: bool) -> Standing:
    """Return a goal with all that can be told of it.

    Raises:
        QueryError: its condition or its target cannot be.
    """
    said, aim, records = found.said, found.said.aim, asked.records
    period = found.period
    if aim.months and asked.together.how is not How.SUM:
        # Of what does not add up, each month has a goal of its own: that of the newest month counts.
        period = _month_of(period, records)
        found = replace(found, period=period, state=_state(period, records))
    target, how = _target(found, asked)
    if found.state == "not begun":
        later = replace(found.now, interval=unknown(f"it begins on {period.start}", level=records.definitions.level))
        return replace(found, now=later, gap=later, target=target, target_said=how, chance=Chance(probability=later))
    now = asked.of(period.start, min(period.end, records.as_of))
    rolling = said.span.period is None
    done = replace(
        found,
        now=now,
        target=target,
        target_said=how,
        gap=replace(now, interval=contrasts.difference(now.interval, target.interval)),
        together=asked.together,
    )
    done = replace(done, chance=chance(done, asked, wanted=chances, rolling=rolling))
    return replace(done, pace=None if done.state == "over" or rolling else pace(done, asked))


def _wrong(found: Standing, problem: str) -> Standing:
    return replace(found, state="wrong", problem=problem)


def _period(said: GoalSettings, records: Records) -> Period:
    span = said.span
    if span.period is not None:
        return span.period
    return Period(earlier(records.as_of, span.months), records.as_of)


def _month_of(period: Period, records: Records) -> Period:
    newest = min(period.end, max(records.as_of, period.start + timedelta(days=1)))
    start = Grain.MONTH.floor(newest - timedelta(days=1))
    return Period(start, Grain.MONTH.next(start))


def _state(period: Period, records: Records) -> str:
    if period.start >= records.as_of:
        return "not begun"
    return "over" if period.end <= records.as_of else "running"


def _nothing(kpi: KPI, period: Period, records: Records) -> Estimate:
    return Estimate(
        interval=unknown("it cannot be told", level=records.definitions.level),
        period=period,
        as_of=records.known_at,
        version=kpi.versioned(records.definitions),
    )


def _outside(name: str, said: GoalSettings, period: Period, records: Records) -> str:
    """Return why a period is of no use: it is over before there are records, or partly before them."""
    first = began(records)
    days = f"records are of {first} to {records.as_of - timedelta(days=1)}"
    if period.end <= first:
        return (
            f'`[goals.{name}]`: `period = "{said.period}"` is over before there are records: {days}. Write a later one.'
        )
    if not begun(records, period):
        return (
            f'`[goals.{name}]`: `period = "{said.period}"` begins before there are records: {days}. Write one that '
            "begins with them or later."
        )
    return ""


def _target(found: Standing, asked: Asked) -> tuple[Estimate, str]:
    """Return what is to be reached, and where it comes from in words.

    Raises:
        QueryError: it is a change of something of which there are no records, or a mean that is none.
    """
    aim, period, records = found.said.aim, found.period, asked.records
    if aim.value is not None or aim.months:
        return _set(found, _amount(found, asked), asked), ""
    if aim.mean_of:
        return _mean(found, asked)
    if aim.against == "period":
        months = found.said.span.months
        before, said = Period(earlier(period.start, months), period.start), "the period before"
    else:
        before, said = Period(earlier(period.start, 12), earlier(period.end, 12)), "the year before"
    if not begun(records, before) or before.end > records.as_of:
        raise QueryError(
            f"the target is a change on {said} ({before}), and records are of {began(records)} to "
            f"{records.as_of - timedelta(days=1)}. Write an amount instead."
        )
    base = asked.of(before.start, before.end)
    if base.interval.value is None:
        raise QueryError(f"the target is a change on {said}, of which there is no value: {base.interval.why_not}.")
    if aim.unit == "share" and base.interval.value <= 0:
        raise QueryError(f"the target is a change in percent on {said}, which was not above 0. Write an amount.")
    if aim.unit == "share":
        return replace(base, interval=scaled(base.interval, 1 + aim.by)), f"{100 * aim.by:+g} % on {before}"
    by = aim.by / 100 if found.kpi.shows is Shows.SHARE else aim.by
    shifted = {name: getattr(base.interval, name) + by for name in ("value", "low", "high")}
    return replace(base, interval=replace(base.interval, **shifted)), f"{aim.by:+g} points on {before}"


def _amount(found: Standing, asked: Asked) -> float:
    aim, span = found.said.aim, found.said.span
    if aim.value is not None:
        return aim.value
    assert span.period is not None
    if asked.together.how is How.SUM:
        return float(sum(aim.months))
    begun = 12 * (found.period.start.year - span.period.start.year) + found.period.start.month - span.period.start.month
    return aim.months[begun]


def _set(found: Standing, amount: float, asked: Asked) -> Estimate:
    level = asked.records.definitions.level
    interval = Interval(value=amount, low=amount, high=amount, level=level, method=SET, n=0)
    nothing = _nothing(found.kpi, found.period, asked.records)
    return replace(nothing, interval=interval)


def _mean(found: Standing, asked: Asked) -> tuple[Estimate, str]:
    """Return the mean of the months before the period: of what adds up for as many months as the goal has.

    Raises:
        QueryError: there are not as many months of records, or months are no part of the period.
    """
    months, records, aim = found.said.span.months, asked.records, found.said.aim
    end = Grain.MONTH.floor(min(found.period.start, records.as_of))
    start = earlier(end, aim.mean_of)
    if not begun(records, Period(start, end)):
        raise QueryError(
            f"the target is the mean of {aim.mean_of} months before {end}, and records begin on {began(records)}. "
            "Name fewer months, or write an amount."
        )
    how = asked.together.how
    if how is How.OWN and months != 1:
        raise QueryError(
            f"`{found.kpi.name}` of {months} months cannot be set beside a mean of single months. Write a month as the "
            'period, or a change such as "+0 %".'
        )
    said = f"the mean of the {aim.mean_of} months before {end}"
    if how is How.SUM:
        whole = asked.of(start, end)
        return replace(whole, interval=scaled(whole.interval, months / aim.mean_of)), said
    if how is How.MEAN:
        return asked.of(start, end), said
    return _mean_of([one.interval for one in asked.months(start, end)], asked.of(start, end)), said


def _mean_of(months: list[Interval], like: Estimate) -> Estimate:
    """Return the plain mean of months, as far as they have values, with what months differ by."""
    values = [one.value for one in months if one.value is not None]
    if not values:
        raise QueryError("none of the months that the target is the mean of has a value. Write an amount.")
    mean = sum(values) / len(values)
    halves = [(one.high - one.low) / 2 for one in months if one.high is not None and one.low is not None]
    half = sum(one**2 for one in halves) ** 0.5 / len(values)
    interval = Interval(
        value=mean, low=mean - half, high=mean + half, level=like.interval.level, method="mean of months",
        n=sum(one.n for one in months),
    )  # fmt: skip
    return replace(like, interval=interval)
