"""Files into the landing: each file in one transaction, once, with nothing lost.

A file is known by its content and by what shapes its rows. Known ones are left alone; changed ones are replaced; gone
ones are removed. Rows, quarantined cells and the ledger's line are written together or not at all, and always

    records = accepted + quarantined + skipped + duplicates.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import ibis

from regulars.core.errors import DataError, SourceError, StoreError, nearest
from regulars.core.settings import Settings, SourceSettings
from regulars.data import engine
from regulars.data.canonical import resolve
from regulars.data.landing import contract, rates
from regulars.data.landing.files import Counts, Landing, forget
from regulars.data.reading import records
from regulars.data.store import FORMAT, LEDGER, Store

#: Told what is being done, how many bytes of files are done, and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A file that was read in this run, and what became of its records once all files were seen together."""

    source: str
    path: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was not read; rows of an earlier version of it stay."""

    source: str
    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Rows of a source that do not count although nothing is wrong with them alone: other rows say so."""

    source: str
    table: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did.

    Attributes:
        loaded: files read, in order.
        unchanged: how many files were known already.
        removed: paths whose rows were removed.
        refused: files that could not be taken.
        taken_back: rows of all files, old and new, that were withdrawn when the canonical tables were made.
        changed: canonical tables that were made anew.
        state: digest of everything the canonical tables were made of.
    """

    loaded: tuple[Loaded, ...]
    unchanged: int
    removed: tuple[str, ...]
    refused: tuple[Refused, ...]
    taken_back: tuple[TakenBack, ...]
    changed: frozenset[str]
    state: str

    @property
    def error(self) -> DataError | None:
        """The error to end with where files were refused; what could be loaded, was."""
        if not self.refused:
            return None
        lines = "\n".join(f"  `{one.path}`: {one.why}" for one in self.refused)
        count = len(self.refused)
        what = "1 file was refused" if count == 1 else f"{count} files were refused"
        others = "all others were loaded" if self.loaded or self.unchanged else "nothing was loaded"
        return DataError(f"{what}; {others}:\n{lines}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file as it is found: where, whose, and what would shape its rows."""

    source: SourceSettings
    path: Path
    name: str
    stamp: tuple[int, int]
    sha256: str
    fingerprint: str

    @property
    def id(self) -> tuple[str, str]:
        return self.source.name, self.name


def load(store: Store, settings: Settings, workspace: Path, *, progress: Progress = lambda *_: None) -> LoadReport:
    """Bring the store in line with the files; does nothing for what has not changed.

    Raises:
        SettingsError: a mapping, or the file of rates, is wrong.
        StoreError: records do not add up; nothing of that file is kept.
        Busy: no room on the disk.
    """
    by_day = rates.read(workspace / settings.rates.file) if settings.rates else rates.none()
    found, refused = _find(settings, workspace)
    known = _ledger(store)
    engine.create(store.backend, "_rates", ibis.memtable(by_day), temp=True, replace=True)
    outdated = _with_other_rates(store)
    gone = [
        known[key] for key in known if key not in {file.id for file in found} | {(r.source, r.path) for r in refused}
    ]
    wanted = [file for file in found if not _is_known(file, known, found) or known[file.id]["file"] in outdated]
    for row in gone:
        with engine.transaction(store.backend):
            forget(store.backend, row["file"])
    total, done, loaded = sum(file.stamp[0] for file in wanted), 0, []
    landings = {source.name: Landing(store, settings, source) for source in settings.sources}
    for file in wanted:
        progress(f"{file.source.name}: {file.name}", done, total)
        try:
            loaded.append(_load_file(store, landings[file.source.name], file, known, found))
        except SourceError as cause:
            refused.append(Refused(source=file.source.name, path=file.name, why=str(cause)))
        done += file.stamp[0]
    progress("canonical tables", total, total)
    outcome = resolve.resolve(store, settings)
    return LoadReport(
        loaded=_settled(store, loaded),
        unchanged=len(found) - len(wanted),
        removed=tuple(row["path"] for row in gone),
        refused=tuple(refused),
        taken_back=_taken_back(store),
        changed=outcome.changed,
        state=outcome.state,
    )


def _settled(store: Store, loaded: Sequence[Loaded]) -> tuple[Loaded, ...]:
    """Return what was loaded with the counts that the published ledger has: other files may have taken rows back."""
    rows = {(row["source"], row["path"]): row for row in engine.run(store.backend.table("_files"))}
    names = [field.name for field in fields(Counts)]
    return tuple(
        replace(one, counts=Counts(**{name: rows[one.source, one.path][name] for name in names})) for one in loaded
    )


def _taken_back(store: Store) -> tuple[TakenBack, ...]:
    lost, files = store.backend.table("_withdrawn"), store.backend.table("_files").select("file", "source")
    told = lost.filter(~lost.repeated).join(files, "file").group_by("source", "table", "reason")
    found = told.aggregate(rows=ibis._.count()).order_by("source", "table", "reason")
    return tuple(TakenBack(**row) for row in engine.run(found))


