"""Answers as rows that go anywhere: JSON, CSV, Parquet, Arrow, pandas, polars, a notebook."""

import csv
import html
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval
from regulars.kpis.answer import Row, Scored
from regulars.views import words

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


def record(row: Row, currency: str) -> dict[str, Any]:
    """Return a row as plain values: what the first law says must travel together, and what it was compared with."""
    estimate, kpi = row.estimate, row.kpi
    found: dict[str, Any] = {
        "kpi": kpi.name,
        "group": dict(row.group),
        "period": str(estimate.period),
        **interval_record(estimate.interval),
        "unit": currency if kpi.shows == "money" else str(kpi.shows),
        "as_of": estimate.as_of.isoformat(),
        "version": estimate.version,
        "flags": list(estimate.flags),
    }
    if row.change is not None:
        found["change"] = {
            **interval_record(row.change.difference),
            "before": interval_record(row.change.before),
            "detectable": _finite(row.change.detectable),
            "verdict": words.verdict(kpi, row.change, currency),
        }
    if row.contrast is not None:
        found["against_others"] = {
            **interval_record(row.contrast.difference),
            "q": row.contrast.q,
            "differs": row.contrast.found,
        }
    if row.drawn is not None:
        found["drawn_to_others"] = interval_record(row.drawn)
    if row.scored:
        found["scores"] = [scored_record(one) for one in row.scored]
    return found


def scored_record(found: Scored) -> dict[str, Any]:
    """Return how well predictions went as plain values."""
    score = {name: interval_record(one) for name, one in found.score.items()}
    return {
        "outcome": found.outcome,
        "model": found.model,
        "score": score,
        "verdict": found.verdict,
        "tried": found.tried,
    }


def interval_record(found: Interval) -> dict[str, Any]:
    """Return an interval as plain values."""
    return {
        "value": _finite(found.value),
        "low": _finite(found.low),
        "high": _finite(found.high),
        "level": found.level,
        "method": found.method,
        "n": found.n,
        "why_not": found.why_not,
    }


def _finite(number: float | None) -> float | None:
    # An unbounded limit has no number in JSON; the value beside it and an empty `why_not` say that it is one.
    return None if number is None or math.isinf(number) else number


class Flat(Protocol):
    """What has rows for a table."""

    def flat(self) -> Sequence[Mapping[str, Any]]:
        """Return one level of columns per row."""
        ...


def as_arrow(self: Flat) -> "pa.Table":
    """Return an Arrow table; columns as of `flat`."""
    return arrow(self.flat())


def as_pandas(self: Flat) -> "pd.DataFrame":
    """Return a pandas data frame; columns as of `flat`."""
    return arrow(self.flat()).to_pandas()


@dataclass(frozen=True)
class Shown:
    """Rows of answers.

    Attributes:
        rows: the answer.
        currency: of money.
    """

    rows: Sequence[Row]
    currency: str

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def records(self) -> list[dict[str, Any]]:
        """Return nested plain values, one dict per row."""
        return [record(row, self.currency) for row in self.rows]

    def flat(self) -> list[dict[str, Any]]:
        """Return one level of columns per row, for tables: days as dates, the instant as one, flags as a list."""
        found = []
        for row, one in zip(self.rows, self.records(), strict=True):
            groups = {f"by_{name}": None if value is None else str(value) for name, value in one["group"].items()}
            plain = {name: value for name, value in one.items() if not isinstance(value, Mapping)}
            flat = {"kpi": plain.pop("kpi"), **groups, **plain, **typed(row.estimate)}
            flat.pop("scores", None)
            flat |= {f"score_{one.outcome}": words.score(one) for one in row.scored}
            for part in ("change", "against_others", "drawn_to_others"):
                for name, value in one.get(part, {}).items():
                    if not isinstance(value, Mapping):
                        flat[f"{part}_{name}"] = value
            found.append(flat)
        return found

    def to_json(self) -> str:
        """Return JSON, keys sorted, no NaN."""
        return json_text(self.records())

    def to_csv(self) -> str:
        """Return CSV; text that a spreadsheet would run as a formula is quoted with an apostrophe."""
        return csv_text(self.flat())

    to_arrow = as_arrow
    to_pandas = as_pandas

    def to_polars(self) -> "pl.DataFrame":
        """Return a polars data frame; columns as of `flat`.

        Raises:
            QueryError: polars is not installed.
        """
        return polars(self.to_arrow())

    def __repr__(self) -> str:
        return table_text(_HEADS, [self._cells(row) for row in self.rows])

    def _repr_html_(self) -> str:
        return table_html(_HEADS, [self._cells(row) for row in self.rows])

    def _cells(self, row: Row) -> tuple[str, ...]:
        found, kpi = row.estimate.interval, row.kpi
        return (
            kpi.name,
            ", ".join(f"{name} {words.group(value)}" for name, value in row.group.items()),
            str(row.estimate.period),
            words.value(found.value, kpi.shows, self.currency),
            found.why_not or f"{words.interval(found, kpi.shows, self.currency)} ({found.level * 100:g} %)",
            f"{found.n:,}",
            ", ".join(words.flag(flag) for flag in row.estimate.flags),
            "; ".join(words.score(one) for one in row.scored),
        )


