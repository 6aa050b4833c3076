"""Workbooks: numbers stay numbers, each beside its limits and its n; nothing in them runs."""

import io
import re
import warnings
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported import GRID, HOSTILE, LINE, UNITS, ask, estimate, everything, record

from regulars.reports import written
from regulars.reports.cell_formats import number_format
from regulars.reports.heat import STEPS
from regulars.reports.parts import Shown, parts
from regulars.reports.sheet_names import sheet_name
from regulars.reports.sheets import ABOVE
from regulars.reports.workbook import workbook
from regulars.views.blocks import Grid, Head, Heading, Notice, Text


def written_to(told):
    out = io.BytesIO()
    workbook(told, out)
    return out.getvalue()


def opened(told):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl does not know sparklines
        return openpyxl.load_workbook(io.BytesIO(written_to(told)))


def displayed(cell):
    """Write a cell as a spreadsheet does."""
    shape = (
        cell.number_format.split(";")[0 if cell.value >= 0 else 1] if ";" in cell.number_format else cell.number_format
    )
    number = abs(cell.value) if ";" in cell.number_format else cell.value
    shape = shape.replace('"', "")
    digits = re.search(r"[#,]*0(?:\.(0+))?", shape)
    places = len(digits[1] or "")
    said = f"{number * 100:.{places}f}" if "%" in shape else f"{number:,.{places}f}"
    return shape.replace(digits[0], said).replace("% points", "points")


def rows(sheet):
    """Return what stands below the head of a table, by title."""
    heads = [cell.value for cell in sheet[ABOVE + 1]]
    return [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=ABOVE + 2) if row[0].value]


def test_numbers_are_those_of_the_record_and_read_as_its_words():
    told = record(UNITS)
    (_about, sheet, _notes) = opened(told)
    for row, one in zip(told["blocks"][0]["rows"], rows(sheet), strict=True):
        number = row["value"]
        cells = [one[f"Measured{part}"] for part in ("", " low", " high", " n")]
        assert [cell.value for cell in cells[:3]] == pytest.approx([number["value"], number["low"], number["high"]])
        assert cells[3].value == number["n"] == 1000
        if number["unit"] != "seconds":  # no format divides by 60
            said = [displayed(cell) for cell in cells[:3]]
            assert said[0] == written.value(number)
            assert f"{said[1]} to {said[2]}" == written.interval(number)


def test_differences_of_shares_read_as_points():
    (_about, sheet, _notes) = opened(record(GRID))
    gap = rows(sheet)[0]
    assert gap["Gap"].value == pytest.approx(0.035)
    assert [displayed(gap[name]) for name in ("Gap", "Gap low", "Gap high")] == [
        "+3.5 points",
        "-1.5 points",
        "+8.0 points",
    ]


def test_every_number_has_its_limits_and_its_n_beside_it():
    told = everything().record()
    book = opened(told)
    for part in parts(told):
        if not isinstance(part, Shown) or part.kind in ("cohorts", "cards"):
            continue
        sheet = book[sheet_name(part.title, ())]
        heads = [cell.value for cell in sheet[ABOVE + 1]]
        for column in part.table.columns:
            at = part.table.columns.index(column)
            if any(hasattr(row[at], "keys") for row in part.table.rows):
                place = heads.index(column.title)
                assert heads[place + 1 : place + 4] == [f"{column.title} {one}" for one in ("low", "high", "n")]


def test_no_value_is_told_and_never_a_number():
    (_about, sheet, notes) = opened(record(GRID))
    early = rows(sheet)[1]
    assert [early[f"Share{part}"].value for part in ("", " low", " high", " n")] == ["no value", "–", "–", 7]
    assert early["No value, because"].value == "nobody was asked"
    assert rows(sheet)[0]["Flags"].value == "too few customers to trust the value"
    assert "nobody was asked" in [row["No value, because"].value for row in rows(notes)]


def test_an_unbounded_limit_is_a_word():
    told = record(UNITS)
    told["blocks"][0]["rows"][0]["value"]["high"] = None
    (_about, sheet, _notes) = opened(told)
    assert rows(sheet)[0]["Measured high"].value == "unbounded"


