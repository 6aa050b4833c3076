"""How long customers stay, by tenure and by group, and what goes along with leaving sooner or later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from regulars.core.errors import QueryError, UnknownName, nearest
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.money import UNITS
from regulars.core.periods import MONTH_DAYS, Period, day_number, day_of
from regulars.core.wording import counted
from regulars.data import engine
from regulars.data.quality.checking import Finding
from regulars.kpis.flags import flags_of
from regulars.kpis.query import Records
from regulars.models import hazards, tenure
from regulars.models.hazards import Cox
from regulars.models.tenure import LEAST, Lives, Times
from regulars.stats import survival
from regulars.stats.contrasts import Statistic
from regulars.stats.likelihood import NotFitted

#: Tenures that are shown, in months.
MONTHS = (1, 3, 6, 12, 24, 36, 48, 60, 84, 120)
#: Most groups that are told apart.
_GROUPS = 100
#: Raised when what is counted changes.
VERSION = 1


class Of(StrEnum):
    """What is followed."""

    CONTRACTS = "contracts"
    CUSTOMERS = "customers"

    @property
    def table(self) -> str:
        """The canonical table that tells it."""
        return "subscriptions" if self is Of.CONTRACTS else "orders"

    @property
    def said(self) -> str:
        """How it is counted."""
        if self is Of.CONTRACTS:
            return (
                "From the first paid day to the end of the first unbroken time under contract; who renews within "
                "`renewal_grace_days` stays. Followed up to the last day whose ends can no longer be renewed."
            )
        return (
            "From the first order to the last one before the customer fell silent for `lapse_days` for the first time; "
            "0 where no second one came in time. Followed up to the last day of whose orders it is known whether "
            "another came in time."
        )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What all numbers of an answer share.

    Attributes:
        of: what is followed.
        by: attributes that customers are split by.
        period: days of observation.
        records: what was asked.
        flags: of findings that push it one way or the other.
        level: of intervals.
    """

    of: Of
    by: tuple[str, ...]
    period: Period
    records: Records
    flags: tuple[str, ...]
    level: float

    @property
    def version(self) -> str:
        """Of the definition, with the company's parameters."""
        name = "renewal_grace_days" if self.of is Of.CONTRACTS else "lapse_days"
        return f"{VERSION} ({name}={getattr(self.records.definitions, name)})"

    def estimate(self, interval: Interval) -> Estimate:
        """Return an interval with what must travel with it."""
        small = not interval.why_not and interval.n < self.records.definitions.small_n
        flags = tuple(sorted({*self.flags, *(("small_n",) if small else ())}))
        as_of = self.records.known_at
        return Estimate(interval=interval, period=self.period, as_of=as_of, version=self.version, flags=flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The share that stays.

    Attributes:
        months: tenure.
        days: the same in days.
        at_risk: customers under observation just before it.
        stays: S(t).
    """

    months: int
    days: int
    at_risk: int
    stays: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How long the customers of a group stay.

    Attributes:
        group: values of the split by name.
        customers: how many were under observation.
        left: how many of them left.
        readable_from: tenure in days that they are taken to have reached: fewer were under observation before.
        points: shares that stay.
        median: days until half have left.
        within: days that the restricted mean counts: the longest tenure with enough under observation.
        mean: mean days as a customer within them.
        again: share of customers who come back at all after their first order; None of contracts.
        again_median: days until half of those who come back have left; None of contracts.
    """

    group: Mapping[str, Any]
    customers: int
    left: int
    readable_from: int
    points: tuple[Point, ...]
    median: Estimate
    within: int
    mean: Estimate
    again: Estimate | None = None
    again_median: Estimate | None = None


@dataclass(frozen=True, kw_only=True)
class Survived:
    """How long customers stay.

    Attributes:
        asked: what all numbers share.
        stays: of all, or of each group, the largest first.
        test: log-rank test that the groups stay equally long; None where there is none.
        tested: groups in it.
        why_not: why there is no test.
        notes: what a reader should know.
    """

    asked: Asked
    stays: tuple[Stay, ...]
    test: Statistic | None
    tested: int
    why_not: str
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What goes along with leaving sooner or later.

    Attributes:
        asked: what all numbers share.
        found: hazard ratios.
        notes: what a reader should know.
    """

    asked: Asked
    found: Cox
    notes: tuple[str, ...]


def survived(
    records: Records, *, of: str = "", by: Sequence[str] = (), level: float | None = None, findings: Sequence[Finding]
) -> Survived:
    """Return how long customers stay.

    Args:
        records: what is asked.
        of: contracts or customers; contracts where there are any and it is not said.
        by: attributes to split by.
        level: of intervals; the company's where None.
        findings: of the records.

    Raises:
        UnknownName: no such attribute.
        QueryError: there are no such records, or too many groups.
    """
    asked, times = _asked(records, of, by, level, findings)
    lives = tenure.observed(times)
    notes = _notes(times, lives, asked)
    values = {name: _values(records, name, lives) for name in by}
    groups = _groups(lives, values)
    stays = tuple(_stay(dict(zip(by, group, strict=True)), lives.taken(rows), asked) for group, rows in groups)
    test, tested, why_not = _tested([lives.taken(rows) for _group, rows in groups], records.definitions.small_n)
    return Survived(asked=asked, stays=stays, test=test, tested=tested, why_not=why_not, notes=notes)


def compared(
    records: Records, *, of: str = "", by: Sequence[str] = (), level: float | None = None, findings: Sequence[Finding]
) -> Compared:
    """Return what goes along with leaving sooner or later: hazard ratios of attributes and of how customers began.

    Args:
        records: what is asked.
        of: contracts or customers; contracts where there are any and it is not said.
        by: attributes to compare by; all where none is named.
        level: of intervals; the company's where None.
        findings: of the records.

    Raises:
        UnknownName: no such attribute.
        QueryError: there are no such records, or too few customers left.
    """
    asked, times = _asked(records, of, by or records.attributes, level, findings)
    lives = tenure.observed(times)
    if not len(lives):
        raise QueryError(f"Nothing can be compared: {_nobody(asked)}.")
    categories = {name: _values(records, name, lives) for name in asked.by}
    began, amounts = _began(records, asked.of, lives)
    design = hazards.design(lives, categories | began, amounts)
    try:
        found = hazards.cox(lives.taken(design.rows), design.terms, design.columns[design.rows], level=asked.level)
    except NotFitted as cause:
        fewer = " Name fewer attributes with `--by`." if design.terms and len(asked.by) > 1 else ""
        raise QueryError(f"Hazards cannot be compared: {cause}.{fewer}") from cause
    unsteady = [effect for effect in found.effects if effect.p_steady * len(found.effects) < 1 - asked.level]
    changing = tuple(
        f"the hazard ratio of {effect.term} changes with tenure (p = {effect.p_steady:.2g}): this is an average"
        for effect in unsteady
    )
    return Compared(asked=asked, found=found, notes=(*_notes(times, lives, asked), *design.notes, *changing))


def _asked(
    records: Records, of: str, by: Sequence[str], level: float | None, findings: Sequence[Finding]
) -> tuple[Asked, Times]:
    level = records.definitions.level if level is None else level
    if not 0 < level < 1:
        raise QueryError(f"`{level}` is no level. Write a share between 0 and 1, such as 0.95.")
    for name in by:
        if name not in records.attributes:
            raise UnknownName("attribute", name, records.attributes)
    kind = _kind(of, records)
    first, as_of = day_number(records.covered[kind.table].start), day_number(records.as_of)
    tables, definitions = records.tables, records.definitions
    if kind is Of.CONTRACTS:
        times = tenure.contract_times(tables, since=first, as_of=as_of, grace_days=definitions.renewal_grace_days)
    else:
        times = tenure.order_times(tables, since=first, as_of=as_of, lapse_days=definitions.lapse_days)
    period = Period(day_of(times.since), day_of(max(times.edge, times.since + 1)))
    found = flags_of(findings, "survival", "", frozenset({kind.table}))
    codes = tuple(sorted({flag.code for flag in found if by or not flag.divided}))
    asked = Asked(of=kind, by=tuple(by), period=period, records=records, flags=codes, level=level)
    return asked, times


def _kind(of: str, records: Records) -> Of:
    there = [kind for kind in Of if kind.table in records.covered]
    if not there:
        raise QueryError("How long customers stay is told by `subscriptions` or `orders`. Map them in `regulars.toml`.")
    if not of:
        return there[0]
    if of not in list(Of):
        raise QueryError(f"`{of}` cannot be followed.{nearest(of, list(Of))}")
    if Of(of) not in there:
        raise QueryError(f"`{of}` needs `{Of(of).table}`: there are no such records. Map them in `regulars.toml`.")
    return Of(of)


def _nobody(asked: Asked) -> str:
    return f"nobody was under observation before {asked.period.end}, the last day whose ends are known"


def _notes(times: Times, lives: Lives, asked: Asked) -> tuple[str, ...]:
    notes = [] if len(lives) else [_nobody(asked)]
    as_of = day_number(asked.records.as_of)
    young = int(((times.start >= times.edge) & (times.start < as_of)).sum())
    if young:
        notes.append(f"{counted(young, 'customer')} came from {day_of(times.edge)} on: too late to tell")
    if lives.late:
        notes.append(
            f"no end before {day_of(times.since)} is on record, where many must have been: those who had come by then, "
            f"{counted(lives.late, 'customer')}, count from that day on"
        )
    return tuple(notes)


def _values(records: Records, name: str, lives: Lives) -> np.ndarray:
    """Return an attribute of the customers of `lives`."""
    people = records.tables["people"]
    found = engine.to_arrow(people.select("customer", name).order_by("customer"))
    values = np.array(found[name].to_pylist(), dtype=object)
    return values[np.searchsorted(found["customer"].to_numpy(), lives.customer)]


def _groups(lives: Lives, values: Mapping[str, np.ndarray]) -> list[tuple[tuple[Any, ...], np.ndarray]]:
    """Return each group with its rows, the largest first.

    Raises:
        QueryError: there are too many.
    """
    if not values or not len(lives):
        return [((None,) * len(values), np.ones(len(lives), dtype=bool))]
    rows: dict[tuple[Any, ...], list[int]] = {}
    for at, group in enumerate(zip(*values.values(), strict=True)):
        rows.setdefault(group, []).append(at)
    if len(rows) > _GROUPS:
        said = " and ".join(f"`{name}`" for name in values)
        raise QueryError(f"{said} makes {len(rows):,} groups. Choose what makes at most {_GROUPS}.")
    order = sorted(rows, key=lambda group: (-len(rows[group]), [(one is None, str(one)) for one in group]))
    return [(group, np.array(rows[group])) for group in order]


def _stay(group: Mapping[str, Any], lives: Lives, asked: Asked) -> Stay:
    level, nobody = asked.level, unknown(_nobody(asked), level=asked.level)
    curve = tenure.curve_of(lives)
    first = tenure.readable_from(curve) if lives.late else 0
    if first:
        curve = tenure.curve_of(tenure.stayed(lives, first))
    longest, within = (int(curve.times[-1]), tenure.readable_until(curve)) if curve.n else (0, 0)
    early = unknown(f"fewer than {LEAST} customers were under observation so early", level=level, n=curve.n)
    few = unknown(f"fewer than {LEAST} customers were under observation after their first day", level=level, n=curve.n)
    points = []
    for months in MONTHS:
        days = round(months * MONTH_DAYS)
        if months > MONTHS[0] and days > longest:
            break
        stays = nobody if not curve.n else early if days <= first else survival.survival_at(curve, days, level=level)
        risk = tenure.at_risk(lives, days)
        points.append(Point(months=months, days=days, at_risk=risk, stays=asked.estimate(stays)))
    return Stay(
        group=group,
        customers=len(lives),
        left=lives.ends,
        readable_from=first,
        points=tuple(points),
        median=asked.estimate(survival.survival_quantile(curve, level=level) if curve.n else nobody),
        within=within,
        mean=asked.estimate(_mean(curve, within, level) if within else few),
        **({} if asked.of is Of.CONTRACTS else _again(lives, curve, first, asked)),
    )


def _again(lives: Lives, curve: survival.Curve, first: int, asked: Asked) -> dict[str, Estimate]:
    """Return who comes back at all, and how long half of those stay: where most order once, half of all leave at 0."""
    if not curve.n or first:
        why = "who ordered once before the records began is not in them" if curve.n else _nobody(asked)
        nothing = asked.estimate(unknown(why, level=asked.level, n=curve.n))
        return {"again": nothing, "again_median": nothing}
    rest = tenure.curve_of(tenure.stayed(lives, 0))
    none = unknown("nobody came back", level=asked.level)
    return {
        "again": asked.estimate(survival.survival_at(curve, 0, level=asked.level)),
        "again_median": asked.estimate(survival.survival_quantile(rest, level=asked.level) if rest.n else none),
    }


def _mean(curve: survival.Curve, within: int, level: float) -> Interval:
    if not curve.events[curve.times < within].any():  # without an end its variance would be 0
        why = f"nobody left within {within} d, the longest tenure with {LEAST} customers under observation"
        return unknown(why, level=level, n=curve.n)
    return survival.restricted_mean(curve, within, level=level)


def _tested(groups: Sequence[Lives], least: int) -> tuple[Statistic | None, int, str]:
    """Return the log-rank test of groups with enough customers, how many they are, or why there is none."""
    chosen = [lives for lives in groups if len(lives) >= least]
    if len(groups) < 2:
        return None, 0, ""
    if len(chosen) < 2:
        return None, 0, f"there is but one group of {least} customers or more" if chosen else "all groups are small"
    if not any(lives.ends for lives in chosen):
        return None, 0, "nobody left"
    return survival.log_rank([tenure.curve_of(lives) for lives in chosen]), len(chosen), ""


def _began(records: Records, of: Of, lives: Lives) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return how customers began: categories and numbers, by what they are called."""
    if of is Of.CUSTOMERS:
        found = tenure.first_sales(records.tables)
        rows = np.searchsorted(found["customer"].to_numpy(), lives.customer)
        return {}, {"first day's sales (doubled)": _doubled(found["sales"], rows, UNITS)}
    found = tenure.agreed(records.tables)
    rows = np.searchsorted(found["customer"].to_numpy(), lives.customer)
    plans = np.array(found["plan"].to_pylist(), dtype=object)[rows]
    numbers = {
        "first monthly amount (doubled)": _doubled(found["monthly"], rows, UNITS),
        "seats at the start (doubled)": _doubled(found["seats"], rows, 1),
    }
    return {"plan at the start": plans}, {name: one for name, one in numbers.items() if np.isfinite(one).any()}


def _doubled(column: Any, rows: np.ndarray, unit: int) -> np.ndarray:
    """Return the logarithm to base 2 of a positive amount; nan where it is none."""
    amounts = column.cast("float64").to_numpy(zero_copy_only=False)[rows] / unit
    return np.log2(np.where(amounts > 0, amounts, np.nan))
