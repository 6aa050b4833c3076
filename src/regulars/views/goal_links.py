"""How goals hang together: what drivers account for, and which goals went against each other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from regulars.app.goal_conflicts import Conflict, conflicts
from regulars.app.goal_drivers import Driven, drivers
from regulars.app.known_on import known_on
from regulars.app.standing import Standing
from regulars.core.estimate import Estimate, Interval
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Grid, Head, Link
from regulars.views.view import Ask

#: Conflicts that are told.
_CONFLICTS = 8


def links(told: Sequence[Standing], ask: Ask) -> Iterator[Block]:
    """Yield what drivers account for, and which goals went against each other."""
    assert ask.workspace is not None
    assert ask.opened is not None
    zone = ask.workspace.settings.company.time_zone
    opened = known_on(replace(ask.opened, records=ask.records), ask.end, zone)
    for one in drivers(told, ask.workspace, opened):
        yield _driven(one)
        if one.short is not None:
            yield _short(one, one.short)
    if found := conflicts(told, ask.workspace, opened):
        yield _conflicts(found[:_CONFLICTS], ask)


def _driven(one: Driven) -> Grid:
    how = {
        "sum": "Drivers add up to the goal.",
        "product": "Drivers are factors of the goal, as its months say: divided by them, they move less. What is left "
        "is a factor, too; all are told apart by Shapley's averages over all orders.",
    }[one.how]
    out = f" No factor, as months say: {', '.join(one.left_out)}." if one.left_out else ""
    return Grid(
        name=f"drivers_{one.goal.name}",
        title=f"What drivers account for of where {one.goal.title} is against its pace",
        heads=(
            Head(name="driver", title="Driver"),
            Head(name="amount", title="Of the goal", shows=one.goal.kpi.shows, change=True),
        ),
        rows=tuple((share.driver or "all else", share.amount) for share in one.shares),
        caption=f"{how} They add up to the whole.{out}",
    )


def _short(one: Driven, short: Interval) -> Grid:
    """Return that the targets of drivers do not make the goal's own."""
    shows = one.goal.kpi.shows
    return Grid(
        name=f"short_{one.goal.name}",
        title=f"The targets of its drivers do not make that of {one.goal.title}",
        heads=(
            Head(name="goal", title="Goal"),
            Head(name="comes_to", title="Comes to", shows=shows),
            Head(name="target", title="Target", shows=shows),
            Head(name="short", title="Against the target", shows=shows, change=True),
        ),
        rows=((one.goal.title, one.comes_to, one.goal.target, replace(one.comes_to, interval=short)),),
        caption="What it comes to if its drivers come to their targets exactly and all else goes on as it does. "
        "Change theirs, or its own.",
    )


def _conflicts(found: Sequence[Conflict], ask: Ask) -> Grid:
    first = found[0]
    return Grid(
        name="conflicts",
        title="What went against a goal when it went well",
        heads=(
            Head(name="goal", title="Goal"),
            Head(name="other", title="What got worse then"),
            Head(name="goals", title="Goal on it"),
            Head(name="association", title="Association of changes", shows=Shows.NUMBER),
        ),
        rows=tuple(
            (
                one.goal.title,
                Link(text=words.title(one.other.name), page="kpi", about=one.other.name),
                ", ".join(one.goals),
                _estimate(one, ask),
            )
            for one in found
        ),
        caption=f"Rank correlation of changes for the better from one {first.grain} to the next: -1 where one always "
        "gets worse when the other gets better. An association, not a cause. Of all pairs of goals, and of goals with "
        f"what is left after costs, {100 * ask.records.definitions.false_discovery:g} % of what is told may be false.",
    )


def _estimate(one: Conflict, ask: Ask) -> Estimate:
    return Estimate(
        interval=one.association,
        period=one.period,
        as_of=one.goal.now.as_of,
        version=f"1 of {one.goal.now.version} and {one.other.versioned(ask.records.definitions)}",
        flags=one.goal.now.flags,
    )
