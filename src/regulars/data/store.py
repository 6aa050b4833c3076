"""The store: where a workspace's records are kept, and who may write there.

`.regulars/` holds

| file | what it is | written by |
|---|---|---|
| lock | held for the whole of a run that writes | one process at a time |
| landing.duckdb | every file's rows as typed, its quarantine, the ledger; one transaction per file | data/ingest.py |
| working.duckdb | the canonical tables, made of all files together; one transaction | data/canonical/resolve.py |
| gen-000001.duckdb, CURRENT | what readers see (data/generations.py) | publish |
| tmp/, spill-* | what does not fit in memory, of the writer and of readers | the engine |

Everything here can be made again from the files, except that generations are what people were shown.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import ibis
import ibis.expr.types as ir

from regulars.core.errors import Busy, StoreError, reaching
from regulars.core.settings import Settings
from regulars.data import engine
from regulars.data.tables import TABLES, Kind, Table

#: Version of everything stored; a file with a higher one is not opened, one with a lower one is made again.
FORMAT = 6

_TYPES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TEXT: "string",
        Kind.INTEGER: "int64",
        Kind.NUMBER: "decimal(18, 4)",
        Kind.MONEY: "decimal(18, 4)",
        Kind.INSTANT: "timestamp(6)",
        Kind.DATE: "date",
        Kind.BOOLEAN: "boolean",
    }
)
#: Columns of every stored row: when we came to know it, whose file, which file of the ledger, which line of that file.
BOOKKEEPING: Mapping[str, str] = MappingProxyType(
    {"recorded_at": "timestamp(6)", "source": "string", "file": "int32", "record": "int64"}
)
_CONVERTED = {"original_amount": "decimal(18, 4)", "original_currency": "string", "rate": "decimal(18, 8)"}
_DERIVED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"order_lines": {"line_kind": "string"}, "customers": {"attributes": "string"}}
)
#: What the landing keeps besides, so that orders can be made of lines that came in several files.
_LANDED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "orders": {"of_lines": "boolean", "last_customer_id": "string"},
        "order_lines": {"kind": "string", "cost": "decimal(18, 4)", "discount": "decimal(18, 4)"},
    }
)
LEDGER = {
    "file": "int32",
    "source": "string",
    "path": "string",
    "sha256": "string",
    "fingerprint": "string",
    "bytes": "int64",
    "records": "int64",
    "accepted": "int64",
    "quarantined": "int64",
    "skipped": "int64",
    "duplicates": "int64",
    "repeated": "int64",
    "left_out": "string",
    "copy_of": "string",
    "columns": "string",
}
QUARANTINE = {
    "file": "int32",
    "line": "int64",
    "table": "string",
    "column": "string",
    "value": "string",
    "reason": "string",
    "first": "boolean",
}
IDENTITY_COLUMNS = {
    "alias": "string",
    "customer_id": "string",
    "evidence": "string",
    "source": "string",
    "file": "int32",
}
WITHDRAWN = {
    "file": "int32",
    "record": "int64",
    "table": "string",
    "value": "string",
    "reason": "string",
    "repeated": "boolean",
}
#: What a rate was when a file asked for it; the file is loaded again when it is another.
RATES = {"file": "int32", "currency": "string", "day": "int32", "rate": "decimal(18, 8)"}
_META = {"name": "string", "value": "string"}
#: Of canonical tables, and of rows as the files gave them.
FILES = ("working.duckdb", "landing.duckdb")
#: Bytes of an empty file of the engine; a shorter one was being made when the process was killed.
_HEADERS = 3 * 4096


def day_column(name: str) -> str:
    """Return the name of the local day that goes with an instant or a date.

    >>> day_column("ordered_at"), day_column("spent_on")
    ('ordered_day', 'spent_day')
    """
    return name.removesuffix("_at").removesuffix("_on") + "_day"


def columns_of(table: Table) -> dict[str, str]:
    """Return the columns, with Ibis types, of a canonical table as it is stored."""
    own = {column.name: _TYPES[column.kind] for column in table.columns}
    days = {day_column(c.name): "int32" for c in table.columns if c.kind in (Kind.INSTANT, Kind.DATE)}
    converted = _CONVERTED if "currency" in own else {}
    return {**own, **days, **converted, **_DERIVED.get(table.name, {}), **BOOKKEEPING}


def landed_columns_of(table: Table) -> dict[str, str]:
    """Return the same for the table's rows as the files gave them."""
    return {**columns_of(table), **_LANDED.get(table.name, {})}


