"""What questions are asked of: one generation, opened."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import ibis.expr.types as ir

from regulars.app import kept
from regulars.core.periods import Period, day_of, start_of_day
from regulars.core.settings import Settings
from regulars.data import beside, building, engine
from regulars.data.generations import Generation
from regulars.data.tables import TABLES
from regulars.kpis.answer import Scored
from regulars.kpis.flags import Flags
from regulars.kpis.query import FORETOLD, Records
from regulars.models.justified import unmet


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
        segments=settings.segments,
        columns=frozenset(
            f"{table}.{column}"
            for source in settings.sources
            for table, mapping in source.tables.items()
            for column in mapping.columns
        ),
    )


def with_foretold(found: Records, generation: Generation, backend: Any) -> Records:
    """Return the records with what is foretold of them, as far as it is kept and made with their parameters."""
    tables, covered = dict(found.tables), dict(found.covered)
    scores, withheld = {}, {}
    for name, (said, path) in kept.current(generation.path, found.definitions).items():
        tried, naive = said.trial.of(said.model), said.trial.naive
        # A model that was asked for by name answers no KPI; a health score does where the past justifies it.
        if name not in {said.outcome, f"{said.outcome}_health"}:
            continue
        if name != said.outcome and (why := unmet(tried, naive)):
            withheld[f"{FORETOLD}{name}"] = f"the past justifies no score by `{name}`: {why}"
            continue
        scored = Scored(
            outcome=said.outcome,
            model=f"{said.model} {said.version}",
            score=tried.score,
            verdict=tried.verdict(naive),
            tried=said.trial.tried_on,
        )
        past = beside.found(generation.path, f"{kept.PAST}{name}")
        for table, file in ((name, path), *([(f"{kept.PAST}{name}", past.path)] if past is not None else [])):
            tables[f"{FORETOLD}{table}"] = engine.from_parquet(backend, file)
            covered[f"{FORETOLD}{table}"] = Period(found.as_of - timedelta(days=1), found.as_of)
            scores[f"{FORETOLD}{table}"] = scored
    return replace(found, tables=tables, covered=covered, scores=scores, withheld=withheld)


def _covered(coverage: ir.Table) -> dict[str, Period]:
    """Return the span of each table's records; one whose rows have no day spans what the others do."""
    rows = engine.run(coverage)
    dated = [row for row in rows if row["first_day"] is not None]
    first = min((row["first_day"] for row in dated), default=0)
    last = max((row["last_day"] for row in dated), default=0)
    spans = {row["name"]: (row["first_day"], row["last_day"]) if row in dated else (first, last) for row in rows}
    return {name: Period(day_of(start), day_of(end + 1)) for name, (start, end) in spans.items()}
