"""Strict readers of one text: the value, NULL where the text is not one, and why.

A text either is a value, exactly as one would write it, or it is not: nothing is guessed, cut or rounded on the way.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from regulars.data import engine
from regulars.data.language import instants
from regulars.data.language.functions import shape
from regulars.data.language.operations import HALF, MONEY, WIDE, where
from regulars.data.tables import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a source writes its values.

    Attributes:
        null: texts that mean "no value".
        decimal: the decimal sign.
        thousands: what groups three digits; empty where nothing may.
        time_zone: of instants that say no offset (IANA name).
        money_decimals: most decimals of an amount that is mapped directly, 0 to 4.
    """

    null: tuple[str, ...] = ("",)
    decimal: str = "."
    thousands: str = ""
    time_zone: str = "UTC"
    money_decimals: int = 2


#: Reasons and conditions, looked at only where there is a text and no value: the first that holds is the reason.
Why: TypeAlias = Sequence[tuple[str, ir.BooleanValue | None]]
Reader: TypeAlias = Callable[[ir.StringValue, Reading], tuple[ir.Value, Why]]


def _is(text: ir.StringValue, pattern: str) -> ir.BooleanValue:
    return engine.regexp_full_match(text, pattern)


def _shape(rules: Reading, decimals: int | None) -> str:
    """Return the pattern of a number with at most so many decimals (None: any)."""
    grouped = f"[0-9]{{1,3}}(?:{re.escape(rules.thousands)}[0-9]{{3}})+"
    whole = f"(?:{grouped}|[0-9]+)" if rules.thousands else "[0-9]+"
    most = "" if decimals is None else decimals
    return f"[+-]?{whole}" + ("" if decimals == 0 else f"(?:{re.escape(rules.decimal)}[0-9]{{1,{most}}})?")


def _plain(text: ir.StringValue, rules: Reading) -> ir.StringValue:
    """Return a number's text as the engine writes it."""
    bare = text.replace(rules.thousands, "") if rules.thousands else text
    return bare if rules.decimal == "." else bare.replace(rules.decimal, ".")


def _exact(decimals: int) -> Reader:
    """Return the reader of numbers with at most so many decimals, as decimal(18,4)."""

    def read(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
        value = where(_is(text, _shape(rules, decimals)), _plain(text, rules)).try_cast(MONEY)
        return value, (
            ("not_a_number", ~_is(text, _shape(rules, None))),
            ("too_many_decimals", ~_is(text, _shape(rules, decimals))),
            ("number_out_of_range", None),
        )

    return read


def _money(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
    return _exact(rules.money_decimals)(text, rules)


def _integer(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
    value = where(_is(text, _shape(rules, 0)), _plain(text, rules)).try_cast("int64")
    return value, (
        ("not_a_number", ~_is(text, _shape(rules, None))),
        ("not_an_integer", ~_is(text, _shape(rules, 0))),
        ("number_out_of_range", None),
    )


def read_number(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
    """Read a number within an expression: up to 14 digits, and decimals beyond 8 rounded half away from zero."""
    # Reading a text into 128 bits costs 10 microseconds, 200 times what 64 bits cost: only where it must be.
    value = engine.once(
        where(_is(text, _shape(rules, None)), _plain(text, rules)),
        lambda number: ibis.coalesce(number.try_cast(HALF).cast(WIDE), number.try_cast("decimal(22, 8)").cast(WIDE)),
    )
    return value, (("not_a_number", ~_is(text, _shape(rules, None))), ("number_out_of_range", None))


def _instant(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
    possible = _is(text, instants.ISO_INSTANT) & text.left(10).try_cast("date").notnull()
    return instants.read_iso(text, instants.zone(rules.time_zone)), (
        ("date_out_of_range", possible & ~_is(text.left(10), instants.believed(instants.ISO_DATE))),
        ("local_time_gap", possible & instants.in_gap(text)),
        ("not_an_instant", None),
    )


def _date(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
    value = where(_is(text, instants.believed(instants.ISO_DATE)), text).try_cast("date")
    unbelieved = _is(text, instants.ISO_DATE) & text.try_cast("date").notnull()
    return value, (("date_out_of_range", unbelieved), ("not_a_date", None))


def _boolean(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
    word = text.lower()
    yes, no = word.isin(("true", "1", "yes", "t", "y")), word.isin(("false", "0", "no", "f", "n"))
    return ibis.cases((yes, True), (no, False), else_=ibis.null("boolean")), (("not_a_boolean", None),)


STORED: Mapping[Kind, Reader] = MappingProxyType(
    {
        Kind.INTEGER: _integer,
        Kind.NUMBER: _exact(4),
        Kind.MONEY: _money,
        Kind.INSTANT: _instant,
        Kind.DATE: _date,
        Kind.BOOLEAN: _boolean,
    }
)


# Readers of the functions that read texts, made from their written-out arguments.


def _by_format(form: str) -> Reader:
    def read(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
        place = instants.zone(rules.time_zone)
        value = instants.read_format(text, form, shape(form), place)
        possible = engine.try_strptime(text, form).notnull() if "%z" not in form else ibis.literal(False)
        return value, (
            ("date_out_of_range", possible & ~_is(text, shape(form)) & _is(text, shape(form, any_year=True))),
            ("local_time_gap", possible & _is(text, shape(form))),
            ("not_an_instant", None),
        )

    return read


def _date_by_format(form: str) -> Reader:
    def read(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
        day = engine.try_strptime(text, form).date()
        value = where(_is(text, shape(form)), day)
        unbelieved = _is(text, shape(form, any_year=True)) & day.notnull()
        return value, (("date_out_of_range", unbelieved), ("not_a_date", None))

    return read


def _by_epoch(unit: int, decimals: int) -> Reader:
    """Return the reader of counts of `unit` microseconds since 1970."""

    def read(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, Why]:
        number = where(_is(text, _shape(Reading(), decimals)), text)
        first, last = (f"{(date(year, 1, 1) - date(1970, 1, 1)).days * 86_400_000_000}" for year in instants.YEARS)
        # Whole and decimal places apart: 64 bits hold either, and not both together.
        whole = number.split(".")[0].try_cast("int64")
        places = ("0" + number.re_extract(r"(\.[0-9]+)$", 1)).try_cast("decimal(7, 6)") * unit
        rest = ibis.ifelse(number.startswith("-"), -places, places).cast("int64") if decimals else ibis.literal(0)
        sane = whole.between(int(first) // unit - 1, int(last) // unit + 1)
        micros = where(sane, whole) * unit + rest
        value = engine.stamp(where(micros.between(int(first), int(last) - 1), micros))
        return value, (("not_an_instant", ~_is(text, _shape(Reading(), decimals))), ("date_out_of_range", None))

    return read


READING: Mapping[str, Callable[..., Reader]] = MappingProxyType(
    {
        "number": lambda: read_number,
        "integer": lambda: _integer,
        "datetime": _by_format,
        "date": _date_by_format,
        "epoch_seconds": lambda: _by_epoch(1_000_000, 6),
        "epoch_millis": lambda: _by_epoch(1_000, 0),
    }
)
