"""Which operational facts go along with what customers say: association, never effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from regulars.app.provenance import Provenance
from regulars.app.said import Asked, rows_of
from regulars.app.trying import SEED
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.money import UNITS
from regulars.core.randomness import stream
from regulars.core.wording import counted
from regulars.data import circumstances, engine
from regulars.data.driver import About, Driver
from regulars.kpis.frame import missing
from regulars.kpis.query import Records
from regulars.kpis.weighted import share_of
from regulars.stats import contrasts, importance, intervals
from regulars.stats.likelihood import NotFitted
from regulars.stats.moments import PairSums, summed
from regulars.stats.ordinal import proportional_odds
from regulars.stats.regression import least_squares

#: Raised when the method changes.
VERSION = 1
#: Facts whose shares are made of all subsets: 2^12 regressions.
MOST = 12
#: Answers below which nothing is told.
LEAST = 50
#: Share of answers without a fact up to which they are left out, and above which the fact is; in between, not to be
#: known (an order that was picked up has no delivery) is part of the fact.
_FEW, _MANY = 0.05, 0.7
#: Values of a text that are told apart, and answers that one needs.
_VALUES, _EACH = 8, 20
_OTHER = "(other)"


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """Answers where something went wrong, against those where it did not.

    Attributes:
        said: what went wrong.
        share: of answers, weighted, where it did.
        score_with: their mean score; `score_without`: that of the others; `difference` of the two.
    """

    said: str
    share: Estimate
    score_with: Estimate
    score_without: Estimate
    difference: Estimate


@dataclass(frozen=True, kw_only=True)
class Told:
    """What goes along with one fact.

    Attributes:
        driver: the fact.
        share: of the explained variation of scores (LMG), 0 .. 1.
        slope: points of score per unit, all other facts held; None of a text.
        odds: factor of the odds of a higher answer per unit (ordinal logit); None of a text.
        wrong: where it went wrong; None where nothing says what that is.
        place: in the impact-performance matrix: "fix first", "keep up", "watch" or "can wait"; "" where unknown.
    """

    driver: Driver
    share: Estimate
    slope: Estimate | None
    odds: Estimate | None
    wrong: Wrong | None
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """What goes along with answers about one sort of thing.

    Attributes:
        asked: which answers.
        about: orders or cases.
        explained: share of the variation of scores that all facts explain together (R²).
        told: facts, the most telling first.
        answers: on which it rests.
        notes: what was left out and why, and what to beware of.
        why_not: why nothing is told; "" where it is.
    """

    asked: Asked
    about: About
    explained: Estimate
    told: tuple[Told, ...]
    answers: int
    notes: tuple[str, ...]
    why_not: str = ""


_TABLES = {About.ORDER: "orders", About.CASE: "ticket_courses"}
_MADE = {About.ORDER: circumstances.orders, About.CASE: circumstances.cases}


def drivers(records: Records, declared: Mapping[str, Driver], asked: Asked) -> tuple[Drivers, ...]:
    """Return what goes along with the answers asked about: once for what is said of orders, once of cases.

    Args:
        records: what is asked.
        declared: the facts that there are.
        asked: which answers.
    """
    wanted = [about for about in About if _TABLES[about] in records.tables]
    return tuple(
        _drivers(records, [one for one in declared.values() if one.about is about], asked, about) for about in wanted
    )


def _drivers(records: Records, declared: Sequence[Driver], asked: Asked, about: About) -> Drivers:
    known, notes = _available(declared, records)
    rows = circumstances.around(
        rows_of(records, asked), _MADE[about](records.tables), about, records.definitions.about_days
    )
    rows = rows.filter(rows[f"{about}_thing"].notnull())
    table = _Facts.of(rows, known)
    provenance = Provenance(records=records, period=asked.period, version=_version(records))
    columns, left = table.columns()
    notes += left
    complete = table.complete(columns)
    kept = table.kept(complete)
    columns = {name: column[complete] for name, column in columns.items()}
    dropped = len(table.score) - len(kept.score)
    if dropped:
        notes.append(f"{counted(dropped, 'answer')} of {len(table.score):,} left out: a fact about them is not known")
    return _told(kept, columns, asked, about, provenance, notes)


def _version(records: Records) -> str:
    return f"{VERSION} (about_days={records.definitions.about_days})"


def _available(declared: Sequence[Driver], records: Records) -> tuple[list[Driver], list[str]]:
    """Return the facts whose records there are, and what others wait for."""
    lacks = {one.name: [] if records.columns is None else list(missing(one.reads, records.columns)) for one in declared}
    known = [one for one in declared if not lacks[one.name]]
    waits = [f"`{name}` needs {' and '.join(f'`{need}`' for need in needs)}" for name, needs in lacks.items() if needs]
    return known, waits


@dataclass(frozen=True, kw_only=True, eq=False)
class _Facts:
    """Facts of answers as arrays of shape (answers,)."""

    drivers: tuple[Driver, ...]
    customer: NDArray[np.int64]
    score: NDArray[np.float64]
    weight: NDArray[np.float64]
    values: Mapping[str, NDArray[Any]]
    wrong: Mapping[str, NDArray[np.float64]]
    ends: tuple[float, float]

    @classmethod
    def of(cls, rows: ir.Table, drivers: Sequence[Driver]) -> "_Facts":
        made: dict[str, ir.Value] = {}
        for one in drivers:
            value, bad = one.of(rows)
            made[one.name] = value if value.type().is_string() else value.cast("float64")
            if bad is not None:
                made[f"{one.name}!"] = bad.cast("float64")
        said = ("response_id", "customer", "score", "weight", "scale_min", "scale_max")
        own = rows.select(*said, **made).order_by("response_id", "customer")
        table = engine.to_arrow(own)
        columns = {name: table[name].to_numpy() for name in table.column_names}
        return cls(
            drivers=tuple(drivers),
            customer=columns["customer"].astype(np.int64),
            score=columns["score"] / UNITS,
            weight=columns["weight"] / UNITS,
            values={one.name: columns[one.name] for one in drivers},
            wrong={one.name: columns[f"{one.name}!"] for one in drivers if one.bad is not None},
            ends=(_end(columns["scale_min"]), _end(columns["scale_max"])),
        )

    def columns(self) -> tuple[dict[str, NDArray[np.float64]], list[str]]:
        """Return the columns of each fact that is known of enough answers, shape (answers, k), and what is left out."""
        found, notes = {}, []
        for one in self.drivers:
            values = self.values[one.name]
            if not len(values):
                continue
            text = values.dtype == object
            lacking = np.array([value is None for value in values]) if text else np.isnan(values)
            if one.otherwise is not None and not text:
                values, lacking = np.where(lacking, one.otherwise, values), np.zeros(len(values), dtype=bool)
            if lacking.mean() > _MANY:
                notes.append(f"`{one.name}` left out: it is not known of {lacking.mean():.0%} of answers")
                continue
            columns = _dummies(values, lacking) if text else values.astype(np.float64)[:, None]
            if lacking.mean() > _FEW:
                columns = np.column_stack([np.where(lacking[:, None], 0.0, columns), lacking])
                notes.append(f"`{one.name}` is not known of {lacking.mean():.0%} of answers: that is part of its share")
            if not columns.shape[1] and len({str(value) for value in values if value is not None}) > 1:
                notes.append(f"`{one.name}` left out: none of its values has {_EACH} answers")
                continue
            if not columns.shape[1] or not np.nanmax(columns, axis=0).max() > np.nanmin(columns, axis=0).min():
                notes.append(f"`{one.name}` left out: it is the same everywhere")
                continue
            found[one.name] = columns
        names = list(found)
        for name in names[MOST:]:
            notes.append(f"`{name}` left out: at most {MOST} facts are told apart")
            del found[name]
        return found, notes

    def complete(self, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Return the answers of which all facts are known."""
        known = np.ones(len(self.score), dtype=bool)
        for column in columns.values():
            known &= ~np.isnan(column).any(axis=1)
        return known

    def kept(self, rows: NDArray[np.bool_]) -> "_Facts":
        """Return some answers."""
        return replace(
            self,
            customer=self.customer[rows],
            score=self.score[rows],
            weight=self.weight[rows],
            values={name: column[rows] for name, column in self.values.items()},
            wrong={name: column[rows] for name, column in self.wrong.items()},
        )


