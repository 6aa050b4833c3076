"""What is foretold of customers, in the period that the records end in."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.money import UNITS
from regulars.kpis.expected import DIRECTIONS, MILLION, columns_of, doubts_of
from regulars.kpis.frame import Frame, Scope
from regulars.kpis.query import FORETOLD


def _parts(
    table: ir.Table,
    scale: int,
    name: str,
    *,
    mean: ir.Value | None = None,
    spread: ir.Value | None = None,
    factor: ir.Value | float = 1.0,
    prefix: str = "doubt_",
) -> dict[str, ir.Value]:
    """Return the columns that `Expected` reads, as whole numbers.

    Args:
        table: predictions.
        scale: units of a whole.
        name: what the columns are called.
        mean: what is expected; the column `mean` where None.
        spread: its variance; the column `spread` where None.
        factor: what is expected is multiplied by it.
        prefix: of the columns with directions of doubt.
    """
    given = [table[one] * factor for one in table.columns if one.startswith(prefix)]
    # What a frame has no room for becomes one direction that all customers share: too wide rather than too narrow.
    first, rest = given[: DIRECTIONS - 1], given[DIRECTIONS - 1 :]
    doubts = [*first, *([sum((one * one for one in rest), start=ibis.literal(0.0)).sqrt()] if rest else [])]
    doubts += [ibis.literal(0.0)] * (DIRECTIONS - len(doubts))
    chance = table.spread.cast("float64") if spread is None else spread
    known = ibis.ifelse(chance.isnull() | chance.isnan(), 0.0, chance)
    found = {
        name: _whole((table["mean"] if mean is None else mean) * factor * scale),
        f"{name}_spread": (known * factor * factor * scale * scale).round().cast("decimal(38, 0)"),
        f"{name}_error": _whole(table.past_error * MILLION),
    }
    return found | {into: _whole(one * scale) for into, one in zip(doubts_of(name), doubts, strict=True)}


def _whole(value: ir.Value) -> ir.Value:
    return value.cast("float64").round().cast("int64")


def _placed(scope: Scope, rows: ir.Table) -> ir.Table:
    """Put rows into the period that the records end in."""
    last, bounds = scope.timeline.as_of - 1, scope.timeline.bounds
    inside = [at for at in range(scope.timeline.count) if bounds[at + 1] <= last < bounds[at + 2]]
    placed = rows.mutate(period=ibis.literal(inside[0] if inside else -1).cast("int32"))
    return placed if inside else placed.limit(0)


def _valued(scope: Scope) -> ir.Table:
    table, days = scope.tables[f"{FORETOLD}value"], scope.tables["purchase_days"]
    so_far = days.filter(days.customer > 0).group_by(person=days.customer).aggregate(so_far=_.value.sum())
    rows = table.left_join(so_far, table.customer == so_far.person)
    known = rows.so_far.fill_null(0).cast("int64")
    return _placed(scope, rows.select("customer", so_far=known, **_parts(rows, UNITS, "clv")))


def _alive(scope: Scope) -> ir.Table:
    table = scope.tables[f"{FORETOLD}orders"]
    if "alive" not in table.columns:
        table = table.mutate(alive=ibis.literal(0.0)).limit(0)
    alive = table.alive.cast("float64")
    parts = _parts(table, MILLION, "alive", mean=alive, spread=alive * (1 - alive), prefix="alive_doubt_")
    return _placed(scope, table.select("customer", **parts))


def _no_alive(scope: Scope) -> Iterable[tuple[str, ir.Table]]:
    table = scope.tables[f"{FORETOLD}orders"]
    why = "who is a customer still is told neither by the simple rule nor by laws where nobody is seen to leave"
    return [(why, table if "alive" in table.columns else table.limit(0))]


def _leaving(outcome: str) -> Callable[[Scope], ir.Table]:
    def build(scope: Scope) -> ir.Table:
        table = scope.tables[f"{FORETOLD}{outcome}"]
        chance = table["mean"].cast("float64")
        return _placed(scope, table.select("customer", **_parts(table, MILLION, "churn", spread=chance * (1 - chance))))

    return build


def _healthy(scope: Scope) -> ir.Table:
    """Return 100 less the probability of leaving in percent: of contracts where there are some, else of silence."""
    name = next(name for name in _HEALTH if name in scope.tables)
    table = scope.tables[name]
    chance = table["mean"].cast("float64")
    parts = _parts(table, MILLION, "health", mean=1 - chance, spread=chance * (1 - chance))
    return _placed(scope, table.select("customer", **parts))


def _at_stake(churn: str, value: str) -> Callable[[Scope], ir.Table]:
    """Return what makes P(churn) times CLV, with the doubt about P(churn) and about CLV in one."""

    def build(scope: Scope) -> ir.Table:
        leaving, worth = scope.tables[f"{FORETOLD}{churn}"], scope.tables[f"{FORETOLD}{value}"]
        clv = worth.select(
            person=worth.customer,
            clv=ibis.greatest(worth["mean"], 0.0),
            off=worth.past_error,
            **{f"worth_{name}": worth[name] for name in worth.columns if name.startswith("doubt_")},
        )
        rows = leaving.inner_join(clv, leaving.customer == clv.person)
        doubts = {name: rows[name] * rows.clv for name in leaving.columns if name.startswith("doubt_")}
        # A direction of one model's doubt has nothing to do with the other's: each keeps its own.
        own = {
            f"doubt_{name}": rows[f"worth_{name}"] * rows["mean"] for name in worth.columns if name.startswith("doubt_")
        }
        made = rows.select(
            "customer",
            mean=rows["mean"] * rows.clv,
            spread=ibis.literal(0.0),
            past_error=(rows.past_error**2 + rows.off**2).sqrt(),
            **doubts,
            **own,
        )
        return _placed(scope, made.select("customer", **_parts(made, UNITS, "stake")))

    return build


def _recurring(scope: Scope) -> ir.Table:
    """Return P(end) times what a customer pays per month now."""
    leaving, contracts = scope.tables[f"{FORETOLD}contract_end"], scope.tables["contracts"]
    today = scope.timeline.as_of
    now = contracts.filter((contracts.start_day < today) & (contracts.end_day >= today))
    paid = now.group_by(person=now.customer).aggregate(monthly=_.monthly.sum())
    rows = leaving.inner_join(paid, leaving.customer == paid.person)
    chance = rows["mean"].cast("float64")
    parts = _parts(rows, 1, "stake", spread=chance * (1 - chance), factor=rows.monthly.cast("float64"))
    return _placed(scope, rows.select("customer", **parts))


def _frame(
    name: str, outcomes: Iterable[str], needs: Iterable[str], build: Callable[[Scope], ir.Table], column: str
) -> Frame:
    so_far = {"so_far": "int64"} if column == "clv" else {}
    return Frame(
        name=name,
        needs=(*needs, *(f"{FORETOLD}{outcome}" for outcome in outcomes)),
        build=build,
        columns=columns_of(column) | so_far,
        unique=True,
        parameters=_PARAMETERS[column],
    )


def _before(outcome: str) -> Callable[[Scope], ir.Table]:
    """Return what makes predictions of past days, each in the period of the last day that was known."""

    def build(scope: Scope) -> ir.Table:
        rows = scope.tables[f"{FORETOLD}past_{outcome}"]
        error = rows["mean"].cast("float64") - rows.came.cast("float64")
        return rows.select(
            "customer",
            period=scope.timeline.index(rows.day),
            foretold=_whole(rows["mean"].cast("float64") * UNITS),
            came=_whole(rows.came.cast("float64") * UNITS),
            squared=_whole(error * error * MILLION),
        )

    return build


def _past_frame(outcome: str) -> Frame:
    return Frame(
        name=f"past_{outcome}",
        needs=(f"{FORETOLD}past_{outcome}",),
        build=_before(outcome),
        columns={"foretold": "int64", "came": "int64", "squared": "int64"},
    )


_HEALTH = tuple(f"{FORETOLD}{outcome}_health" for outcome in ("contract_end", "lapse"))
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "clv": ("clv_months", "discount_rate"),
    "alive": (),
    "churn": ("churn_days", "lead_days", "lapse_days"),
    "stake": ("churn_days", "lead_days", "clv_months", "discount_rate"),
}

valued = _frame("valued", ["value"], ["orders"], _valued, "clv")
"""Everybody who has ordered, with predicted CLV and what they were worth so far."""
alive = replace(_frame("alive", ["orders"], ["orders"], _alive, "alive"), lacks=_no_alive)
"""Everybody who has ordered, with the probability that they are customers still."""
falling_silent = _frame("falling_silent", ["lapse"], ["orders"], _leaving("lapse"), "churn")
"""Active customers, with the probability that they fall silent."""
ending = _frame("ending", ["contract_end"], ["subscriptions"], _leaving("contract_end"), "churn")
"""Customers under contract, with the probability that they end it."""
clv_at_stake = _frame("clv_at_stake", ["lapse", "value"], ["orders"], _at_stake("lapse", "value"), "stake")
"""Active customers, with P(silence) times CLV."""
revenue_at_stake = _frame("revenue_at_stake", ["contract_end"], ["subscriptions"], _recurring, "stake")
"""Customers under contract, with P(end) times what they pay per month."""
health = Frame(
    name="health",
    needs=(_HEALTH,),
    build=_healthy,
    columns=columns_of("health"),
    unique=True,
    parameters=_PARAMETERS["churn"],
)
"""Customers whose health past days justify to score."""
past_lapse = _past_frame("lapse")
"""Active customers of past days, with the probability foretold then of falling silent, and whether they did."""
past_value = _past_frame("value")
"""Buyers of past days, with the CLV foretold then and what they brought."""
