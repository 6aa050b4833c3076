"""How files hang together: ids of one that are the keys of another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from regulars.data.guessing.hint import Fit, Hint
from regulars.data.guessing.matching import fit
from regulars.data.guessing.names import words_of
from regulars.data.guessing.profile import Column, File

#: What a column looks like that identifies rows; one that refers to such.
ROW_KEY = Hint(words="", fit=Fit.ID, unique=0.98)
_REFERENCE = Hint(words="", fit=Fit.ID)
#: Least share of values that must be found among the keys.
_FOUND = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Values of `column` of `file` are keys of `to_column` of `to`; `share` is how many of a sample are found there."""

    file: str
    column: str
    to: str
    to_column: str
    share: float


def find_links(files: Sequence[File]) -> tuple[Link, ...]:
    """Return every reference between two files, strongest first."""
    columns = [(file, column) for file in files for column in file.columns if fit(column, _REFERENCE) == 1.0]
    found = [link for file, key in columns if fit(key, ROW_KEY) == 1.0 for link in _links_to(file, key, columns)]
    return tuple(sorted(found, key=lambda link: (-link.share, link.file, link.column, link.to, link.to_column)))


def _links_to(to: File, key: Column, columns: Sequence[tuple[File, Column]]) -> Iterator[Link]:
    asked = [(file, column) for file, column in columns if file is not to and _telling(column, key)]
    known = frozenset(key.values.to_pylist()) if asked else frozenset()
    for file, column in asked:
        share = sum(value in known for value in column.sample) / len(column.sample)
        if share >= _FOUND:
            yield Link(file=file.name, column=column.name, to=to.name, to_column=key.name, share=share)


def _telling(column: Column, key: Column) -> bool:
    """Return whether shared values could not be chance: names share a word, or the values are long and no numbers."""
    shared = (set(words_of(column.name)) & set(words_of(key.name))) - {"id", "no", "key", "code", "name", "date"}
    return bool(shared) or (column.number < 0.5 and column.length >= 6 and column.spaced < 0.1)


def depends(file: File, determinant: str, dependent: str) -> float:
    """Return the share of values of `determinant` that go with one value of `dependent` only."""
    pairs = file.rows.select([determinant, dependent]).drop_null()
    if determinant == dependent or not pairs.num_rows:
        return 0.0
    counted = pairs.group_by(determinant).aggregate([(dependent, "count_distinct")])
    single = pc.equal(counted[f"{dependent}_count_distinct"], 1)
    return (pc.sum(single).as_py() or 0) / counted.num_rows
