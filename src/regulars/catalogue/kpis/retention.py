"""Retention and churn (family D)."""

from ibis import _

from regulars.catalogue.frames.buyers import buyers
from regulars.catalogue.frames.contracts import ends, gaps, lapses, renewals, tenures
from regulars.catalogue.frames.returns import returns
from regulars.catalogue.frames.standing import recurring, regulars, subscribers
from regulars.catalogue.kpis.families import FARRIS, RETENTION
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.lifetimes import Hazard, Survival
from regulars.kpis.shares import Share
from regulars.kpis.sums import Ratio

_COHORT = "By the period of the customers' first activity; those too young for the window are left out."
_KM = "Kaplan & Meier (1958), JASA 53, 457-481; Greenwood (1926)"

bounded_retention_rate = KPI(
    name="bounded_retention_rate",
    question="What share of new customers was active in the second period of their life?",
    family=RETENTION,
    frame=returns,
    formula=Share(_.bounded),
    waits=lambda d: 2 * d.retention_days,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="N-period retention: active on days [N, 2N) after the first",
    caveat=_COHORT,
)
rolling_retention_rate = KPI(
    name="rolling_retention_rate",
    question="What share of new customers was active on day N of their life or later?",
    family=RETENTION,
    frame=returns,
    formula=Share(_.rolling),
    waits=lambda d: 2 * d.retention_days,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Unbounded retention",
    caveat=f"{_COHORT} Older cohorts had longer to come back: it falls towards the present by itself.",
)
bracket_retention_rate = KPI(
    name="bracket_retention_rate",
    question="What share of new customers was active in the bracket of days?",
    family=RETENTION,
    frame=returns,
    formula=Share(_.bracket),
    waits=lambda d: d.bracket_days[1] + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Bracket retention",
    caveat=_COHORT,
)
repeat_purchase_rate = KPI(
    name="repeat_purchase_rate",
    question="What share of new buyers bought again in time?",
    family=RETENTION,
    frame=buyers,
    formula=Share(_.repeated),
    waits=lambda d: d.repeat_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source=f"{FARRIS}, ch. 5",
    caveat="Every buyer has the same time to come back; two orders on one day are one purchase.",
)
customer_retention_rate = KPI(
    name="customer_retention_rate",
    question="What share of the customers in touch at the start is in touch at the end?",
    family=RETENTION,
    frame=regulars,
    formula=Share(_.kept),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source=f"{FARRIS}, ch. 5: (customers at end - new) / customers at start",
    caveat="In touch = active within the lapse threshold; who came new or came back is in neither count.",
)
activity_churn_rate = KPI(
    name="activity_churn_rate",
    question="What share of the customers in touch at the start has fallen silent by the end?",
    family=RETENTION,
    frame=regulars,
    formula=Share(~_.kept),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Non-contractual churn by a threshold of silence",
    caveat="The threshold decides: seasonal customers look lost. P(alive) judges each by their own rhythm.",
)
contract_retention_rate = KPI(
    name="contract_retention_rate",
    question="What share of the customers under contract at the start is so at the end?",
    family=RETENTION,
    frame=subscribers,
    formula=Share(_.kept),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source=f"{FARRIS}, ch. 5",
    caveat="New and returning customers are in neither count.",
)
logo_churn_rate = KPI(
    name="logo_churn_rate",
    question="What share of the customers under contract at the start is lost at the end?",
    family=RETENTION,
    frame=subscribers,
    formula=Share(~_.kept),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Skok (2010), SaaS Metrics 2.0",
    caveat="A year's churn is 1 - (1 - c)^12 of a month's, not 12 c.",
)
gross_revenue_churn_rate = KPI(
    name="gross_revenue_churn_rate",
    question="What share of the monthly recurring revenue at the start was cancelled or cut?",
    family=RETENTION,
    frame=recurring,
    formula=Ratio(_.lost, _.opening, part=True),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="(contraction + churn) / opening MRR",
    caveat="Customers who pay at the start only; never below 0.",
)
net_revenue_churn_rate = KPI(
    name="net_revenue_churn_rate",
    question="By what share did the monthly recurring revenue of the customers at the start shrink?",
    family=RETENTION,
    frame=recurring,
    formula=Ratio(_.opening - _.closing, _.opening),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="(contraction + churn - expansion) / opening MRR",
    caveat="Below 0 where expansion outweighs losses; new and reactivated customers never enter.",
)
survival_one_year = KPI(
    name="survival_one_year",
    question="What share of contracts lasts a year?",
    family=RETENTION,
    frame=tenures,
    formula=Survival(at=365),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source=_KM,
    caveat="As lived in the period: contracts older than it enter late, running ones are censored.",
)
median_lifetime = KPI(
    name="median_lifetime",
    question="After how many days has half of the contracts ended?",
    family=RETENTION,
    frame=tenures,
    formula=Survival(),
    better=Better.HIGHER,
    shows=Shows.DAYS,
    source=f"{_KM}; Brookmeyer & Crowley (1982)",
    caveat="Not reached where more than half still run at the longest time seen.",
)
early_hazard = KPI(
    name="early_hazard",
    question="What share of contracts ends within its first 90 days?",
    family=RETENTION,
    frame=tenures,
    formula=Hazard(0, 91),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Life-table hazard by tenure",
    caveat="An average hazard hides the early spike: read it beside the later one.",
)
later_hazard = KPI(
    name="later_hazard",
    question="What share of contracts that lasted a year ends within the next 90 days?",
    family=RETENTION,
    frame=tenures,
    formula=Hazard(365, 456),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Life-table hazard by tenure",
    caveat="Of those who came so far only.",
)
involuntary_churn_share = KPI(
    name="involuntary_churn_share",
    question="What share of lost contracts failed on payment?",
    family=RETENTION,
    frame=ends,
    formula=Share(_.involuntary),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Recurly (2023), involuntary churn",
    caveat="Only of ends with a known reason; retries that still run may win some back.",
)
winback_rate = KPI(
    name="winback_rate",
    question="What share of those who left came back in time?",
    family=RETENTION,
    frame=lapses,
    formula=Share(_.back),
    waits=lambda d: d.winback_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Reactivation in a fixed window after the loss",
    caveat="Some would have come back by themselves: only a holdout shows what a campaign adds.",
)
renewal_rate = KPI(
    name="renewal_rate",
    question="What share of the customers whose contract came to its end renewed it?",
    family=RETENTION,
    frame=renewals,
    formula=Share(_.renewed),
    waits=lambda d: d.renewal_grace_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Renewed / due in the period",
    caveat="Who was not due is not counted; changes of plan are no renewals.",
)
inter_purchase_time = KPI(
    name="inter_purchase_time",
    question="After how many days has half of the buyers ordered again?",
    family=RETENTION,
    frame=gaps,
    formula=Survival(),
    better=Better.LOWER,
    shows=Shows.DAYS,
    source=_KM,
    caveat="From each buyer's first order of the period; who has not ordered again yet is censored, not dropped.",
    version=2,
)
