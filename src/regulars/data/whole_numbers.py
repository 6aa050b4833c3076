"""Sums of whole numbers in an engine: they neither overflow nor depend on the order of rows, and cost little."""

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from regulars.data.engine import WIDE

#: Third-order products above this, which 128 bits cannot add up, are counted in units of so many.
_LARGE, _COARSE = 1e31, 1e20


def narrow(value: ir.Value) -> ir.Value:
    """Return a whole number in the 64 bits that Ibis takes it to have; other values as they are.

    Engines add up in 128 bits or in decimals, and then all that follows would cost several times as much.
    """
    # TRICKY: `cast` would see nothing to do.
    return ops.Cast(value, to=dt.int64).to_expr() if value.type() == dt.int64 else value


def square(x: Any, y: Any = None) -> Any:
    """Return Σxy, exactly: 64-bit products would overflow on money."""
    wide = x.cast(WIDE)
    return (wide * (wide if y is None else y.cast(WIDE))).cast(WIDE).sum()


def cube(x: Any, y: Any, z: Any) -> Any:
    """Return Σxyz to 12 digits at least; exact products would not fit 128 bits, so each is taken in floating point.

    What is added up are whole numbers all the same, so that the sum does not depend on their order.
    """
    product = x.cast("float64") * y.cast("float64") * z.cast("float64")
    fits = product.abs() < _LARGE
    small = ibis.ifelse(fits, product, 0.0).cast(WIDE).sum().cast("float64")
    large = ibis.ifelse(fits, ibis.null("float64"), product / _COARSE).cast(WIDE).sum().cast("float64")
    return small + large.fill_null(0.0) * _COARSE


def moments(x: Any) -> dict[str, Any]:
    """Return n, Σx, Σx² and Σx³ over rows where `x` is not null."""
    return {"n": x.count(), "x": x.sum(), "xx": square(x), "xxx": cube(x, x, x)}


def pair_moments(a: Any, b: Any) -> dict[str, Any]:
    """Return n, the sums of `a` and `b` and of their products up to the third order; null together or not at all."""
    sums = {"n": b.count(), "a": a.sum(), "b": b.sum(), "aa": square(a), "ab": square(a, b), "bb": square(b)}
    return sums | {"aaa": cube(a, a, a), "aab": cube(a, a, b), "abb": cube(a, b, b), "bbb": cube(b, b, b)}