_HEADS = ("KPI", "Group", "Period", "Value", "Interval", "n", "Flags", "Score")
#: Rows that stand in a text; a notebook and every export have all.
_FIRST = 20


def table_text(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write the first rows as lines with aligned columns, those that are empty everywhere left out.

    >>> print(table_text(("KPI", "Group", "n"), [("orders", "", "7"), ("net_revenue", "", "12")]))
    KPI          n
    orders       7
    net_revenue  12
    """
    if not rows:
        return "no rows"
    lines = [heads, *rows[:_FIRST]]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    filled = [place for place in range(len(heads)) if any(row[place] for row in rows[:_FIRST])]
    text = ["  ".join(line[place].ljust(widths[place]) for place in filled).rstrip() for line in lines]
    return "\n".join([*text, *([f"... {len(rows) - _FIRST:,} more rows"] if len(rows) > _FIRST else [])])


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write all rows as an HTML table."""

    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><thead>{line(heads, 'th')}</thead><tbody>{body}</tbody></table>"


#: What something is, a few lines of it: what each says, and the words.
Facts = Sequence[tuple[str, str]]


class Told(Protocol):
    """What says in a few lines what it is."""

    def facts(self) -> Facts:
        """Return the lines."""
        ...


def facts_text(self: Told) -> str:
    """Write what it is, a line each; those without words are left out."""
    told = [(name, said) for name, said in self.facts() if said]
    width = max((len(name) for name, _ in told), default=0)
    return "\n".join(f"{name.ljust(width)}  {said}" for name, said in told)


def facts_html(self: Told) -> str:
    """Write what it is as an HTML table."""
    return table_html(("", ""), [(name, said) for name, said in self.facts() if said])


def typed(estimate: Estimate) -> dict[str, Any]:
    """Return what is more than text of an estimate's provenance: first day, the day after the last, the instant."""
    return {"start": estimate.period.start, "end": estimate.period.end, "as_of": estimate.as_of}


def json_text(records: Sequence[Mapping[str, Any]]) -> str:
    """Return JSON, keys sorted, no NaN."""
    import orjson

    return orjson.dumps(records, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode()


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return CSV; text that a spreadsheet would run as a formula is quoted with an apostrophe."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[cell(row.get(name)) for name in columns] for row in rows])
    return out.getvalue()


def arrow(rows: Sequence[Mapping[str, Any]]) -> "pa.Table":
    """Return an Arrow table whose types are those of the columns, whatever happens to stand in them."""
    import pyarrow as pa

    names = dict.fromkeys(name for row in rows for name in row)  # Arrow would take those of the first row
    table = pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])
    for place, column in enumerate(table.schema):
        # Nothing but nulls, or empty lists, has no type of its own.
        kind = {"flags": pa.list_(pa.string()), "as_of": pa.timestamp("us", tz="UTC")}.get(column.name)
        if kind is None and pa.types.is_null(column.type):
            kind = pa.float64() if column.name.rpartition("_")[2] in _NUMBERS else pa.string()
        if kind is not None:
            table = table.set_column(place, column.name, table.column(place).cast(kind))
    return table


_NUMBERS = ("value", "low", "high", "detectable")


def polars(table: "pa.Table") -> "pl.DataFrame":
    """Return an Arrow table as a polars data frame.

    Raises:
        QueryError: polars is not installed.
    """
    try:
        import polars as pl
    except ImportError:
        raise QueryError("polars is not installed. Run `pip install 'regulars[polars]'`.") from None
    found = pl.from_arrow(table)
    assert isinstance(found, pl.DataFrame)
    return found


def cell(content: Any) -> Any:
    """Guard against formulas (OWASP ASVS 5.0, 1.2.10); numbers stay numbers, lists become words, instants ISO text."""
    if isinstance(content, list):
        return " ".join(map(str, content))
    if isinstance(content, datetime):
        return content.isoformat()
    if isinstance(content, str):
        # A lone carriage return would not be quoted, and many readers begin a row there: a cell of its own.
        lines = content.replace("\r\n", "\n").replace("\r", "\n")
        return "'" + lines if content[:1] in tuple("=+-@\t\r\n\0＝＋－＠") else lines
    return content
