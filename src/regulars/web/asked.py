"""What a request says: its address as it came, what it asks, where to go back to."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response


def once(text: str, status: int = 200, *, kind: str = "text/html") -> Response:
    """Return an answer that nobody may keep."""
    return Response(text, status_code=status, media_type=kind, headers={"Cache-Control": "no-store"})


def address_of(request: Request) -> str:
    """Return from where it comes."""
    return request.client.host if request.client else ""


def theme_of(request: Request) -> str:
    """Return whether pages are to be light or dark; "" where the browser decides."""
    found = request.cookies.get("theme", "")
    return found if found in ("light", "dark") else ""


def raw(request: Request) -> str:
    """Return the path as it came, percent signs and all: what ids hold would be read as parts of it otherwise."""
    raw = request.scope.get("raw_path") or quote(request.url.path).encode()
    return str(raw.decode("latin-1").partition("?")[0])


def path_of(request: Request, base: str) -> str:
    """Return the path as it came, without the base."""
    return raw(request).removeprefix(base).lstrip("/")


def back_to(request: Request) -> str:
    """Return the address with what it asks, to come back to."""
    return raw(request) + (f"?{request.url.query}" if request.url.query else "")


def inside(back: str) -> str:
    """Return an address of this server; another site's is not one to be sent to.

    >>> inside("/voice?by=market"), inside("https://evil.example"), inside("//evil.example"), inside("/\\\\evil")
    ('/voice?by=market', '/', '/', '/')
    """
    safe = back.startswith("/") and not back.startswith(("//", "/\\")) and "\\" not in back and back.isprintable()
    return back if safe else "/"


def asked_of(request: Request) -> dict[str, str]:
    """Return what is asked, by parameter; one that comes twice counts by the last."""
    return {name: text for name, text in request.query_params.multi_items() if text}
