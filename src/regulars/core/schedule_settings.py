"""What is done by itself, and when: `[[schedule]]` of `regulars.toml`."""

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from regulars.core.definitions import Part
from regulars.core.times import Times, times


class Entry(Part):
    """Something that is done again and again."""

    job: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """What is done; `regulars schedule --jobs` lists what there is."""
    at: str
    """When, in the company's zone: `hourly`, `daily 05:00`, `mon-fri 07:00`, `monthly 1 08:00`."""
    name: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]{0,63})?$")
    """What it is called: two entries of one job need names; the job's, with its page or team, where empty."""
    late_hours: float = Field(default=12, ge=0, le=24 * 31)
    """Hours after which a run that was missed is not made up for."""
    tell: tuple[str, ...] = ()
    """Channels that are told where it fails."""
    team: str = ""
    """Team that it is for, of jobs that take one."""
    to: tuple[str, ...] = ()
    """Channels that get what it makes."""
    page: str = ""
    """Of reports: which page."""
    about: str = ""
    """Of reports: what the page is about, such as a KPI."""
    ask: dict[str, str] = Field(default_factory=dict)
    """Of reports: what is asked of the page, such as `period = "12m"`."""
    format: str = "pdf"
    """Of reports: pdf, html, xlsx, csv or json."""
    folder: str = ""
    """Of reports: folder that they are written to, relative to the workspace."""
    as_user: str = ""
    """Of reports: the person whose rights they are made with."""

    @field_validator("at")
    @classmethod
    def _readable(cls, at: str) -> str:
        return times(at).said

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: object) -> object:
        if isinstance(given, dict) and not given.get("name"):
            of = [given.get("job"), given.get("page") or given.get("team")]
            name = "-".join(one for one in of if isinstance(one, str) and one)
            return {**given, "name": name} if name else given
        return given

    @property
    def times(self) -> Times:
        """When it is done."""
        return times(self.at)


def apart(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return entries whose names tell them apart.

    Raises:
        ValueError: two have one name.
    """
    names = [one.name for one in entries]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two entries of the schedule are called `{name}`. Give each a `name` of its own.")
    return entries


Schedule = Annotated[tuple[Entry, ...], AfterValidator(apart)]
