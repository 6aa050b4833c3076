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


def test_cells_may_fold_only_where_leaving_out_is_not_enough() -> None:
    table = Table("KPI", "Interval", "Most\nwords", box=None, pad_edge=False)
    table.add_row(NAME, f"{LOW} to {HIGH}", "x" * 20)
    fitted = Fitted(table, folds=("Interval",), drops=("Most\nwords",), folds_last=True, all_of_it="--format json")
    for width, folded in ((60, False), (40, True)):
        console = Console(file=io.StringIO(), width=width)
        console.print(fitted)
        shown = console.file.getvalue()
        assert (f"{LOW} to {HIGH}" not in shown) is folded
        assert "Left out at this width: Most words (--format json)." in " ".join(shown.split())


def test_what_matters_least_goes_first_and_is_said() -> None:
    assert "▁▂▃" in drawn(160)
    assert "Left out" not in drawn(160)
    assert "Left out at this width: Course." in " ".join(drawn(88).split())
