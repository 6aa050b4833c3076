"""A weekly note as a message: what a channel tells a team, with the page that holds the rest."""

from collections.abc import Iterator
from datetime import date

from regulars.app.noted import News, Week, week_named
from regulars.app.workspace import Opened, Workspace
from regulars.core.message import Message, Tells
from regulars.kpis.kpi import Shows
from regulars.views import noted, words
from regulars.views.teams import TEAMS
from regulars.views.view import Ask


def message(workspace: Workspace, opened: Opened, team: str, *, on: date | None = None) -> Message:
    """Return the note of a team's week as a message; the same week of a team has the same key.

    Args:
        workspace: the company's.
        opened: its open generation.
        team: executives, marketing, sales or service.
        on: a day of the week; the last week that is over where None.

    Raises:
        UnknownName: there is no such team.
        QueryError: the week is not over, or not whole in the records.
    """
    ask = Ask(
        records=opened.records,
        kpis=workspace.kpis,
        tables=workspace.cohorts,
        team=team,
        focus=on,
        opened=opened,
        workspace=workspace,
    )
    found = noted.told(ask)
    week = week_named(found.period)
    worse = [one for one in (*found.news, *found.still) if one.way == "worse"]
    return Message(
        tells=Tells.NOTE,
        key=f"note:{team}:{week}",
        title=f"{TEAMS[team].title}, {week}: {_title(found)}",
        text=" ".join([*noted.sentences(found, ask), noted.closing(found, ask)]),
        facts=tuple(_facts(found, ask)),
        page=f"note?week={week}&team={team}",
        owner=team,
        bad=bool(worse) if found.news or found.still else None,
    )


def _title(found: Week) -> str:
    if not found.looked:
        return "too early to say what is usual"
    off = [words.title(one.row.kpi.name) for one in (*found.news, *found.still)]
    if not off:
        return "nothing is off the usual"
    return f"{', '.join(off[:2])}{f' and {len(off) - 2} more' if len(off) > 2 else ''} off the usual"


def _facts(found: Week, ask: Ask) -> Iterator[tuple[str, str]]:
    """Yield each KPI that the note tells of, with its value, its interval and what is usual."""
    for one in (*found.news, *found.still)[: noted.NEWS]:
        yield words.title(one.row.kpi.name), f"{_valued(one, ask)}; {noted.off_said(one)}"
    for one in noted.as_usual(found):
        yield words.title(one.row.kpi.name), f"{_valued(one, ask)}; as usual"


def _valued(one: News, ask: Ask) -> str:
    shows: Shows = one.row.kpi.shows
    value, usual = one.row.estimate.interval, one.usual.interval
    return (
        f"{words.value(value.value, shows, ask.currency)} ({words.interval(value, shows, ask.currency)}, "
        f"n {value.n:,}), usually {words.value(usual.value, shows, ask.currency)} "
        f"({words.interval(usual, shows, ask.currency)})"
    )
