"""Why a KPI moved: the change of any KPI in parts that add up to it, each with its interval, and who stands out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from regulars.app import (
    change_parts,
    explained_question,
    explained_sums,
    explained_told,
    known_then,
    mrr_parts,
    ranked_dimensions,
    reevaluated,
)
from regulars.app.change_parts import Floats
from regulars.app.change_parts import Split as Parts
from regulars.app.explained_question import Question
from regulars.app.explained_sums import Looked, Sums
from regulars.app.explanation import DATA, DEFINITION, NOISE, Explanation, Named, Part
from regulars.app.part_names import name_of
from regulars.app.provenance import scaled
from regulars.app.ranked_dimensions import Stands
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import Unreconciled
from regulars.core.estimate import Estimate, unknown
from regulars.core.money import UNITS
from regulars.core.periods import Period
from regulars.core.wording import counted
from regulars.kpis.cells import ENTERED, GROUPS
from regulars.kpis.kpi import Shows
from regulars.kpis.linear import BOTTOM, N, linear
from regulars.kpis.plan import Split
from regulars.kpis.query import Records
from regulars.kpis.sums import Mean, Ratio, Total
from regulars.stats import chance_part, contrasts, grouped_jackknife
from regulars.stats.grouped_jackknife import Spread
from regulars.stats.intervals import z

#: Parts must add up to the change this closely, relative to the largest number that they are made of.
EXACT = 1e-9
_OVERLAP = "What different dimensions say overlaps, as each is about all customers: it does not add up across them."


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
    asked = explained_question.question(name, workspace, opened, period=period, against=against, where=where, by=by)
    kpi, records = asked.kpi, asked.records
    attributes, rows = explained_sums.dimensions(records, by, kpi)
    if asked.lacking:
        return _told(_without_parts(asked))
    people = records.tables["people"] if asked.split.people is None else asked.split.people
    late = known_then.records_then(kpi, workspace, opened, records, asked.timelines)
    made = linear(kpi)
    if made is None:
        return _told(_again(asked, replace(asked.split, by=(ENTERED,), people=people), late))
    table, known, notes = explained_sums.people(records, attributes, people)
    looked = Looked(
        kpi=kpi,
        linear=made,
        records=records,
        split=replace(asked.split, by=(*known, ENTERED), people=table),
        timelines=asked.timelines,
        records_before=None if late is None else late[0],
        new=asked.new,
    )
    sets = [(), *((one,) for one in known)]
    singles = looked.sums(sets)
    if late is not None and made.ratio and not singles[0].before.sums[BOTTOM].any():
        # What was known as soon is a ratio of nothing, which has no value to set late records against.
        late, looked = None, replace(looked, records_before=None)
        singles = looked.sums(sets)
    stands = ranked_dimensions.stands_out(looked, singles, rows)
    return _told(_summed(asked, looked, singles, stands, late, notes))


def _without_parts(asked: Question) -> Explanation:
    """Return that there is nothing to explain: one of the two periods has no value."""
    for one in (asked.after, asked.before):
        if why := one.estimate.interval.why_not:
            no_value = unknown(why, level=asked.level, n=one.estimate.interval.n)
            return replace(asked.explanation(asked.estimate(no_value)), cannot=why)
    raise AssertionError("both have a value")


def _unsplit(asked: Question, cannot: str) -> Explanation:
    """Return the change of a KPI that cannot be split by customers, with its noise; the rest is one part."""
    found = contrasts.difference(asked.after.estimate.interval, asked.before.estimate.interval)
    value, half = found.value or 0.0, ((found.high or 0.0) - (found.low or 0.0)) / 2
    chance = chance_part.noise(value, (half / z(asked.level)) ** 2) if np.isfinite(half) else value
    noise = replace(found, value=chance, low=min(-half, chance), high=max(half, chance))
    rest = replace(found, value=value - chance, low=min(found.low or 0.0, value - chance))
    rest = replace(rest, high=max(found.high or 0.0, value - chance))
    parts = tuple(
        Part(name=name, said=SAID[name], estimate=asked.estimate(one))
        for name, one in ((NOISE, noise), ("other", rest))
    )
    return replace(asked.explanation(asked.estimate(found)), parts=parts, cannot=cannot)


def _again(asked: Question, split: Split, late: tuple[Records, int] | None) -> Explanation:
    """Return the change of a KPI that is no sum, worked out again by who customers are."""
    if why := reevaluated.cannot(asked.kpi):
        return _unsplit(asked, why)
    kpi, timelines = asked.kpi, asked.timelines
    known = asked.records if late is None else late[0]
    found = reevaluated.again(kpi, known, asked.records, split, timelines, new=asked.new)
    own = found.parts()
    if own is None:
        return _unsplit(asked, reevaluated.TOO_FEW)

    def before(records: Records) -> Floats:
        return found.replicates(reevaluated.of(kpi, records, split, timelines[0], new=asked.new))

    besides = _besides(asked, late, before)
    if not np.isfinite(besides.values).all():
        return _unsplit(asked, reevaluated.TOO_FEW)
    n = asked.before.estimate.interval.n + asked.after.estimate.interval.n
    spread, names = _spread((own, besides), found.units)
    change, parts = _reconciled(asked, names, spread, np.array([n]), None)
    return replace(asked.explanation(change), parts=parts, notes=(*asked.explanation(change).notes, *_late(late)))


def _late(late: tuple[Records, int] | None) -> tuple[str, ...]:
    if late is None:
        return ()
    rows = counted(late[1], "record")
    return (f"{rows} of the earlier period came later than those of this one could have: they are the part `data`.",)


def _besides(asked: Question, late: tuple[Records, int] | None, before: Callable[[Records], Floats]) -> Parts:
    """Return what late records and another definition add; `before` is the value of the earlier period of records."""
    found: dict[str, Floats] = {}
    if late is not None or asked.old is not None:
        now = before(asked.records)
        if late is not None:
            found[DATA] = before(late[0]) - now
        if asked.old is not None:
            found[DEFINITION] = now - before(asked.old)
    values = np.column_stack(list(found.values())) if found else np.zeros((GROUPS + 1, 0))
    return Parts(names=tuple(found), values=values)


def _summed(
    asked: Question,
    looked: Looked,
    singles: Sequence[Sums],
    stands: Sequence[Stands],
    late: tuple[Records, int] | None,
    notes: Sequence[str],
) -> Explanation:
    """Return the change of a KPI that is made of sums."""
    by = next((one.sums for one in stands if _found(one, asked) and one.sums in singles), None) or singles[0]
    n = by.before.sums[N] + by.after.sums[N]
    spread, names = _spread(
        (_own(looked, by), _besides(asked, late, partial(_before, looked))), int((n.sum(axis=(1, 2)) > 0).sum())
    )
    factor = _worth(looked, by)
    change, parts = _reconciled(asked, names, spread, n.sum(axis=(0, 2)), factor, by=by)
    moved = mrr_parts.told(asked) if mrr_parts.applies(asked.kpi) and late is None and asked.old is None else None
    chance: tuple[str, ...] = ()
    if moved is not None:
        chance = (explained_told.chance(parts[0], asked.kpi, asked.currency),)
        change, parts = moved[0], tuple(replace(one, money=_money(one.estimate, factor)) for one in moved[1])
        _reconcile(asked, change, parts)
    ranked = tuple(_named(asked, looked, one, change, factor) for one in stands)
    found = asked.explanation(change)
    overlap = (_OVERLAP,) if sum(one.found for one in ranked) > 1 else ()
    return replace(
        found,
        parts=parts,
        money=_money(change, factor),
        ranked=ranked,
        notes=(*found.notes, *chance, *_late(late), *notes, *overlap),
    )


def _own(looked: Looked, by: Sums) -> Parts:
    """Return what customers add to the change, in the KPI's unit."""
    before, after = (
        {name: grouped_jackknife.left_out(one) for name, one in side.sums.items()} for side in (by.before, by.after)
    )
    found = (change_parts.of_ratio if looked.linear.ratio else change_parts.of_total)((before, after))
    return replace(found, values=found.values * looked.linear.times)


