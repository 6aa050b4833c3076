"""Generations: immutable copies of the canonical tables, of which readers see exactly one at a time.

`CURRENT` names the one that counts. It is replaced whole (written beside, fsync, rename, fsync of the folder), so a
reader finds the old generation or the new one, never a mix; and each has a file name of its own, because an engine that
is asked to open the same path again answers from the old file.
"""

import errno
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from regulars.core.errors import StoreError, refusal
from regulars.data import beside, engine
from regulars.data.store import FORMAT, Store, newer

#: How many are kept: readers that have one open, and the one to go back to.
KEPT = 3

_NAME = re.compile(r"gen-(\d{6})\.duckdb")
_AGAIN = "Delete it if it is there and run `regulars run`: a sound one is published."


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A published generation.

    Attributes:
        number: counts publications, from 1.
        path: its file, never written again.
        format: version of the layout.
        version: package version that made it.
        as_of: local day before which records count, or None where there are no records.
        state: digest of the files, settings and day it was made of; equal states hold equal tables.
        settings: fingerprint of the settings.
        size: bytes of the file.
        sha256: digest of the file.
    """

    number: int
    path: Path
    format: int
    version: str
    as_of: date | None
    state: str
    settings: str
    size: int
    sha256: str


def publish(store: Store) -> Generation:
    """Make what the working file holds the current generation; return the current one where nothing changed.

    Raises:
        Busy: no room on the disk; the old generation stays current.
        StoreError: the folder cannot be written; so it does then.
    """
    meta = store.meta()
    before = _sound_or_none(store.folder)
    if before is not None and before.state == meta["state"]:
        return before
    number = 1 + max((number for number, _ in _stored(store.folder)), default=0)
    store.stamp({"generation": str(number)})
    store.close()
    target = store.folder / f"gen-{number:06d}.duckdb"
    building = target.with_name(target.name + ".building")
    try:
        size, digest = _copy(store.working, building)
        generation = Generation(
            number=number,
            path=target,
            format=FORMAT,
            version=meta["version"],
            as_of=date.fromisoformat(meta["as_of"]) if meta["as_of"] else None,
            state=meta["state"],
            settings=meta["settings"],
            size=size,
            sha256=digest,
        )
        _write(target.with_suffix(".json"), orjson.dumps(_plain(generation), option=orjson.OPT_INDENT_2))
        os.replace(building, target)
        _write(store.folder / "CURRENT", f"{target.name}\n".encode())
    except OSError as cause:
        building.unlink(missing_ok=True)
        if cause.errno == errno.ENOSPC:
            engine.require_space(store.folder, store.working.stat().st_size)
        raise refusal(cause, target) or cause from cause
    _prune(store.folder, number)
    return generation


def current(folder: Path) -> Generation | None:
    """Return the generation that readers should see, or None before the first.

    Raises:
        StoreError: `CURRENT`, the generation it names or its manifest is damaged or of a newer version.
    """
    pointer = folder / "CURRENT"
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as cause:
        raise StoreError(f"`{pointer}` cannot be read: {cause}. {_AGAIN}") from cause
    if not _NAME.fullmatch(name):
        raise StoreError(f"`{pointer}` is damaged: it names no generation. {_AGAIN}")
    return _described(folder / name)


def connect(generation: Generation, *, memory: str = "1GB", threads: int = 2, temp: Path | None = None) -> Any:
    """Open a generation for reading.

    Raises:
        StoreError: the file is not what was published.
    """
    try:
        return engine.connect(generation.path, read_only=True, memory=memory, threads=threads, temp=temp)
    except StoreError as cause:
        raise StoreError(f"{cause} {_AGAIN}") from cause


def open_current(folder: Path, *, memory: str = "1GB", threads: int = 2) -> tuple[Generation, Any] | None:
    """Open what readers should see, or return None before the first publication.

    Raises:
        StoreError: it is damaged, or was made by a newer version.
    """
    while True:
        pointed = _pointed(folder)
        try:
            generation = current(folder)
            return None if generation is None else (generation, connect(generation, memory=memory, threads=threads))
        except StoreError:
            # It may have been pruned between two glances.
            if _pointed(folder) == pointed:
                raise


def _pointed(folder: Path) -> bytes | None:
    pointer = folder / "CURRENT"
    return pointer.read_bytes() if pointer.exists() else None


def verify(generation: Generation) -> None:
    """Check every byte of a generation against its manifest.

    Raises:
        StoreError: a byte differs.
    """
    with generation.path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != generation.sha256:
        raise StoreError(f"`{generation.path}` is damaged: its content is not what was published. {_AGAIN}")


def stored(folder: Path) -> tuple[Generation, ...]:
    """Return the sound generations that are kept, oldest first."""
    found = []
    for _, path in _stored(folder):
        try:
            found.append(_described(path))
        except StoreError:
            continue
    return tuple(found)


def _described(path: Path) -> Generation:
    manifest = path.with_suffix(".json")
    try:
        said: Mapping[str, Any] = orjson.loads(manifest.read_bytes())
        if said["format"] > FORMAT:
            raise newer(path.name, said["format"])
        size = path.stat().st_size
        generation = Generation(
            **{**said, "path": path, "as_of": date.fromisoformat(said["as_of"]) if said["as_of"] else None}
        )
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise StoreError(f"`{path}` or `{manifest.name}` is missing or damaged: {cause}. {_AGAIN}") from cause
    if size != generation.size:
        raise StoreError(f"`{path}` is damaged: {size} bytes, not {generation.size}. {_AGAIN}")
    return generation


def _sound_or_none(folder: Path) -> Generation | None:
    try:
        return current(folder)
    except StoreError:
        return None


def _stored(folder: Path) -> list[tuple[int, Path]]:
    named = ((_NAME.fullmatch(path.name), path) for path in folder.glob("gen-*.duckdb"))
    return sorted((int(match[1]), path) for match, path in named if match)


def _plain(generation: Generation) -> dict[str, object]:
    day = generation.as_of.isoformat() if generation.as_of else None
    return {**asdict(generation), "path": generation.path.name, "as_of": day}


def _copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy and digest in one reading, down to the disk."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, target.open("wb") as writing:
        while chunk := reading.read(1 << 22):
            digest.update(chunk)
            size += writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return size, digest.hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Replace `path` whole: a reader sees the old content or the new."""
    beside = path.with_name(path.name + ".building")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _prune(folder: Path, newest: int) -> None:
    for number, path in _stored(folder):
        if number <= newest - KEPT:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
            beside.forget(path)
