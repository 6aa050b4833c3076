"""Whatever the width, names and values are whole: cells fold, columns go, then lines become blocks."""

import io

import pytest
from rich.console import Console
from rich.table import Table

from regulars.cli.terminal import Fitted

NAME, VALUE, LOW, HIGH = "gross_revenue_churn_rate", "EUR 118,003", "EUR 106,419", "EUR 134,493"


def drawn(width: int) -> str:
    table = Table("KPI", "Value", "Interval", "Course", "Change", box=None, pad_edge=False)
    table.add_row(NAME, VALUE, f"{LOW} to {HIGH}", "▁▂▃▄▅▆▇█▇▆▅▄", "no detectable change; we could have seen EUR 9")
    console = Console(file=io.StringIO(), width=width)
    console.print(Fitted(table, wraps=("Change",), folds=("Interval",), drops=("Course", "Change")))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160])
def test_no_name_and_no_value_is_cut(width: int) -> None:
    shown = drawn(width)
    for part in (NAME, VALUE, LOW, HIGH):
        assert part in shown
    assert max(map(len, shown.splitlines())) <= width


def test_what_matters_least_goes_first_and_is_said() -> None:
    assert "▁▂▃" in drawn(160)
    assert "Left out" not in drawn(160)
    assert "Left out at this width: Course." in " ".join(drawn(88).split())
