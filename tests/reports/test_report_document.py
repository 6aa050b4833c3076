"""The files that a page can be had as."""

import builtins
import io
import json

import openpyxl
import pypdf
import pytest
from reported import AT, GRID, UNITS, drawing, page

from regulars.core.errors import QueryError
from regulars.reports import document
from regulars.reports.document import FORMATS, Kept
from regulars.views.shown import csv_text


def made(name, source=None):
    return document.document(source or page(GRID, UNITS), name, at=AT, drawing=drawing())


def test_every_format_gives_bytes_of_its_type():
    begin = {
        "pdf": b"%PDF-1.7",
        "html": b"<!doctype html>",
        "xlsx": b"PK",
        "csv": b"block,",
        "json": b"{",
        "eml": b"Subject",
        "md": b"# ",
    }
    assert set(begin) == set(FORMATS)
    for name, (media_type, write) in FORMATS.items():
        data = write(page(GRID, UNITS), AT, drawing())
        assert data.startswith(begin[name])
        assert data == made(name)
        assert "/" in media_type


def test_they_say_the_same_numbers():
    value = page(GRID, UNITS).record()["blocks"][1]["rows"][0]["value"]["value"]
    assert json.loads(made("json"))["blocks"][1]["rows"][0]["value"]["value"] == value
    assert str(value) in made("csv").decode()
    assert openpyxl.load_workbook(io.BytesIO(made("xlsx")))["Every unit"]["B5"].value == value
    assert "12.3 %" in made("html").decode()
    assert "12.3 %" in " ".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(made("pdf"))).pages)


def test_what_was_kept_gives_the_same_files():
    whole = page(GRID, UNITS)
    kept = Kept(kept=json.loads(whole.to_json()), rows=whole.flat())
    for name in FORMATS:
        assert made(name, kept) == made(name, whole)
    assert made("csv", kept).decode() == csv_text(whole.flat())


def test_an_unknown_format_is_refused_with_advice():
    with pytest.raises(QueryError, match=r"cannot be had as `xls`\. Did you mean `xlsx`"):
        made("xls")


def test_without_typst_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def missing(name, *rest, **named):
        if name == "typst":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(QueryError, match=r"pip install 'regulars\[pdf\]'"):
        made("pdf")
