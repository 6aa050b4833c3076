"""The records of one file: typed, judged, and written to the landing within one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _

from regulars.core.errors import SourceError
from regulars.core.settings import Settings, SourceSettings
from regulars.data import contract, conversion, engine
from regulars.data.contest import content, losers, occurrence
from regulars.data.contract import Fault, Feed, Part
from regulars.data.layout import LINE, Broken, Records
from regulars.data.masking import mask
from regulars.data.sharing import share
from regulars.data.statements import Statements
from regulars.data.store import BOOKKEEPING, IDENTITY_COLUMNS, QUARANTINE, Store, landed_columns_of
from regulars.data.tables import TABLES

_LINE, _FILE, _DIGEST = "_line", "_file", "_digest"
_PAGE = 100_000
#: Rows whose texts are held at once.
_BATCH = 500_000
_SHOWN = 200
_TEMP = ("temp", "main")
_KEPT = pa.schema(
    [
        ("file", pa.int32()),
        ("line", pa.int64()),
        *((name, pa.string()) for name in ("table", "column", "value", "reason")),
        ("first", pa.bool_()),
    ]
)
_BEATEN = {"record": "int64", "table": "string", "value": "string", "repeated": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the records of a file; all but `repeated` add up to `records`.

    Attributes:
        records: physical records.
        accepted: those of which at least one row counts.
        quarantined: those of which none counts because something is wrong with them.
        skipped: those that no mapping wanted.
        duplicates: those left out because they say the same as another one.
        repeated: exact duplicates that were kept.
    """

    records: int
    accepted: int
    quarantined: int
    skipped: int
    duplicates: int
    repeated: int = 0


def forget(backend: Any, file: int) -> None:
    """Remove all that came in a file."""
    statements = Statements(backend, "forget")
    for name in (*TABLES, "_identity", "_quarantine", "_rates", "_files"):
        statements.forget("landing", name, file)


