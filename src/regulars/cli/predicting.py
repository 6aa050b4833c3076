"""`regulars models`, `predict`, `backtest`, `clv` and `at-risk`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from regulars.app.foretell import AtRiskBy, Foretold
from regulars.cli import terminal, trials
from regulars.cli.terminal import Fitted
from regulars.core.wording import counted
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.healthy import Healthy
from regulars.views.predicted import SHOWS, Predicted, checked_top
from regulars.views.scored import scored
from regulars.views.valued import UNCHECKED, AtRisk, Valued

#: Customers shown where the output is a table for people.
_SHOWN = 20


def models(directory: Path, output_format: str) -> None:
    """List the models."""
    with terminal.company(directory) as company:
        records = company.models()
    terminal.show(lambda: records, lambda: _catalogue(records), output_format)


def _catalogue(records: list[dict[str, Any]]) -> Fitted:
    table = Table("Predicts", "Model", "", "Question", "Why not", box=None, pad_edge=False)
    for one in sorted(records, key=lambda one: (one["predicts"], not one["chosen"], one["name"])):
        said = "chosen" if one["chosen"] else "simple rule" if one["naive"] else ""
        table.add_row(one["predicts"], one["name"], said, one["question"], one["why_not"])
    return Fitted(table, wraps=("Question", "Why not"))


@contextmanager
def _trying() -> Iterator[Callable[[str, date], None]]:
    """Show which model is tried on which day."""
    with terminal.progress() as told:
        yield lambda model, day: told(f"{model}, as of {day}", 0, 1)


def _checked(top: int | None, output_format: str) -> int | None:
    """Return how many customers are shown.

    Raises:
        QueryError: `top` is no number of customers, or there is no such format.
    """
    people = terminal.chosen(output_format) == "table"
    checked_top(top)
    return top or (_SHOWN if people else None)


def predict(
    name: str,
    directory: Path,
    *,
    horizon: int | None,
    lead: int | None,
    top: int | None,
    output_format: str,
    output: Path | None,
) -> None:
    """Foretell what customers will do, and say how well that went on the past.

    Raises:
        QueryError: `top` is no number of customers.
    """
    size = _checked(top, output_format)
    with terminal.company(directory) as company, _trying() as progress:
        shown = company.predict(name, horizon_days=horizon, lead_days=lead, top=size, progress=progress)
    terminal.show(shown.records, lambda: _page(shown), output_format, output, flat=shown.flat)


def backtest(
    names: Sequence[str], directory: Path, *, horizon: int | None, again: bool, output_format: str, output: Path | None
) -> None:
    """Try all models of outcomes on the past, choose, foretell and keep."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company, _trying() as progress:
        found = company.backtest(*names, horizon_days=horizon, again=again, progress=progress, missed=terminal.note)
    terminal.show(found.records, lambda: Group(*map(trials.trial, found)), output_format, output, flat=found.flat)


def _page(shown: Predicted) -> RenderableType:
    found = shown.found
    return trials.page(found.model.question, trials.score(found), _customers(shown), trials.beneath(found))


def _customers(shown: Predicted) -> RenderableType:
    found = shown.found
    shows = SHOWS[shown.kind]
    head = f"{trials.capital(found.outcome.said)}, {found.period}"
    table = Table("Customer", head, _limits(found), box=None, pad_edge=False)
    rows = list(shown.values())
    reasoned = any(row.get("reasons") for row in rows)
    if reasoned:
        table.add_column(_REASONS)
    for row in rows:
        mean, low, high = (words.value(row[name], shows, shown.currency) for name in ("value", "low", "high"))
        table.add_row(row["customer_id"], mean, f"{low} to {high}", *([_why(row)] if reasoned else []))
    return Fitted(table, wraps=(head, _REASONS), folds=(_limits(found),))


_REASONS = "Goes along with"


def _why(row: Mapping[str, Any]) -> str:
    return "; ".join(row["reasons"]) or "no sign stands out"


def _limits(found: Foretold) -> str:
    return f"{found.said.level * 100:g} % limits"


def clv(directory: Path, *, months: int | None, top: int | None, output_format: str, output: Path | None) -> None:
    """Show what customers will bring, one by one and together.

    Raises:
        QueryError: `top` is no number of customers.
    """
    size = _checked(top, output_format)
    with terminal.company(directory) as company, _trying() as progress:
        shown = company.clv(months=months, top=size, progress=progress)
    terminal.show(shown.records, lambda: _valued(shown), output_format, output, flat=shown.flat)


#: What the sums are called.
_TOTALS = {
    "customer_equity": "customer equity: CLV of everybody who has ordered",
    "expected_orders": "orders expected",
}


def _valued(shown: Valued) -> RenderableType:
    found, orders = shown.clv.found, shown.orders
    tried = f"Orders and P(alive) are told by `{orders.model.name}`: {scored(orders)}."
    why = shown.alive.why_not
    alive = f"P(alive): no value, because {why}." if why else f"{UNCHECKED}."
    return trials.page(
        f"CLV: {shown.timing}",
        _totals(shown),
        _before(shown),
        trials.score(found),
        _worth(shown),
        f"{tried} {alive}",
        trials.beneath(found, orders),
    )


def _before(shown: Valued) -> str:
    value, before = words.value(shown.before.value, Shows.MONEY, shown.clv.currency), shown.before
    said = (
        f"In the {before.days} days before, {counted(before.n, 'customer')} brought {value}, counted, not discounted."
    )
    return f"{said} Beware: {shown.warning}." if shown.warning else said


