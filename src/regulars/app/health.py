"""Is everything well? Settings, store, engine and catalogue, each with what to do where it is not."""

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from regulars.app.alert_rules import rules, unanswered
from regulars.app.goals import goals
from regulars.app.workspace import Workspace
from regulars.core.errors import CatalogueError, StoreError
from regulars.core.wording import counted
from regulars.data import generations


def look(folder: Path) -> Iterator[str]:
    """Yield one line per thing that is well, and one per declaration that is not.

    Raises:
        SettingsError: `regulars.toml` is missing or wrong.
        CatalogueError: declarations of the company's own cannot be used; said last, when all else was looked at.
        StoreError: what is stored is damaged; the message names it and says what to do.
    """
    for package in ("regulars", "duckdb", "ibis-framework", "sqlglot", "pyarrow"):
        yield f"ok  {package} {version(package)}"
    workspace = Workspace.at(folder, files_exist=True)
    yield f"ok  settings: {len(workspace.settings.sources)} sources"
    yield f"ok  catalogue: {len(workspace.kpis)} KPIs, {len(workspace.cohorts)} cohort tables"
    watched = rules(workspace)
    wrong = watched.faults
    for fault in (*workspace.faults, *wrong.values()):
        yield f"problem  {fault}"
    free = shutil.disk_usage(folder).free
    yield f"ok  disk: {free / 1e9:,.1f} GB free"
    generation = generations.current(workspace.store)
    if generation is None:
        raise StoreError(f"`{folder}` holds no records yet. Run `regulars run` there first.")
    generations.verify(generation)
    yield f"ok  generation {generation.number}: {generation.size / 1e6:,.1f} MB, every byte as published"
    with workspace.opened() as opened:
        records = opened.records
        customers = records.tables["people"].count()
        yield f"ok  {records.run(customers):,} customers, records before {records.as_of}"
        # Those that come with Regulars wait for their records; what the company wrote itself should be watched.
        for rule in (one for one in watched.on if one.name in workspace.settings.alerts):
            if why := unanswered(rule, workspace, records):
                yield f"problem  `[alerts.{rule.name}]` cannot be watched: {why}"
        if records.covered and workspace.settings.goals:
            for goal in goals(workspace, opened, chances=False):
                if goal.problem:
                    yield f"problem  {goal.problem}"
    if not os.access(workspace.store, os.W_OK):
        raise StoreError(f"`{workspace.store}` cannot be written by this user. Give write permission to load records.")
    if faulty := len(workspace.faults) + len(wrong):
        raise CatalogueError(f"{counted(faulty, 'declaration')} cannot be used: see `problem` above.")
