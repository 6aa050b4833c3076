"""The bytes of a file, decompressed and as UTF-8, without ever holding all of them."""

import codecs
import hashlib
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from regulars.core.errors import Busy, SourceError
from regulars.data.reading.layout import MOST_BYTES

BLOCK: Final = 2 << 20
COMPRESSIONS: Final = {".gz": ("gzip", b"\x1f\x8b"), ".zst": ("zstd", b"\x28\xb5\x2f\xfd")}
MARKS: Final = (  # the longer first: UTF-32 begins like UTF-16
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
)


def suffix(path: Path) -> str:
    """Return the ending that names the format, without that of the compression.

    >>> suffix(Path("sales-2024.CSV.gz"))
    '.csv'
    """
    return (path.with_suffix("") if path.suffix.lower() in COMPRESSIONS else path).suffix.lower()


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open the bytes of `path`, decompressed.

    Raises:
        SourceError: there is no such file, or it cannot be read or decompressed.
    """
    compression, magic = COMPRESSIONS.get(path.suffix.lower(), ("", b""))
    if not path.is_file():
        raise SourceError(f"There is no file `{path}`. Check `files` in regulars.toml.")
    try:
        with path.open("rb") as file:
            if compression and not file.read(len(magic)).startswith(magic):
                raise SourceError(f"`{path}` is not {compression} data as its name says. Rename it.")
            file.seek(0)
            yield pa.CompressedInputStream(file, compression) if compression else file
    except (OSError, zlib.error) as cause:
        raise SourceError(f"`{path}` cannot be read: {cause}. It may be cut short or not be yours to read.") from cause


def blocks(path: Path, *, most_bytes: int = MOST_BYTES, size: int = BLOCK) -> Iterator[bytes]:
    """Yield the decompressed bytes of `path`, never empty.

    Raises:
        SourceError: it cannot be read, or a compressed file grows over `most_bytes`.
    """
    compressed = path.suffix.lower() in COMPRESSIONS
    total = 0
    with opened(path) as file:
        while block := file.read(size):
            total += len(block)
            if compressed and total > most_bytes:
                raise SourceError(f"`{path}` grows over {most_bytes} bytes when decompressed. Split the file.")
            yield block


def text(path: Path, encoding: str, *, most_bytes: int = MOST_BYTES, size: int = BLOCK) -> Iterator[bytes]:
    """Yield the text of `path` as UTF-8 without byte order mark; what is no text stays invalid UTF-8.

    Raises:
        SourceError: as `blocks`, or no text encoding has this name.
    """
    return text_of(blocks(path, most_bytes=most_bytes, size=size), encoding)


def text_of(raw: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the text of `raw` bytes as UTF-8; see `text`."""
    source = iter(raw)
    first = b""
    while len(first) < 4 and (more := next(source, b"")):
        first += more
    mark, marked = next(((mark, name) for mark, name in MARKS if first.startswith(mark)), (b"", ""))
    name = _lookup(marked if marked in ("utf-16", "utf-32") else encoding)
    if name == "utf-8":
        yield from filter(None, chain([first.removeprefix(mark)], source))
        return
    decoder = codecs.getincrementaldecoder(name)(errors=_DAMAGED)
    for block in chain([first], source):
        yield from filter(None, [decoder.decode(block).encode("utf-8", "surrogatepass")])
    yield from filter(None, [decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")])


@contextmanager
def seekable(path: Path, *, most_bytes: int = MOST_BYTES) -> Iterator[IO[bytes]]:
    """Open `path` for reading anywhere; a compressed one through a nameless temporary file.

    Raises:
        SourceError: as `blocks`.
        Busy: no room for that file.
    """
    if path.suffix.lower() not in COMPRESSIONS:
        with opened(path) as file:
            yield file
        return
    with tempfile.TemporaryFile() as whole:
        for block in blocks(path, most_bytes=most_bytes):
            try:
                whole.write(block)
            except OSError as cause:
                raise Busy(f"No room in `{tempfile.gettempdir()}` to decompress `{path}`. Make room.") from cause
        whole.seek(0)
        yield whole


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of the file's bytes as they are on disk, in hexadecimal.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as cause:
        raise SourceError(f"`{path}` cannot be read: {cause.strerror}. Check `files` in regulars.toml.") from cause


def _lookup(encoding: str) -> str:
    try:
        known = codecs.lookup(encoding)
        "".encode(encoding)  # refuses codecs that are not about text
        codecs.getincrementaldecoder(known.name)
    except (LookupError, ValueError) as cause:
        raise SourceError(f"`encoding` is `{encoding}`, which is no text encoding. Try utf-8 or cp1252.") from cause
    return known.name


def _keep_damage(error: UnicodeError) -> tuple[str, int]:
    """Stand a lone surrogate in for each damaged byte: it makes the line invalid UTF-8, which is then found."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


_DAMAGED: Final = "regulars-damaged"
codecs.register_error(_DAMAGED, _keep_damage)
