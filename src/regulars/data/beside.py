"""What is made of a generation later and kept beside it: a table with what is said of it, whole or not at all."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

#: Told apart from a generation's own files by their ending.
ENDING = ".made"
#: Ending of tables that are read in place; others are Parquet.
_IN_PLACE = ".arrow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A table that is kept, as its manifest tells.

    Attributes:
        path: its file: Parquet, or Arrow's own where it is read in place.
        sha256: digest of that file as it was written, in hexadecimal.
        said: what is said of it, plain values.
    """

    path: Path
    sha256: str
    said: Any

    def read(self) -> pa.Table | None:
        """Return the table; None where a byte of it is not what was written."""
        try:
            if self.path.suffix == _IN_PLACE:
                return _mapped(self.path, self.sha256)
            with self.path.open("rb") as file:
                sound = hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
            return pq.read_table(self.path) if sound else None
        except (OSError, pa.ArrowException):
            return None


def _mapped(path: Path, sha256: str) -> pa.Table | None:
    stands = path.stat()
    if not _sound(path, sha256, stands.st_mtime_ns, stands.st_size):
        return None
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


@lru_cache(maxsize=16)
def _sound(path: Path, sha256: str, changed_at: int, size: int) -> bool:
    """Whether the file is what was written: a look at every byte, once for as long as it is not touched."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def folder_of(generation: Path) -> Path:
    """Return where what is made of the generation in the file `generation` is kept."""
    return generation.with_suffix(ENDING)


def write(generation: Path, name: str, table: pa.Table, said: Any, *, in_place: bool = False) -> None:
    """Keep `table` and `said` under `name`, in place of what was kept so; a reader sees the old or the new.

    Args:
        generation: file of the generation.
        name: what it is called.
        table: rows.
        said: plain values.
        in_place: whether readers take single rows of it without reading the rest: it is as large as in memory then.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = folder_of(generation)
    folder.mkdir(exist_ok=True)
    building = folder / f"{name}.{os.getpid()}.building"
    try:
        if in_place:
            with pa.OSFile(str(building), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table.combine_chunks())
        else:
            pq.write_table(table, building, compression="zstd")
        with building.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        # The table has a name of its own, so that what is said always speaks of the table that it was written with.
        target = folder / f"{name}-{digest[:16]}{_IN_PLACE if in_place else '.parquet'}"
        os.replace(building, target)
        building.write_bytes(orjson.dumps({"table": target.name, "sha256": digest, "said": said}))
        os.replace(building, folder / f"{name}.json")
    finally:
        building.unlink(missing_ok=True)
    for old in folder.glob(f"{name}-{'?' * 16}.*"):
        if old != target:
            old.unlink(missing_ok=True)


def names(generation: Path) -> list[str]:
    """Return the names under which tables are kept."""
    return sorted(path.stem for path in folder_of(generation).glob("*.json"))


def found(generation: Path, name: str) -> Kept | None:
    """Return what was written last under `name`; None where nothing was, or not whole: it is made again then."""
    folder = folder_of(generation)
    try:
        told = orjson.loads((folder / f"{name}.json").read_bytes())
        one = Kept(path=folder / told["table"], sha256=told["sha256"], said=told["said"])
        return one if one.path.exists() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(generation: Path) -> None:
    """Delete all that was made of a generation."""
    shutil.rmtree(folder_of(generation), ignore_errors=True)
