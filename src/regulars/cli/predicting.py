"""`regulars models`, `predict`, `backtest`, `clv` and `at-risk`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from regulars.app.foretell import Foretold
from regulars.cli import terminal
from regulars.core.errors import QueryError
from regulars.core.estimate import Interval
from regulars.kpis.kpi import Shows
from regulars.models.model import Kind
from regulars.models.scores import Measure, measures
from regulars.views import predicted, words
from regulars.views.healthy import Healthy
from regulars.views.predicted import SHOWS, Predicted
from regulars.views.valued import AtRisk, Valued

#: Customers shown where the output is a table for people.
_SHOWN = 20


def models(directory: Path, output_format: str) -> None:
    """List the models."""
    with terminal.company(directory) as company:
        records = company.models()
    terminal.show(lambda: records, lambda: _catalogue(records), output_format)


def _catalogue(records: list[dict[str, Any]]) -> terminal.Fitted:
    table = Table("Predicts", "Model", "", "Question", "Why not", box=None, pad_edge=False)
    for one in sorted(records, key=lambda one: (one["predicts"], not one["chosen"], one["name"])):
        said = "chosen" if one["chosen"] else "simple rule" if one["naive"] else ""
        table.add_row(one["predicts"], one["name"], said, one["question"], one["why_not"])
    return terminal.Fitted(table, wraps=("Question", "Why not"))


@contextmanager
def _trying() -> Iterator[Callable[[str, date], None]]:
    """Show which model is tried on which day."""
    with terminal.progress() as told:
        yield lambda model, day: told(f"{model}, as of {day}", 0, 1)


def _checked(top: int | None, output_format: str) -> int | None:
    """Return how many customers are shown.

    Raises:
        QueryError: `top` is no number of customers.
    """
    people = terminal.chosen(output_format) == "table"
    if top is not None and top < 1:
        raise QueryError(f"`{top}` is no number of customers. Write 1 or more.")
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
        currency = company.currency
    trials = [predicted.trial_record(one.said.trial, one.outcome.kind) for one in found]
    flat = [_flat(trial, one) for trial in trials for one in trial["models"]]
    terminal.show(
        lambda: trials,
        lambda: Group(*(_trial(one, currency) for one in found)),
        output_format,
        output,
        flat=lambda: flat,
    )


def _flat(trial: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """Return a model's scores as one row."""
    row = {name: trial[name] for name in ("outcome", "horizon_days", "asked_days", "lead_days", "naive")}
    row |= {"cutoffs": ", ".join(trial["cutoffs"])}
    for name, value in one.items():
        if isinstance(value, dict):
            row |= {name: value["value"], f"{name}_low": value["low"], f"{name}_high": value["high"]}
        elif not isinstance(value, list):
            row[name] = value
    return row


def _trial(found: Foretold, currency: str) -> RenderableType:
    trial, kind = found.said.trial, found.outcome.kind
    table = Table(title=f"{trial.outcome}: {found.outcome.said}, {trial.asked_days} days ahead", box=None)
    table.title_justify = "left"
    table.add_column("Model", no_wrap=True)
    for measure in measures(kind):
        table.add_column(_HEADS.get(measure.name, measure.name), justify="right")
    table.add_column("Squared error beside the rule")
    for one in trial.tried:
        name = f"{one.model} (chosen)" if one.model == trial.chosen else one.model
        if one.why_not:
            table.add_row(name, *["-"] * len(measures(kind)), one.why_not)
            continue
        values = [predicted.number(measure, one.score[measure.name].value) for measure in measures(kind)]
        table.add_row(name, *values, _gain(one.gain, one.model == trial.naive))
    table.caption = (
        f"Chosen: {trial.why}. {_capital(trial.tried_on)}. {_instead(found)}"
        f"Intervals of all scores: --format json or csv."
    )
    table.caption_justify = "left"
    return Group(table, "")


