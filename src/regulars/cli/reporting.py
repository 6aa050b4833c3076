"""`regulars report`: a page as a file, for paper, mail or a spreadsheet."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from regulars.cli import terminal, viewing
from regulars.core.errors import QueryError, nearest
from regulars.core.periods import now
from regulars.reports import document
from regulars.views.page import known


def report(
    name: str, about: str, directory: Path, *, asked: Sequence[str], file_format: str | None, output: Path | None
) -> None:
    """Write a page as a file.

    Args:
        name: of the page.
        about: what it is about; "" of a page about all.
        directory: the workspace.
        asked: "parameter=words", of those that the page takes.
        file_format: one of `document.FORMATS`; as the file's name ends, else a PDF, where None.
        output: the file; named after page, period and format where None, "-" for standard output.

    Raises:
        QueryError: there is no such format, or what is asked cannot be.
        UnknownName: there is no such page.
    """
    file_format = _format(file_format, output)
    with terminal.company(directory) as company:
        takes = known(company.views(), name).takes
        page = company.page(name, about, **document.asked_whole(viewing.words_of(asked), takes, file_format))
    content = document.document(page, file_format, at=now())
    if output == Path("-"):
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    period = "" if page.period is None else f"-{page.period.start}-{page.period.end}"
    target = output or Path(f"{_plain(name, about)}{period}.{file_format}")
    target.write_bytes(content)
    terminal.err.print(f"Wrote `{target}` ({len(content):,} bytes).", soft_wrap=True, markup=False)


def _format(said: str | None, output: Path | None) -> str:
    """Return the format that is said, or that the file's name ends with; both where they are one."""
    ending = "" if output is None else output.suffix.removeprefix(".").lower()
    if said is None:
        return ending if ending in document.FORMATS else "pdf"
    if said not in document.FORMATS:
        raise QueryError(f"`{said}` is no format of a report.{nearest(said, document.FORMATS)}")
    if ending in document.FORMATS and ending != said:
        raise QueryError(f"`{output}` is to be {said}, and its name ends with .{ending}. Leave out one of them.")
    return said


def _plain(*names: str) -> str:
    return "-".join(re.sub(r"[^\w-]+", "_", name) for name in names if name)
