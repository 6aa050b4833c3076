"""What is made of a generation later and kept beside it: a table with what is said of it, whole or not at all."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

#: Told apart from a generation's own files by their ending.
ENDING = ".made"


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


def said(generation: Path, name: str) -> Any:
    """Return what is said of the table kept under `name`; None where none is, or not whole."""
    found = _manifest(generation, name)
    return None if found is None else found["said"]


def path(generation: Path, name: str) -> Path | None:
    """Return the Parquet file kept under `name`; None where none is, or not whole."""
    found = _manifest(generation, name)
    return None if found is None else folder_of(generation) / found["table"]


def read(generation: Path, name: str) -> pa.Table | None:
    """Return the table kept under `name`; None where none is, or a byte of it is not what was written."""
    found = _manifest(generation, name)
    if found is None:
        return None
    file = folder_of(generation) / found["table"]
    try:
        with file.open("rb") as reading:
            sound = hashlib.file_digest(reading, "sha256").hexdigest() == found["sha256"]
        return pq.read_table(file) if sound else None
    except (OSError, pa.ArrowException):
        return None


def forget(generation: Path) -> None:
    """Delete all that was made of a generation."""
    shutil.rmtree(folder_of(generation), ignore_errors=True)


def _manifest(generation: Path, name: str) -> Any:
    """Return what was written last under `name`, or None: what is damaged is made again."""
    try:
        found = orjson.loads((folder_of(generation) / f"{name}.json").read_bytes())
        whole = {"sha256", "said"} <= found.keys() and (folder_of(generation) / found["table"]).exists()
        return found if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