_HEADS = {
    "bias": "Foretold / came",
    "rmse": "RMSE",
    "mae": "MAE",
    "spearman": "Spearman",
    "gini": "Norm. Gini",
    "decile_error": "Decile error",
    "coverage": "In limits",
    "top_tenth": "Top tenth brings",
    "auc": "AUC",
    "average_precision": "AP",
    "brier": "Brier",
    "calibration_error": "Calib. error",
    "lift": "Lift 10 %",
    "hit_rate": "Hit rate",
}


def _gain(gain: Interval, rule: bool) -> str:
    if rule:
        return "the simple rule"
    if gain.value is None or gain.low is None or gain.high is None:
        return gain.why_not
    return f"{-gain.value:+.1%} ({-gain.high:+.1%} to {-gain.low:+.1%})"


def _instead(found: Foretold) -> str:
    return f"{found.said.instead}; `{found.said.model}` foretells instead. " if found.said.instead else ""


def _page(shown: Predicted) -> Table:
    found = shown.found
    page = Table.grid()
    page.add_row(_score(found))
    page.add_row("")
    page.add_row(_customers(shown))
    page.title, page.title_justify = found.model.question, "left"
    page.caption = f"{shown.caveat} {_travels(found)}"
    page.caption_justify = "left"
    return page


def _travels(found: Foretold) -> str:
    flags = "".join(f"Beware: {words.flag(flag)}. " for flag in found.flags)
    known = f"records before {found.known_at:%Y-%m-%d %H:%M} UTC"
    notes = "".join(f" {_capital(note)}." for note in found.said.notes)
    said = f"{flags}{_instead(found)}Model `{found.model.name}` {found.version}; {known}"
    return f"{said}; learned from {found.said.n:,} customers.{notes}"


def _score(found: Foretold) -> Table:
    """Draw the score of a model beside the simple rule's."""
    trial, own = found.said.trial, found.tried
    naive = trial.of(trial.naive)
    rule = own.model == trial.naive
    level = f"{found.said.level * 100:g} % interval"
    table = Table("Tried on the past", own.model, level, *([] if rule else [trial.naive]), box=None)
    for measure in measures(found.outcome.kind):
        value = own.score[measure.name]
        beside = [] if rule else [predicted.number(measure, naive.score[measure.name].value)]
        table.add_row(measure.said, predicted.number(measure, value.value), _span(measure, value), *beside)
    table.caption = f"{_capital(own.verdict(trial.naive))}. {_capital(trial.tried_on)}."
    table.caption_justify = "left"
    return table


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _span(measure: Measure, found: Interval) -> str:
    if found.why_not:
        return found.why_not
    return f"{predicted.number(measure, found.low)} to {predicted.number(measure, found.high)}"


def _customers(shown: Predicted) -> Table:
    found = shown.found
    shows = SHOWS[shown.kind]
    head = f"{_capital(found.outcome.said)}, {found.period}"
    reasoned = shown.kind is Kind.PROBABILITY and "reason_1" in found.table.column_names
    table = Table("Customer", head, f"{found.said.level * 100:g} % limits", box=None)
    if reasoned:
        table.add_column("Goes along with")
    for row in shown.values():
        mean, low, high = (words.value(row[name], shows, shown.currency) for name in ("value", "low", "high"))
        why = ["; ".join(row["reasons"])] if reasoned else []
        table.add_row(row["customer_id"], mean, f"{low} to {high}", *why)
    return table


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
    currency, found = shown.clv.currency, shown.clv.found
    totals = Table("All customers", "", f"{found.said.level * 100:g} % interval", box=None)
    for name, total in shown.totals.items():
        shows = Shows.NUMBER if name == "expected_orders" else Shows.MONEY
        said = f"{_TOTALS[name]}, {shown.orders.period}" if name == "expected_orders" else _TOTALS[name]
        value = total.why_not or words.value(total.value, shows, currency)
        totals.add_row(said, value, words.interval(total, shows, currency))
    totals.caption, totals.caption_justify = f"Intervals hold {worth_method(shown)}.", "left"
    customers = Table(
        "Customer", "CLV", f"{found.said.level * 100:g} % limits", "P(alive)", "Orders expected", box=None
    )
    for row in shown.values():
        clv, low, high = (words.value(row[name], Shows.MONEY, currency) for name in ("value", "low", "high"))
        alive = words.value(row.get("alive"), Shows.SHARE, "")
        customers.add_row(
            row["customer_id"], clv, f"{low} to {high}", alive, words.value(row["expected_orders"], Shows.NUMBER, "")
        )
    page = Table.grid()
    for part in (totals, "", _score(found), "", customers):
        page.add_row(part)
    page.title, page.title_justify = f"CLV: {shown.timing}", "left"
    orders = f"Orders by `{shown.orders.model.name}`: {shown.orders.tried.verdict(shown.orders.said.trial.naive)}."
    page.caption, page.caption_justify = f"{shown.clv.caveat} {_travels(found)} {orders}", "left"
    return page


