"""PDF: the record's words, for everybody to read, the same bytes every time."""

import io
import time

import pypdf
import pytest
from reported import AT, GRID, HOSTILE, LINE, UNITS, ask, drawing, estimate, everything, record, squeezed

from regulars.kpis.kpi import Shows
from regulars.reports import glyphs, layout, paper, written
from regulars.reports.parts import Shown, parts
from regulars.views.blocks import Grid, Head, Heading, Notice, Text

typst = pytest.importorskip("typst")


def made(told, **rest):
    return paper.paper(told, at=AT, drawing=drawing(), **rest)


def read(data):
    return pypdf.PdfReader(io.BytesIO(data))


def text(data):
    return squeezed("".join(one.extract_text() for one in read(data).pages))


def test_every_number_reads_as_the_record_s_words_with_interval_and_n_beside_it():
    told = everything().record()
    said = text(made(told))
    for part in parts(told):
        if not isinstance(part, Shown) or part.kind == "cohorts":
            continue
        for column, cell in (
            pair for row in part.table.to_read().rows for pair in zip(part.table.to_read().columns, row, strict=True)
        ):
            if hasattr(cell, "keys") and cell["value"] is not None:
                value = written.value(cell, change=column.change)
                beside = f"{written.interval(cell, change=column.change)};{written.n(cell)}"
                assert any(squeezed(f"{value}{flag}{beside}") in said for flag in ("", "a", "b", "ab")), (value, beside)


def test_every_unit_is_printed():
    said = text(made(record(UNITS)))
    for row in record(UNITS)["blocks"][0]["rows"]:
        assert squeezed(f"{written.value(row['value'])}{written.interval(row['value'])};n 1,000") in said


def test_a_cohort_table_prints_all_its_numbers():
    told = record(ask().cohorts("retention"))
    said = text(made(told))
    (part,) = parts(told)
    for _, number in part.table.numbers():
        if number["value"] is not None:
            assert squeezed(f"{written.value(number)}{written.interval(number)}") in said
    assert "knownfrom2024-05-01" in said


def test_no_value_and_flags_are_told():
    said = text(made(record(GRID)))
    assert squeezed("no value (1)") in said
    assert squeezed("(1) No value, because nobody was asked.") in said
    assert squeezed("a: too few customers to trust the value.") in said


def test_what_travels_with_numbers_is_on_paper():
    told = everything().record()
    data = made(told)
    said = text(data)
    for wanted in ("definition 3", "records before 2025-01-02 00:00 UTC", "95 % intervals", "by Wilson score"):
        assert squeezed(wanted) in said
    first = read(data).pages[0].extract_text()
    for wanted in ("Example & Sons", "Asked: where market = 'NL'", "Made 2025-01-03 09:30 UTC", "Page 1 of"):
        assert wanted in first
    assert squeezed("Readitso.") in said  # the name in backticks stands out instead


def test_it_is_tagged_in_a_language_with_a_title_and_claims_the_standard():
    data = made(everything().record())
    root = read(data).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read(data).metadata.title == "Mine"
    assert read(data).metadata.author == "Example & Sons"
    assert b"<pdfuaid:part>1<" in data


def test_fonts_are_inside():
    fonts = [
        font.get_object()
        for one in read(made(everything().record())).pages
        for font in one["/Resources"]["/Font"].values()
    ]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_a_chart_says_what_it_shows():
    data = made(record(LINE))
    assert LINE.says.encode("utf-16-be") in data or LINE.says.encode() in data or LINE.says in structure(data)
    assert "Itrosefromlowtohigh." in text(data)


def structure(data):
    """Return the alternative texts of a document."""
    found, todo, seen = [], [read(data).trailer["/Root"]["/StructTreeRoot"]], set()
    while todo:
        node = todo.pop()
        node = node.get_object()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        found += [str(node["/Alt"])] if "/Alt" in node else []
        children = node.get("/K", [])
        todo += [one for one in (children if isinstance(children, list) else [children]) if hasattr(one, "get_object")]
    return found


@pytest.mark.parametrize("hostile", HOSTILE)
def test_markup_is_text(hostile):
    grid = Grid(name="g", title=hostile, heads=(Head(name="a", title=hostile),), rows=((hostile,),), caption=hostile)
    told = record(Heading(text=hostile), Text(text=hostile), grid, Notice(text=hostile), title=hostile, company=hostile)
    said = text(made(told))
    if hostile.isascii() and hostile.isprintable() and hostile.count("`") % 2 == 0:
        assert said.count(squeezed(hostile)) >= 6


