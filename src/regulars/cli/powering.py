"""`regulars power`: how many answers it takes."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from regulars.app.planning import Own, Plan, plan
from regulars.app.said import Asked, kind_of, kinds_of, said
from regulars.cli import terminal
from regulars.core.errors import QueryError, SettingsError, StoreError
from regulars.core.periods import Period, day_number, day_of
from regulars.kpis.query import Records
from regulars.stats.nps import nps_variance

#: Days of records that tell how answers differ.
_DAYS = 365


def power(
    question: str,
    directory: Path,
    *,
    margin: float,
    change: float,
    level: float,
    output_format: str,
    output: Path | None,
) -> None:
    """Say how many answers a question needs; by the company's own answers where there are some."""
    terminal.chosen(output_format)
    variance, own = None, None
    try:
        with terminal.company(directory) as company:
            variance, own = _own(company.records, question)
    except (SettingsError, StoreError, QueryError):
        pass  # it can be asked before there are any records
    found = plan(question, margin=margin, change=change, level=level, variance=variance, own=own)
    terminal.show(lambda: [_record(found)], lambda: _table(found), output_format, output)


def _own(records: Records, question: str) -> tuple[float | None, Own | None]:
    """Return the variance of the company's answers of the last year, and which these are."""
    end = day_number(records.as_of)
    period = Period(day_of(end - _DAYS), records.as_of)
    asked = Asked(question=question, touchpoint=kind_of(kinds_of(records, question), question, ""), period=period)
    found = said(records, asked)
    if len(found) < records.definitions.small_n:
        return None, None
    up, down = float((found.net > 0).mean()), float((found.net < 0).mean())
    good = float(found.good.mean())
    variance = nps_variance(up, 1 - up - down, down) if question == "nps" else good * (1 - good)
    own = Own(answers=len(found), start=period.start, end=period.end, touchpoint=asked.touchpoint)
    return variance, own


def _record(found: Plan) -> dict[str, Any]:
    """Return the plan flat: of the company's own answers, too."""
    flat = asdict(found)
    own = flat.pop("own") or dict.fromkeys(("answers", "touchpoint", "start", "end"))
    return flat | {f"own_{name}": one if one is None or name == "answers" else str(one) for name, one in own.items()}


def _table(found: Plan) -> Table:
    table = Table("To know", "Answers", box=None, pad_edge=False)
    table.add_row(f"the score to -/+ {found.margin:g} points", f"{found.answers:,}")
    table.add_row("the same, were answers as different as can be", f"{found.worst:,}")
    table.add_row(f"a change of {found.change:g} points between two periods, in each", f"{found.per_period:,}")
    if found.own and found.detectable is not None:
        seen = f"of {found.have:,} a month, as in the last year: a change seen from one to the next"
        table.add_row(seen, f"{found.detectable:.1f} points")
    whose = "a typical one: there are no answers of your own"
    if found.own:
        own = found.own
        whose = f"that of the {own.answers:,} {own.touchpoint} answers from {own.start} to {own.end}"
    table.caption = f"Variance of one answer {found.variance:.2f}, {whose}. A change is seen four times in five."
    table.title, table.title_justify, table.caption_justify = found.question.upper(), "left", "left"
    return table
