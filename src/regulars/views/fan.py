"""What a KPI will say, on its page: its course with a fan of what comes, and the same numbers with their score."""

from collections.abc import Iterator

from regulars.app.forecasting import GRAINS, Forecast, forecast
from regulars.core.estimate import Estimate
from regulars.core.periods import Grain
from regulars.kpis.kpi import KPI
from regulars.views import words
from regulars.views.blocks import Block, Cell, Chart, ChartKind, Grid, Head, Heading, Mark, Notice, Series
from regulars.views.forecasts import COMPLETED, FORETOLD, SEEN, SO_FAR, Line, lines, score_said, sentences, shift_said
from regulars.views.view import Ask

#: Finished periods that stand before what is foretold, at most: twice as many as are foretold, but these at least.
_LEAST = 12


def foreseen(ask: Ask, kpi: KPI) -> Iterator[Block]:
    """Yield what a KPI will say, by the grain of the page; nothing where another time is asked about."""
    if ask.opened is None or ask.workspace is None or (ask.end is not None and ask.end < ask.records.as_of):
        return
    grain = ask.course if ask.course in [one.value for one in GRAINS] else "month"
    (found,) = forecast((kpi.name,), ask.workspace, ask.opened, grain=grain, where=ask.where)
    yield Heading(text="What comes next")
    if found.why_not:
        yield Notice(text=f"No forecast, because {found.why_not}.")
        return
    yield _chart(found, ask.currency)
    yield _grid(found, ask.currency)


def _chart(found: Forecast, currency: str) -> Chart:
    every = list(lines(found))
    many = max(2 * (len(found.steps) + 1), _LEAST)
    seen = [_mark(line, found.grain) for line in every if line.what == SEEN]
    partly = [line for line in every if line.what == SO_FAR and line.estimate.interval.value is not None]
    running = [_mark(line, found.grain) for line in partly]
    coming = [_mark(line, found.grain) for line in every if line.what in (COMPLETED, FORETOLD)]
    series = [Series(marks=tuple(seen[-many:])), Series(name=FORETOLD, marks=tuple(coming), follows=True)]
    if running and found.completed is not None:
        series.append(Series(name=SO_FAR, marks=tuple(running), follows=True))
    said = [one for one in sentences(found, currency) if not one.startswith("Score")]
    return Chart(
        name=f"forecast_{found.kpi.name}",
        title=f"{words.title(found.kpi.name)}, and what comes next",
        kind=ChartKind.LINE,
        says=" ".join(said),
        shows=found.kpi.shows,
        series=tuple(series),
    )


def _label(estimate: Estimate, grain: Grain) -> str:
    """Return a period as short as a narrow screen wants it: a week by its first day."""
    return f"{estimate.period.start}" if grain is Grain.WEEK else words.span(estimate.period)


def _mark(line: Line, grain: Grain) -> Mark:
    return Mark(label=_label(line.estimate, grain), estimate=line.estimate, open=line.what != SEEN)


def _grid(found: Forecast, currency: str) -> Grid:
    """Return what is foretold, period by period, its score under it."""
    rows: list[tuple[Cell, ...]] = [
        (_label(line.estimate, found.grain), line.what, line.estimate) for line in lines(found) if line.what != SEEN
    ]
    said = [f"Score: {score_said(found)}.", *(shift_said(one, found, currency) for one in found.shifts)]
    if found.way:
        said.append(f"The running period is completed from {found.way}.")
    said.append("n of what is foretold counts past forecasts that its limits rest on.")
    return Grid(
        name="forecast",
        title="Forecast",
        heads=(
            Head(name="period", title="Week of" if found.grain is Grain.WEEK else "Period"),
            Head(name="what", title=""),
            Head(name="foretold", title=words.title(found.kpi.name), shows=found.kpi.shows),
        ),
        rows=tuple(rows),
        caption=" ".join(said),
    )