def test_what_no_font_has_is_told():
    said = text(made(record(Text(text="中文评论 was good 😀"))))
    assert "wasgood" in said
    assert squeezed("[4 characters that no font here has]") in said or "中文评论" in said
    assert squeezed("[grinning face]") in said or "😀" in said


def test_characters_that_steer_are_marked_or_left_out():
    assert glyphs.clean("a\x00b\u202ec\ufeffd") == "a\ufffdbcd"
    assert glyphs.without("ก")("ไทย a") == "[3 characters that no font here has] a"
    assert glyphs.without("👍")("👍🏽!") == "[thumbs up sign]!"
    assert glyphs.missing("another error") == ""


def test_a_page_that_the_standard_refuses_is_printed_all_the_same(monkeypatch):
    compiled = paper._compiled

    def refusing(data, at, *, own_fonts, standard):
        if standard:
            raise typst.TypstError("PDF/UA-1 error: something else")
        return compiled(data, at, own_fonts=own_fonts, standard=standard)

    monkeypatch.setattr(paper, "_compiled", refusing)
    data = made(record(GRID))
    assert read(data).trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"<pdfuaid:part>" not in data


def test_two_thousand_rows_run_over_pages_below_their_heads():
    heads = (Head(name="who", title="Customer"), Head(name="n", title="Orders"), Head(name="said", title="Last words"))
    rows = tuple((f"c{n:04}", n, f"what {n} said") for n in range(2000))
    started = time.perf_counter()
    found = read(made(record(Grid(name="g", title="All", heads=heads, rows=rows)))).pages
    assert time.perf_counter() - started < 60  # 1 s where nothing else runs
    assert len(found) > 30
    texts = [one.extract_text() for one in found]
    assert all("Customer" in one and "Last words" in one for one in texts)
    assert all(sum(f"c{n:04}" in one for one in texts) == 1 for n in range(0, 2000, 97))


def test_a_long_cell_is_printed_whole():
    said = text(
        made(
            record(
                Grid(name="g", title="G", heads=(Head(name="a", title="A"),), rows=(("word " * 1000,), ("x" * 5000,)))
            )
        )
    )
    assert said.count("word") == 1000
    assert said.count("x") >= 5000


def test_a_page_with_nothing_and_one_with_notices_only():
    assert len(read(made(record())).pages) == 1
    assert "Notshown:needsevents." in text(made(record(Notice(text="Not shown: needs `events`."))))


def test_a_wide_table_turns_its_page_and_takes_the_words_above_it_along():
    heads = tuple(Head(name=f"c{n}", title=f"Column {n}") for n in range(12))
    grid = Grid(name="g", title="Wide", heads=heads, rows=((*[estimate(1234.5, 1200.25, 1300.0)] * 12,),))
    first, turned, last = read(
        made(record(Text(text="a"), Heading(text="Above"), Text(text="Words"), grid, GRID))
    ).pages[:3]
    width = [float(one.mediabox.width) for one in (first, turned, last)]
    assert width[0] < width[1] > width[2]
    assert "Above" in turned.extract_text()
    assert "Words" in turned.extract_text()


def test_long_charts_have_their_numbers_in_files():
    told = record(LINE)
    marks = told["blocks"][0]["series"][0]["marks"]
    printed = layout.document(told, drawing(), AT)["parts"]
    assert [part["title"] for part in printed if part["kind"] == "table"] == ["Definitions", "Moved"]
    marks *= 100
    printed = layout.document(told, drawing(), AT)["parts"]
    assert [part["title"] for part in printed if part["kind"] == "table"] == ["Definitions"]
    assert "workbook" in printed[-1]["text"]


def test_numbers_of_a_chart_that_stand_in_a_table_are_not_printed_again():
    marks = LINE.series[0].marks
    heads = (Head(name="month", title="Month"), Head(name="share", title="Share", shows=Shows.SHARE))
    grid = Grid(name="g", title="The same", heads=heads, rows=tuple((one.label, one.estimate) for one in marks))
    printed = layout.document(record(LINE, grid), drawing(), AT)["parts"]
    assert [part["title"] for part in printed if part["kind"] == "table"] == ["The same", "Definitions"]


def test_charts_and_courses_of_the_pages_are_printed_whatever_their_labels():
    pytest.importorskip("regulars.views.charts.draw")
    told = record(LINE, ask().cards("net_revenue"))
    marks = told["blocks"][0]["series"][0]["marks"]
    marks[0]["label"], marks[2]["label"] = "中文 <b>&", "שלום 😀"
    data = paper.paper(told, at=AT)
    assert len(read(data).pages) >= 1
    assert any(one.startswith("Course of Net revenue") for one in structure(data))


def test_the_same_record_gives_the_same_bytes():
    told = everything().record()
    assert made(told) == made(told)
