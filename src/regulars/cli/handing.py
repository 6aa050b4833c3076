"""What `regulars audience export` and `regulars audience send` do."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.app import handing_out, sending
from regulars.app.handing_out import Handout, Wanted
from regulars.app.workspace import Workspace
from regulars.cli import terminal
from regulars.cli.people import acting
from regulars.core.errors import QueryError
from regulars.core.wording import counted
from regulars.reports import handed_out
from regulars.state.audit import By

if TYPE_CHECKING:
    from regulars.state.store import State


def export(
    directory: Path, name: str, output_format: str, output: Path | None, *, columns: str, shared: str | None
) -> None:
    """Write the treated of an audience."""
    if shared is not None and not shared.strip():
        # An unset variable in a script must not hand out what only the company itself may have.
        raise QueryError("Who is given it? Write a name after `--shared`, or leave it out where it is your own.")
    if output_format == "table":
        raise QueryError("An audience is handed out as csv, json or parquet.")
    write = handed_out.WRITES[terminal.chosen(output_format, tuple(handed_out.WRITES))]
    with _ready(directory, _wanted(name, columns, shared or "")) as (state, by, handout):
        if output is None:
            handing_out.written_down(state, by, handout, "audience.export", "standard output")
            sys.stdout.flush()
            sys.stdout.buffer.write(write(handout))
            sys.stdout.buffer.flush()
        else:
            with handed_out.new_file(output) as file:
                content = write(handout)
                handing_out.written_down(state, by, handout, "audience.export", f"file {output.name}")
                file.write(content)
    _tell(handout)


def send(directory: Path, name: str, to: str, *, columns: str, check: bool) -> None:
    """Send the treated of an audience to an address of the settings."""
    found = sending.sender(Workspace.at(directory), to)
    recipient = to if found.webhook.shared else ""
    with _ready(directory, _wanted(name, columns, recipient)) as (state, by, handout):
        if check:
            found.check()
            count = len(list(sending.batches(handout, found.webhook.batch)))
        else:
            count = sending.send(state, by, handout, found)
    _tell(handout)
    done = "Nothing was sent; it would be" if check else "Sent"
    print(f"{done} to `{to}` in {counted(count, 'batch', 'batches')}.", file=sys.stderr)


def _wanted(name: str, columns: str, recipient: str) -> Wanted:
    listed = tuple(dict.fromkeys(one.strip() for one in columns.split(",") if one.strip()))
    return Wanted(name=name, columns=listed, recipient=recipient)


@contextmanager
def _ready(directory: Path, wanted: Wanted) -> Iterator[tuple["State", By, Handout]]:
    workspace = Workspace.at(directory)
    with acting(directory) as (state, by):
        if handing_out.needs_records(workspace, wanted):
            with workspace.opened() as opened:
                handout = handing_out.prepared(workspace, state, wanted, opened.records)
        else:
            handout = handing_out.prepared(workspace, state, wanted, None)
        yield state, by, handout


def _tell(handout: Handout) -> None:
    said = [f"{counted(len(handout.rows), 'customer')}; {handout.audience.held:,} are held out and not among them."]
    if handout.withdrawn:
        said.append(f"{counted(handout.withdrawn, 'customer')} left out: they do not agree to be contacted any more.")
    if handout.settled:
        said.append(f"{counted(handout.settled, 'customer')} left out: it was done, declined or put off.")
    if handout.given_up:
        said.append(f"Of {counted(handout.given_up, 'customer')} something became `other`: too few share it.")
    print(" ".join(said), file=sys.stderr)
