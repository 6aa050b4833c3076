"""The only module that names a database engine: DuckDB by default; Spark and PostgreSQL take the same expressions.

Everything else speaks Ibis. What DuckDB says when a file is locked, damaged or the disk is full becomes `Busy` or
`StoreError` here, and nowhere else.
"""

import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import sqlglot.expressions as sge
from ibis.backends import BaseBackend
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.backends.sql.datatypes import DuckDBType

from regulars.core.errors import Busy, RegularsError, StoreError
from regulars.data import sharing

if TYPE_CHECKING:
    import pyarrow as pa


def connect(
    path: Path | None = None,
    *,
    read_only: bool = False,
    memory: str = "3GB",
    threads: int | None = None,
    temp: Path | None = None,
) -> BaseBackend:
    """Open a DuckDB database: UTC, no extensions from outside, bounded memory, its own spill folder.

    Args:
        path: the database file, created where missing; None for one in memory.
        read_only: many processes may read at once, and then none may write.
        memory: most memory before it spills to disk, e.g. "3GB" (quantiles and long texts may exceed it).
        threads: CPU threads; None for all.
        temp: folder to spill into; beside the database (or the system's) where None.

    Raises:
        Busy: another process holds the file; the message names it.
        StoreError: the file is damaged, missing or not a database.
    """
    # Two readers of one file would share `<file>.tmp`, so each process spills into a folder of its own for each file.
    # It bears the process' number, by which what a killed one left can be told from what is in use.
    beside = temp or (path.parent if path else Path(tempfile.gettempdir()))
    spill = beside / f"spill-{os.getpid()}-{path.name if path else secrets.token_hex(6)}"
    config: dict[str, Any] = {
        "memory_limit": memory,
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    if threads is not None:
        config["threads"] = threads
    with failures(path):
        # Ibis sets TimeZone to UTC and forbids reading Python variables as tables.
        backend = ibis.duckdb.connect(str(path or ":memory:"), read_only=read_only, **config)
    backend.compiler = _Compiler()
    return backend


#: Whole numbers of 38 digits, for sums of products.
WIDE = "decimal(38, 0)"


class _Types(DuckDBType):
    """DuckDB multiplies and adds up its 128-bit integers in half the time of decimals of as many digits."""

    @classmethod
    def _from_ibis_Decimal(cls, dtype: Any) -> sge.DataType:  # noqa: N802
        if (dtype.precision, dtype.scale) == (38, 0):
            return sge.DataType(this=sge.DataType.Type.INT128)
        return super()._from_ibis_Decimal(dtype)


class _Compiler(DuckDBCompiler):
    type_mapper = _Types


def spark(master: str = "local[*]") -> BaseBackend:
    """Open a Spark session on `master` (needs the extra `spark`, and Java)."""
    try:
        sql = import_module("pyspark.sql")
    except ImportError as cause:
        raise StoreError("Spark is not installed. Run `pip install 'regulars[spark]'`.") from cause
    # TRICKY: without it the workers take another Python and Ibis' in-memory tables die of PYTHON_VERSION_MISMATCH.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = sql.SparkSession.builder.master(master).appName("regulars")
    session = builder.config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false").getOrCreate()
    return ibis.pyspark.connect(session)


def postgres(url: str) -> BaseBackend:
    """Open the PostgreSQL database at `url`, e.g. `postgres://user@host/name` (needs the extra `postgres`)."""
    try:
        return ibis.connect(url)  # which sets the session's time zone to UTC
    except ImportError as cause:
        raise StoreError("psycopg is not installed. Run `pip install 'regulars[postgres]'`.") from cause


# --- what goes wrong ---------------------------------------------------------------------------------------------


@contextmanager
def failures(path: Path | None = None) -> Iterator[None]:
    """Turn what DuckDB says about locks, disks and damaged files into errors with advice; `path` where it is known."""
    try:
        yield
    except duckdb.Error as cause:
        known = _explain(cause, path)
        if known is None:
            raise
        raise known from cause


def _explain(cause: duckdb.Error, path: Path | None) -> RegularsError | None:
    text = str(cause)
    quoted = re.search(r'"([^"]+)"', text)
    file = path or (Path(quoted[1]) if quoted else None)
    where = f"`{file}`" if file else "The database"
    if "Could not set lock on file" in text:
        holder = re.search(r"PID (\d+)", text)
        process = f"process {holder[1]}" if holder else "another process"
        return Busy(f"{where} is in use by {process}; one process writes at a time. Try again when it has ended.")
    if "different configuration than existing connections" in text:
        return Busy(f"{where} is already open in this process with other settings. Close that first.")
    if any(sign in text for sign in ("No space left", "File too large", "max_temp_directory_size", "quota exceeded")):
        return Busy(f"The disk of {where} is full{_free(file)}. Nothing was changed. Make room and try again.")
    if isinstance(cause, duckdb.OutOfMemoryException):
        return Busy("The memory limit was reached. Raise `memory` under `[store]`, or lower `threads`, and try again.")
    if isinstance(cause, duckdb.IOException | duckdb.SerializationException | duckdb.FatalException):
        return StoreError(f"{where} cannot be used: {text.splitlines()[0]}")
    return None


def _free(file: Path | None) -> str:
    with suppress(OSError):
        if file is not None:
            return f" ({shutil.disk_usage(file.parent).free / 1e6:,.0f} MB free)"
    return ""


def require_space(folder: Path, need: int) -> None:
    """Refuse before starting what cannot end: `need` bytes must be free in `folder`.

    Raises:
        Busy: with what is needed and what is free.
    """
    free = shutil.disk_usage(folder).free
    if free < need:
        raise Busy(
            f"The disk of `{folder}` is too full: {need / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free. "
            "Make room and try again."
        )


# --- statements --------------------------------------------------------------------------------------------------


def quote(*names: str) -> str:
    """Return the dotted identifier of `names`; the only place where names become SQL.

    >>> quote("gen", 'or"ders')
    '"gen"."or""ders"'
    """
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


@contextmanager
def transaction(backend: BaseBackend) -> Iterator[None]:
    """All or nothing: commit at the end of the block, roll back when it raises."""
    with failures():
        backend.con.begin()
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # a broken transaction may be gone already
                backend.con.rollback()
            raise
        backend.con.commit()


def create(
    backend: BaseBackend,
    name: str,
    rows: ibis.Table | ibis.Schema,
    *,
    temp: bool = False,
    replace: bool = False,
    catalog: str | None = None,
) -> ibis.Table:
    """Store `rows` as the table `name` (empty where only a schema is given) and return it."""
    schema = rows if isinstance(rows, ibis.Schema) else None
    place = (catalog, "main") if catalog else None
    with failures():
        return backend.create_table(
            name, None if schema else rows, schema=schema, temp=temp, overwrite=replace, database=place
        )


def insert(backend: BaseBackend, name: str, rows: ibis.Table, *, catalog: str | None = None) -> int:
    """Add `rows` to the table `name`, column by column name; columns that `rows` lacks become NULL. Return how many."""
    columns = ", ".join(quote(column) for column in rows.columns)
    return _change(backend, f"INSERT INTO {_place(catalog, name)} ({columns}) {_select(backend, rows)}")


def delete(
    backend: BaseBackend,
    name: str,
    predicate: Callable[[ibis.Table], ibis.ir.BooleanValue] | ibis.Deferred,
    *,
    catalog: str | None = None,
) -> int:
    """Remove the rows of table `name` for which `predicate` holds; return how many."""
    table = backend.table(name, database=(catalog, "main") if catalog else None)
    doomed = table.mutate(__rowid__=table.rowid()).filter(predicate).select("__rowid__")
    return _change(backend, f"DELETE FROM {_place(catalog, name)} WHERE rowid IN ({_select(backend, doomed)})")  # noqa: S608


def drop(backend: BaseBackend, name: str, *, catalog: str | None = None) -> None:
    """Remove the table `name` if it is there."""
    with failures():
        backend.drop_table(name, database=(catalog, "main") if catalog else None, force=True)


@contextmanager
def attached(backend: BaseBackend, path: Path, name: str, *, read_only: bool = False) -> Iterator[None]:
    """Use the database file `path` as catalog `name` within the block."""
    with failures(path):
        backend.attach(path, name=name, read_only=read_only)
    try:
        yield
    finally:
        with failures(path):
            backend.detach(name)


def _place(catalog: str | None, name: str) -> str:
    return quote(catalog, "main", name) if catalog else quote(name)


def _select(backend: BaseBackend, rows: ibis.Table) -> str:
    backend._run_pre_execute_hooks(rows)  # what Ibis' own insert() does first: it makes in-memory tables known
    return str(backend.compile(rows))


def _change(backend: BaseBackend, statement: str) -> int:
    with failures():
        found = backend.con.execute(statement).fetchone()
    return int(found[0]) if found else 0


# --- in and out --------------------------------------------------------------------------------------------------


def to_arrow(expr: ibis.Expr) -> "pa.Table":
    """Compute an expression: a table, a column or a scalar."""
    with failures(), sharing.kept():
        backend, rows = expr.get_backend(), expr.as_table()
        if backend.name != "duckdb" or any(kind.is_null() for kind in rows.schema().types):
            return expr.to_pyarrow()
        # As Ibis' own to_pyarrow(), which imports pandas first: a quarter of a second of every command.
        return expr.__pyarrow_result__(backend.con.sql(_select(backend, rows)).to_arrow_table())


def run(expr: ibis.Expr) -> Any:
    """Compute a small result as plain Python: a table as a list of dicts, a column as a list, a scalar as itself."""
    found = to_arrow(expr)
    return found.to_pylist() if hasattr(found, "to_pylist") else found.as_py()


def look_up(table: ibis.Table, column: str, value: object) -> list[dict[str, Any]]:
    """Return the rows of a stored table that hold `value`, which is bound, not written: a hundredth of compiling it."""
    place = ".".join(map(quote, table.get_name().split(".")))
    with failures():
        found = table.get_backend().con.execute(f"SELECT * FROM {place} WHERE {quote(column)} = ?", [value])  # noqa: S608
        names = [one[0] for one in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def from_parquet(backend: BaseBackend, path: Path) -> ibis.Table:
    """Return the rows of a Parquet file; nothing is copied."""
    with failures(path):
        return backend.read_parquet(path)


def from_arrow(backend: BaseBackend, reader: "pa.RecordBatchReader", name: str) -> ibis.Table:
    """Stream `reader` into the temporary table `name`, one batch in memory at a time.

    Batches go in one by one so that an error raised while reading (SourceError) arrives as it is: through a reader
    that DuckDB pulls, it would come out as DuckDB's own.
    """
    table = create(backend, name, ibis.Schema.from_pyarrow(reader.schema), temp=True, replace=True)
    view = f"{name} batch"
    for batch in reader:
        with failures():
            backend.con.register(view, batch)
            backend.con.execute(f"INSERT INTO {quote('temp', 'main', name)} BY NAME SELECT * FROM {quote(view)}")  # noqa: S608
            backend.con.unregister(view)
    return table


def once(value: ibis.Value, use: Callable[..., ibis.Value]) -> ibis.Value:
    """Return `use(value)` with `value` computed once, however often `use` needs it (70 ns a text, 30 ns a number).

    TRICKY: DuckDB computes a repeated expression anew in every branch of a CASE. Nested uses need parameters of
    different names: they become the engine's own lambda.
    """
    return ibis.array([value]).map(use)[0]


# --- functions of DuckDB that Ibis lacks -------------------------------------------------------------------------

_STAMP = "timestamp(6)"
_UTC = "timestamp('UTC', 6)"


@ibis.udf.scalar.builtin(signature=(("string", "string"), "boolean"))
def regexp_full_match(text, pattern):  # type: ignore[no-untyped-def]
    """Whether the whole of `text` matches `pattern` (RE2)."""


@ibis.udf.scalar.builtin(signature=(("string", "string"), _STAMP))
def try_strptime(text, form):  # type: ignore[no-untyped-def]
    """`text` read by a strptime format without offset; NULL where it does not fit. Takes spaces at the end."""


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), _UTC))
def try_strptime_offset(text, form):  # type: ignore[no-untyped-def]
    """`text` read by a strptime format with `%z`."""


@ibis.udf.scalar.builtin(name="epoch_us", signature=((_STAMP,), "int64"))
def stamp_micros(stamp):  # type: ignore[no-untyped-def]
    """Microseconds since 1970 of a timestamp without zone."""


@ibis.udf.scalar.builtin(name="epoch_us", signature=((_UTC,), "int64"))
def instant_micros(instant):  # type: ignore[no-untyped-def]
    """Microseconds since 1970 of an instant."""


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), _STAMP))
def stamp(micros):  # type: ignore[no-untyped-def]
    """Timestamp of microseconds since 1970."""


@ibis.udf.scalar.builtin(name="trim", signature=(("string",), "string"))
def trim_spaces(text):  # type: ignore[no-untyped-def]
    """Without spaces (U+0020 only) at both ends."""


@ibis.udf.scalar.builtin(signature=(("string", "string", "int64"), "string"))
def split_part(text, separator, position):  # type: ignore[no-untyped-def]
    """The part of `text` at `position`, from 1; empty where there are fewer."""
