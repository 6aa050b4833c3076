"""What an action brought: those for whom it was done beside those who were left alone, in money and in customers.

Only what was drawn by chance is read out. Of a campaign whose arms somebody chose nothing is: whoever got a coupon
because they buy much buys more than others, with or without it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from regulars.app.audiences import LEAST
from regulars.app.came_of import CameOf, came_of
from regulars.app.flaws import Flaws, flaws
from regulars.app.outcomes import Metric, changed_by, metrics, watched
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Period
from regulars.core.wording import counted
from regulars.decisions.action import Gain
from regulars.decisions.changed import Foretold, changed
from regulars.decisions.learning import Result
from regulars.kpis.kpi import Shows
from regulars.kpis.query import Records
from regulars.kpis.worth import COSTS_UNKNOWN, with_costs
from regulars.state.audiences import Audience, Member
from regulars.stats import contrasts
from regulars.stats.effects import Effect
from regulars.stats.incremental import cost_per_save, return_on
from regulars.stats.simultaneous import Reading, familywise
from regulars.stats.split import Split, split

#: Quality flag of what is read out though customers who were to be left alone were reached.
CONTAMINATED = "contaminated"
_NO_COST = "what it cost to do it is not on record (`campaigns.cost_per_contact`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of both arms.

    Attributes:
        name, said: what.
        shows: what kind of number.
        treated, held: of each arm.
        change: treated less held; while it runs with an interval that holds at every look.
        cut: share of the variance that earlier behaviour took away; None where it was not used.
        good: 1 where more of it is better, -1 where less is, 0 where neither can be said.
        asked: whether it was asked before it began: else its interval allows for how many are looked at.
        p_value: of no difference; Holm's among those that were not asked before.
        detectable: the least difference that would have been seen with 80 % probability; None where none would.
    """

    name: str
    said: str
    shows: Shows
    treated: Estimate
    held: Estimate
    change: Estimate
    cut: float | None = None
    good: int = 1
    asked: bool = True
    p_value: float = 1.0
    detectable: float | None = None

    @property
    def told(self) -> bool:
        """Whether the difference can be told from 0."""
        low, high = self.change.interval.low, self.change.interval.high
        return low is not None and high is not None and (low > 0 or high < 0)


@dataclass(frozen=True, kw_only=True)
class Readout:
    """What an audience brought, so far or in the end.

    Attributes:
        audience: which.
        split: whether the arms were filled as drawn.
        seen: days of those in which the effect shows that are on record.
        missing: members who are no customers of these records any more.
        outcomes: by what.
        profit: incremental profit per treated customer, less what doing it costs.
        total: the same of all treated.
        roi: profit for each unit of what doing it costs.
        per_save: what it costs to keep or win one customer who would not have stayed or come.
        effect: share of customers changed; None where it cannot be told.
        main: name of the outcome that the action was to change.
        flaws: what may be wrong with it.
        why_not: why nothing is read out; "" where it is.
    """

    audience: Audience
    split: Split | None
    seen: int
    missing: int
    outcomes: tuple[Outcome, ...] = ()
    profit: Estimate | None = None
    total: Estimate | None = None
    roi: Estimate | None = None
    per_save: Estimate | None = None
    effect: Result | None = None
    main: str = ""
    flaws: Flaws = field(default_factory=Flaws)
    why_not: str = ""

    @property
    def finished(self) -> bool:
        """Whether all days are on record."""
        return self.seen >= self.audience.days

    def outcome(self, name: str) -> Outcome | None:
        """Return an outcome by name; None where it was not looked at."""
        return next((one for one in self.outcomes if one.name == name), None)


def readout(audience: Audience, members: Sequence[Member], records: Records, *, own: str | None = None) -> Readout:
    """Read an experiment out of the records.

    Args:
        audience: what was decided.
        members: its members.
        records: what is known by now.
        own: id of the campaign on record that it is; that of the audience's name where None.

    Raises:
        QueryError: records end before it began.
    """
    seen = min((records.as_of - audience.as_of).days, audience.days)
    if seen < 0:
        raise QueryError(
            f"Records end on `{records.as_of}`, before audience `{audience.name}` was chosen. Load newer ones."
        )
    came = came_of(audience, members, records, seen)
    counts = {"treated": int((~came.held).sum()), "holdout": int(came.held.sum())}
    drawn, why = _checked(audience, counts, seen)
    wrong = flaws(audience, members, came, records, own=own, seen=seen)
    if why:
        return Readout(audience=audience, split=drawn, seen=seen, missing=came.missing, flaws=wrong, why_not=why)
    at = _At(audience, records, seen, wrong)
    return _read(came, at, drawn)


def _checked(audience: Audience, counts: dict[str, int], seen: int) -> tuple[Split | None, str]:
    """Return whether arms are as they were drawn, and why nothing is read out; "" where it is."""
    if min(counts.values()) < LEAST:
        few = min(counts, key=lambda name: counts[name])
        return None, f"only {counted(counts[few], 'customer')} of the arm `{few}`: it takes {LEAST}"
    drawn = split(counts, {"treated": 1 - audience.holdout, "holdout": audience.holdout})
    if not seen:
        return drawn, "no day after it began is on record yet"
    if drawn.mismatch:
        return drawn, (
            "arms were not filled as they were drawn: something else chose who is in them, so nothing can be told"
        )
    return drawn, ""


