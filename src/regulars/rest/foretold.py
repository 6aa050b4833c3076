"""What KPIs will say, asked in words; as quick as two or three answers, and kept as they are."""

from collections.abc import Iterator
from typing import Any

from regulars.app.forecasting import forecast as foretell
from regulars.core.errors import UnknownName
from regulars.rest.endpoint import Asking, Record
from regulars.rest.held import Held
from regulars.rest.numbers import head
from regulars.views.flattened import typed
from regulars.views.forecasts import record


def forecast(asking: Asking, held: Held) -> dict[str, Any]:
    """Foretell one KPI.

    Raises:
        UnknownName: no such KPI.
        QueryError: it cannot be asked so.
        NotYet: others still ask.
    """
    name = asking.about["name"]
    if name not in asking.workspace.kpis:
        raise UnknownName("KPI", name, asking.workspace.kpis)
    question = ("forecast", name, tuple(asking.said.items()))
    found: dict[str, Any] = held.once(
        asking.serving, question, asking.patience, lambda: asking.turn(lambda: _foretold(asking, name))
    )
    return found


def _foretold(asking: Asking, name: str) -> dict[str, Any]:
    said, workspace = asking.said, asking.workspace
    (found,) = foretell(
        (name,),
        workspace,
        asking.serving.quick,
        grain=said.get("grain", "month"),
        ahead=said.get("ahead"),
        where=said.get("where", ""),
    )
    return {**head(asking), **record(found, workspace.settings.company.currency)}


def rows(found: Record) -> Iterator[Record]:
    """Yield one row per period, with the model and what says most of its score."""
    shared = {"kpi": found["kpi"], "grain": found["grain"], "unit": found["unit"]}
    score = found["score"]
    for one in found["periods"]:
        made = {} if score is None else {"model": score["model"], "verdict": score["verdict"], "tried": score["tried"]}
        yield {**shared, **one, **typed(one), **made}
