"""What an experiment with an action could show: said before it begins."""

from collections.abc import Iterator

from regulars.app.audiences import LONG
from regulars.app.deciding import UNTOLD, foretold, plan
from regulars.app.experiment_plan import Choice, Planned, check_share, planned
from regulars.app.learned import learned
from regulars.core.errors import QueryError
from regulars.core.wording import counted
from regulars.decisions.action import Gain
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Notice, Text
from regulars.views.stakes import scores, told
from regulars.views.view import Ask

_BASE = {Gain.KEPT: "leave if nothing is done", Gain.BOUGHT: "order if nothing is done"}
#: What is foretold behind what is expected.
_BEHIND = {Gain.KEPT: ("contract_end", "lapse", "contract_value", "value"), Gain.BOUGHT: ("orders",)}


def experiment_plan(ask: Ask) -> Iterator[Block]:
    """Yield what an experiment with the action could show, what it takes, and what holding out costs.

    Raises:
        QueryError: the share cannot be held out.
    """
    if ask.workspace is None or not ask.records.covered:
        yield Notice(text="What can be measured is known once there are `orders` or `subscriptions`.")
        return
    if ask.holdout is not None:
        check_share(ask.holdout)
    if not foretold(ask.records):
        yield Notice(text=UNTOLD)
        return
    known = learned(ask.workspace, ask.records)
    whole = plan(ask.workspace, ask.records, budget=ask.budget, where=ask.where, effects=known.effects, busy=known.busy)
    try:
        found = planned(whole, ask.workspace.actions[ask.about], holdout=ask.holdout)
    except QueryError as refused:
        yield Notice(text=str(refused))
        return
    yield Text(text=_sentence(found))
    yield _asked(found, ask.currency)
    yield _choices(found, ask.currency)
    yield scores(tuple(one for name in _BEHIND[found.action.gain] if (one := told(ask, name))))


def _sentence(found: Planned) -> str:
    one = found.chosen.measured
    if not one.held:
        return f"{counted(one.size, 'customer')}: {one.said}."
    if one.enough:
        return (
            f"Large enough: with {one.held:,} of {counted(one.size, 'customer')} left alone, {_points(one.expected)} "
            f"would be seen; so would anything from {_points(one.detectable)} on. Read out after {one.days} days."
        )
    lacking = one.lacking[:1].upper() + one.lacking[1:]
    then = f" {one.days} days until it is read out come on top." if one.needed is not None else ""
    return f"{lacking}.{then} What was assumed stays assumed until then."


def _points(share: float) -> str:
    return f"{abs(share) * 100:.1f} points"


def _asked(found: Planned, currency: str) -> Grid:
    one = found.chosen.measured
    needed = "nobody knows how many" if one.needed is None else f"{one.needed:,}"
    rows: list[tuple[Cell, ...]] = [
        ("Customers for whom it is done today", one.size),
        ("Of them left alone", f"{one.held:,} ({found.chosen.share:.0%})"),
        (f"Share who {_BASE[found.action.gain]}", f"{one.base * 100:.1f} %"),
        ("Expected change of it", words.difference(one.expected, Shows.SHARE, currency)),
        ("Least change seen with a probability of 80 %", _least(one.detectable, one.expected)),
        ("Expected profit of a treated customer", Figure(estimate=found.expected, shows=Shows.MONEY)),
        ("Least change of what a customer brings, seen likewise", _money(found.chosen, currency)),
        ("Customers needed to see what is expected", needed),
        ("New customers for it in a week", Figure(estimate=found.arrivals, shows=Shows.NUMBER)),
        ("Weeks until there are enough", _weeks(one.weeks, enough=one.enough)),
        ("Read out after", f"{one.days} days"),
    ]
    cut = "" if found.cut is None else f" What they brought before takes away {found.cut:.0%} of the variance of money."
    return Grid(
        name="power",
        title=f"{found.action.title}: what a list as it is today could show",
        heads=(Head(name="what", title=""), Head(name="said", title="")),
        rows=tuple(rows),
        caption="New customers are those who became eligible in the last weeks on record, as far as it pays for them. "
        f"Money by what those brought for whom it could have been done as many days before today.{cut}",
    )


def _least(share: float, expected: float) -> str:
    if share == float("inf"):
        return "none: too few customers"
    return words.difference(share if expected >= 0 else -share, Shows.SHARE, "")


def _money(one: Choice, currency: str) -> str:
    return "not known" if one.money is None else words.value(one.money, Shows.MONEY, currency)


def _weeks(weeks: float, *, enough: bool) -> str:
    if enough:
        return "none: there are enough"
    return "not known" if weeks == float("inf") else f"more than {LONG}" if weeks > LONG else f"{int(weeks):,}"


def _choices(found: Planned, currency: str) -> Grid:
    best = (
        "None of them shows what is expected; half held out shows most."
        if found.best is None
        else f"{found.best:.0%} shows what is expected at the least cost."
    )
    return Grid(
        name="holdouts",
        title="How many to leave alone",
        heads=(
            Head(name="share", title="Left alone"),
            Head(name="held", title="Customers", minor=True),
            Head(name="detectable", title="Least change seen"),
            Head(name="money", title="In money a customer", minor=True),
            Head(name="enough", title="Shows what is expected"),
            Head(name="forgone", title="Profit given up", shows=Shows.MONEY),
        ),
        rows=tuple(_choice(one, currency) for one in found.choices),
        caption=f"{best} Least change: seen with a probability of 80 %. Profit given up is what those left alone would "
        "have brought.",
    )


def _choice(one: Choice, currency: str) -> tuple[Cell, ...]:
    found = one.measured
    return (
        f"{one.share:.0%}",
        found.held,
        _least(found.detectable, found.expected),
        _money(one, currency),
        "yes" if found.enough else "no",
        one.forgone,
    )
