"""What an error is over HTTP: one table for pages and programs (RFC 9457, problem+json)."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from regulars.core.errors import (
    Busy,
    CatalogueError,
    DataError,
    ExpressionError,
    FaultyDeclaration,
    QueryError,
    Refused,
    RegularsError,
    SettingsError,
    SourceError,
    StoreError,
    UnknownName,
)

#: Kind of error -> status; the nearest ancestor counts.
STATUS: Mapping[type[RegularsError], int] = MappingProxyType(
    {
        UnknownName: 404,
        QueryError: 400,
        ExpressionError: 400,
        Refused: 403,
        Busy: 503,
        StoreError: 503,
        SettingsError: 503,
        SourceError: 503,
        DataError: 503,
        FaultyDeclaration: 500,
        CatalogueError: 500,
        RegularsError: 500,
    }
)
TITLES: Mapping[int, str] = MappingProxyType(
    {
        400: "This cannot be asked",
        401: "Log in first",
        403: "Not allowed",
        404: "There is no such thing",
        405: "This cannot be done here",
        406: "There is no such format",
        408: "It took too long",
        413: "Too much was sent",
        415: "This cannot be read",
        421: "Another host was meant",
        429: "Too many requests",
        431: "Too much is asked at once",
        500: "Something is wrong on our side",
        503: "Not now",
    }
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What went wrong, for people and programs.

    Attributes:
        status: of HTTP.
        code: stable name of the kind of error.
        detail: what, where and what to do.
        wait: seconds after which it may be tried again; 0 where that does not help.
    """

    status: int
    code: str
    detail: str
    wait: int = 0

    @property
    def title(self) -> str:
        """What kind of problem it is."""
        return TITLES.get(self.status, "This did not work")

    def record(self) -> dict[str, object]:
        """Return it as problem+json has it."""
        return {
            "type": f"urn:regulars:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }


def problem_of(error: RegularsError) -> Problem:
    """Return what an error is over HTTP; what is wrong with the server itself names no path of it."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    wait = getattr(error, "wait", 0)
    if isinstance(error, Refused) and wait:
        status = 429
    detail = _BUSY if isinstance(error, Busy) else _INSIDE.get(status, str(error))
    return Problem(status=status, code=error.code, detail=detail, wait=wait or (5 if status == 503 else 0))


#: Errors of the server's own are told in its log: to visitors they would name its paths.
_INSIDE = {
    500: "A declaration of this company cannot be used. Whoever runs this finds the reason in the log.",
    503: "The records cannot be read just now. Whoever runs this finds the reason in the log.",
}
_BUSY = "Too much is going on just now. Ask again in a moment."


#: What visitors are told of a fault that nobody foresaw.
FAULT = Problem(status=500, code="fault", detail="A fault in Regulars. Whoever runs this finds it in the log.")


def where(error: BaseException) -> str:
    """Return where an error was raised, and of which kind, for a log: what it says may be of a customer."""
    raised = []
    cause: BaseException | None = error
    while cause is not None:
        raised.append("".join([*traceback.format_tb(cause.__traceback__), type(cause).__name__]))
        cause = cause.__cause__
    return "\nbecause of\n".join(raised)
