"""One HTML file and mail: the record's words, nothing that runs, nothing that is fetched."""

import email
import email.policy
import re
from itertools import pairwise

import pytest
from reported import AT, GRID, HOSTILE, LINE, UNITS, Cells, ask, drawing, estimate, everything, record

from regulars.reports import written
from regulars.reports.mail import mail
from regulars.reports.page import standalone
from regulars.reports.parts import Shown, parts
from regulars.views.blocks import Chart, Grid, Head, Heading, Notice, Text


def page(told):
    return standalone(told, at=AT, drawing=drawing())


def html_of(told):
    return mail(told).get_body(("html",)).get_content()


def text_of(told):
    return mail(told).get_body(("plain",)).get_content()


def numbers(told):
    for part in parts(told):
        if isinstance(part, Shown):
            read = part.table.to_read()
            for row in read.rows:
                for column, cell in zip(read.columns, row, strict=True):
                    if hasattr(cell, "keys"):
                        yield column, cell, row


@pytest.mark.parametrize("drawn", [page, html_of])
def test_every_number_reads_as_the_record_s_words_with_interval_and_n_beside_it(drawn):
    told = everything().record()
    cells = Cells(drawn(told)).cells
    for column, number, row in numbers(told):
        value, span = written.value(number, change=column.change), written.interval(number, change=column.change)
        n = "" if column.heat and number["n"] in row else written.n(number)
        assert any(one.startswith(value) and span in one and n in one for one in cells), (value, span, n)


@pytest.mark.parametrize("drawn", [page, html_of])
def test_no_value_flags_and_what_travels_are_told(drawn):
    said = drawn(record(GRID))
    assert "(1) No value, because nobody was asked." in said
    assert "a: too few customers to trust the value." in said
    assert "2024; 95 % intervals; by Wilson score; n 7; definition 3; records before 2025-01-02 00:00 UTC." in said
    assert "Read it <code>so</code>." in said


def test_plain_text_says_the_same():
    told = everything().record()
    said = text_of(told)
    for column, number, _row in numbers(told):
        assert written.said(number, change=column.change) in said
    assert "no value, because nobody was asked (n 7)" in said
    assert "BY MARKET" in said


@pytest.mark.parametrize("drawn", [page, html_of])
def test_nothing_runs_and_nothing_is_fetched(drawn):
    grid = Grid(
        name="g",
        title=HOSTILE[3],
        heads=(Head(name="a", title=HOSTILE[4]),),
        rows=tuple((text,) for text in HOSTILE),
        caption=HOSTILE[3],
    )
    told = record(
        Heading(text=HOSTILE[4]),
        Text(text=HOSTILE[3]),
        grid,
        Notice(text=HOSTILE[3]),
        title=HOSTILE[3],
        company=HOSTILE[4],
    )
    read = Cells(drawn(told))
    assert not {"script", "img", "iframe", "link", "object", "embed", "form"} & set(read.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in ("src", "href", "action")]
    assert [cell for cell in read.cells if cell in HOSTILE][1:4] == [*HOSTILE[:3]]
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", drawn(told))


def test_a_file_s_policy_allows_styles_only():
    said = page(record(GRID))
    assert "default-src 'none'; style-src 'unsafe-inline'" in said
    assert said.startswith('<!doctype html>\n<html lang="en">')
    assert "prefers-color-scheme: dark" in said
    assert "@media print" in said


def test_charts_stand_in_the_file_with_their_numbers_and_as_tables_in_mail():
    assert "<svg" in page(record(LINE))
    assert "It rose from <code>low</code> to high." in page(record(LINE))
    assert "Show as table" in page(record(LINE))
    assert "<svg" not in html_of(record(LINE))
    assert any(one.startswith("25.0 %") for one in Cells(html_of(record(LINE))).cells)


def test_charts_are_those_of_the_pages():
    pytest.importorskip("regulars.views.charts.draw")
    assert isinstance(LINE, Chart)
    said = standalone(record(LINE, ask().cards("net_revenue")), at=AT)
    assert said.count("<svg") == 2
    assert "chart-line" in said
    assert ".chart .label" in said


def test_a_wide_table_is_printed_on_a_turned_page_with_the_words_above_it():
    heads = tuple(Head(name=f"c{n}", title=f"Column {n}") for n in range(12))
    wide = Grid(name="g", title="Wide", heads=heads, rows=((*[estimate(1234.5, 1200.25, 1300.0)] * 12,),))
    said = page(record(Text(text="Before"), Notice(text="No"), Heading(text="Above"), wide, GRID))
    turned = said[said.index('<div class="turned">') : said.index("Shares of things</h3>")]
    assert "<h2>Above</h2>" in turned
    assert "Before" not in turned
    assert "Column 11" in turned


def test_headings_come_in_steps():
    said = page(everything().record())
    levels = [int(level) for level in re.findall(r"<h(\d)", said)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_page_with_nothing_and_one_with_notices_only():
    assert "<h1>Mine</h1>" in page(record())
    assert 'class="notice">Not shown: needs <code>events</code>.' in page(
        record(Notice(text="Not shown: needs `events`."))
    )
    assert "Not shown: needs `events`." in text_of(record(Notice(text="Not shown: needs `events`.")))


def test_mail_holds_the_first_rows_and_says_so():
    grid = Grid(name="g", title="G", heads=(Head(name="a", title="A"),), rows=tuple((f"row {n}",) for n in range(2000)))
    for said in (html_of(record(grid)), text_of(record(grid))):
        assert "row 49" in said
        assert "row 50" not in said
        assert "1,950 more rows are on the page and in its files." in said


def test_a_subject_is_one_line_whatever_the_company_is_called():
    sent = mail(record(GRID, company="A\r\nBcc: everybody@example.org", title="Büro"))
    assert sent["Subject"] == "A Bcc: everybody@example.org · Büro · 2024"
    assert sent.get_all("Bcc") is None
    back = email.message_from_bytes(bytes(sent), policy=email.policy.default)
    assert back["Subject"] == sent["Subject"]
    assert back.get_content_type() == "multipart/alternative"


def test_the_same_record_gives_the_same_bytes():
    told = everything().record()
    assert page(told) == page(told)
    assert bytes(mail(told)) == bytes(mail(told))
    assert "regulars-" in mail(told).get_boundary()


def test_an_unbounded_limit_and_every_unit():
    told = record(UNITS)
    told["blocks"][0]["rows"][0]["value"]["low"] = None
    assert "unbounded to 24.7 %" in " ".join(Cells(page(told)).cells)
    assert all(any(written.value(number) in cell for cell in Cells(page(told)).cells) for _, number, _ in numbers(told))
    assert estimate(0.5, 0.4, 0.6).interval.n == 7
