"""The tool `forecast_kpi`: what a KPI will say, beside how well that went on past periods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.app.forecasting import forecast
from regulars.mcp import told
from regulars.mcp.call import Call
from regulars.mcp.marked import sentences
from regulars.mcp.schemas import COUNT, INTERVAL, SCORE, TEXT, TRAVELS, listed, record
from regulars.mcp.tool import STRICT, Result, Tool, of_kpis
from regulars.views import forecasts


@dataclass(frozen=True, kw_only=True)
class ForecastKpi:
    """Parameters of `forecast_kpi`."""

    __pydantic_config__ = STRICT

    kpi: Annotated[str, Field(description="name of a KPI; `list_kpis` lists them")]
    grain: Annotated[Literal["day", "week", "month", "quarter"], Field(description="of the periods")] = "month"
    ahead: Annotated[
        int | None,
        Field(description="periods after the running one; 28 days, 8 weeks, 6 months or 4 quarters where not said"),
    ] = None
    where: Annotated[str, Field(description="which customers count, such as market = 'NL'")] = ""


def _answer(call: Call, asked: ForecastKpi) -> Result:
    with call.generation.quickly:
        (found,) = forecast(
            (asked.kpi.strip(),),
            call.workspace,
            call.opened,
            grain=asked.grain,
            ahead=asked.ahead,
            where=asked.where.strip(),
        )
    answered = forecasts.record(found, call.currency)
    apart, inline = call.marking(inline=False), call.marking(inline=True)
    shown = {**sentences(answered, apart), "generation": call.opened.generation.number}
    lines = list(_lines(sentences(answered, inline)))
    return Result(text=told.fitting(lines, "Ask for fewer periods `ahead`."), record=shown, rows=len(shown["periods"]))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is said of it, the score first among it; then periods that are not over, and those that are."""
    yield from found["said"]
    if found["completed_by"]:
        yield f"The running period is completed from {found['completed_by']}."
    seen = [one for one in found["periods"] if one["what"] == forecasts.SEEN]
    for one in [*(one for one in found["periods"] if one not in seen), *reversed(seen)]:
        yield f"- {one['what']}: {told.number({**one, 'unit': found['unit']})}"


FORECAST_KPI = Tool(
    name="forecast_kpi",
    title="Foretell a KPI",
    said=(
        "Foretell a KPI by day, week, month or quarter, the running period completed, each with its interval, beside "
        "how well such forecasts went on past periods. Never quote a forecast without its score."
    ),
    takes=ForecastKpi,
    gives=record(
        {
            "kpi": TEXT,
            "grain": TEXT,
            "unit": TEXT,
            "model": TEXT,
            "why_not": TEXT,
            "said": listed(TEXT),
            "score": {"anyOf": [SCORE, {"type": "null"}]},
            "completed_by": TEXT,
            "periods": listed(record({"what": TEXT, **INTERVAL, **TRAVELS})),
            "generation": COUNT,
        }
    ),
    answer=_answer,
    known=of_kpis,
    about=lambda _, asked: (asked.kpi, ""),
)
