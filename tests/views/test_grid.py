"""Grids: no bare number gets in, and JSON, files and the terminal show the same ones."""

import io
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from regulars.cli.viewing import drawn
from regulars.core.errors import CatalogueError
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Period
from regulars.kpis.kpi import Shows
from regulars.views.blocks import Figure, Grid, Head, Heading
from regulars.views.fill import Page
from regulars.views.view import View

TRAVELS = {"value", "low", "high", "level", "method", "n", "why_not", "period", "as_of", "version", "flags", "unit"}


def estimate(value=None, low=0.0, high=0.0, *, n=7, flags=(), why="nobody was asked"):
    found = (
        unknown(why, level=0.95, n=n)
        if value is None
        else Interval(value=value, low=low, high=high, level=0.95, method="Wilson score", n=n)
    )
    period = Period(date(2024, 1, 1), date(2025, 1, 1))
    return Estimate(interval=found, period=period, as_of=datetime(2025, 1, 2, tzinfo=UTC), version="3", flags=flags)


HEADS = (
    Head(name="what", title="What"),
    Head(name="rows", title="Rows"),
    Head(name="share", title="Share", shows=Shows.SHARE),
    Head(name="gap", title="Gap", shows=Shows.POINTS, change=True),
    Head(name="said", title="Said"),
)
ROWS = (
    ("[bold]late[/bold]", 1234, estimate(0.25, 0.125, 0.5), estimate(3.5, -1.5, 8.0, flags=("small_n",)), "a [/red] b"),
    ("early", 5, estimate(), Figure(estimate=estimate(20.0, 10.0, 30.0), shows=Shows.MONEY), None),
    ("words", 0, None, None, "no numbers [link=http://x]here"),
)
GRID = Grid(name="grid", title="[i]Title[/i]", heads=HEADS, rows=ROWS, caption="Read it [so].")


def page(*blocks):
    return Page(
        view=View(name="mine", title="Mine", question="How?", blocks=lambda _: ()), blocks=blocks, currency="EUR"
    )


def shown(width=200):
    console = Console(file=io.StringIO(), width=width)
    console.print(drawn(GRID, "EUR"))
    return console.file.getvalue()


@pytest.mark.parametrize("cell", [0.5, float("nan"), [1], (0.5, 0.4), {"value": 1}, b"x"])
def test_no_cell_holds_a_bare_number(cell):
    with pytest.raises(CatalogueError, match="Numbers come from `ask`"):
        Grid(name="grid", title="", heads=HEADS[:1], rows=((cell,),))


def test_a_row_has_as_many_cells_as_there_are_heads():
    with pytest.raises(CatalogueError, match="A row of grid `grid` has 1 cells under 5 heads"):
        Grid(name="grid", title="", heads=HEADS, rows=(("late",),))


def test_in_json_every_number_has_what_must_travel_with_it():
    (block,) = page(GRID).record()["blocks"]
    assert (block["block"], block["name"], block["caption"]) == ("grid", "grid", "Read it [so].")
    assert [column["name"] for column in block["columns"]] == [head.name for head in HEADS]
    first, second, third = block["rows"]
    assert (first["what"], first["rows"], first["said"]) == ("[bold]late[/bold]", 1234, "a [/red] b")
    assert set(first["share"]) >= TRAVELS
    assert (first["share"]["value"], first["share"]["low"], first["share"]["high"]) == (0.25, 0.125, 0.5)
    assert (first["share"]["unit"], first["gap"]["unit"], second["gap"]["unit"]) == ("share", "points", "EUR")
    assert (second["share"]["value"], second["share"]["why_not"]) == (None, "nobody was asked")
    assert first["gap"]["flags"] == ["small_n"]
    assert third["share"] is None
    assert "[bold]late[/bold]" in page(GRID).to_json()


def test_a_row_of_a_file_is_a_number_with_the_words_beside_it():
    rows = page(Heading(text="Above"), GRID).flat()
    assert [(row["what"], row.get("measure")) for row in rows] == [
        ("[bold]late[/bold]", "share"),
        ("[bold]late[/bold]", "gap"),
        ("early", "share"),
        ("early", "gap"),
        ("words", None),
    ]
    json_rows = page(GRID).record()["blocks"][0]["rows"]
    for row in rows[:4]:
        same = next(one for one in json_rows if one["what"] == row["what"])[row["measure"]]
        for part in ("value", "low", "high", "n", "version", "unit", "why_not"):
            assert row[part] == same[part]
        assert {"period", "as_of", "flags"} <= set(row)
    assert (rows[0]["rows"], rows[0]["said"], rows[0]["block"]) == (1234, "a [/red] b", "grid")


def test_the_terminal_shows_the_same_numbers_with_why_not_and_flags():
    text = shown()
    assert "25.0 % (12.5 % to 50.0 %)" in text
    assert "+3.5 points (-1.5 points to +8.0 points)" in text
    assert "1,234" in text
    early = next(line for line in text.splitlines() if line.startswith("early"))
    assert "- (1)" in early
    assert "EUR 20" in early
    assert "(1) nobody was asked" in text
    assert "too few" in text
    assert "Definition 3; records before 2025-01-02 00:00 UTC." in text


def test_words_come_out_as_they_are():
    text = shown()
    for words in ("[bold]late[/bold]", "a [/red] b", "no numbers [link=http://x]here", "[i]Title[/i]", "Read it [so]."):
        assert words in text


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_cut_at_any_width(width):
    text = shown(width)
    assert max(map(len, text.splitlines())) <= width
    whole = "".join(text.split())
    for part in ("25.0%", "(12.5%", "50.0%)", "+3.5points", "1,234", "[bold]late[/bold]", "Readit[so]."):
        assert part in whole, part


def test_a_grid_of_nothing_is_drawn():
    empty = Grid(name="grid", title="Nothing", heads=HEADS, rows=())
    assert page(empty).flat() == []
    console = Console(file=io.StringIO(), width=80)
    console.print(drawn(empty, "EUR"))
    assert "Nothing" in console.file.getvalue()
