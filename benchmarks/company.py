"""The simulated company of the benchmarks, and its records as Regulars keeps them."""

import functools
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from regulars.app import records as app_records
from regulars.catalogue.sources.simulated import simulate
from regulars.core.periods import Grain, Period
from regulars.core.settings import Settings
from regulars.core.settings import read as read_settings
from regulars.data import building, engine
from regulars.data.generations import Generation
from regulars.data.store import columns_of, day_column
from regulars.data.tables import TABLES, Kind, Table
from regulars.kpis.query import Records

DATA = Path(__file__).parent / "data"
#: What is asked: every month of the two years that the simulator writes.
PERIOD, GRAIN = Period(date(2023, 1, 1), date(2025, 1, 1)), Grain.MONTH
#: What every contestant but pandas gets.
THREADS, MEMORY = 2, "3GB"


def folder_of(customers: int) -> Path:
    """Return the folder of a company of `customers`, simulated at the first call."""
    folder = DATA / f"company-{customers}"
    if not (folder / "regulars.toml").exists():
        simulate(folder, customers=customers, seed=1)
    return folder


def settings_of(folder: Path) -> Settings:
    return read_settings(folder / "regulars.toml")


def connect(path: Path, *, read_only: bool = False) -> Any:
    return engine.connect(path, read_only=read_only, memory=MEMORY, threads=THREADS)


def store_tables(folder: Path, path: Path) -> None:
    """Write the canonical tables as ingest leaves them (the simulator's files need no cleaning) to the database `path`."""
    backend = connect(path)
    for name, table in TABLES.items():
        files = sorted(str(file) for file in (folder / "data").glob(f"{name}-*.parquet"))
        if files:
            engine.create(backend, name, _stored(backend.read_parquet(files), table), replace=True)
    customers = backend.table("customers")
    known = customers.select(reference=customers.customer_id, customer_id=customers.customer_id)
    engine.create(backend, "references", known, replace=True)
    backend.disconnect()


def _stored(rows: ir.Table, table: Table) -> ir.Table:
    own = {column.name: column.kind for column in table.columns}
    days = {day_column(n): n for n, kind in own.items() if kind in (Kind.INSTANT, Kind.DATE)}
    stored = {}
    for name, kind in columns_of(table).items():
        if name in own and name in rows.columns:
            stored[name] = rows[name].cast(kind)
        elif name in days:
            stored[name] = rows[days[name]].cast("timestamp(6)").epoch_seconds().floordiv(86_400).cast(kind)
        else:
            stored[name] = ibis.null(kind)
    if table.name == "order_lines":
        stored["line_kind"] = ibis.literal("product")
    if table.name == "customers":
        stored["attributes"] = ibis.literal('{"age_band": "').concat(rows.age_band, '"}')
    return rows.select(**stored)


def make_facts(folder: Path, path: Path) -> None:
    """Make the facts of the canonical tables in the database `path`."""
    backend, settings = connect(path), settings_of(folder)
    tables = {name: backend.table(name) for name in TABLES if name in backend.list_tables()}
    with engine.transaction(backend):
        building.build(backend, settings, tables, backend.table("references"), PERIOD.end)
    backend.disconnect()


@functools.cache
def records_of(folder: Path, path: Path) -> Records:
    """Return what questions are asked of."""
    published = Generation(
        number=1,
        path=path,
        format=1,
        version="",
        as_of=PERIOD.end,
        state="",
        settings="",
        size=path.stat().st_size,
        sha256="",
    )
    return app_records.of(published, connect(path, read_only=True), settings_of(folder), {})
