"""The simulated company of the benchmarks, and its records as Regulars keeps them."""

import functools
import resource
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.app import records as app_records
from regulars.catalogue.sources.simulated import simulate
from regulars.core.periods import Grain, Period, day_number, split
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
MONTHS = len(split(PERIOD, GRAIN))
#: What every contestant but pandas gets; pandas has one thread, and where two share a core each counts its waiting too.
THREADS, MEMORY = 1, "3GB"


def folder_of(customers: int) -> Path:
    """Return the folder of a company of `customers`, simulated at the first call."""
    folder = DATA / f"company-{customers}"
    if not (folder / "regulars.toml").exists():
        simulate(folder, customers=customers, seed=1)
    return folder


def database_of(customers: int) -> Path:
    """Return where its canonical tables and facts are kept."""
    return folder_of(customers) / "working.duckdb"


def settings_of(folder: Path) -> Settings:
    return read_settings(folder / "regulars.toml")


def connect(path: Path, *, read_only: bool = False) -> Any:
    return engine.connect(path, read_only=read_only, memory=MEMORY, threads=THREADS)


def store_tables(folder: Path, path: Path) -> None:
    """Write the canonical tables, as ingest leaves them, to the database `path`; simulated files need no cleaning."""
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
    backend = connect(path)
    made_with = _build(backend, folder)
    backend.disconnect()
    path.with_suffix(".made_with").write_text(made_with, encoding="utf-8")


def _build(backend: Any, folder: Path, **changed: Any) -> str:
    tables = {name: backend.table(name) for name in TABLES if name in backend.list_tables()}
    with engine.transaction(backend):
        return building.build(backend, settings_of(folder), tables, backend.table("references"), PERIOD.end, **changed)


def refresh(folder: Path, path: Path) -> dict[str, float]:
    """Return the CPU seconds of bringing the facts up to date after one customer in a thousand ordered and acted."""
    copy = path.with_name("refreshed.duckdb")
    shutil.copyfile(path, copy)
    backend = connect(copy)
    made_with = path.with_suffix(".made_with").read_text(encoding="utf-8")
    ids = backend.table("customers").select("customer_id").filter(_.customer_id.hash() % 1000 == 0)
    touched = engine.create(backend, "touched", ids.select(reference="customer_id"), replace=True)
    for name in ("orders", "order_lines", "events"):
        engine.insert(backend, name, _again(backend, name, touched))
    began = _cpu()
    _build(backend, folder, made_with=made_with, touched=touched)
    backend.con.execute("CHECKPOINT")
    spent = _cpu() - began
    backend.disconnect()
    copy.unlink()
    return {"cpu": spent}


def _again(backend: Any, name: str, touched: ir.Table) -> ir.Table:
    """Return new rows: what the touched customers did on their last thirty days, once more."""
    orders = backend.table("orders").semi_join(touched, _.customer_id == touched.reference)
    if name == "order_lines":
        lines = backend.table(name).semi_join(orders.filter(orders.ordered_day >= _LATELY), "order_id")
        return lines.mutate(order_id=lines.order_id + "+")
    if name == "orders":
        return orders.filter(orders.ordered_day >= _LATELY).mutate(order_id=orders.order_id + "+")
    events = backend.table(name).semi_join(touched, _.customer_id == touched.reference)
    return events.filter(events.occurred_day >= _LATELY).mutate(event_id=events.event_id + "+")


_LATELY = day_number(PERIOD.end) - 30


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


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