@dataclass(frozen=True)
class _At:
    """When it is read out, and with what doubts."""

    audience: Audience
    records: Records
    seen: int
    flaws: Flaws

    @property
    def level(self) -> float:
        return self.records.definitions.level

    @property
    def over(self) -> float:
        """Share of its days that are over."""
        return self.seen / self.audience.days

    @property
    def gain(self) -> Gain:
        return Gain(str(self.audience.said.get("gain", Gain.BOUGHT)))

    @property
    def cost(self) -> float | None:
        """Of doing it for one customer; None where it is not known."""
        found = self.audience.said.get("cost_per_customer")
        return None if found is None else float(found)

    def estimate(self, interval: Interval, *, money: bool = False) -> Estimate:
        begin = self.audience.as_of
        raised = {"unfinished": self.over < 1, CONTAMINATED: self.flaws.contaminated}
        raised[COSTS_UNKNOWN] = money and not with_costs(self.records)
        return Estimate(
            interval=interval,
            period=Period(begin, begin + timedelta(days=max(self.seen, 1))),
            as_of=self.records.known_at,
            version=f"{self.audience.action} {self.audience.version}",
            flags=tuple(sorted(name for name, holds in raised.items() if holds)),
        )

    def reading(self, metric: Metric) -> Reading:
        return watched(metric.effect, self.over) if self.over < 1 else metric.effect

    def outcomes(self, found: Sequence[Metric]) -> Iterator[Outcome]:
        """Yield outcomes: those that were not asked before allow for how many they are."""
        beside = {one.name: self.reading(one) for one in found if not one.asked}
        corrected = {one.name: one for one in familywise(beside, level=self.level)}
        for metric in found:
            if metric.asked:
                effect = self.reading(metric)(level=self.level)
                yield self._outcome(metric, effect, effect.p_value)
            else:
                yield self._outcome(metric, corrected[metric.name].effect, corrected[metric.name].adjusted)

    def _outcome(self, metric: Metric, effect: Effect, p_value: float) -> Outcome:
        money = metric.shows is Shows.MONEY
        least = contrasts.detectable(effect.interval)
        return Outcome(
            name=metric.name,
            said=metric.said,
            shows=metric.shows,
            treated=self.estimate(metric.treated(self.level), money=money),
            held=self.estimate(metric.held(self.level), money=money),
            change=self.estimate(effect.interval, money=money),
            cut=metric.cut,
            good=metric.good,
            asked=metric.asked,
            p_value=p_value,
            detectable=least if np.isfinite(least) else None,
        )


def _read(came: CameOf, at: _At, drawn: Split | None) -> Readout:
    found = tuple(at.outcomes(list(metrics(came, at.gain))))
    changes = changed_by(came, at.gain)
    by_name = {one.name: one for one in found}
    money, main = by_name.get("brought"), by_name.get(changes)
    profit = None if money is None else _profit(money.change.interval, at.cost)
    roi = None if money is None else _roi(money.change.interval, at.cost)
    treated = int((~came.held).sum())

    def told(interval: Interval | None) -> Estimate | None:
        return None if interval is None else at.estimate(interval, money=True)

    return Readout(
        audience=at.audience,
        split=drawn,
        seen=at.seen,
        missing=came.missing,
        outcomes=found,
        profit=told(profit),
        total=told(None if profit is None else mapped(profit, lambda value: value * treated)),
        roi=told(roi),
        per_save=None if main is None else at.estimate(_per_save(main, at.cost)),
        effect=_effect(at, came, changes) if at.over >= 1 else None,
        main=changes,
        flaws=at.flaws,
    )


def _profit(margin: Interval, cost: float | None) -> Interval:
    if cost is None:
        return unknown(_NO_COST, level=margin.level, n=margin.n)
    return mapped(margin, lambda value: value - cost)


def _roi(margin: Interval, cost: float | None) -> Interval:
    return unknown(_NO_COST, level=margin.level, n=margin.n) if cost is None else return_on(margin, cost)


def _per_save(main: Outcome, cost: float | None) -> Interval:
    """Return what a customer who was kept or won costs; none where nobody can tell that one was."""
    change = main.change.interval
    if change.value is None:
        return change
    if cost is None:
        return unknown(_NO_COST, level=change.level, n=change.n)
    kept = change if main.good > 0 else _turned(change)
    if kept.low is None or kept.low <= 0:
        why = "the effect cannot be told from 0, so nobody knows whether any customer was kept or won"
        return unknown(why, level=change.level, n=change.n)
    known = Interval(value=cost, low=cost, high=cost, level=change.level, method="the same for everybody", n=change.n)
    return cost_per_save(known, kept)


def _turned(one: Interval) -> Interval:
    if one.value is None or one.low is None or one.high is None:
        return one
    return Interval(value=-one.value, low=-one.high, high=-one.low, level=one.level, method=one.method, n=one.n)


def mapped(interval: Interval, change: Callable[[float], float]) -> Interval:
    """Return an interval of which each end is changed; a reason stays one."""
    if interval.value is None:
        return interval
    low, high = (None if end is None else change(end) for end in (interval.low, interval.high))
    return Interval(
        value=change(interval.value), low=low, high=high, level=interval.level, method=interval.method, n=interval.n
    )


def _effect(at: _At, came: CameOf, main: str) -> Result | None:
    """Return the share of customers changed, in the terms in which the action's effect is assumed, and by segment."""
    counts = np.ones(len(came), bool)
    if at.gain is not Gain.KEPT and not came.orders:
        return None
    if at.gain is not Gain.KEPT:
        did = came.numbers("orders") > 0
    elif main == "left":
        counts, did = came.told("left"), came.numbers("left") > 0
    else:
        did = came.numbers("orders") == 0
    held, parts = came.held[counts], came.parts[counts]
    base, still = at.audience.said.get("base"), float(at.audience.said.get("still", 1.0))
    foretold = None if base is None else Foretold(leaves=float(base), still=still)
    return changed(at.gain, did[counts], held, parts, experiment=at.audience.name, foretold=foretold)
