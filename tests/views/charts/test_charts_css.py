"""The page's own colours: classes only, every class, and the same shapes in a PDF."""

import re
from pathlib import Path

import pytest
from chart_records import KINDS, chart, drawn, wavy

import regulars.views.charts
from regulars.views.charts import palette
from regulars.views.charts.draw import draw

CSS = re.sub(r"/\*.*?\*/", "", (Path(regulars.views.charts.__file__).parent / "charts.css").read_text(), flags=re.S)
SELECTORS = [one.strip() for found in re.findall(r"([^{}]+)\{[^{}]*\}", CSS) for one in found.split(",")]


def luminance(colour):
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), light, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_rules_name_classes_and_never_elements():
    assert len(SELECTORS) > 20
    assert [one for one in SELECTORS if not all(part.startswith(".") for part in one.split())] == []


def test_every_colour_in_a_chart_has_a_rule():
    ruled = {name for one in SELECTORS for name in re.findall(r"\.([\w-]+)", one)}
    for kind in KINDS:
        for element in drawn(chart(kind, *(wavy(5, f"s{place}") for place in range(4)), rule=0)).iter():
            if {element.get("fill"), element.get("stroke")} - {None, "none"}:
                assert set(element.get("class").split()) & ruled


def test_the_colours_of_series_come_from_the_page():
    for place in (1, 2, 3, 4):
        assert f".chart .c{place} {{ stroke: var(--c{place}); }}" in CSS
        assert f".chart .bar.c{place}, .chart .band.c{place} {{ fill: var(--c{place}); }}" in CSS


def test_where_colours_are_forced_every_one_of_the_page_is():
    forced = CSS.split("@media (forced-colors: active)")[1]
    used = set(re.findall(r"var\((--[\w-]+)\)", CSS))
    assert used == set(re.findall(r"(--[\w-]+): ?(?:CanvasText|GrayText|Canvas);", forced))


def test_no_rule_but_that_of_a_series_or_of_all_at_once_takes_its_colour():
    before = CSS.split("@media")[0]
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", before):
        if "var(--c" not in body and re.search(r"\.c\d", selectors):
            pytest.fail(selectors)


def test_text_and_marks_can_be_seen_on_light_paper():
    assert min(contrast(colour, palette.SURFACE) for colour in (palette.INK, palette.INK_2)) >= 4.5
    assert min(contrast(colour, palette.SURFACE) for colour in palette.SERIES) >= 3


def test_no_dashes_are_those_of_another_series_or_of_what_is_open():
    dashes = [*palette.DASHES, palette.OPEN]
    assert len(set(dashes)) == len(dashes) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_can_be_set_in_a_pdf(kind, tmp_path):
    typst = pytest.importorskip("typst")
    (tmp_path / "chart.svg").write_text(draw(chart(kind, wavy(6)), width=680), encoding="utf-8")
    (tmp_path / "page.typ").write_text('#image("chart.svg")', encoding="utf-8")
    assert typst.compile(str(tmp_path / "page.typ")).startswith(b"%PDF")
