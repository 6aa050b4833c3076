"""Pages as they were sent: rendered and compressed once for all who see the same."""

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

#: Pages that are held.
MOST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A page as it is sent.

    Attributes:
        plain: HTML.
        packed: the same, compressed.
        tag: names its content, for browsers that have it already.
        customers: how many single customers it shows.
    """

    plain: bytes
    packed: bytes
    tag: str
    customers: int = 0


class Answers:
    """The last pages; safe to use from several threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, ...], Sent] = OrderedDict()
        self._lock = Lock()

    def held(self, key: tuple[object, ...]) -> Sent | None:
        """Return the page of a key; everything that it depends on, who asks among it, must be in the key."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def keep(self, key: tuple[object, ...], sent: Sent) -> Sent:
        """Hold a page, and return it."""
        with self._lock:
            self._held[key] = sent
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return sent


def packed(text: str, customers: int = 0) -> Sent:
    """Return a page as it is sent."""
    plain = text.encode()
    tag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
    return Sent(plain=plain, packed=gzip.compress(plain, 6, mtime=0), tag=tag, customers=customers)


def respond(request: Request, sent: Sent, *, status: int = 200) -> Response:
    """Answer with a page, or that it is the one that the browser has."""
    headers = {"ETag": sent.tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
    if status == 200 and sent.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(sent.packed, status_code=status, headers=headers, media_type="text/html")
    return Response(sent.plain, status_code=status, headers=headers, media_type="text/html")
