"""What a company is told of by itself: `[alerts.NAME]` of `regulars.toml`."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from regulars.core.definitions import Part

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"`{name}` cannot be the name of an alert. Use small letters, digits and `_`, a letter first.")
    return name


class AlertSettings(Part):
    """A rule of an alert; what is not set is that of the catalogue's rule of the same name.

    Whether it can be is looked at where rules are made: a wrong one stops no other, and no page.
    """

    kpi: str | None = None
    """Which KPI is watched; needed where the catalogue has no rule of that name."""
    where: str | None = None
    """Of which customers, such as `market = 'NL'`; of all where not set."""
    grain: str | None = None
    """Periods that are looked at: `day`, `week` or `month`."""
    when: str | None = None
    """`unusual`, `below 0.2`, `above 3`, `falls by 10 %` or `rises by 25`; the last two against the period before,
    of days against the same day of the week before."""
    worth: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Least money that it must be about, in the reporting currency."""
    unit_worth: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """What one unit of the KPI is worth, in the reporting currency, where it is no money itself."""
    cooldown_days: int | None = Field(default=None, ge=0, le=366)
    """Days after an alert within which the rule fires no other."""
    to: tuple[str, ...] | None = None
    """Channels that are told, by their names in `[channels]`."""
    owner: str | None = None
    """Team that it is for; that of the KPI's family where not set."""
    off: bool | None = None
    """Whether it is left out when alerts are checked; it can be replayed all the same."""


#: Rules by name.
AlertsByName = dict[Annotated[str, AfterValidator(_name)], AlertSettings]
