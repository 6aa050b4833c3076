"""A page's record with everything that customers may have written marked as data, and the rest fit to be read."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from regulars.mcp import own_words
from regulars.mcp.customer_text import Marking

Record = Mapping[str, Any]
Block = dict[str, Any]


def marked(record: Record, marking: Marking) -> dict[str, Any]:
    """Return a page's record with its texts told by `marking`; numbers are untouched."""
    blocks = [_HANDLED.get(block["block"], _unheard_of)(block, marking) for block in record["blocks"]]
    about = record.get("about") or ""
    named = any("cards" in block and any(card["kpi"] == about for card in block["cards"]) for block in blocks)
    rest = {name: part for name, part in record.items() if name not in ("blocks", "about")}
    told = about if named or not about else marking.data(about)
    return {**sentences(rest, marking), "about": told, "blocks": blocks}


def answer(row: Record, marking: Marking) -> dict[str, Any]:
    """Return an answer with the values that it is split by marked."""
    held = [str(value) for value in row["group"].values() if value is not None]
    rest = sentences({name: part for name, part in row.items() if name != "group"}, marking, held)
    return {**rest, "group": {name: _told(value, marking) for name, value in row["group"].items()}}


def sentences(part: Any, marking: Marking, held: list[str] | None = None) -> Any:
    """Return plain values whose texts are Regulars' own; `held` are texts of the records that may stand in them."""
    if isinstance(part, str):
        return marking.own(part, held or ())
    if isinstance(part, Mapping):
        return {name: sentences(one, marking, held) for name, one in part.items()}
    if isinstance(part, list):
        return [sentences(one, marking, held) for one in part]
    return part


def _told(value: object, marking: Marking) -> Any:
    return None if value is None else marking.data(str(value))


def _all_data(part: Any, marking: Marking) -> Any:
    """Return plain values of which nobody knows who wrote the texts."""
    if isinstance(part, str):
        return part if own_words.says_nothing(part) else marking.data(part)
    if isinstance(part, Mapping):
        return {name: _all_data(one, marking) for name, one in part.items()}
    if isinstance(part, list):
        return [_all_data(one, marking) for one in part]
    return part


def _unheard_of(block: Record, marking: Marking) -> Block:
    rest = {name: part for name, part in block.items() if name != "block"}
    return {"block": block["block"], **_all_data(rest, marking)}


def _text(block: Record, marking: Marking) -> Block:
    rest = {name: part for name, part in block.items() if name != "held"}
    return dict(sentences(rest, marking, block.get("held")))


def _own(block: Record, marking: Marking) -> Block:
    return {**sentences(block, marking)}


def _cards(block: Record, marking: Marking) -> Block:
    cards = [
        {
            **sentences({name: part for name, part in card.items() if name not in ("latest", "course")}, marking),
            "latest": answer(card["latest"], marking),
            **({"course": [answer(row, marking) for row in card["course"]]} if "course" in card else {}),
        }
        for card in block["cards"]
    ]
    return {**block, "cards": cards}


def _answers(block: Record, marking: Marking) -> Block:
    return {**block, "rows": [answer(row, marking) for row in block["rows"]]}


def _cohorts(block: Record, marking: Marking) -> Block:
    rest = sentences({name: part for name, part in block.items() if name != "cells"}, marking)
    return {**rest, "cells": [answer(cell, marking) for cell in block["cells"]]}


def _chart(block: Record, marking: Marking) -> Block:
    own_names, own_labels = own_words.chart(block["name"])
    held = [one["name"] for one in block["series"] if not own_names]
    held += [mark["label"] for one in block["series"] for mark in one["marks"] if not own_labels]
    series = [
        {
            **one,
            "name": _words(one["name"], marking, own=own_names),
            "marks": [
                {
                    **sentences({name: part for name, part in mark.items() if name != "label"}, marking),
                    "label": _words(mark["label"], marking, own=own_labels),
                }
                for mark in one["marks"]
            ],
        }
        for one in block["series"]
    ]
    rest = {name: part for name, part in block.items() if name != "series"}
    return {**sentences(rest, marking, held), "series": series}


def _words(text: str, marking: Marking, *, own: bool) -> Any:
    return marking.own(text) if own or own_words.says_nothing(text) else marking.data(text)


def _grid(block: Record, marking: Marking) -> Block:
    named = [column["name"] for column in block["columns"]]
    own = {name: own_words.column(block["name"], name) for name in named}
    rows = [{name: _cell(row[name], marking, own=own[name]) for name in named} for row in block["rows"]]
    held = [text for row in block["rows"] for name in named if not own[name] for text in _texts(row[name])]
    columns = [
        sentences({name: part for name, part in column.items() if name != "link"}, marking, held)
        for column in block["columns"]
    ]
    more = block.get("more")
    rest = {name: part for name, part in block.items() if name not in ("columns", "rows", "more")}
    return {
        **sentences(rest, marking, held),
        "columns": columns,
        "rows": rows,
        "more": more and {"told": marking.own(more["told"], held), "links": [_link(one) for one in more["links"]]},
    }


def _texts(cell: Any) -> Iterator[str]:
    found = cell.get("personal", cell.get("text")) if isinstance(cell, Mapping) else cell
    if isinstance(found, str) and not own_words.says_nothing(found):
        yield found


def _cell(cell: Any, marking: Marking, *, own: bool) -> Any:
    if isinstance(cell, str):
        return _words(cell, marking, own=own)
    if not isinstance(cell, Mapping):
        return cell
    if "personal" in cell:
        return marking.data(cell["personal"])
    if "text" in cell:
        link = cell["link"]
        if link is None or link["personal"]:
            return _named(cell["text"], (link or {}).get("about") or cell["text"], marking)
        return _words(cell["text"], marking, own=own or link["page"] == "kpi")
    return sentences(cell, marking)


def _named(text: str, about: str, marking: Marking) -> Any:
    """Return who a row is about, with the reference by which to ask on where it is masked."""
    told = marking.data(text)
    if about == text:
        return told
    return f"{told} ({about})" if isinstance(told, str) else {**told, "ref": about}


def _link(one: Record) -> dict[str, Any]:
    """Return where a list goes on, as `show_page` can be asked for it."""
    link = one["link"] or {}
    return {"rel": one["rel"], "page": link.get("page"), "asked": dict(link.get("asked") or {})}


_HANDLED: Mapping[str, Callable[[Record, Marking], Block]] = MappingProxyType(
    {
        "answers": _answers,
        "cards": _cards,
        "chart": _chart,
        "cohorts": _cohorts,
        "grid": _grid,
        "heading": _own,
        "notice": _own,
        "segments": _own,
        "text": _text,
    }
)
