"""The tool `answer_kpi`: KPIs over time, by group, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.app import measure
from regulars.core.errors import QueryError
from regulars.core.periods import Grain, Period
from regulars.kpis.answer import Row
from regulars.mcp import told
from regulars.mcp.call import Call
from regulars.mcp.capped import ROWS, fair
from regulars.mcp.customer_text import NOTE
from regulars.mcp.marked import answer
from regulars.mcp.schemas import ANSWER, COUNT, SAID, TEXT, listed, record
from regulars.mcp.tool import STRICT, Result, Tool, of_kpis
from regulars.views.shown import record as plain

#: KPIs of one question.
KPIS = 5
#: Periods of all of them together that are worked out: more would keep others waiting, and few of them are shown.
PERIODS = 1_000
#: Days of a period of each grain, at least.
_DAYS: Mapping[str, int] = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
_LESS = "Ask for less: a later `start`, a coarser `grain`, fewer KPIs or groups."


@dataclass(frozen=True, kw_only=True)
class AnswerKpi:
    """Parameters of `answer_kpi`."""

    __pydantic_config__ = STRICT

    kpi: Annotated[str | list[str], Field(description=f"name of a KPI, or up to {KPIS} of them")]
    by: Annotated[str | list[str], Field(description="attributes of customers to split by; `list_kpis` names them")] = (
        ""
    )
    grain: Annotated[
        Literal["day", "week", "month", "quarter", "year", "all"],
        Field(description="how the period is cut; `all` gives one figure"),
    ] = "month"
    start: Annotated[str, Field(description="first day, as 2024-01-31; the last twelve periods where not said")] = ""
    end: Annotated[str, Field(description="day after the last one; where the records end if not said")] = ""
    where: Annotated[
        str, Field(description="which customers count, such as market = 'NL' and segment != 'consumer'")
    ] = ""
    compare: Annotated[bool, Field(description="each period with the one before, over the same elapsed part")] = False


def _answer(call: Call, asked: AnswerKpi) -> Result:
    names = _listed(asked.kpi)
    if not names:
        raise QueryError("No KPI is named. `list_kpis` lists them.")
    if len(names) > KPIS:
        raise QueryError(f"At most {KPIS} KPIs are answered at once. Ask for the others afterwards.")
    rows, left_out = _newest(_rows(call, names, asked))
    shown = [plain(row, call.currency) for row in rows]
    caveats = {row.kpi.name: row.kpi.caveat for row in rows}
    apart, inline = call.marking(inline=False), call.marking(inline=True)
    lines = [line for row in shown for line in told.answer(answer(row, inline))]
    lines += [f"When not to trust {name}: {inline.own(caveat)}" for name, caveat in caveats.items() if caveat]
    if left_out:
        lines.append(f"{left_out:,} older rows are left out. {_LESS}")
    if not shown:
        lines.append("No group of customers counts in these periods.")
    return Result(
        text=told.fitting(lines, _LESS),
        record={
            "note": NOTE,
            "rows": [answer(row, apart) for row in shown],
            "left_out": left_out,
            "caveats": {name: apart.own(caveat) for name, caveat in caveats.items()},
            "generation": call.opened.generation.number,
        },
        rows=len(shown),
    )


def _rows(call: Call, names: Sequence[str], asked: AnswerKpi) -> list[Row]:
    workspace, records, by = call.workspace, call.opened.records, _listed(asked.by)
    with call.generation.quickly:
        measure.known_splits(by, names, workspace.kpis, records, workspace.origins)
        start, end = measure.day(asked.start or None, "start"), measure.day(asked.end or None, "end")
        grain = None if asked.grain == measure.ALL else Grain(asked.grain)
        _few_enough(measure.period_of(records, grain, start, end), asked.grain, len(names))
        return measure.ask(
            names,
            workspace.kpis,
            records,
            by=by,
            grain=asked.grain,
            start=start,
            end=end,
            where=asked.where.strip() or None,
            compare=asked.compare,
        )


def _few_enough(period: Period, grain: str, kpis: int) -> None:
    periods = period.days // _DAYS.get(grain, period.days) * kpis
    if periods > PERIODS:
        raise QueryError(f"That would be {periods:,} periods; at most {PERIODS:,} are worked out at once. {_LESS}")


def _newest(rows: Sequence[Row]) -> tuple[list[Row], int]:
    """Return the newest rows of each KPI, as many as are told, and how many are not."""
    each = [list(group) for _, group in groupby(rows, key=lambda row: row.kpi.name)]
    share = fair([len(group) for group in each], ROWS)
    kept = [row for group in each for row in (group[-share:] if share else [])]
    return kept, len(rows) - len(kept)


def _listed(said: str | Sequence[str]) -> list[str]:
    parts = said.split(",") if isinstance(said, str) else said
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _about(_: Call, asked: Any) -> tuple[str, str]:
    return " ".join(_listed(asked.kpi)), ""


ANSWER_KPI = Tool(
    name="answer_kpi",
    title="Answer for KPIs",
    said=(
        "Answer for one KPI or several: over time, split by attributes of customers, for some customers only, compared "
        "with the period before. Every value has its interval, n (independent units, usually customers), period, "
        "as-of, version of the definition and quality flags; say them along with it. Predictions have their score on "
        "past days beside them. A change whose interval holds 0 is none that can be told from chance."
    ),
    takes=AnswerKpi,
    gives=record(
        {
            "note": SAID,
            "rows": listed(ANSWER),
            "left_out": COUNT,
            "caveats": {"type": "object", "additionalProperties": TEXT},
            "generation": COUNT,
        }
    ),
    answer=_answer,
    known=of_kpis,
    about=_about,
)
