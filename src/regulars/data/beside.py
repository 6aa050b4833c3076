"""What is made of a generation later and kept beside it: a table with what is said of it, whole or not at all."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

#: Told apart from a generation's own files by their ending.
ENDING = ".made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A table that is kept, as its manifest tells.

    Attributes:
        path: its Parquet file.
        sha256: digest of that file as it was written, in hexadecimal.
        said: what is said of it, plain values.
    """

    path: Path
    sha256: str
    said: Any

    def read(self) -> pa.Table | None:
        """Return the table; None where a byte of it is not what was written."""
        try:
            with self.path.open("rb") as file:
                sound = hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
            return pq.read_table(self.path) if sound else None
        except (OSError, pa.ArrowException):
            return None


def folder_of(generation: Path) -> Path:
    """Return where what is made of the generation in the file `generation` is kept."""
    return generation.with_suffix(ENDING)


def write(generation: Path, name: str, table: pa.Table, said: Any) -> None:
    """Keep `table` and `said` under `name`, in place of what was kept so; a reader sees the old or the new.

    Args:
        generation: file of the generation.
        name: what it is called.
        table: rows.
        said: plain values.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = folder_of(generation)
    folder.mkdir(exist_ok=True)
    building = folder / f"{name}.{os.getpid()}.building"
    try:
        pq.write_table(table, building, compression="zstd")
        with building.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        # The table has a name of its own, so that what is said always speaks of the table that it was written with.
        target = folder / f"{name}-{digest[:16]}.parquet"
        os.replace(building, target)
        building.write_bytes(orjson.dumps({"table": target.name, "sha256": digest, "said": said}))
        os.replace(building, folder / f"{name}.json")
    finally:
        building.unlink(missing_ok=True)
    for old in folder.glob(f"{name}-{'?' * 16}.parquet"):
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
