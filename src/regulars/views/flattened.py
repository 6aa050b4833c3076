"""A page's record as rows for tables: one per number, with the words beside it and what travels with it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from regulars.core.estimate import Interval
from regulars.kpis.answer import Scored
from regulars.views import words

Record = Mapping[str, Any]
Row = dict[str, Any]
#: Parts of an answer that are told beside it, a column for each thing that they say.
_PARTS = ("change", "against_others", "drawn_to_others")


def rows(record: Record) -> list[Row]:
    """Return one row per number of a page, and one per word among numbers: days as dates, flags as a list."""
    return [row for block in record["blocks"] for row in _FLAT.get(block["block"], _none)(block)]


def _none(block: Record) -> Iterator[Row]:
    yield from ()


def _cards(block: Record) -> Iterator[Row]:
    for card in block["cards"]:
        yield from ({"block": "cards", **_answer(row)} for row in card["course"])


def _answers(block: Record) -> Iterator[Row]:
    yield from ({"block": "answers", **_answer(row)} for row in block["rows"])


def _answer(row: Record) -> Row:
    groups = {f"by_{name}": None if value is None else str(value) for name, value in row["group"].items()}
    plain = {name: value for name, value in row.items() if not isinstance(value, Mapping) and name != "scores"}
    flat = {"kpi": plain.pop("kpi"), **groups, **plain, **typed(row)}
    flat |= {f"score_{one['outcome']}": words.score(_scored(one)) for one in row.get("scores", ())}
    for part in _PARTS:
        for name, value in row.get(part, {}).items():
            if not isinstance(value, Mapping):
                flat[f"{part}_{name}"] = value
    return flat


def _scored(one: Record) -> Scored:
    score = {
        name: Interval(**({"low": None, "high": None, **found} if found["why_not"] else _bounded(found)))
        for name, found in one["score"].items()
    }
    return Scored(**{**one, "score": score})


def _bounded(found: Record) -> Row:
    """Return an interval's record with the limits that have no number in JSON."""
    low, high = found["low"], found["high"]
    return {**found, "low": float("-inf") if low is None else low, "high": float("inf") if high is None else high}


def typed(number: Record) -> Row:
    """Return what is more than text of what travels with a number: first day, day after the last, the instant."""
    start, _, end = number["period"].partition("..")
    return {
        "start": date.fromisoformat(start),
        "end": date.fromisoformat(end),
        "as_of": datetime.fromisoformat(number["as_of"]),
    }


def _grid(block: Record) -> Iterator[Row]:
    names = [column["name"] for column in block["columns"]]
    of_numbers = {name for row in block["rows"] for name in names if _is_number(row[name])}
    called = _called(block, names, of_numbers)
    for row in block["rows"]:
        said = {"block": block["name"], **{own: _said(row[name]) for name, own in called.items()}}
        among = [_among(name, row[name]) for name in names if name in of_numbers]
        yield from ({**said, **one} for one in among if one) if any(among) else (said,)


def _called(block: Record, names: Sequence[str], of_numbers: Collection[str]) -> dict[str, str]:
    """Return the columns of words, each with its name in rows: none is that of what travels with a number."""
    taken = {name for row in block["rows"] for of in of_numbers for name in _among(of, row[of])} | {"block"}
    return {name: f"said_{name}" if name in taken else name for name in names if name not in of_numbers}


def _among(name: str, cell: Any) -> Row:
    """Return what a cell of a column of numbers says: a number with what travels with it, or words; {} of nothing."""
    if _is_number(cell):
        plain = {key: value for key, value in cell.items() if key != "unit"}
        return {"measure": name, **plain, **typed(cell), "unit": cell["unit"]}
    said = _said(cell)
    # As words, counts too: a column of a table has one type.
    return {} if said in (None, "") else {"measure": name, "text": str(said)}


def _is_number(cell: Any) -> bool:
    return isinstance(cell, Mapping) and "version" in cell


def _said(cell: Any) -> Any:
    """Return the words or the count of a cell without a number of its own."""
    return cell.get("personal", cell.get("text")) if isinstance(cell, Mapping) else cell


def _chart(block: Record) -> Iterator[Row]:
    for one in block["series"]:
        for mark in one["marks"]:
            own = {"block": block["name"], "series": one["name"], **{n: mark[n] for n in ("label", "x", "count")}}
            numbers = [
                (name, mark[part]) for name, part in (("value", "estimate"), ("foretold", "against")) if mark[part]
            ]
            for name, found in numbers:
                yield {**own, "measure": name, **found, **typed(found), "unit": block["unit"]}
            if not numbers:
                yield own


def _cohorts(block: Record) -> Iterator[Row]:
    for cell in block["cells"]:
        plain = {name: value for name, value in cell.items() if not isinstance(value, Mapping)}
        yield {
            "block": "cohorts",
            **plain,
            **{f"by_{name}": value for name, value in cell["group"].items()},
            **typed(cell),
        }


def _segments(block: Record) -> Iterator[Row]:
    for row in block["rows"]:
        said = {"segment": row["segment"], "customers": row["customers"], "on": block["on"]}
        for name in ("share", "value_share", "average_value"):
            yield {"block": "segments", **said, "measure": name, **row[name], **typed(row[name])}


_FLAT: Mapping[str, Callable[[Record], Iterator[Row]]] = MappingProxyType(
    {
        "cards": _cards,
        "answers": _answers,
        "grid": _grid,
        "chart": _chart,
        "cohorts": _cohorts,
        "segments": _segments,
    }
)
