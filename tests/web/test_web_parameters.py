"""What is asked of a page: equal questions look alike, others do not, and what cannot be is refused."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import QueryError
from regulars.core.periods import Grain, Period
from regulars.views.parameters import PARAMETERS, canonical, fields, period

AS_OF = date(2025, 8, 1)
TAKES = tuple(PARAMETERS)


@dataclass
class Known:
    """What parameters read of records."""

    as_of: date = AS_OF
    covered: dict = field(default_factory=lambda: {"orders": Period(date(2020, 5, 17), AS_OF)})


def span(text, **known):
    return period(text, Known(**known))


NAMED = {
    "2024": (date(2024, 1, 1), date(2025, 1, 1), "year"),
    "2024-Q3": (date(2024, 7, 1), date(2024, 10, 1), "quarter"),
    "2024q4": (date(2024, 10, 1), date(2025, 1, 1), "quarter"),
    "2024-02": (date(2024, 2, 1), date(2024, 3, 1), "month"),
    "2024-12": (date(2024, 12, 1), date(2025, 1, 1), "month"),
}


@pytest.mark.parametrize("text", NAMED)
def test_a_named_period_is_what_its_name_says(text):
    focus, end, course = NAMED[text]
    assert span(text) == {"end": end, "course": course, "focus": focus}


def test_two_days_are_a_period_with_both_in_it():
    assert span("2024-02-28..2024-02-29") == {
        "start": date(2024, 2, 28),
        "end": date(2024, 3, 1),
        "course": "all",
    }


LAST = {
    "1d": date(2025, 7, 31),
    "7d": date(2025, 7, 25),
    "1w": date(2025, 7, 28),
    "1m": date(2025, 7, 1),
    "12m": date(2024, 8, 1),
    "1q": date(2025, 7, 1),
    "4q": date(2024, 10, 1),
    "2y": date(2024, 1, 1),
}


@pytest.mark.parametrize("text", LAST)
def test_the_last_periods_end_with_the_newest(text):
    assert span(text)["start"] == LAST[text]
    assert span(text)["course"] in [grain.value for grain in Grain]


@pytest.mark.parametrize("text", ["999d", "999m", "999y", "100q"])
def test_no_period_begins_before_the_records_do(text):
    assert span(text)["start"] >= date(2020, 1, 1)


REFUSED = [
    "0m", "-1m", "1000m", "m", "12", "12 m", "12M", "1.5m", "١٢m", "2024-13", "2024-00", "2024-Q5", "2024-Q0", "24",
    "2024-02-30..2024-03-01", "2024-1-1..2024-2-1", "2024-01-01..", "..2024-01-01", "2024-01-01",
    "9999-12-31..9999-12-31", "1٢m", "٢٠٢٤",
    "today", "2024-03\n", "'; --", "x" * 4_000, "0000", "0000-01",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_period_is_refused_by_name(text):
    with pytest.raises(QueryError, match="is no period"):
        span(text)


@given(st.text(max_size=20))
def test_whatever_is_written_is_a_period_or_refused(text):
    try:
        found = span(text)
    except QueryError:
        return
    assert set(found) <= {"start", "end", "course", "focus"}


@given(st.integers(1, 999), st.sampled_from("dwmqy"))
def test_the_last_so_many_are_so_many(count, letter):
    found = span(f"{count}{letter}", covered={})
    grain = Grain(found["course"])
    start, seen = found["start"], 0
    while start < AS_OF:
        start, seen = grain.next(start), seen + 1
    assert seen == count


@given(st.dates(date(2020, 5, 17), date(2025, 7, 31)), st.integers(0, 4_000))
def test_days_that_are_named_are_those(first, length):
    last = first + timedelta(days=length)
    found = span(f"{first}..{last}")
    assert (found["start"], found["end"]) == (first, last + timedelta(days=1))


WORDS = st.text(alphabet="abcXY 012=',.ü", max_size=8)
QUESTIONS = st.dictionaries(st.sampled_from(TAKES), WORDS, max_size=6)


@given(QUESTIONS)
def test_what_is_canonical_is_so_already(asked):
    once = canonical(asked, TAKES)
    assert canonical(once, TAKES) == once
    assert list(once) == [name for name in PARAMETERS if name in once]


@given(QUESTIONS, st.randoms())
def test_equal_questions_look_alike(asked, chance):
    shuffled = list(asked.items())
    chance.shuffle(shuffled)
    spaced = {name: f" {text}\t".replace("\t", " ") for name, text in shuffled}
    empty = dict.fromkeys(set(TAKES) - set(asked), "")
    meant = {name: one.default for name, one in PARAMETERS.items() if name not in asked and one.default}
    assert canonical(asked, TAKES) == canonical(spaced, TAKES) == canonical({**empty, **meant, **spaced}, TAKES)


@given(QUESTIONS, QUESTIONS)
def test_other_questions_do_not(one, other):
    told, else_told = canonical(one, TAKES), canonical(other, TAKES)
    said = {name: text.strip() for name, text in one.items() if text.strip() not in ("", PARAMETERS[name].default)}
    also = {name: text.strip() for name, text in other.items() if text.strip() not in ("", PARAMETERS[name].default)}
    assert (told == else_told) == (said == also)


def test_what_a_page_does_not_take_is_refused_by_name():
    with pytest.raises(QueryError, match=r"takes no `perod`\. Did you mean `period`"):
        canonical({"perod": "12m"}, ("period", "by"))
    with pytest.raises(QueryError, match="takes no `q`"):
        canonical({"q": ""}, ("period",))


def test_every_choice_can_be_chosen_and_nothing_else():
    for name, one in PARAMETERS.items():
        for choice, title in one.choices:
            if choice:
                assert fields({name: choice}, TAKES, Known()) or choice == one.default
            assert title
        if one.choices:
            with pytest.raises(QueryError):
                fields({name: "nothing-of-the-kind"}, TAKES, Known())


@pytest.mark.parametrize("text", ["0", "501", "-1", "1e2", "1.0", "٣", "x", "9" * 40])
def test_rows_are_a_whole_number_within_bounds(text):
    with pytest.raises(QueryError, match="whole number"):
        fields({"top": text}, TAKES, Known())
    assert fields({"top": "500"}, TAKES, Known()) == {"top": 500}


def test_an_attribute_names_its_value():
    assert fields({"attribute": "market=NL"}, TAKES, Known()) == {"attribute": ("market", "NL")}
    assert fields({"attribute": "market="}, TAKES, Known()) == {"attribute": ("market", None)}
    assert fields({"attribute": "a=b=c"}, TAKES, Known()) == {"attribute": ("a", "b=c")}
    for wrong in ("market", "=NL", " =x"):
        with pytest.raises(QueryError, match="names no value"):
            fields({"attribute": wrong}, TAKES, Known())


def test_attributes_to_split_by_stand_between_commas():
    assert fields({"by": " market , segment,,"}, TAKES, Known()) == {"by": ("market", "segment")}


@pytest.mark.parametrize("text", ["a\x00", "a\nb", "a\x1bb", "\x7f"])
@pytest.mark.parametrize("name", TAKES)
def test_no_parameter_takes_control_characters(name, text):
    with pytest.raises(QueryError):
        fields({name: text}, TAKES, Known())
