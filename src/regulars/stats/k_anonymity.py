"""Rows that nobody can tell apart from fewer than k (k-anonymity), by giving up no more values than a rule needs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: What stands in the place of a value that was given up.
OTHER = "other"
#: Values of a row by which somebody could be recognised; None where there is none, which tells as much as a value.
Combination = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymous:
    """Rows in the order in which they came, each combination shared by at least k.

    Attributes:
        rows: with `OTHER` where a value was given up.
        given_up: rows of which at least one value was given up.
        values: how many values were given up in all.
    """

    rows: Sequence[Combination]
    given_up: int
    values: int


def anonymous(rows: Sequence[Combination], k: int) -> Anonymous:
    """Return rows of which each combination of values is shared by at least k.

    A combination that k rows share stays. Of the other rows the last column is given up; those that still are too few
    give up the one before it, and so on. If those with nothing left are fewer than k, the fewest more rows that are
    needed give up all: out of the largest combinations, as far as those can spare them, else the smallest one whole,
    of those alike one that has given up most.

    Args:
        rows: combinations, shape (n, columns); the most important column first.
        k: least rows that share one.

    Raises:
        ValueError: there are fewer than k rows, or k is below 2.

    References:
        Sweeney (2002), International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 10, 557-570: local
        generalisation to one value.

    Examples:
        >>> anonymous([("NL", "a"), ("NL", "a"), ("NL", "b"), ("NL", "c"), ("DE", "c")], 2).rows
        [('NL', 'a'), ('NL', 'a'), ('other', 'other'), ('other', 'other'), ('other', 'other')]
    """
    if k < 2:
        raise ValueError(f"k is {k}: every row is shared by itself.")
    if len(rows) < k:
        raise ValueError(f"{len(rows)} rows cannot be shared by {k}.")
    found = list(rows)
    columns = len(found[0])
    for column in reversed(range(columns)):
        found = _without(found, column, k)
    _fill(found, (OTHER,) * columns, k)
    lost = [sum(one != before for one, before in zip(*both, strict=True)) for both in zip(found, rows, strict=True)]
    return Anonymous(rows=found, given_up=sum(map(bool, lost)), values=sum(lost))


def _without(rows: Sequence[Combination], column: int, k: int) -> list[Combination]:
    """Return rows where those of too small combinations have given up a column."""
    sizes = Counter(rows)
    return [one if sizes[one] >= k else (*one[:column], OTHER, *one[column + 1 :]) for one in rows]


def _fill(rows: list[Combination], nothing: Combination, k: int) -> None:
    """Give up whole rows until those with nothing left are none, or k."""
    sizes = Counter(rows)
    needed = k - sizes.pop(nothing, k)
    if needed <= 0:
        return
    spared: Counter[Combination] = Counter()
    for one, size in sizes.most_common():
        spared[one] = min(size - k, needed - spared.total())
    if spared.total() < needed:
        smallest = min(sizes, key=lambda one: (sizes[one], -one.count(OTHER)))
        spared = Counter({smallest: sizes[smallest]})
    for place in reversed(range(len(rows))):
        if spared[rows[place]] > 0:
            spared[rows[place]] -= 1
            rows[place] = nothing
