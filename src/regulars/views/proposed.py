"""What to do for whom, what it is expected to bring, and how it is measured."""

from collections.abc import Iterator, Sequence

from regulars.app.audiences import measured
from regulars.app.deciding import UNTOLD, Plan, Proposal, foretold, plan
from regulars.app.learned import learned
from regulars.core.wording import counted
from regulars.decisions.action import Action, Gain
from regulars.kpis.kpi import Shows
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Link, Notice, Text
from regulars.views.stakes import scores, told
from regulars.views.view import Ask

#: What is foretold behind decisions.
BEHIND = ("contract_end", "lapse", "contract_value", "value", "orders")
_CHANGES = {Gain.KEPT: "of those who would leave stay", Gain.BOUGHT: "of all order who would not have"}


def proposed(ask: Ask) -> Iterator[Block]:
    """Yield what to do: by action, for whom first, and how well what that is made of was foretold."""
    if ask.workspace is None or not ask.records.covered:
        yield Notice(text="What to do is known once there are `orders` or `subscriptions`.")
        return
    if not foretold(ask.records):
        yield Notice(text=UNTOLD)
        return
    known = learned(ask.workspace, ask.records)
    found = plan(ask.workspace, ask.records, budget=ask.budget, where=ask.where, effects=known.effects, busy=known.busy)
    yield _whole(found)
    yield _actions(found, _ordered(found))
    yield _customers(found, ask.top)
    yield from _peace(found)
    every = [one for name in BEHIND if (one := told(ask, name))]
    yield scores(tuple(every))


def _whole(found: Plan) -> Grid:
    customers = int((found.policy.chosen >= 0).sum())
    limits = "under the same capacities" if found.budget is None else "under the same budget and capacities"
    return Grid(
        name="whole",
        title="All of it",
        heads=(Head(name="what", title=""), Head(name="said", title="")),
        rows=(
            ("Expected incremental profit", Figure(estimate=found.estimate(found.total.profit), shows=Shows.MONEY)),
            ("Expected cost, taken off it", Figure(estimate=found.estimate(found.total.cost), shows=Shows.MONEY)),
            (f"At most more by any other choice {limits}", Figure(estimate=found.left, shows=Shows.MONEY)),
            ("Customers", f"{customers:,} of {len(found.ids):,} who may be contacted"),
        ),
        caption="Incremental: what would not have come without it, less all that it costs. Doubt about effects and "
        "about predictions is in the interval; an effect that was assumed is replaced by the first that is measured.",
    )


def best(found: Plan, *, team: str, most: int) -> Grid | None:
    """Return the actions of a team (of any where "") that pay most and are for somebody now; None where none is."""
    chosen = [
        one
        for one in _ordered(found)
        if len(found.policy.of(one)) and one.gain is not Gain.NOTHING and (not team or one.team == team)
    ]
    return _actions(found, chosen[:most]) if chosen else None


def _ordered(found: Plan) -> list[Action]:
    return sorted(found.policy.actions, key=lambda one: -(found.of[one.name].profit.value or 0.0))


def _actions(found: Plan, ordered: Sequence[Action]) -> Grid:
    return Grid(
        name="actions",
        title="What to do",
        heads=(
            Head(name="action", title="Action"),
            Head(name="team", title="Team"),
            Head(name="customers", title="Customers"),
            Head(name="profit", title="Expected profit", shows=Shows.MONEY),
            Head(name="cost", title="Cost", shows=Shows.MONEY),
            Head(name="effect", title="Effect", shows=Shows.SHARE),
            Head(name="changes", title="What it changes", minor=True),
            Head(name="measured", title="How it is measured"),
        ),
        rows=tuple(_action(found, one) for one in ordered),
        caption="Money counts everybody in the list, those who will be left alone, too. An action leads to what an "
        "experiment with it could show; `regulars audience add ACTION NAME` writes its list down. "
        + " ".join(f"{one.title}: {found.effects[one.name].source}." for one in ordered),
    )


def _action(found: Plan, one: Action) -> tuple[Cell, ...]:
    rows = len(found.policy.of(one))
    return (
        Link(text=one.title, page="experiment_plan", about=one.name),
        one.team,
        rows,
        found.estimate(found.of[one.name].profit, one),
        found.estimate(found.of[one.name].cost, one),
        found.estimate(found.effects[one.name].interval(rows), one, days=one.days),
        _CHANGES.get(one.gain, ""),
        measured(found, one).said if rows else "nobody: nothing pays",
    )


def _customers(found: Plan, top: int) -> Grid:
    chosen = found.proposals(top=top)
    return Grid(
        name="proposals",
        title=f"For whom first: {counted(len(chosen), 'customer')}",
        heads=(
            Head(name="customer", title="Customer"),
            Head(name="action", title="Action"),
            Head(name="profit", title="Expected profit", shows=Shows.MONEY),
            Head(name="cost", title="Cost", shows=Shows.MONEY, minor=True),
            Head(name="why", title="Because the customer"),
            Head(name="team", title="Team", minor=True),
        ),
        rows=tuple(_proposal(one) for one in chosen),
        customers=True,
        caption="Limits of one customer are wide: what is done pays over many. Nobody is chosen by risk alone.",
    )


def _proposal(one: Proposal) -> tuple[Cell, ...]:
    who = one.customer_id
    return (
        Link(text=who, page="customer", about=who, personal=True),
        one.action.title,
        one.profit,
        one.cost,
        one.why,
        one.action.team,
    )


def _peace(found: Plan) -> Iterator[Block]:
    if found.peace:
        yield Text(text=f"Left in peace: {found.left_in_peace}")
