"""How changes, limits and amounts are read from words."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from regulars.core.errors import QueryError
from regulars.decisions.holdout import LEAST, MOST
from regulars.kpis.query import Records
from regulars.stats.scenario import Change

_CHANGE = re.compile(r"([+-]?[0-9]{1,4}(?:\.[0-9]{1,4})?) ?(pp|points?|%)", re.ASCII)


def change(field: str, example: str) -> Callable[[str, Records], Mapping[str, Any]]:
    """Return what reads a change: in points where it ends in `pp`, in percent of itself where it ends in `%`."""

    def read(text: str, _records: Records) -> Mapping[str, Any]:
        if re.fullmatch(r"[+-]?[0-9.]+", text):
            raise QueryError(f"`{text}` after `{field}`: points or percent? Write `{text}pp`, or `{text}%` of itself.")
        if not (found := _CHANGE.fullmatch(text)):
            raise QueryError(f"`{text}` after `{field}` is no change. Write it as {example}.")
        return {field: Change(amount=float(found[1]) / 100, points=found[2] != "%")}

    return read


def numbers(field: str, example: str) -> Callable[[str, Records], Mapping[str, Any]]:
    """Return what reads two or three numbers with commas between them."""
    number = r"[+-]?[0-9]{1,3}(\.[0-9]{1,6})?"

    def read(text: str, _records: Records) -> Mapping[str, Any]:
        if not re.fullmatch(f"{number}( ?, ?{number}){{1,2}}", text):
            raise QueryError(f"`{text}` after `{field}` are no limits. Write them as `{example}`.")
        return {field: tuple(float(part) for part in text.split(","))}

    return read


def cost(text: str, _records: Records) -> Mapping[str, Any]:
    """Return what a change costs.

    Raises:
        QueryError: it is no amount of 0 or more.
    """
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text):
        raise QueryError(f"`{text}` after `cost` is no amount of 0 or more. Write it as 20000 or 99.50.")
    return {"cost": float(text)}


def amount(text: str, _records: Records) -> Mapping[str, Any]:
    """Return a budget.

    Raises:
        QueryError: it is no amount above 0.
    """
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text) or not float(text):
        raise QueryError(f"`{text}` after `budget` is no amount above 0. Write it as 25000 or 99.50.")
    return {"budget": float(text)}


def holdout(text: str, _records: Records) -> Mapping[str, Any]:
    """Return the share of an audience that is left alone.

    Raises:
        QueryError: it is no share that may be.
    """
    if not re.fullmatch(r"0?\.[0-9]{1,4}", text) or not LEAST <= float(text) <= MOST:
        raise QueryError(f"`{text}` after `holdout` is no share from {LEAST} to {MOST}, such as 0.2.")
    return {"holdout": float(text)}
