"""Forecasts as rows that go anywhere, and in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.app.forecasting import Forecast, Shift
from regulars.core.estimate import Estimate
from regulars.core.periods import Grain, Period
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.shown import (
    arrow,
    csv_text,
    interval_record,
    json_text,
    scored_record,
    table_html,
    table_text,
    typed,
)

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

#: What a row is.
SEEN, SO_FAR, COMPLETED, FORETOLD = "seen", "so far", "completed", "forecast"
_HEADS = ("KPI", "Period", "What", "Value", "Interval", "n", "Flags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One period of a forecast.

    Attributes:
        what: seen, so far, completed or forecast.
        estimate: what it says.
    """

    what: str
    estimate: Estimate


def lines(found: Forecast) -> Iterator[Line]:
    """Yield every period: those that are over, the running one as far as it is over and completed, and later ones.

    There are none where nothing is foretold. A period that is over, but of which not all is known yet, is foretold.
    """
    if found.why_not:
        return
    coming = {one.period for one in found.steps}
    yield from (Line(what=SEEN, estimate=row.estimate) for row in found.course if row.estimate.period not in coming)
    if found.so_far is not None:
        yield Line(what=SO_FAR, estimate=found.so_far.estimate)
    if found.completed is not None:
        yield Line(what=COMPLETED, estimate=found.completed)
    yield from (Line(what=FORETOLD, estimate=one) for one in found.steps)


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of KPIs.

    Attributes:
        found: one per KPI.
        currency: of money.
    """

    found: Sequence[Forecast]
    currency: str

    def __iter__(self) -> Iterator[Forecast]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def records(self) -> list[dict[str, Any]]:
        """Return nested plain values, one dict per KPI."""
        return [record(one, self.currency) for one in self.found]

    def flat(self) -> list[dict[str, Any]]:
        """Return one level of columns per period of each KPI, the score beside every one that is foretold."""
        return [row for one in self.found for row in _flat(one, self.currency)]

    def to_json(self) -> str:
        """Return JSON, keys sorted, no NaN."""
        return json_text(self.records())

    def to_csv(self) -> str:
        """Return CSV; text that a spreadsheet would run as a formula is quoted with an apostrophe."""
        return csv_text(self.flat())

    def to_arrow(self) -> "pa.Table":
        """Return an Arrow table; columns as of `flat`."""
        return arrow(self.flat())

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas data frame; columns as of `flat`."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> "pl.DataFrame":
        """Return a polars data frame; columns as of `flat`.

        Raises:
            QueryError: polars is not installed.
        """
        from regulars.views.shown import polars

        return polars(self.to_arrow())

    def __repr__(self) -> str:
        told = [sentence for one in self.found for sentence in sentences(one, self.currency)]
        return "\n".join([table_text(_HEADS, list(self._cells())), *told])

    def _repr_html_(self) -> str:
        return table_html(_HEADS, list(self._cells()))

    def _cells(self) -> Iterator[tuple[str, ...]]:
        for one in self.found:
            for line in (line for line in lines(one) if line.what != SEEN):
                yield (one.kpi.name, *cells(line, one.kpi.shows, self.currency))


def cells(line: Line, shows: Shows, currency: str) -> tuple[str, ...]:
    """Write a period: when, what it is, value, interval, n, flags."""
    found = line.estimate.interval
    return (
        words.span(line.estimate.period),
        line.what,
        words.value(found.value, shows, currency),
        found.why_not or f"{words.interval(found, shows, currency)} ({found.level * 100:g} %)",
        f"{found.n:,}",
        ", ".join(words.flag(flag) for flag in line.estimate.flags),
    )


def record(found: Forecast, currency: str) -> dict[str, Any]:
    """Return a forecast as plain values, its score beside it."""
    unit = currency if found.kpi.shows == "money" else str(found.kpi.shows)
    return {
        "kpi": found.kpi.name,
        "grain": str(found.grain),
        "unit": unit,
        "model": found.model,
        "version": found.version,
        "why_not": found.why_not,
        "said": list(sentences(found, currency)),
        "score": None if found.scored is None else scored_record(found.scored),
        "completed_by": found.way,
        "shifts": [_shift(one) for one in found.shifts],
        "periods": [{"what": line.what, **_estimate(line.estimate)} for line in lines(found)],
    }


def _shift(one: Shift) -> dict[str, Any]:
    first, last = one.between
    between = {"first": str(first), "last": str(last)}
    return {"period": str(one.period), "between": between, "change": _estimate(one.change)}


def _estimate(found: Estimate) -> dict[str, Any]:
    return {
        "period": str(found.period),
        **interval_record(found.interval),
        "as_of": found.as_of.isoformat(),
        "version": found.version,
        "flags": list(found.flags),
    }


def _flat(found: Forecast, currency: str) -> Iterator[dict[str, Any]]:
    told = record(found, currency)
    score = "" if found.scored is None else words.score(found.scored)
    shared = {"kpi": found.kpi.name, "grain": told["grain"], "unit": told["unit"]}
    if found.why_not:
        yield {**shared, "what": FORETOLD, "why_not": f"no forecast, because {found.why_not}"}
    for line, one in zip(lines(found), told["periods"], strict=True):
        made = {"model": found.model, "score": score} if line.what in (COMPLETED, FORETOLD) else {}
        yield {**shared, **one, **typed(line.estimate), **made}


def sentences(found: Forecast, currency: str) -> Iterator[str]:
    """Yield what is said of a forecast in words: what comes next, how well that went, how the level shifted."""
    if found.why_not:
        yield f"No forecast of {words.title(found.kpi.name)}, because {found.why_not}."
        return
    for one, what in ((found.completed, "will come to"), (next(iter(found.steps), None), "is foretold to be")):
        if one is not None and one.interval.value is not None:
            value = words.value(one.interval.value, found.kpi.shows, currency)
            span = words.interval(one.interval, found.kpi.shows, currency)
            name = words.title(found.kpi.name)
            yield f"{name} {what} {value} in {_in(one.period, found.grain)} ({span}, {one.interval.level * 100:g} %)."
    if found.scored is not None:
        yield f"Score: {score_said(found)}."
    yield from (shift_said(one, found, currency) for one in found.shifts)


def score_said(found: Forecast) -> str:
    """Write how well such forecasts went."""
    assert found.scored is not None
    told = [found.scored.verdict]
    for name, said in (("mase", "MASE"), ("naive_mase", "that of the simple rule")):
        one = found.scored.score[name]
        told.append(f"{said} {words.value(one.value, Shows.NUMBER, '')} ({words.interval(one, Shows.NUMBER, '')})")
    held = found.scored.score["coverage"]
    if held.value is not None:
        level = words.value(held.level, Shows.SHARE, "")
        told.append(f"limits of {level} held {words.value(held.value, Shows.SHARE, '')} of what came")
    return f"{found.model}: " + "; ".join([*told, found.scored.tried])


def shift_said(one: Shift, found: Forecast, currency: str) -> str:
    """Write a shift of the level."""
    change, shows = one.change.interval, found.kpi.shows
    span = " to ".join(words.difference(part, shows, currency) for part in (change.low, change.high))
    first, last = (_in(period, found.grain) for period in one.between)
    when = f"between {first} and {last}" if first != last else first
    return (
        f"The level changed in {_in(one.period, found.grain)} ({when}), by "
        f"{words.difference(change.value, shows, currency)} ({span})."
    )


def _in(period: Period, grain: Grain) -> str:
    return f"the week of {period.start}" if grain is Grain.WEEK else words.span(period)
