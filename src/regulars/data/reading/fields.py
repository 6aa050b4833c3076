"""One record of delimited text, taken apart strictly (RFC 4180)."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

UNCLOSED: Final = "unclosed_quote"
STRAY_QUOTE: Final = "stray_quote"
STRAY_END: Final = "stray_line_end"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The fields of a record, and the position behind its line end."""

    fields: list[bytes]
    stop: int


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why a record cannot be taken apart, and where: at the misplaced byte, or at the quote that opens."""

    reason: str
    at: int


@dataclass(frozen=True, kw_only=True)
class Grammar:
    r"""How fields and lines end: a one-byte `delimiter`, and `end`: a line feed, or a carriage return in old Mac files.

    >>> Grammar(delimiter=b",", end=b"\n").take(b'7,"a ""b"" c",\r\n', 0, 16)
    Taken(fields=[b'7', b'a "b" c', b''], stop=16)
    """

    delimiter: bytes
    end: bytes

    @cached_property
    def _line_end(self) -> bytes:
        return rb"\r?\n" if self.end == b"\n" else rb"\r"

    @cached_property
    def _quoted(self) -> re.Pattern[bytes]:
        return re.compile(rb'"((?:[^"]++|"")*+)"')

    @cached_property
    def _bare(self) -> re.Pattern[bytes]:
        return re.compile(rb'([^"\r\n' + re.escape(self.delimiter) + rb"]*+)")

    @cached_property
    def _field(self) -> re.Pattern[bytes]:
        either = rb"(?:" + self._quoted.pattern + rb"|" + self._bare.pattern + rb")"
        return re.compile(either + rb"(?:(" + re.escape(self.delimiter) + rb")|" + self._line_end + rb")")

    def take(self, data: bytes, start: int, stop: int) -> Taken | Fault:
        """Take the record apart that begins at `start`; `stop` lies behind a line end."""
        fields: list[bytes] = []
        at = start
        while found := self._field.match(data, at, stop):
            quoted, bare, more = found.groups()
            fields.append(bare if quoted is None else quoted.replace(b'""', b'"'))
            if not more:
                return Taken(fields=fields, stop=found.end())
            at = found.end()
        return self._fault(data, at, stop)

    def _fault(self, data: bytes, at: int, stop: int) -> Fault:
        quoted = data[at : at + 1] == b'"'
        part = (self._quoted if quoted else self._bare).match(data, at, stop)
        if part is None:
            return Fault(reason=UNCLOSED, at=at)
        stray = data[part.end() : part.end() + 1]
        return Fault(reason=STRAY_END if stray in (b"\r", b"\n") else STRAY_QUOTE, at=part.end())