def _before(looked: Looked, records: Records) -> Floats:
    """Return the value of the earlier period of some records, on all customers and without each group of chance."""
    (found,) = replace(looked, records_before=records).sums([()])
    sums = {name: grouped_jackknife.left_out(one).sum(axis=(1, 2)) for name, one in found.before.sums.items()}
    return looked.linear.value(sums)


def _spread(found: Sequence[Parts], filled: int) -> tuple[Spread, list[str]]:
    """Return all parts that are not 0 everywhere, with their covariance, and their names."""
    names = [name for one in found for name in one.names]
    values = np.concatenate([one.values for one in found], axis=1)
    kept = [at for at in range(len(names)) if np.any(values[:, at])] or [0]
    return grouped_jackknife.spread(values[:, kept], filled), [names[at] for at in kept]


def _reconciled(
    asked: Question,
    names: Sequence[str],
    spread: Spread,
    units: Floats,
    factor: float | None,
    *,
    by: Sums | None = None,
) -> tuple[Estimate, tuple[Part, ...]]:
    """Return the change and its parts, checked to add up."""
    error = float(np.sqrt(max(spread.covariance.sum(), 0.0))) * grouped_jackknife.quantile(spread.freedom, asked.level)
    change = asked.around(float(spread.values.sum()), error, int(units.sum()))
    parts = _parts(asked, names, spread, units, by, factor)
    _reconcile(asked, change, parts)
    return change, parts


