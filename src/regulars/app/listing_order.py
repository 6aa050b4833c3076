"""Pages of an order: the first rows from a position on that are wanted, in either direction."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.data.text_search import holding

Rows = NDArray[np.int32]
#: Rows that are looked at before all others: where many are wanted, a page of them is among these.
_FIRST = 4096
#: Where one row in so many may be wanted, or fewer, each of these is looked at by itself.
_FEW = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Wanted:
    """Which rows are wanted.

    Attributes:
        texts: what is searched in, by row.
        text: what they must hold; all are wanted where "".
        among: which rows may be wanted at all; all where None.
    """

    texts: pa.LargeStringArray
    text: str = ""
    among: NDArray[np.bool_] | None = None

    @property
    def first(self) -> int:
        """How many positions are looked at before all others."""
        size = len(self.texts)
        return _FIRST if self.among is None else _FIRST * size // max(int(np.count_nonzero(self.among)), 1)

    def of(self, rows: Rows) -> NDArray[np.bool_]:
        """Return which of some rows are wanted."""
        found = np.ones(len(rows), dtype=np.bool_) if self.among is None else self.among[rows]
        if self.text:
            left = np.flatnonzero(found)
            held = pc.match_substring(self.texts.take(pa.array(rows[left])), self.text)
            found[left] = held.to_numpy(zero_copy_only=False)
        return found

    @cached_property
    def all(self) -> NDArray[np.bool_]:
        """Which of all rows are wanted."""
        if not self.text:
            return np.ones(len(self.texts), dtype=np.bool_) if self.among is None else self.among
        if self.among is None:
            return holding(self.texts, self.text)
        if np.count_nonzero(self.among) * _FEW >= len(self.among):
            return holding(self.texts, self.text) & self.among
        found = self.among.copy()
        rows = np.flatnonzero(found).astype(np.int32)
        found[rows] = self.of(rows)
        return found

    @property
    def total(self) -> int | None:
        """How many rows are wanted; None where a text was found before all were looked at."""
        if self.text and "all" not in vars(self):
            return None
        return len(self.texts) if self.among is None and not self.text else int(np.count_nonzero(self.all))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Positions on a page.

    Attributes:
        positions: ascending.
        next: position that the next page comes after; None where there is none.
        previous: position that the page before comes before; None where there is none.
    """

    positions: Sequence[int]
    next: int | None
    previous: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Order:
    """All rows in one order.

    Attributes:
        rows: the highest first, those without a value last.
        ranks: of each row, its place in `rows`.
        known: how many have a value.
        descending: whether the highest comes first; the lowest where not. Who has none is last in both.
    """

    rows: Rows
    ranks: Rows
    known: int
    descending: bool

    def __len__(self) -> int:
        return len(self.rows)

    def between(self, first: int, last: int) -> Rows:
        """Return the rows at positions from `first` up to, not including, `last`."""
        if self.descending:
            return self.rows[first:last]
        turned, rest = self.rows[: self.known][::-1], self.rows[self.known :]
        ends = (max(first - self.known, 0), max(last - self.known, 0))
        return np.concatenate([turned[first:last], rest[slice(*ends)]])

    def at(self, positions: Sequence[int]) -> Rows:
        """Return the rows at some positions."""
        return self.rows[self._turned(np.asarray(positions, dtype=np.int32))]

    def _turned(self, places: Rows) -> Rows:
        """Return positions as places in `rows`, or the other way round."""
        return places if self.descending else np.where(places < self.known, self.known - 1 - places, places)

    def following(self, after: int | None, most: int, wanted: Wanted) -> Slice:
        """Return the first page, or the one after a position."""
        first = 0 if after is None else min(after + 1, len(self))
        found = self._from(first, most + 1, wanted)
        page = found[:most]
        return Slice(
            positions=page,
            next=page[-1] if len(found) > most else None,
            previous=(page[0] if page else first) if first else None,
        )

    def preceding(self, before: int, most: int, wanted: Wanted) -> Slice:
        """Return the page before a position."""
        last = min(before, len(self))
        found = self._until(last, most + 1, wanted)
        page = found[-most:]
        return Slice(
            positions=page,
            next=(page[-1] if page else last - 1) if last < len(self) else None,
            previous=page[0] if len(found) > most else None,
        )

    def _from(self, first: int, most: int, wanted: Wanted) -> Sequence[int]:
        """Return the first `most` positions from `first` on whose rows are wanted."""
        last = min(first + wanted.first, len(self))
        if last - first < len(self):
            found = first + np.flatnonzero(wanted.of(self.between(first, last)))
            if len(found) >= most or last == len(self):
                return list(map(int, found[:most]))
        return list(map(int, self._every(first, len(self), wanted)[:most]))

    def _until(self, last: int, most: int, wanted: Wanted) -> Sequence[int]:
        """Return the last `most` positions before `last` whose rows are wanted, ascending."""
        first = max(last - wanted.first, 0)
        if last - first < len(self):
            found = first + np.flatnonzero(wanted.of(self.between(first, last)))
            if len(found) >= most or not first:
                return list(map(int, found[-most:]))
        return list(map(int, self._every(0, last, wanted)[-most:]))

    def _every(self, first: int, last: int, wanted: Wanted) -> NDArray[np.intp]:
        """Return all positions from `first` up to, not including, `last` whose rows are wanted."""
        rows = np.flatnonzero(wanted.all)
        if len(rows) * _FEW >= len(self):
            return first + np.flatnonzero(wanted.all[self.between(first, last)])
        positions = np.sort(self._turned(self.ranks[rows])).astype(np.intp)
        return positions[slice(*np.searchsorted(positions, (first, last)))]
