"""Which entities a change of files touches, so that only they need be made anew.

An entity is what rows are judged together by: an order with its lines, a ticket with its events, an event, a contract.
What a file that went had given is read off the canonical tables, which still hold it; what it had given in vain does
not matter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.data import engine
from regulars.data.store import Store

#: Tables that are judged together, and the column that tells their entities apart.
GROUPS: Mapping[tuple[str, ...], str] = {
    ("orders", "order_lines"): "order_id",
    ("tickets", "ticket_events"): "ticket_id",
    ("events",): "event_id",
    ("subscriptions",): "subscription_id",
    ("responses", "follow_ups"): "response_id",
    ("invitations",): "invitation_id",
}
#: The refund part of an order is an order of its own, under this ending (data/canonical/orders.py).
REFUND = "/refund"
#: Above this share of touched rows, making everything anew is cheaper.
_MANY = 0.2
_SAME = ("file", "source", "path", "sha256", "fingerprint", "copy_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """One table, narrowed to the touched entities.

    Attributes:
        entity: the column that tells entities apart.
        touched: their ids, as `entity`.
        landed: the rows of the landing that concern them.
        gone: files whose rows are to go, for rows without an id.
    """

    entity: str
    touched: ir.Table
    landed: ir.Table
    gone: tuple[int, ...]

    def doomed(self, rows: ir.Table) -> ir.BooleanValue:
        """Return which canonical rows are made anew."""
        id_ = rows[self.entity]
        return id_.isin(self.touched.entity) | (id_.isnull() & rows.file.isin(self.gone or (-1,)))


def narrow(store: Store, stale: Sequence[str], same_shape: Callable[[str], bool]) -> dict[str, Narrow]:
    """Return the stale tables of which only some entities need be made anew.

    Args:
        store: the opened store, canonical tables as they were made last.
        stale: tables that are out of date.
        same_shape: whether a table differs from how it was made last in its files only.
    """
    gone, came = _moved(store)
    made = store.tables()
    found: dict[str, Narrow] = {}
    for names, entity in GROUPS.items():
        mine = [name for name in names if name in stale]
        if mine and all(name in made and same_shape(name) for name in mine):
            found |= _group(store, mine, entity, made, gone, came)
    return found


def _moved(store: Store) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the numbers of files that went and came since the canonical tables were made; a changed one did both."""

    def ids(rows: Iterable[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
        return {tuple(row[name] for name in _SAME) for row in rows}

    before, now = ids(engine.run(store.backend.table("_files"))), ids(engine.run(store.landed("_files")))
    return tuple(sorted(one[0] for one in before - now)), tuple(sorted(one[0] for one in now - before))


def _group(
    store: Store,
    names: Sequence[str],
    entity: str,
    made: Mapping[str, ir.Table],
    gone: tuple[int, ...],
    came: tuple[int, ...],
) -> dict[str, Narrow]:
    came_rows = [store.landed(name).filter(_.file.isin(came or (-1,))) for name in names]
    gone_rows = [made[name].filter(_.file.isin(gone or (-1,))) for name in names]
    ids = ibis.union(*(rows.select(entity=rows[entity]) for rows in (*came_rows, *gone_rows)))
    known = ids.filter(_.entity.notnull()).distinct()
    if entity == "order_id":
        bare = known.select(entity=_.entity.re_replace(f"{REFUND}$", ""))
        known = known.union(bare).union(bare.select(entity=_.entity.concat(REFUND))).distinct()
    touched = engine.create(store.backend, f"_touched_{entity}", known, temp=True, replace=True)
    few = engine.run(touched.count()) <= _MANY * max(engine.run(made[name].count()) for name in names)
    if not few:
        return {}
    return {name: _narrowed(store, name, entity, touched, gone, came) for name in names}


def _narrowed(
    store: Store, name: str, entity: str, touched: ir.Table, gone: tuple[int, ...], came: tuple[int, ...]
) -> Narrow:
    rows = store.landed(name)
    concerned = rows.filter(rows[entity].isin(touched.entity) | (rows[entity].isnull() & rows.file.isin(came or (-1,))))
    landed = engine.create(store.backend, f"_narrow_{name}", concerned, temp=True, replace=True)
    return Narrow(entity=entity, touched=touched, landed=landed, gone=gone)
