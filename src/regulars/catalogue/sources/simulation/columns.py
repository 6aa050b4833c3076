"""Columns of numbers into typed Arrow columns, without a Python object per row."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_EPOCH = date(1970, 1, 1)


def ids(prefix: str, numbers: Ints, digits: int) -> pa.Array:
    """Return `prefix` + the zero-padded number, as strings.

    TRICKY: Arrow's cast from integer to string takes 280 ns a value and numpy's more; this takes 150.

    >>> ids("C", np.array([7, 12]), 4).to_pylist()
    ['C0007', 'C0012']
    """
    n, width = len(numbers), len(prefix) + digits
    text = np.empty((n, width), np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(width - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + ord("0")
    ends = np.arange(0, (n + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(ends), pa.py_buffer(text))


def names(codes: NDArray[np.integer], values: Sequence[str] | pa.Array, unknown: Bools | None = None) -> pa.Array:
    """Return `values[codes]` as a dictionary column; null where `unknown`.

    >>> names(np.array([1, 0]), ["a", "b"], np.array([False, True])).to_pylist()
    ['b', None]
    """
    index = pa.array(codes.astype(np.int32, copy=False), mask=unknown)
    return pa.DictionaryArray.from_arrays(index, values if isinstance(values, pa.Array) else pa.array(values))


def money(cents: Ints, unknown: Bools | None = None) -> pa.Array:
    """Return cents as decimal(18, 4).

    >>> [str(amount) for amount in money(np.array([1234, -5])).to_pylist()]
    ['12.3400', '-0.0500']
    """
    units = np.asarray(cents, np.int64) * 100
    halves = np.stack([units, units >> 63], axis=1)  # a 128-bit number, little-endian: low half, then sign
    valid = None if unknown is None else pa.py_buffer(np.packbits(~unknown, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(units), [valid, pa.py_buffer(halves)])


def instants(start: date, seconds: NDArray[np.integer | np.floating], unknown: Bools | None = None) -> pa.Array:
    """Return whole seconds since the beginning of `start` as instants (UTC); null where `unknown`."""
    since = np.where(unknown, 0, seconds) if unknown is not None else seconds
    micros = (np.floor(since).astype(np.int64) + (start - _EPOCH).days * 86_400) * 1_000_000
    return pa.array(micros, mask=unknown).cast(pa.timestamp("us", tz="UTC"))


def take_ranges(starts: Ints, counts: Ints) -> Ints:
    """Return the concatenated indices of the ranges [start, start + count).

    >>> take_ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    return np.arange(counts.sum()) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
