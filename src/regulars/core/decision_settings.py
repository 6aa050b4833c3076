"""What a company says of its actions, and of what limits them: `[actions]` and `[decisions]` of `regulars.toml`."""

from typing import Any

from pydantic import Field, field_validator

from regulars.core.definitions import Part


def _numbers(given: Any, count: int) -> bool:
    """Whether `given` is nothing, or a list of that many numbers."""
    if given is None:
        return True
    listed = given if isinstance(given, (list, tuple)) else ()
    return len(listed) == count and all(type(one) in (int, float) for one in listed)


class ActionSettings(Part):
    """What an action costs in this company, and is assumed to bring; the action's own where not set."""

    cost: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Of doing it for one customer, in the reporting currency."""
    incentive: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """What whoever takes it is given, in the reporting currency."""
    rebate: float | None = Field(default=None, ge=0, lt=1)
    """What whoever takes it is given, as a share of what they bring."""
    capacity: int | None = Field(default=None, ge=0)
    """Customers that it can be done for at once."""
    days: int | None = Field(default=None, ge=1, le=366)
    """Within which its effect shows."""
    effect: tuple[float, float, float] | None = None
    """Share of customers whom it changes, as assumed: lower limit, mean and upper limit (95 %)."""
    source: str = "As the settings say"
    """Who says what it changes."""
    off: bool = False
    """Whether it is never proposed."""

    @field_validator("effect", mode="before")
    @classmethod
    def _three(cls, effect: Any) -> Any:
        if not _numbers(effect, 3):
            raise ValueError("Write three numbers: lower limit, mean and upper limit, such as [-0.02, 0.05, 0.12].")
        return effect

    @field_validator("effect")
    @classmethod
    def _ordered(cls, effect: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
        if effect is not None and not -1 <= effect[0] <= effect[1] <= effect[2] <= 1:
            raise ValueError("An effect is a lower limit, a mean and an upper limit, each a share from -1 to 1.")
        return effect


class Decisions(Part):
    """What limits what is done for customers."""

    budget: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Most that all actions together are expected to cost, in the reporting currency."""
    holdout: float = Field(default=0.2, ge=0.01, le=0.5)
    """Share of an audience that is left alone, so that the effect can be measured."""
    contract_margin: float | None = Field(default=None, gt=0, le=1)
    """Share of what contracts bring that is left after its cost; where not set, revenue counts, and is flagged."""
    contact_days: int = Field(default=14, ge=0, le=366)
    """Days after a campaign within which a customer is left in peace."""
    effects_by: str = ""
    """Attribute of customers by whose values effects are learned; `segment` where empty, or the RFM segment where
    customers have none."""
    consent: str = ""
    """Attribute of customers that says whether they may be contacted; all may where empty."""
    consenting: tuple[str, ...] = ("true", "yes", "1", "y")
    """Its values that mean yes, whatever their capitals."""
    sell_to_waiting: bool = False
    """Whether customers with an open case are sold to; what service does may be done for them anyway."""
    price_elasticity: tuple[float, float] | None = None
    """Percent of volume per percent of price, as limits (95 %): scenarios of prices take it where none is named."""

    @field_validator("price_elasticity", mode="before")
    @classmethod
    def _two(cls, elasticity: Any) -> Any:
        if not _numbers(elasticity, 2):
            raise ValueError("Write two numbers: lower and upper limit, such as [-1.2, -0.4].")
        return elasticity

    @field_validator("price_elasticity")
    @classmethod
    def _limits(cls, elasticity: tuple[float, float] | None) -> tuple[float, float] | None:
        if elasticity is not None and not -100 <= elasticity[0] <= elasticity[1] <= 100:
            raise ValueError("An elasticity is a lower and an upper limit, such as [-1.2, -0.4].")
        return elasticity
