"""Every error that Regulars raises on purpose.

* RegularsError
  + SettingsError        regulars.toml is wrong (all problems at once)
  + ExpressionError      an expression in a mapping cannot be read
  + CatalogueError       a declaration is wrong
    - DuplicateName      two declarations share one name
    - UnknownName        nothing is declared under that name
    - BadFormula         a formula does not fit the table it reads
  + QueryError           a question that cannot be asked
  + SourceError          a file cannot be read at all
  + DataError            records were refused
  + StoreError           what is stored is damaged or not ours
  + Busy                 another process writes, or the disk is full: try again later

Faults in single rows of data are never errors: they are findings, counted and shown.
"""

import difflib
from collections.abc import Collection, Sequence


class RegularsError(Exception):
    """Base of all deliberate errors: what happened, where (in backticks) and what to do.

    Attributes:
        code: stable name of the kind of error, for programs.
        exit_status: what a command ends with (sysexits.h).
    """

    code = "regulars"
    exit_status = 70


class SettingsError(RegularsError):
    """`regulars.toml` is wrong; `problems` lists everything that is, each with its line."""

    code = "settings"
    exit_status = 78

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([message, *(f"  {problem}" for problem in self.problems)]))


class ExpressionError(RegularsError):
    """An expression in a mapping cannot be read or does not fit its columns."""

    code = "expression"
    exit_status = 78


class CatalogueError(RegularsError):
    """A declaration is wrong, missing or repeated."""

    code = "catalogue"


class DuplicateName(CatalogueError):
    """Two declarations share one name."""

    code = "duplicate-name"

    def __init__(self, name: str, first: str, second: str) -> None:
        super().__init__(f"`{name}` is declared in both `{first}` and `{second}`. Rename one.")


class UnknownName(CatalogueError):
    """Nothing is declared under this name."""

    code = "unknown-name"
    exit_status = 2

    def __init__(self, kind: str, name: str, known: Collection[str]) -> None:
        super().__init__(f"No {kind} is called `{name}`.{nearest(name, known)}")


class BadFormula(CatalogueError):
    """A formula does not fit the table it reads."""

    code = "bad-formula"

    def __init__(self, kpi: str, table: str, cause: Exception) -> None:
        super().__init__(f"KPI `{kpi}` cannot be computed from `{table}`: {cause}")


class QueryError(RegularsError):
    """A question that cannot be asked as it stands."""

    code = "query"
    exit_status = 2


class SourceError(RegularsError):
    """A file or system of record cannot be read at all."""

    code = "source"
    exit_status = 66


class DataError(RegularsError):
    """Records were refused as a whole."""

    code = "data"
    exit_status = 65


class StoreError(RegularsError):
    """What is stored is damaged, or was made by a newer version."""

    code = "store"
    exit_status = 74


class Busy(RegularsError):
    """Nothing is wrong that time does not mend: another writer, or a full disk."""

    code = "busy"
    exit_status = 75


def nearest(name: str, known: Collection[str]) -> str:
    """Return " Did you mean `x`?", or the known names where none is near.

    >>> nearest("repeat_purchase", ["repeat_purchase_rate", "churn"])
    ' Did you mean `repeat_purchase_rate`?'
    """
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f" Did you mean `{near[0]}`?"
    return f" Known: {', '.join(sorted(known))}." if known else ""
