"""Comments of a company written by hand: six texts, each of many customers, with the scores beside them."""

from pathlib import Path
from typing import Any

from regulars.app.comments import Shelf
from regulars.kpis.query import Records
from small import company, reply

#: Text, the score beside it, and the theme that it is found under.
SAID = {
    "The courier left my parcel outside in the pouring rain again": (3, "delivery"),
    "The waiter was charming and brought us an extra dessert": (10, "en-3"),
    "The zipper of the jacket jammed after one single day": (2, "en-4"),
    "Our guide knew every corner of the old museum": (9, "en-1"),
    "The refund took far longer than they had promised me": (1, "returns"),
    "Parking near the entrance is easy and always free": (10, "en-2"),
}
TEXTS = tuple(SAID)
THEMES = {theme for _, theme in SAID.values()}
BAD = ("delivery", "en-4", "returns")


def answers(times: int = 60, first: int = 100) -> list[dict[str, Any]]:
    """Return `times` answers with each text, one a day; of 360 the last 60 are by the first 60 customers, again."""
    said = [*SAID.items()] * times
    return [
        reply(f"c{place % 300:03}", first + place, score, comment=text, language="en")
        for place, (text, (score, _)) in enumerate(said)
    ]


def spoken(more: list[dict[str, Any]] | None = None, as_of: int = 600, **rest: Any) -> Records:
    """Return records with `answers`, and `more` of them."""
    return company(as_of, responses=[*answers(), *(more or [])], **rest)


def shelf(folder: Path) -> Shelf:
    """Return where corrections and what is remembered are kept: both in `folder`."""
    return Shelf(folder=folder, store=folder)


def backend_of(records: Records) -> Any:
    """Return the engine that holds the records."""
    return records.tables["people"].get_backend()
