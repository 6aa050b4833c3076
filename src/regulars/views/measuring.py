"""What actions brought: experiments read out, and the ledger of what was proved."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from regulars.app.campaigns import campaigns
from regulars.app.learned import stated
from regulars.app.ledger import Entry, ledger, readouts
from regulars.app.readout import Readout
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period
from regulars.core.wording import counted
from regulars.decisions.action import OTHER, Effect
from regulars.kpis.kpi import Shows
from regulars.stats.intervals import z
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Heading, Notice, Text
from regulars.views.view import Ask

#: Campaigns that are named where they are not read out.
_NAMED = 6
_NOTHING = "What actions brought is known once there are `orders` or `subscriptions`."
_NONE = "No audience is written down yet. `regulars audience add ACTION NAME` draws one from `regulars actions`."


def experiments(ask: Ask) -> Iterator[Block]:
    """Yield each audience with what came of both arms."""
    if not ask.records.covered:
        yield Notice(text=_NOTHING)
        return
    found = _read(ask)
    if not found:
        yield Notice(text=_NONE)
    past = campaigns(ask.records)
    told = [one for one in past if not one.why_not or one.split is not None]
    for one in (*found, *told):
        yield Heading(text=f"{one.audience.name}: {one.audience.action.replace('_', ' ')}")
        yield Text(text=_state(one))
        if one.why_not:
            yield Notice(text=f"Nothing is read out: {one.why_not}.")
        else:
            yield _outcomes(one)
    yield from _refused(past)


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


def _state(one: Readout) -> str:
    arms = f"{counted(one.audience.treated, 'customer')} treated, {one.audience.held:,} held out"
    days = "over" if one.finished else f"day {one.seen} of {one.audience.days}"
    gone = f"; {counted(one.missing, 'member')} are in these records no more" if one.missing else ""
    return f"{arms}; {days}, from {one.audience.as_of} on; drawn by {one.audience.created_by}{gone}."


def _outcomes(one: Readout) -> Grid:
    rows: list[tuple[Cell, ...]] = [
        (
            each.said,
            Figure(estimate=each.treated, shows=each.shows),
            Figure(estimate=each.held, shows=each.shows),
            Figure(estimate=each.change, shows=each.shows),
        )
        for each in one.outcomes
    ]
    for said, estimate in (("incremental profit of a treated customer", one.profit), ("of all treated", one.total)):
        if estimate is not None:
            rows.append((said, None, None, Figure(estimate=estimate, shows=Shows.MONEY)))
    running = "" if one.finished else "While it runs, intervals of the difference hold at every look at once. "
    return Grid(
        name=f"outcomes_{one.audience.name}",
        title="Treated beside held out",
        heads=(
            Head(name="what", title="Customers who"),
            Head(name="treated", title="Treated"),
            Head(name="held", title="Held out"),
            Head(name="change", title="Difference", change=True),
        ),
        rows=tuple(rows),
        caption=f"{running}Everybody who was drawn counts, whether anybody reached them or not. Money is margin, or "
        "net revenue where costs are not known, adjusted for what customers brought before; profit is less its cost.",
    )


def proved(ask: Ask) -> Iterator[Block]:
    """Yield what each action has proved to bring, and what is believed of its effect."""
    if ask.workspace is None or not ask.records.covered:
        yield Notice(text=_NOTHING)
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
