"""What is to be known about the records before their numbers are believed.

Rows that checks.py finds remarkable, and what the ledger, the quarantine and the calendar say. Nothing is refused
here; that is data/landing/contract.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.periods import Grain, Period, day_number, day_of
from regulars.core.settings import Settings
from regulars.data import engine
from regulars.data.quality.biases import ALL, Bias, of_plain, per_customer
from regulars.data.quality.checking import Check, Finding, Look
from regulars.data.quality.checks import CHECKS
from regulars.data.statements import Statements
from regulars.data.store import Store, day_column
from regulars.data.tables import TABLES


def write(store: Store, settings: Settings, as_of: date | None) -> None:
    """Look at everything and keep what was found."""
    look = Look(
        tables=store.tables(),
        landed=store.landed,
        aliases=store.backend.table("_aliases"),
        files=tuple(engine.run(store.backend.table("_files").order_by("source", "path"))),
        settings=settings,
        as_of=as_of,
    )
    found = sorted(find(look, store), key=lambda one: (one.code, one.table, one.source, one.example))
    rows = [{**(said := plain(one)), "biases": json.dumps(said["biases"])} for one in found]
    engine.create(store.backend, "_findings", ibis.memtable(rows, schema=_SCHEMA), replace=True)


def read(backend: Any) -> tuple[Finding, ...]:
    """Return the findings that a store or a generation holds."""
    rows = engine.run(backend.table("_findings").order_by("code", "table", "source", "example"))
    return tuple(
        Finding(**{**row, "biases": tuple(of_plain(bias) for bias in json.loads(row["biases"]))}) for row in rows
    )


def plain(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON can hold it."""
    said = {name: getattr(finding, name) for name in _SCHEMA}
    return {**said, "biases": [bias.plain() for bias in finding.biases]}


_SCHEMA = {
    "code": "string",
    "table": "string",
    "source": "string",
    "rows": "int64",
    "share": "float64",
    "example": "string",
    "message": "string",
    "biases": "string",
}


def find(look: Look, store: Store) -> Iterator[Finding]:
    """Yield all findings."""
    do = Statements(store.backend, f"findings {look.settings.fingerprint()} {look.as_of}")
    totals = {name: _by_source(name, look, do) for name in look.tables}
    for check in CHECKS:
        if {check.table, *check.needs} <= look.tables.keys():
            yield from _found(check, look, totals[check.table], do)
    yield from _quarantined(look, do.ask("quarantined", lambda: _first_cells(store)))
    yield from _in_ledger(look)
    yield from _alike(do.ask("alike", lambda: _ids_alike(store))[0])
    yield from _aliases(do.ask("aliases", lambda: _odd_aliases(look))[0])
    for name in ("orders", "events", "tickets", "responses"):
        if name in look.tables:
            yield from _gaps(name, look, do)
    yield from _unfinished(look)


def _by_source(name: str, look: Look, do: Statements) -> dict[str, int]:
    counts = do.ask(("all", name), lambda: look.tables[name].group_by("source").aggregate(n=_.count()))
    return {row["source"]: row["n"] for row in counts}


def _by_file(check: Check, look: Look) -> ir.Table:
    remarkable = check.remarkable(look, look.tables[check.table])
    return remarkable.group_by("source", "file").aggregate(n=_.count(), line=_.record.min())


def _found(check: Check, look: Look, totals: Mapping[str, int], do: Statements) -> Iterator[Finding]:
    paths = {row["file"]: row["path"] for row in look.files}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in do.ask((check.name, check.table), lambda: _by_file(check, look)):
        found.setdefault(row["source"], []).append(row)
    for source, rows in found.items():
        count = sum(row["n"] for row in rows)
        path, line = min((paths[row["file"]], row["line"]) for row in rows)
        share = count / totals[source]
        yield Finding(
            code=check.name,
            table=check.table,
            source=source,
            rows=count,
            share=share,
            example=f"{path}:{line}",
            message=check.message.format(rows=f"{count:,}", share=f"{share:.1%}", table=check.table),
            biases=check.biases,
        )


# --- what the checks look for --------------------------------------------------------------------------------------


#: From this share of quarantined records on, every number may be off.
_MANY = 0.01


def _first_cells(store: Store) -> ir.Table:
    cells = store.backend.table("_quarantine")
    return cells.filter(cells["first"]).group_by("file", "reason").aggregate(n=_.count(), line=_.line.min())


