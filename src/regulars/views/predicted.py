"""Predictions as rows that go anywhere, always with their score."""

import re
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from regulars.app.foretell import Foretold
from regulars.core.errors import QueryError
from regulars.core.wording import counted
from regulars.data import engine
from regulars.kpis.kpi import Shows
from regulars.kpis.query import Records
from regulars.models.model import Kind
from regulars.views import scored, words
from regulars.views.shown import Facts, as_arrow, as_pandas, facts_html, facts_text

#: How a prediction of each kind is written.
SHOWS = {Kind.COUNT: Shows.NUMBER, Kind.AMOUNT: Shows.MONEY, Kind.PROBABILITY: Shows.SHARE}
#: Columns that only make intervals of sums.
_INNER = ("spread", "doubt_", "alive_doubt_", "past_error", "customer", "reason_", "effect_", "value_")


def checked_top(top: int | None) -> None:
    """Refuse what is no number of customers, before anything is made.

    Raises:
        QueryError: `top` is below 1.
    """
    if top is not None and top < 1:
        raise QueryError(f"`{top}` is no number of customers. Write 1 or more.")


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions of all customers, or of the `top` highest.

    Attributes:
        found: the predictions with their score.
        ids: customers' ids by number.
        said: what each feature is called, by name.
        currency: of money.
        top: how many are shown; all where None.
    """

    found: Foretold
    ids: np.ndarray
    said: Mapping[str, str]
    currency: str
    top: int | None = None

    @cached_property
    def order(self) -> np.ndarray:
        """Rows of those shown, highest first."""
        order = np.lexsort((self.found.column("customer"), -self.found.column("mean")))
        return order if self.top is None else order[: self.top]

    def __len__(self) -> int:
        return len(self.order)

    @property
    def kind(self) -> Kind:
        """What is foretold."""
        return self.found.outcome.kind

    def records(self) -> list[dict[str, Any]]:
        """Return one document: what is foretold, how well that went on the past, and the predictions."""
        return [
            {
                **scored.travels(self.found, self.currency),
                "score": scored.score_record(self.found),
                "predictions": list(self.values()),
            }
        ]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per customer for tables; each carries what says most of the score."""
        rest = {"predicts": self.found.outcome.name, **scored.columns(self.found, self.currency)}
        return [{**plain(row), **rest} for row in self.values()]

    def facts(self) -> Facts:
        """Return in a few lines what it is."""
        return (*scored.facts(self.found), ("Rows", rows_of(self)))

    def values(self) -> Iterator[dict[str, Any]]:
        """Yield the predictions, highest first."""
        yield from rows(self.found, self.order, self.ids, self.said)

    to_arrow = as_arrow
    to_pandas = as_pandas
    __repr__ = facts_text
    _repr_html_ = facts_html


def rows_of(shown: Sized) -> str:
    """Say how many customers are shown, and how to have them."""
    return f"{counted(len(shown), 'customer')}: `values()`, `records()`, `to_pandas()`"


def ids(records: Records) -> np.ndarray:
    """Return the ids of customers by number."""
    people = engine.to_arrow(records.tables["people"].select("customer", "customer_id"))
    numbers = people["customer"].to_numpy()
    found = np.full(int(numbers.max(initial=0)) + 1, "", dtype=object)
    found[numbers] = people["customer_id"].to_numpy(zero_copy_only=False)
    return found


def rows(found: Foretold, order: np.ndarray, ids: np.ndarray, said: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what is foretold of some customers: id, value, limits, what else the model says, reasons."""
    table = found.table.take(order)
    columns = {name: table[name].to_numpy() for name in table.column_names}
    more = [name for name in columns if not name.startswith(_INNER) and name not in ("mean", "low", "high")]
    reasoned = "reason_1" in columns
    for at, who in enumerate(columns["customer"]):
        row = {
            "customer_id": str(ids[who]),
            "value": float(columns["mean"][at]),
            "low": float(columns["low"][at]),
            "high": float(columns["high"][at]),
        }
        row |= {name: float(columns[name][at]) for name in more}
        yield {**row, "reasons": reasons(columns, at, found.said.columns, said)} if reasoned else row


def reasons(columns: Mapping[str, Any], at: int, names: tuple[str, ...], said: Mapping[str, str]) -> list[str]:
    """Return in words what goes along with a customer's higher probability, the most first; never its causes."""
    found = []
    for rank in range(1, 1 + sum(name.startswith("reason_") for name in columns)):
        which = int(columns[f"reason_{rank}"][at])
        if which < 0:
            continue
        name, value = names[which], float(columns[f"value_{rank}"][at])
        found.append(reason(name, value, said))
    return found


def reason(name: str, value: float, said: Mapping[str, str]) -> str:
    """Write one feature of a customer.

    >>> reason("gap", 1, {"gap": "{} days since the last order"}), reason("gap", 2, {"gap": "{} times the usual gap"})
    ('1 day since the last order', '2 times the usual gap')
    """
    text = said.get(name, f"{name} {{}}")
    if np.isnan(value):
        return "unknown: " + text.replace("{} ", "").replace("{}", "")
    return (_ONE.sub(r"{} \1", text) if value == 1 else text).format(words.value(value, Shows.NUMBER, ""))


#: A number of things, but not so many times: of one, the thing has no s.
_ONE = re.compile(r"\{\} (?!times)((?:service )?\w+)s\b")


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with lists of words as one text."""
    return {name: "; ".join(value) if isinstance(value, list) else value for name, value in row.items()}
