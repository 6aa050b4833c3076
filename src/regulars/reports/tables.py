"""Every kind of block as a plain table."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from regulars.reports import triangles, written
from regulars.reports.table import Cell, Column, Course, Moved, Named, Table
from regulars.views import words

Block = Mapping[str, Any]
#: Cards that are read in the order given; more are grouped by family.
_MANY = 15


def table(block: Block) -> Table:
    """Return a block of a page's record as a table.

    Raises:
        KeyError: headings, texts and notices are no tables.
    """
    return _BUILT[block["block"]](block)


def course(block: Block) -> Table:
    """Return all that the cards of a block have gone through: a row per KPI and period."""
    rows = [(card, one) for card in block["cards"] for one in card["course"]]
    return Table(
        name="course",
        title="Course",
        columns=(
            Column(name="kpi", title="KPI"),
            Column(name="key", title="Key", detail=True),
            Column(name="period", title="Period"),
            Column(name="value", title="Value"),
            Column(name="change", title="Change", change=True),
            Column(name="verdict", title="Against the period before"),
        ),
        rows=tuple(
            (words.title(card["kpi"]), card["kpi"], written.period(one["period"]), one, _change(one), _verdict(one))
            for card, one in rows
        ),
        by_row=True,
    )


def _cards(block: Block) -> Table:
    cards: Sequence[Mapping[str, Any]] = block["cards"]
    families = list(dict.fromkeys(card["family"] for card in cards))
    banded = len(families) > 1 and len(cards) > _MANY
    if banded:
        cards = sorted(cards, key=lambda card: families.index(card["family"]))
    found = Table(
        name="cards",
        title="",
        columns=(
            Column(name="kpi", title="KPI"),
            Column(name="key", title="Key", detail=True),
            Column(name="question", title="Question", detail=True),
            Column(name="family", title="Family", detail=True),
            Column(name="better", title="Better", detail=True),
            Column(name="period", title="Period"),
            Column(name="value", title="Value"),
            Column(name="course", title="Course"),
            Column(name="change", title="Change", change=True, detail=True),
            Column(name="verdict", title="Against the period before"),
            Column(name="score", title="Score of the prediction", detail=True),
            Column(name="version", title="Definition", detail=True),
        ),
        rows=tuple(_card(card) for card in cards),
        bands=tuple(str(card["family"]).replace("_", " ").capitalize() for card in cards) if banded else (),
        definitions=tuple((words.title(card["kpi"]), card["caveat"]) for card in cards),
        by_row=True,
    )
    return found.filled("kpi")


def _card(card: Mapping[str, Any]) -> tuple[Cell, ...]:
    latest, title = card["latest"], words.title(card["kpi"])
    told = written.scores(latest)
    return (
        Named(text=title, under=(card["question"],), score=_scored(told)),
        card["kpi"],
        card["question"],
        card["family"],
        card["better"],
        written.period(latest["period"]),
        latest,
        Course(of=title, numbers=tuple(card["course"])),
        _change(latest),
        _verdict(latest),
        "; ".join(told),
        latest["version"],
    )


def _scored(told: Sequence[str]) -> str:
    return f"Foretold. Score: {'; '.join(told)}." if told else ""


def _verdict(answer: Mapping[str, Any]) -> Moved:
    said, tone = written.verdict(answer), written.tone(answer)
    arrow = "" if not tone else "▲ " if answer["change"]["value"] > 0 else "▼ "
    return Moved(text=arrow + said, tone=tone)


def _change(answer: Mapping[str, Any]) -> Cell:
    """Return a change as a number: what travels with an answer travels with its change."""
    if not answer.get("change"):
        return None
    return {**{name: answer[name] for name in ("unit", "period", "as_of", "version", "flags")}, **answer["change"]}


def _answers(block: Block) -> Table:
    rows: Sequence[Mapping[str, Any]] = block["rows"]
    groups = list(dict.fromkeys(name for row in rows for name in row["group"]))
    columns = (
        Column(name="kpi", title="KPI"),
        Column(name="key", title="Key", detail=True),
        *(Column(name=f"by_{name}", title=words.title(name)) for name in groups),
        Column(name="period", title="Period"),
        Column(name="value", title="Value"),
        Column(name="change", title="Change", change=True, detail=True),
        Column(name="verdict", title="Against the period before"),
        Column(name="against", title="Against others"),
        Column(name="drawn", title="Drawn to the others", minor=True),
        Column(name="version", title="Definition", detail=True),
    )
    cells = tuple(_answer(row, groups) for row in rows)
    return Table(name="answers", title="", columns=columns, rows=cells, by_row=True).filled("kpi")


def _answer(row: Mapping[str, Any], groups: Sequence[str]) -> tuple[Cell, ...]:
    drawn = row.get("drawn_to_others")
    travels = {name: row[name] for name in ("unit", "period", "as_of", "version", "flags")}
    return (
        Named(text=words.title(row["kpi"]), score=_scored(written.scores(row))),
        row["kpi"],
        *(words.group(row["group"].get(name)) for name in groups),
        written.period(row["period"]),
        row,
        _change(row),
        _verdict(row),
        written.against(row),
        {**travels, **drawn} if drawn else None,
        row["version"],
    )


def _segments(block: Block) -> Table:
    cuts = block["cuts"]
    rows: Sequence[Mapping[str, Any]] = block["rows"]
    currency = next((row["average_value"]["unit"] for row in rows), None)
    money = ", ".join(written.limit(float(one), currency) for one in cuts["money"])
    return Table(
        name="segments",
        title=f"RFM segments of {block['customers']:,} customers on {block['on']}",
        columns=(
            Column(name="segment", title="Segment"),
            Column(name="key", title="Key", detail=True),
            Column(name="meaning", title="Meaning", detail=True),
            Column(name="customers", title="Customers"),
            Column(name="share", title="Share of customers", unit="share"),
            Column(name="value_share", title="Share of value", unit="share"),
            Column(name="average_value", title="Average value", unit=currency),
        ),
        rows=tuple(
            (
                Named(text=row["title"], under=(row["meaning"],)),
                row["segment"],
                row["meaning"],
                row["customers"],
                row["share"],
                row["value_share"],
                row["average_value"],
            )
            for row in rows
        ),
        caption=(
            f"Cut points, frozen on {cuts['on']}: recency {', '.join(map(str, cuts['recency']))} days; frequency "
            f"{', '.join(map(str, cuts['frequency']))} order days; value {money}."
        ),
    )


def _grid(block: Block) -> Table:
    columns = tuple(Column(**{name: one[name] for name in _HEAD}) for one in block["columns"])
    rows = tuple(tuple(_cell(row[column.name], column) for column in columns) for row in block["rows"])
    return Table(
        name=block["name"], title=block["title"], columns=columns, rows=rows, caption=block["caption"], by_row=False
    )


_HEAD = ("name", "title", "unit", "change", "minor")


def _cell(cell: Any, column: Column) -> Cell:
    if isinstance(cell, Mapping):
        if "personal" in cell:
            return str(cell["personal"])
        return str(cell["text"]) if "text" in cell else {"unit": column.unit, **cell}
    return cell


#: Of what is drawn without a name beside others that have one.
_SEEN = "seen"


def _chart(block: Block) -> Table:
    """Return a chart as the table of its marks."""
    # Beside what is foretold, what was seen needs no name in a picture; in a table each row has one.
    plain = _SEEN if any(one["name"] for one in block["series"]) else ""
    marks = [(one["name"] or plain, mark) for one in block["series"] for mark in one["marks"]]
    columns = (
        Column(name="series", title="Of"),
        Column(name="label", title=f"{block['axis'][:1].upper()}{block['axis'][1:]}" or "At"),
        Column(name="against", title="Foretold", unit=block["unit"]),
        Column(name="estimate", title="Value", unit=block["unit"]),
        Column(name="count", title="Count"),
        Column(name="open", title="State"),
    )
    rows = tuple(
        (
            name,
            mark["label"],
            *(None if mark[one] is None else {"unit": block["unit"], **mark[one]} for one in ("against", "estimate")),
            mark["count"],
            ("to come" if words.is_to_come(mark["estimate"]) else "still running") if mark["open"] else "",
        )
        for name, mark in marks
    )
    found = Table(name=block["name"], title=block["title"], columns=columns, rows=rows, caption=block["says"])
    return found.filled("label")


_BUILT: Mapping[str, Callable[[Block], Table]] = MappingProxyType(
    {
        "cards": _cards,
        "answers": _answers,
        "cohorts": triangles.table,
        "segments": _segments,
        "grid": _grid,
        "chart": _chart,
    }
)
