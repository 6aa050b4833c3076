"""`[calendar]`: days on which a company is closed, and what to write where something is not known."""

from datetime import date

import pytest
from pydantic import ValidationError

from regulars.core.calendar_settings import CalendarSettings
from regulars.core.periods import Period

MAY = Period(date(2024, 5, 1), date(2024, 6, 1))


def test_holidays_are_those_of_the_country_its_part_and_the_companys_own():
    own = date(2024, 5, 17)
    german = CalendarSettings(country="DE", days=(own, date(2025, 5, 2))).holidays(MAY)
    assert german == {date(2024, 5, 1), date(2024, 5, 9), date(2024, 5, 20), own}
    assert date(2024, 5, 30) in CalendarSettings(country="DE", subdivision="BY").holidays(MAY)
    assert CalendarSettings().holidays(MAY) == frozenset()
    assert not CalendarSettings().set


def test_open_days_are_the_others():
    found = list(CalendarSettings(country="DE", closed=("sun",)).open_days(MAY))
    assert len(found) == 31 - 4 - 3  # four Sundays, three holidays, none of them on one
    assert date(2024, 5, 20) not in found


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"country": "Germany"}, "Did you mean `DE`?"),
        ({"country": "DEU"}, "Did you mean `DE`?"),
        ({"country": "de"}, "Did you mean `DE`?"),
        ({"country": "Atlantis"}, "is no country whose holidays are known"),
        ({"subdivision": "BY"}, "Write `country`, too"),
        ({"country": "DE", "subdivision": "BYY"}, "Did you mean `BY`?"),
        ({"closed": ["sunday"]}, "Did you mean `sun`?"),
        ({"closed": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, "would never be open"),
        ({"land": "DE"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_says_what_to_write(said, told):
    with pytest.raises(ValidationError, match=told.replace("?", r"\?")):
        CalendarSettings(**said)
