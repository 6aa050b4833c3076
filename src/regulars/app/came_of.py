"""What came of the members of an experiment: a row each, out of the records."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from regulars.core.money import UNITS
from regulars.core.periods import day_number
from regulars.data import engine
from regulars.kpis.query import Records
from regulars.state.audiences import Arm, Audience, Member

Floats = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class CameOf:
    """Members who are customers of these records, and what they did.

    Attributes:
        table: a row each: `customer`, `part`, `orders`, `brought` and `before` in units of money, `left` of contracts.
        held: who was held out, shape (n,).
        missing: members who are no customers of these records any more.
        both: customers who were drawn into both arms, under several ids: they are in neither.
    """

    table: pa.Table
    held: np.ndarray
    missing: int
    both: int

    def __len__(self) -> int:
        return len(self.table)

    @property
    def customers(self) -> np.ndarray:
        """Their numbers, shape (n,)."""
        return np.asarray(self.table["customer"].to_numpy(zero_copy_only=False))

    @property
    def parts(self) -> np.ndarray:
        """Their segments when arms were drawn, shape (n,)."""
        return np.asarray(self.table["part"].to_numpy(zero_copy_only=False))

    @property
    def orders(self) -> bool:
        """Whether records tell who orders; whoever is not in them did not."""
        return "orders" in self.table.column_names

    @property
    def contracts(self) -> bool:
        """Whether any of them had a contract that could be ended."""
        return "left" in self.table.column_names and self.table["left"].null_count < len(self)

    def told(self, name: str) -> np.ndarray:
        """Return of whom it is told, shape (n,)."""
        return np.asarray(self.table[name].is_valid().to_numpy(zero_copy_only=False))

    def numbers(self, name: str) -> Floats:
        """Return it of each, 0 where there is none, shape (n,)."""
        return np.nan_to_num(self.table[name].cast(pa.float64()).to_numpy(zero_copy_only=False))

    def money(self, name: str) -> Floats:
        """Return it in the reporting currency, shape (n,)."""
        return self.numbers(name) / UNITS


def came_of(audience: Audience, members: Sequence[Member], records: Records, seen: int) -> CameOf:
    """Return what came of members.

    Args:
        audience: whose.
        members: all of them, held out or not.
        records: what is known by now.
        seen: days after it began that are looked at; as many before it tell what customers brought without it.
    """
    begin = day_number(audience.as_of)
    who, known = _known(members, records)
    one = who.filter(who.arms == 1).drop("arms")
    if "purchase_days" in records.tables:
        one = _bought(one, records.tables["purchase_days"], begin, audience.days, seen)
    if "contracts" in records.tables:
        one = _contracts(one, records.tables["contracts"], begin, begin + seen)
    table = engine.to_arrow(one.order_by("customer"))
    held = np.array([arm == Arm.HOLDOUT for arm in table["arm"].to_pylist()], dtype=bool)
    both = int(records.run(who.aggregate(n=(who.arms > 1).sum().fill_null(0)))[0]["n"])
    return CameOf(table=table, held=held, missing=len(members) - known, both=both)


def _known(members: Sequence[Member], records: Records) -> tuple[ir.Table, int]:
    """Return customers by number with their arm and in how many they are, and how many members they are."""
    keys = records.tables["keys"]
    columns = {"id": "customer_id", "drawn": "arm", "part": "part"}
    asked = {to: [str(getattr(one, name)) for one in members] for to, name in columns.items()}
    rows = ibis.memtable(pa.table(asked))
    found = rows.join(keys, rows.id == keys.reference)
    who = found.group_by(customer=found.customer).aggregate(
        arm=found.drawn.min(), arms=found.drawn.nunique(), part=found.part.min(), ids=found.id.nunique()
    )
    known = records.run(who.aggregate(n=who.ids.sum().fill_null(0)))[0]["n"]
    return who.drop("ids"), int(known)


def _bought(who: ir.Table, days: ir.Table, begin: int, before: int, seen: int) -> ir.Table:
    mine = days.filter((days.day >= begin - before) & (days.day < begin + seen))
    sums = mine.group_by(person=mine.customer).aggregate(
        orders=mine.orders.sum(where=mine.day >= begin),
        brought=mine.value.sum(where=mine.day >= begin),
        before=mine.value.sum(where=mine.day < begin),
    )
    return who.left_join(sums, who.customer == sums.person).drop("person")


def _contracts(who: ir.Table, contracts: ir.Table, begin: int, end: int) -> ir.Table:
    paid = contracts.filter((contracts.monthly > 0) & (contracts.start_day < begin))
    mine = paid.filter(paid.end_day >= begin)
    # A price that ends is no contract that does: an upgrade within the days is no leaving.
    kept = mine.group_by(person=mine.customer).aggregate(left=(mine.spell_end < end).min().cast("int32"))
    return who.left_join(kept, who.customer == kept.person).drop("person")