class Store:
    """An opened store: this process is the only one that writes until `opened` ends."""

    def __init__(self, folder: Path, *, memory: str, threads: int) -> None:
        self.folder = folder
        self._memory, self._threads = memory, threads
        self._backend: Any = None

    @property
    def working(self) -> Path:
        """The file of canonical tables."""
        return self.folder / FILES[0]

    @property
    def landing(self) -> Path:
        """The file of rows as the files gave them."""
        return self.folder / FILES[1]

    @property
    def backend(self) -> Any:
        """The engine on `working.duckdb`, with `landing.duckdb` attached as `landing`."""
        if self._backend is None:
            self._backend = self._connect()
        return self._backend

    def _connect(self) -> Any:
        temp = self.folder / "tmp"
        temp.mkdir(exist_ok=True)
        try:
            backend = engine.connect(self.working, memory=self._memory, threads=self._threads, temp=temp)
            with engine.failures(self.landing):
                backend.attach(self.landing, name="landing")
        except StoreError as cause:
            raise StoreError(f"{cause} {_AGAIN}") from cause
        _prepare(backend)
        return backend

    def close(self) -> None:
        """Write everything down and let go of the files."""
        if self._backend is not None:
            self._backend.disconnect()
            self._backend = None

    def landed(self, name: str) -> ir.Table:
        """Return the rows of canonical table `name` as the files gave them."""
        return self.backend.table(name, database=LANDING)

    def tables(self) -> dict[str, ir.Table]:
        """Return the canonical tables that are there, by name."""
        there = set(self.backend.list_tables())
        return {name: self.backend.table(name) for name in TABLES if name in there}

    def stamp(self, said: Mapping[str, str]) -> None:
        """Write down what the working file says about itself."""
        engine.delete(self.backend, "_meta", lambda row: row.name.isin(list(said)))
        rows = [{"name": name, "value": value} for name, value in said.items()]
        engine.insert(self.backend, "_meta", ibis.memtable(rows, schema=_META))

    def touched(self) -> ir.Table | None:
        """Return the `reference`s of customers with rows that came, changed or went; None where any may have."""
        return self.backend.table("_touched") if self.meta().get("touched") in ("none", "some") else None

    def touch(self, references: ir.Table | None) -> None:
        """Remember whose rows changed until `forget_touched`; None for everybody's."""
        if references is None:
            self.stamp({"touched": "all"})
        elif self.touched() is not None:
            engine.insert(self.backend, "_touched", references.select("reference"))
            self.stamp({"touched": "some"})

    def forget_touched(self) -> None:
        """Begin anew: what was touched has been taken care of."""
        engine.create(self.backend, "_touched", ibis.schema({"reference": "string"}), replace=True)
        self.stamp({"touched": "none"})

    def meta(self, *, landing: bool = False) -> dict[str, str]:
        """Return what the working (or landing) file says about itself."""
        rows = self.backend.table("_meta", database=LANDING if landing else WORKING).to_pyarrow().to_pylist()
        return {row["name"]: row["value"] for row in rows}


_AGAIN = "Move `working.duckdb` and `landing.duckdb` away and run `regulars run`: both are made again from your files."
#: Where Ibis finds the two files.
LANDING = ("landing", "main")
WORKING = ("working", "main")


@contextmanager
def opened(settings: Settings, workspace: Path) -> Iterator[Store]:
    """Open the workspace's store for writing; left-overs of a run that was killed are removed.

    Raises:
        Busy: another process writes; the message names it.
        StoreError: the store is damaged, was made by a newer version, or cannot be written.
    """
    folder = workspace / settings.store.folder
    with reaching(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "lock"):
        _sweep(folder)
        store = Store(folder, memory=settings.store.memory, threads=settings.store.threads)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with reaching(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as cause:
            owner = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
            raise Busy(
                f"Process {owner} writes to `{path.parent}` just now. Wait until it ends, then try again."
            ) from cause
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed left behind."""
    for leftover in folder.glob("*.building*"):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    _unborn(folder)
    for leftover in folder.glob("spill-*"):
        if not _runs(leftover.name.split("-")[1]):
            shutil.rmtree(leftover, ignore_errors=True)


def _unborn(folder: Path) -> None:
    """Remove both files where one of them was never made whole, and nothing was ever written to the other."""
    files = [file for name in FILES if (file := folder / name).exists()]
    sizes = [file.stat().st_size for file in files]
    if sizes and min(sizes) < _HEADERS and max(sizes) <= _HEADERS:
        for file in files:
            file.unlink()


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _prepare(backend: Any) -> None:
    """Make the bookkeeping tables; empty a store of an older format.

    Raises:
        StoreError: the store was made by a newer version.
    """
    for place in (LANDING, WORKING):
        found = _format_of(backend, place)
        if found > FORMAT:
            raise newer(place[0] + ".duckdb", found)
        if 0 < found < FORMAT:
            for name in backend.list_tables(database=place):
                backend.drop_table(name, database=place)
    for place in (LANDING, WORKING):
        _create(backend, place)


def newer(name: str, found: int) -> StoreError:
    """Return the error for a file of a later format."""
    return StoreError(
        f"`{name}` was made by a newer version of Regulars (format {found}; this one knows {FORMAT}). Install that one."
    )


def _format_of(backend: Any, place: tuple[str, str]) -> int:
    if "_meta" not in backend.list_tables(database=place):
        return 0
    meta = backend.table("_meta", database=place)
    rows = meta.filter(meta.name == "format").to_pyarrow().to_pylist()
    return int(rows[0]["value"]) if rows else 0


def _create(backend: Any, place: tuple[str, str]) -> None:
    wanted = {"_meta": _META, "_files": LEDGER, "_quarantine": QUARANTINE, "_identity": IDENTITY_COLUMNS}
    if place == LANDING:
        wanted |= {"_rates": RATES} | {table.name: landed_columns_of(table) for table in TABLES.values()}
    else:
        wanted |= {"_withdrawn": WITHDRAWN}
    there = set(backend.list_tables(database=place))
    with engine.transaction(backend):
        for name, columns in wanted.items():
            if name not in there:
                engine.create(backend, name, ibis.schema(columns), catalog=place[0])
        if "_meta" not in there:
            said = ibis.memtable([{"name": "format", "value": str(FORMAT)}])
            engine.insert(backend, "_meta", said, catalog=place[0])
