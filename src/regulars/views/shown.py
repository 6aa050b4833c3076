"""Answers as rows that go anywhere: JSON, CSV, Parquet, Arrow, pandas, polars, a notebook."""

import csv
import html
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.core.estimate import Interval
from regulars.kpis.answer import Row
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
    if row.raw is not None:
        found["before_shrinkage"] = interval_record(row.raw)
    return found


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
        """Return one level of columns per row, for tables."""
        found = []
        for one in self.records():
            groups = {f"by_{name}": None if value is None else str(value) for name, value in one["group"].items()}
            flat = {name: value for name, value in one.items() if not isinstance(value, (dict, list))}
            flat = {"kpi": flat.pop("kpi"), **groups, **flat, "flags": " ".join(one["flags"])}
            for part in ("change", "against_others"):
                for name, value in one.get(part, {}).items():
                    if not isinstance(value, Mapping):
                        flat[f"{part}_{name}"] = value
            found.append(flat)
        return found

    def to_json(self) -> str:
        """Return JSON, keys sorted, no NaN."""
        import orjson

        return orjson.dumps(self.records(), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode()

    def to_csv(self) -> str:
        """Return CSV; text that a spreadsheet would run as a formula is quoted with an apostrophe."""
        rows = self.flat()
        columns = list(dict.fromkeys(name for row in rows for name in row))
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[cell(row.get(name)) for name in columns] for row in rows])
        return out.getvalue()

    def to_arrow(self) -> "pa.Table":
        """Return an Arrow table."""
        import pyarrow as pa

        return pa.Table.from_pylist(self.flat())

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas data frame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> "pl.DataFrame":
        """Return a polars data frame; needs polars (`pip install regulars[polars]`)."""
        import polars as pl

        found = pl.from_arrow(self.to_arrow())
        assert isinstance(found, pl.DataFrame)
        return found

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ("KPI", "Group", "Period", "Value", "95 %", "n", ""))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(self._html, self.rows))}</tbody></table>"

    def _html(self, row: Row) -> str:
        found, kpi = row.estimate.interval, row.kpi
        cells = (
            kpi.name,
            ", ".join(f"{name} {value}" for name, value in row.group.items()),
            str(row.estimate.period),
            words.value(found.value, kpi.shows, self.currency),
            found.why_not or words.interval(found, kpi.shows, self.currency),
            str(found.n),
            ", ".join(words.flag(flag) for flag in row.estimate.flags),
        )
        return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def cell(content: Any) -> Any:
    """Guard against formulas (OWASP ASVS 5.0, 1.2.10); numbers stay numbers."""
    if isinstance(content, str) and content[:1] in tuple("=+-@\t\r\0＝＋－＠"):
        return "'" + content
    return content
