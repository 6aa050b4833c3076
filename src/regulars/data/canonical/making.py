"""Makes canonical tables of the landing: whole ones, or only the touched entities of some.

* of rows with one key the latest known counts; others are withdrawn (`superseded`, or silently where they say the same)
* a row that points to an order, ticket or campaign that no file knows is withdrawn (`unknown_reference`)
* a change of a ticket before the ticket was opened is withdrawn (`before_opening`)
* order lines make orders: sales and refunds apart, amounts from the lines that are products or discounts (orders.py)
* what several records say of a customer is merged column by column, the latest known first (customers.py)
"""

from collections.abc import Mapping, Sequence
from functools import partial

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.settings import Settings
from regulars.data import engine, identity
from regulars.data.canonical import customers, ledger, orders, standing
from regulars.data.canonical.narrowing import Narrow
from regulars.data.landing import contract
from regulars.data.landing.contest import losers
from regulars.data.statements import Statements
from regulars.data.store import Store, columns_of
from regulars.data.tables import TABLES, Column, Table

#: Tables whose rows make facts.
_FACTUAL = frozenset(
    "orders order_lines events subscriptions tickets ticket_events responses follow_ups invitations customers".split()
)

#: Tables whose rows name no customer, but something that has one.
_OWNED_BY = {"ticket_events": "tickets", "follow_ups": "responses"}


class Making:
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
        ledger.write(self._store, self._settings, self._do)
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
        if name == "ticket_events" and "tickets" in self._mapped:
            self._do.insert((name, "early"), "working", "_withdrawn", self._early)
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
        old, new = backend.table(table.name), self._do.temp("_shaped")
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
        if table.name in _OWNED_BY:
            owners = self._store.tables()[_OWNED_BY[table.name]]
            whose = owners.filter(owners[part.entity].isin(part.touched.entity) & owners.customer_id.notnull())
            self._store.touch(whose.select(reference="customer_id").distinct())
        engine.delete(backend, table.name, part.doomed)
        engine.insert(backend, table.name, rows)

    def _shaped(self, table: Table) -> ir.Table:
        made = {"customers": self._customers, "orders": self._orders, "order_lines": self._order_lines}
        rows = made[table.name]() if table.name in made else self._kept(table)
        return rows.select(**{column: rows[column].cast(kind) for column, kind in columns_of(table).items()})

    # --- which rows count ----------------------------------------------------------------------------------------

    def _candidates(self, table: Table) -> ir.Table:
        """Return the rows that may count."""
        rows = self._landed(table.name)
        if table.name == "orders":
            return orders.orders(rows, self._settings)
        return orders.lines(rows, self._landed("orders")) if table.name == "order_lines" else rows

    def _kept(self, table: Table, *reasons: str) -> ir.Table:
        """Return the rows that were not withdrawn, for `reasons` or for any."""
        lost = self._store.backend.table("_withdrawn")
        mine = lost.filter((lost.table == table.name) & (lost.reason.isin(reasons) if reasons else True))
        return self._candidates(table).anti_join(mine.select("file", "record"), ["file", "record"])

    def _beaten(self, table: Table) -> ir.Table:
        """Return the rows whose key another one has with better right."""
        place = self._do.temp("_place")
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

    def _early(self) -> ir.Table:
        """Return the changes of tickets before they were opened: no time can be taken from them."""
        tickets = self._kept(TABLES["tickets"]).select("ticket_id", _opened="opened_at")
        rows = self._kept(TABLES["ticket_events"])
        known = rows.join(tickets, "ticket_id")
        early = known.filter(known.occurred_at < known._opened)
        named = {"table": ibis.literal("ticket_events"), "reason": ibis.literal("before_opening")}
        return early.select(
            "file", "record", value=early.occurred_at.cast("string"), repeated=ibis.literal(False), **named
        )

    # --- rows that are made of others ----------------------------------------------------------------------------

    def _order_lines(self) -> ir.Table:
        lines = self._kept(TABLES["order_lines"])
        lined = {source.name for source in self._settings.sources if "order_lines" in source.tables}
        if "orders" in self._mapped and lined.difference(orders.grouping(self._settings)):
            return orders.known_with_orders(lines, self._candidates(TABLES["orders"]))
        return lines

    def _orders(self) -> ir.Table:
        stated = self._kept(TABLES["orders"])
        lined = "order_lines" in self._mapped
        return orders.summed(stated, self._kept(TABLES["order_lines"])) if lined else stated

    def _customers(self) -> ir.Table:
        said = identity.resolve(self._landed("customers"), "customer_id", self._store.backend.table("_aliases"))
        return customers.merge(said, self._do.temp("_place"), standing.attributes(self._settings))
