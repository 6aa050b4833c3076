"""What questions are asked of: one generation, opened."""

from typing import Any

import ibis.expr.types as ir

from regulars.core.periods import Period, day_of, start_of_day
from regulars.core.settings import Settings
from regulars.data import building, engine
from regulars.data.generations import Generation
from regulars.data.tables import TABLES
from regulars.kpis.flags import Flags
from regulars.kpis.query import Records


def of(generation: Generation, backend: Any, settings: Settings, flags: Flags) -> Records:
    """Return the records of `generation`, opened as `backend`."""
    there = set(backend.list_tables())
    names = [name for name in (*building.NAMES, *TABLES) if name in there]
    as_of = generation.as_of or day_of(0)
    return Records(
        tables={name: backend.table(name) for name in names} | {"keys": backend.table(building.KEYS)},
        run=engine.run,
        as_of=as_of,
        known_at=start_of_day(as_of, settings.company.time_zone),
        covered=_covered(backend.table(building.COVERAGE)),
        definitions=settings.definitions,
        flags=flags,
        columns=frozenset(
            f"{table}.{column}"
            for source in settings.sources
            for table, mapping in source.tables.items()
            for column in mapping.columns
        ),
    )


def _covered(coverage: ir.Table) -> dict[str, Period]:
    """Return the span of each table's records; one whose rows have no day spans what the others do."""
    rows = engine.run(coverage)
    dated = [row for row in rows if row["first_day"] is not None]
    first = min((row["first_day"] for row in dated), default=0)
    last = max((row["last_day"] for row in dated), default=0)
    spans = {row["name"]: (row["first_day"], row["last_day"]) if row in dated else (first, last) for row in rows}
    return {name: Period(day_of(start), day_of(end + 1)) for name, (start, end) in spans.items()}
