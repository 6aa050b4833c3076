"""The commands about who may come in, what programs come in with, and what was done."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.cli.options import HERE, Folder, Format
from regulars.core.errors import UnknownName

if TYPE_CHECKING:
    from regulars.state.audit import By, Entry
    from regulars.state.person import Person
    from regulars.state.store import State
    from regulars.state.tokens import Token


def anywhere(context: typer.Context, directory: Folder = HERE) -> None:
    """Take the folder before the command's own name, too."""
    if directory != HERE:
        context.default_map = {str(context.invoked_subcommand): {"directory": directory}}


userapp = typer.Typer(help="Who may come in.", no_args_is_help=True, callback=anywhere)
tokenapp = typer.Typer(help="What programs come in with.", no_args_is_help=True, callback=anywhere)
auditapp = typer.Typer(help="What was done, by whom.", no_args_is_help=True, callback=anywhere)
people = typer.Typer()
people.add_typer(userapp, name="user")
people.add_typer(tokenapp, name="token")
people.add_typer(auditapp, name="audit")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Login; small letters, digits, signs . _ @ + -")]
RoleName = Annotated[str, typer.Option("--role", help="viewer, editor or admin.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@userapp.command("add")
def user_add(
    name: Name,
    role: RoleName,
    directory: Folder = HERE,
    personal: Annotated[bool, typer.Option("--personal", help="May see who a customer is; admins may anyway.")] = False,
    team: Annotated[list[str] | None, typer.Option("--team", help="Whose pages come first; may be repeated.")] = None,
    password_stdin: Stdin = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="Comes in by tokens only.")] = False,
) -> None:
    """Add a person; the password is asked for."""
    with acting(directory) as (state, by):
        from regulars.app import people as use
        from regulars.state.person import role_of
        from regulars.views.teams import TEAMS

        for one in team or ():
            if one not in TEAMS:
                raise UnknownName("team", one, TEAMS)
        role_of(role)
        password = None if no_password else _password(stdin=password_stdin)
        person = use.add(state, by, name, role, personal=personal, teams=team or (), password=password)
    typer.echo(f"Added `{person.name}`, {person.role}.", err=True)


@userapp.command("list")
def user_list(directory: Folder = HERE, output_format: Format = "table") -> None:
    """List who may come in."""
    with acting(directory) as (state, _):
        from regulars.app import people as use

        records = [_of_person(person) for person in use.everyone(state)]
    show_records(records, output_format, drops=("created_at", "teams"))


@userapp.command("role")
def user_role(
    name: Name,
    role: Annotated[str, typer.Argument(help="viewer, editor or admin.")],
    directory: Folder = HERE,
    personal: Annotated[
        bool | None, typer.Option("--personal/--no-personal", help="May see who a customer is; as before if not said.")
    ] = None,
) -> None:
    """Give a person another role; they have to log in again."""
    with acting(directory) as (state, by):
        from regulars.app import people as use

        person = use.set_role(state, by, name, role, personal=personal)
    typer.echo(f"`{person.name}` is {person.role} now and has to log in again.", err=True)


@userapp.command("password")
def user_password(name: Name, directory: Folder = HERE, password_stdin: Stdin = False) -> None:
    """Give a person another password; they have to log in again."""
    with acting(directory) as (state, by):
        from regulars.app import people as use

        person = use.set_password(state, by, name, _password(stdin=password_stdin))
    typer.echo(f"`{person.name}` has another password and has to log in again.", err=True)


@userapp.command("disable")
def user_disable(name: Name, directory: Folder = HERE) -> None:
    """Keep a person out, with all their sessions and tokens."""
    with acting(directory) as (state, by):
        from regulars.app import people as use

        person = use.disable(state, by, name)
    typer.echo(f"`{person.name}` is kept out.", err=True)


@userapp.command("enable")
def user_enable(name: Name, directory: Folder = HERE) -> None:
    """Let a person in again."""
    with acting(directory) as (state, by):
        from regulars.app import people as use

        person = use.enable(state, by, name)
    typer.echo(f"`{person.name}` may come in again.", err=True)


@userapp.command("remove")
def user_remove(name: Name, directory: Folder = HERE) -> None:
    """Remove a person with their tokens; what they did stays in the audit log."""
    with acting(directory) as (state, by):
        from regulars.app import people as use

        person = use.remove(state, by, name)
    typer.echo(f"Removed `{person.name}`.", err=True)


@tokenapp.command("new")
def token_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    owner: Annotated[str, typer.Option("--for", help="On whose behalf.")],
    scope: Annotated[list[str], typer.Option("--scope", help="read, customers or personal; may be repeated.")],
    directory: Folder = HERE,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it is good for.")] = 90,
) -> None:
    """Give out a token; it is printed once, and cannot be had again."""
    from datetime import timedelta

    with acting(directory) as (state, by):
        from regulars.app import people as use

        issued = use.issue_token(state, by, name, owner, scope, lasts=timedelta(days=days))
    typer.echo(f"A token of `{issued.token.owner}`, good for {days} days; it is not shown again:", err=True)
    typer.echo(issued.secret)


