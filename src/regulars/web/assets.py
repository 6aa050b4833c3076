"""Files that pages need: each under a name with a digest of its content, so that browsers keep it for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file.

    Attributes:
        name: as it is asked for, with its digest.
        kind: media type.
        content: the bytes.
    """

    name: str
    kind: str
    content: bytes


@cache
def assets() -> Mapping[str, Asset]:
    """Return the files by their plain names; colours of charts belong to the style sheet."""
    own = {one.name: one.read_bytes() for one in files("regulars.web").joinpath("static").iterdir()}
    own["app.css"] += b"\n" + files("regulars.views.charts").joinpath("charts.css").read_bytes()
    found = {}
    for name, content in sorted(own.items()):
        stem, _, ending = name.partition(".")
        digest = hashlib.sha256(content).hexdigest()[:12]
        found[name] = Asset(name=f"{stem}.{digest}.{ending}", kind=_KINDS[ending], content=content)
    return found


@cache
def by_address() -> Mapping[str, Asset]:
    """Return the files by the names that they are asked for under."""
    return {one.name: one for one in assets().values()}
