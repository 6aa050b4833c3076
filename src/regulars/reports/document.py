"""The files that a page can be had as: to add one is to add an entry to `FORMATS`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from regulars.core.errors import QueryError, nearest
from regulars.reports.drawing import Drawing
from regulars.reports.mail import mail
from regulars.reports.markdown import markdown
from regulars.reports.page import standalone
from regulars.reports.paper import paper
from regulars.reports.workbook import workbook
from regulars.views.shown import csv_text


class Source(Protocol):
    """What a document is made of: a page, masked already for whoever reads it."""

    def record(self) -> Mapping[str, Any]:
        """Return the page as plain values, as of `views.fill.Page`."""
        ...

    def flat(self) -> Sequence[Mapping[str, Any]]:
        """Return one row per number."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A page's record and rows as they were kept: documents need no page.

    Attributes:
        kept: the record.
        rows: one per number.
    """

    kept: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]] = ()

    def record(self) -> Mapping[str, Any]:
        """Return the record."""
        return self.kept

    def flat(self) -> Sequence[Mapping[str, Any]]:
        """Return the rows."""
        return self.rows


class Format(NamedTuple):
    """A kind of file.

    Attributes:
        media_type: as of RFC 6838.
        write: makes it of a page, an instant at which it is made, and what draws.
    """

    media_type: str
    write: Callable[[Source, datetime, Drawing | None], bytes]


#: Files that hold a whole list, not a page of it.
_WHOLE = ("csv", "xlsx")


def asked_whole(asked: Mapping[str, str], takes: Sequence[str], name: str) -> dict[str, str]:
    """Return what is asked of a page for a file: all rows of a list, where it is a table and nobody says how many."""
    return {"rows": "all", **asked} if "rows" in takes and name in _WHOLE else dict(asked)


def document(page: Source, name: str, *, at: datetime, drawing: Drawing | None = None) -> bytes:
    """Return a page as a file.

    Args:
        page: what it is made of.
        name: of the format.
        at: when it is made.
        drawing: what draws; what draws pages where None.

    Raises:
        QueryError: no such format, or what makes it is not installed.
    """
    if name not in FORMATS:
        known = ", ".join(f"`{one}`" for one in FORMATS)
        raise QueryError(f"A page cannot be had as `{name}`.{nearest(name, FORMATS)} There are {known}.")
    return FORMATS[name].write(page, at, drawing)


def _pdf(page: Source, at: datetime, drawing: Drawing | None) -> bytes:
    return paper(page.record(), at=at, drawing=drawing)


def _html(page: Source, at: datetime, drawing: Drawing | None) -> bytes:
    return standalone(page.record(), at=at, drawing=drawing).encode()


def _mail(page: Source, at: datetime, drawing: Drawing | None) -> bytes:
    return bytes(mail(page.record()))


def _markdown(page: Source, at: datetime, drawing: Drawing | None) -> bytes:
    return markdown(page.record()).encode()


def _xlsx(page: Source, at: datetime, drawing: Drawing | None) -> bytes:
    out = BytesIO()
    workbook(page.record(), out)
    return out.getvalue()


def _csv(page: Source, at: datetime, drawing: Drawing | None) -> bytes:
    return csv_text(page.flat()).encode()


def _json(page: Source, at: datetime, drawing: Drawing | None) -> bytes:
    import orjson

    return orjson.dumps(page.record(), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


#: What a page can be had as, by the ending of the file's name.
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "pdf": Format("application/pdf", _pdf),
        "html": Format("text/html; charset=utf-8", _html),
        "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
        "csv": Format("text/csv; charset=utf-8", _csv),
        "json": Format("application/json", _json),
        "eml": Format("message/rfc822", _mail),
        "md": Format("text/markdown; charset=utf-8", _markdown),
    }
)
