"""Who answers: whether respondents look like the customers they stand for, and the score weighted to all of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.app.provenance import Provenance
from regulars.app.said import Said
from regulars.core.estimate import Estimate, unknown
from regulars.core.periods import day_number
from regulars.data import engine
from regulars.kpis.frame import acting
from regulars.kpis.query import Records
from regulars.stats import weighted
from regulars.stats.weighting import Balance, Weights, balance, equal, raked, trimmed

#: Raised when the method changes.
VERSION = 1
#: Days before the end within which a customer was active, to be one that respondents stand for.
DAYS = 365
#: Values that a field may have, to be told apart.
_VALUES = 30
#: Fields that are weighted by at once, the surest first.
_FIELDS = 4
_NONE = "(none)"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A score as it was given and as all customers would have given it, as far as fields tell.

    Attributes:
        plain: every answer counts the same.
        as_recorded: weighted as the records say; None where they weigh all the same.
        to_customers: weighted to the customers by the fields in which respondents differ; None where they do not.
        fields: those fields.
        effective_n: answers of equal weight that would tell as much as the weighted ones.
        design_effect: what the weights multiply the variance by.
        notes: what was collapsed, trimmed or could not be met.
    """

    plain: Estimate
    as_recorded: Estimate | None
    to_customers: Estimate | None
    fields: tuple[str, ...]
    effective_n: float | None
    design_effect: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Respondents:
    """Who answered.

    Attributes:
        customers: that respondents stand for: active in the last `DAYS` days.
        respondents: known customers among those who answered.
        balances: by field, the surest difference first.
        standing: the score, weighted.
        why_not: why nothing can be told of who answers; "" where it can.
    """

    customers: int
    respondents: int
    balances: tuple[Balance, ...]
    standing: Standing
    why_not: str = ""


def respondents(records: Records, said: Said) -> Respondents:
    """Return who answered, held against the customers that they stand for.

    Of a customer who answered several times, the latest answer counts.
    """
    provenance = Provenance(records=records, period=said.asked.period, version=str(VERSION))
    plain, recorded = _plain(said, provenance)
    latest = _latest(said)
    if not len(latest):
        standing, why = _standing(plain, recorded), "no answer names its customer"
        return Respondents(customers=0, respondents=0, balances=(), standing=standing, why_not=why)
    people = _people(records, said, records.attributes)
    own = {name: values[np.isin(people.numbers, said.customer[latest])] for name, values in people.fields.items()}
    usable = {name: values for name, values in people.fields.items() if 1 < len(set(values.tolist())) <= _VALUES}
    found = balance(
        {name: Counter(own[name].tolist()) for name in usable},
        {name: Counter(values.tolist()) for name, values in usable.items()},
        rate=records.definitions.false_discovery,
    )
    differing = tuple(one.field for one in found if one.differs)[:_FIELDS]
    return Respondents(
        customers=len(people.numbers),
        respondents=len(latest),
        balances=found,
        standing=_weighted(said, latest, people, differing, plain, recorded, provenance),
        why_not="" if usable else "no attribute of customers (`customers`) has from 2 to 30 values",
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _People:
    """Customers that respondents stand for; `numbers` ascending, `fields` by name, each shape (customers,)."""

    numbers: NDArray[np.int64]
    fields: Mapping[str, NDArray[np.str_]]


def _people(records: Records, said: Said, fields: tuple[str, ...]) -> _People:
    end = day_number(said.asked.period.end)
    people = records.tables["people"]
    if {"activity_days", "purchase_days"} & set(records.tables):
        days = acting(records.tables)
        recent = days.filter((days.day < end) & (days.day >= end - DAYS)).select("customer").distinct()
        answered = [int(number) for number in np.unique(said.customer[said.customer > 0])]
        people = people.filter(people.customer.isin(recent.customer) | people.customer.isin(answered or [0]))
    table = engine.to_arrow(people.select("customer", *fields).order_by("customer"))
    texts = {
        name: np.array([_NONE if one is None else str(one) for one in table[name].to_pylist()], dtype=np.str_)
        for name in fields
    }
    return _People(numbers=table["customer"].to_numpy().astype(np.int64), fields=texts)


def _latest(said: Said) -> NDArray[np.intp]:
    """Return the places of the latest answer of each known customer, by customer."""
    order = np.lexsort((np.arange(len(said)), said.day, said.customer))
    last = np.append(said.customer[order][1:] != said.customer[order][:-1], True) if len(order) else np.empty(0, bool)
    places = order[last]
    return np.asarray(places[said.customer[places] > 0], dtype=np.intp)


def _plain(said: Said, provenance: Provenance) -> tuple[Estimate, Estimate | None]:
    known = equal(len(said))
    plain = _score(said, np.arange(len(said)), known, provenance)
    if not said.weighted:
        return plain, None
    own = Weights(values=said.weight, margins=known.margins, targets=())
    return plain, _score(said, np.arange(len(said)), own, provenance)


def _score(said: Said, rows: NDArray[np.intp], weights: Weights, provenance: Provenance) -> Estimate:
    level = provenance.level
    if said.asked.question == "nps":
        return provenance.estimate(weighted.net_score(said.net[rows], weights, level=level), times=100)
    if not len(rows):
        return provenance.estimate(unknown("no answers", level=level))
    return provenance.estimate(weighted.share(said.good[rows].astype(np.float64), weights, level=level))


def _standing(plain: Estimate, recorded: Estimate | None) -> Standing:
    return Standing(
        plain=plain,
        as_recorded=recorded,
        to_customers=None,
        fields=(),
        effective_n=None,
        design_effect=None,
        notes=(),
    )


def _weighted(
    said: Said,
    latest: NDArray[np.intp],
    people: _People,
    differing: tuple[str, ...],
    plain: Estimate,
    recorded: Estimate | None,
    provenance: Provenance,
) -> Standing:
    if not differing:
        return _standing(plain, recorded)
    places = np.searchsorted(people.numbers, said.customer[latest])
    weights = trimmed(
        raked(
            {name: people.fields[name][places] for name in differing},
            {name: Counter(people.fields[name].tolist()) for name in differing},
        )
    )
    return Standing(
        plain=plain,
        as_recorded=recorded,
        to_customers=_score(said, latest, weights, provenance),
        fields=differing,
        effective_n=weights.effective_n,
        design_effect=weights.design_effect,
        notes=weights.notes,
    )
