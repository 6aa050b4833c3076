"""`regulars new`: a declaration to begin from. No engine is loaded for it."""

from keyword import iskeyword
from pathlib import Path

import typer

import regulars
from regulars.core.errors import QueryError
from regulars.core.registry import names_in
from regulars.views.templates import TEMPLATES


def new(kind: str, name: str, directory: Path) -> None:
    """Write a small declaration that works.

    Raises:
        QueryError: there is no such kind, the name cannot be one or is taken, or the file exists.
    """
    if kind not in TEMPLATES:
        kinds = ", ".join(f"`{one}`" for one in TEMPLATES)
        raise QueryError(f"`{kind}` is no kind of declaration. There are: {kinds}.")
    if not name.isidentifier() or name != name.lower() or iskeyword(name):
        raise QueryError(f"`{name}` cannot be a name. Write it in small letters, digits and `_`.")
    folder, text = TEMPLATES[kind]
    target = directory / folder / f"{name}.py"
    if target.exists():
        raise QueryError(f"`{target}` exists already. Choose another name.")
    if name in names_in(Path(regulars.__file__).parent / "catalogue" / folder):
        raise QueryError(f"Regulars itself has a {kind} called `{name}`. Choose another name.")
    if name in names_in(directory / folder):
        raise QueryError(f"A file in `{directory / folder}` declares `{name}` already. Choose another name.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.replace("NAME", name), encoding="utf-8")
    typer.echo(f"Wrote `{target}`.", err=True)
