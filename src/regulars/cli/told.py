"""What channels and the outbox show and do."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.app.workspace import Workspace
from regulars.cli import terminal
from regulars.cli.people import acting, show_records
from regulars.core.egress import Egress
from regulars.core.errors import Busy, QueryError, RegularsError, UnknownName
from regulars.core.periods import now
from regulars.core.wording import counted

if TYPE_CHECKING:
    from regulars.alerts.delivering import Delivered
    from regulars.state.outbox import Letter

#: Seconds that a list waits for a name.
_GLANCE = 5.0


def channels(directory: Path, output_format: str) -> None:
    """List channels, each with whether it may be sent to."""
    settings = Workspace.at(directory).settings
    with acting(directory) as (state, _):
        from regulars.state import outbox
        from regulars.state.outbox import Standing

        counts, records = outbox.counts(state), []
        for name, channel in settings.channels.items():
            kind, why_not = _looked_at(directory, name)
            sent = outbox.latest(state, name, Standing.SENT)
            records.append(
                {
                    "name": name,
                    "kind": kind,
                    "team": channel.team,
                    "digest": channel.digest,
                    "quiet": channel.is_quiet(now(), settings.company.time_zone),
                    "waiting": counts.get(name, {}).get(Standing.WAITING, 0),
                    "dead": counts.get(name, {}).get(Standing.DEAD, 0),
                    "sent_at": None if sent is None else sent.changed_at.isoformat(timespec="seconds"),
                    "state": why_not or "ok",
                }
            )
    if not records and output_format == "table":
        terminal.err.print("There are no channels yet: write `[channels.NAME]` in `regulars.toml`.", markup=False)
        return
    show_records(records, output_format, drops=("team", "digest", "quiet"), wraps=("state",))


def looked_at(directory: Path) -> Iterator[str]:
    """Yield one line per channel: whether it may be sent to."""
    for name in Workspace.at(directory).settings.channels:
        kind, why_not = _looked_at(directory, name)
        yield f"problem  channel `{name}`: {why_not}" if why_not else f"ok  channel `{name}`: {kind}"


def _looked_at(directory: Path, name: str) -> tuple[str, str]:
    """Return what a channel is, and why it may not be sent to now."""
    from regulars.alerts.channel import line

    try:
        found = line(Workspace.at(directory).settings, name, os.environ, Egress(seconds=_GLANCE))
    except RegularsError as error:
        return "", str(error)
    try:
        found.check()
    except RegularsError as error:
        return found.address.kind, str(error)
    return found.address.kind, ""


def trial(directory: Path, name: str, *, check: bool) -> None:
    """Try whether messages to a channel arrive."""
    from regulars.alerts.channel import Line, line
    from regulars.alerts.trying import tell

    told = line(Workspace.at(directory).settings, name)
    if check:
        told.check()
        terminal.err.print(f"`{name}` may be sent to; nothing was sent.", markup=False)
        return
    at = now()

    def note(told: Line) -> None:
        with acting(directory) as (state, by):
            from regulars.state import audit

            audit.record(state, by, "channel.test", name, purpose=f"to {told.address.kind}", at=at)

    tell(told, at, note)
    terminal.err.print(f"`{name}` took it. Look whether it is there.", markup=False)


def letters(directory: Path, status: str, output_format: str) -> None:
    """List what is in the outbox."""
    with acting(directory) as (state, _):
        from regulars.state import outbox
        from regulars.state.outbox import Standing

        if status and status not in list(Standing):
            raise UnknownName("status of messages", status, list(Standing))
        found = outbox.letters(state, standing=Standing(status) if status else None)
    records = [_record(one) for one in found]
    if not records and output_format == "table":
        terminal.err.print("There is nothing in the outbox.", markup=False)
        return
    show_records(
        records, output_format, drops=("key", "tries", "changed_at", "file", "about"), wraps=("title", "trouble")
    )


def _record(one: "Letter") -> dict[str, Any]:
    return {
        "id": one.id,
        "channel": one.channel,
        "about": str(one.message.tells),
        "title": one.message.title,
        "file": one.enclosed_as,
        "put_at": one.put_at.isoformat(timespec="seconds"),
        "status": str(one.standing),
        "tries": one.tries,
        "due_at": one.due_at.isoformat(timespec="seconds"),
        "trouble": one.trouble,
        "changed_at": one.changed_at.isoformat(timespec="seconds"),
        "key": one.message.key,
    }


def send(directory: Path, among: Sequence[str]) -> None:
    """Send what waits to some channels, or to all where none is named.

    Raises:
        UnknownName: there is no such channel.
        Busy: something was not taken.
    """
    workspace = Workspace.at(directory)
    for name in among:
        if name not in workspace.settings.channels:
            raise UnknownName("channel", name, workspace.settings.channels)
    with acting(directory) as (state, _):
        from regulars.alerts.delivering import Delivery

        done = Delivery(settings=workspace.settings, state=state).deliver(among=among or None)
    tell(done)
    troubled = [one.channel for one in done if one.trouble]
    if troubled:
        raise Busy(f"Not everything was taken: see {', '.join(f'`{name}`' for name in troubled)} above.")


def tell(done: Sequence["Delivered"]) -> None:
    """Say on standard error what became of each channel's messages."""
    for one in done:
        parts = [f"{counted(one.sent, 'message')} sent"] if one.sent else []
        parts += [f"{counted(one.dead, 'message')} not sent again by themselves"] if one.dead else []
        parts += ["quiet hours"] if one.quiet else []
        parts += [one.trouble] if one.trouble else []
        if parts:
            terminal.err.print(f"{one.channel}: {'; '.join(parts)}", soft_wrap=True, markup=False)


def retry(directory: Path, ids: Sequence[int], *, every: bool) -> None:
    """Have messages sent again."""
    chosen = _chosen(ids, every=every)
    with acting(directory) as (state, by):
        from regulars.state import audit, outbox

        with state.writing():
            count = outbox.retry(state, chosen, at=now())
            audit.record(state, by, "outbox.retry", _named(chosen), rows=count, at=now())
    _said(count, chosen, "to be sent again")


def drop(directory: Path, ids: Sequence[int], *, every: bool) -> None:
    """Take messages out."""
    chosen = _chosen(ids, every=every)
    with acting(directory) as (state, by):
        from regulars.state import audit, outbox

        with state.writing():
            count = outbox.drop(state, chosen, at=now())
            audit.record(state, by, "outbox.drop", _named(chosen), rows=count, at=now())
    _said(count, chosen, "taken out")


def _chosen(ids: Sequence[int], *, every: bool) -> list[int] | None:
    if bool(ids) == every:
        raise QueryError("Name messages by their ids, as `regulars outbox list` has them, or say `--all`.")
    return None if every else list(ids)


def _named(ids: Sequence[int] | None) -> str:
    return "all" if ids is None else " ".join(map(str, ids))


def _said(count: int, chosen: Sequence[int] | None, what: str) -> None:
    if chosen is not None and count < len(set(chosen)):
        missing = len(set(chosen)) - count
        terminal.err.print(f"{counted(missing, 'message')} of these is not there, or was sent already.", markup=False)
    terminal.err.print(f"{counted(count, 'message')} {what}.", markup=False)
