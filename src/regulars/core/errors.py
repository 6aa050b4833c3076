"""Every error that Regulars raises on purpose.

* RegularsError
  + SettingsError        regulars.toml is wrong (all problems at once)
  + ExpressionError      an expression in a mapping cannot be read
  + CatalogueError       a declaration is wrong
    - DuplicateName      two declarations share one name
    - UnknownName        nothing is declared under that name
    - BadFormula         a formula does not fit the table it reads
    - FaultyDeclaration  a file of the company's own does not do what it should
  + QueryError           a question that cannot be asked
  + SourceError          a file cannot be read at all
  + DataError            records were refused
  + Unreconciled         what must add up does not: no number is shown then
  + StoreError           what is stored is damaged, not ours or out of reach
  + Busy                 another process writes, or the disk is full: try again later
  + Refused              somebody may not do this, or does not get in

Faults in single rows of data are never errors: they are findings, counted and shown.
"""

import difflib
import errno
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager


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
    exit_status = 65


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


class FaultyDeclaration(CatalogueError):
    """A file of the company's own cannot be used.

    Attributes:
        names: what it declares, or was to.
    """

    code = "faulty-declaration"

    def __init__(self, path: object, line: int, why: str, names: Collection[str] = ()) -> None:
        self.names = frozenset(names)
        super().__init__(f"`{path}`, line {line}: {why}")


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


class Unreconciled(RegularsError):
    """Amounts that must add up do not: a fault in Regulars or in what is stored, so nothing is shown."""

    code = "unreconciled"
    exit_status = 70


class StoreError(RegularsError):
    """What is stored is damaged, was made by a newer version, or the system does not let us at it."""

    code = "store"
    exit_status = 74


class Busy(RegularsError):
    """Nothing is wrong that time does not mend: another writer, or a full disk."""

    code = "busy"
    exit_status = 75


class Refused(RegularsError):
    """Not allowed, or not known; which of the two is not said to those who are outside.

    Attributes:
        wait: seconds after which it may be tried again; 0 where waiting does not help.
    """

    code = "refused"
    exit_status = 77

    def __init__(self, message: str, *, wait: int = 0) -> None:
        self.wait = wait
        super().__init__(message)


#: What the system says where the disk, or our part of it, is full.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def refusal(cause: OSError, path: object = None) -> RegularsError | None:
    """Return the error for what the system refused; None where neither it nor the caller knows at which path.

    >>> print(refusal(PermissionError(13, "Permission denied", "a/lock")))
    `a/lock` cannot be used: Permission denied. Give this user the right to, or choose another folder.
    """
    where = cause.filename if path is None else path
    if cause.errno in _FULL:
        return Busy(f"{f'`{where}` cannot be written: the' if where else 'The'} disk is full. Make room and try again.")
    if where is None or not cause.strerror:
        return None
    advice = {
        errno.ENOENT: "Make its folder first, or choose another.",
        errno.EACCES: "Give this user the right to, or choose another folder.",
        errno.EPERM: "Give this user the right to, or choose another folder.",
    }.get(cause.errno or 0, "Choose another place.")
    return StoreError(f"`{where}` cannot be used: {cause.strerror}. {advice}")


@contextmanager
def reaching(path: object) -> Iterator[None]:
    """Turn what the system refuses into an error that names `path`.

    Raises:
        StoreError: it may not be read or written, or is not there.
        Busy: the disk is full.
    """
    try:
        yield
    except OSError as cause:
        raise refusal(cause, path) or cause from cause


def nearest(name: str, known: Collection[str]) -> str:
    """Return " Did you mean `x`?", or the known names where none is near.

    >>> nearest("repeat_purchase", ["repeat_purchase_rate", "churn"])
    ' Did you mean `repeat_purchase_rate`?'
    """
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f" Did you mean `{near[0]}`?"
    return f" Known: {', '.join(sorted(known))}." if known else ""
