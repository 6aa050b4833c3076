"""The commands about channels and what waits to be sent to them."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format
from regulars.cli.people import anywhere

telling = typer.Typer()
channelapp = typer.Typer(help="Where messages go.", no_args_is_help=True, callback=anywhere)
outboxapp = typer.Typer(help="What waits to be sent to channels.", no_args_is_help=True, callback=anywhere)
telling.add_typer(channelapp, name="channels")
telling.add_typer(outboxapp, name="outbox")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Which of `[channels]` of `regulars.toml`.")]
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Which, as `regulars outbox list` has them.")]
Every = Annotated[bool, typer.Option("--all", help="All that were not taken, and all that wait.")]


@channelapp.command("list")
def channels_list(directory: Folder = HERE, output_format: Format = "table") -> None:
    """List channels: what each is, whether it may be sent to, what waits, what was taken last."""
    from regulars.cli import told

    told.channels(directory, output_format)


@channelapp.command("test")
def channels_test(
    name: Name,
    directory: Folder = HERE,
    check: Annotated[bool, typer.Option("--check", help="Only look whether it may be sent to; send nothing.")] = False,
) -> None:
    """Send a message that says no more than that it arrived."""
    from regulars.cli import told

    told.trial(directory, name, check=check)


@outboxapp.command("list")
def outbox_list(
    directory: Folder = HERE,
    status: Annotated[str, typer.Option("--status", help="waiting, dead, sent or dropped; all if none.")] = "",
    output_format: Format = "table",
) -> None:
    """List what is and was to be sent, the newest first."""
    from regulars.cli import told

    told.letters(directory, status, output_format)


@outboxapp.command("send")
def outbox_send(
    directory: Folder = HERE,
    channel: Annotated[list[str] | None, typer.Option("--channel", help="Only to this one; may be repeated.")] = None,
) -> None:
    """Send what waits now; ends with 75 where something was not taken."""
    from regulars.cli import told

    told.send(directory, channel or [])


@outboxapp.command("retry")
def outbox_retry(ids: Ids = None, directory: Folder = HERE, every: Every = False) -> None:
    """Have messages sent again that were not taken."""
    from regulars.cli import told

    told.retry(directory, ids or [], every=every)


@outboxapp.command("drop")
def outbox_drop(ids: Ids = None, directory: Folder = HERE, every: Every = False) -> None:
    """Take messages out, so that they are never sent."""
    from regulars.cli import told

    told.drop(directory, ids or [], every=every)
