"""The table that customers are listed from, made once of the records and of what is foretold of them.

Rows stand in the order of value at stake, and beside them the rows of every other order, so that a page of any of them
is a slice. It is read in place, a few rows at a time (`app/listing.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from numpy.typing import NDArray

from regulars.app import worth
from regulars.app.foretell import Foretold
from regulars.core.errors import QueryError
from regulars.core.periods import day_number
from regulars.data import engine
from regulars.data.facts import FOREVER
from regulars.data.text_search import BREAK
from regulars.decisions.lifecycle import states
from regulars.decisions.rfm import buyers, cut_points, scored
from regulars.kpis.query import Records

#: Raised when the table changes.
VERSION = 2
#: The column of each order in which customers can be listed: the highest first, who has none last.
ORDERS: Mapping[str, str] = MappingProxyType(
    {
        "stake": "stake",
        "clv": "clv",
        "risk": "leaving",
        "revenue": "net_revenue",
        "last_order": "last_order_day",
        "first_seen": "first_seen_day",
        "id": "customer_id",
    }
)
#: What begins the names of columns with attributes of customers.
ATTRIBUTE = "attribute "
#: What begins the names of columns with the rows in an order, and with the rank of each row in it.
ORDER, RANK = "order ", "rank "
#: Columns of what is foretold; each has its `_low` and `_high` beside it.
FORETOLD = ("stake", "clv", "leaving")
#: Most reasons of a customer that are kept.
REASONS = 2
#: What records tell of a customer beside who they are, null where they do not.
_FACTS: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "first_seen_day": pa.int32(),
        "first_order_day": pa.int32(),
        "last_order_day": pa.int32(),
        "orders": pa.int64(),
        "net_revenue": pa.int64(),
        "value": pa.int64(),
        "recency_score": pa.int8(),
        "frequency_score": pa.int8(),
        "value_score": pa.int8(),
        "segment": pa.int8(),
        "state": pa.int8(),
    }
)
#: Of these, who has no order has 0.
_SUMS = ("orders", "net_revenue", "value")


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """The table, and what is said of it.

    Attributes:
        table: one row per customer.
        known: by order, how many customers have what it goes by.
    """

    table: pa.Table
    known: Mapping[str, int]


def made(records: Records, leaving: Foretold | None, value: Foretold | None) -> Made:
    """Make the table.

    Args:
        records: what is known.
        leaving: probability of leaving; None where it is not foretold.
        value: CLV, likewise.
    """
    facts = engine.to_arrow(_facts(records))
    numbers = facts["customer"].to_numpy()
    columns = {
        "customer": facts["customer"],
        "customer_id": facts["customer_id"].cast(pa.large_string()),
        "search": _searched(facts),
        **{name: _fact(facts, name, "purchase_days" in records.tables) for name in _FACTS},
        **{name: pa.array(one, from_pandas=True) for name, one in _foretold(numbers, leaving, value).items()},
        **_reasons(numbers, leaving),
        **{name: facts[name].combine_chunks().dictionary_encode() for name in _attributes(facts)},
    }
    return _ordered(pa.table(columns))


def _facts(records: Records) -> ir.Table:
    people = records.tables["people"]
    came = ibis.least(people.signed_day.fill_null(FOREVER), people.entered_day.fill_null(FOREVER)).nullif(FOREVER)
    attributes = {f"{ATTRIBUTE}{name}": people[name].cast("string") for name in records.attributes}
    rows = people.select(
        "customer", "customer_id", first_seen_day=came, first_order_day=people.first_order_day, **attributes
    )
    for known in _known(records):
        rows = rows.left_join(known, rows.customer == known.person).drop("person")
    return rows.order_by("customer")


def _known(records: Records) -> Iterator[ir.Table]:
    """Yield what is known of customers, each by `person`."""
    tables, on = records.tables, records.as_of
    if "purchase_days" in tables:
        days = tables["purchase_days"].filter((_.customer > 0) & (_.day < day_number(on)))
        yield days.group_by(person=days.customer).aggregate(
            last_order_day=_.day.max(where=_.orders > 0),
            orders=_.orders.sum().cast("int64"),
            net_revenue=(_.sales.sum() - _.refunded.sum()).cast("int64"),
            value=_.value.sum().cast("int64"),
        )
        try:
            found = scored(buyers(records, on), cut_points(records, on))
        except QueryError:  # nobody has ordered yet
            found = None
        if found is not None:
            scores = {"recency_score": found.r, "frequency_score": found.f, "value_score": found.m}
            yield found.select(person=found.customer, segment=found.segment, **scores)
    if "purchase_days" in tables or "activity_days" in tables:
        yield states(records, on).select("state", person=_.customer)
    if "keys" in tables:
        others = tables["keys"].filter(_.reference != _.customer_id)
        aliases = _.reference.group_concat(BREAK, order_by=_.reference)
        yield others.group_by(person=others.customer).aggregate(aliases=aliases)


def _fact(facts: pa.Table, name: str, bought: bool) -> pa.ChunkedArray:
    if name not in facts.column_names:
        return pa.nulls(len(facts), _FACTS[name])
    column = facts[name].cast(_FACTS[name])
    return column.fill_null(0) if bought and name in _SUMS else column


def _attributes(facts: pa.Table) -> list[str]:
    """Return the columns of attributes that any customer has."""
    named = [name for name in facts.column_names if name.startswith(ATTRIBUTE)]
    return [name for name in named if facts[name].null_count < len(facts)]


def _searched(facts: pa.Table) -> pa.ChunkedArray:
    """Return every id of each customer in one text, as it is searched for."""
    kind, between = pa.large_string(), pa.scalar(BREAK, pa.large_string())
    texts = [pa.scalar("", kind), pc.replace_substring(facts["customer_id"].cast(kind), BREAK, " ")]
    if "aliases" in facts.column_names:
        texts.append(facts["aliases"].cast(kind).fill_null(""))
    return pc.utf8_lower(pc.binary_join_element_wise(*texts, between))


def _foretold(
    numbers: NDArray[np.int32], leaving: Foretold | None, value: Foretold | None
) -> dict[str, NDArray[np.float64]]:
    found = {f"{name}{end}": np.full(len(numbers), np.nan) for name in FORETOLD for end in ("", "_low", "_high")}

    def put(name: str, who: NDArray[np.int32], mean: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        at, there = _places(numbers, who)
        for end, column in {"": mean, "_low": low, "_high": high}.items():
            found[f"{name}{end}"][at] = column[there]

    for name, one in {"leaving": leaving, "clv": value}.items():
        if one is not None:
            put(name, *(one.column(column) for column in ("customer", "mean", "low", "high")))
    if leaving is not None and value is not None:
        risk = worth.at_risk(leaving, value, leaving.said.level)
        put("stake", risk.customer, risk.stake, risk.low, risk.high)
    return found


def _reasons(numbers: NDArray[np.int32], leaving: Foretold | None) -> dict[str, np.ndarray]:
    """Return which features go along most with a customer's leaving, as places in `said.columns`, and their values."""
    found: dict[str, np.ndarray] = {}
    for rank in range(1, REASONS + 1):
        which, how = np.full(len(numbers), -1, dtype=np.int16), np.full(len(numbers), np.nan, dtype=np.float32)
        if leaving is not None and f"reason_{rank}" in leaving.table.column_names:
            at, there = _places(numbers, leaving.column("customer"))
            which[at] = leaving.column(f"reason_{rank}")[there].astype(np.int16)
            how[at] = leaving.column(f"value_{rank}")[there]
        found |= {f"reason_{rank}": which, f"reason_{rank}_value": how}
    return found


