"""Rows for tables hold every number of a page once, with all that travels with it."""

from collections import Counter
from datetime import date, datetime

import orjson
import pytest
from test_web_roles import ABOUT, address

from regulars.views import flattened
from regulars.views.shown import csv_text

#: What travels with a number.
TRAVELS = ("value", "low", "high", "level", "method", "n", "why_not", "period", "as_of", "version", "flags")


@pytest.fixture(scope="module")
def records(doorway):
    """Every page as it is kept."""
    with doorway.door.current.serving() as serving:
        found = {}
        for name, view in serving.views.items():
            asked = {"period": "2025-02"} if name == "behind" else {}
            found[name] = orjson.loads(serving.page(view, ABOUT.get(view.about, ""), asked, patience=120))
            assert address(view, "")
    return found


def numbers(part, within=""):
    """Yield every number of a record once: a card's latest is one of its course."""
    if isinstance(part, dict):
        if counts(part):
            yield part
        for name, one in part.items():
            if name not in ("latest", "scores"):
                yield from numbers(one, name)
    elif isinstance(part, list):
        for one in part:
            yield from numbers(one, within)


def counts(row):
    """Whether a row is of a number: others may have columns of these names."""
    return {"version", "why_not", "method"} <= set(row)


def key(one):
    as_of = one["as_of"] if isinstance(one["as_of"], datetime) else datetime.fromisoformat(one["as_of"])
    rest = (one[name] for name in ("value", "low", "high", "level", "method", "n", "why_not", "period", "version"))
    return (*rest, as_of, tuple(one["flags"]))


def test_every_number_of_every_page_is_in_a_row_once(records):
    seen = 0
    for name, record in records.items():
        rows = [row for row in flattened.rows(record) if counts(row)]
        wanted = Counter(map(key, numbers(record["blocks"])))
        assert Counter(map(key, rows)) == wanted, name
        seen += len(rows)
    assert seen > 1_000


def test_every_row_with_a_number_says_what_travels_with_it(records):
    for name, record in records.items():
        for row in flattened.rows(record):
            if counts(row):
                assert set(TRAVELS) <= set(row), name
                assert isinstance(row["start"], date)
                assert row["start"] < row["end"]
                assert row["period"] == f"{row['start']}..{row['end']}"
                assert row["as_of"].tzinfo is not None
                assert isinstance(row["flags"], list)
                assert isinstance(row["n"], int)
                assert row["block"]


def test_rows_are_flat(records):
    for name, record in records.items():
        for row in flattened.rows(record):
            for column, cell in row.items():
                allowed = str | int | float | date | datetime | None
                assert isinstance(cell, allowed) or (column == "flags" and isinstance(cell, list)), (name, column)


def test_rows_come_in_the_order_of_the_page_however_its_record_was_written(records):
    for record in records.values():
        again = orjson.loads(orjson.dumps(record, option=orjson.OPT_SORT_KEYS))
        assert flattened.rows(again) == flattened.rows(record)


def test_a_table_says_what_its_rows_say(records):
    for name, record in records.items():
        rows = flattened.rows(record)
        lines = csv_text(rows).count("\n")
        assert lines >= len(rows) + 1, name


def test_words_that_are_masked_are_masked_in_rows_too():
    grid = {
        "block": "grid",
        "name": "list",
        "columns": [{"name": "who"}, {"name": "said"}],
        "rows": [{"who": {"text": "[e-mail]", "link": None}, "said": {"personal": "[personal]"}}],
    }
    assert flattened.rows({"blocks": [grid]}) == [{"block": "list", "who": "[e-mail]", "said": "[personal]"}]


def test_words_headings_and_notices_have_no_rows():
    blocks = [{"block": kind, "text": "x"} for kind in ("text", "heading", "notice")]
    assert flattened.rows({"blocks": blocks}) == []
    assert csv_text([]) == "\n"


def test_what_has_no_limit_has_none_in_a_row(records):
    unbounded = [
        row
        for record in records.values()
        for row in flattened.rows(record)
        if counts(row) and row["value"] is not None and (row["low"] is None or row["high"] is None)
    ]
    for row in unbounded:
        assert not row["why_not"]


def test_words_and_counts_among_numbers_have_rows_of_their_own():
    number = {"value": 1.5, "version": "1", "period": "2025-01-01..2025-02-01", "as_of": "2025-02-01T00:00:00+00:00"}
    grid = {
        "block": "grid",
        "name": "whole",
        "columns": [{"name": "what"}, {"name": "said"}],
        "rows": [
            {"what": "Profit", "said": {**number, "unit": "EUR"}},
            {"what": "Customers", "said": 664},
            {"what": "Nobody", "said": 0},
            {"what": "Rule", "said": {"text": "=1+1", "link": None}},
            {"what": "Nothing", "said": None},
        ],
    }
    profit, *others = flattened.rows({"blocks": [grid]})
    assert "text" not in profit
    assert [(one["what"], one.get("measure"), one.get("text")) for one in others] == [
        ("Customers", "said", "664"),
        ("Nobody", "said", "0"),
        ("Rule", "said", "=1+1"),
        ("Nothing", None, None),
    ]
    assert "'=1+1" in csv_text([profit, *others])


def test_every_word_and_count_of_a_grid_is_in_its_rows(records):
    seen = 0
    for name, record in records.items():
        for block in record["blocks"]:
            if block["block"] != "grid":
                continue
            told = {str(cell) for row in flattened.rows({"blocks": [block]}) for cell in row.values()}
            for row in block["rows"]:
                for cell in row.values():
                    words = cell.get("personal", cell.get("text")) if isinstance(cell, dict) else cell
                    if words not in (None, ""):
                        seen += 1
                        assert str(words) in told, (name, block["name"], words)
    assert seen > 100
