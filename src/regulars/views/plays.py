"""The playbook: each action with what is done, for whom, by whom, at what cost, and how well it is known to work."""

from collections.abc import Iterator
from datetime import timedelta

from regulars.app.learned import learned
from regulars.app.playbook import Play, playbook
from regulars.core.estimate import Estimate
from regulars.core.periods import Period
from regulars.core.wording import counted
from regulars.decisions.action import Action, Effect, Gain
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Grid, Head, Heading, Notice, Text
from regulars.views.view import Ask

_NOTHING = "What can be done for whom is known once there are customers with `orders` or `subscriptions`."
_CHANGES = {
    Gain.KEPT: "Share of those who would leave that stays",
    Gain.BOUGHT: "Share of all that orders, and would not have",
}
_HOW = (
    "A share of {holdout} of each audience is left alone, drawn by chance; after {days} days both are compared "
    "(Experiments), and what came out corrects the effect (Ledger)."
)


def plays(ask: Ask) -> Iterator[Block]:
    """Yield each action; what it would bring now, and for whom, stands on the page Actions."""
    if ask.workspace is None or not ask.records.covered:
        yield Notice(text=_NOTHING)
        return
    every, customers = playbook(ask.workspace, ask.records)
    if not customers:
        yield Notice(text=_NOTHING)
        return
    effects = learned(ask.workspace, ask.records).effects
    yield Text(
        text="What can be done for a customer. For whom it pays today, with expected money, cost and doubt, says the "
        "page Actions; whom to get in touch with, the Work queue."
    )
    for one in every:
        yield Heading(text=one.action.title + (" (off)" if one.off else ""))
        yield _play(ask, one, customers)
        if one.action.gain is not Gain.NOTHING:
            yield _effect(ask, one, effects.get(one.action.name, one.action.effect))


def _play(ask: Ask, one: Play, customers: int) -> Grid:
    rows = list(_done(one, customers, str(ask.records.as_of)))
    if one.action.gain is not Gain.NOTHING:
        rows += _spent(ask, one.action)
    return Grid(
        name=one.action.name,
        title="",
        heads=(Head(name="part", title=""), Head(name="said", title="")),
        rows=tuple(rows),
    )


def _effect(ask: Ask, one: Play, effect: Effect) -> Grid:
    """Return what an action changes, apart from its words: it is a number with limits."""
    return Grid(
        name=f"{one.action.name}_effect",
        title=f"{one.action.title}: what it changes",
        heads=(
            Head(name="changes", title="What it changes"),
            Head(name="effect", title="Effect", shows=Shows.SHARE),
            Head(name="source", title="Known from"),
        ),
        rows=((_CHANGES[one.action.gain], _estimate(ask, one.action, effect, one.eligible), effect.source),),
    )


def _done(one: Play, customers: int, as_of: str) -> Iterator[tuple[str, str]]:
    action = one.action
    if one.off:
        yield "Off", f"[actions.{action.name}] of regulars.toml says off = true: it is never proposed"
    yield "What is done", action.said
    yield "For whom", action.for_whom or "as the condition says"
    yield "Exactly", one.condition or f"as actions/{action.name}.py says"
    yield "Eligible", _eligible(one, customers, as_of)
    yield "Who does it", action.team
    yield "Because the customer", action.why


def _eligible(one: Play, customers: int, as_of: str) -> str:
    said = f"{one.eligible:,} of {counted(customers, 'customer')} on {as_of}"
    if one.untold:
        said += f"; records do not tell {', '.join(one.untold)}"
    return said


def _spent(ask: Ask, action: Action) -> Iterator[tuple[str, str]]:
    currency = ask.currency
    yield "Cost of doing it", f"{words.value(action.cost, Shows.MONEY, currency)} for each customer, taken or not"
    yield "What is given", _given(action, currency)
    yield "Places", "as many as there are" if action.capacity is None else f"{action.capacity:,} customers at once"
    assert ask.workspace is not None
    holdout = ask.workspace.settings.decisions.holdout
    yield "How it is measured", _HOW.format(holdout=words.value(holdout, Shows.SHARE, ""), days=action.days)


def _given(action: Action, currency: str) -> str:
    parts = []
    if action.incentive:
        parts.append(words.value(action.incentive, Shows.MONEY, currency))
    if action.rebate:
        parts.append(f"{words.value(action.rebate, Shows.SHARE, '')} of what they bring")
    return f"{' and '.join(parts)}, to whoever takes it" if parts else "nothing"


def _estimate(ask: Ask, action: Action, effect: Effect, n: int) -> Estimate:
    begin = ask.records.as_of
    return Estimate(
        interval=effect.interval(n),
        period=Period(begin, begin + timedelta(days=action.days)),
        as_of=ask.records.known_at,
        version=f"{action.name} {action.version}",
        flags=("assumed_effect",) if "Assumed" in effect.source else (),
    )
