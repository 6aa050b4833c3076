"""Pages as they were made of one generation: worked out once, the same bytes for everybody who asks.

They are kept beside the generation, so that a restart makes nothing again, and forgotten with it. Whatever else they
depend on (settings, a company's own declarations, predictions made since, corrections of themes, the package itself)
is in the digest that names them. Which alerts wait is in the names of pages that show them alone.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock

import orjson

import regulars
from regulars.app.workspace import KINDS, SETTINGS, Opened, Workspace
from regulars.core import replaced
from regulars.data import beside
from regulars.views.page import asked_for
from regulars.views.parameters import canonical
from regulars.views.remembered import ASKED, Remembered
from regulars.views.view import View

#: Bytes of pages that are held in memory.
MOST = 64_000_000
#: Pages of one generation that are kept on disk.
KEPT = 2_000
_FOLDER, _ENDING = "pages", ".page"
#: Seconds after which whoever was writing a page has ended without it.
_LEFT = 3_600
#: What is kept beside a generation for lists of customers: no kept page shows it, and it is made when it is asked for.
_LISTED = "listed"
#: Parts of the package that draw pages and make none.
_SURFACES = frozenset({"cli", "door", "mcp", "reports", "rest", "state", "web"})


class Prepared:
    """The pages of one open generation; safe to ask from several threads, made by one at a time."""

    def __init__(self, workspace: Workspace, opened: Opened) -> None:
        self.workspace, self.opened = workspace, opened
        self.digest = digest_of(workspace, opened)
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._memory = Remembered(ASKED)
        self._lock = Lock()

    def key(self, view: View, about: str, asked: Mapping[str, str]) -> str:
        """Return the name of a page: equal questions have the same.

        Raises:
            QueryError: the page takes no such parameter.
        """
        said = [self.digest, view.name, about, *map(list, sorted(canonical(asked, view.takes).items()))]
        if view.watches:
            said.append(self._watched())
        return hashlib.sha256(orjson.dumps(said)).hexdigest()

    def _watched(self) -> str:
        """Return which alerts wait, as it is said beside the store: all other pages stand whatever fires."""
        try:
            return self.workspace.watched.read_text(encoding="utf-8")
        except OSError:
            return ""

    def found(self, key: str) -> bytes | None:
        """Return a page that was made before, as JSON; None where it must be made."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        content = _sound(self._path(key))
        if content is not None:
            self.hold(key, content)
        return content

    def make(self, key: str, view: View, about: str, asked: Mapping[str, str]) -> bytes:
        """Make a page and keep it under its key; errors as of `asked_for`."""
        page = asked_for(view, about, asked, self.workspace, self.opened, self._memory)
        content = orjson.dumps(page.record())
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
        # Of a generation that was forgotten meanwhile, nothing would be forgotten again.
        with suppress(OSError):
            if self.opened.generation.path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                replaced.write(path, _sealed(content))
                _prune(path.parent)

    def _path(self, key: str) -> Path:
        return beside.folder_of(self.opened.generation.path) / _FOLDER / f"{key}{_ENDING}"


def _sealed(content: bytes) -> bytes:
    """Return a page as it is kept: behind a digest, as a byte that changed may still be JSON with another number."""
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _sound(path: Path) -> bytes | None:
    """Return a kept page; None where there is none, or a byte of it is not what was written: it is made again then."""
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    content = kept.partition(b"\n")[2]
    return content if _sealed(content) == kept else None


def _prune(folder: Path) -> None:
    """Delete the oldest pages where there are too many, and what somebody who was stopped left half written."""
    pages = sorted(folder.glob(f"*{_ENDING}"), key=_written_at)
    for old in pages[: max(len(pages) - KEPT, 0)]:
        old.unlink(missing_ok=True)
    for half in folder.glob("*.building"):
        if _written_at(pages[-1]) - _written_at(half) > _LEFT:
            half.unlink(missing_ok=True)


def _written_at(path: Path) -> float:
    return path.stat().st_mtime


def digest_of(workspace: Workspace, opened: Opened) -> str:
    """Return a digest of everything besides the question that shapes a page."""
    said = hashlib.sha256(f"{package()} {opened.generation.sha256}".encode())
    later = made(beside.folder_of(opened.generation.path))
    own = ((str(path.relative_to(workspace.folder)), path) for path in shaping(workspace))
    for name, path in (*own, *((path.name, path) for path in later)):
        with suppress(OSError):
            content = path.read_bytes()
            said.update(f"\n{name} {len(content)}\n".encode() + content)
    return said.hexdigest()


def shaping(workspace: Workspace) -> Iterator[Path]:
    """Yield the files of a company that shape pages, besides its records: there or not."""
    yield workspace.folder / SETTINGS
    yield workspace.shelf.taxonomy
    yield workspace.decided
    yield from (path for kind in KINDS for path in sorted((workspace.folder / kind).glob("*.py")))


def made(folder: Path) -> Iterator[Path]:
    """Yield what says what was made later of a generation, kept in `folder`, as far as it shapes pages."""
    yield from (path for path in sorted(folder.glob("*.json")) if not path.name.startswith(_LISTED))


@cache
def package() -> str:
    """Return a digest of the package's own code as far as it makes pages: another version may tell otherwise."""
    root = Path(str(regulars.__file__)).parent
    said = hashlib.sha256()
    for part in sorted(root.iterdir()):
        if part.name not in _SURFACES:
            for path in sorted(part.rglob("*.py")):
                said.update(path.read_bytes())
    return said.hexdigest()
