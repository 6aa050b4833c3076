"""What is done by itself, and where messages go: the part of page Watch that says whether that works."""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from regulars.app.learned import stated
from regulars.app.workspace import SETTINGS
from regulars.core.channel_settings import Channel
from regulars.core.periods import now
from regulars.core.schedule_settings import Entry
from regulars.core.wording import counted
from regulars.state import outbox, slots
from regulars.state.outbox import Standing
from regulars.state.slots import Run
from regulars.views.blocks import Block, Cell, Grid, Head, Heading, Notice
from regulars.views.view import Ask

#: Days within which missed runs are counted.
_DAYS = 30
#: Letters that are listed.
_LETTERS = 20
_NO_SCHEDULE = "Nothing is done by itself yet: write `[[schedule]]` in `regulars.toml`."
_NO_CHANNELS = "Nobody is told anything yet: write `[channels.NAME]` in `regulars.toml`."


def blocks(ask: Ask) -> Iterator[Block]:
    """Yield the schedule, the channels, and what was not taken yet."""
    if ask.workspace is None:
        return
    settings = ask.workspace.settings
    yield Heading(text="What is done by itself")
    yield _schedule(ask, settings.schedule) if settings.schedule else Notice(text=_NO_SCHEDULE)
    yield _channels(ask) if settings.channels else Notice(text=_NO_CHANNELS)
    if settings.channels:
        yield from _letters(ask)


def _zone(ask: Ask) -> str:
    assert ask.workspace is not None
    return ask.workspace.settings.company.time_zone


def _local(at: datetime | None, zone: str) -> str:
    return "" if at is None else at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _schedule(ask: Ask, entries: tuple[Entry, ...]) -> Grid:
    assert ask.workspace is not None
    at, zone = now(), _zone(ask)
    last: Mapping[str, Run] = {}
    missed: Mapping[str, int] = {}
    with stated(ask.workspace) as state:
        if state is not None:
            last, missed = slots.last(state), slots.missed(state, since=at - timedelta(days=_DAYS))
    rows: list[tuple[Cell, ...]] = []
    for one in entries:
        run = last.get(one.name)
        ran, said = ("", "not run yet") if run is None else (str(run.ran), run.said)
        before = None if run is None else run.slot
        rows.append(
            (
                one.name,
                one.at,
                # A clock that was set ahead has run what would come.
                _local(one.times.next(at if before is None else max(at, before), zone), zone),
                _local(before, zone),
                ran,
                said,
                missed.get(one.name, 0),
            )
        )
    heads = ("name", "What"), ("at", "When"), ("next", "Next"), ("last", "Last"), ("result", "Result"), ("said", "Said")
    return Grid(
        name="schedule",
        title="Schedule",
        heads=(*_heads(*heads), Head(name="missed", title=f"Missed in {_DAYS} days", minor=True)),
        rows=tuple(rows),
        caption=f"Times are those of {zone}. What was missed was not made up for: nobody ran the schedule then.",
    )


def _channels(ask: Ask) -> Grid:
    assert ask.workspace is not None
    settings, zone = ask.workspace.settings, _zone(ask)
    with stated(ask.workspace) as state:
        every = {} if state is None else outbox.counts(state)
        rows = list(_gone(every, settings.channels))
        for name, channel in settings.channels.items():
            counts = every.get(name, {})
            sent = None if state is None else outbox.latest(state, name, Standing.SENT)
            waiting = None if state is None else outbox.head(state, name)
            trouble = "" if waiting is None else waiting.trouble
            done = None if sent is None else sent.changed_at
            held, dead = counts.get(Standing.WAITING, 0), counts.get(Standing.DEAD, 0)
            rows.append((name, channel.team, _held(channel, zone), _local(done, zone), held, dead, trouble))
    heads = _heads(("name", "Channel"), ("team", "Team"), ("held", "Held back"), ("sent", "Last taken"))
    counts_of = _heads(("waiting", "Waiting"), ("dead", "Not taken"), ("trouble", "Trouble"))
    return Grid(
        name="channels",
        title="Channels",
        heads=(*heads, *counts_of),
        rows=tuple(rows),
        caption="What waits for a channel that is no longer there is sent once it is again. What was not taken is not "
        "sent again by itself: `regulars outbox retry`, or `drop`. "
        "A test (`regulars channels test NAME`) says no more than that it arrived.",
    )


def _gone(every: Mapping[str, Mapping[Standing, int]], known: Container[str]) -> Iterator[tuple[Cell, ...]]:
    """Yield channels that messages wait for, though the settings have them no longer."""
    for name, counts in every.items():
        if name not in known and (held := counts.get(Standing.WAITING, 0)):
            yield name, "", "", "", held, counts.get(Standing.DEAD, 0), f"no longer in `{SETTINGS}`"


def _held(channel: Channel, zone: str) -> str:
    parts = [f"digest {channel.digest}"] if channel.gathers else []
    parts += [f"quiet {', '.join(channel.quiet)}"] if channel.quiet else []
    parts += ["quiet now"] if channel.is_quiet(now(), zone) else []
    return "; ".join(parts)


def _letters(ask: Ask) -> Iterator[Block]:
    """Yield what waits and what was not taken; neither is of single customers."""
    assert ask.workspace is not None
    zone = _zone(ask)
    with stated(ask.workspace) as state:
        if state is None:
            return
        left = [outbox.letters(state, standing=one, most=_LETTERS) for one in (Standing.DEAD, Standing.WAITING)]
    found = [letter for letters in left for letter in letters][:_LETTERS]
    if not found:
        return
    heads = ("id", "Number"), ("channel", "Channel"), ("title", "Message"), ("put", "Since"), ("status", "State")
    rows = []
    for one in found:
        told = str(one.id), one.channel, one.message.title, _local(one.put_at, zone), str(one.standing)
        rows.append((*told, counted(one.tries, "time"), one.trouble))
    more = _heads(("tries", "Tried"), ("trouble", "Why"))
    yield Grid(name="outbox", title="Not taken yet", heads=(*_heads(*heads), *more), rows=tuple(rows))


def _heads(*named: tuple[str, str]) -> tuple[Head, ...]:
    return tuple(Head(name=name, title=title) for name, title in named)
