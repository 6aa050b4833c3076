"""What a team is told: structured, so that each channel writes it in its own way."""

from dataclasses import dataclass
from enum import StrEnum


class Tells(StrEnum):
    """What a message is about."""

    ALERT = "alert"
    """A KPI did what a rule waits for."""
    DATA = "data"
    """Records are late or broken, so that nothing can be said of KPIs."""
    NOTE = "note"
    """What changed in a week."""
    REPORT = "report"
    """A scheduled page."""
    TRIAL = "trial"
    """Whether messages arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell.

    Attributes:
        tells: what it is about.
        key: the same for the same thing told again, and for nothing else.
        title: one line.
        text: plain sentences; numbers in it stand with their intervals.
        facts: what stands below as a list, name and words.
        page: page that shows more, as its address below that of the company: `kpis/net_revenue?period=2017-10`.
        owner: team that it is for.
        bad: whether it is bad news; None of what is neither.
    """

    tells: Tells
    key: str
    title: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    page: str = ""
    owner: str = ""
    bad: bool | None = None
