"""`regulars models` and `regulars predict`."""

from pathlib import Path
from typing import Any

from rich.table import Table

from regulars.cli import terminal
from regulars.core.errors import QueryError
from regulars.core.estimate import Interval
from regulars.kpis.kpi import Shows
from regulars.views import predicted, words
from regulars.views.predicted import SCORES, Predicted

#: Customers shown where the output is a table for people.
_SHOWN = 20


def models(directory: Path, output_format: str) -> None:
    """List the models."""
    with terminal.company(directory) as company:
        records = company.models()
    terminal.show(lambda: records, lambda: _catalogue(records), output_format)


def _catalogue(records: list[dict[str, Any]]) -> terminal.Fitted:
    table = Table("Model", "Question", "Predicts", "", box=None, pad_edge=False)
    for one in records:
        table.add_row(one["name"], one["question"], one["predicts"], one["why_not"])
    return terminal.Fitted(table, wraps=("Question", ""))


def predict(
    name: str, directory: Path, *, horizon: int, top: int | None, output_format: str, output: Path | None
) -> None:
    """Foretell what customers will do, and say how well that went on the past.

    Raises:
        QueryError: `top` is no number of customers.
    """
    people = terminal.chosen(output_format) == "table"
    if top is not None and top < 1:
        raise QueryError(f"`{top}` is no number of customers. Write 1 or more.")
    with terminal.company(directory) as company:
        shown = company.predict(name, horizon_days=horizon, top=top or (_SHOWN if people else None))
        terminal.show(shown.records, lambda: _page(shown), output_format, output, flat=shown.flat)


def _page(shown: Predicted) -> Table:
    found = shown.found
    page = Table.grid()
    page.add_row(_score(shown))
    page.add_row("")
    page.add_row(_customers(shown))
    page.title, page.title_justify = found.model.question, "left"
    flags = "".join(f" Beware: {words.flag(flag)}." for flag in found.flags)
    known = f"records before {found.as_of:%Y-%m-%d %H:%M} UTC"
    page.caption = f"{found.model.caveat}{flags} Model {found.version}; {known}; learned from {found.n:,} customers."
    page.caption_justify = "left"
    return page


def _score(shown: Predicted) -> Table:
    found, tried = shown.found, shown.found.backtest
    level = f"{found.level * 100:g} % interval"
    table = Table("Tried on the past", found.model.name, level, *([] if found.model.naive else [tried.naive]), box=None)
    for name, said in SCORES.items():
        own: Interval = getattr(tried.score, name)
        span = own.why_not or f"{predicted.number(name, own.low)} to {predicted.number(name, own.high)}"
        rule = [] if found.model.naive else [predicted.number(name, getattr(tried.naive_score, name).value)]
        table.add_row(said, predicted.number(name, own.value), span, *rule)
    days = ", ".join(str(day) for day in tried.cutoffs) or "no past day"
    table.caption = f"{predicted.verdict(found).capitalize()}. Tried on {days}."
    table.caption_justify = "left"
    return table


def _customers(shown: Predicted) -> Table:
    found = shown.found
    unit = found.model.predicts.unit.capitalize()
    table = Table("Customer", f"{unit} in {found.period}", f"{found.level * 100:g} % limits", box=None)
    for row in shown.rows.to_pylist():
        mean, low, high = (words.value(row[name], Shows.NUMBER, "") for name in ("mean", "low", "high"))
        table.add_row(row["customer_id"], mean, f"{low} to {high}")
    return table