def _quarantined(look: Look, counts: list[dict[str, Any]]) -> Iterator[Finding]:
    """Yield quarantined records per source and reason."""
    files = {row["file"]: row for row in look.files}
    records: dict[str, int] = {}
    for row in look.files:
        records[row["source"]] = records.get(row["source"], 0) + row["records"]
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in counts:
        found.setdefault((files[row["file"]]["source"], row["reason"]), []).append(row)
    for (source, reason), rows in found.items():
        count = sum(row["n"] for row in rows)
        path, line = min((files[row["file"]]["path"], row["line"]) for row in rows)
        share = count / records[source]
        yield Finding(
            code=f"quarantined_{reason}",
            table="",
            source=source,
            rows=count,
            share=share,
            example=f"{path}:{line}",
            message=f"{count:,} records ({share:.1%}) of `{source}` do not count: {reason.replace('_', ' ')}.",
            biases=_missing(_fed(look, source)) if share >= _MANY else (),
        )


def _fed(look: Look, source: str) -> tuple[str, ...]:
    """Return the canonical tables that a source feeds."""
    mapped = next(one.tables for one in look.settings.sources if one.name == source)
    return tuple(name for name in TABLES if name in mapped)


def _missing(tables: tuple[str, ...]) -> tuple[Bias, ...]:
    """Return what it does that rows of `tables` do not count; attributes of customers tell in splits only."""
    why = "they may be unlike the others"
    own = tuple(name for name in tables if name != "customers")
    rows = (Bias(tables=own, direction="unclear", why=why),) if own else ()
    return (*rows, Bias(tables=ALL, divided=True, direction="unclear", why=why)) if "customers" in tables else rows


def _in_ledger(look: Look) -> Iterator[Finding]:
    """Yield what the ledger knows: duplicates, copies of whole files, columns that only some files have."""
    by_source: dict[str, list[Mapping[str, Any]]] = {}
    for row in look.files:
        by_source.setdefault(row["source"], []).append(row)
    for source, files in by_source.items():
        records = sum(row["records"] for row in files)
        for code, field, words, way in (
            ("duplicates_kept", "repeated", "say exactly what another says, and count", "up"),
            ("duplicates_dropped", "duplicates", "say what another says, and do not count", None),
        ):
            count = sum(row[field] for row in files)
            if count:
                example = next(row["path"] for row in files if row[field])
                fed = _fed(look, source)
                twice = Bias(tables=fed, direction="up", why="what happened once may count twice, in counts and sums")
                yield Finding(
                    code=code,
                    table="",
                    source=source,
                    rows=count,
                    share=count / records,
                    example=example,
                    message=f"{count:,} records ({count / records:.1%}) of `{source}` {words}.",
                    biases=(twice,) if way else (),
                )
        yield from _left_out(look, source, files)
        for row in files:
            if row["copy_of"]:
                message = f"`{row['path']}` is a copy of `{row['copy_of']}` and does not count."
                yield _of_file("file_copied", row, row["copy_of"], message)
        everywhere = set.intersection(*(set(json.loads(row["columns"])) for row in files))
        for row in files:
            more = [name for name in json.loads(row["columns"]) if name not in everywhere]
            if more:
                names = ", ".join(f"`{name}`" for name in more)
                message = f"`{row['path']}` has columns that other files of `{source}` lack: {names}."
                yield _of_file("columns_differ", row, more[0], message)


