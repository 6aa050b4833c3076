"""`regulars init` and `demo`: what writes files that a person goes on with."""

import sys
from pathlib import Path

import typer

from regulars.app.workspace import SETTINGS, Workspace, modules, packaged
from regulars.cli import loading, terminal
from regulars.core.errors import SettingsError, SourceError
from regulars.core.registry import discover
from regulars.data import guess
from regulars.data.guess import Doubt, Proposal
from regulars.data.source import Source
from regulars.data.system import System


def init(paths: list[Path], directory: Path, *, yes: bool, force: bool) -> None:
    """Propose a mapping, ask about doubts, write `regulars.toml`.

    Raises:
        SettingsError: there is one already.
        SourceError: no file can be used; nothing is written.
        CatalogueError: a declaration in the folder is wrong.
    """
    target = directory / SETTINGS
    if target.exists() and not force:
        raise SettingsError(f"`{target}` exists already. Edit it, or write it anew with `--force`.")
    systems = discover(modules(directory, "sources"), System)
    proposal = guess.propose(paths, workspace=directory, systems=systems.values())
    ask = not yes and sys.stdin.isatty()
    if ask:
        proposal = _asked(proposal)
    if not any(source.feeds for source in proposal.sources):
        raise SourceError(_nothing(proposal))
    if not directory.exists():
        directory.mkdir(parents=True)
        terminal.err.print(f"Made the folder `{directory}`.", soft_wrap=True, markup=False)
    target.write_text(guess.to_toml(proposal), encoding="utf-8", newline="\n")
    _tell(proposal)
    if not ask:
        for doubt in proposal.doubts:
            terminal.err.print(f"doubt: {doubt.question} Taken: {doubt.best}", soft_wrap=True, markup=False)
    terminal.err.print(f"Wrote `{target}`. Read it, then `regulars run`.", soft_wrap=True, markup=False)


def _nothing(proposal: Proposal) -> str:
    """Return the message where no file can be used, with the reason for each."""
    why = [f"{', '.join(source.files)}: {'; '.join(source.notes)}" for source in proposal.sources]
    why += [error for _path, error in proposal.unreadable]
    found = [f"  {line}" for line in why] or ["  There is no data file."]
    return "\n".join(["Nothing was written: no file holds records that can be used.", *found])


def _asked(proposal: Proposal) -> Proposal:
    """Ask about each doubt until none is left that was not asked about."""
    asked: set[tuple[str, str]] = set()
    while True:
        doubt = next((one for one in proposal.doubts if (one.about, one.question) not in asked), None)
        if doubt is None:
            return proposal
        asked.add((doubt.about, doubt.question))
        proposal = doubt.answer(_answer(doubt))


def _answer(doubt: Doubt) -> str:
    terminal.err.print(f"{doubt.question}", markup=False)
    for place, option in enumerate(doubt.options, 1):
        terminal.err.print(f"  {place}  {option}{'  (best guess)' if option == doubt.best else ''}", markup=False)
    while True:
        said = typer.prompt("Number, or Enter for the best guess", default="", show_default=False, err=True).strip()
        if not said:
            return doubt.best
        if said.isdigit() and 1 <= int(said) <= len(doubt.options):
            return doubt.options[int(said) - 1]
        if doubt.open and said:
            return said
        terminal.err.print(f"`{said}` is none of them.", markup=False)


def _tell(proposal: Proposal) -> None:
    for source in proposal.sources:
        tables = ", ".join(feed.table for feed in source.feeds) or "not used"
        terminal.err.print(f"{', '.join(source.files)}: {tables}", soft_wrap=True, markup=False)
        for feed in source.feeds:
            for column in (*feed.columns, *feed.attributes):
                why = f"   ({column.reason})" if column.reason else ""
                said = f"    {feed.table}.{column.column} = {column.expression}{why}"
                terminal.err.print(said, soft_wrap=True, markup=False)
        for note in source.notes:
            terminal.err.print(f"    {note}", soft_wrap=True, markup=False)
    for path, why in proposal.unreadable:
        terminal.err.print(f"{path}: not read: {why}", soft_wrap=True, markup=False)


#: Customers and seed of a demonstration where only the other one is given.
_CUSTOMERS, _SEED = 5_000, 1


def demo(directory: Path, name: str, *, customers: int | None, seed: int | None) -> None:
    """Fill a new folder with records and run it; a folder made so before is run again, unless a size is asked for.

    Raises:
        StoreError: the folder holds something else.
        QueryError: the records cannot have that size.
    """
    source = discover(packaged("sources"), Source)[name]
    sized = customers is not None or seed is not None
    if sized:
        source = source.of_size(_CUSTOMERS if customers is None else customers, _SEED if seed is None else seed)
    if sized or not (directory / SETTINGS).exists():
        terminal.err.print(source.what, soft_wrap=True, markup=False)
        with terminal.progress() as progress:
            source.fill(directory, lambda done: progress(source.title, int(done * 100), 100))
    loading.run(directory, quiet=False)
    terminal.err.print(
        f"\nTry next, in `{directory}`:\n"
        "  regulars check\n"
        "  regulars kpi net_revenue --compare\n"
        f"  regulars kpi average_order_value --by {_attribute(directory)} --grain quarter\n"
        "  regulars cohorts retention\n"
        "  regulars segments",
        markup=False,
    )


def _attribute(directory: Path) -> str:
    with Workspace.at(directory).opened() as opened:
        records = opened.records
        known = records.attributes
        people = records.tables["people"]
        counts = records.run(people.aggregate(**{name: people[name].nunique() for name in known}))[0]
    useful = [name for name in known if 2 <= counts[name] <= 12]
    return useful[0] if useful else known[0]
