"""Why a KPI moved: the change of any KPI in parts that add up to it, each with its interval, and who stands out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from regulars.app import change_parts, compared_periods, explained_sums, explained_told, ranked_dimensions
from regulars.app.change_parts import Floats
from regulars.app.explained_sums import Looked, Sums
from regulars.app.explanation import NOISE, VERSION, Explanation, Named, Part
from regulars.app.measure import condition, naming
from regulars.app.part_names import name_of
from regulars.app.ranked_dimensions import Stands
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import UnknownName, Unreconciled
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.money import UNITS
from regulars.core.periods import Period
from regulars.kpis import query
from regulars.kpis.answer import Row
from regulars.kpis.cells import ENTERED
from regulars.kpis.kpi import KPI, Shows
from regulars.kpis.linear import BOTTOM, N, linear
from regulars.kpis.plan import Split
from regulars.kpis.query import Records
from regulars.kpis.sums import Mean, Ratio, Total
from regulars.kpis.timeline import Timeline
from regulars.stats import chance_part, contrasts, grouped_jackknife
from regulars.stats.grouped_jackknife import Spread
from regulars.stats.intervals import z

#: Parts must add up to the change this closely, relative to the largest number that they are made of.
EXACT = 1e-9
_OVERLAP = "What different dimensions say overlaps, as each is about all customers: it does not add up across them."


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """One question, checked."""

    kpi: KPI
    records: Records
    period: Period
    against: Period
    timelines: tuple[Timeline, Timeline]
    split: Split
    before: Row
    after: Row
    currency: str
    where: str

    @property
    def level(self) -> float:
        return self.records.definitions.level

    def estimate(self, interval: Interval) -> Estimate:
        """Return an interval with what must travel with it."""
        flags = {*self.before.estimate.flags, *self.after.estimate.flags} - {"small_n"}
        if not interval.why_not and interval.n < self.records.definitions.small_n:
            flags.add("small_n")
        return replace(
            self.after.estimate,
            interval=interval,
            version=f"{VERSION} of {self.kpi.versioned(self.records.definitions)}",
            flags=tuple(sorted(flags)),
        )

    def around(self, value: float, half: float, n: int, *, centre: float | None = None) -> Estimate:
        """Return a value with limits `half` off `centre`, or off itself."""
        middle = value if centre is None else centre
        low, high = min(value, middle - half), max(value, middle + half)
        method = grouped_jackknife.METHOD
        return self.estimate(Interval(value=value, low=low, high=high, level=self.level, method=method, n=n))


def explain(
    name: str,
    workspace: Workspace,
    opened: Opened,
    *,
    period: Period,
    against: Period,
    where: str = "",
    by: Sequence[str] = (),
) -> Explanation:
    """Return why a KPI moved.

    Args:
        name: of the KPI.
        workspace: the company.
        opened: its records.
        period: that is explained.
        against: that it is compared with; of an unfinished period, as many days of it as have passed.
        where: which customers count.
        by: what to look at: attributes of customers, columns of rows; all that there are where none is named.

    Raises:
        UnknownName: no such KPI.
        QueryError: period, condition or attributes cannot be.
        Unreconciled: parts do not add up.
    """
    if name not in workspace.kpis:
        raise UnknownName("KPI", name, workspace.kpis)
    kpi, records = workspace.kpis[name], naming(opened.records, where or None, by)
    attributes, rows = explained_sums.dimensions(records, by, kpi)
    asked, lacks = _asked(kpi, records, period, against, where, workspace.settings.company.currency)
    if lacks or asked.before.estimate.interval.why_not or asked.after.estimate.interval.why_not:
        return _told(_without_parts(asked))
    made = linear(kpi)
    if made is None:
        return _told(_unsplit(asked))
    people = records.tables["people"] if asked.split.people is None else asked.split.people
    table, known, notes = explained_sums.people(records, attributes, people)
    split = replace(asked.split, by=(*known, ENTERED), people=table)
    looked = Looked(kpi=kpi, linear=made, records=records, split=split, timelines=asked.timelines)
    singles = looked.sums([(), *((one,) for one in known)])
    stands = ranked_dimensions.stands_out(looked, singles, rows)
    return _told(_parted(asked, looked, singles, stands, notes))


def _asked(
    kpi: KPI, records: Records, period: Period, against: Period, where: str, currency: str
) -> tuple[_Asked, str]:
    """Return the question with the answers for both periods, and why there are none, or ""."""
    only = condition(where, records) if where else None
    people = records.tables["people"]
    split = Split(people=people.filter(only.holds(people)) if only else None, everyone=only is None)
    timelines = compared_periods.timelines(period, against, records, whole=kpi.frame.whole)
    lacks = query.available(kpi, records) or (only.nobody(records) if only else "")
    before, after = (
        query.valueless(kpi, one.periods[0], lacks, records) if lacks else query.figure(kpi, one, split, records)
        for one in timelines
    )
    asked = _Asked(
        kpi=kpi,
        records=records,
        period=period,
        against=against,
        timelines=timelines,
        split=split,
        before=before,
        after=after,
        currency=currency,
        where=where,
    )
    return asked, lacks


def _explanation(asked: _Asked, change: Estimate) -> Explanation:
    notes = []
    if asked.timelines[1].elapsed(0) < asked.period.days:
        notes.append(f"The period is not over: {asked.timelines[1].elapsed(0)} days of each are compared.")
    return Explanation(
        kpi=asked.kpi,
        period=asked.period,
        against=asked.against,
        before=asked.before.estimate,
        after=asked.after.estimate,
        change=change,
        notes=tuple(notes),
        currency=asked.currency,
        where=asked.where,
        scored=tuple(dict.fromkeys((*asked.after.scored, *asked.before.scored))),
    )


def _without_parts(asked: _Asked) -> Explanation:
    """Return that there is nothing to explain: one of the two periods has no value."""
    for one in (asked.after, asked.before):
        if why := one.estimate.interval.why_not:
            no_value = unknown(why, level=asked.level, n=one.estimate.interval.n)
            return replace(_explanation(asked, asked.estimate(no_value)), cannot=why)
    raise AssertionError("both have a value")


def _unsplit(asked: _Asked) -> Explanation:
    """Return the change of a KPI that is not made of sums, with its noise; the rest is one part."""
    found = contrasts.difference(asked.after.estimate.interval, asked.before.estimate.interval)
    change = asked.estimate(found)
    value, half = found.value or 0.0, ((found.high or 0.0) - (found.low or 0.0)) / 2
    chance = chance_part.noise(value, (half / z(asked.level)) ** 2) if np.isfinite(half) else value
    noise = Interval(
        value=chance, low=min(-half, chance), high=max(half, chance), level=asked.level, method=found.method, n=found.n
    )
    rest = replace(
        found,
        value=value - chance,
        low=min(found.low or 0.0, value - chance),
        high=max(found.high or 0.0, value - chance),
    )
    parts = (
        Part(name=NOISE, said="expected of chance alone", estimate=asked.estimate(noise)),
        Part(name="other", said="all else", estimate=asked.estimate(rest)),
    )
    cannot = f"{type(asked.kpi.formula).__name__} is no sum over customers, so that groups of them have no part of it"
    return replace(_explanation(asked, change), parts=parts, cannot=cannot)


def _parted(
    asked: _Asked, looked: Looked, singles: Sequence[Sums], stands: Sequence[Stands], notes: Sequence[str]
) -> Explanation:
    by = next((one.sums for one in stands if _found(one, asked) and one.sums in singles), None) or singles[0]
    left = tuple(
        {name: grouped_jackknife.left_out(one) for name, one in side.sums.items()} for side in (by.before, by.after)
    )
    split = (change_parts.of_ratio if looked.linear.ratio else change_parts.of_total)((left[0], left[1]))
    values = split.values * looked.linear.times
    kept = [at for at in range(len(split.names)) if np.any(values[:, at])] or [0]
    n = {name: side.sums[N] for name, side in (("before", by.before), ("after", by.after))}
    units = n["before"].sum(axis=(0, 2)) + n["after"].sum(axis=(0, 2))
    filled = int(((n["before"] + n["after"]).sum(axis=(1, 2)) > 0).sum())
    spread = grouped_jackknife.spread(values[:, kept], filled)
    factor = _worth(looked, by)
    parts = _parts(asked, [split.names[at] for at in kept], spread, units, by, factor)
    total = grouped_jackknife.spread(values.sum(axis=1, keepdims=True), filled)
    change = asked.around(float(total.values[0]), float(total.half_width(asked.level)[0]), int(units.sum()))
    _reconcile(asked, change, parts)
    ranked = tuple(_named(asked, looked, one, change, factor) for one in stands)
    found = _explanation(asked, change)
    overlap = (_OVERLAP,) if sum(one.found for one in ranked) > 1 else ()
    return replace(
        found,
        parts=parts,
        money=_money(change, factor),
        ranked=ranked,
        notes=(*found.notes, *notes, *overlap),
    )


def _parts(
    asked: _Asked, names: Sequence[str], spread: Spread, units: Floats, by: Sums, factor: float | None
) -> tuple[Part, ...]:
    chance, without = chance_part.without_noise(spread.values, spread.covariance)
    half = spread.half_width(asked.level)
    whole = float(np.sqrt(max(spread.covariance.sum(), 0.0))) * grouped_jackknife.quantile(spread.freedom, asked.level)
    noise = asked.around(chance, whole, int(units.sum()), centre=0.0)
    found = [Part(name=NOISE, said=SAID[NOISE], estimate=noise, money=_money(noise, factor))]
    for at, name in enumerate(names):
        n = int(units[_WHOSE[name]] if name in _WHOSE else units.sum())
        estimate = asked.around(float(without[at]), float(half[at]), n, centre=float(spread.values[at]))
        said = SAID[name] + (f" by {by.by[0].replace('_', ' ')}" if name == "mix" and by.by else "")
        found.append(Part(name=name, said=said, estimate=estimate, money=_money(estimate, factor)))
    return tuple(found)


#: What parts are, in words.
SAID = {
    NOISE: "expected of chance alone",
    "new": "customers who entered in the period, against those of the period before",
    "nameless": "orders that name no customer",
    "customers": "how many existing customers",
    "mix": "who they are",
    "frequency": "how often existing customers order",
    "order_value": "how much they order",
    "kept": "what is left of sales: returns, and costs where they count",
    "rate": "how much each existing customer counts",
    "new_existing": "share of new customers among all",
    "rate_existing": "among existing customers",
    "rate_new": "among new customers",
    "rate_nameless": "where no customer is known",
    "promoters": "share of promoters",
    "detractors": "share of detractors",
}
_WHOSE = {"customers": 0, "frequency": 0, "order_value": 0, "kept": 0, "rate": 0, "rate_existing": 0, "new": 1}
_WHOSE |= {"rate_new": 1, "nameless": 2, "rate_nameless": 2}


def _worth(looked: Looked, by: Sums) -> float | None:
    """Return what one unit of the KPI is worth: 1 of money; of a ratio of money, the mean of what it is divided by."""
    kpi = looked.kpi
    if isinstance(kpi.formula, Total):
        return 1.0 if kpi.shows is Shows.MONEY else None
    part = {Ratio: "a", Mean: "x"}.get(type(kpi.formula))
    if part is None or name_of(kpi, part, main=True).shows is not Shows.MONEY:
        return None
    below = (by.before.sums[BOTTOM].sum() + by.after.sums[BOTTOM].sum()) / 2
    return float(below / abs(looked.linear.times) / UNITS)


def _money(one: Estimate, factor: float | None) -> Estimate | None:
    if factor is None:
        return None
    found = one.interval
    if found.value is None or found.low is None or found.high is None:
        return None
    return replace(
        one, interval=replace(found, value=found.value * factor, low=found.low * factor, high=found.high * factor)
    )


def _found(one: Stands, asked: _Asked) -> bool:
    return one.ranked.q <= asked.records.definitions.false_discovery


def _named(asked: _Asked, looked: Looked, one: Stands, change: Estimate, factor: float | None) -> Named:
    times, ranked = looked.linear.times, one.ranked
    values, half = one.spread.values * times, one.spread.half_width(asked.level) * abs(times)
    each = [asked.around(float(value), float(by), one.units) for value, by in zip(values, half, strict=True)]
    limits = change.interval
    near = limits.low is None or limits.high is None or limits.low <= 0 <= limits.high
    keys = [None if text == "(none)" else text for place in ranked.places for text in ranked.dimension.values[place]]
    width = len(ranked.dimension.name)
    return Named(
        by=ranked.dimension.name,
        values=tuple(tuple(keys[at : at + width]) for at in range(0, len(keys), width)),
        contribution=each[0],
        excess=each[1],
        mix=each[2] if len(each) > 2 else None,
        rate=each[3] if len(each) > 2 else None,
        money=_money(each[0], factor),
        power=None if near else ranked.power,
        surprise=ranked.surprise,
        evidence=ranked.evidence,
        q=ranked.q,
        found=_found(one, asked),
        moved=explained_told.moved(one.moved, asked.kpi, up=one.up) if one.moved else "",
    )


def _reconcile(asked: _Asked, change: Estimate, parts: Sequence[Part]) -> None:
    """Check that parts add up to the change, and that it is what both answers say."""
    before, after = asked.before.estimate.interval.value or 0.0, asked.after.estimate.interval.value or 0.0
    total = sum(one.estimate.interval.value or 0.0 for one in parts)
    sizes = [abs(one.estimate.interval.value or 0.0) for one in parts]
    most = EXACT * max(abs(before), abs(after), *sizes, 1e-300)
    for one in (total, change.interval.value or 0.0):
        if abs(one - (after - before)) > most:
            raise Unreconciled(
                f"The change of `{asked.kpi.name}` from `{asked.against}` to `{asked.period}` does not add up: its "
                f"parts come to {one!r}, the answers differ by {after - before!r}. Please report it."
            )


def _told(found: Explanation) -> Explanation:
    return replace(found, sentence=explained_told.sentence(found))
