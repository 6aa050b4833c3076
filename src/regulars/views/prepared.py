"""Pages as they were made of one generation: worked out once, the same bytes for everybody who asks.

They are kept beside the generation, so that a restart makes nothing again, and forgotten with it. Whatever else they
depend on (settings, a company's own declarations, predictions made since, corrections of themes, the package itself)
is in the digest that names them.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock

import orjson

import regulars
from regulars.app.workspace import KINDS, SETTINGS, Opened, Workspace
from regulars.data import beside
from regulars.views.page import asked_for
from regulars.views.parameters import canonical
from regulars.views.view import View

#: Bytes of pages that are held in memory.
MOST = 64_000_000
#: Pages of one generation that are kept on disk.
KEPT = 2_000
_FOLDER = "pages"
#: Parts of the package that draw pages and make none.
_SURFACES = frozenset({"cli", "door", "mcp", "reports", "rest", "state", "web"})


class Prepared:
    """The pages of one open generation; safe to ask from several threads, made by one at a time."""

    def __init__(self, workspace: Workspace, opened: Opened) -> None:
        self.workspace, self.opened = workspace, opened
        self.digest = digest_of(workspace, opened)
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def key(self, view: View, about: str, asked: Mapping[str, str]) -> str:
        """Return the name of a page: equal questions have the same.

        Raises:
            QueryError: the page takes no such parameter.
        """
        said = [self.digest, view.name, about, *map(list, sorted(canonical(asked, view.takes).items()))]
        return hashlib.sha256(orjson.dumps(said)).hexdigest()

    def found(self, key: str) -> bytes | None:
        """Return a page that was made before, as JSON; None where it must be made."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        try:
            content = self._path(key).read_bytes()
            orjson.loads(content)  # one that is not whole is made again
        except (OSError, ValueError):
            return None
        self.hold(key, content)
        return content

    def make(self, key: str, view: View, about: str, asked: Mapping[str, str]) -> bytes:
        """Make a page and keep it under its key; errors as of `asked_for`."""
        page = asked_for(view, about, asked, self.workspace, self.opened)
        content = orjson.dumps(page.record(), option=orjson.OPT_SORT_KEYS)
        self.hold(key, content)
        self._keep(key, content)
        return content

    def hold(self, key: str, content: bytes) -> None:
        """Hold a page in memory."""
        with self._lock:
            self._size += len(content) - len(self._held.pop(key, b""))
            self._held[key] = content
            while self._size > MOST and len(self._held) > 1:
                self._size -= len(self._held.popitem(last=False)[1])

    def _keep(self, key: str, content: bytes) -> None:
        """Write it beside the generation, if that may be written: else it is made again after a restart."""
        path = self._path(key)
        building = path.with_suffix(f".{os.getpid()}.building")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            building.write_bytes(content)
            os.replace(building, path)
            self._prune(path.parent)

    def _prune(self, folder: Path) -> None:
        pages = list(folder.glob("*.json"))
        if len(pages) > KEPT:
            for old in sorted(pages, key=lambda page: page.stat().st_mtime)[: len(pages) - KEPT]:
                old.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return beside.folder_of(self.opened.generation.path) / _FOLDER / f"{key}.json"


def digest_of(workspace: Workspace, opened: Opened) -> str:
    """Return a digest of everything besides the question that shapes a page."""
    said = hashlib.sha256(f"{_package()} {opened.generation.sha256}".encode())
    for path in _shaping(workspace, opened):
        said.update(f"{path.name} ".encode())
        with suppress(OSError):
            said.update(path.read_bytes())
    return said.hexdigest()


def _shaping(workspace: Workspace, opened: Opened) -> Iterator[Path]:
    yield workspace.folder / SETTINGS
    yield workspace.shelf.taxonomy
    yield from (path for kind in KINDS for path in sorted((workspace.folder / kind).glob("*.py")))
    yield from sorted(beside.folder_of(opened.generation.path).glob("*.json"))


@cache
def _package() -> str:
    """Return a digest of the package's own code as far as it makes pages: another version may tell otherwise."""
    root = Path(str(regulars.__file__)).parent
    said = hashlib.sha256()
    for part in sorted(root.iterdir()):
        if part.name not in _SURFACES:
            for path in sorted(part.rglob("*.py")):
                said.update(path.read_bytes())
    return said.hexdigest()
