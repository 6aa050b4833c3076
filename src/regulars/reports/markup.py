"""Tables as HTML: for an archived page with classes, for mail with attributes that need no style sheet."""

import html
from collections.abc import Callable, Iterator, Mapping, Sequence

from regulars.reports import heat, notes, written
from regulars.reports.drawing import Drawing
from regulars.reports.heat import Heat
from regulars.reports.notes import Legend
from regulars.reports.table import Cell, Column, Course, Later, Moved, Named, Table, number_of, words_of

#: Gives the attributes of an element by what it is for, with a space before them.
Look = Callable[[str], str]


#: Characters of a text that stays in one line, such as a day or a month.
_SHORT = 10


def escaped(text: str) -> str:
    """Return text that is read as text."""
    return html.escape(text.replace("\x00", "\ufffd"), quote=True)


def coded(text: str) -> str:
    """Return text with names in `backticks` set apart; an odd number of backticks is text like any other."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escaped(text)
    return "".join(f"<code>{escaped(one)}</code>" if place % 2 else escaped(one) for place, one in enumerate(pieces))


def table(whole: Table, look: Look, *, title: str = "", drawing: Drawing | None = None, most: int = 0) -> str:
    """Return a table, with what travels with its numbers below it.

    Args:
        whole: the table.
        look: of its elements.
        title: what it is called, for those who do not see what stands above it.
        drawing: what draws courses; left out where None.
        most: rows; all where 0.
    """
    read = whole.to_read() if drawing else whole.to_read().without("course")
    numbers = [number for _about, number in read.numbers()]
    legend, scale = Legend.of(numbers), Heat.of(read)
    right = [
        any(isinstance(row[place], int | Mapping | Later) for row in read.rows) for place in range(len(read.columns))
    ]
    heads = "".join(
        f'<th scope="col"{look("head-right" if at_right else "head")}>{escaped(column.title)}</th>'
        for column, at_right in zip(read.columns, right, strict=True)
    )
    rows = "".join(_rows(read, look, legend, scale, drawing, most))
    more = len(read.rows) - most if most and len(read.rows) > most else 0
    cut = f"{more:,} more rows are on the page and in its files." if more else ""
    foot = [cut, *legend.lines(), read.caption, notes.travels(read)]
    lines = "".join(f"<p{look('foot')}>{coded(line)}</p>" for line in foot if line)
    named = f' aria-label="{escaped(title)}"' if title else ""
    return (
        f"<div{look('wide')}><table{look('table')}{named}><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{lines}"
    )


def _rows(read: Table, look: Look, legend: Legend, scale: Heat, drawing: Drawing | None, most: int) -> Iterator[str]:
    bands = read.bands or ("",) * len(read.rows)
    across, before = len(read.columns), ""
    for band, row in zip(bands[: most or None], read.rows[: most or None], strict=True):
        if band != before:
            yield f'<tr><th scope="colgroup" colspan="{across}"{look("band")}>{escaped(band)}</th></tr>'
        before = band
        cells = "".join(
            _cell(place, cell, column, row, look, legend, scale, drawing)
            for place, (column, cell) in enumerate(zip(read.columns, row, strict=True))
        )
        yield f"<tr>{cells}</tr>"
        beneath = next((cell.score for cell in row if isinstance(cell, Named)), "")
        if beneath:
            yield f'<tr><td colspan="{across}"{look("beneath")}>{coded(beneath)}</td></tr>'


def _cell(
    place: int,
    cell: Cell,
    column: Column,
    row: Sequence[Cell],
    look: Look,
    legend: Legend,
    scale: Heat,
    drawing: Drawing | None,
) -> str:
    number = number_of(cell)
    if number is not None:
        beside = column.heat and number["n"] in row
        heated = column.heat and number["value"] is not None
        attributes = look(f"heat-{scale.step(number)}" if heated else "number")
        return f"<td{attributes}>{_number(number, column, look, legend, counted=not beside)}</td>"
    if isinstance(cell, Course):
        return f"<td{look('course')}>{drawing.spark(cell.numbers) if drawing else ''}</td>"
    if isinstance(cell, Later):
        return f"<td{look('later')}>known from {cell.on}</td>"
    if isinstance(cell, int):
        return f"<td{look('count')}>{words_of(cell)}</td>"
    if isinstance(cell, Moved):
        return f"<td{look(cell.tone or 'text')}>{escaped(cell.text)}</td>"
    under = "".join(f"<br><span{look('under')}>{escaped(one)}</span>" for one in getattr(cell, "under", ()))
    tag, scope = ("th", ' scope="row"') if place == 0 else ("td", "")
    text = words_of(cell)
    kind = "name" if place == 0 else "text" if len(text) > _SHORT else "short"
    return f"<{tag}{scope}{look(kind)}>{escaped(text)}{under}</{tag}>"


def _number(number: written.Number, column: Column, look: Look, legend: Legend, *, counted: bool) -> str:
    value = written.value(number, change=column.change)
    mark = f" {legend.why(number)}" if number["value"] is None else ""
    flags = f"<sup>{legend.marks(number)}</sup>" if legend.marks(number) else ""
    span = written.interval(number, change=column.change)
    small = [f"<span{look('span')}>{_unbroken(span, look)}</span>"] if span else []
    small += [f"<span{look('n')}>{written.n(number)}</span>"] if counted else []
    return f"<b{look('whole')}>{escaped(value)}{mark}</b>{flags}" + (f"<br>{'; '.join(small)}" if small else "")


def _unbroken(span: str, look: Look) -> str:
    """Return an interval that goes on in the next line between its limits only."""
    low, to, high = span.partition(" to ")
    return f"<span{look('whole')}>{escaped(low)}{to.rstrip()}</span> <span{look('whole')}>{escaped(high)}</span>"


def heat_style(step: int) -> str:
    """Return the colours of a step, as CSS."""
    fill, ink = heat.STEPS[step]
    return f"background:{fill};color:{ink}"
