"""Formulas of KPIs in words."""

import dataclasses
import inspect
import re
from typing import Any

from ibis import Deferred

from regulars.core.money import UNITS


def formula_said(formula: Any) -> str:
    """Say what a formula does, and to what: "Sum of `top` over sum of `bottom`: top = `sales.sum()`, ..."."""
    meaning = " ".join(str(inspect.getdoc(type(formula))).partition("\n\n")[0].split()).rstrip(".")
    parts = [(part.name, getattr(formula, part.name), part.default) for part in dataclasses.fields(formula)]
    said = [f"{name} = `{_expression(value)}`" for name, value, default in parts if value is not default]
    return f"{meaning}: {', '.join(said)}" if said else meaning


def _expression(value: object) -> str:
    """Write an expression over the rows as a reader would.

    >>> from ibis import _
    >>> _expression((_.discount.sum() + _["items"].sum()).nullif(0))
    '(discount.sum() + items.sum()).nullif(0)'

    Amounts and scores are stored as whole numbers of small units; a reader knows them in large ones.

    >>> _expression(_.score >= 9 * UNITS)
    'score >= 9'
    """
    if not isinstance(value, Deferred):
        return str(value)
    text = re.sub(r"(?<![\w)])_\['(\w+)'\]|(?<![\w)])_\.", lambda match: match[1] or "", repr(value))
    text = re.sub(r"<scalar\[[^>]*>", "null", re.sub(r"\.cast\('\w+'\)", "", text))
    text = re.sub(r"\b\d+\b", lambda match: _in_units(int(match[0])), text)
    return text[1:-1] if re.fullmatch(r"\([^()]*\)", text) else text


def _in_units(number: int) -> str:
    return str(number // UNITS if number and number % UNITS == 0 else number)
