"""Every kind of block as one plain table."""

from datetime import date

import pytest
from reported import GRID, KPIS, LINE, ask, estimate, everything, page, record

from regulars.reports import heat, notes, summary, tables, widths, written
from regulars.reports.heat import STEPS, Heat
from regulars.reports.parts import Shown, head, parts
from regulars.reports.sheet_names import sheet_name
from regulars.reports.table import Column, Later, Moved, Named, Table, number_of, words_of
from regulars.views.blocks import Card, Cards, Grid, Head, Heading, Notice


def table(*blocks):
    return next(part.table for part in parts(record(*blocks)) if isinstance(part, Shown))


def luminance(colour):
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_number_of_a_page_is_in_its_tables():
    told = everything().record()
    drawn = [number for part in parts(told) if isinstance(part, Shown) for _, number in part.table.numbers()]
    kinds = {block["block"] for block in told["blocks"]}
    assert kinds == {"cards", "heading", "text", "answers", "cohorts", "segments", "grid", "chart", "notice"}
    assert len(drawn) > 60
    for number in drawn:
        assert {"value", "low", "high", "level", "method", "n", "why_not", "as_of", "version", "flags"} <= {*number}


def test_cards_show_the_latest_answer_its_course_and_how_it_moved():
    found = table(ask().cards("net_revenue", "repeat_purchase_rate"))
    (latest, *_rest) = (card.latest for card in ask().cards("net_revenue", "repeat_purchase_rate").cards)
    named, *_ = found.rows[0]
    assert isinstance(named, Named)
    assert (named.text, named.under) == ("Net revenue", (KPIS["net_revenue"].question,))
    assert [column.title for column in found.to_read().columns] == [
        "KPI", "Period", "Value", "Course", "Against the period before",
    ]  # fmt: skip
    value = found.rows[0][[column.name for column in found.columns].index("value")]
    assert number_of(value)["value"] == latest.estimate.interval.value
    assert dict(found.definitions)["Net revenue"] == KPIS["net_revenue"].caveat


def test_the_course_has_a_row_per_period():
    block = record(ask().cards("net_revenue"))["blocks"][0]
    assert len(tables.course(block).rows) == len(block["cards"][0]["course"])


def test_many_cards_are_grouped_by_family_and_few_keep_their_order():
    cards = ask().cards(*KPIS).cards
    few, many = table(Cards(cards=cards)), table(Cards(cards=cards * 6))
    assert few.bands == ()
    assert sorted(set(many.bands)) == ["Commerce", "Retention"]
    assert list(many.bands) == sorted(many.bands)


def test_a_prediction_never_stands_without_its_score():
    block = record(ask().cards("net_revenue"))["blocks"][0]
    score = {"outcome": "lapse", "model": "silence 1", "score": {}, "verdict": "better", "tried": "on 2024-01-01"}
    block["cards"][0]["latest"]["scores"] = [score]
    found = tables.table(block)
    assert found.rows[0][0].score == "Foretold. Score: lapse by silence 1: better; on 2024-01-01."
    assert "score" in [column.name for column in found.columns]


def test_a_cohort_that_is_too_young_says_from_when_on_it_is_known():
    found = table(ask().cohorts("retention"))
    later = [cell for row in found.rows for cell in row if isinstance(cell, Later)]
    assert later
    assert {one.number["value"] for one in later} == {None}
    assert min(date.fromisoformat(one.on) for one in later) > date(2024, 4, 10)
    assert [words_of(row[0]) for row in found.rows][-1] == "All cohorts old enough"
    assert "2024-01" in {words_of(row[0]) for row in found.rows}


def test_answers_say_of_which_group_they_are():
    found = table(ask().answers("net_revenue", by=("market",), grain=None))
    assert [column.title for column in found.columns][2] == "Market"
    assert {words_of(row[2]) for row in found.rows} == {"DE", "NL"}
    assert all(any(column.name == name for column in found.columns) for name in ("kpi", "period", "value", "version"))


def test_personal_words_and_links_stand_as_they_are():
    assert [words_of(cell) for cell in table(GRID).rows[2]] == ["Ann", "0", "", "", "her page"]
    masked = record(GRID)
    masked["blocks"][0]["rows"][2] |= {"what": {"personal": "[personal]"}, "said": {"text": "c***", "link": None}}
    (found,) = (part.table for part in parts(masked))
    assert [words_of(found.rows[2][at]) for at in (0, 4)] == ["[personal]", "c***"]


def test_a_chart_is_the_table_of_its_marks():
    found = table(LINE)
    assert [column.title for column in found.columns] == ["Months", "Value", "State"]
    assert [words_of(row[0]) for row in found.rows] == ["2024-01", "2024-02", "2024-03"]
    assert [written.value(row[1]) for row in found.rows] == ["25.0 %", "no value", "50.0 %"]
    assert words_of(found.rows[2][2]) == "still running"


def test_what_travels_with_numbers_is_said_once():
    told = notes.travels(table(GRID))
    assert told == "2024; 95 % intervals; by Wilson score; n 7; definition 3; records before 2025-01-02 00:00 UTC."
    assert notes.travels(Table(name="x", title="", columns=(), rows=())) == ""


def test_marks_say_why_there_is_no_value_and_what_flags_mean():
    legend = notes.Legend.of([number for _, number in table(GRID).numbers()])
    assert legend.lines() == ("(1) No value, because nobody was asked.", "a: too few customers to trust the value.")


