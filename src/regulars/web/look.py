"""How a page's record looks: what templates put into HTML, worked out once."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

from regulars.reports import notes, tables, written
from regulars.reports.heat import Heat
from regulars.reports.notes import Legend
from regulars.reports.table import Cell, Column, Later, Moved, Named, Table, number_of, words_of
from regulars.views import words
from regulars.views.charts.draw import draw
from regulars.views.charts.spark import spark

#: A page and what is asked of it -> its address: page, what it is about, parameters.
Address = Callable[[str, str, Mapping[str, str]], str]
#: Widths of charts in CSS pixels: for windows of 760 and more, and for less.
WIDE, NARROW = 680, 296
#: Characters of a text, at most, that is kept on one line: above a column, in it, and at the beginning of a row; and
#: from which it is long, and very long.
_HEAD, _SHORT, _NAME, _LONG, _LONGEST = 14, 18, 24, 60, 200
#: Days are kept on one line, too.
_DAYS = re.compile(r"\d{4}-\d{2}-\d{2} to \d{4}-\d{2}-\d{2}")
#: Words that are an amount: they stand below each other by their last digit, as numbers do.
_AMOUNT = re.compile(r"[+-]?(?:[A-Z]{3} )?[+-]?\d[\d,]*(?:\.\d+)?(?: ?(?:%|d|h|min|s|points))?")
Block = Mapping[str, Any]


def sections(record: Mapping[str, Any], address: Address) -> list[dict[str, Any]]:
    """Return the blocks of a page by the heading that they stand under."""
    found: list[dict[str, Any]] = [{"heading": "", "blocks": []}]
    for block in record["blocks"]:
        if block["block"] == "heading":
            found.append({"heading": block["text"], "blocks": []})
        else:
            found[-1]["blocks"].append(looked(block, address))
    return [part for part in found if part["heading"] or part["blocks"]]


def looked(block: Block, address: Address) -> dict[str, Any]:
    """Return what a template needs to show a block."""
    match block["block"]:
        case "text" | "notice":
            return dict(block)
        case "cards":
            return {"block": "cards", "cards": [_card(one, address) for one in block["cards"]]}
        case "chart":
            shown = _table(tables.table(block), block, address)
            pictures = {"wide": draw(block, width=WIDE), "narrow": draw(block, width=NARROW)}
            return {"block": "chart", "title": block["title"], "says": block["says"], "table": shown, **pictures}
        case _:
            return _table(tables.table(block), block, address)


def _card(card: Mapping[str, Any], address: Address) -> dict[str, Any]:
    latest = card["latest"]
    change = latest.get("change")
    tone = written.tone(latest)
    return {
        "href": address("kpi", card["kpi"], {}),
        "behind": address("behind", card["kpi"], {}),
        "title": words.title(card["kpi"]),
        "question": card["question"],
        "caveat": card["caveat"],
        "value": written.value(latest),
        "raw": latest["value"],
        "interval": written.interval(latest),
        "level": written.level(latest),
        "why": latest["why_not"],
        "n": f"{latest['n']:,}",
        "period": written.period(latest["period"]),
        "delta": _delta(latest),
        "tone": tone,
        "arrow": "" if not tone or not change else "▲" if change["value"] > 0 else "▼",
        "verdict": written.verdict(latest),
        "scores": [_short(score) for score in written.scores(latest)],
        "scored": written.scores(latest),
        "flags": written.flags(latest),
        "foot": _foot(latest),
        "spark": spark(card["course"]) if len(card["course"]) > 1 else "",
    }


def _short(score: str) -> str:
    """Return what says most of a score: against the simple rule, and the first measure; all of it is told below."""
    return "; ".join(score.split("; ")[:2])


def _delta(answer: Mapping[str, Any]) -> str:
    """Say in a few words how an answer moved: the whole verdict stands in its details."""
    change = answer.get("change")
    if not change or answer["value"] is None:
        return ""
    if change["value"] is None:
        return "not compared"
    tone = written.tone(answer)
    if not tone:
        return "no clear change"
    return f"{written.limit(change['value'], answer.get('unit'), change=True)}, {tone}"


def _foot(number: Mapping[str, Any]) -> str:
    method = f"; {number['method']}" if number["method"] else ""
    return f"Definition {number['version']}{method}; records before {written.instant(number['as_of'])}"


def _table(table: Table, block: Block, address: Address) -> dict[str, Any]:
    heads = {head["name"]: head for head in block.get("columns") or ()}
    # A column that is sorted by stays where nothing stands in it: the way back is there.
    kept = (table.columns[0].name, *(name for name, head in heads.items() if head.get("link")))
    shown = table.to_read().filled(*kept) if table.rows else table.to_read()
    numbers = [number for _about, number in shown.numbers()]
    legend = Legend.of(numbers)
    sizes = [_sizes(place, shown) for place in range(len(shown.columns))]
    heat = Heat.of(shown) if any(column.heat for column in shown.columns) else None
    links = list(_links(block, address))
    numeric = [_numeric(place, shown) for place in range(len(shown.columns))]
    rows = []
    for place, row in enumerate(shown.rows):
        own = links[place] if place < len(links) else {}
        cells = [
            _cell(
                cell,
                column,
                legend,
                own.get(column.name, ""),
                heat if column.heat else None,
                # Where all of a row are counted, their number stands at its beginning.
                counted=len(size) > 1 and not (isinstance(cell, Mapping) and cell["n"] in _counts(row)),
            )
            for column, cell, size in zip(shown.columns, row, sizes, strict=True)
        ]
        rows.append(
            [{**one, "look": _look(one, right, at)} for at, (one, right) in enumerate(zip(cells, numeric, strict=True))]
        )
    return {
        "block": "table",
        "name": block.get("name", ""),
        "title": shown.title or _titled(block),
        "columns": [
            _head(column, number, size, heads.get(column.name), address)
            for column, number, size in zip(shown.columns, numeric, sizes, strict=True)
        ],
        "rows": rows,
        "legend": " ".join(legend.lines()),
        "caption": shown.caption,
        "foot": notes.travels(shown),
        "heat": heat is not None,
        "more": _more(block["more"], address) if block.get("more") else None,
    }


def _more(more: Block, address: Address) -> dict[str, Any]:
    """Return how a list goes on, with addresses."""
    links = [
        {
            "rel": one["rel"],
            "text": one["text"],
            "href": address(*(one["link"][part] for part in ("page", "about", "asked"))),
        }
        for one in more["links"]
    ]
    return {"told": more["told"], "links": links}


def _titled(block: Block) -> str:
    rows = block.get("rows") or ()
    names = list(dict.fromkeys(words.title(row["kpi"]) for row in rows if "kpi" in row))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _sizes(place: int, table: Table) -> set[int]:
    """Return the numbers of independent units that the numbers of a column rest on."""
    found = (number_of(row[place]) for row in table.rows)
    return {one["n"] for one in found if one is not None and one["value"] is not None}


def _head(column: Column, numeric: bool, sizes: set[int], head: Block | None, address: Address) -> dict[str, Any]:
    """Return the head of a column; where all its numbers rest on as many units, it says on how many."""
    link = head.get("link") if head else None
    href = address(link["page"], link["about"], link["asked"]) if link else ""
    sort = str(head.get("sorted", "")) if head else ""
    n = f"n {next(iter(sizes)):,}" if len(sizes) == 1 else ""
    looks = ("num" if numeric else "", "short" if len(column.title) <= _HEAD else "")
    return {"title": column.title, "look": " ".join(filter(None, looks)), "sort": sort, "href": href, "n": n}


def _counts(row: Sequence[Cell]) -> set[int]:
    """Return the counts that stand in a row before its first number."""
    before = takewhile(lambda cell: number_of(cell) is None, row)
    return {cell for cell in before if isinstance(cell, int)}


def _numeric(place: int, table: Table) -> bool:
    cells = [row[place] for row in table.rows]
    said = [words_of(cell) for cell in cells if isinstance(cell, str) and cell]
    return place > 0 and (
        any(isinstance(cell, int | Mapping | Later) for cell in cells)
        or (bool(said) and all(map(_AMOUNT.fullmatch, said)))
    )


def _look(cell: Mapping[str, Any], numeric: bool, place: int) -> str:
    """Return the class of a cell by its place in the row."""
    if cell.get("step") is not None:
        return f"q{cell['step']}"
    if cell["kind"] == "later":
        return "open"
    text = cell.get("text", "")
    if numeric:
        # Words among numbers wrap: one sentence would push all of them out of sight.
        return "num said" if cell["kind"] == "text" and len(text) > _NAME else "num"
    if len(text) <= (_SHORT if place else _NAME) or _DAYS.fullmatch(text):
        return "short"
    return "longest" if len(text) > _LONGEST else "long" if len(text) > _LONG else ""


def _cell(
    cell: Any, column: Column, legend: Legend, href: str, heat: Heat | None, *, counted: bool
) -> Mapping[str, Any]:
    match cell:
        case Named():
            return {**_text(cell.text, href), "under": cell.under, "score": cell.score}
        case Moved():
            return {"kind": "moved", "text": cell.text, "tone": cell.tone}
        case Later():
            return {"kind": "later", "text": f"from {cell.on}"}
        case None:
            return _text("")
        case Mapping() if "numbers" not in cell and "value" in cell:
            return _number(cell, column, legend, href, heat, counted=counted)
        case int():
            return _text(f"{cell:,}", href)
        case _:
            return _text(str(cell), href)


def _text(text: str, href: str = "") -> Mapping[str, Any]:
    return {"kind": "text", "text": text, "href": href, "under": (), "score": ""}


def _number(
    number: Mapping[str, Any], column: Column, legend: Legend, href: str, heat: Heat | None, *, counted: bool
) -> Mapping[str, Any]:
    if number["value"] is None:
        return {"kind": "none", "why": legend.why(number), "reason": number["why_not"]}
    return {
        "kind": "number",
        "text": written.value(number, change=column.change),
        "raw": number["value"],
        "interval": written.interval(number, change=column.change),
        "n": f"{number['n']:,}" if counted else "",
        "flags": legend.marks(number),
        "href": href,
        "step": None if heat is None else heat.step(number),
    }


def _links(block: Block, address: Address) -> Iterator[Mapping[str, str]]:
    """Yield, for each row of a block, where its cells lead, by column."""
    match block["block"]:
        case "grid":
            for row in block["rows"]:
                yield {
                    name: address(cell["link"]["page"], cell["link"]["about"], cell["link"]["asked"])
                    for name, cell in row.items()
                    if isinstance(cell, Mapping) and cell.get("link")
                }
        case "answers":
            for row in block["rows"]:
                asked = {"period": _asked(row["period"])} | (
                    {"where": where} if (where := _where(row["group"])) else {}
                )
                yield {"kpi": address("kpi", row["kpi"], {}), "value": address("behind", row["kpi"], asked)}
        case "segments":
            for row in block["rows"]:
                yield {"segment": address("customers", "", {"segment": row["segment"]})}
        case _:
            return


def _asked(period: str) -> str:
    """Write a period of a record as the parameter of a page does: by its name, or both days in it."""
    if " to " not in (named := written.period(period)):
        return named
    start, _, end = period.partition("..")
    return f"{start}..{date.fromisoformat(end) - timedelta(days=1)}"


def _where(group: Mapping[str, Any]) -> str:
    """Write the condition that a group is of, in the mapping language."""
    parts = []
    for name, value in group.items():
        text = str(value).replace("'", "''")
        parts.append(f"{name} is null" if value is None else f"{name} = '{text}'")
    return " and ".join(parts)


def findings(flags: Sequence[str]) -> str:
    """Say that findings bias numbers; "" where none does."""
    return f"{len(flags)} findings bias numbers" if len(flags) > 1 else "1 finding biases numbers" if flags else ""
