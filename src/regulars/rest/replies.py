"""What goes over the wire: answers in the form that was asked for, and problems in the one form that they have."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from regulars.door.problems import Problem
from regulars.rest.endpoint import KINDS, Record
from regulars.views.shown import csv_text

#: Seconds that are waited for what must be worked out, where nothing is said, and at most.
USUAL, LONGEST = 30.0, 60.0
UNKNOWN = Problem(
    status=401,
    code="unknown-visitor",
    detail="Nobody is known by that: send `Authorization: Bearer` with a token that has not expired. `regulars token "
    "new` gives one out.",
)
CALCULATING = Problem(
    status=503, code="calculating", detail="This is being worked out. Ask again in a moment; it goes on.", wait=2
)
#: What an answer depends on besides its address.
_VARY = "Accept, Authorization, Cookie"


def problem(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a problem (RFC 9457)."""
    more = {"Cache-Control": "no-store", **({"Retry-After": str(found.wait)} if found.wait else {}), **(headers or {})}
    if found.status == 401:
        more["WWW-Authenticate"] = "Bearer"
    content = orjson.dumps(found.record())
    return Response(content, status_code=found.status, headers=more, media_type="application/problem+json")


def written(record: Record, rows: Iterable[Record] | None, tag: str) -> Response:
    """Answer with a record, or with its rows as CSV where they are given."""
    if rows is None:
        content, kind = orjson.dumps(record, option=orjson.OPT_SORT_KEYS), "application/json"
    else:
        content, kind = csv_text(list(rows)).encode(), "text/csv"
    return Response(content, headers=_kept(tag), media_type=kind)


def unchanged(tag: str) -> Response:
    """Answer that it is what the visitor has already."""
    return Response(status_code=304, headers=_kept(tag))


def _kept(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": _VARY}


def tag_of(*parts: Any) -> str:
    """Return what names an answer, of everything that it depends on; another version of this surface has others."""
    return f'"{hashlib.sha256(orjson.dumps([_own(), *parts])).hexdigest()[:32]}"'


@cache
def _own() -> str:
    said = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        said.update(path.read_bytes())
    return said.hexdigest()


def has(request: Request, tag: str) -> bool:
    """Whether the visitor has the answer of that tag already."""
    said = request.headers.get("if-none-match", "")
    return said.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in said.split(","))


def patience(request: Request) -> float:
    """Return how many seconds a visitor wants to wait (RFC 7240); what cannot be read is not said.

    >>> patience(Request({"type": "http", "headers": [(b"prefer", b"respond-async, wait=5")]}))
    5.0
    """
    found = re.search(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,6})\"?\s*(?:[,;]|$)", request.headers.get("prefer", ""))
    return min(float(found[1]), LONGEST) if found else USUAL


def kind_of(request: Request, kinds: Sequence[str]) -> str | None:
    """Return which of some kinds of answer a visitor likes best (RFC 9110, 12.5.1); None where they take none.

    >>> def of(accept): return kind_of(Request({"type": "http", "headers": [(b"accept", accept)]}), list(KINDS))
    >>> of(b"text/csv, */*;q=0.1"), of(b"*/*"), of(b"text/*"), of(b"image/png"), of(b"application/json;q=0, */*")
    ('csv', 'json', 'csv', None, 'csv')
    """
    liked = _liked(request.headers.get("accept", "") or "*/*")
    best, found = 0.0, None
    for kind in kinds:
        wanted = next((liked[one] for one in (kind, f"{kind.partition('/')[0]}/*", "*/*") if one in liked), 0.0)
        if wanted > best:
            best, found = wanted, KINDS[kind]
    return found


def _liked(accept: str) -> dict[str, float]:
    """Return how much is liked, by kind of answer."""
    liked = {}
    for one in accept.split(","):
        kind, *more = (part.strip().lower() for part in one.split(";"))
        quality = next((part[2:] for part in more if part.startswith("q=")), "1")
        liked[kind] = float(quality) if re.fullmatch(r"[01](\.[0-9]{0,3})?", quality) else 1.0
    return liked