class Landing:
    """Brings the files of one source to the landing, one after another."""

    def __init__(self, store: Store, settings: Settings, source: SourceSettings) -> None:
        self._store, self._settings, self._source = store, settings, source
        self._statements = Statements(store.backend, f"{source.fingerprint()} {settings.fingerprint()}")
        self._used = tuple(sorted(contract.columns_used(source) - {LINE}))
        self._feeds = contract.feeds(source)
        self._broken = 0

    def take(self, columns: Sequence[str], pieces: Iterable[Records], file: int) -> None:
        """Read and judge a file; nothing is written yet but temporary tables.

        Args:
            columns: the file's columns.
            pieces: its records.
            file: its number in the ledger.
        """
        _check_case(columns, self._used)
        self._broken = 0
        self._statements.number("_this", _FILE, file)
        engine.create(self._store.backend, "_faulty", ibis.schema(QUARANTINE), temp=True, replace=True)
        batches = _batches(pieces)
        self._take_text(columns, next(batches, ()), file)
        self._statements.create("_judged", self._judged)
        bad = self._keep_cells(0, file)
        for batch in batches:
            # The texts of a whole file have no room where its values have.
            self._take_text(columns, batch, file)
            self._statements.insert("more judged", "temp", "_judged", self._judged)
            bad = self._keep_cells(bad, file)
        if bad:
            self._quarantine("unconverted", self._unconverted, file)

    def write(self, file: int) -> Counts:
        """Write what was taken: rows, and quarantined cells; the caller holds the transaction."""
        totals = self._statements.ask("totals", self._totals)[0]
        self._note_rates()
        self._statements.create("_again", self._again)
        again = self._statements.count("again", lambda: self._temp("_again"))
        self._statements.create("_dropped", self._dropped)
        conflicts, repeats = self._beat(file)
        for feed in self._feeds:
            self._write(feed)
        self._statements.insert("faulty", "landing", "_quarantine", lambda: self._temp("_faulty"))
        counts = Counts(
            records=totals["rows"] + self._broken,
            accepted=self._accepted(),
            quarantined=totals["bad"] + self._broken + conflicts,
            skipped=totals["skipped"],
            duplicates=repeats + (again if self._drops else 0),
            repeated=0 if self._drops else again,
        )
        for name in ("_this", "_text", "_faulty", "_judged", "_again", "_dropped", "_beaten", "_cells"):
            self._statements.drop(name)
        return counts

    def _temp(self, name: str) -> ir.Table:
        return self._store.backend.table(name, database=_TEMP)

    # --- text ----------------------------------------------------------------------------------------------------

    def _take_text(self, columns: Sequence[str], pieces: Iterable[Records], file: int) -> None:
        """Put the texts that mappings read, and a digest of all, where the engine finds them."""
        backend = self._store.backend
        texts = {f"c{place}": "string" for place in range(len(self._used))}
        schema = ibis.schema({_LINE: "int64", _FILE: "int32", **texts, _DIGEST: "string"})
        self._statements.drop("_text")
        engine.create(backend, "_text", schema, temp=True)
        names = [f"a{place}" for place in range(len(columns))]
        for piece in pieces:
            rows = piece.rows.select([*columns, LINE]).rename_columns([*names, _LINE])
            number = pa.array([file], pa.int32()).take(pa.array([0] * rows.num_rows, pa.int8()))
            with engine.failures():
                backend.con.register("_piece", rows.append_column(_FILE, number))
            self._statements.insert(("piece", *columns), "temp", "_text", lambda: self._piece(columns))
            backend.con.unregister("_piece")
            self._keep(map(_cell_of, piece.broken), file)
            self._broken += len(piece.broken)

    def _piece(self, columns: Sequence[str]) -> ir.Table:
        piece = self._store.backend.table("_piece")
        place = {name: f"a{place}" for place, name in enumerate(columns)}
        used = {f"c{at}": piece[place[name]] for at, name in enumerate(self._used) if name in place}
        digest = content(piece, list(place.values())).hexdigest("md5")
        return piece.select(_LINE, _FILE, **used, **{_DIGEST: digest})

    def _texts(self) -> ir.Table:
        """Return the texts under the columns' own names; a column that the file lacks is null (`drift = "evolve"`)."""
        text = self._temp("_text")
        own = {name: text[f"c{place}"] for place, name in enumerate(self._used)}
        return text.select(_LINE, _FILE, _DIGEST, **own, **{LINE: text[_LINE].cast("string")})

    # --- judgement -----------------------------------------------------------------------------------------------

    @cached_property
    def _parts(self) -> tuple[Part, ...]:
        return contract.read_parts(self._texts(), self._source, self._settings)

    @cached_property
    def _faults(self) -> tuple[Fault, ...]:
        return contract.in_order(fault for part in self._parts for fault in part.faults)

    def _judged(self) -> ir.Table:
        """Type and judge every record: `_fault` is the place of its first fault, null where there is none."""
        values = {f"{part.table.name}.{name}": value for part in self._parts for name, value in part.values.items()}
        fed = {f"{part.table.name}?": part.fed for part in self._parts}
        rows = self._texts()
        failed = {_flag(place): fault.failed for place, fault in enumerate(self._faults)}
        own = {name: rows[name] for name in (_LINE, _FILE, _DIGEST)}
        flagged = share(rows, {**own, **values, **fed, **failed})
        typed = flagged.mutate(_fault=_first([flagged[name] for name in failed])).drop(*failed)
        daily = self._temp("_rates")
        return conversion.complete(typed, self._parts, daily, self._source, self._settings, len(self._faults))

    def _note_rates(self) -> None:
        """Keep what each rate was that the file asked for."""
        company = self._settings.company.currency
        foreign = (self._source.currency or company) != company
        if foreign or any("currency" in feed.mapping.columns for feed in self._feeds):
            self._statements.insert("rates", "landing", "_rates", self._looked_up)

    def _looked_up(self) -> ir.Table:
        rates = conversion.looked_up(self._temp("_judged"), self._parts, self._source, self._settings)
        this = self._temp("_this").select(file=_FILE)
        none = self._temp("_rates").filter(ibis.literal(False))
        return (none if rates is None else rates).cross_join(this)

    def _totals(self) -> ir.Table:
        judged = self._temp("_judged")
        wanted = self._wanted(judged)
        good = judged._fault.isnull()
        return judged.aggregate(
            rows=_.count(), bad=(~good).sum().fill_null(0), skipped=(good & ~wanted).sum().fill_null(0)
        )

    def _wanted(self, judged: ir.Table) -> ir.BooleanValue:
        return ibis.or_(*(judged[f"{feed.table.name}?"] for feed in self._feeds))

    def _keep_cells(self, before: int, file: int) -> int:
        """Keep the failing cells of the texts that are held; return how many records are faulty so far."""
        bad = self._statements.count("bad", self._bad)
        if bad > before:
            self._quarantine("cells", self._cells, file)
        return bad

    def _bad(self) -> ir.Table:
        judged = self._temp("_judged")
        return judged.filter(judged._fault.notnull())

    def _good(self) -> ir.Table:
        judged = self._temp("_judged")
        return judged.filter(judged._fault.isnull())

    def _cells(self) -> ir.Table:
        """Return every failing cell of every faulty record; where two mappings read one cell, once."""
        judged = self._temp("_judged")
        bad = judged.filter(judged._fault < len(self._faults)).select(_LINE, "_fault")
        rows = self._texts().join(bad, _LINE)
        parts = contract.read_parts(rows, self._source, self._settings)
        rules = contract.in_order(fault for part in parts for fault in part.faults)
        own = {_LINE: rows[_LINE], "_fault": rows["_fault"]}
        failed = {_flag(place): rule.failed for place, rule in enumerate(rules)}
        values = {f"{_flag(place)}!": rule.value for place, rule in enumerate(rules)}
        flagged = share(rows, {**own, **failed, **values})
        cells = flagged.select(
            *own, _cell=ibis.array([_cell(place, rule, flagged) for place, rule in enumerate(rules)])
        )
        failing = cells.mutate(_cell=cells._cell.unnest()).filter(_._cell.notnull()).unpack("_cell")
        once = failing.group_by(_LINE, "column", "reason").aggregate(
            place=_.place.min(), table=_.table.argmin(_.place), value=_.value.argmin(_.place), _fault=_._fault.min()
        )
        return once.select("table", "column", "value", "reason", line=once[_LINE], first=once.place == once._fault)

    def _unconverted(self) -> ir.Table:
        """Return the amounts that could not be converted."""
        judged, cells = self._temp("_judged"), []
        for place, (table, column, reason) in enumerate(
            conversion.reasons(self._parts, self._source, self._settings), len(self._faults)
        ):
            told = f"{table}!" if f"{table}!" in judged.columns else _DIGEST
            failed = judged.filter(judged._fault == place)
            cells.append(failed.select(line=failed[_LINE], value=failed[told], **_named(table, column, reason)))
        if not cells:
            none = judged.filter(ibis.literal(False))
            cells.append(none.select(line=none[_LINE], value=none[_DIGEST], **_named("", "", "")))
        return ibis.union(*cells) if len(cells) > 1 else cells[0]

    # --- duplicates ----------------------------------------------------------------------------------------------

    @property
    def _own(self) -> tuple[Feed, ...]:
        """The tables in which each record has a row of its own."""
        return tuple(feed for feed in self._feeds if not feed.merged and not feed.lines)

    @property
    def _drops(self) -> bool:
        """Whether exact duplicate records count once."""
        if self._source.duplicates is not None:
            return self._source.duplicates == "drop"
        return all(feed.key for feed in self._own) and not any(feed.lines for feed in self._feeds)

    def _again(self) -> ir.Table:
        good = self._good()
        return occurrence(good.filter(self._wanted(good)), _DIGEST, _LINE)

    def _dropped(self) -> ir.Table:
        return self._temp("_again").filter(ibis.literal(self._drops)).select(_LINE)

    def _beat(self, file: int) -> tuple[int, int]:
        """Find the rows whose key another row of the file has with better right.

        Returns:
            How many records have no row left, by conflict, and because all their rows are there already.
        """
        engine.create(self._store.backend, "_beaten", ibis.schema(_BEATEN), temp=True)
        for feed in self._own:
            if feed.key:
                beaten = partial(self._beaten, feed)
                self._statements.insert(("beaten", feed.table.name), "temp", "_beaten", beaten)
        if not self._statements.count("beaten", lambda: self._temp("_beaten")):
            return 0, 0
        self._quarantine("conflicts", self._conflicts, file)
        lost = self._statements.ask("lost", self._lost)[0]
        return lost["conflicts"], lost["repeats"]

    def _beaten(self, feed: Feed) -> ir.Table:
        lost = losers(self._rows_of(feed), feed.key, ["record"], ["record"])
        value = ibis.literal(" ").join([lost[name].cast("string") for name in feed.key])
        return lost.select("record", "repeated", table=ibis.literal(feed.table.name), value=value)

    def _conflicts(self) -> ir.Table:
        lost = self._temp("_beaten").filter(~_.repeated)
        named = _named("", "", "duplicate_key") | {"table": lost.table}
        return lost.select("value", line=lost.record, **named)

    def _state(self) -> ir.Table:
        """Return, for every good record, in how many tables it has a row of its own."""
        good = self._good()
        feeds = sum((good[f"{feed.table.name}?"].cast("int32") for feed in self._own), start=ibis.literal(0, "int32"))
        return good.filter(self._wanted(good)).select(_LINE, feeds=feeds)

    def _lost(self) -> ir.Table:
        lost = self._temp("_beaten").group_by("record").aggregate(lost=_.count(), conflict=(~_.repeated).any())
        state = self._state()
        out = lost.join(state, lost.record == state[_LINE]).filter(_.lost == _.feeds)
        return out.aggregate(conflicts=_.count(where=_.conflict), repeats=_.count(where=~_.conflict))

    # --- rows ----------------------------------------------------------------------------------------------------

    def _rows_of(self, feed: Feed) -> ir.Table:
        """Return what the file's good records give to a table, with all its columns."""
        name = feed.table.name
        good = self._good()
        rows = good.filter(good[f"{name}?"]).anti_join(self._temp("_dropped"), _LINE)
        given: dict[str, ir.Value] = {}
        for column, kind in (IDENTITY_COLUMNS if name == "identity" else landed_columns_of(feed.table)).items():
            there = f"{name}.{column}" in rows.columns
            given[column] = rows[f"{name}.{column}"].cast(kind) if there else ibis.null(kind)
        given |= {"source": ibis.literal(self._source.name), "file": rows[_FILE]}
        if name != "identity":
            given["record"] = rows[_LINE]
        if name != "order_lines" or "line" in feed.mapping.columns:
            return rows.select(**given)
        # What a line says of its order is part of it: lines that differ in that are different lines.
        heads = [column for column in rows.columns if column.startswith("orders.")]
        return _numbered(rows.select(**given, _said=content(rows, heads) if heads else ibis.literal("")))

    def _write(self, feed: Feed) -> None:
        target = "_identity" if feed.table.name == "identity" else feed.table.name
        self._statements.insert(("rows", target), "landing", target, lambda: self._written(feed))

    def _written(self, feed: Feed) -> ir.Table:
        rows = self._rows_of(feed)
        if feed.lines:
            return _grouped(rows)
        if feed.table.name == "customers":
            said = [column for column in rows.columns if column not in ("recorded_at", "record")]
            return rows.group_by(said).aggregate(recorded_at=_.recorded_at.max(), record=_.record.min())
        if feed.table.name == "identity":
            return rows.distinct()
        beaten = self._temp("_beaten")
        return rows.anti_join(beaten.filter(beaten.table == feed.table.name), "record")

    def _accepted(self) -> int:
        """Count records by what was written, so that nothing adds up by itself."""
        return self._statements.count("kept", self._kept) + self._statements.count("merged", self._merged_only)

    def _kept(self) -> ir.Table:
        this = self._temp("_this")
        tables = [self._store.landed(feed.table.name) for feed in self._own]
        kept = [rows.semi_join(this, rows.file == this[_FILE]).select("record") for rows in tables]
        if not kept:
            return self._temp("_text").filter(ibis.literal(False)).select(_LINE)
        return ibis.union(*kept, distinct=True) if len(kept) > 1 else kept[0]

    def _merged_only(self) -> ir.Table:
        return self._state().filter(_.feeds == 0).anti_join(self._temp("_dropped"), _LINE)

    # --- quarantine ----------------------------------------------------------------------------------------------

    def _quarantine(self, name: str, cells: Callable[[], ir.Table], file: int) -> None:
        """Keep failing cells, page by page: what is shown of a value is decided outside the engine."""
        shown = partial(_shown, cells)
        self._statements.create("_cells", shown, what=name)
        for page in range(-(-self._statements.count("cells", lambda: self._temp("_cells")) // _PAGE)):
            self._keep(self._statements.ask(("page", page), partial(self._page, page)), file)

    def _page(self, page: int) -> ir.Table:
        cells = self._temp("_cells")
        return cells.filter(cells._n // _PAGE == page).drop("_n")

    def _keep(self, cells: Iterable[Mapping[str, Any]], file: int) -> None:
        kept = [{**cell, "file": file, "value": _masked(cell)} for cell in cells]
        if kept:
            rows = ibis.memtable(pa.Table.from_pylist(kept, schema=_KEPT))
            engine.insert(self._store.backend, "_faulty", rows, catalog="temp")


def _check_case(columns: Sequence[str], used: Sequence[str]) -> None:
    """Refuse columns that differ only by case, which the engine cannot tell apart."""
    folded = [name.casefold() for name in used]
    for name in used:
        if folded.count(name.casefold()) > 1:
            raise SourceError(f"Mappings read columns that differ from `{name}` only by case. Rename one of them.")


def _shown(cells: Callable[[], ir.Table]) -> ir.Table:
    shown = ("table", "column", "reason", "line", "first")
    return cells().select(*shown, value=_.value.left(_SHOWN), _n=ibis.row_number())


def _batches(pieces: Iterable[Records]) -> Iterator[list[Records]]:
    """Yield consecutive pieces of together about `_BATCH` rows."""
    batch: list[Records] = []
    rows = 0
    for piece in pieces:
        batch.append(piece)
        rows += piece.rows.num_rows
        if rows >= _BATCH:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def _cell_of(one: Broken) -> dict[str, Any]:
    return {"line": one.line, "table": "", "column": "", "value": one.text, "reason": one.reason, "first": True}


def _masked(cell: Mapping[str, Any]) -> str:
    # A missing rate is told in words of ours: a currency and a day.
    return str(cell["value"]) if cell["reason"] == "no_rate" else mask(cell["value"] or "")


def _named(table: str, column: str, reason: str) -> dict[str, ir.Value]:
    texts = {"table": table, "column": column, "reason": reason}
    return {name: ibis.literal(text) for name, text in texts.items()} | {"first": ibis.literal(True)}


def _flag(place: int) -> str:
    return f"_fails {place}"


def _first(failed: Sequence[ir.BooleanValue]) -> ir.IntegerValue:
    branches = [(flag, place) for place, flag in enumerate(failed)]
    return ibis.cases(*branches, else_=ibis.null("int32")).cast("int32") if branches else ibis.null("int32")


def _cell(place: int, rule: Fault, flagged: ir.Table) -> ir.Value:
    cell = ibis.struct(
        {
            "place": ibis.literal(place, type="int32"),
            "table": ibis.literal(rule.table),
            "column": ibis.literal(rule.column),
            "value": flagged[f"{_flag(place)}!"],
            "reason": ibis.literal(rule.reason),
        }
    )
    return ibis.ifelse(flagged[_flag(place)], cell, ibis.null(cell.type()))


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
