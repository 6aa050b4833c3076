"""What actions brought: experiments read out, and the ledger of what was proved."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from regulars.app.campaigns import campaigns
from regulars.app.learned import stated
from regulars.app.ledger import Entry, ledger, readouts
from regulars.app.readout import Readout
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period
from regulars.decisions.action import OTHER, Effect
from regulars.kpis.kpi import Shows
from regulars.stats.intervals import z
from regulars.views.blocks import Block, Cell, Grid, Head, Heading, Link, Notice
from regulars.views.one_experiment import NONE, NOTHING, said
from regulars.views.view import Ask

#: Campaigns that are named where they are not read out.
_NAMED = 6


def experiments(ask: Ask) -> Iterator[Block]:
    """Yield each experiment with what came of both arms in a sentence; each has a page of its own for the rest."""
    if not ask.records.covered:
        yield Notice(text=NOTHING)
        return
    found = _read(ask)
    if not found:
        yield Notice(text=NONE)
    past = campaigns(ask.records)
    told = [one for one in past if not one.why_not or one.split is not None]
    if found or told:
        yield _listed((*found, *told))
    for one in (*found, *told):
        yield Heading(text=f"{one.audience.name}: {one.audience.action.replace('_', ' ')}")
        yield from said(one, ask)
    yield from _refused(past)


def _listed(every: Sequence[Readout]) -> Grid:
    return Grid(
        name="experiments",
        title="Experiments",
        heads=(
            Head(name="experiment", title="Experiment"),
            Head(name="action", title="Action"),
            Head(name="began", title="Began", minor=True),
            Head(name="state", title="State"),
            Head(name="profit", title="Profit of a treated customer", shows=Shows.MONEY),
        ),
        rows=tuple(
            (
                Link(text=one.audience.name, page="experiment", about=one.audience.name),
                one.audience.action.replace("_", " "),
                one.audience.as_of.isoformat(),
                "over" if one.finished else f"day {one.seen} of {one.audience.days}",
                one.profit if one.profit is not None else "not read out" if one.why_not else None,
            )
            for one in every
        ),
        caption="Outcomes of both arms, money, and on whom each works stand on its own page: `regulars experiment "
        "show NAME`.",
    )


def _refused(past: Sequence[Readout]) -> Iterator[Block]:
    """Yield which campaigns are not read out, by why."""
    for why in dict.fromkeys(one.why_not for one in past if one.why_not and one.split is None):
        names = [one.audience.action for one in past if one.why_not == why and one.split is None]
        listed = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        yield Notice(text=f"Not read out: {listed}. Of each, {why}.")


def _read(ask: Ask) -> tuple[Readout, ...]:
    if ask.workspace is None:
        return ()
    with stated(ask.workspace) as state:
        return () if state is None else readouts(state, ask.records)


def proved(ask: Ask) -> Iterator[Block]:
    """Yield what each action has proved to bring, and what is believed of its effect."""
    if ask.workspace is None or not ask.records.covered:
        yield Notice(text=NOTHING)
        return
    entries = ledger(ask.workspace.actions, _read(ask))
    yield Grid(
        name="ledger",
        title="What actions have proved to bring",
        heads=(
            Head(name="action", title="Action"),
            Head(name="team", title="Team"),
            Head(name="experiments", title="Experiments"),
            Head(name="proved", title="Proved profit", shows=Shows.MONEY),
            Head(name="assumed", title="Effect assumed", shows=Shows.SHARE),
            Head(name="believed", title="Believed now", shows=Shows.SHARE),
        ),
        rows=tuple(_entry(one, ask) for one in entries),
        caption=" ".join(f"{one.action.title}: {one.effect.source}." for one in entries),
    )
    if any(one.effect.parts for one in entries):
        yield _parts(entries, ask)


def _parts(entries: Sequence[Entry], ask: Ask) -> Grid:
    """Return what is believed of effects on customers of each segment that was measured."""
    rows = [(one, name) for one in entries for name in sorted(set(one.effect.parts) - {OTHER})]
    return Grid(
        name="parts",
        title="By segment",
        heads=(
            Head(name="action", title="Action"),
            Head(name="segment", title="Segment"),
            Head(name="believed", title="Believed now", shows=Shows.SHARE),
        ),
        rows=tuple((one.action.title, name, _travels(_of_part(one.effect, name), one, ask)) for one, name in rows),
        caption="Each segment is drawn towards what the action does for all, the more the less was seen of it. "
        "`decisions.effects_by` in `regulars.toml` names another attribute to tell effects apart by.",
    )


def _of_part(effect: Effect, name: str) -> Interval:
    found = effect.of(name)
    half = z(0.95) * found.deviation
    method = "hierarchical normal"
    return Interval(
        value=found.mean, low=found.mean - half, high=found.mean + half, level=0.95, method=method, n=found.n
    )


def _entry(one: Entry, ask: Ask) -> tuple[Cell, ...]:
    return (
        one.action.title,
        one.action.team,
        len(one.readouts),
        one.proved,
        _share(one.action.effect, one, ask),
        _share(one.effect, one, ask),
    )


def _share(effect: Effect, one: Entry, ask: Ask) -> Estimate:
    """Return an effect as what travels: it speaks of the days in which it shows."""
    n = sum(each.audience.treated + each.audience.held for each in one.readouts if each.effect is not None)
    return _travels(effect.interval(n), one, ask)


def _travels(interval: Interval, one: Entry, ask: Ask) -> Estimate:
    begin = ask.records.as_of
    return Estimate(
        interval=interval,
        period=Period(begin, begin + timedelta(days=one.action.days)),
        as_of=ask.records.known_at,
        version=f"{one.action.name} {one.action.version}",
    )
