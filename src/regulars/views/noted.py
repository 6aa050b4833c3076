"""The weekly note of a team: what changed beyond noise, why, goals, what to do, what actions brought."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from regulars.app import noted as found_in
from regulars.app.known_on import known_on
from regulars.app.noted import Courses, News, Week, last_week, week_named
from regulars.app.trends import Trend
from regulars.core.errors import UnknownName
from regulars.core.periods import Grain, Period
from regulars.core.wording import counted
from regulars.stats.newsworthy import ENOUGH
from regulars.views import goaled, note_actions, note_alerts, note_why, words
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Link, Notice, Text
from regulars.views.teams import TEAMS
from regulars.views.view import Ask

#: KPIs that are told as news, and in all: more are not read in two minutes.
NEWS, TOLD = 5, 6
#: KPIs that are told as usual where little is news.
_AS_USUAL = 3
#: KPIs that are told to rise or fall.
_DRIFTS = 2
_BELOW, _ABOVE = "below the usual", "above the usual"


def kpis_of(team: str, ask: Ask) -> tuple[str, ...]:
    """Return the KPIs of a team: those that it looks at first, and those of families that it owns.

    Raises:
        UnknownName: there is no such team.
    """
    if team not in TEAMS:
        raise UnknownName("team", team, TEAMS)
    own = (name for name, kpi in ask.kpis.items() if kpi.family.owner == team)
    return tuple(dict.fromkeys((*TEAMS[team].first, *own)))


def week_of(ask: Ask) -> Period:
    """Return the week that is asked for, else the last one that is over.

    Raises:
        QueryError: it is not over, or not whole in the records.
    """
    assert ask.opened is not None
    opened = replace(ask.opened, records=ask.records)
    return last_week(opened, None if ask.focus is None else Grain.WEEK.floor(ask.focus))


def told(ask: Ask) -> Week:
    """Return what changed in the week that is asked for; raises as `kpis_of` and `week_of`."""
    week = week_of(ask)
    courses = ask.once(_memory_of(ask, week), lambda: _courses(ask, week))
    return found_in.noted(courses, week, ask.records)


def _memory_of(ask: Ask, week: Period) -> str:
    """Return the name under which weekly answers of a note are remembered."""
    return f"weekly answers of {ask.team} up to {week}, where {ask.where}"


def _courses(ask: Ask, week: Period) -> Courses:
    assert ask.workspace is not None
    assert ask.opened is not None
    zone = ask.workspace.settings.company.time_zone
    opened = known_on(replace(ask.opened, records=ask.records), week.end, zone)
    return found_in.courses(kpis_of(ask.team, ask), ask.workspace, opened, week=week, where=ask.where)


def blocks(ask: Ask) -> Iterator[Block]:
    """Yield the note."""
    if ask.workspace is None or ask.opened is None or not ask.records.covered:
        yield Notice(
            text="A note is written of records, and there are none. It needs `orders`, `responses` or `tickets`."
        )
        return
    found = told(ask)
    newest = found.period == newest_week(ask)
    yield from changed(found, ask)
    yield from _once("why", lambda: note_why.why(found, kpis_of(ask.team, ask), ask), ask)
    yield from note_alerts.open_alerts(found.period, ask)
    yield from lines(found, ask)
    yield from _once("goals", lambda: _goals(found, ask, newest), ask)
    if newest:
        yield from _once("to do", lambda: note_actions.to_do(ask), ask)
    yield from note_actions.brought(found.period, ask)
    yield from _beware(found, ask)
    yield Notice(text=closing(found, ask))


def _once(name: str, make: Callable[[], Iterable[Block]], ask: Ask) -> tuple[Block, ...]:
    """Return blocks that hold for as long as the records do: what alerts and actions came to may change meanwhile."""
    return ask.once(f"{name} of {_memory_of(ask, week_of(ask))}", lambda: tuple(make()))


def newest_week(ask: Ask) -> Period:
    """Return the last week that is over."""
    return week_of(replace(ask, focus=None))


def changed(found: Week, ask: Ask) -> Iterator[Block]:
    """Yield what was off the usual, and the first KPIs of the team where little was."""
    team = TEAMS[ask.team].title
    title = f"{team}, {week_named(found.period)} ({words.span(found.period)})"
    if not found.looked:
        yield Notice(text=f"{title}: it is too early to say what is usual, which takes {ENOUGH} weeks of records.")
        return
    off = f"{len(found.news) + len(found.still)} of {counted(found.looked, 'KPI')} off the usual"
    yield Grid(
        name="changed",
        title=f"{title}: {off}",
        heads=(
            Head(name="kpi", title="KPI"),
            Head(name="week", title="This week"),
            Head(name="usual", title="Usual"),
            Head(name="change", title="Against the week before", change=True),
            Head(name="said", title=""),
        ),
        rows=tuple(_rows(found)),
        caption=_caption(ask),
    )


def _rows(found: Week) -> Iterator[tuple[Cell, ...]]:
    news = (*found.news, *found.still)[:NEWS]
    for one in news:
        yield _row(one, off_said(one), found)
    for one in as_usual(found):
        yield _row(one, "as usual", found)


def as_usual(found: Week) -> tuple[News, ...]:
    """Return the first KPIs of the team that are as usual, as far as there is room for them."""
    told = len(found.news) + len(found.still)
    return tuple(found.usual.values())[: max(min(_AS_USUAL, TOLD - min(told, NEWS)), 0)]


def _row(one: News, said: str, found: Week) -> tuple[Cell, ...]:
    kpi = one.row.kpi
    asked = {"period": week_named(found.period)}
    return (
        Link(text=words.title(kpi.name), page="kpi", about=kpi.name, asked=asked),
        Figure(estimate=one.row.estimate, shows=kpi.shows),
        Figure(estimate=one.usual, shows=kpi.shows),
        Figure(estimate=one.change, shows=kpi.shows),
        said,
    )


def off_said(one: News) -> str:
    """Say on which side of the usual a KPI is, since when, and whether that is better."""
    where = _ABOVE if one.up else _BELOW
    since = "" if one.weeks == 1 else ", farther than last week" if one.farther else f", for {one.weeks} weeks now"
    return ", ".join(part for part in (f"{where}{since}", one.way) if part)


def _caption(ask: Ask) -> str:
    false = f"{100 * ask.records.definitions.false_discovery:g} %"
    return (
        "Usual: the median of up to 8 weeks before, and between which 95 % of weeks lie. What is told as off it is so "
        "beyond what weeks usually do and beyond chance; of all that is told so, "
        f"{false} may be false."
    )


def lines(found: Week, ask: Ask) -> Iterator[Block]:
    """Yield what else is to be said of KPIs, a line each."""
    yield from (Text(text=one) for one in sentences(found, ask))


def sentences(found: Week, ask: Ask) -> Iterator[str]:
    """Yield what is to be said of KPIs beside the table: rises and falls over weeks, what is as usual again."""
    if len(found.news) + len(found.still) > NEWS:
        rest = [*found.news, *found.still][NEWS:]
        yield f"Also: {'; '.join(f'{words.title(one.row.kpi.name)} {off_said(one)}' for one in rest)}."
    yield from (_drift(one, ask) for one in found.drifts[:_DRIFTS])
    for way, up in (("going up", True), ("going down", False)):
        if names := [name for name, rises in found.drifting.items() if rises is up]:
            yield f"Still {way}: {_listed(names)}."
    moving = {*found.drifting, *(one.kpi.name for one in found.drifts)}
    if back := [name for name in found.back if name not in moving]:
        yield f"Back to the usual: {_listed(back)}."


def _drift(one: Trend, ask: Ask) -> str:
    """Say that a KPI rises or falls over weeks."""
    slope, shows = one.slope.interval, one.kpi.shows
    way = "up" if (slope.value or 0.0) > 0 else "down"
    amount = words.difference(slope.value, shows, ask.currency).lstrip("+-")
    low, high = (words.difference(limit, shows, ask.currency) for limit in (slope.low, slope.high))
    span = f"({low} to {high}; n {slope.n:,})"
    return f"Over {one.periods} weeks {words.title(one.kpi.name)} is {way} by {amount} a month {span}, beyond chance."


def _goals(found: Week, ask: Ask, newest: bool) -> Iterator[Block]:
    if ask.workspace is None or not ask.workspace.settings.goals:
        return
    asked = replace(ask, end=found.period.end, owner=ask.team, goal="")
    yield from goaled.of_team(asked, chances=newest)


def _beware(found: Week, ask: Ask) -> Iterator[Block]:
    if found.flags:
        said = "; ".join(f"{words.flag(flag)} ({_listed(names)})" for flag, names in found.flags.items())
        yield Notice(text=f"Beware of this week's records: {said}.")
    if days := _holidays(found.period, ask):
        yield Notice(text=f"Holidays in this week: {', '.join(days)}. What is usual is that of weeks before.")
    if found.always:
        yield Text(text=f"As in other weeks: {', '.join(map(words.flag, found.always))}.")


def _holidays(week: Period, ask: Ask) -> list[str]:
    """Return the days of a week on which the company is closed, as its calendar says."""
    assert ask.workspace is not None
    return [str(day) for day in sorted(ask.workspace.settings.calendar.holidays(week))]


def closing(found: Week, ask: Ask) -> str:
    """Say that nothing else moved, of how many KPIs, and of which nothing can be told."""
    if not found.looked:
        return "Nothing else can be told yet."
    moved = len(found.news) + len(found.still)
    of = f"Of {counted(found.looked, 'KPI')} of {TEAMS[ask.team].title.lower()}, "
    parts = [f"{of}{'nothing else' if moved else 'nothing'} is off the usual."]
    if found.few:
        parts.append(f"Too few customers to tell: {_listed(found.few)}.")
    if found.young:
        parts.append(f"What is usual is not known yet of {_listed(found.young)}.")
    return " ".join(parts)


def _listed(names: Sequence[str], *, most: int = 4) -> str:
    said = [words.title(name) for name in names[:most]]
    return ", ".join(said) + (f" and {len(names) - most} more" if len(names) > most else "")


def weeks_back(last: Period, count: int) -> tuple[Period, ...]:
    """Return so many weeks up to the last one, in order."""
    return tuple(
        Period(last.start - timedelta(weeks=back), last.end - timedelta(weeks=back)) for back in reversed(range(count))
    )