@tokenapp.command("list")
def token_list(directory: Folder = HERE, output_format: Format = "table") -> None:
    """List tokens, by how they begin."""
    with acting(directory) as (state, _):
        from regulars.app import people as use

        records = [_of_token(token) for token in use.all_tokens(state)]
    show_records(records, output_format, drops=("created_at", "used_at"))


@tokenapp.command("revoke")
def token_revoke(
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="How it begins; `regulars token list` shows it.")],
    directory: Folder = HERE,
) -> None:
    """Take a token back."""
    with acting(directory) as (state, by):
        from regulars.app import people as use

        token = use.revoke_token(state, by, prefix)
    typer.echo(f"`{token.prefix}` of `{token.owner}` is good for nothing now.", err=True)


@auditapp.command("list")
def audit_list(
    directory: Folder = HERE,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 50,
    output_format: Format = "table",
) -> None:
    """List what was done, the newest first."""
    with acting(directory) as (state, _):
        from regulars.app import people as use

        records = [_of_entry(entry) for entry in use.audit_entries(state, limit=limit)]
    show_records(records, output_format, drops=("rows", "purpose", "key", "address"))


@auditapp.command("verify")
def audit_verify(directory: Folder = HERE) -> None:
    """Check that no entry of the audit log was changed, left out, put in, moved or cut off."""
    from regulars.core.errors import DataError
    from regulars.core.wording import counted

    with acting(directory) as (state, _):
        from regulars.app import people as use

        verdict = use.audit_verdict(state)
    if not verdict.sound:
        raise DataError(
            f"The audit log was tampered with: {verdict.why} (first bad entry: {verdict.first_bad})."
            f" Sound before it: {counted(verdict.entries, 'entry', 'entries')}."
        )
    typer.echo(f"The audit log is sound: {counted(verdict.entries, 'entry', 'entries')}.")


@contextmanager
def acting(directory: Path) -> Iterator[tuple["State", "By"]]:
    """Open the state of a workspace for who runs the command."""
    from regulars.app.people import state_of
    from regulars.app.workspace import Workspace
    from regulars.state.audit import By

    with state_of(Workspace.at(directory)) as state:
        yield state, By(actor=f"cli:{_user()}")


def _user() -> str:
    import os
    import pwd

    # Not `getpass.getuser()`, which believes what the environment says.
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _password(*, stdin: bool) -> str:
    if not stdin:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    from regulars.core.errors import QueryError

    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise QueryError("The password on standard input is no UTF-8 text.") from None


def _of_person(person: "Person") -> dict[str, Any]:
    return {
        "name": person.name,
        "role": str(person.role),
        "personal": person.sees_personal,
        "teams": ", ".join(person.teams),
        "password": person.has_password,
        "disabled": person.disabled,
        "created_at": person.created_at.isoformat(timespec="seconds"),
    }


def _of_token(token: "Token") -> dict[str, Any]:
    return {
        "prefix": token.prefix,
        "name": token.name,
        "owner": token.owner,
        "scopes": ", ".join(sorted(token.scopes)),
        "created_at": token.created_at.isoformat(timespec="seconds"),
        "used_at": token.used_at and token.used_at.isoformat(timespec="seconds"),
        "expires_at": token.expires_at and token.expires_at.isoformat(timespec="seconds"),
    }


def _of_entry(entry: "Entry") -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(timespec="milliseconds"),
        "actor": entry.by.actor,
        "key": entry.by.key,
        "address": entry.by.address,
        "action": entry.action,
        "object": entry.object,
        "purpose": entry.purpose,
        "rows": entry.rows,
        "result": entry.result,
    }


def show_records(
    records: Sequence[Mapping[str, Any]], output_format: str, *, drops: Sequence[str], wraps: Sequence[str] = ()
) -> None:
    """Show rows of plain values; `drops` are columns that may be left out, `wraps` such that hold sentences."""
    from regulars.cli import terminal

    terminal.show(lambda: records, lambda: _table(records, drops, wraps), output_format)


def _table(records: Sequence[Mapping[str, Any]], drops: Sequence[str], wraps: Sequence[str]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    from regulars.cli import terminal

    if not records:
        return "None yet."
    heads = {name: name.removesuffix("_at").capitalize() for name in records[0]}
    table = Table(*heads.values(), box=None, pad_edge=False)
    for one in records:
        table.add_row(*(escape(_cell(one[name])) for name in heads))
    return terminal.Fitted(
        table,
        wraps=[heads[name] for name in wraps],
        drops=[heads[name] for name in drops],
        all_of_it="`--format csv` has all",
    )


def _cell(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else "" if value is None else str(value)
