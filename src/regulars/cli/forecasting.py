"""`regulars forecast`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from regulars.app.forecasting import Forecast
from regulars.cli import terminal
from regulars.cli.terminal import Fitted
from regulars.views import forecasts, words
from regulars.views.forecasts import SEEN, Forecasts, Line

#: Finished periods that a table shows; files have all.
_LAST = 6


def forecast(
    names: Sequence[str],
    directory: Path,
    *,
    grain: str,
    ahead: int | None,
    where: str,
    output_format: str,
    output: Path | None,
) -> None:
    """Foretell KPIs."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        found = company.forecast(names, grain=grain, ahead=ahead, where=where)
    terminal.show(found.records, lambda: _drawn(found), output_format, output, flat=found.flat)


def _drawn(found: Forecasts) -> Fitted:
    """Draw forecasts, one line per period: the last that are over, the running one, those that come."""
    told = [one for one in found if not one.why_not]
    several = len(found) > 1
    shown = [(one, line) for one in told for line in _lines(one)]
    level = shown[0][1].estimate.interval.level * 100 if shown else 95.0
    span = f"{level:g} % interval"
    heads = [*(["KPI"] if several else []), "Period", "", "Value", span, "n"]
    codes, meanings = terminal.legend(line.estimate.flags for _, line in shown)
    marks, whys = terminal.reasons(line.estimate.interval.why_not for _, line in shown)
    table = Table(*heads, *(["Flags"] if codes else []), box=None, pad_edge=False)
    for one, line in shown:
        interval, shows = line.estimate.interval, one.kpi.shows
        table.add_row(
            *([one.kpi.name] if several else []),
            words.span(line.estimate.period),
            line.what,
            words.value(interval.value, shows, found.currency),
            marks[interval.why_not] or words.interval(interval, shows, found.currency),
            f"{interval.n:,}",
            *([" ".join(codes[flag] for flag in line.estimate.flags)] if codes else []),
        )
    if len(told) == 1 and not several:
        table.title = told[0].kpi.question
    said = [escape(sentence) for one in found for sentence in forecasts.sentences(one, found.currency)]
    how = "n of what is foretold counts past forecasts that its limits rest on." if shown else ""
    table.caption = "\n".join(part for part in (*said, whys, meanings, how) if part)
    table.title_justify = table.caption_justify = "left"
    return Fitted(table, folds=("Period", span))


def _lines(found: Forecast) -> Iterator[Line]:
    """Yield the last periods that are over, and all that follow."""
    every = list(forecasts.lines(found))
    over = sum(line.what == SEEN for line in every)
    yield from every[max(over - _LAST, 0) :]
