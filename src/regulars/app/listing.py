"""The customers of a company as a list: sorted, searched and filtered, a page at a time, of a million in milliseconds.

What is listed is made once per generation, and again where what is foretold of it changed since; it is kept beside the
generation and read in place. Nothing is foretold here: what was made stands in the list, with its score.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.app.foretell import AtRiskBy, Foretold
from regulars.app.kept import Said
from regulars.app.listed import Listed, flat, listed
from regulars.app.listing_kept import Basis, found
from regulars.app.listing_order import Order, Wanted
from regulars.app.listing_table import ATTRIBUTE, ORDER, ORDERS, RANK
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, nearest
from regulars.data.quality.checking import Finding
from regulars.data.text_search import folded
from regulars.decisions.lifecycle import STATES
from regulars.decisions.rfm import SEGMENTS
from regulars.decisions.saved import whose

#: Most customers on a page.
MOST = 1000
#: Rows of a batch of an export.
_BATCH = 8192
#: Stands for no place in a list of names; one that is not in it is at -1, where nobody is.
_MISSING = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of the list.

    Attributes:
        rows: customers, in order.
        next: position that the next page comes `after`; None where there is none.
        previous: position that the page before comes `before`; None where there is none.
        total: customers on all pages; None where a search found enough before it looked at everybody.
    """

    rows: tuple[Listed, ...]
    next: int | None
    previous: int | None
    total: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Listing:
    """All customers of one generation; several threads may read it at once.

    Attributes:
        table: what is listed (`listing_table.py`).
        known: by order, how many customers have what it goes by.
        by: which outcomes tell who leaves and what customers are worth; None where records tell neither.
        told: what is said of predictions that stand in the list: `leaving`, `value`.
        said: what features are called, by name.
        basis: where they come from: models, records and findings.
    """

    table: pa.Table
    known: Mapping[str, int]
    by: AtRiskBy | None
    told: Mapping[str, Said]
    said: Mapping[str, str]
    basis: Basis

    def __len__(self) -> int:
        return len(self.table)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attributes that any customer has."""
        named = (name for name in self.table.column_names if name.startswith(ATTRIBUTE))
        return tuple(name.removeprefix(ATTRIBUTE) for name in named)

    @cached_property
    def scores(self) -> Mapping[str, Foretold]:
        """What is foretold, with how well that went on the past: `leaving` and `value`, as far as they are made.

        Tables hold `customer`, `mean`, `low` and `high`.
        """
        names = {"leaving": "leaving", "value": "clv"}
        return {name: self.basis.foretold(said, self._predicted(names[name])) for name, said in self.told.items()}

    def _predicted(self, name: str) -> pa.Table:
        there = self.table.filter(self.table[name].is_valid()).sort_by("customer")
        columns = {"mean": name, "low": f"{name}_low", "high": f"{name}_high"}
        return pa.table({"customer": there["customer"], **{end: there[column] for end, column in columns.items()}})

    def page(
        self,
        sort: str = "stake",
        *,
        descending: bool = True,
        after: int | None = None,
        before: int | None = None,
        most: int = 50,
        search: str = "",
        segment: str = "",
        state: str = "",
        attribute: tuple[str, str | None] | None = None,
        saved: str = "",
    ) -> ListPage:
        """Return a page: the first, or the one after or before a position.

        Customers alike stand in the order of their ids, or against it where the list goes up; those without what it
        is sorted by are last in both directions. As long as the list is not made anew, no page repeats or leaves out
        anybody.

        Args:
            sort: one of `ORDERS`.
            descending: whether the highest, latest or last comes first.
            after: position that the page follows.
            before: position that it precedes; not together with `after`.
            most: customers on the page.
            search: part of an id or alias, whatever its capitals; nothing in it is a pattern.
            segment: RFM segment, by name.
            state: of the lifecycle.
            attribute: name and value of one; None for those without it.
            saved: a saved segment, by name.

        Raises:
            QueryError: there is no such order, segment, state or attribute, or no such page.
        """
        _checked(after, before, most)
        order, wanted = self._order(sort, descending), self._wanted(search, segment, state, attribute, saved)
        page = order.following(after, most, wanted) if before is None else order.preceding(before, most, wanted)
        return ListPage(
            rows=listed(self._shown(order.at(page.positions)), page.positions, self._features),
            next=page.next,
            previous=page.previous,
            total=wanted.total,
        )

    def export(
        self,
        sort: str = "stake",
        *,
        descending: bool = True,
        search: str = "",
        segment: str = "",
        state: str = "",
        attribute: tuple[str, str | None] | None = None,
        saved: str = "",
    ) -> pa.RecordBatchReader:
        """Return all customers of a list, as pages show them, as columns: a few thousand at a time.

        Money is decimal, days are dates, and segments, states and reasons are named.

        Raises:
            QueryError: there is no such order, segment, state or attribute.
        """
        order, wanted = self._order(sort, descending), self._wanted(search, segment, state, attribute, saved)
        rows = order.between(0, len(order))
        rows = rows[wanted.all[rows]]

        def batches() -> Iterator[pa.RecordBatch]:
            for first in range(0, len(rows), _BATCH):
                yield from flat(self._shown(rows[first : first + _BATCH]), self._features).to_batches()

        return pa.RecordBatchReader.from_batches(flat(self.table.slice(0, 0), self._features).schema, batches())

    def _shown(self, rows: NDArray[np.int32]) -> pa.Table:
        return self._columns.take(pa.array(rows))

    @cached_property
    def _columns(self) -> pa.Table:
        return self.table.drop_columns([name for name in self.table.column_names if name.startswith((ORDER, RANK))])

    @property
    def _features(self) -> tuple[str, ...]:
        return self.told["leaving"].columns if "leaving" in self.told else ()

    def _order(self, sort: str, descending: bool) -> Order:
        if sort not in ORDERS:
            raise QueryError(f"Customers cannot be sorted by `{sort}`. Known: {', '.join(ORDERS)}.")
        rows, ranks = (_whole(self.table[f"{prefix}{sort}"]).to_numpy() for prefix in (ORDER, RANK))
        return Order(rows=rows, ranks=ranks, known=self.known[sort], descending=descending)

    def _wanted(
        self, search: str, segment: str, state: str, attribute: tuple[str, str | None] | None, saved: str
    ) -> Wanted:
        among = [
            _named(self.table["segment"], segment, "segment", [one.name for one in SEGMENTS]),
            _named(self.table["state"], state, "state", [one.value for one in STATES]),
            None if attribute is None else self._having(*attribute),
            self._in(saved) if saved else None,
        ]
        wanted = [one for one in among if one is not None]
        return Wanted(
            texts=_whole(self.table["search"]),
            text=folded(search),
            among=np.logical_and.reduce(wanted) if wanted else None,
        )

    def _in(self, saved: str) -> NDArray[np.bool_]:
        """Return who is in a saved segment; who belongs to one is worked out once."""
        if saved not in self._saved:
            own = whose(saved, self.basis.opened.records)
            self._saved[saved] = np.isin(_whole(self.table["customer"]).to_numpy(), own)
        return self._saved[saved]

    @cached_property
    def _saved(self) -> dict[str, NDArray[np.bool_]]:
        return {}

    def _having(self, name: str, value: str | None) -> NDArray[np.bool_]:
        if name not in self.attributes:
            raise QueryError(f"No customer has an attribute `{name}`.{nearest(name, self.attributes)}")
        column = _whole(self.table[f"{ATTRIBUTE}{name}"])
        return _at(column.indices, column.dictionary.index(value).as_py() if value is not None else _MISSING)


def listing(opened: Opened, workspace: Workspace, *, of: str = "", findings: Sequence[Finding] = ()) -> Listing:
    """Return the list of customers.

    Args:
        opened: the company's records.
        workspace: the company.
        of: `contracts` or `orders`: who leaves, and what they are worth; where "", that of which more is foretold.
        findings: of the records.

    Raises:
        UnknownName: `of` is neither.
        QueryError: there are no records of it.
    """
    basis = Basis(workspace=workspace, opened=opened, findings=findings)
    one = found(basis, of)
    return Listing(
        table=one.made.table,
        known=one.made.known,
        by=one.by,
        told=one.told,
        said={feature.name: feature.said for feature in workspace.features},
        basis=basis,
    )


def _checked(after: int | None, before: int | None, most: int) -> None:
    if after is not None and before is not None:
        raise QueryError("A page comes after a position or before one, not both.")
    if (after is not None and after < -1) or (before is not None and before < 0):
        raise QueryError(f"`{after if before is None else before}` is no position in the list: they count from 0.")
    if not 1 <= most <= MOST:
        raise QueryError(f"`{most}` is no number of customers. Write one from 1 to {MOST}.")


def _named(column: pa.ChunkedArray, name: str, what: str, names: Sequence[str]) -> NDArray[np.bool_] | None:
    """Return which customers are in the segment or state called `name`; None where all may be."""
    if not name:
        return None
    if name not in names:
        raise QueryError(f"No {what} is called `{name}`.{nearest(name, names)}")
    return _at(_whole(column), names.index(name))


def _whole(column: pa.ChunkedArray) -> Any:
    """Return a column as one array; what is read in place is not copied."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _at(places: Any, wanted: int) -> NDArray[np.bool_]:
    """Return where `wanted` stands among places in a list of names."""
    found: NDArray[np.bool_] = places.fill_null(_MISSING).to_numpy() == wanted
    return found
