"""The ledger: what each action has proved to bring here, and what is believed of its effect since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.app.readout import Readout, readout
from regulars.core.estimate import Estimate, Interval
from regulars.decisions.action import Action, Effect
from regulars.decisions.learning import learned
from regulars.kpis.query import Records
from regulars.state import audiences
from regulars.state.store import State


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is known of an action.

    Attributes:
        action: which.
        effect: believed now.
        readouts: its experiments, the newest first.
        proved: incremental profit of those that are over, together; None where there are none.
    """

    action: Action
    effect: Effect
    readouts: tuple[Readout, ...]
    proved: Estimate | None


def readouts(state: State, records: Records) -> tuple[Readout, ...]:
    """Return every audience that began before the records end, read out; the newest first."""
    begun = [one for one in audiences.every(state) if one.as_of <= records.as_of]
    return tuple(readout(one, audiences.of(state, one.name), records) for one in begun)


def effects(actions: Mapping[str, Action], found: Sequence[Readout]) -> dict[str, Effect]:
    """Return what is believed of each action's effect: as assumed, corrected by what was measured here."""
    return {
        name: learned(one.effect, [each.effect for each in found if each.effect is not None and _is_of(each, one)])
        for name, one in actions.items()
    }


def ledger(actions: Mapping[str, Action], found: Sequence[Readout]) -> tuple[Entry, ...]:
    """Return an entry per action, those that have proved most first."""
    believed = effects(actions, found)
    entries = [
        _entry(one, believed[name], [each for each in found if _is_of(each, one)]) for name, one in actions.items()
    ]
    return tuple(sorted(entries, key=lambda one: (one.proved is None, -_value(one.proved), one.action.name)))


def _is_of(found: Readout, action: Action) -> bool:
    """Whether a readout is of an action as it is defined now: what another definition did teaches nothing of it."""
    return (found.audience.action, found.audience.version) == (action.name, action.version)


def _value(proved: Estimate | None) -> float:
    return 0.0 if proved is None else proved.interval.value or 0.0


def _entry(action: Action, effect: Effect, found: Sequence[Readout]) -> Entry:
    over = [one.total for one in found if one.finished and one.total is not None]
    return Entry(action=action, effect=effect, readouts=tuple(found), proved=_together(over))


def _together(totals: Sequence[Estimate]) -> Estimate | None:
    """Return the sum of independent totals: half widths add up as squares."""
    known = [one for one in totals if one.interval.value is not None]
    if not known:
        return None
    value = sum(one.interval.value or 0.0 for one in known)
    half = sum(((one.interval.high or 0.0) - (one.interval.value or 0.0)) ** 2 for one in known) ** 0.5
    newest = max(known, key=lambda one: one.period.start)
    interval = Interval(
        value=value,
        low=value - half,
        high=value + half,
        level=newest.interval.level,
        method=newest.interval.method,
        n=sum(one.interval.n for one in known),
    )
    return Estimate(
        interval=interval, period=newest.period, as_of=newest.as_of, version=newest.version, flags=newest.flags
    )
