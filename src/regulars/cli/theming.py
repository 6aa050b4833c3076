"""`regulars theme`: corrections of themes."""

from collections.abc import Callable
from pathlib import Path

from regulars.app import comments
from regulars.app.workspace import Workspace
from regulars.cli import terminal
from regulars.core.errors import UnknownName
from regulars.text import editing, taxonomy


def rename(directory: Path, theme: str, name: str) -> None:
    """Call a theme otherwise."""
    _correct(directory, theme, lambda text: editing.rename(text, theme, name))


def merge(directory: Path, theme: str, into: str) -> None:
    """Make a theme part of another."""
    _correct(directory, theme, lambda text: editing.merge(text, theme, into), also=into)


def pin(directory: Path, theme: str, words: list[str], language: str) -> None:
    """Give words to a theme, which may be a new one."""
    _correct(directory, theme, lambda text: editing.pin(text, theme, words, language=language), new=True)


def exclude(directory: Path, theme: str, *, undo: bool) -> None:
    """Leave a theme out, or take it in again."""
    _correct(directory, theme, lambda text: editing.exclude(text, theme, not undo))


def own(directory: Path, theme: str, team: str) -> None:
    """Say which team answers for a theme."""
    _correct(directory, theme, lambda text: editing.give(text, theme, team))


def _correct(directory: Path, theme: str, change: Callable[[str], str], *, also: str = "", new: bool = False) -> None:
    shelf = Workspace.at(directory).shelf
    known = {one.id for one in comments.memory(shelf).themes}
    known |= set((taxonomy.read(shelf.text, path=shelf.taxonomy) if shelf.text else taxonomy.built_in()).entries)
    for one in (theme, also):
        if one and one not in known and not (new and one == theme):
            raise UnknownName("theme", one, known)
    path = comments.correct(shelf, change)
    terminal.err.print(f"Wrote `{path}`; the next `regulars themes` reads all comments anew.", markup=False)
