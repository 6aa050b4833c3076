"""What questions are asked of: one generation, opened."""

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir

from regulars.core.periods import Period, day_of, start_of_day
from regulars.core.settings import Settings
from regulars.data import building, engine
from regulars.data.generations import Generation
from regulars.data.tables import TABLES
from regulars.kpis.query import Records


def of(generation: Generation, backend: Any, settings: Settings, flags: Mapping[str, tuple[str, ...]]) -> Records:
    """Return the records of `generation`, opened as `backend`."""
    there = set(backend.list_tables())
    names = [name for name in (*building.NAMES, *TABLES) if name in there]
    as_of = generation.as_of or day_of(0)
    return Records(
        tables={name: backend.table(name) for name in names},
        run=engine.run,
        as_of=as_of,
        known_at=start_of_day(as_of, settings.company.time_zone),
        covered=_covered(backend.table(building.COVERAGE)),
        definitions=settings.definitions,
        flags=flags,
    )


def _covered(coverage: ir.Table) -> dict[str, Period]:
    rows = engine.run(coverage)
    return {row["name"]: Period(day_of(row["first_day"]), day_of(row["last_day"] + 1)) for row in rows}
