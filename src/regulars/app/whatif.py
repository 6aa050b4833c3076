"""What customers would bring if retention, prices or response times were other than they are, and whether that pays.

The law that foretells them is played twice with the same draws, with and without the change. A scenario has a cost, or
there is none: what would be gained is worth nothing to know without it (the third law).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from regulars.app import foretell, levers, worth
from regulars.app.foretell import Foretold
from regulars.app.levers import Guess, Lever
from regulars.app.measure import condition
from regulars.app.scenario import HOW, MONTHS, PER, Asked, Pair, WhatIf
from regulars.app.scenario_told import Told, trial_of
from regulars.app.trying import SEED
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import CatalogueError, QueryError
from regulars.core.estimate import Estimate
from regulars.core.periods import MONTH_DAYS
from regulars.core.randomness import stream
from regulars.core.wording import counted
from regulars.data import engine
from regulars.data.building import made_with_costs
from regulars.data.quality.checking import Finding
from regulars.data.snapshot import Snapshot
from regulars.decisions import rfm
from regulars.decisions.lifecycle import STATES, states
from regulars.kpis.query import Records
from regulars.models.backtest import fitted
from regulars.models.model import Horizon, Ints, Model
from regulars.models.played import Living, brings, mean_kept, played
from regulars.stats.likelihood import NotFitted
from regulars.stats.lives import ORDER
from regulars.stats.scenario import Change, least_multiple

#: Rounds that tell retention of today.
_LOOKS = 16
#: Horizons that differ by no more are the same.
_ALIKE = 0.1


def whatif(workspace: Workspace, opened: Opened, asked: Asked, *, findings: Sequence[Finding] = ()) -> WhatIf:
    """Return what a change would bring.

    Args:
        workspace: the company.
        opened: its records.
        asked: what is asked.
        findings: of the records.

    Raises:
        QueryError: not one change is named, or it cannot be; it has no cost, or nobody knows its effect; nothing is
            foretold yet, or nobody meets the condition.
        UnknownName: `of` is neither contracts nor orders.
    """
    change, cost = _checked(asked)
    records = opened.records
    by = foretell.at_risk_by(records, asked.of)
    if asked.per == ORDER and by.of == "contracts":
        raise QueryError("Contracts have no retention by order. Ask `--per year` or `--per month`, or `--of orders`.")
    shown = foretell.remembered(workspace, opened, by.value, findings=findings)
    if shown is None:
        raise QueryError(
            f"What customers bring (`{by.value}`) is not foretold yet. Run `regulars backtest {by.value}` first."
        )
    snapshot = foretell.snapshot_of(records, workspace.features)
    days = round((asked.months or records.definitions.clv_months) * MONTH_DAYS)
    found, living = _law(workspace, shown, snapshot, days, leaving=asked.price is None)
    people = found.outcome.people(snapshot)
    rows = _counted(records, people, asked.where)
    lever = _lever(workspace, records, snapshot, asked, by.of, people)
    rng = stream(SEED, f"what if {found.model.name}")
    mean = _retention(asked, living, snapshot, rows)
    names, groups = _groups(records, by.of, people[rows])
    made = played(living, snapshot, lever.makes(1.0), days=days, rows=rows, groups=groups, per=asked.per, rng=rng)
    share, uncosted = _margin(workspace, snapshot, by.of)
    made = made.of_money(share).with_past_errors(found.tried.past_error, stream(SEED, "what if: past errors"))
    told = Told(found=found, records=records, lever=lever, days=days, customers=int(rows.sum()), uncosted=uncosted)
    whole, parts = told.pairs(made, names, groups)
    times = brings(living, snapshot, lever.makes, days=days, rows=rows, rng=rng)
    return WhatIf(
        lever=lever,
        of=by.of,
        whole=whole,
        parts=parts,
        by="RFM segment" if by.of == "orders" else "state of the lifecycle",
        kept_before=told.kept(made, 0) if lever.keeps else None,
        kept_after=told.kept(made, 1) if lever.keeps else None,
        cost=told.cost(cost),
        net=told.net(whole, cost),
        pays=told.pays(made, cost),
        skewed=told.skewed(made, whole),
        least=_least(lambda many: share * times(many), whole, cost, change, mean),
        trial=trial_of(made, by.of, lever),
        found=found,
        instead=_instead(shown, found, people[rows], days, told),
        notes=_notes(shown, found, by.others, asked, days, share),
    )


def _checked(asked: Asked) -> tuple[Change, float]:
    """Return the change and its cost."""
    if not asked.named:
        raise QueryError(f"Nothing is changed. {HOW}")
    if len(asked.named) > 1:
        both = " and ".join(f"`{name}`" for name in asked.named)
        raise QueryError(f"{both} are changed at once, so nobody could tell which of them pays. Name one.")
    if asked.cost is None:
        raise QueryError(
            "What does the change cost? Without a cost nobody can say whether it pays. Add `--cost 20000`, or "
            "`--cost 0` where it truly costs nothing."
        )
    if not 0 <= asked.cost < math.inf:
        raise QueryError(f"A cost of {asked.cost:g} cannot be. Name an amount of 0 or more.")
    if asked.months is not None and not 1 <= asked.months <= MONTHS:
        raise QueryError(f"`{asked.months}` after `months` is no whole number from 1 to {MONTHS}.")
    if asked.per not in PER:
        raise QueryError(f"Retention is told by {', '.join(PER)}, not by `{asked.per}`.")
    change: Change = getattr(asked, asked.named[0])
    if not math.isfinite(change.amount) or not change.amount:
        raise QueryError(f"A change of {change} of {asked.named[0]} is none. Name how much, such as `+5%`.")
    return change, asked.cost


def _law(
    workspace: Workspace, shown: Foretold, snapshot: Snapshot, days: int, *, leaving: bool
) -> tuple[Foretold, Living]:
    """Return the best law that tells each customer's own rates, fitted: that of other pages, if it is one.

    Where `leaving` is changed, the records must tell how soon customers leave.

    Raises:
        QueryError: none can be fitted.
    """
    why = "none has a score"
    for one in sorted(shown.said.trial.tried, key=lambda one: one.model != shown.model.name):
        model: Model | None = workspace.models.get(one.model)
        if model is None or not model.lives or one.why_not:
            continue
        try:
            living = fitted(model, snapshot, Horizon(days), SEED)
        except NotFitted as cause:
            why = str(cause)
            continue
        if not isinstance(living, Living):
            raise CatalogueError(f"Model `{model.name}` says that it draws customers' rates, but has no `lives`.")
        if leaving and not living.tells_leaving:
            why = "the records do not tell how soon customers leave"
            continue
        said = replace(shown.said, model=model.name, model_version=model.version, notes=living.notes)
        return replace(shown, model=model, said=said), living
    raise QueryError(f"No model that tells each customer's own rates can be played here: {why}.")


def _counted(records: Records, people: Ints, where: str) -> NDArray[np.bool_]:
    """Return who counts.

    Raises:
        QueryError: nobody does.
    """
    rows = np.ones(len(people), dtype=bool)
    if where:
        only, table = condition(where, records), records.tables["people"]
        if nobody := only.nobody(records):
            raise QueryError(f"There is nobody to ask about: {nobody}.")
        who = engine.to_arrow(table.filter(only.holds(table)).select("customer"))["customer"].to_numpy()
        rows = np.isin(people, who)
    if not rows.any():
        raise QueryError("There is nobody to ask about: of no such customer is it foretold what they bring.")
    return rows


def _lever(workspace: Workspace, records: Records, snapshot: Snapshot, asked: Asked, of: str, people: Ints) -> Lever:
    if asked.retention is not None:
        return levers.retention(asked.retention, asked.per)
    if asked.price is not None:
        change = levers.of_one_kind(asked.price, "price")
        declared = workspace.settings.decisions.price_elasticity
        limits = asked.elasticity or declared
        if limits is None:
            raise QueryError(
                "Volume reacts to prices: say how, with limits, as percent of volume per percent of price: "
                "`--elasticity -1.2,-0.4`, or `price_elasticity` in `[decisions]` of `regulars.toml`."
            )
        guess = Guess.of(limits, "elasticity")
        margin = _margin(workspace, snapshot, of)[0] if of == "contracts" else levers.margin_of(snapshot)
        said = "as assumed by whoever asks" if asked.elasticity else "as `regulars.toml` says"
        return levers.price(change, guess, margin, said)
    assert asked.response_time is not None
    change = levers.of_one_kind(asked.response_time, "response_time")
    if asked.effect is not None:
        guess = Guess.of(asked.effect, "effect")
        said = f"It changes everybody's rate of leaving by a share of {guess}: assumed by whoever asks."
        return levers.waits(change, guess, np.ones(1), said, ("assumed_effect",))
    if of == "orders":
        raise QueryError(levers.NO_EFFECT.format(why="of buyers nobody sees when they leave"))
    guess = levers.associated(workspace, records, change)
    said = (
        f"In the {records.definitions.repeat_days} days after a case the rate of leaving changes by a share of "
        f"{guess.mean:.3g} ({guess.low:.3g} to {guess.high:.3g}): as slow first replies go along with ending contracts "
        "here, at equal tenure and past buying. That is an association, not an effect: who waits long may differ."
    )
    exposed = levers.after_cases(snapshot, records, people)
    return levers.waits(change, guess, exposed, said, ("association",))


def _margin(workspace: Workspace, snapshot: Snapshot, of: str) -> tuple[float, bool]:
    """Return the share of what is foretold that is left after its cost, and whether nobody knows that cost."""
    if of == "orders":  # costs are in the value of orders already
        return 1.0, not made_with_costs(snapshot.tables["purchase_days"])
    declared = workspace.settings.decisions.contract_margin
    return (1.0, True) if declared is None else (declared, False)


def _retention(asked: Asked, living: Living, snapshot: Snapshot, rows: NDArray[np.bool_]) -> float | None:
    """Return mean retention; None where it is not what changes.

    Raises:
        QueryError: the change leads beyond 0 or 100 %.
    """
    if asked.retention is None:
        return None
    rng = stream(SEED, "retention")
    drawn = [living.lives(snapshot, rng, doubted=False) for _ in range(_LOOKS)]
    mean = sum(mean_kept(one, rows, asked.per) for one in drawn) / _LOOKS
    if not 0 <= asked.retention.of(mean) <= 1:
        span = "from an order to the next" if asked.per == ORDER else f"a {asked.per}"
        end = "100 %" if asked.retention.amount > 0 else "0"
        raise QueryError(
            f"Retention {span} is {mean:.1%} now: {asked.retention} leads beyond {end}. Name a smaller change."
        )
    return mean


def _groups(records: Records, of: str, people: Ints) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return names of parts, and the number of each customer's."""
    if of == "orders":
        names = tuple(one.title for one in rfm.SEGMENTS)
        cuts = rfm.cut_points(records)
        table = rfm.scored(rfm.buyers(records, records.as_of), cuts).select("customer", part="segment")
    elif "activity_days" in records.tables or "purchase_days" in records.tables:
        names = tuple(one.value.capitalize() for one in STATES)
        table = states(records, records.as_of).select("customer", part="state")
    else:
        return ("All",), np.zeros(len(people), dtype=np.intp)
    found = engine.to_arrow(table.order_by("customer"))
    who, part = found["customer"].to_numpy(), found["part"].to_numpy()
    places = np.minimum(np.searchsorted(who, people), max(len(who) - 1, 0))
    known = who[places] == people if len(who) else np.zeros(len(people), dtype=bool)
    return (*names, "None of these"), np.where(known, part[places], len(names)).astype(np.intp)


