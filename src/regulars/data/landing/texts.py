"""The texts of a file where the engine finds them: those that mappings read, and a digest of all."""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.core.errors import SourceError
from regulars.data import engine
from regulars.data.landing.contest import content
from regulars.data.reading.layout import LINE, Broken, Records
from regulars.data.statements import Statements

#: Columns that go with the values of every record: its line, its file, and a digest of all that it says.
RECORD, FILE, DIGEST = "_line", "_file", "_digest"
#: Rows whose texts are held at once.
_BATCH = 500_000


class Texts:
    """Holds some records of a file, in place of those held before."""

    def __init__(self, backend: Any, do: Statements, used: Set[str]) -> None:
        """Make ready for files of which the columns `used` are read."""
        self._backend, self._do = backend, do
        self._used = tuple(sorted(used - {LINE}))

    def hold(self, columns: Sequence[str], pieces: Iterable[Records], file: int) -> list[Broken]:
        """Put records where the engine finds them, and return those that are no row.

        Args:
            columns: the file's columns.
            pieces: its records.
            file: its number in the ledger.
        """
        _check_case(self._used)
        texts = {f"c{place}": "string" for place in range(len(self._used))}
        self._do.drop("_text")
        schema = ibis.schema({RECORD: "int64", FILE: "int32", **texts, DIGEST: "string"})
        engine.create(self._backend, "_text", schema, temp=True)
        names = [f"a{place}" for place in range(len(columns))]
        broken: list[Broken] = []
        for piece in pieces:
            rows = piece.rows.select([*columns, LINE]).rename_columns([*names, RECORD])
            number = pa.array([file], pa.int32()).take(pa.array([0] * rows.num_rows, pa.int8()))
            with engine.failures():
                self._backend.con.register("_piece", rows.append_column(FILE, number))
            self._do.insert(("piece", *columns), "temp", "_text", lambda: self._piece(columns))
            self._backend.con.unregister("_piece")
            broken += piece.broken
        return broken

    def _piece(self, columns: Sequence[str]) -> ir.Table:
        piece = self._backend.table("_piece")
        place = {name: f"a{place}" for place, name in enumerate(columns)}
        used = {f"c{at}": piece[place[name]] for at, name in enumerate(self._used) if name in place}
        digest = content(piece, list(place.values())).hexdigest("md5")
        return piece.select(RECORD, FILE, **used, **{DIGEST: digest})

    def table(self) -> ir.Table:
        """Return the texts under the columns' own names; a column that the file lacks is null (`drift = "evolve"`)."""
        text = self._do.temp("_text")
        own = {name: text[f"c{place}"] for place, name in enumerate(self._used)}
        return text.select(RECORD, FILE, DIGEST, **own, **{LINE: text[RECORD].cast("string")})


def batches(pieces: Iterable[Records]) -> Iterator[list[Records]]:
    """Yield consecutive pieces of together about as many rows as may be held."""
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


def _check_case(used: Sequence[str]) -> None:
    """Refuse columns that differ only by case, which the engine cannot tell apart."""
    folded = [name.casefold() for name in used]
    for name in used:
        if folded.count(name.casefold()) > 1:
            raise SourceError(f"Mappings read columns that differ from `{name}` only by case. Rename one of them.")
