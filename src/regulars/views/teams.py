"""Who reads pages: each team sees the same numbers, its own first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Readers with one purpose.

    Attributes:
        name: stable key.
        title: what people call it.
        first: KPIs that it looks at first, the most telling first.
    """

    name: str
    title: str
    first: tuple[str, ...]


EXECUTIVES = Team(
    name="executives",
    title="Executives",
    first=(
        "net_revenue", "customer_equity", "customer_retention_rate", "net_revenue_churn_rate", "nps", "new_customers",
        "clv_at_risk", "sla_attainment", "logo_churn_rate", "monthly_active_customers", "csat", "repeat_purchase_rate",
        "average_order_value", "revenue_per_customer", "cohort_ltv", "backlog",
    ),
)  # fmt: skip
MARKETING = Team(
    name="marketing",
    title="Marketing",
    first=(
        "new_customers", "repeat_purchase_rate", "activation_rate", "cohort_ltv", "conversion_rate", "winback_rate",
        "nps", "monthly_active_customers", "activity_churn_rate", "predicted_clv", "trial_to_paid_rate",
        "net_sentiment", "time_to_value", "dormant_customers", "resurrected_customers", "promoter_share",
    ),
)  # fmt: skip
SALES = Team(
    name="sales",
    title="Sales",
    first=(
        "net_revenue", "average_order_value", "purchase_frequency", "revenue_at_risk", "renewal_rate",
        "cross_sell_rate", "revenue_per_customer", "return_rate", "discount_share", "logo_churn_rate", "clv_at_risk",
        "gross_revenue_churn_rate", "items_per_order", "top_decile_share", "total_clv",
    ),
)  # fmt: skip
SERVICE = Team(
    name="service",
    title="Service",
    first=(
        "first_response_time", "first_resolution_time", "sla_attainment", "ticket_csat", "backlog", "contact_rate",
        "first_contact_resolution", "reopen_rate", "transactional_nps", "ces_easy_share", "closed_loop_rate",
        "escalation_rate", "csat", "nps", "customer_retention_rate",
    ),
)  # fmt: skip

TEAMS: Mapping[str, Team] = MappingProxyType({team.name: team for team in (EXECUTIVES, MARKETING, SALES, SERVICE)})


def ordered(names: Iterable[str], team: str) -> list[str]:
    """Return names of KPIs with those first that the team looks at first, the others as they came.

    >>> ordered(["nps", "backlog", "net_revenue"], "service")
    ['backlog', 'nps', 'net_revenue']
    """
    there = list(names)
    first = [name for name in TEAMS[team].first if name in there]
    return first + [name for name in there if name not in first]
