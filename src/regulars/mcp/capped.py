"""As much of a page as a program can use: all of its blocks, of each as many rows as are left for it.

A score is never cut: what was foretold stands beside it or nowhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any

#: Rows of all blocks of an answer together.
ROWS = 200
#: Parts of blocks that are lists of rows.
_PARTS = ("cards", "rows", "cells")
#: Grids that are never cut.
_WHOLE = frozenset({"scores"})


def capped(record: Mapping[str, Any], most: int = ROWS) -> tuple[dict[str, Any], int]:
    """Return a page's record with at most `most` rows, and how many were left out; each block says how many of its own.

    Courses of cards are left out, too: charts and answers have them.
    """
    blocks = [_without_course(block) for block in record["blocks"]]
    sizes = [0 if block.get("name") in _WHOLE else _size(block) for block in blocks]
    share = fair(sizes, most)
    cut = [_cut(block, share) if size > share else block for block, size in zip(blocks, sizes, strict=True)]
    left_out = sum(block.get("left_out", 0) for block in cut)
    return {**record, "blocks": cut, "left_out": left_out}, left_out


def fair(sizes: Sequence[int], most: int) -> int:
    """Return how many each may have at most, so that all of them together have `most`, and small ones are whole.

    >>> fair([3, 50, 200], 100), fair([3, 5], 100)
    (48, 5)
    """
    if sum(sizes) <= most:
        return max(sizes, default=0)
    left, among = most, sorted(sizes)
    for place, size in enumerate(among):
        share = left // (len(among) - place)
        if size > share:
            return max(share, 1)
        left -= size
    return max(sizes)


def _without_course(block: Mapping[str, Any]) -> dict[str, Any]:
    if "cards" not in block:
        return dict(block)
    cards = [{name: part for name, part in card.items() if name != "course"} for card in block["cards"]]
    return {**block, "cards": cards}


def _size(block: Mapping[str, Any]) -> int:
    if block["block"] == "chart":
        return sum(len(one["marks"]) for one in block["series"])
    return sum(len(block[part]) for part in _PARTS if part in block)


def _cut(block: Mapping[str, Any], most: int) -> dict[str, Any]:
    if block["block"] == "chart":
        # Of a course, the newest tell most.
        each = max(most // len(block["series"]), 1)
        series = [{**one, "marks": one["marks"][-each:]} for one in block["series"]]
        found = {**block, "series": series}
    else:
        found = {**block, **{part: block[part][:most] for part in _PARTS if part in block}}
    return {**found, "left_out": _size(block) - _size(found)}
