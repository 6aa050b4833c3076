"""One table on one sheet of a workbook: numbers stay numbers, and beside each stand its limits and its n."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from regulars.reports import cell_formats, heat, notes, written
from regulars.reports.heat import Heat
from regulars.reports.table import Cell, Column, Course, Later, Table, number_of, words_of
from regulars.reports.written import Number
from regulars.views import shown

#: Characters that a cell can hold, and the widest column.
_LONGEST, _WIDEST, _FIRST = 32_767, 60, 40
#: Characters of a line above a table.
_SAID_ABOVE = 6_000
#: Rows above the head of a table: its title, how to read it, what travels with its numbers.
ABOVE = 3


@dataclass
class Sheet:
    """A sheet being written.

    Attributes:
        book: the workbook of xlsxwriter.
        page: its worksheet.
        name: of the sheet.
        formats: made so far, by their properties.
    """

    book: Any
    page: Any
    name: str
    formats: dict[tuple[tuple[str, Any], ...], Any]
    _widths: dict[int, int] = field(default_factory=dict)

    def styled(self, **properties: Any) -> Any:
        """Return the format with these properties, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"valign": "top", **properties})
        return self.formats[key]

    def text(self, row: int, column: int, text: str, **properties: Any) -> None:
        """Write words; never a formula, a link or a number."""
        if not text:
            return
        said = shown.cell(text)
        if len(said.encode("utf-16-le")) // 2 > _LONGEST:
            said = said[: _LONGEST // 2 - 1] + "…"
        wraps = len(said) > _WIDEST or "\n" in said
        self.page.write_string(row, column, said, self.styled(**properties | ({"text_wrap": True} if wraps else {})))
        if not properties.get("bold") or row == ABOVE:
            self._wide(column, max(map(len, said.split("\n"))))

    def number(self, row: int, column: int, number: float, number_format: str, **properties: Any) -> None:
        """Write a number; what is none as a word."""
        if not math.isfinite(number):
            return self.text(row, column, "unbounded", align="right", **properties)
        self.page.write_number(row, column, number, self.styled(num_format=number_format, **properties))
        self._wide(column, len(f"{number:,.0f}") + len(number_format.partition(";")[0].replace("#,##", "")))

    def _wide(self, column: int, length: int) -> None:
        most = _FIRST if column == 0 else _WIDEST  # the first stays in sight
        self._widths[column] = min(max(self._widths.get(column, 0), length), most)

    def done(self) -> None:
        """Set the widths of columns."""
        for column, length in self._widths.items():
            self.page.set_column(column, column, length + 2)


def write(sheet: Sheet, table: Table, title: str) -> None:
    """Write a table with what travels with its numbers."""
    above(sheet, table, title)
    heated = any(column.heat for column in table.columns)
    last = _grid(sheet, table) if heated else _rows(sheet, table, ABOVE)
    if heated:
        sheet.text(last + 2, 0, "The same numbers with their intervals", bold=True)
        _rows(sheet, one_below_another(table), last + 3)
    sheet.done()


def above(sheet: Sheet, table: Table, title: str) -> None:
    """Write what stands above a table, and set its printing."""
    page = sheet.page
    lines = (title, table.caption, notes.travels(table))
    for row, line in enumerate(lines):
        if not line:
            continue
        properties = {"bold": True, "font_size": 14} if row == 0 else {"font_color": "#4a5362"}
        page.write_string(row, 0, shown.cell(line[:_SAID_ABOVE]), sheet.styled(**properties))
    page.freeze_panes(ABOVE + 1, 1)
    page.repeat_rows(ABOVE)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&L&A&RPage &P of &N")


def _head(sheet: Sheet, row: int, titles: Sequence[str]) -> None:
    for place, title in enumerate(titles):
        sheet.text(row, place, title, bold=True, bottom=1, bg_color="#f0f4f9", text_wrap=True)


def _rows(sheet: Sheet, table: Table, top: int) -> int:
    """Write head and rows from row `top` on; return the last row."""
    numeric = [any(number_of(row[place]) is not None for row in table.rows) for place in range(len(table.columns))]
    titles: list[str] = []
    for column, spread in zip(table.columns, numeric, strict=True):
        titles += [column.title, *(f"{column.title} {part}".strip() for part in _PARTS)] if spread else [column.title]
    extra = [title for title, said in _SAID if any(said(table, row) for row in table.rows)]
    _head(sheet, top, [*titles, *extra])
    for down, row in enumerate(table.rows, top + 1):
        across = 0
        for column, cell, spread in zip(table.columns, row, numeric, strict=True):
            across += _put(sheet, down, across, cell, column, spread=spread)
        for title, said in _SAID:
            if title in extra:
                sheet.text(down, across, said(table, row))
                across += 1
    last = top + len(table.rows)
    if table.rows:
        sheet.page.autofilter(top, 0, last, len(titles) + len(extra) - 1) if top == ABOVE else None
    return last


_PARTS = ("low", "high", "n")


def _put(sheet: Sheet, down: int, across: int, cell: Cell, column: Column, *, spread: bool) -> int:
    """Write a cell; return how many columns it takes."""
    number = number_of(cell)
    if number is not None:
        _number(sheet, down, across, number, column)
    elif isinstance(cell, int):
        sheet.number(down, across, cell, "#,##0")
    elif isinstance(cell, Later):
        sheet.text(down, across, f"known from {cell.on}", font_color="#4a5362")
    elif not isinstance(cell, Course) and words_of(cell):
        sheet.text(down, across, words_of(cell))
    return 1 + len(_PARTS) if spread else 1


def _number(sheet: Sheet, down: int, across: int, number: Number, column: Column) -> None:
    found, unit = written.interval_of(number), number.get("unit")
    if found.value is None or found.low is None or found.high is None:
        for place, word in enumerate(("no value", "–", "–")):
            sheet.text(down, across + place, word, align="right")
    else:
        for place, part in enumerate((found.value, found.low, found.high)):
            sheet.number(down, across + place, part, cell_formats.number_format(part, unit, change=column.change))
    sheet.number(down, across + len(_PARTS), found.n, "#,##0")


def _flags(table: Table, row: Sequence[Cell]) -> str:
    return _told(table, row, lambda number: "; ".join(written.flags(number)))


def _whys(table: Table, row: Sequence[Cell]) -> str:
    return _told(table, row, lambda number: written.interval_of(number).why_not)


def _told(table: Table, row: Sequence[Cell], said: Any) -> str:
    """Return what is said of the numbers of a row, with the column's title where they differ."""
    found = {
        column.title: text
        for column, cell in zip(table.columns, row, strict=True)
        if (number := number_of(cell)) is not None and (text := said(number))
    }
    texts = list(dict.fromkeys(found.values()))
    return texts[0] if len(texts) == 1 else "; ".join(f"{title}: {text}" for title, text in found.items())


_SAID = (("Flags", _flags), ("No value, because", _whys))


def _grid(sheet: Sheet, table: Table) -> int:
    """Write values alone, coloured by their size; return the last row."""
    scale = Heat.of(table)
    _head(sheet, ABOVE, [column.title for column in table.columns])
    for down, row in enumerate(table.rows, ABOVE + 1):
        for across, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            number = number_of(cell)
            if number is None or number["value"] is None:
                plain: Cell = "no value" if number is not None else cell
                _put(sheet, down, across, plain, column, spread=False)
                continue
            fill, ink = heat.STEPS[scale.step(number)]
            shape = cell_formats.number_format(number["value"], number.get("unit"), change=column.change)
            sheet.number(down, across, number["value"], shape, bg_color=fill, font_color=ink)
    return ABOVE + len(table.rows)


def one_below_another(table: Table) -> Table:
    """Return a table whose coloured columns stand below one another: a row per number."""
    fixed = [place for place, column in enumerate(table.columns) if not column.heat]
    rows = [
        (*(row[place] for place in fixed), column.title, written.period(number["period"]), number)
        for row in table.rows
        for column, cell in zip(table.columns, row, strict=True)
        if column.heat and (number := number_of(cell)) is not None
    ]
    heads = (
        Column(name="age", title="Age"),
        Column(name="period", title="Period"),
        Column(name="value", title="Value"),
    )
    return Table(
        name=table.name,
        title=table.title,
        columns=(*(table.columns[place] for place in fixed), *heads),
        rows=tuple(rows),
        caption=table.caption,
    )
