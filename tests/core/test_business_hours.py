"""Hours of service as pieces of UTC, through changes of clocks and holidays."""

from datetime import UTC, date, datetime

import pytest

from regulars.core.business_hours import by_day, parse


def instant(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


def test_a_day_with_a_pause_and_a_holiday():
    hours = parse(["mon-fri 09:00-12:00", "mon-fri 13:00-17:00"], [date(2024, 3, 5)])
    pieces = hours.pieces("UTC", date(2024, 3, 4), date(2024, 3, 6))
    assert pieces == [
        (instant(2024, 3, 4, 9), instant(2024, 3, 4, 12)),
        (instant(2024, 3, 4, 13), instant(2024, 3, 4, 17)),
        (instant(2024, 3, 6, 9), instant(2024, 3, 6, 12)),
        (instant(2024, 3, 6, 13), instant(2024, 3, 6, 17)),
    ]


def test_the_night_of_a_change_of_clocks_has_an_hour_less_or_more():
    hours = parse(["sun 00:00-24:00"])
    (spring,) = hours.pieces("Europe/Amsterdam", date(2024, 3, 31), date(2024, 3, 31))
    (autumn,) = hours.pieces("Europe/Amsterdam", date(2024, 10, 27), date(2024, 10, 27))
    assert (spring[1] - spring[0], autumn[1] - autumn[0]) == (23 * 3600, 25 * 3600)


def test_hours_far_from_utc_are_cut_at_its_midnight():
    pieces = parse(["mon-sun 09:00-17:00"]).pieces("Australia/Sydney", date(2024, 7, 2), date(2024, 7, 3))
    first = instant(2024, 7, 1) // 86_400
    days = by_day(pieces, first, first + 2)
    assert [day.spans for day in days] == [((82_800, 86_400),), ((0, 25_200), (82_800, 86_400)), ((0, 25_200),)]
    assert [day.before for day in days] == [0, 3_600, 32_400 + 0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("monday 9-17", "is no span of business hours"),
        ("mon-fry 09:00-17:00", "`fry` in"),
        ("fri-mon 09:00-17:00", "runs over the end of the week"),
        ("mon 17:00-09:00", "does not end after it begins"),
        ("mon 09:75-17:00", "does not end after it begins"),
        ("mon 09:00-25:00", "does not end after it begins"),
    ],
)
def test_what_cannot_be_read_is_said(line, said):
    with pytest.raises(ValueError, match=said):
        parse([line])


def test_spans_of_a_day_may_not_overlap():
    with pytest.raises(ValueError, match="two spans of `tue` overlap"):
        parse(["mon-fri 09:00-17:00", "tue 16:00-18:00"])
