"""The canonical tables: made of what all files gave, together, so that neither the files' order nor their number matters.

Each table is a pure function of the landing, made again when a file that it depends on came, changed or went:

* of rows with one key the latest known counts; the others are withdrawn (`superseded`, or silently where they say the same)
* a row that points to an order, ticket or campaign that no file knows is withdrawn (`unknown_reference`)
* order lines make orders: sales and refunds apart, amounts from the lines that are products or discounts
* what several records say of a customer is merged column by column, the latest known first
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core import periods
from regulars.core.settings import Settings, SourceSettings
from regulars.data import contract, engine, findings, identity
from regulars.data.contest import losers
from regulars.data.facts import json_text
from regulars.data.store import BOOKKEEPING, FORMAT, Store, columns_of
from regulars.data.tables import TABLES, Table

#: Whose rows each table depends on besides its own.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_lines",),
    "order_lines": ("orders",),
    "ticket_events": ("tickets",),
    "touches": ("campaigns",),
    "customers": ("identity",),
}
_COUNTED = ("product", "discount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was made.

    Attributes:
        changed: canonical tables that were made anew.
        state: digest of everything they were made of.
    """

    changed: frozenset[str]
    state: str


def resolve(store: Store, settings: Settings) -> Outcome:
    """Make the canonical tables that are out of date, and say what is to be known about them."""
    stands = _stands(store, settings)
    meta = store.meta()
    mapped = mapped_tables(settings)
    stale = [name for name in mapped if meta.get(f"made {name}") != stands[name]]
    gone = [name for name in TABLES if name not in mapped and f"made {name}" in meta and meta[f"made {name}"]]
    day = None
    if stale or gone or meta.get("identity") != stands["identity"]:
        with engine.transaction(store.backend):
            _Making(store=store, settings=settings, mapped=mapped).make(stale, gone)
            made = {f"made {name}": stands[name] for name in mapped} | {f"made {name}": "" for name in gone}
            store.stamp({**made, "identity": stands["identity"]})
    day = as_of(store.tables(), settings)
    state = _digest([stands, str(day), settings.definitions.model_dump_json()])
    if meta.get("state") != state:
        with engine.transaction(store.backend):
            findings.write(store, settings, day)
            store.stamp(
                {
                    "state": state,
                    "as_of": day.isoformat() if day else "",
                    "settings": settings.fingerprint(),
                    "version": version("regulars"),
                }
            )
    return Outcome(changed=frozenset((*stale, *gone)), state=state)


def mapped_tables(settings: Settings) -> tuple[str, ...]:
    """Return the canonical tables that some source feeds, in a fixed order."""
    return tuple(name for name in TABLES if any(name in source.tables for source in settings.sources))


def as_of(tables: Mapping[str, ir.Table], settings: Settings) -> date | None:
    """Return the local day before which records count: as set, else the day after the newest that is not yet to come."""
    if settings.company.as_of:
        return settings.company.as_of
    days = []
    now = ibis.literal(periods.now().replace(tzinfo=None), type="timestamp(6)")
    for name in ("orders", "events", "responses", "tickets", "touches", "subscriptions"):
        if name in tables:
            instant = str(TABLES[name].instant)
            rows = tables[name]
            days.append(engine.run(rows[instant.removesuffix("_at") + "_day"].max(where=rows[instant] < now)))
    known = [day for day in days if day is not None]
    return periods.day_of(max(known) + 1) if known else None


def _stands(store: Store, settings: Settings) -> dict[str, str]:
    """Return, per table, the digest of the files and settings that it is made of."""
    fields = ("source", "path", "sha256", "fingerprint", "copy_of")
    ledger = [[row[field] for field in fields] for row in engine.run(store.landed("_files").order_by("source", "path"))]
    order = [source.name for source in settings.sources]
    feeds = {source.name: set(source.tables) for source in settings.sources}
    stands = {}
    for name in (*TABLES, "identity"):
        needed = {name, *_NEEDS.get(name, ())}
        mine = [row for row in ledger if feeds.get(row[0], set()) & needed]
        feeding = [source for source in order if feeds[source] & needed]
        references = [parent for parent in _NEEDS.get(name, ()) if any(parent in tables for tables in feeds.values())]
        attributes = _attributes(settings) if name == "customers" else []
        stands[name] = _digest([FORMAT, mine, feeding, references, attributes])
    return stands


