"""When a company is closed: `[calendar]` of `regulars.toml`."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Self

from pydantic import field_validator, model_validator

from regulars.core.definitions import Part
from regulars.core.errors import nearest
from regulars.core.periods import Period

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class CalendarSettings(Part):
    """Days on which less is sold, or nothing: forecasts allow for them where that makes them better."""

    country: str = ""
    """Two letters of ISO 3166 whose public holidays count, such as `DE`; none where empty."""
    subdivision: str = ""
    """Part of the country that has holidays of its own, such as `BY`."""
    closed: tuple[str, ...] = ()
    """Days of the week on which the company is closed: `mon` to `sun`."""
    days: tuple[date, ...] = ()
    """Other local days on which it is closed."""

    @field_validator("country")
    @classmethod
    def _known(cls, country: str) -> str:
        if not country:
            return country
        from holidays.registry import COUNTRIES

        codes = {names[1] for names in COUNTRIES.values()}
        if country not in codes:
            raise ValueError(f"`{country}` is no country whose holidays are known.{_meant(country, codes)}")
        return country

    @field_validator("closed")
    @classmethod
    def _weekdays(cls, closed: tuple[str, ...]) -> tuple[str, ...]:
        for day in closed:
            if day not in _WEEK:
                raise ValueError(f"`{day}` is no day of the week.{nearest(day, _WEEK)}")
        if set(closed) == set(_WEEK):
            raise ValueError("The company would never be open. Leave out the days on which it is.")
        return closed

    @model_validator(mode="after")
    def _of_the_country(self) -> Self:
        if not self.subdivision:
            return self
        if not self.country:
            raise ValueError(f"`{self.subdivision}` is a subdivision of no country. Write `country`, too.")
        import holidays

        known = holidays.list_supported_countries(include_aliases=False)[self.country]
        if self.subdivision not in known:
            raise ValueError(
                f"`{self.subdivision}` is no subdivision of `{self.country}` with holidays of its own."
                f"{nearest(self.subdivision, known)}"
            )
        return self

    @property
    def set(self) -> bool:
        """Whether anything is said of days on which the company is closed."""
        return bool(self.country or self.closed or self.days)

    def holidays(self, period: Period) -> frozenset[date]:
        """Return the public holidays of a period, and the company's own days."""
        own = {day for day in self.days if period.start <= day < period.end}
        if not self.country:
            return frozenset(own)
        import holidays

        years = range(period.start.year, period.end.year + 1)
        public = holidays.country_holidays(self.country, subdiv=self.subdivision or None, years=years)
        return frozenset(own | {day for day in public if period.start <= day < period.end})

    def open_days(self, period: Period) -> Iterator[date]:
        """Yield the days of a period on which the company is open."""
        away = self.holidays(period)
        closed = {_WEEK.index(day) for day in self.closed}
        for number in range(period.days):
            day = period.start + timedelta(days=number)
            if day not in away and day.weekday() not in closed:
                yield day


def _meant(country: str, codes: set[str]) -> str:
    """Return which country may be meant, by its code, its three letters or its name."""
    from holidays.registry import COUNTRIES

    wanted = country.strip().casefold()
    for key, names in COUNTRIES.items():
        if wanted in (key.replace("_", " "), key, *(name.casefold() for name in names[1:])):
            return f" Did you mean `{names[1]}`?"
    near = nearest(country.upper(), codes)
    return near if len(near) < 40 else " Write two letters of ISO 3166, such as `DE`."
