"""`regulars note`: the note of a week, or those of many, as files."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from regulars.app.noted import last_week, week_named
from regulars.cli import terminal, viewing
from regulars.core.errors import QueryError, nearest
from regulars.core.periods import Period, now
from regulars.reports import document
from regulars.views import noted
from regulars.views.company import Company
from regulars.views.fill import Page
from regulars.views.page import known
from regulars.views.parameters import fields

#: Formats besides those of every command, and what reports call them.
_FILES = {"md": "md", "html": "html", "mail": "eml", "pdf": "pdf"}
#: Most weeks at once.
MOST = 520


def note(
    directory: Path, *, team: str, week: str, weeks: int, to: Path | None, output_format: str, output: Path | None
) -> None:
    """Write the note of one week, or those of the last ones into a folder.

    Raises:
        QueryError: the week or the format cannot be.
        UnknownName: there is no such team.
    """
    known_formats = (*terminal.FORMATS, *_FILES)
    if output_format not in known_formats:
        raise QueryError(f"`{output_format}` is no format of a note.{nearest(output_format, known_formats)}")
    if (to is None) != (weeks == 0):
        raise QueryError("Notes of several weeks go to a folder: write `--weeks 52 --to FOLDER`.")
    if to is not None:
        _many(directory, team, week, weeks, to, "md" if output_format == "table" else output_format)
        return
    with terminal.company(directory) as company:
        page = company.page("note", **{name: said for name, said in (("team", team), ("week", week)) if said})
    if output_format in terminal.FORMATS:
        viewing.write(page, output_format, output)
        return
    content = document.document(page, _FILES[output_format], at=now())
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    output.write_bytes(content)
    terminal.err.print(f"Wrote `{output}` ({len(content):,} bytes).", soft_wrap=True, markup=False)


def _many(directory: Path, team: str, week: str, weeks: int, to: Path, output_format: str) -> None:
    if output_format not in (*_FILES, "json", "csv"):
        raise QueryError(
            f"Notes are not written to a folder as `{output_format}`. Use md, html, mail, pdf, json or csv."
        )
    ending = _FILES.get(output_format, output_format)
    to.mkdir(parents=True, exist_ok=True)
    count = 0
    with terminal.company(directory) as company:
        for one, page in notes(company, team=team, week=week, weeks=weeks):
            target = to / f"{team or 'executives'}-{week_named(one)}.{ending}"
            target.write_bytes(document.document(page, ending, at=now()))
            count += 1
    terminal.err.print(f"Wrote {count} notes to `{to}`.", soft_wrap=True, markup=False)


def notes(company: Company, *, team: str, week: str, weeks: int) -> Iterator[tuple[Period, Page]]:
    """Yield the notes of so many weeks up to one, each as it was known at its end.

    Raises:
        QueryError: the week cannot be, or there are no so many weeks of records.
        UnknownName: there is no such team.
    """
    if not 1 <= weeks <= MOST:
        raise QueryError(f"`{weeks}` after `--weeks` is no number of weeks from 1 to {MOST}.")
    said = {name: text for name, text in (("team", team), ("week", week)) if text}
    read = fields(said, known(company.views(), "note").takes, company.records)
    for one in noted.weeks_back(last_week(company.opened, read.get("focus")), weeks):
        if _whole(one, company.opened):
            yield one, company.page("note", **said | {"week": week_named(one)})


def _whole(one: Period, opened: Any) -> bool:
    try:
        return last_week(opened, one.start) == one
    except QueryError:
        return False