def _attributes(settings: Settings) -> list[str]:
    mappings = [source.tables["customers"] for source in settings.sources if "customers" in source.tables]
    return sorted({name for mapping in mappings for name in mapping.attributes})


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """One run of making tables, within a transaction."""

    store: Store
    settings: Settings
    mapped: tuple[str, ...]

    def make(self, stale: Sequence[str], gone: Sequence[str]) -> None:
        backend = self.store.backend
        for name in gone:
            engine.drop(backend, name)
        self._order_files()
        identity.write_aliases(self.store)
        engine.delete(backend, "_withdrawn", _.table.isin([*stale, *gone]))
        # Orders need their lines, which need to know which orders there are: first the lines.
        for name in sorted(stale, key=lambda name: (name == "orders", name)):
            self._create(name)
        references = identity.references(self.store.tables(), backend.table("_aliases"))
        engine.create(backend, "references", references, replace=True)
        self._write_ledger()
        backend.drop_table("_place", database=("temp", "main"))

    def _order_files(self) -> None:
        """Number the files by source and path: what decides where nothing else does."""
        order = {source.name: place for place, source in enumerate(self.settings.sources)}
        files = engine.run(self.store.landed("_files").select("file", "source", "path"))
        ordered = sorted(files, key=lambda row: (order.get(row["source"], len(order)), row["path"]))
        places = [{"_file": row["file"], "_place": place} for place, row in enumerate(ordered)]
        rows = ibis.memtable(places, schema={"_file": "int32", "_place": "int32"})
        engine.create(self.store.backend, "_place", rows, temp=True)

    def _placed(self, rows: ir.Table) -> ir.Table:
        place = self.store.backend.table("_place", database=("temp", "main"))
        return rows.join(place, rows.file == place._file).drop("_file")

    def _create(self, name: str) -> None:
        table = TABLES[name]
        made = {"customers": self._customers, "orders": self._orders, "order_lines": self._order_lines}
        rows = made[name]() if name in made else self._plain(table)
        shaped = rows.select(**{column: rows[column].cast(kind) for column, kind in columns_of(table).items()})
        engine.create(self.store.backend, name, shaped, replace=True)

    def _plain(self, table: Table) -> ir.Table:
        return self._known_references(table, self._contested(table, self.store.landed(table.name)))

    def _contested(self, table: Table, rows: ir.Table) -> ir.Table:
        """Return the rows that win their key; the others are withdrawn."""
        if not table.key:
            return rows
        beaten = losers(self._placed(rows), table.key, ["file", "record"], ["_place", "record"])
        lost = beaten.select("file", "record", "repeated", value=_text(beaten, table.key))
        self._withdraw(table.name, lost, "superseded")
        return self._without(table, rows, "superseded")

    def _known_references(self, table: Table, rows: ir.Table) -> ir.Table:
        """Return the rows whose references some file knows; the others are withdrawn."""
        for column in table.columns:
            parent, _dot, key = column.references.partition(".")
            if parent in self.mapped:
                known = self._ids(parent, key)
                orphans = rows.filter(rows[column.name].notnull()).anti_join(known, rows[column.name] == known[key])
                lost = orphans.select("file", "record", value=orphans[column.name], repeated=ibis.literal(False))
                self._withdraw(table.name, lost, "unknown_reference")
                rows = self._without(table, rows, "unknown_reference")
        return rows

    def _ids(self, parent: str, key: str) -> ir.Table:
        return self._order_candidates().select(key) if parent == "orders" else self.store.landed(parent).select(key)

    def _withdraw(self, name: str, lost: ir.Table, reason: str) -> None:
        rows = lost.mutate(table=ibis.literal(name), reason=ibis.literal(reason))
        engine.insert(self.store.backend, "_withdrawn", rows)

    def _without(self, table: Table, rows: ir.Table, reason: str) -> ir.Table:
        lost = self.store.backend.table("_withdrawn")
        mine = lost.filter((lost.table == table.name) & (lost.reason == reason)).select("file", "record")
        return rows.anti_join(mine, ["file", "record"])

    def _order_lines(self) -> ir.Table:
        table = TABLES["order_lines"]
        lines = self._known_references(table, self._contested(table, self._named_lines()))
        lined = [source for source in self.settings.sources if "order_lines" in source.tables]
        if "orders" in self.mapped and not all(_groups_lines(source) for source in lined):
            known = self._order_candidates().group_by(_order="order_id").aggregate(_known=_.recorded_at.max())
            lines = lines.left_join(known, lines.order_id == known._order)
            lines = lines.mutate(recorded_at=ibis.coalesce(lines.recorded_at, lines._known))
        return lines

    def _named_lines(self) -> ir.Table:
        """Return all order lines under the id that their order will have."""
        lines = self.store.landed("order_lines")
        mixed = self._mixed().rename(_mixed="order_id")
        named = lines.left_join(mixed, (lines.order_id == mixed._mixed) & (lines.kind == "refund"))
        return named.mutate(order_id=_refund_id(named)).drop("_mixed")

    def _mixed(self) -> ir.Table:
        """Return the ids of orders whose lines are sales as well as refunds."""
        rows = self.store.landed("orders")
        parts = rows.filter(rows.of_lines.fill_null(False))
        refunds = parts.filter(parts.kind == "refund").select("order_id").distinct()
        return refunds.semi_join(parts.filter(parts.kind == "sale"), "order_id")

    def _order_candidates(self) -> ir.Table:
        """Return orders as stated, and those that lines make: one per order and kind, whatever files its lines came in."""
        rows = self.store.landed("orders")
        if not any(_groups_lines(source) for source in self.settings.sources):
            return rows
        own = ("order_id", "kind", "file", "record")
        latest = ("delivered_at", "delivered_day", "last_customer_id")
        first = {c: rows[c].max() if c in latest else rows[c].min() for c in rows.columns if c not in own}
        place = (rows.file.cast("int64") * _RECORDS + rows.record).min()
        parts = rows.filter(rows.of_lines.fill_null(False)).group_by("order_id", "kind").aggregate(**first, _at=place)
        mixed = self._mixed().rename(_mixed="order_id")
        named = parts.left_join(mixed, (parts.order_id == mixed._mixed) & (parts.kind == "refund"))
        made = named.mutate(
            order_id=_refund_id(named), file=(_._at // _RECORDS).cast("int32"), record=(_._at % _RECORDS).cast("int64")
        )
        return rows.filter(~rows.of_lines.fill_null(False)).union(made.select(rows.columns))

    def _orders(self) -> ir.Table:
        orders = self._contested(TABLES["orders"], self._order_candidates())
        if "order_lines" not in self.mapped:
            return orders
        lines = self._named_lines()
        for reason in ("superseded", "unknown_reference"):
            lines = self._without(TABLES["order_lines"], lines, reason)
        sums = lines.group_by(_order="order_id").aggregate(
            _amount=ibis.ifelse(_.line_kind.isin(_COUNTED), _.amount, 0).sum(),
            _cost=_.cost.sum(),
            _discount=_.discount.sum(),
            _original=ibis.ifelse(_.line_kind.isin(_COUNTED), _.original_amount, 0).sum(),
            _currencies=_.original_currency.nunique(),
        )
        summed = orders.left_join(sums, orders.order_id == sums._order)
        unstated = summed.amount.isnull()
        return summed.mutate(
            amount=ibis.coalesce(summed.amount, summed._amount),
            cost=ibis.coalesce(summed.cost, summed._cost),
            discount=ibis.coalesce(summed.discount, summed._discount),
            original_amount=ibis.ifelse(
                unstated, ibis.ifelse(summed._currencies == 1, summed._original, None), summed.original_amount
            ),
        )

    def _customers(self) -> ir.Table:
        """Merge what is said of each customer: per column the latest known, then the first source, then the value."""
        rows = identity.resolve(self.store.landed("customers"), "customer_id", self.store.backend.table("_aliases"))
        names = _attributes(self.settings)
        said = {f"attribute {n}": json_text(rows.attributes, f'$."{n}"') for n in names}
        rows = self._placed(rows.mutate(said))
        own = [c.name for c in TABLES["customers"].columns if c.name != "customer_id"]
        merged = rows.group_by("customer_id").aggregate(
            **{name: _latest(rows, rows[name]) for name in [*own, *said]},
            first_seen_day=_latest(rows, rows.first_seen_day),
            **{name: rows[name].max() if name == "recorded_at" else rows[name].min() for name in BOOKKEEPING},
        )
        members = [(name, merged[f"attribute {name}"]) for name in names]
        return merged.mutate(attributes=contract.json_of(members))

    def _write_ledger(self) -> None:
        """Copy the ledger, the quarantine and the identities to where readers see them, with what was withdrawn."""
        backend, lost = self.store.backend, self.store.backend.table("_withdrawn")
        landed = self.store.landed("_quarantine")
        later = lost.filter(~lost.repeated).select(
            "file", "table", "value", "reason", line=lost.record, column=ibis.literal(""), first=ibis.literal(True)
        )
        engine.create(backend, "_quarantine", landed.union(later.select(landed.columns)), replace=True)
        engine.create(backend, "_identity", self.store.landed("_identity"), replace=True)
        files = self.store.landed("_files")
        out = self._records_lost()
        joined = files.left_join(out, files.file == out._file)
        conflicts, repeats = joined._conflicts.fill_null(0), joined._repeats.fill_null(0)
        final = joined.mutate(
            accepted=joined.accepted - conflicts - repeats,
            quarantined=joined.quarantined + conflicts,
            duplicates=joined.duplicates + repeats,
        )
        engine.create(backend, "_files", final.select(files.columns), replace=True)

    def _records_lost(self) -> ir.Table:
        """Return, per file, the records of which no row is left: by conflict, or because another row says the same."""
        lost = self.store.backend.table("_withdrawn")
        records = lost.group_by("file", "record").aggregate(_conflict=(~lost.repeated).any())
        grouping = [source.name for source in self.settings.sources if _groups_lines(source)]
        for name, rows in self.store.tables().items():
            if name not in contract.MERGED:
                kept = rows.filter(rows.source.notin(grouping)) if name == "orders" and grouping else rows
                records = records.anti_join(kept.select("file", "record"), ["file", "record"])
        return records.group_by(_file="file").aggregate(
            _conflicts=_.count(where=_._conflict), _repeats=_.count(where=~_._conflict)
        )


#: More records than any file has.
_RECORDS = 2**40


def _groups_lines(source: SourceSettings) -> bool:
    return "orders" in source.tables and source.tables["orders"].lines


def _refund_id(rows: ir.Table) -> ir.StringValue:
    """Return the order's id; the refund part of an order that is a sale, too, is an order of its own."""
    return ibis.ifelse(rows._mixed.notnull(), rows.order_id + "/refund", rows.order_id)


def _latest(rows: ir.Table, value: ir.Value) -> ir.Value:
    never = ibis.literal(-(2**62), type="int64")
    order = ibis.struct(
        {
            "known": engine.stamp_micros(rows.recorded_at).fill_null(never),
            "place": -rows._place,
            "value": value.cast("string"),
        }
    )
    return value.argmax(order, where=value.notnull())


def _text(rows: ir.Table, columns: Iterable[str]) -> ir.StringValue:
    return ibis.literal(" ").join([rows[name].cast("string") for name in columns])
