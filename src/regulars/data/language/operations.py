"""What the functions and operators of the mapping language do, in the engine's terms.

None of it raises: what has no room is NULL. Numbers are decimals with 8 places. 128 bits divide slowly (2
microseconds), and to lose places is to divide: 64 bits come first wherever they suffice.
"""

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from regulars.data import engine

#: Numbers within expressions.
WIDE = "decimal(30, 8)"
#: The same places in 64 bits.
HALF = "decimal(18, 8)"
#: Numbers and money as they are stored.
MONEY = "decimal(18, 4)"
_ROOMY = "decimal(19, 4)"  # TRICKY: what two decimals of 18 digits give has 18 digits too, and raises beyond them


def where(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
    """Return `value` where the condition holds, else NULL."""
    return ibis.ifelse(condition, value, ibis.null(value.type()))


PLAIN: Mapping[str, Callable[..., ir.Value]] = MappingProxyType(
    {
        "concat": lambda first, *rest: first.concat(*rest),
        "lower": lambda text: text.lower(),
        "upper": lambda text: text.upper(),
        "trim": lambda text: text.strip(),
        "trim_prefix": lambda text, part: ibis.ifelse(text.startswith(part), text.substr(part.length()), text),
        "trim_suffix": lambda text, part: ibis.ifelse(
            text.endswith(part), text.left(text.length() - part.length()), text
        ),
        "left": lambda text, count: text.left(int(count)),
        "right": lambda text, count: text.right(int(count)),
        "replace": lambda text, old, new: text.replace(old, new),
        "split_part": lambda text, separator, position: engine.split_part(text, separator, int(position)),
        "starts_with": lambda text, part: text.startswith(part),
        "ends_with": lambda text, part: text.endswith(part),
        "contains": lambda text, part: text.contains(part),
    }
)

COMPARE: Mapping[str, Callable[[ir.Value, ir.Value], ir.BooleanValue]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)


def rounded(number: ir.DecimalValue, dtype: str) -> ir.Value:
    """Return `number` in another type, half away from zero, NULL where it has no room."""
    return engine.once(number, lambda it: ibis.coalesce(it.try_cast(HALF).try_cast(dtype), it.try_cast(dtype)))


def _short(number: ir.DecimalValue) -> ir.DecimalValue:
    """Return `number` with 4 decimals where it has no more, else NULL."""
    short = number.try_cast(HALF).try_cast(MONEY)
    return where(short.cast(WIDE) == number, short)


def _settle(number: ir.DecimalValue, dtype: str) -> ir.DecimalValue:
    # TRICKY: Ibis takes the type of one side for the type of the whole, and would leave out the cast back.
    return number.cast(dtype).try_cast(WIDE)


def _product(left: ir.DecimalValue, right: ir.DecimalValue) -> ir.DecimalValue:
    def multiply(one: ir.DecimalValue, other: ir.DecimalValue) -> ir.DecimalValue:
        exact = _settle(_short(one).cast(_ROOMY) * _short(other), "decimal(37, 8)")  # no place is lost
        estimate = (one.cast("float64") * other.cast("float64")).abs()
        return ibis.coalesce(exact, _settle(where(estimate < 1e21, one * other), "decimal(38, 16)"))

    return engine.once(left, lambda one: engine.once(right, lambda other: multiply(one, other)))


ARITHMETIC: Mapping[str, Callable[[ir.DecimalValue, ir.DecimalValue], ir.DecimalValue]] = MappingProxyType(
    {
        "+": lambda left, right: _settle(left + right, "decimal(38, 8)"),
        "-": lambda left, right: _settle(left - right, "decimal(38, 8)"),
        "*": _product,
        "/": lambda left, right: (left.cast("float64") / right.cast("float64").nullif(0.0)).try_cast(WIDE),
    }
)