def _totals(shown: Valued) -> RenderableType:
    currency, found = shown.clv.currency, shown.clv.found
    totals = Table("All customers", "", f"{found.said.level * 100:g} % interval", "n", box=None, pad_edge=False)
    for name, total in shown.totals.items():
        shows = Shows.NUMBER if name == "expected_orders" else Shows.MONEY
        said = f"{_TOTALS[name]}, {shown.orders.period}" if name == "expected_orders" else _TOTALS[name]
        value = total.why_not or words.value(total.value, shows, currency)
        totals.add_row(said, value, words.interval(total, shows, currency), f"{total.n:,}")
    return Fitted(totals, wraps=("All customers", ""), folds=(f"{found.said.level * 100:g} % interval",))


def _worth(shown: Valued) -> RenderableType:
    """Draw customers with CLV, P(alive) and orders, each with its limits."""
    limits, orders_of = _limits(shown.clv.found), f"Orders, {shown.orders.said.horizon_days} d"
    table = Table("Customer", "CLV", limits, "P(alive)", _ITS, orders_of, "order limits", box=None, pad_edge=False)
    for row in shown.values():
        clv, alive, orders = _spans(row, ("", "alive", "expected_orders"), shown.clv.currency)
        table.add_row(row["customer_id"], *clv, *alive, *orders)
    return Fitted(table, folds=(limits, _ITS, "order limits"))


#: What the limits of a probability are called.
_ITS = "its limits"
#: How parts of a row are written.
_SHOWN_AS = {"alive": Shows.SHARE, "churn": Shows.SHARE, "expected_orders": Shows.NUMBER}


def _spans(row: Mapping[str, Any], names: Sequence[str], currency: str) -> Iterator[tuple[str, str]]:
    """Yield values of a customer with their limits; "" is the prediction itself. No value has no limits."""
    for name in names:
        ends = (name or "value", f"{name}_low".lstrip("_"), f"{name}_high".lstrip("_"))
        shows = _SHOWN_AS.get(name, Shows.MONEY)
        mean, low, high = (words.value(row[end], shows, currency) for end in ends)
        yield mean, "" if row[ends[0]] is None else f"{low} to {high}"


def at_risk(directory: Path, *, of: str, top: int | None, output_format: str, output: Path | None) -> None:
    """List customers by value at stake.

    Raises:
        QueryError: `top` is no number of customers.
    """
    size = _checked(top, output_format)
    with terminal.company(directory) as company, _trying() as progress:
        shown = company.at_risk(of=of, top=size, progress=progress)
    terminal.show(shown.records, lambda: _risk(shown), output_format, output, flat=shown.flat)


def _risk(shown: AtRisk) -> RenderableType:
    currency, churn, value = shown.currency, shown.churn, shown.value
    total = shown.total.why_not or words.value(shown.total.value, Shows.MONEY, currency)
    span = "" if shown.total.why_not else f" ({words.interval(shown.total, Shows.MONEY, currency)})"
    rows = list(shown.values())
    reasoned = any(row["reasons"] for row in rows)
    limits = _limits(churn)
    heads = ("At stake", limits, "Probability", _ITS, "CLV", "CLV limits", *([_REASONS] if reasoned else []))
    table = Table("Customer", *heads, box=None, pad_edge=False)
    for row in rows:
        stake, leaving, clv = _spans(row, ("at_stake", "churn", "clv"), currency)
        why = [_why(row)] if reasoned else []
        table.add_row(row["customer_id"], *stake, *leaving, *clv, *why)
    none = "" if reasoned or not rows else f"`{churn.model.name}` does not tell what goes along with leaving. "
    return trials.page(
        f"Value at stake: {total}{span}, n = {counted(shown.total.n, 'customer')}. {trials.capital(shown.span)}.",
        f"Beware of the order of this list: {shown.warning}." if shown.warning else "",
        trials.score(churn),
        trials.score(value),
        Fitted(table, wraps=(_REASONS,), folds=(limits, _ITS, "CLV limits"), drops=(_REASONS, "CLV limits")),
        f"{none}{_STAKE}{_others(shown.by)}",
        trials.beneath(churn, value),
    )


def _others(by: AtRiskBy) -> str:
    return "".join(f" These records tell it of {other}, too: `--of {other}`." for other in by.others)


_STAKE = "At stake: probability times CLV. Not all of it can be saved, and what goes along with risk need not cause it."


def health(directory: Path, *, of: str, top: int | None, output_format: str, output: Path | None) -> None:
    """Show the health score of customers, or that none is justified.

    Raises:
        QueryError: `top` is no number of customers.
    """
    size = _checked(top, output_format)
    with terminal.company(directory) as company, _trying() as progress:
        shown = company.health(of=of, top=size, progress=progress)
    terminal.show(shown.records, lambda: _healthy(shown), output_format, output, flat=shown.flat)


def _healthy(shown: Healthy) -> RenderableType:
    found, rows = shown.health.found, shown.values()
    if shown.health.justified:
        table = Table("Customer", "Health", _limits(found), "Healthier than", _REASONS, box=None, pad_edge=False)
        for row in rows:
            limits, above = f"{row['low']:.0f} to {row['high']:.0f}", f"{row['percentile']:.0f} %"
            table.add_row(row["customer_id"], f"{row['score']:.0f}", limits, above, _why(row))
    else:
        table = Table("Customer", "Days silent", box=None, pad_edge=False)
        for row in rows:
            table.add_row(row["customer_id"], words.value(row["days_silent"], Shows.NUMBER, ""))
    head = f"Health by {shown.health.by.of}, {found.period}: {shown.verdict}"
    below = f"{trials.beneath(found)}{_others(shown.health.by)}"
    return trials.page(head, trials.score(found), Fitted(table, wraps=(_REASONS,)), below)
