"""Which texts of a column hold another: every byte is looked at, in blocks that fit the processor's cache.

A megabyte takes half a millisecond, a quarter of what the engine's `contains` and Arrow's `match_substring` need
(`benchmarks/customers.py`).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: Between texts that are put together in one: nobody who searches can write it.
BREAK = "\n"
#: Bytes that are looked for in all places; the others only where these were found.
_FIRST = 3
#: Bytes of a block.
_BLOCK = 1 << 19


def folded(text: str) -> str:
    """Return `text` as it is searched for: whatever its capitals."""
    return str(pc.utf8_lower(pa.scalar(text.strip())).as_py())


def holding(texts: pa.LargeStringArray, wanted: str) -> NDArray[np.bool_]:
    """Return which of `texts`, each of which begins with `BREAK`, hold `wanted`, byte by byte.

    Args:
        texts: folded, none missing.
        wanted: folded, not empty.
    """
    found = np.zeros(len(texts), dtype=np.bool_)
    needle = np.frombuffer(wanted.encode(), dtype=np.uint8)
    if BREAK in wanted or not len(texts):
        return found
    _, ends, content = texts.buffers()
    offsets = np.frombuffer(ends, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    everything = np.frombuffer(content, dtype=np.uint8)
    block = 1 + _BLOCK * len(texts) // int(offsets[-1] - offsets[0])
    for first in range(0, len(texts), block):
        edges = offsets[first : first + block + 1]
        places = _places(everything[edges[0] : edges[-1]], needle)
        if len(places):
            found[first + np.searchsorted(edges, edges[0] + places, side="right") - 1] = True
    return found


def _places(content: NDArray[np.uint8], needle: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return where `needle` begins; it cannot lie over the end of a text, as `BREAK` follows there."""
    last = len(content) - len(needle) + 1
    if last <= 0:
        return np.zeros(0, dtype=np.intp)
    here = content[:last] == needle[0]
    for at, byte in enumerate(needle[1:_FIRST], 1):
        here &= content[at : at + last] == byte
    places = np.flatnonzero(here)
    for at, byte in enumerate(needle[_FIRST:], _FIRST):
        places = places[content[places + at] == byte]
    return places
