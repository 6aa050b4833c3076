"""Answers to one question as arrays, one row each: what all that is made of single answers starts from."""

from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.core.errors import QueryError
from regulars.core.money import UNITS
from regulars.core.periods import Period, day_number
from regulars.data import engine
from regulars.data.answers import USUAL, one_kind
from regulars.kpis.query import Records

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which answers.

    Attributes:
        question: nps, csat, ces or pmf.
        touchpoint: relational or transactional.
        period: local days on which they were given.
    """

    question: str
    touchpoint: str
    period: Period

    def __str__(self) -> str:
        return f"{self.touchpoint} answers to `{self.question}`"


@dataclass(frozen=True, kw_only=True, eq=False)
class Said:
    """Answers; every array has shape (answers,).

    Attributes:
        asked: which.
        customer: number of the customer; below 0 of an answer without one.
        response: their ids.
        day: local day number.
        score: on the question's scale.
        weight: > 0.
        least, most: ends of the scale.
    """

    asked: Asked
    customer: NDArray[np.int64]
    response: NDArray[Any]
    day: NDArray[np.int64]
    score: Floats
    weight: Floats
    least: float
    most: float

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def weighted(self) -> bool:
        """Whether the records weigh answers differently."""
        return len(self) > 0 and bool(np.ptp(self.weight) > 0)

    @property
    def net(self) -> Floats:
        """1 for each promoter, -1 for each detractor, 0 for others: of NPS."""
        return (self.score >= 9).astype(np.float64) - (self.score <= 6)


def kind_of(records: Records, question: str, touchpoint: str) -> str:
    """Return of what kind the answers are that are asked about: as said, else as is usual, else whichever there are.

    Raises:
        QueryError: there are no answers to the question, or none of that kind.
    """
    if question not in USUAL:
        raise QueryError(f"`{question}` is no question. There are: {', '.join(f'`{one}`' for one in USUAL)}.")
    if "answers" not in records.tables:
        raise QueryError("There are no answers to surveys. Map `responses`; `regulars init` helps.")
    rows = records.tables["answers"].filter((_.question == question) & (_.weight > 0))
    kinds = rows.group_by(kind=_.touchpoint.fill_null(USUAL[question])).aggregate(n=_.count())
    known = {row["kind"]: row["n"] for row in records.run(kinds)}
    if not known:
        raise QueryError(f"There is no answer to the question `{question}`.")
    wanted = touchpoint or (USUAL[question] if USUAL[question] in known else max(known, key=lambda one: known[one]))
    if wanted not in known:
        said = " and ".join(f"{count:,} {kind}" for kind, count in sorted(known.items()))
        raise QueryError(f"No answer to `{question}` is {wanted}: there are {said} ones.")
    return wanted


def busiest(records: Records) -> str:
    """Return the question that most answers are given to.

    Raises:
        QueryError: there are no answers.
    """
    if "answers" not in records.tables:
        raise QueryError("There are no answers to surveys. Map `responses`; `regulars init` helps.")
    counts = records.run(records.tables["answers"].group_by("question").aggregate(n=_.count()))
    if not counts:
        raise QueryError("There are no answers to surveys yet.")
    return str(max(counts, key=lambda row: (row["n"], row["question"]))["question"])


def rows_of(records: Records, asked: Asked) -> ir.Table:
    """Return the answers asked about, as a table."""
    rows = one_kind(records.tables["answers"], asked.question, asked.touchpoint)
    start, end = day_number(asked.period.start), day_number(asked.period.end)
    return rows.filter((rows.day >= start) & (rows.day < end))


def said(records: Records, asked: Asked) -> Said:
    """Return the answers asked about, in a fixed order."""
    wanted = rows_of(records, asked).select(
        "customer", "response_id", "day", "score", "weight", "scale_min", "scale_max"
    )
    table = engine.to_arrow(wanted.order_by("response_id", "customer"))
    columns = {name: table[name].to_numpy() for name in table.column_names}
    ends = [float(columns[name][0]) / UNITS if len(table) else 0.0 for name in ("scale_min", "scale_max")]
    return Said(
        asked=asked,
        customer=columns["customer"].astype(np.int64),
        response=columns["response_id"],
        day=columns["day"].astype(np.int64),
        score=columns["score"] / UNITS,
        weight=columns["weight"] / UNITS,
        least=ends[0],
        most=ends[1],
    )