def test_notes_hold_period_version_method_flags_and_reasons():
    share, gap = notes.noted(table(GRID))
    assert (share.about, share.periods, share.versions, share.methods) == ("Share", "2024", "3", "Wilson score")
    assert (share.reasons, gap.flags) == ("nobody was asked", "too few customers to trust the value")


def test_the_head_is_the_record_s_or_that_of_its_numbers():
    found = head(everything().record())
    assert (found.company, found.asked) == ("Example & Sons", "where market = 'NL'")
    assert found.as_of.endswith("UTC")
    assert head({**record(GRID), "period": "2024-03-01..2024-04-01"}).period == "2024-03"
    assert head(record(Notice(text="Nothing."))).period == ""


def test_the_title_names_the_kpi_that_a_page_is_about_and_no_person():
    told = record(ask().cards("net_revenue"))
    assert head({**told, "about": "net_revenue"}).title == "Mine: Net revenue"
    assert head({**told, "about": "ann@example.org"}).title == "Mine"


def test_definitions_have_no_column_in_which_nothing_stands():
    found = notes.definitions([("Shares", table(GRID))])
    assert [column.name for column in found.columns] == ["about", "version", "method"]
    assert found.bands == ("Shares", "Shares")


def test_the_summary_names_what_moved_and_what_chance_would_do():
    told = record(ask().cards("net_revenue"))
    assert summary.summary(told).startswith("Of 1 KPI compared with the period before, ")
    latest = told["blocks"][0]["cards"][0]["latest"]
    latest["change"] |= {"value": 5.0, "low": 1.0, "high": 9.0, "verdict": "up EUR 5 (EUR 1 to EUR 9), better"}
    assert summary.summary(told) == (
        "Of 1 KPI compared with the period before, 1 moved: Net revenue up EUR 5 (EUR 1 to EUR 9), better."
    )
    card = told["blocks"][0]["cards"][0]
    told["blocks"][0]["cards"] = [{**card, "kpi": f"k{n}"} for n in range(40)]
    assert summary.summary(told).endswith("and 37 more. By chance alone about 2 would.")


def test_a_page_without_cards_is_summed_up_by_its_chart_or_its_tables():
    assert summary.summary(record(LINE)) == "Moved: It rose from `low` to high."
    assert summary.summary(record(GRID)) == "What follows: Shares of things."
    assert summary.summary(record()) == ""


@pytest.mark.parametrize(("fill", "ink"), STEPS)
def test_text_is_readable_on_every_step_of_colour(fill, ink):
    light, dark = sorted((luminance(fill), luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.9


def test_colours_rise_with_numbers():
    found = table(ask().cohorts("retention"))
    scale = Heat.of(found)
    values = [number for _, number in found.numbers() if number["value"] is not None]
    ordered = sorted(values, key=lambda one: one["value"])
    steps = [scale.step(one) for one in ordered]
    assert steps == sorted(steps)
    assert set(steps) <= set(range(len(heat.STEPS)))


def wide(columns, **rest):
    heads = (
        Head(name="what", title="What"),
        *(Head(name=f"c{n}", title=f"Column {n}", **rest) for n in range(columns)),
    )
    return table(Grid(name="g", title="G", heads=heads, rows=(("a", *[estimate(1234.5, 1200.0, 1300.0)] * columns),)))


def test_what_has_no_room_is_left_out_then_the_page_turns_then_text_shrinks():
    assert not widths.fit(wide(3)).turned
    few = widths.fit(wide(9, minor=True))
    assert (few.turned, len(few.table.columns) + len(few.left_out)) == (False, 10)
    assert few.left_out[-1] == "Column 8"
    assert widths.fit(wide(10)).turned
    assert widths.fit(wide(30)).scale < 1
    for columns in (1, 3, 8, 14, 30):
        found = widths.fit(wide(columns))
        assert sum(found.widths) <= (widths.TURNED if found.turned else widths.UPRIGHT) + 0.01


def test_a_table_without_columns_fits():
    assert widths.fit(Table(name="x", title="", columns=(), rows=())).widths == ()
    assert widths.fit(Table(name="x", title="", columns=(Column(name="a", title=""),), rows=())).scale == 1


def test_names_of_sheets_are_allowed_and_told_apart():
    long = sheet_name("x" * 40, ())
    assert (len(long), len(sheet_name("x" * 40, [long])), sheet_name("History", ())) == (31, 31, "History of customers")
    assert len(sheet_name("😀" * 40, ()).encode("utf-16-le")) // 2 <= 31


def test_tables_without_a_title_are_called_by_their_heading():
    found = [
        part.title
        for part in parts(page(Heading(text="H"), ask().cards("net_revenue")).record())
        if isinstance(part, Shown)
    ]
    assert found == ["H"]
    (alone,) = parts(record(ask().cards("net_revenue")))
    assert alone.title == "At a glance"


def test_a_change_that_chance_explains_has_neither_arrow_nor_colour():
    found = table(Cards(cards=(Card(course=ask().cards("net_revenue").cards[0].course),)))
    moved = next(cell for cell in found.rows[0] if isinstance(cell, Moved))
    assert (moved.tone == "") == (not moved.text.startswith(("▲", "▼")))