def _least(
    more: Callable[[float], float], whole: Pair, cost: float, change: Change, mean: float | None
) -> tuple[Change | None, Change | None, Change | None]:
    """Return the least change that pays: on average, at the upper limit of the difference, and at the lower one.

    None where that cannot be (`levers.possible`). `mean` is of retention; None where that is not what changes.
    """
    one = whole.difference.interval
    if not cost:
        return (change.times(0.0) if (one.value or 0.0) > 0 else None,) * 3
    asked = more(1.0)
    found: list[Change | None] = []
    for limit in (one.value, one.high, one.low):
        times = _times(more, (limit or 0.0) / asked, cost) if asked else None
        least = None if times is None else change.times(times)
        found.append(least if least is not None and levers.possible(least, mean) else None)
    return found[0], found[1], found[2]


def _times(more: Callable[[float], float], ratio: float, cost: float) -> float | None:
    """Return the least multiple that brings the cost, if it brings `ratio` times as much as is expected of it."""
    return least_multiple(lambda times: more(times) * ratio, cost) if ratio > 0 else None


def _instead(shown: Foretold, found: Foretold, people: Ints, days: int, told: Told) -> Estimate | None:
    if shown.model.name == found.model.name or shown.said.horizon_days != days:
        return None
    weights = np.isin(shown.column("customer"), people).astype(np.float64)
    one = worth.total(shown, weights, level=told.level)
    return Estimate(
        interval=replace(one, n=told.customers),
        period=shown.period,
        as_of=shown.known_at,
        version=shown.version,
        flags=shown.flags,
    )


def _notes(
    shown: Foretold, found: Foretold, others: tuple[str, ...], asked: Asked, days: int, share: float
) -> tuple[str, ...]:
    said = []
    if share != 1:
        said.append(f"Of what contracts bring {share:.1%} counts: `contract_margin` of `regulars.toml`.")
    if shown.model.name != found.model.name:
        said.append(
            f"`{shown.model.name}` foretells best here and makes the numbers of other pages, but does not tell each "
            f"customer's own chance to leave; `{found.model.name}`, the best of those that do, is played. Its "
            "own score stands below."
        )
    if others and not asked.of:
        said.append(f"About contracts alone; {' and '.join(others)} are asked about with `--of {others[0]}`.")
    own = found.said.trial.days
    if abs(own / days - 1) > _ALIKE:
        said.append(f"It is about {counted(days, 'day')}; how well that is foretold was tried over {own}.")
    return tuple(said)
