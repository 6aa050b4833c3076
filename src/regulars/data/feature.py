"""Features: what is known of each customer on a day, as numbers that models learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import Deferred, _
from numpy.typing import NDArray

from regulars.core.errors import RegularsError, UnknownName
from regulars.core.registry import failing
from regulars.data import building, engine

#: Single precision: of a million customers, a feature takes 4 MB.
Floats = NDArray[np.float32]

#: The tables of a snapshot that have days, whatever a company's records hold.
FACTS = tuple(name for name in building.NAMES if name not in {"people", *building.HINDSIGHT})


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One number of each customer, as of a day.

    Attributes:
        name: stable snake_case key.
        said: what a value means in words, `{}` standing for the number: "{} days since the last order".
        fact: the table of a snapshot that it is made of.
        formula: what a customer's rows amount to; beside the columns of the fact they have `ago`, days before as-of: 1
            is the day before it. Missing where the formula gives null.
        otherwise: of a customer without a row; missing where None.
        actionable: whether a company can do something about it.
        risk: 1 where more of it can only go along with leaving, -1 with staying; 0 where that is not known beforehand.
            Those with a sign make the health score.
        version: raised when the meaning changes.
        file: where it stands, of a company's own; the workspace says it.

    Raises:
        UnknownName: there is no such fact in Regulars.
    """

    name: str
    said: str
    fact: str
    formula: Deferred
    otherwise: float | None = None
    actionable: bool = True
    risk: int = 0
    version: int = 1
    # No part of what it means: a workspace may be moved.
    file: Path | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.fact not in FACTS:
            raise UnknownName("fact", self.fact, FACTS)


def computed(features: Sequence[Feature], tables: Mapping[str, ir.Table], day: int, most: int) -> Mapping[str, Floats]:
    """Return the features whose facts there are, each with a number for every customer; nan where missing.

    One pass over each fact, whatever the number of features.

    Args:
        features: which.
        tables: facts by name, as they were known before `day`.
        day: as a day number.
        most: the highest number of a customer; each feature has `most` + 1 numbers.

    Raises:
        FaultyDeclaration: one that is a company's own cannot be computed.
    """
    found: dict[str, Floats] = {}
    for fact in dict.fromkeys(feature.fact for feature in features):
        if fact in tables:
            found |= _of_fact([feature for feature in features if feature.fact == fact], tables[fact], day, most)
    return found


def _of_fact(features: Sequence[Feature], rows: ir.Table, day: int, most: int) -> Mapping[str, Floats]:
    try:
        return _numbers(features, rows, day, most)
    except RegularsError:
        raise
    except Exception:
        # They are computed together: which one fails is seen by trying each of the company's own alone.
        for one in features:
            if one.file is not None:
                _tried(one, one.file, rows, day, most)
        raise


def _tried(feature: Feature, file: Path, rows: ir.Table, day: int, most: int) -> None:
    try:
        _numbers([feature], rows, day, most)
    except Exception as cause:
        raise failing(file, feature.name, cause) from cause


def _numbers(features: Sequence[Feature], rows: ir.Table, day: int, most: int) -> Mapping[str, Floats]:
    begin = "day" if "day" in rows.columns else "start_day"
    # Somebody may have a service case who has not come as a customer, and have a higher number than all who have.
    aged = rows.filter(_.customer <= most).mutate(ago=(day - _[begin]).cast("int32"))
    sums = aged.group_by("customer").aggregate(**{one.name: one.formula for one in features})
    table = engine.to_arrow(sums.select("customer", **{one.name: _[one.name].cast("float64") for one in features}))
    who = table["customer"].to_numpy()
    found = {}
    for one in features:
        values = np.full(most + 1, np.nan if one.otherwise is None else one.otherwise, dtype=np.float32)
        values[who] = table[one.name].to_numpy()
        found[one.name] = values
    return found


def within(days: int, value: Deferred) -> Deferred:
    """Return the sum of `value` over the last `days` days."""
    return ibis.ifelse(_.ago <= days, value, 0).sum()


def counted(condition: Deferred) -> Deferred:
    """Return how many rows fulfil `condition`."""
    return ibis.ifelse(condition, 1, 0).sum()
