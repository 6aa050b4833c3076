"""A page and its files say the same: JSON, CSV, Excel, PDF and the archived page."""

import csv
import io
import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from math import isclose
from typing import Any

import openpyxl
import pypdf
import pytest

from browser.pages import VIEWS, marked, named

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)


class Numbers(HTMLParser):
    """The numbers of a page, exactly and as people read them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[float, str]] = []
        self._value: float | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            self._value = float(dict(attributes)["value"] or "nan")
            self.found.append((self._value, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "data":
            self._value = None

    def handle_data(self, text: str) -> None:
        if self._value is not None:
            self.found[-1] = (self._value, self.found[-1][1] + text)


@pytest.fixture(scope="module")
def numbers(client):
    """Return the numbers of a page, by its path; asked for once."""
    known: dict[str, list[tuple[float, str]]] = {}

    def of(path: str) -> list[tuple[float, str]]:
        if path not in known:
            answer = client.get(path)
            assert answer.status_code == 200
            reading = Numbers()
            reading.feed(answer.text)
            known[path] = reading.found
        return known[path]

    return of


by_page = pytest.mark.parametrize("name", marked(one.name for one in VIEWS))


@pytest.fixture
def page(name):
    return named(name)


def missing(shown: list[tuple[float, str]], found: Iterable[float]) -> list[float]:
    """Return numbers of a page that a file lacks; a workbook keeps fifteen digits."""
    there = sorted(found)

    def near(value: float) -> bool:
        place = bisect_left(there, value)
        return any(isclose(value, one, rel_tol=1e-12, abs_tol=1e-300) for one in there[max(place - 1, 0) : place + 1])

    return [value for value, _ in shown if not near(value)]


def told(record: Any) -> Iterator[float]:
    """Yield every number of a JSON record."""
    if isinstance(record, dict):
        record = list(record.values())
    if isinstance(record, list):
        for part in record:
            yield from told(part)
    elif isinstance(record, int | float) and not isinstance(record, bool):
        yield float(record)


@by_page
def test_json_has_every_number_of_the_page(client, numbers, page):
    record = json.loads(client.get(page.file("json")).text)
    assert missing(numbers(page.path), told(record)) == []


@by_page
def test_the_page_has_every_answer_of_its_json(client, numbers, page):
    """What JSON tells of cards and tables people see, too; courses are drawn."""
    record = json.loads(client.get(page.file("json")).text)
    shown = Counter(value for value, _ in numbers(page.path))
    for block in record["blocks"]:
        match block["block"]:
            case "cards":
                latest = [card["latest"]["value"] for card in block["cards"]]
            case "answers":
                latest = [row["value"] for row in block["rows"]]
            case "grid":
                cells = [cell for row in block["rows"] for cell in row.values() if isinstance(cell, dict)]
                latest = [cell["value"] for cell in cells if "value" in cell]
            case "cohorts":
                latest = [cell["value"] for cell in block["cells"] if not cell.get("open")]
            case _:
                continue
        assert [value for value in latest if value is not None and not shown[value]] == []


@by_page
def test_csv_has_every_number_of_the_page(client, numbers, page):
    rows = list(csv.DictReader(io.StringIO(client.get(page.file("csv")).content.decode("utf-8-sig"))))
    cells = (text for row in rows for text in row.values() if text and _NUMBER.fullmatch(text))
    assert missing(numbers(page.path), map(float, cells)) == []


@by_page
@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning:openpyxl")
def test_the_workbook_has_every_number_of_the_page(client, numbers, page):
    book = openpyxl.load_workbook(io.BytesIO(client.get(page.file("xlsx")).content), read_only=True)
    cells = (cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    found = [float(cell) for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
    assert missing(numbers(page.path), found) == []


@by_page
def test_paper_says_every_number_as_the_page_does_and_can_be_read_aloud(client, numbers, page):
    paper = pypdf.PdfReader(io.BytesIO(client.get(page.file("pdf")).content))
    root = paper.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert paper.metadata.title
    text = _plain(" ".join(one.extract_text() for one in paper.pages))
    assert [said for _, said in numbers(page.path) if _plain(said) not in text] == []


def _plain(text: str) -> str:
    """Return text without what only sets its signs apart."""
    return re.sub(r"[\s\u2060]+", "", text.replace("−", "-"))


@by_page
def test_the_archived_page_says_every_number_and_asks_for_nothing(client, numbers, page):
    text = client.get(page.file("html")).text
    assert re.findall(r'(?:src|href)="(?!#|data:)', text) == []
    plain = _plain(re.sub(r"<[^>]+>", "", text))
    assert [said for _, said in numbers(page.path) if _plain(said) not in plain] == []


@pytest.mark.parametrize("ending", ["pdf", "xlsx", "csv", "json", "html"])
def test_a_file_is_of_what_was_asked_of_the_page(client, ending):
    path = f"/behind/nps.{ending}?period=2024-11"
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert f'.{ending}"' in answer.headers["content-disposition"]
    if ending in ("json", "html", "csv"):
        assert "2024-11" in answer.text
