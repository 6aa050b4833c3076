"""What the good records of a file give to each canonical table of its source."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.settings import SourceSettings
from regulars.data.landing.contest import content, occurrence
from regulars.data.landing.contract import Feed
from regulars.data.landing.texts import FILE, RECORD
from regulars.data.store import BOOKKEEPING, IDENTITY_COLUMNS, landed_columns_of


def own(feeds: Sequence[Feed]) -> tuple[Feed, ...]:
    """Return the tables in which each record has a row of its own."""
    return tuple(feed for feed in feeds if not feed.merged and not feed.lines)


def wanted(judged: ir.Table, feeds: Sequence[Feed]) -> ir.BooleanValue:
    """Return which records give any table a row."""
    return ibis.or_(*(judged[f"{feed.table.name}?"] for feed in feeds))


def good(judged: ir.Table, feeds: Sequence[Feed]) -> ir.Table:
    """Return the records that give some table a row and have no fault."""
    return judged.filter(judged._fault.isnull()).filter(wanted(judged, feeds))


def totals(judged: ir.Table, feeds: Sequence[Feed]) -> ir.Table:
    """Count records: all, bad, those that no mapping wanted, and by table those that its `where` left out."""
    fine = judged._fault.isnull()
    skipped = fine & ~wanted(judged, feeds)
    left_out = {name: (fine & ~judged[f"{name}?"]).sum().fill_null(0) for name in conditional(feeds)}
    return judged.aggregate(
        rows=_.count(), bad=(~fine).sum().fill_null(0), skipped=skipped.sum().fill_null(0), **left_out
    )


def conditional(feeds: Sequence[Feed]) -> tuple[str, ...]:
    """Return the tables for which a `where` decides which records give them a row."""
    return tuple(feed.table.name for feed in feeds if feed.mapping.where and not feed.merged)


def rows_each(judged: ir.Table, feeds: Sequence[Feed]) -> ir.Table:
    """Return, for every good record, in how many tables it has a row of its own."""
    records = good(judged, feeds)
    flags = [records[f"{feed.table.name}?"].cast("int32") for feed in own(feeds)]
    return records.select(RECORD, feeds=sum(flags, start=ibis.literal(0, "int32")))


def given(records: ir.Table, feed: Feed, source: SourceSettings) -> ir.Table:
    """Return what good records give to a table, with all its columns."""
    name = feed.table.name
    rows = records.filter(records[f"{name}?"])
    values: dict[str, ir.Value] = {}
    for column, kind in (IDENTITY_COLUMNS if name == "identity" else landed_columns_of(feed.table)).items():
        there = f"{name}.{column}" in rows.columns
        values[column] = rows[f"{name}.{column}"].cast(kind) if there else ibis.null(kind)
    values |= {"source": ibis.literal(source.name), "file": rows[FILE]}
    if name != "identity":
        values["record"] = rows[RECORD]
    if name != "order_lines" or "line" in feed.mapping.columns:
        return rows.select(**values)
    # What a line says of its order is part of it: lines that differ in that are different lines.
    heads = [column for column in rows.columns if column.startswith("orders.")]
    return _numbered(rows.select(**values, _said=content(rows, heads) if heads else ibis.literal("")))


def landed(rows: ir.Table, feed: Feed, beaten: ir.Table) -> ir.Table:
    """Return what is kept of a table's rows, those of `beaten` (record, table) left out."""
    if feed.lines:
        return _grouped(rows)
    if feed.table.name == "customers":
        said = [column for column in rows.columns if column not in ("recorded_at", "record")]
        return rows.group_by(said).aggregate(recorded_at=_.recorded_at.max(), record=_.record.min())
    if feed.table.name == "identity":
        return rows.distinct()
    return rows.anti_join(beaten.filter(beaten.table == feed.table.name), "record")


def _numbered(rows: ir.Table) -> ir.Table:
    """Give order lines without a number one made of what they say.

    The same line in two files then has the same number, whatever the order of the rows, and equal lines within a file
    stay several.
    """
    told = [name for name in rows.columns if name in ("recorded_at", "_said") or name not in (*BOOKKEEPING, "line")]
    said = rows.mutate(_said=content(rows, told).hexdigest("md5"))
    again = occurrence(said, "_said", "record").rename(_record="record")
    counted = said.left_join(again, said.record == again._record)
    other = (counted._said + "/" + counted.occurrence.cast("string")).hexdigest("md5")
    digest = ibis.ifelse(counted.occurrence.isnull(), counted._said, other)
    columns = [name for name in rows.columns if name != "_said"]
    return counted.mutate(line=(ibis.literal("0x") + digest.left(15)).cast("int64")).select(columns)


def _grouped(rows: ir.Table) -> ir.Table:
    """Group order lines into the sale and the refund feed of each order; amounts follow from the lines themselves."""
    latest = ("delivered_at", "delivered_day")
    unknown = ("amount", "cost", "discount", "original_amount")
    skipped = ("order_id", "kind", "of_lines", "last_customer_id", *unknown)
    parts = {
        name: rows[name].max() if name in latest else rows[name].min() for name in rows.columns if name not in skipped
    }
    grouped = rows.group_by("order_id", "kind").aggregate(**parts, last_customer_id=rows.customer_id.max())
    nothing = {name: ibis.null(rows[name].type()) for name in unknown}
    return grouped.mutate(**nothing, of_lines=ibis.literal(True))
