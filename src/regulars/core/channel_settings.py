"""Where messages go: `[channels.NAME]` of `regulars.toml`. The address stands in the environment, never in the file."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from regulars.core.definitions import Part
from regulars.core.quiet_hours import Span, is_quiet, spans
from regulars.core.times import Times, times

#: How channels are written; what stood there may be an address with its secret.
CHANNEL = "Write a table `[channels.NAME]` with `url_env`; what is written there is not shown."
_NO_DIGEST = "none"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Channel(Part):
    """A place where messages are told."""

    url_env: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    """Variable of the environment that holds the address, such as `slack://...` or `mailtos://...`."""
    team: str = ""
    """Team that it is for; of everybody where empty."""
    quiet: tuple[str, ...] = ()
    """When nothing is sent, in the company's zone: `21:00-07:00`, `fri 18:00-24:00`, `sat-sun`."""
    digest: str = _NO_DIGEST
    """`none`: each message at once; `hourly` or `daily 08:00`: what came since, in one message."""
    pages: str = ""
    """Address under which the company's pages are reached, put before links."""

    @field_validator("quiet")
    @classmethod
    def _readable(cls, quiet: tuple[str, ...]) -> tuple[str, ...]:
        found = spans(quiet)
        monday = datetime(2024, 1, 1, tzinfo=UTC)
        minutes = (monday + timedelta(minutes=each) for each in range(7 * 24 * 60))
        if all(any(span.holds(minute) for span in found) for minute in minutes):
            raise ValueError("these hours are the whole week, so nothing would ever be sent. Leave some of it out.")
        return quiet

    @field_validator("digest")
    @classmethod
    def _times(cls, digest: str) -> str:
        if digest != _NO_DIGEST and digest.split()[:1] not in (["hourly"], ["daily"]):
            raise ValueError(f"`{digest[:60]}` is no digest. Write `none`, `hourly` or `daily 08:00`.")
        if digest != _NO_DIGEST:
            times(digest)
        return digest

    @field_validator("pages")
    @classmethod
    def _address(cls, pages: str) -> str:
        if pages and not pages.startswith(("https://", "http://localhost", "http://127.0.0.1")):
            raise ValueError("this is no address of pages. Write it as `https://stats.example.com`.")
        if "@" in pages:
            raise ValueError("a name or password in it would stand in every message. Leave it out.")
        return pages.rstrip("/")

    @property
    def gathers(self) -> Times | None:
        """When what was gathered is sent; None where nothing is."""
        return None if self.digest == _NO_DIGEST else times(self.digest)

    def is_quiet(self, at: datetime, zone: str) -> bool:
        """Whether nothing is sent at an instant."""
        return is_quiet(self.spans, at, zone)

    @property
    def spans(self) -> tuple[Span, ...]:
        """When nothing is sent."""
        return spans(self.quiet)


def _named(channels: dict[str, Channel]) -> dict[str, Channel]:
    if not all(map(_NAME.fullmatch, channels)):
        raise ValueError("the name of a channel has up to 64 letters, digits and signs _ -, no sign first. Change it.")
    return channels


#: Channels by name.
Channels = Annotated[dict[str, Channel], AfterValidator(_named)]