def worth_method(shown: Valued) -> str:
    """Say what the intervals of totals hold."""
    totals = [total for total in shown.totals.values() if not total.why_not]
    return totals[0].method if totals else "nothing"


def at_risk(directory: Path, *, top: int | None, output_format: str, output: Path | None) -> None:
    """List customers by value at stake.

    Raises:
        QueryError: `top` is no number of customers.
    """
    size = _checked(top, output_format)
    with terminal.company(directory) as company, _trying() as progress:
        shown = company.at_risk(top=size, progress=progress)
    terminal.show(shown.records, lambda: _risk(shown), output_format, output, flat=shown.flat)


def _risk(shown: AtRisk) -> RenderableType:
    currency, churn = shown.currency, shown.churn
    total = words.value(shown.total.value, Shows.MONEY, currency)
    span = shown.total.why_not or words.interval(shown.total, Shows.MONEY, currency)
    table = Table("Customer", "At stake", f"{churn.outcome.said.capitalize()}", "limits", "CLV", box=None)
    table.add_column("Goes along with")
    for row in shown.values():
        chance = [words.value(row[name], Shows.SHARE, "") for name in ("churn", "churn_low", "churn_high")]
        table.add_row(
            row["customer_id"],
            words.value(row["at_stake"], Shows.MONEY, currency),
            chance[0],
            f"{chance[1]} to {chance[2]}",
            words.value(row["clv"], Shows.MONEY, currency),
            "; ".join(row["reasons"]),
        )
    page = Table.grid()
    for part in (_score(churn), "", _score(shown.value), "", table):
        page.add_row(part)
    page.title, page.title_justify = f"At stake, {churn.period}: {total} ({span})", "left"
    page.caption = (
        "At stake: probability times CLV. Not all of it can be saved, and what goes along with risk need not cause it. "
        f"{churn.outcome.caveat} {churn.model.caveat} {_travels(churn)} {_travels(shown.value)}"
    )
    page.caption_justify = "left"
    return page


def health(directory: Path, *, top: int | None, output_format: str, output: Path | None) -> None:
    """Show the health score of customers, or that none is justified.

    Raises:
        QueryError: `top` is no number of customers.
    """
    size = _checked(top, output_format)
    with terminal.company(directory) as company, _trying() as progress:
        shown = company.health(progress=progress)
    terminal.show(shown.records, lambda: _healthy(shown, size or _SHOWN), output_format, output, flat=shown.flat)


def _healthy(shown: Healthy, size: int) -> RenderableType:
    found = shown.health.found
    if shown.health.justified:
        table = Table("Customer", "Health", "limits", "Healthier than", "Goes along with", box=None)
        for row in shown.values()[:size]:
            limits, above = f"{row['low']:.0f} to {row['high']:.0f}", f"{row['percentile']:.0f} %"
            table.add_row(row["customer_id"], f"{row['score']:.0f}", limits, above, "; ".join(row["reasons"]))
    else:
        table = Table("Customer", "Days silent", box=None)
        for row in shown.values()[:size]:
            table.add_row(row["customer_id"], words.value(row["days_silent"], Shows.NUMBER, ""))
    page = Table.grid()
    for part in (_score(found), "", table):
        page.add_row(part)
    page.title, page.title_justify = f"Health, {found.period}: {shown.verdict}", "left"
    page.caption, page.caption_justify = f"{found.model.caveat} {_travels(found)}", "left"
    return page
