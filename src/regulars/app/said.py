"""Answers to one question as arrays, one row each: what all that is made of single answers starts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.core.errors import QueryError, UnknownName
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
        low_is_easy: whether low answers to `ces` mean little effort.
    """

    asked: Asked
    customer: NDArray[np.int64]
    response: NDArray[Any]
    day: NDArray[np.int64]
    score: Floats
    weight: Floats
    least: float
    most: float
    low_is_easy: bool = False

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

    @property
    def good(self) -> NDArray[np.bool_]:
        """Whether an answer counts for the share that is the score: satisfied (top 2), easy or very disappointed."""
        if self.asked.question == "ces":
            middle = self.least + self.most
            return np.asarray(2 * self.score < middle if self.low_is_easy else 2 * self.score > middle)
        return np.asarray(self.score > self.most - (1 if self.asked.question == "pmf" else 2))


def kinds_of(records: Records, question: str) -> Mapping[str, int]:
    """Return how many answers to a question there are of each kind.

    Raises:
        UnknownName: there is no such question.
        QueryError: there are no answers to it.
    """
    if question not in USUAL:
        raise UnknownName("question", question, USUAL)
    rows = _heavy(records).filter(_.question == question)
    kinds = rows.group_by(kind=_.touchpoint.fill_null(USUAL[question])).aggregate(n=_.count())
    known = {str(row["kind"]): int(row["n"]) for row in records.run(kinds)}
    if not known:
        raise QueryError(f"There is no answer to the question `{question}`.")
    return known


def kind_of(kinds: Mapping[str, int], question: str, touchpoint: str) -> str:
    """Return of what kind the answers are that are asked about: as said, else as is usual, else of which most are.

    Raises:
        QueryError: there are none of the kind that is said.
    """
    usual = USUAL[question]
    wanted = touchpoint or (usual if usual in kinds else max(kinds, key=lambda one: kinds[one]))
    if wanted not in kinds:
        said = " and ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
        raise QueryError(f"No answer to `{question}` is {wanted}: there are {said} ones.")
    return wanted


def busiest(records: Records, touchpoint: str = "") -> str:
    """Return the question that most answers (of a kind) are given to; "" where there is none of the kind.

    Raises:
        QueryError: there are no answers.
    """
    rows = _heavy(records)
    kind = ibis.cases(*((rows.question == name, usual) for name, usual in USUAL.items()), else_="")
    counts = rows.group_by("question", kind=rows.touchpoint.fill_null(kind)).aggregate(n=_.count())
    found: dict[str, int] = {}
    for row in records.run(counts):
        if not touchpoint or row["kind"] == touchpoint:
            found[row["question"]] = found.get(row["question"], 0) + row["n"]
    if not found and not touchpoint:
        raise QueryError("There are no answers to surveys yet.")
    return max(found, key=lambda name: (found[name], name), default="")


def _heavy(records: Records) -> ir.Table:
    """Return the answers that weigh anything."""
    if "answers" not in records.tables:
        raise QueryError("There are no answers to surveys. Map `responses`; `regulars init` helps.")
    return records.tables["answers"].filter(_.weight > 0)


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
        low_is_easy=records.definitions.low_effort_is_low,
    )
