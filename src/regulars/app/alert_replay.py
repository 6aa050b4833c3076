"""What a rule would have told over the last year, and what came of it, before it is switched on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from regulars.app.alerting import Fired, Watched, watch
from regulars.app.provenance import Provenance
from regulars.app.workspace import Opened, Workspace
from regulars.core.alert_when import Turn
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Grain, Period, day_of
from regulars.decisions.alert_rule import AlertRule
from regulars.stats.intervals import poisson_exact, wilson
from regulars.stats.unusual import ALPHA

#: Raised when the method changes.
VERSION = 1
#: Periods after an alert that say whether it lasted, by grain; so many times as many before it are compared with.
AFTER, _TIMES = {Grain.DAY: 7, Grain.WEEK: 4, Grain.MONTH: 3}, 4
#: What is looked back on.
DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One alert that would have been told.

    Attributes:
        fired: what.
        lasted: whether the value stayed away in the periods after it; None where they are not over.
    """

    fired: Fired
    lasted: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A rule over the past.

    Attributes:
        watched: the rule, period by period.
        period: what was looked back on.
        told: alerts, in order.
        could: periods of which it can be told whether it fires, of `periods`.
        periods: all that are looked back on.
        rate: alerts for each 100 periods.
        lasting: share of alerts that lasted.
        why_not: why it cannot be told; "" where it can.
    """

    watched: Watched
    period: Period
    told: tuple[Replayed, ...]
    could: int
    periods: int
    rate: Estimate
    lasting: Estimate
    why_not: str = ""

    @property
    def false_alarms(self) -> float | None:
        """How many alerts of what is unusual are to be expected where nothing is; None of thresholds."""
        if self.watched.judged is None:
            return None
        return ALPHA * self.could


def replay(
    rule: AlertRule, others: Sequence[AlertRule], workspace: Workspace, opened: Opened, *, days: int = DAYS
) -> Replay:
    """Return what a rule would have told over the last days, with the others on.

    Args:
        rule: which; on or off.
        others: rules that are on; false discoveries are controlled over all of them together.
        workspace: the company's folder.
        opened: the open generation.
        days: that are looked back on.
    """
    together = [one for one in others if one.name != rule.name and one.grain is rule.grain]
    (own, *_) = watch([rule, *together], workspace, opened)
    return of(own, opened, days=days)


def of(own: Watched, opened: Opened, *, days: int = DAYS) -> Replay:
    """Return what a rule that was judged would have told over the last days."""
    records = opened.records
    period = Period(records.as_of - timedelta(days=days), records.as_of) if records.as_of > day_of(days) else None
    period = period or Period(day_of(0), day_of(1))
    places = [
        place
        for place, one in enumerate(own.course.periods if own.course else ())
        if one.start >= period.start and one.end <= period.end
    ]
    told = tuple(Replayed(fired=own.fired(place), lasted=lasted(own, place)) for place in places if own.told[place])
    could = int(own.sure[places].sum()) if places else 0
    known = [one.lasted for one in told if one.lasted is not None]
    kpi = own.kpi.versioned(records.definitions)
    provenance = Provenance(records=records, period=period, version=f"replay {VERSION}, {kpi}")
    level = provenance.level
    rate = unknown(own.why_not or "it can be told of no period", level=level)
    if could:
        found = poisson_exact(len(told), level=level)
        assert found.low is not None
        assert found.high is not None
        share = 100 / could
        rate = type(found)(
            value=len(told) * share,
            low=found.low * share,
            high=found.high * share,
            level=level,
            method=f"{found.method}, of {could} {own.rule.grain}s",
            n=could,
        )
    return Replay(
        watched=own,
        period=period,
        told=told,
        could=could,
        periods=len(places),
        rate=_without_flags(provenance.estimate(rate)),
        lasting=_without_flags(provenance.estimate(_share(known, level))),
        why_not=own.why_not,
    )


def _without_flags(found: Estimate) -> Estimate:
    """Return a number of alerts, of which few are good news, without the flag of few customers."""
    return replace(found, flags=tuple(flag for flag in found.flags if flag != "small_n"))


def _share(known: Sequence[bool], level: float) -> Interval:
    if not known:
        return unknown("of no alert is it known yet what followed", level=level)
    return wilson(sum(known), len(known), level=level)


def lasted(own: Watched, place: int) -> bool | None:
    """Return whether a value stayed away after an alert; None where the periods after it are not over.

    Of what is unusual: the mean of the periods after it lies on the same side of the mean of four times as many before
    the run began, at least half as far as it was off. Of a threshold: more than half of the periods after it meet it.
    """
    assert own.course is not None
    values, after = own.course.values, AFTER[own.rule.grain]
    following = _known(values[place + 1 : place + 1 + after], after)
    if following is None:
        return None
    when = own.rule.waits_for
    if own.judged is not None:
        run = int(own.judged.run[0, place])
        start = place - run + 1
        past = _known(values[max(start - after * _TIMES, 0) : start], after)
        if past is None:
            return None
        off = float(own.judged.came[0, place] - own.judged.foretold[0, place])
        moved = float(following.mean() - past.mean())
        return moved * off > 0 and abs(moved) >= abs(off) / 2
    if when.turn in (Turn.BELOW, Turn.ABOVE):
        return sum(when.met(float(value), None) for value in following) * 2 > len(following)
    before = float(values[place - 1])
    return sum(when.met(float(value), before) for value in following) * 2 > len(following)


def _known(values: NDArray[np.float64], least: int) -> NDArray[np.float64] | None:
    """Return the values that there are; None where fewer than so many periods are over, or half have none."""
    there = values[np.isfinite(values)]
    return there if len(values) >= least and len(there) * 2 > len(values) else None
