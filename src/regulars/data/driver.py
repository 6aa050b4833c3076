"""Drivers: operational facts that may go along with what customers say, declared one by one."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import ibis.expr.types as ir
from ibis import Deferred

from regulars.core.errors import CatalogueError
from regulars.core.registry import failing

#: Canonical columns that must be there; an inner tuple means any one of them.
Needs = tuple[str | tuple[str, ...], ...]


class About(StrEnum):
    """What a fact is about: the order or the service case that an answer speaks of."""

    ORDER = "order"
    CASE = "case"


@dataclass(frozen=True, kw_only=True)
class Driver:
    """An operational fact of the order or case that an answer is about.

    Attributes:
        name: stable snake_case key.
        said: what it is in words, with its unit: "days late".
        about: of what it is a fact; the columns that formulas may read are those of data/circumstances.py.
        value: a number per order or case; one that is text is told apart by its values. Missing where null.
        bad: whether it went wrong, so that answers with and without can be held against each other.
        bad_said: what went wrong, in words that follow "where": "it came late".
        owner: the team that can do something about it.
        reads: canonical columns without which it is not known.
        otherwise: of an answer about something without a case; missing where None.
        version: raised when the meaning changes.
        file: where it stands, of a company's own; the workspace says it.
    """

    name: str
    said: str
    about: About
    value: Deferred
    bad: Deferred | None = None
    bad_said: str = ""
    owner: str = ""
    reads: Needs = ()
    otherwise: float | None = None
    version: int = 1
    # No part of what it means: a workspace may be moved.
    file: Path | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if (self.bad is None) != (not self.bad_said):
            raise CatalogueError(f"Driver `{self.name}` needs both `bad` and `bad_said`, or neither.")

    def of(self, rows: ir.Table) -> tuple[ir.Value, ir.BooleanValue | None]:
        """Return its value and whether it went wrong, of rows of circumstances.

        Raises:
            FaultyDeclaration: it is a company's own and reads what there is not.
        """
        try:
            value = rows.bind(self.value)[0]
            return value, None if self.bad is None else rows.bind(self.bad)[0]
        except Exception as cause:
            if self.file is None:
                raise
            raise failing(self.file, self.name, cause) from cause
