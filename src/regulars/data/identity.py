"""Many ids, one customer. Rows keep the id they came with: an alias is taken back by taking back its file."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.data import engine
from regulars.data.statements import Statements
from regulars.data.store import Store

#: Columns that hold the id of a customer, by canonical table.
_IDS: Mapping[str, tuple[str, ...]] = {"referrals": ("referrer_id", "referred_id")}


def ids_of(name: str, rows: ir.Table) -> tuple[str, ...]:
    """Return the columns of a canonical table that hold ids of customers."""
    return _IDS.get(name, tuple(column for column in ("customer_id",) if column in rows.columns))


def resolve(rows: ir.Table, column: str, aliases: ir.Table) -> ir.Table:
    """Return `rows` with the ids in `column` replaced by the customers that they are aliases of."""
    known = aliases.select(_alias="alias", _customer="customer_id")
    joined = rows.left_join(known, rows[column] == known._alias)
    return joined.mutate({column: ibis.coalesce(joined._customer, joined[column])}).select(rows.columns)


def references(tables: Mapping[str, ir.Table], aliases: ir.Table) -> ir.Table:
    """Return every id seen anywhere, once, as `reference`, with the `customer_id` that it stands for."""
    seen = [rows.select(reference=rows[column]) for name, rows in tables.items() for column in ids_of(name, rows)]
    seen += [aliases.select(reference="alias"), aliases.select(reference="customer_id")]
    ids = ibis.union(*seen).filter(_.reference.notnull()).distinct()
    return resolve(ids.mutate(customer_id=_.reference), "customer_id", aliases)


def write_aliases(store: Store, do: Statements) -> None:
    """Make `_aliases`: each alias with the customer at the end of its chain.

    An alias of several customers stands for the first of them by name; so does a circle of aliases. Both are findings.
    """

    def aliases() -> ir.Table:
        return store.backend.table("_aliases")

    do.store("_aliases", lambda: _direct(store))
    # Each round doubles the length of the chains followed.
    for _round in range(1 + do.count("aliases", aliases).bit_length()):
        if not do.count("onward", lambda: _onward(aliases())):
            break
        do.store("_aliases", lambda: resolve(aliases(), "customer_id", aliases()), what="longer")
    if do.count("circles", lambda: circles(aliases())):
        _break_circles(store)


def _direct(store: Store) -> ir.Table:
    given = store.landed("_identity")
    told = given.filter(given["alias"] != given.customer_id)
    return told.group_by("alias").aggregate(customer_id=_.customer_id.min())


def _onward(aliases: ir.Table) -> ir.Table:
    steps = aliases.select(step_from="alias", step_to="customer_id")
    onward = aliases.join(steps, aliases.customer_id == steps.step_from)
    return onward.filter(onward.step_to != onward.customer_id)


def circles(aliases: ir.Table) -> ir.Table:
    """Return the aliases whose chain ends in no customer: what they end in is an alias of another id, or of itself."""
    return aliases.semi_join(aliases.select(customer_id="alias"), "customer_id")


def _break_circles(store: Store) -> None:
    aliases, direct = store.backend.table("_aliases"), _direct(store)
    lost = sorted(row["alias"] for row in engine.run(circles(aliases)))
    steps = {row["alias"]: row["customer_id"] for row in engine.run(direct.filter(direct["alias"].isin(lost)))}
    found = [{"alias": alias, "customer_id": _end(alias, steps)} for alias in lost]
    engine.delete(store.backend, "_aliases", lambda row: row["alias"].isin(lost))
    engine.insert(
        store.backend, "_aliases", ibis.memtable([row for row in found if row["alias"] != row["customer_id"]])
    )


def _end(alias: str, steps: Mapping[str, str]) -> str:
    """Return where a chain ends; in a circle, its first id by name.

    >>> _end("d", {"d": "c", "c": "b", "b": "a", "a": "c"})
    'a'
    """
    seen: list[str] = []
    while alias in steps and alias not in seen:
        seen.append(alias)
        alias = steps[alias]
    return min(seen[seen.index(alias) :]) if alias in seen else alias
