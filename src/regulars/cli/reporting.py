"""`regulars report`: a page as a file, for paper, mail or a spreadsheet."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from regulars.cli import terminal, viewing
from regulars.core.errors import QueryError, nearest
from regulars.core.periods import now
from regulars.reports import document


def report(
    name: str, about: str, directory: Path, *, asked: Sequence[str], file_format: str, output: Path | None
) -> None:
    """Write a page as a file.

    Args:
        name: of the page.
        about: what it is about; "" of a page about all.
        directory: the workspace.
        asked: "parameter=words", of those that the page takes.
        file_format: one of `document.FORMATS`.
        output: the file; named after page, period and format where None, "-" for standard output.

    Raises:
        QueryError: there is no such format, or what is asked cannot be.
        UnknownName: there is no such page.
    """
    if file_format not in document.FORMATS:
        raise QueryError(f"`{file_format}` is no format of a report.{nearest(file_format, document.FORMATS)}")
    with terminal.company(directory) as company:
        page = company.page(name, about, **viewing.words_of(asked))
    content = document.document(page, file_format, at=now())
    if output == Path("-"):
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    period = "" if page.period is None else f"-{page.period.start}-{page.period.end}"
    target = output or Path(f"{_plain(name, about)}{period}.{file_format}")
    target.write_bytes(content)
    terminal.err.print(f"Wrote `{target}` ({len(content):,} bytes).", soft_wrap=True, markup=False)


def _plain(*names: str) -> str:
    return "-".join(re.sub(r"[^\w-]+", "_", name) for name in names if name)
