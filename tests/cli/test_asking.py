"""Answers in the terminal: periods without a value share a line where they say the same."""

import io
from datetime import UTC, date, datetime

from rich.console import Console

from regulars.catalogue.kpis.commerce import net_revenue
from regulars.cli.asking import answers
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Period
from regulars.kpis.answer import Row
from regulars.views.shown import Shown

WHY = "foretold as of the end of the records only"


def row(month, value=None, why=WHY, flags=(), **group):
    found = (
        unknown(why, level=0.95)
        if value is None
        else Interval(value=value, low=value - 1, high=value + 1, level=0.95, method="x", n=7)
    )
    period = Period(date(2024, month, 1), date(2024, month + 1, 1))
    known = datetime(2024, 12, 1, tzinfo=UTC)
    return Row(
        kpi=net_revenue,
        group=group,
        estimate=Estimate(interval=found, period=period, as_of=known, version="1", flags=flags),
    )


def lines(*rows):
    console = Console(file=io.StringIO(), width=160)
    console.print(answers(Shown(rows, "EUR")))
    return [line for line in console.file.getvalue().splitlines() if "2024-" in line and "UTC" not in line]


def test_periods_without_a_value_for_one_reason_share_a_line():
    first, last = lines(*(row(month) for month in range(1, 8)), row(8, 100.0))
    assert first.split()[:5] == ["2024-01-01", "to", "2024-07-31", "-", "(1)"]
    assert last.split()[0] == "2024-08"


def test_another_reason_a_flag_a_value_or_a_gap_begins_a_line_anew():
    assert len(lines(row(1), row(2, why="no customers"), row(3, why="no customers"))) == 2
    assert len(lines(row(1), row(2, flags=("unfinished",)))) == 2
    assert len(lines(row(1), row(2, 5.0), row(3))) == 3
    assert len(lines(row(1), row(3))) == 2


def test_groups_keep_lines_of_their_own():
    rows = [row(month, market=market) for month in (1, 2, 3) for market in ("NL", "DE")]
    found = lines(*rows, row(4, 9.0, market="NL"), row(4, market="DE"))
    assert [line.split()[0] for line in found] == ["NL", "DE", "NL"]
    assert "2024-Q1" in found[0]
    assert "2024-01-01 to 2024-04-30" in found[1]


def test_values_that_are_alike_are_never_joined():
    assert len(lines(row(1, 5.0), row(2, 5.0))) == 2