def _find(settings: Settings, workspace: Path) -> tuple[list[_File], list[Refused]]:
    """Return every file of every source in a fixed order, and those that cannot be read."""
    found, refused = [], []
    for source in settings.sources:
        shape = _digest(
            f"{FORMAT} {source.fingerprint()} {settings.company.time_zone} {settings.company.currency} "
            + (settings.rules.model_dump_json() if "order_lines" in source.tables else "")
        )
        for path in source.paths(workspace):
            name = Path(os.path.relpath(path, workspace)).as_posix()
            try:
                stamp = _stamp(path)
                digest = records.fingerprint(path)
                found.append(_File(source=source, path=path, name=name, stamp=stamp, sha256=digest, fingerprint=shape))
            except SourceError as cause:
                refused.append(Refused(source=source.name, path=name, why=str(cause)))
    return found, refused


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as cause:
        raise SourceError(f"`{path}` cannot be read: {cause.strerror}. It may have gone just now.") from cause
    return found.st_size, found.st_mtime_ns


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _ledger(store: Store) -> dict[tuple[str, str], dict[str, Any]]:
    rows = store.landed("_files").to_pyarrow().to_pylist()
    return {(row["source"], row["path"]): row for row in rows}


def _with_other_rates(store: Store) -> set[int]:
    """Return the files that asked for a rate which is another now."""
    asked = store.landed("_rates")
    now = store.backend.table("_rates", database=("temp", "main"))
    now = now.select(now_currency="currency", now_day="day", now_rate="rate")
    joined = asked.left_join(now, [asked.currency == now.now_currency, asked.day == now.now_day])
    return set(engine.run(joined.filter(~joined.rate.identical_to(joined.now_rate)).file))


def _original(file: _File, found: Sequence[_File]) -> str:
    """Return the path whose content `file` repeats within its source, or empty."""
    same = min(other.name for other in found if other.source.name == file.source.name and other.sha256 == file.sha256)
    return "" if same == file.name else same


def _is_known(file: _File, known: dict[tuple[str, str], dict[str, Any]], found: Sequence[_File]) -> bool:
    row = known.get(file.id)
    stands = {"sha256": file.sha256, "fingerprint": file.fingerprint, "copy_of": _original(file, found)}
    return row is not None and all(row[name] == value for name, value in stands.items())


def _load_file(
    store: Store,
    landing: Landing,
    file: _File,
    known: dict[tuple[str, str], dict[str, Any]],
    found: Sequence[_File],
) -> Loaded:
    layout = _layout(file)
    columns = records.header(file.path, layout)
    _check_columns(file, columns)
    original = _original(file, found)
    number = _next_number(store)
    copied = _count_copy(file, layout) if original else None
    if copied is None:
        landing.take(columns, records.read(file.path, layout), number)
    if _stamp(file.path) != file.stamp:
        raise SourceError("It changed while it was read. Run again when it is complete.")
    with engine.transaction(store.backend):
        if file.id in known:
            forget(store.backend, known[file.id]["file"])
        counts = copied or landing.write()
        if counts.records != counts.accepted + counts.quarantined + counts.skipped + counts.duplicates:
            raise StoreError(f"`{file.name}`: records do not add up: {counts}. Nothing of it was kept; report this.")
        line = {
            "file": number,
            "source": file.source.name,
            "path": file.name,
            "sha256": file.sha256,
            "fingerprint": file.fingerprint,
            "bytes": file.stamp[0],
            "copy_of": original,
            "columns": json.dumps(columns, ensure_ascii=False),
            **asdict(counts),
        }
        engine.insert(store.backend, "_files", ibis.memtable([line], schema=LEDGER), catalog="landing")
    return Loaded(source=file.source.name, path=file.name, counts=counts)


def _next_number(store: Store) -> int:
    return 1 + int(engine.run(store.landed("_files").file.max()) or 0)


def _layout(file: _File) -> records.Layout:
    stated = {name: getattr(file.source, name) for name in ("format", "delimiter", "encoding", "sheet", "header_row")}
    return records.sniff(file.path, **{name: value for name, value in stated.items() if value is not None})


def _count_copy(file: _File, layout: records.Layout) -> Counts:
    """Count the records of a file whose content came under another path: all are duplicates."""
    pieces = records.read(file.path, layout)
    count = sum(piece.rows.num_rows + len(piece.broken) for piece in pieces)
    return Counts(records=count, accepted=0, quarantined=0, skipped=0, duplicates=count)


def _check_columns(file: _File, columns: Sequence[str]) -> None:
    """Refuse a file without a column that mappings read, unless its source says `drift = "evolve"`."""
    used = contract.columns_used(file.source)
    missing = sorted(used.difference(columns, (records.LINE,)))
    if missing and file.source.drift == "fail":
        unread = [name for name in columns if name not in used]
        differing = " ".join(f"It has no column `{name}`.{nearest(name, unread)}" for name in missing)
        raise SourceError(f'{differing} Correct the file or the mapping, or set `drift = "evolve"`.')