def _places(numbers: NDArray[np.int32], who: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the rows of those of `who` that are listed, and which of them are."""
    at = np.searchsorted(numbers, who)
    there = at < len(numbers)
    there[there] = numbers[at[there]] == who[there]
    return at[there], there


def _ordered(table: pa.Table) -> Made:
    """Put rows in the order of value at stake, and add the rows of every order; customers alike stand by number."""
    table = table.take(pa.array(_descending(table, "stake")[0])).combine_chunks()
    orders = {name: _descending(table, column) for name, column in ORDERS.items()}
    for name, (rows, _n) in orders.items():
        ranks = np.empty(len(rows), dtype=np.int32)
        ranks[rows] = np.arange(len(rows), dtype=np.int32)
        table = table.append_column(f"{ORDER}{name}", pa.array(rows.astype(np.int32)))
        table = table.append_column(f"{RANK}{name}", pa.array(ranks))
    return Made(table=table, known={name: n for name, (_rows, n) in orders.items()})


def _descending(table: pa.Table, column: str) -> tuple[NDArray[np.intp], int]:
    """Return the rows with the highest first and who has none last, and how many have one."""
    values = table[column]
    if not pa.types.is_primitive(values.type):
        rows = pc.sort_indices(values, sort_keys=[("", "descending")]) if len(table) else pa.array([], pa.uint64())
        return rows.to_numpy(zero_copy_only=False).astype(np.intp), len(table)
    key = values.cast(pa.float64(), safe=False).to_numpy()
    rows = np.lexsort((table["customer"].to_numpy(), -key))
    return rows, int(np.count_nonzero(~np.isnan(key)))
