"""Parameters of what KPIs and models mean: the table `[definitions]` of `regulars.toml`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _bracket(days: tuple[int, int]) -> tuple[int, int]:
    if days[0] > days[1]:
        raise ValueError(f"{list(days)} ends before it begins. Swap the two numbers.")
    return days


Days = Annotated[int, Field(ge=1, le=3660)]
Bracket = Annotated[tuple[Days, Days], AfterValidator(_bracket)]
Share = Annotated[float, Field(gt=0, lt=1)]


class Part(BaseModel):
    """A table of the file: frozen, and no key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Definitions(Part):
    """Parameters of the KPI definitions."""

    lapse_days: Days = 90
    """Days without an order after which a customer counts as lapsed."""
    winback_days: Days = 90
    """Days after lapsing within which a return counts as won back."""
    return_days: Days = 30
    """Days after an order within which a refund counts as a return of it."""
    repeat_days: Days = 90
    """Days after the first order within which a second makes a repeat customer."""
    cohort_months: int = Field(default=12, ge=1, le=120)
    """Months that a cohort table follows each cohort."""
    session_minutes: int = Field(default=30, ge=1, le=1440)
    """Pause in minutes after which the next event begins a new session."""
    sign_up_event: str = Field(default="sign_up", min_length=1)
    """Name of the event by which a customer signs up."""
    activation_event: str = Field(default="activated", min_length=1)
    """Name of the event by which a customer first gets value."""
    activation_days: Days = 14
    """Days after sign-up within which activation counts."""
    conversion_event: str = Field(default="purchase", min_length=1)
    """Name of the event that is the goal of a visit."""
    conversion_days: Days = 30
    """Days after sign-up or first visit within which a conversion counts."""
    feature_events: tuple[str, ...] = ()
    """Event names that count as features; every name but sign-up and login where empty."""
    retention_days: Days = 30
    """Day after the start at which day-N retention is read."""
    bracket_days: Bracket = (31, 60)
    """First and last day after the start of the bracket in which a returning customer counts."""
    trial_days: Days = 30
    """Days from the start of a trial within which a paid start counts."""
    renewal_grace_days: int = Field(default=7, ge=0, le=366)
    """Days after the end of a contract within which a new start still counts as a renewal."""
    clv_months: int = Field(default=12, ge=1, le=120)
    """Months ahead that predicted CLV counts."""
    discount_rate: float = Field(default=0.10, ge=0, lt=1)
    """Share by which money a year later is worth less."""
    churn_days: Days = 90
    """Days ahead within which a customer falls silent or ends the contract, to count as churned."""
    lead_days: int = Field(default=0, ge=0, le=366)
    """Days between a forecast of churn and the days that it is about: time to act."""
    repeat_answers: Literal["latest", "all"] = "latest"
    """Of several answers of one respondent to a relational question in a period: count the latest, or all of them."""
    response_days: Days = 30
    """Days after an invitation within which an answer is a response to it."""
    survey_started_event: str = Field(default="survey_started", min_length=1)
    """Name of the event by which somebody begins a survey."""
    survey_completed_event: str = Field(default="survey_completed", min_length=1)
    """Name of the event by which somebody ends a survey."""
    low_effort_is_low: bool = False
    """Whether a low CES score means little effort (CES 1.0), rather than a high one."""
    follow_up_days: Days = 7
    """Days after a detractor's answer within which somebody gets back to them."""
    about_days: Days = 60
    """Days before an answer within which an order or case lies that it is about without naming it."""
    repeat_contact_days: Days = 7
    """Days after a case was solved within which another contact of the customer shows that it was not."""
    reopen_days: Days = 30
    """Days after a case was first solved within which opening it again counts."""
    help_event: str = Field(default="help", min_length=1)
    """Name of the event by which a customer looks for help without asking anybody."""
    deflection_days: Days = 2
    """Days after a customer looked for help within which a case shows that it was not found."""
    order_cost: float = Field(default=0, ge=0)
    """What an order costs beside its goods (packing, delivery), in the reporting currency; 0 where not known."""
    payment_share: float = Field(default=0, ge=0, lt=1)
    """Share of an order's amount that payment takes; 0 where not known."""
    service_minute_cost: float | None = Field(default=None, gt=0)
    """What a minute of service costs, in the reporting currency; by `service_capacity_minutes` where not set."""
    service_capacity_minutes: int | None = Field(default=None, ge=1)
    """Minutes a month that service can work on cases (practical capacity); what is not used is charged to nobody."""
    acquisition_lag_days: int = Field(default=0, ge=0, le=366)
    """Days from spending on acquisition to the customers that it wins."""
    small_n: int = Field(default=10, ge=1)
    """Fewer independent units than this are flagged `small_n`."""
    level: Share = 0.95
    """Two-sided coverage of intervals."""
    false_discovery: Share = 0.10
    """Expected share of false findings among the changes that are called real."""
