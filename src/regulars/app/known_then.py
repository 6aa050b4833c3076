"""The earlier period as it was known as long after its end as the later one is now: what came late is not in it.

Records arrive late. A month that ended yesterday is set against one whose last records came weeks ago; what the younger
one still lacks is no fall. So of the earlier period only what was recorded as soon after its end counts as alike, and
what came later is a part of the change by itself: of records.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import ibis.expr.types as ir

from regulars.app.workspace import Opened, Workspace
from regulars.core.periods import day_number, day_of, start_of_day
from regulars.data import building
from regulars.data.tables import TABLES
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records
from regulars.kpis.timeline import Timeline

#: Tables whose rows belong to those of another.
_WITH = {"orders": ("order_lines",), "tickets": ("ticket_events",), "responses": ("follow_ups",)}


def records_then(
    kpi: KPI, workspace: Workspace, opened: Opened, records: Records, timelines: tuple[Timeline, Timeline]
) -> tuple[Records, int] | None:
    """Return the records without what came late of the earlier period, and how many rows did; None where none did.

    Args:
        kpi: which records count for it.
        workspace: the company.
        opened: its records.
        records: the same, as they are asked.
        timelines: of the period before and of the one that is explained.
    """
    before, after = timelines
    waited = day_number(records.as_of) - min(after.bounds[2], after.as_of)
    day = before.bounds[2] + waited
    if day >= day_number(records.as_of):
        return None
    zone = workspace.settings.company.time_zone
    instant = start_of_day(day_of(day), zone).replace(tzinfo=None)
    names = [name for name in _needed(kpi) if name in records.tables and "recorded_at" in records.tables[name].columns]
    late = _late(records, names, before.bounds[2], instant)
    if not late:
        return None
    known = {name: _by_then(records.tables[name], instant) for name in names}
    canonical = {name: records.tables[name] for name in TABLES if name in records.tables} | known
    made = building.facts_of(opened.backend, canonical, workspace.settings, records.as_of)
    return replace(records, tables={**records.tables, **known, **made}), late


def _needed(kpi: KPI) -> Iterator[str]:
    for name in sorted(kpi.frame.named):
        yield name
        yield from _WITH.get(name, ())


def _late(records: Records, names: list[str], end: int, instant: datetime) -> int:
    found = 0
    for name in names:
        table, column = records.tables[name], TABLES[name].instant
        if column is None:
            continue
        rows = table.filter(table[column.removesuffix("_at") + "_day"] < end, table.recorded_at >= instant)
        found += int(records.run(rows.aggregate(n=rows.count()))[0]["n"])
    return found


def _by_then(table: ir.Table, instant: datetime) -> ir.Table:
    return table.filter(table.recorded_at.isnull() | (table.recorded_at < instant))