def _end(of_scale: NDArray[Any]) -> float:
    """Return an end of the scale, in points; all answers are on one."""
    return float(of_scale[0]) / UNITS if len(of_scale) else 0.0


def _dummies(values: NDArray[Any], lacking: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return a column for each frequent value but the most frequent one; what is rare is one value."""
    texts = np.array(["" if gap else str(value) for value, gap in zip(values, lacking, strict=True)])
    seen, counts = np.unique(texts[~lacking], return_counts=True)
    order = sorted(range(len(seen)), key=lambda place: (-counts[place], seen[place]))
    frequent = [str(seen[place]) for place in order[:_VALUES] if counts[place] >= _EACH]
    merged = np.where(np.isin(texts, frequent), texts, _OTHER)
    names = [*frequent, *([_OTHER] if np.isin(_OTHER, merged[~lacking]) else [])]
    columns = np.column_stack([merged == name for name in names[1:]]) if len(names) > 1 else np.empty((len(texts), 0))
    found = columns.astype(np.float64)
    found[lacking] = np.nan
    return found


def _told(
    facts: _Facts,
    columns: Mapping[str, NDArray[np.float64]],
    asked: Asked,
    about: About,
    provenance: Provenance,
    notes: list[str],
) -> Drivers:
    n, level = len(facts.score), provenance.level
    why = ""
    if n < LEAST:
        why = f"{counted(n, 'answer')} about {about}s with known facts: it takes {LEAST}"
    elif np.ptp(facts.score) == 0:
        why = "all answers are alike"
    elif not columns:
        why = "no fact about them is known"
    if why:
        explained = provenance.estimate(unknown(why, level=level, n=n))
        return Drivers(
            asked=asked, about=about, explained=explained, told=(), answers=n, notes=tuple(notes), why_not=why
        )
    even = bool(np.ptp(facts.weight) == 0)
    found = importance.shapley(
        facts.score,
        {name: column[:, 0] if column.shape[1] == 1 else column for name, column in columns.items()},
        rng=stream(SEED, f"drivers {about}"),
        weights=None if even else facts.weight,
        clusters=facts.customer,
        level=level,
    )
    numbers = {name: columns[name][:, 0] for name in columns if facts.values[name].dtype != object}
    flat = {
        (f"{name} {place}" if place or name not in numbers else name): column[:, place]
        for name, column in columns.items()
        for place in range(column.shape[1])
    }
    slopes, odds, more = _models(facts, flat, even, level)
    halo = importance.halo(facts.score, numbers, weights=None if even else facts.weight)
    notes += more + ([halo.warning] if halo is not None and halo.warning else [])
    by_name = {one.name: one for one in facts.drivers}
    rows = [
        Told(
            driver=by_name[one.name],
            share=provenance.estimate(one.share),
            slope=provenance.estimate(slopes[one.name]) if one.name in numbers and one.name in slopes else None,
            odds=provenance.estimate(odds[one.name]) if one.name in numbers and one.name in odds else None,
            wrong=_wrong(by_name[one.name], facts, provenance),
        )
        for one in found.drivers
    ]
    rows.sort(key=lambda row: (-(row.share.interval.value or 0.0), row.driver.name))
    return Drivers(
        asked=asked,
        about=about,
        explained=provenance.estimate(found.r_squared),
        told=tuple(_placed(rows)),
        answers=n,
        notes=tuple(notes),
    )


def _models(
    facts: _Facts, flat: Mapping[str, NDArray[np.float64]], even: bool, level: float
) -> tuple[dict[str, Interval], dict[str, Interval], list[str]]:
    """Return slopes and odds ratios by column, and what could not be had."""
    slopes: dict[str, Interval] = {}
    odds: dict[str, Interval] = {}
    notes = []
    try:
        fit = least_squares(
            facts.score, flat, weights=None if even else facts.weight, clusters=facts.customer, level=level
        )
        slopes = {one.name: one.value for one in fit.coefficients}
        notes += [f"`{name}` {why}" for name, why in fit.dropped.items() if name in facts.values]
    except NotFitted as why:
        notes.append(f"no slopes: {why}")
    try:
        # Odds of the answers that there are: an ordinal model takes no survey weights.
        odds = {one.name: one.odds_ratio for one in proportional_odds(facts.score, flat, level=level).odds}
    except NotFitted as why:
        notes.append(f"no odds ratios: {why}")
    return slopes, odds, notes


def _wrong(driver: Driver, facts: _Facts, provenance: Provenance) -> Wrong | None:
    if driver.name not in facts.wrong:
        return None
    wrong, level = facts.wrong[driver.name], provenance.level
    known = ~np.isnan(wrong)
    some, bad = facts.kept(known), wrong[known] == 1
    sides = [_mean(some.kept(rows), level) for rows in (bad, ~bad)]
    share = unknown("it is not known of any answer", level=level)
    if len(bad):
        share = replace(share_of(_sums(some, bad.astype(np.float64)), len(bad), level=level), n=len(bad))
    return Wrong(
        said=driver.bad_said,
        share=provenance.estimate(share),
        score_with=provenance.estimate(sides[0]),
        score_without=provenance.estimate(sides[1]),
        difference=provenance.estimate(contrasts.difference(*sides)),
    )


def _mean(facts: _Facts, level: float) -> Interval:
    """Return the mean score, with limits on the scale."""
    found = _per_customer(facts, facts.score, level)
    if found.value is None or found.low is None or found.high is None:
        return found
    low, high = facts.ends
    return replace(found, low=max(found.low, low), high=min(found.high, high))


def _per_customer(facts: _Facts, values: NDArray[np.float64], level: float) -> Interval:
    """Return the weighted mean of values; customers, not answers, are independent."""
    found = intervals.ratio(_sums(facts, values), level=level)
    return found if found.why_not else replace(found, n=len(values))


def _sums(facts: _Facts, values: NDArray[np.float64]) -> PairSums:
    """Return the sums of weighted values and of weights, by customer."""
    _who, place = np.unique(facts.customer, return_inverse=True)
    top, bottom = (np.bincount(place, one).astype(np.float64) for one in (facts.weight * values, facts.weight))
    return summed(top, bottom)


def _placed(rows: Sequence[Told]) -> list[Told]:
    """Say where each fact stands: told by its share against an even one, done well by how rarely it goes wrong."""
    even = sum(row.share.interval.value or 0.0 for row in rows) / len(rows)
    wrong = [row.wrong.share.interval.value or 0.0 for row in rows if row.wrong is not None]
    usual = float(np.mean(wrong)) if wrong else 0.0
    found = []
    for row in rows:
        if row.wrong is None or row.share.interval.value is None:
            found.append(row)
            continue
        slope = None if row.slope is None else row.slope.interval
        # A share is never below 0: what chance may have made tells nothing.
        by_chance = (
            slope is not None and slope.low is not None and slope.high is not None and slope.low <= 0 <= slope.high
        )
        telling = row.share.interval.value >= even and not by_chance
        often = (row.wrong.share.interval.value or 0.0) >= usual
        place = ("fix first" if often else "keep up") if telling else ("watch" if often else "can wait")
        found.append(replace(row, place=place))
    return found