def _left_out(look: Look, source: str, files: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield how many records the `where` of each table left out."""
    records = sum(row["records"] for row in files)
    for table in _fed(look, source):
        counts = {row["path"]: json.loads(row["left_out"]).get(table, 0) for row in files}
        count = sum(counts.values())
        if count:
            share = count / records
            yield Finding(
                code="left_out_by_where",
                table=table,
                source=source,
                rows=count,
                share=share,
                example=next(path for path, rows in counts.items() if rows),
                message=f"{count:,} records ({share:.1%}) of `{source}` were skipped by `where` of {table}.",
            )


def _of_file(code: str, row: Mapping[str, Any], example: str, message: str) -> Finding:
    return Finding(
        code=code,
        table="",
        source=row["source"],
        rows=row["records"],
        share=None,
        example=f"{row['path']}: {example}",
        message=message,
    )


def _ids_alike(store: Store) -> ir.Table:
    ids = store.backend.table("references").select(_id="customer_id").distinct()
    same = ids.group_by(_same=ids._id.strip().upper()).aggregate(n=_.count())
    return same.aggregate(alike=_.n.sum(where=_.n > 1).fill_null(0).cast("int64"), ids=_.n.sum().cast("int64"))


def _alike(counts: Mapping[str, int]) -> Iterator[Finding]:
    """Yield ids that differ only by case or surrounding space."""
    if counts["alike"]:
        yield Finding(
            code="ids_alike",
            table="customers",
            source="",
            rows=counts["alike"],
            share=counts["alike"] / counts["ids"],
            example="",
            message=f"{counts['alike']:,} customers' ids differ from another one only by case or space.",
            biases=(
                per_customer("down", "one customer may count as two", tables=ALL),
                Bias(kpis=("new_customers",), direction="up", why="one customer may count as two"),
            ),
        )


def _odd_aliases(look: Look) -> ir.Table:
    given = look.landed("_identity")
    told = given.filter(given["alias"] != given.customer_id)
    direct = told.group_by("alias").aggregate(customers=_.customer_id.nunique())
    several = direct.aggregate(several=_.count(where=_.customers > 1))
    # Chains end in customers; where the end is known as an alias itself, the chain is a circle.
    ends = look.aliases.select(end="customer_id").semi_join(told.select(end="alias"), "end")
    return several.cross_join(ends.aggregate(circular=_.count()))


def _aliases(counts: Mapping[str, int]) -> Iterator[Finding]:
    """Yield aliases that stand for several customers, or for each other in a circle."""
    for code, count, words in (
        ("alias_of_several", counts["several"], "stand for several customers; each counts for the first by id"),
        ("aliases_in_circle", counts["circular"], "stand for each other in a circle; each counts for the first of it"),
    ):
        if count:
            yield Finding(
                code=code,
                table="identity",
                source="",
                rows=count,
                share=None,
                example="",
                message=f"{count:,} aliases {words}.",
                biases=(per_customer("unclear", "customers may be merged wrongly", "new_customers", tables=ALL),),
            )


#: A stretch of so many days without any record is worth a word, unless half of all pauses are that long.
_LONG_PAUSE = 4


def _gaps(name: str, look: Look, do: Statements) -> Iterator[Finding]:
    """Yield stretches of days without any record."""
    column = day_column(str(TABLES[name].instant))
    last = day_number(look.as_of) if look.as_of else 0
    days = do.ask(("days", name), lambda: look.tables[name].select(column).distinct())
    seen = sorted(row[column] for row in days if row[column] < last)
    pauses = [(after - before - 1, before + 1) for before, after in pairwise(seen)]
    usual = sorted(length for length, _start in pauses)[len(pauses) // 2] if pauses else 0
    long = [(length, start) for length, start in pauses if length >= max(_LONG_PAUSE, 3 * usual + 1)]
    if long:
        length, start = max(long)
        yield Finding(
            code="days_without_records",
            table=name,
            source="",
            rows=sum(days for days, _start in long),
            share=sum(days for days, _start in long) / (seen[-1] - seen[0] + 1),
            example=f"{day_of(start)}..{day_of(start + length)}",
            message=f"{name} has {len(long)} {'stretch' if len(long) == 1 else 'stretches'} "
            f"of {_LONG_PAUSE} or more days without a record, "
            f"the longest of {length} days from {day_of(start)}.",
            biases=(
                Bias(
                    tables=(name,),
                    during=tuple(Period(day_of(start), day_of(start + length)) for length, start in long),
                    direction="down",
                    why="records may be missing",
                ),
            ),
        )


def _unfinished(look: Look) -> Iterator[Finding]:
    """Yield that the last month is not over."""
    if look.as_of is None or look.as_of.day == 1:
        return
    start = Grain.MONTH.floor(look.as_of)
    days, of = (look.as_of - start).days, (Grain.MONTH.next(start) - start).days
    yield Finding(
        code="unfinished",  # as the flag of every answer over days to come
        table="",
        source="",
        rows=days,
        share=days / of,
        example=f"{start}..{look.as_of}",
        message=f"The last month has {days} of {of} days: its totals cannot be compared with whole months.",
        biases=(
            Bias(
                tables=ALL,
                during=(Period(look.as_of, Grain.MONTH.next(start)),),
                direction="down",
                why="the rest of the month is to come",
            ),
        ),
    )