def _parts(
    asked: Question, names: Sequence[str], spread: Spread, units: Floats, by: Sums | None, factor: float | None
) -> tuple[Part, ...]:
    chance, without = chance_part.without_noise(spread.values, spread.covariance)
    half = spread.half_width(asked.level)
    whole = float(np.sqrt(max(spread.covariance.sum(), 0.0))) * grouped_jackknife.quantile(spread.freedom, asked.level)
    noise = asked.around(chance, whole, int(units.sum()), centre=0.0)
    found = [Part(name=NOISE, said=SAID[NOISE], estimate=noise, money=_money(noise, factor))]
    for at, name in enumerate(names):
        n = int(units[_WHOSE[name]] if name in _WHOSE and len(units) > 1 else units.sum())
        estimate = asked.around(float(without[at]), float(half[at]), n, centre=float(spread.values[at]))
        said = SAID[name] + (f" by {by.by[0].replace('_', ' ')}" if name == "mix" and by is not None and by.by else "")
        found.append(Part(name=name, said=said, estimate=estimate, money=_money(estimate, factor)))
    return tuple(found)


#: What parts are, in words.
SAID = {
    NOISE: "expected of chance alone",
    "new": "customers who are new in the period, against those who were new in the one before",
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
    "all_existing": "existing customers",
    "all_new": "customers who are new in the period, against those who were new in the one before",
    "all_nameless": "where no customer is known",
    "other": "all else",
    DATA: "records that came late",
    DEFINITION: "another definition than the one by which the earlier period was told",
}
_WHOSE = {"customers": 0, "frequency": 0, "order_value": 0, "kept": 0, "rate": 0, "rate_existing": 0, "new": 1}
_WHOSE |= {"rate_new": 1, "nameless": 2, "rate_nameless": 2}


def _worth(looked: Looked, by: Sums) -> float | None:
    """Return what one unit of the KPI is worth: 1 of money; of a ratio of money, what it is divided by afterwards."""
    kpi = looked.kpi
    if isinstance(kpi.formula, Total):
        return 1.0 if kpi.shows is Shows.MONEY else None
    part = {Ratio: "a", Mean: "x"}.get(type(kpi.formula))
    if part is None or name_of(kpi, part, main=True).shows is not Shows.MONEY:
        return None
    return float(by.after.sums[BOTTOM].sum() / abs(looked.linear.times) / UNITS)


def _money(one: Estimate, factor: float | None) -> Estimate | None:
    if factor is None or one.interval.value is None:
        return None
    return replace(one, interval=scaled(one.interval, factor))


def _found(one: Stands, asked: Question) -> bool:
    return one.ranked.q <= asked.records.definitions.false_discovery


def _named(asked: Question, looked: Looked, one: Stands, change: Estimate, factor: float | None) -> Named:
    times, ranked = looked.linear.times, one.ranked
    values, half = one.spread.values * times, one.spread.half_width(asked.level) * abs(times)
    by = ranked.dimension.name
    each = [asked.around(float(value), float(off), one.units, by=by) for value, off in zip(values, half, strict=True)]
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


def _reconcile(asked: Question, change: Estimate, parts: Sequence[Part]) -> None:
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
