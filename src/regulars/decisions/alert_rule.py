"""What an alert is: one declaration that says when somebody is told of a KPI, and who."""

from dataclasses import dataclass

from regulars.core.alert_when import When, when
from regulars.core.errors import CatalogueError, nearest
from regulars.core.periods import Grain

#: Grains that are watched.
GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH)
#: Characters of an owner, at most, as of any team: longer ones would not be kept with what fires.
_LONGEST = 64


@dataclass(frozen=True, kw_only=True)
class AlertRule:
    """A KPI that is watched, declared at module level in `alerts/`, or made of `[alerts.NAME]` in `regulars.toml`.

    Attributes:
        name: stable snake_case key.
        kpi: name of the KPI.
        said: what it is for, in one line.
        where: of which customers, in the mapping language; of all where "".
        grain: periods that are looked at: day, week or month.
        when: `unusual`, `below 0.2`, `above 3`, `falls by 10 %`, `rises by 25`.
        worth: least money that it must be about, in the reporting currency; 0 for any.
        unit_worth: what one unit of the KPI is worth where it is no money itself; None where nobody knows.
        cooldown_days: after an alert, within which the rule fires no other.
        to: channels that are told.
        owner: team that it is for; that of the KPI's family where "".
        off: whether it is left out when alerts are checked.
        own: where a rule of the company's own was said; "" of the package's.
    """

    name: str
    kpi: str
    said: str = ""
    where: str = ""
    grain: Grain = Grain.DAY
    when: str = "unusual"
    worth: float = 0.0
    unit_worth: float | None = None
    cooldown_days: int = 7
    to: tuple[str, ...] = ()
    owner: str = ""
    off: bool = False
    own: str = ""

    def __post_init__(self) -> None:
        if self.grain not in GRAINS:
            raise CatalogueError(f"Alert `{self.name}` cannot look at a `{self.grain}`.{nearest(self.grain, GRAINS)}")
        try:
            when(self.when)
        except ValueError as cause:
            raise CatalogueError(f"Alert `{self.name}`: {cause}") from None
        if len(self.owner) > _LONGEST:
            raise CatalogueError(f"Alert `{self.name}`: its owner has more than {_LONGEST} characters. Name a team.")
        if self.worth < 0 or self.cooldown_days < 0:
            raise CatalogueError(f"Alert `{self.name}`: `worth` and `cooldown_days` are 0 or above.")

    @property
    def waits_for(self) -> When:
        """When it fires."""
        return when(self.when)