def test_nothing_in_it_runs_whatever_people_write():
    grid = Grid(
        name="g",
        title=HOSTILE[0],
        heads=(Head(name="a", title=HOSTILE[1]), Head(name="b", title="Share")),
        rows=tuple((text, estimate(0.5, 0.4, 0.6)) for text in HOSTILE),
        caption=HOSTILE[2],
    )
    told = record(
        Heading(text=HOSTILE[0]), Text(text=HOSTILE[1]), grid, Notice(text=HOSTILE[3]), title=HOSTILE[0], company="@x"
    )
    data = written_to(told)
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not [cell.value for cell in cells if isinstance(cell.value, str) and cell.value.startswith(tuple("=+-@＝"))]
    assert any(cell.value == '\'=cmd|"/c calc"!A1' for cell in cells)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts_of = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not any("<f>" in text for text in parts_of.values())
    assert not any(
        "http" in text for name, text in parts_of.items() if name.endswith(".rels") and "schemas" not in text
    )


@given(st.lists(st.text(max_size=60), max_size=8))
def test_names_of_sheets_are_allowed_whatever_is_wanted(wanted):
    taken = []
    for text in wanted:
        name = sheet_name(text, taken)
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.strip("'") == name
        assert name.lower() not in {one.lower() for one in taken}
        taken.append(name)


def test_a_sheet_for_every_table_with_what_it_is_about_in_front_and_notes_behind():
    names = opened(everything().record()).sheetnames
    assert (names[0], names[-1]) == ("About", "Notes")
    assert "Course At a glance" in names
    assert len({name.lower() for name in names}) == len(names)
    assert opened(record(GRID, GRID, GRID)).sheetnames[1:4] == [
        "Shares of things", "Shares of things (2)", "Shares of things (3)",
    ]  # fmt: skip


def test_heads_stay_in_sight_and_columns_are_wide_enough():
    book = opened(everything().record())
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "B5"
        assert sheet.print_title_rows == "$4:$4"
    widths = book["Shares of things"].column_dimensions
    assert all(4 <= widths[letter].width <= 62 for letter in widths)


def test_a_cohort_table_keeps_its_grid_its_colours_and_its_intervals():
    told = record(ask().cohorts("retention"))
    (part,) = parts(told)
    sheet = opened(told).worksheets[1]
    heads = [cell.value for cell in sheet[ABOVE + 1]]
    assert [one for one in heads if one] == [column.title for column in part.table.columns]
    fills = {fill[1:].upper() for fill, _ink in STEPS}
    values = 0
    for down, row in enumerate(part.table.rows, ABOVE + 2):
        for across, cell in enumerate(row, 1):
            put = sheet.cell(down, across)
            if hasattr(cell, "keys") and cell["value"] is not None:
                values += 1
                assert put.value == pytest.approx(cell["value"])
                assert put.fill.fgColor.rgb[2:] in fills
            elif not isinstance(cell, str | int):
                assert "known from" in put.value or put.value == "no value"
    below = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=ABOVE + 2 + len(part.table.rows))]
    assert next(row[4:8] for row in below if row[0] == "Began in") == ["Value", "Value low", "Value high", "Value n"]
    numbers = [row for row in below if isinstance(row[4], float | int) and row[0] != "Began in"]
    assert len(numbers) == values
    assert all(row[5] <= row[4] <= row[6] for row in numbers)


def test_a_course_with_a_gap_is_not_drawn_as_if_it_were_nothing():
    told = record(ask().cards("net_revenue", "repeat_purchase_rate"))
    cards = told["blocks"][0]["cards"]
    whole = [card["kpi"] for card in cards if all(one["value"] is not None for one in card["course"])]
    with zipfile.ZipFile(io.BytesIO(written_to(told))) as archive:
        drawn = sum(
            archive.read(name).decode().count("<x14:sparkline>") for name in archive.namelist() if "sheets/" in name
        )
    assert drawn == len(whole) < len(cards)


def test_a_page_with_nothing_and_one_with_notices_only():
    assert opened(record()).sheetnames == ["About", "Notes"]
    told = [
        cell.value for row in opened(record(Notice(text="Not shown: needs `events`."))).worksheets[0] for cell in row
    ]
    assert "Not shown: needs `events`." in told


def test_the_same_record_gives_the_same_bytes():
    told = everything().record()
    assert written_to(told) == written_to(told)
    made = opened(told).properties.created
    assert made.isoformat() == "2025-01-02T00:00:00"


def test_a_long_text_is_cut_and_a_chart_has_its_marks():
    grid = Grid(name="g", title="G", heads=(Head(name="a", title="A"),), rows=(("x" * 40_000,),))
    (_about, sheet, _notes) = opened(record(grid))
    assert sheet.cell(ABOVE + 2, 1).value.endswith("x…")
    assert [row["Months"].value for row in rows(opened(record(LINE)).worksheets[1])] == [
        "2024-01",
        "2024-02",
        "2024-03",
    ]


def test_a_currency_that_is_none_names_nothing():
    assert number_format(12.345, 'E"R') == "#,##0.00"
