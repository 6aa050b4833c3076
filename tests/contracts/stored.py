"""Companies as they are stored: canonical tables, facts and coverage in an engine of their own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import ibis
import pyarrow as pa

import regulars.catalogue.kpis
from regulars.core.periods import Period, day_number, day_of
from regulars.core.registry import discover, modules_of
from regulars.core.settings import Company as Named
from regulars.core.settings import Service, Settings
from regulars.data import building, engine
from regulars.data.tables import TABLES, Kind, Table
from regulars.kpis.kpi import KPI
from regulars.kpis.query import FORETOLD, HEARD, Records

from .companies import Company, Row

#: Those that are answered from records; what is foretold or heard is not there before it is (tests/kpis/
#: test_foretold.py, test_heard_kpis.py).
KPIS: Mapping[str, KPI] = {
    name: kpi
    for name, kpi in discover(modules_of(regulars.catalogue.kpis), KPI).items()
    if not any(made in str(need) for need in kpi.frame.needs for made in (FORETOLD, HEARD))
}

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.decimal128(18, 4),
    Kind.MONEY: pa.decimal128(18, 4),
    Kind.INSTANT: pa.timestamp("us"),
    Kind.DATE: pa.date32(),
    Kind.BOOLEAN: pa.bool_(),
}


def canonical(table: Table, rows: list[Row]) -> pa.Table:
    """Return `rows` with every column of `table`, and the local day of each instant (the company's zone is UTC)."""
    columns: dict[str, Any] = {}
    for column in table.columns:
        values = [row.get(column.name) for row in rows]
        if column.kind is Kind.DATE:
            days = [None if at is None else day_number(at.date()) for at in values]
            columns[column.name.removesuffix("_on") + "_day"] = pa.array(days, pa.int32())
            values = [at and at.date() for at in values]
        columns[column.name] = pa.array(values, _TYPES[column.kind])
        if column.kind is Kind.INSTANT:
            days = [None if at is None else day_number(at.date()) for at in values]
            columns[column.name.removesuffix("_at") + "_day"] = pa.array(days, pa.int32())
    if table.name == "order_lines":
        columns["line_kind"] = pa.array([row["line_kind"] for row in rows], pa.string())
    if table.name == "customers":
        columns["attributes"] = pa.array(["{}"] * len(rows), pa.string())
    return pa.table(columns)


def store(company: Company, *, threads: int = 2, parts: int = 1) -> tuple[Any, Records]:
    """Return an engine that holds the company's facts, and the records to ask; tables may come in `parts`."""
    backend = engine.connect(threads=threads, memory="1GB")
    tables = {}
    for name, rows in company.tables.items():
        stored = [
            engine.create(
                backend, f"{name} {part}" if parts > 1 else name, ibis.memtable(canonical(TABLES[name], some))
            )
            for part, some in enumerate(rows[part::parts] for part in range(parts))
        ]
        tables[name] = ibis.union(*stored) if len(stored) > 1 else stored[0]
        if parts > 1:
            engine.create(backend, name, tables[name])
    ids = {row["customer_id"] for rows in company.tables.values() for row in rows if row.get("customer_id")}
    known = sorted(ids | set(company.aliases) | set(company.aliases.values()))
    pairs = pa.table(
        {
            "reference": pa.array(known, pa.string()),
            "customer_id": pa.array([company.aliases.get(one, one) for one in known], pa.string()),
        }
    )
    references = engine.create(backend, "references", ibis.memtable(pairs))
    settings = Settings(
        company=Named(name="Test", currency="EUR", time_zone="UTC"),
        definitions=company.definitions,
        service=Service(hours=("mon-fri 09:00-17:00", "sat 10:00-12:00")),
    )
    building.build(backend, settings, tables, references, company.as_of)
    return backend, records_of(backend, company)


def records_of(backend: Any, company: Company) -> Records:
    """Return the records that `backend` holds."""
    there = set(backend.list_tables())
    coverage = engine.run(backend.table(building.COVERAGE))
    return Records(
        tables={name: backend.table(name) for name in (*building.NAMES, *TABLES) if name in there}
        | {"keys": backend.table(building.KEYS)},
        run=engine.run,
        as_of=company.as_of,
        known_at=datetime.combine(company.as_of, datetime.min.time(), UTC),
        covered={row["name"]: Period(day_of(row["first_day"] or 0), company.as_of) for row in coverage},
        definitions=company.definitions,
        flags={},
    )
