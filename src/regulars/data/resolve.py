"""The canonical tables: made of what all files gave, together, so that neither their order nor their number matters.

Each table is a pure function of the landing, made again when a file that it depends on came, changed or went; where
few orders, tickets or events are touched, only those (data/narrowing.py):

* of rows with one key the latest known counts; others are withdrawn (`superseded`, or silently where they say the same)
* a row that points to an order, ticket or campaign that no file knows is withdrawn (`unknown_reference`)
* order lines make orders: sales and refunds apart, amounts from the lines that are products or discounts
* what several records say of a customer is merged column by column, the latest known first
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core import periods
from regulars.core.settings import Settings, SourceSettings
from regulars.data import contract, engine, findings, identity
from regulars.data.contest import losers
from regulars.data.facts import json_text
from regulars.data.narrowing import REFUND, Narrow, narrow
from regulars.data.statements import Statements
from regulars.data.store import BOOKKEEPING, FORMAT, Store, columns_of
from regulars.data.tables import TABLES, Column, Table

#: Whose rows each table depends on besides its own.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_lines",),
    "order_lines": ("orders",),
    "ticket_events": ("tickets",),
    "touches": ("campaigns",),
    "customers": ("identity",),
}
_COUNTED = ("product", "discount")
#: Tables whose rows make facts.
_FACTUAL = frozenset(("orders", "order_lines", "events", "subscriptions", "tickets", "responses", "customers"))


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
            shapes = {name: _shape(settings, name) for name in mapped}
            same = meta.get("identity") == stands["identity"]
            narrowed = narrow(store, stale, lambda name: same and meta.get(f"shape {name}") == shapes[name])
            _Making(store, settings, mapped, narrowed).make(stale, gone)
            made = {f"made {name}": stands[name] for name in mapped} | {f"made {name}": "" for name in gone}
            made |= {f"shape {name}": shape for name, shape in shapes.items()}
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
    """Return the local day before which records count: as set, else the day after the newest one not yet to come."""
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
    rates: dict[int, list[list[str]]] = {}
    for row in engine.run(store.landed("_rates").order_by("file", "currency", "day")):
        rates.setdefault(row["file"], []).append([row["currency"], str(row["day"]), str(row["rate"])])
    files = engine.run(store.landed("_files").order_by("source", "path"))
    ledger = [[*(row[field] for field in fields), rates.get(row["file"])] for row in files]
    feeds = {source.name: set(source.tables) for source in settings.sources}
    stands = {}
    for name in (*TABLES, "identity"):
        needed = {name, *_NEEDS.get(name, ())}
        mine = [row for row in ledger if feeds.get(row[0], set()) & needed]
        stands[name] = _digest([_shape(settings, name), mine])
    return stands


def _shape(settings: Settings, name: str) -> str:
    """Return the digest of everything but files that a table is made of."""
    needed = {name, *_NEEDS.get(name, ())}
    feeding = [source.name for source in settings.sources if needed.intersection(source.tables)]
    mapped = mapped_tables(settings)
    references = [parent for parent in _NEEDS.get(name, ()) if parent in mapped]
    attributes = _attributes(settings) if name == "customers" else []
    return _digest([FORMAT, feeding, references, attributes])


def _attributes(settings: Settings) -> list[str]:
    mappings = [source.tables["customers"] for source in settings.sources if "customers" in source.tables]
    return sorted({name for mapping in mappings for name in mapping.attributes})


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


class _Making:
    """One run of making tables, within a transaction."""

    def __init__(
        self, store: Store, settings: Settings, mapped: tuple[str, ...], narrowed: Mapping[str, Narrow]
    ) -> None:
        self._store, self._settings, self._mapped, self._narrowed = store, settings, mapped, narrowed
        order = " ".join(source.name for source in settings.sources)
        self._do = Statements(store.backend, f"resolve {settings.fingerprint()} {order} {sorted(narrowed)}")

    def _landed(self, name: str) -> ir.Table:
        """Return the rows as the files gave them, of touched entities only where that is enough."""
        return self._narrowed[name].landed if name in self._narrowed else self._store.landed(name)

    def make(self, stale: Sequence[str], gone: Sequence[str]) -> None:
        """Make the tables in `stale` anew and remove those in `gone`."""
        backend = self._store.backend
        for name in gone:
            self._do.drop(name, catalog="working")
        self._order_files()
        identity.write_aliases(self._store, self._do)
        self._take_back([*stale, *gone])
        # Orders take their amounts from lines, of which only those of known orders count: lines come first.
        for name in sorted(stale, key=lambda name: (name == "orders", name)):
            self._make(TABLES[name])
        self._do.store("references", lambda: identity.references(self._store.tables(), backend.table("_aliases")))
        self._write_ledger()
        self._do.drop("_place")

    def _take_back(self, names: Sequence[str]) -> None:
        """Forget which rows were withdrawn from the tables that are made anew."""
        whole = [name for name in names if name not in self._narrowed]
        engine.delete(self._store.backend, "_withdrawn", _.table.isin(whole))
        for name, part in self._narrowed.items():
            again = part.landed.select("file", "record")
            lost = self._store.backend.table("_withdrawn")
            mine = lost.filter(lost.table == name)
            kept = mine.filter(mine.file.notin(part.gone or (-1,))).anti_join(again, ["file", "record"])
            rows = engine.create(self._store.backend, "_kept", kept, temp=True, replace=True)
            engine.delete(self._store.backend, "_withdrawn", _.table == name)
            engine.insert(self._store.backend, "_withdrawn", rows)

    def _order_files(self) -> None:
        """Number the files by source and path: what decides where nothing else does."""
        order = {source.name: place for place, source in enumerate(self._settings.sources)}
        files = engine.run(self._store.landed("_files").select("file", "source", "path"))
        ordered = sorted(files, key=lambda row: (order.get(row["source"], len(order)), row["path"]))
        places = [{"_file": row["file"], "_place": place} for place, row in enumerate(ordered)]
        rows = ibis.memtable(places, schema={"_file": "int32", "_place": "int32"})
        engine.create(self._store.backend, "_place", rows, temp=True)

    def _make(self, table: Table) -> None:
        name = table.name
        if table.key and name not in contract.MERGED:
            self._do.insert((name, "superseded"), "working", "_withdrawn", lambda: self._beaten(table))
        for column in table.columns:
            if column.references.partition(".")[0] in self._mapped:
                orphans = partial(self._orphans, table, column)
                self._do.insert((name, column.name), "working", "_withdrawn", orphans)
        if name in self._narrowed:
            self._replace(table)
        elif name == "customers" and name in self._store.tables():
            self._exchange(table)
        else:
            self._do.store(name, lambda: self._shaped(table))
            if name in _FACTUAL:
                self._store.touch(None)

    def _exchange(self, table: Table) -> None:
        """Make a whole table anew, and remember whose rows differ from those before."""
        backend = self._store.backend
        self._do.create("_shaped", lambda: self._shaped(table), what=table.name)
        old, new = backend.table(table.name), backend.table("_shaped", database=("temp", "main"))
        for one, other in ((old, new), (new, old)):
            self._store.touch(one.difference(other).select(reference="customer_id").distinct())
        self._do.store(table.name, lambda: new, what="exchanged")

    def _replace(self, table: Table) -> None:
        """Make the touched entities of a table anew, and remember whose they are."""
        backend, part = self._store.backend, self._narrowed[table.name]
        rows = engine.create(backend, "_shaped", self._shaped(table), temp=True, replace=True)
        old = backend.table(table.name)
        for column in identity.ids_of(table.name, old):
            for whose in (old.filter(part.doomed(old)), rows):
                self._store.touch(whose.select(reference=whose[column]).filter(_.reference.notnull()).distinct())
        engine.delete(backend, table.name, part.doomed)
        engine.insert(backend, table.name, rows)

    def _shaped(self, table: Table) -> ir.Table:
        made = {"customers": self._customers, "orders": self._orders, "order_lines": self._order_lines}
        rows = made[table.name]() if table.name in made else self._kept(table)
        return rows.select(**{column: rows[column].cast(kind) for column, kind in columns_of(table).items()})

    # --- which rows count ----------------------------------------------------------------------------------------

    def _candidates(self, table: Table) -> ir.Table:
        """Return the rows that may count."""
        made = {"orders": self._order_candidates, "order_lines": self._named_lines}
        return made[table.name]() if table.name in made else self._landed(table.name)

    def _kept(self, table: Table, *reasons: str) -> ir.Table:
        """Return the rows that were not withdrawn, for `reasons` or for any."""
        lost = self._store.backend.table("_withdrawn")
        mine = lost.filter((lost.table == table.name) & (lost.reason.isin(reasons) if reasons else True))
        return self._candidates(table).anti_join(mine.select("file", "record"), ["file", "record"])

    def _beaten(self, table: Table) -> ir.Table:
        """Return the rows whose key another one has with better right."""
        place = self._store.backend.table("_place", database=("temp", "main"))
        rows = self._candidates(table)
        placed = rows.join(place, rows.file == place._file).drop("_file")
        beaten = losers(placed, table.key, ["file", "record"], ["_place", "record"])
        value = ibis.literal(" ").join([beaten[name].cast("string") for name in table.key])
        named = {"table": ibis.literal(table.name), "reason": ibis.literal("superseded"), "value": value}
        return beaten.select("file", "record", "repeated", **named)

    def _orphans(self, table: Table, column: Column) -> ir.Table:
        """Return the rows that point to what no file knows."""
        parent, _dot, key = column.references.partition(".")
        known = self._candidates(TABLES[parent]).select(key)
        rows = self._kept(table, "superseded")
        lost = rows.filter(rows[column.name].notnull()).anti_join(known, rows[column.name] == known[key])
        named = {"table": ibis.literal(table.name), "reason": ibis.literal("unknown_reference")}
        return lost.select("file", "record", value=lost[column.name], repeated=ibis.literal(False), **named)

    # --- orders and their lines ----------------------------------------------------------------------------------

    def _order_lines(self) -> ir.Table:
        lines = self._kept(TABLES["order_lines"])
        lined = [source for source in self._settings.sources if "order_lines" in source.tables]
        if "orders" in self._mapped and not all(_groups_lines(source) for source in lined):
            known = self._order_candidates().group_by(_order="order_id").aggregate(_known=_.recorded_at.max())
            lines = lines.left_join(known, lines.order_id == known._order)
            lines = lines.mutate(recorded_at=ibis.coalesce(lines.recorded_at, lines._known))
        return lines

    def _named_lines(self) -> ir.Table:
        """Return all order lines under the id that their order will have."""
        lines = self._landed("order_lines")
        mixed = self._mixed().rename(_mixed="order_id")
        named = lines.left_join(mixed, (lines.order_id == mixed._mixed) & (lines.kind == "refund"))
        return named.mutate(order_id=_refund_id(named)).drop("_mixed")

    def _mixed(self) -> ir.Table:
        """Return the ids of orders whose lines are sales as well as refunds."""
        rows = self._landed("orders")
        parts = rows.filter(rows.of_lines.fill_null(False))
        refunds = parts.filter(parts.kind == "refund").select("order_id").distinct()
        return refunds.semi_join(parts.filter(parts.kind == "sale"), "order_id")

    def _order_candidates(self) -> ir.Table:
        """Return orders as stated, and those that lines make: one per id and kind, whatever files its lines came in."""
        rows = self._landed("orders")
        if not any(_groups_lines(source) for source in self._settings.sources):
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
        orders = self._kept(TABLES["orders"])
        if "order_lines" not in self._mapped:
            return orders
        counted = _.line_kind.isin(_COUNTED)
        sums = (
            self._kept(TABLES["order_lines"])
            .group_by(_order="order_id")
            .aggregate(
                _amount=ibis.ifelse(counted, _.amount, 0).sum(),
                _cost=_.cost.sum(),
                _discount=_.discount.sum(),
                _original=ibis.ifelse(counted, _.original_amount, 0).sum(),
                _currencies=_.original_currency.nunique(),
            )
        )
        summed = orders.left_join(sums, orders.order_id == sums._order)
        original = ibis.ifelse(summed._currencies == 1, summed._original, ibis.null(summed._original.type()))
        return summed.mutate(
            amount=ibis.coalesce(summed.amount, summed._amount),
            cost=ibis.coalesce(summed.cost, summed._cost),
            discount=ibis.coalesce(summed.discount, summed._discount),
            original_amount=ibis.ifelse(summed.amount.isnull(), original, summed.original_amount),
        )

    # --- customers -----------------------------------------------------------------------------------------------

    def _customers(self) -> ir.Table:
        """Merge what is said of each customer: per column the latest known, then the first source, then the value."""
        rows = identity.resolve(self._landed("customers"), "customer_id", self._store.backend.table("_aliases"))
        names = _attributes(self._settings)
        place = self._store.backend.table("_place", database=("temp", "main"))
        rows = rows.mutate({f"attribute {name}": json_text(rows.attributes, f'$."{name}"') for name in names})
        rows = rows.join(place, rows.file == place._file)
        own = [c.name for c in TABLES["customers"].columns if c.name != "customer_id"]
        own += [f"attribute {name}" for name in names]
        merged = rows.group_by("customer_id").aggregate(
            **{name: _latest(rows, rows[name]) for name in (*own, "first_seen_day")},
            **{name: rows[name].max() if name == "recorded_at" else rows[name].min() for name in BOOKKEEPING},
        )
        return merged.mutate(attributes=contract.json_of((name, merged[f"attribute {name}"]) for name in names))

    # --- what became of the records ------------------------------------------------------------------------------

    def _write_ledger(self) -> None:
        """Copy the ledger, the quarantine and the identities to where readers see them, with what was withdrawn."""
        self._do.store("_quarantine", self._quarantine)
        self._do.store("_identity", lambda: self._store.landed("_identity"))
        self._do.store("_files", self._files)

    def _quarantine(self) -> ir.Table:
        landed, lost = self._store.landed("_quarantine"), self._store.backend.table("_withdrawn")
        later = lost.filter(~lost.repeated).select(
            "file", "table", "value", "reason", line=lost.record, column=ibis.literal(""), first=ibis.literal(True)
        )
        return landed.union(later.select(landed.columns))

    def _files(self) -> ir.Table:
        files, out = self._store.landed("_files"), self._records_lost()
        joined = files.left_join(out, files.file == out._file)
        conflicts, repeats = joined._conflicts.fill_null(0), joined._repeats.fill_null(0)
        final = joined.mutate(
            accepted=joined.accepted - conflicts - repeats,
            quarantined=joined.quarantined + conflicts,
            duplicates=joined.duplicates + repeats,
        )
        return final.select(files.columns)

    def _records_lost(self) -> ir.Table:
        """Return, per file, the records of which no row is left: by conflict, or because another row says the same."""
        lost = self._store.backend.table("_withdrawn")
        records = lost.group_by("file", "record").aggregate(_conflict=(~lost.repeated).any())
        grouping = [source.name for source in self._settings.sources if _groups_lines(source)]
        for name, rows in self._store.tables().items():
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
    return ibis.ifelse(rows._mixed.notnull(), rows.order_id + REFUND, rows.order_id)


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
