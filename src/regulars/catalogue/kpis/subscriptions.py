"""Subscription revenue (family E). Gross and net revenue churn stand with retention: `gross_revenue_churn_rate` and
`net_revenue_churn_rate` are 1 less the retention rates of the same period here.
"""

from ibis import _

from regulars.catalogue.frames.standing import mrr_movements, paying, recurring, recurring_year
from regulars.catalogue.kpis.families import SUBSCRIPTIONS
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.sums import Mean, Ratio, Total

_SKOK = "Skok (2010), SaaS Metrics 2.0"
_CHANCE = "The interval is of customers' chance, not of the books."
_PAUSE = "A pause over the end of a period is churn, then reactivation."

mrr = KPI(
    name="mrr",
    question="How much do customers under contract pay a month?",
    family=SUBSCRIPTIONS,
    frame=paying,
    formula=Total(_.monthly),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source=_SKOK,
    caveat=f"As of the period's end; trials and usage are not in it. {_CHANCE}",
)
arr = KPI(
    name="arr",
    question="How much do customers under contract pay a year, at the pace of today?",
    family=SUBSCRIPTIONS,
    frame=paying,
    formula=Total(_.monthly * 12),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="12 MRR",
    caveat=f"No forecast: contracts end, and seasons are not a twelfth of a year. {_CHANCE}",
)
average_revenue_per_account = KPI(
    name="average_revenue_per_account",
    question="How much does an average customer under contract pay a month?",
    family=SUBSCRIPTIONS,
    frame=paying,
    formula=Mean(_.monthly),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="ARPA: MRR / paying customers",
    caveat="An account is a customer, whoever uses it. A mean: a few large customers can carry it.",
)
new_mrr = KPI(
    name="new_mrr",
    question="How much monthly revenue came with customers who had never paid before?",
    family=SUBSCRIPTIONS,
    frame=mrr_movements,
    formula=Total(_.new.nullif(0), usual=_.opening + _.new + _.reactivation),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source=_SKOK,
    caveat=f"Who paid before the records begin looks new. {_CHANCE}",
    least=0,
)
reactivation_mrr = KPI(
    name="reactivation_mrr",
    question="How much monthly revenue came back with customers who had stopped paying?",
    family=SUBSCRIPTIONS,
    frame=mrr_movements,
    formula=Total(_.reactivation.nullif(0), usual=_.opening + _.new + _.reactivation),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source=_SKOK,
    caveat=f"Paid once, and nothing at the period's start. {_PAUSE} {_CHANCE}",
    least=0,
)
expansion_mrr = KPI(
    name="expansion_mrr",
    question="How much more do customers pay a month than at the period's start?",
    family=SUBSCRIPTIONS,
    frame=mrr_movements,
    formula=Total(_.expansion.nullif(0), usual=_.opening + _.new + _.reactivation),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source=_SKOK,
    caveat=f"All contracts of a customer together. A new contract is converted at its own day's rate. {_CHANCE}",
    least=0,
)
contraction_mrr = KPI(
    name="contraction_mrr",
    question="How much less do customers who stay pay a month than at the period's start?",
    family=SUBSCRIPTIONS,
    frame=mrr_movements,
    formula=Total(_.contraction.nullif(0), usual=_.opening + _.new + _.reactivation),
    better=Better.LOWER,
    shows=Shows.MONEY,
    source=_SKOK,
    caveat=f"Above 0; the bridge takes it off. All contracts of a customer together. {_CHANCE}",
    least=0,
)
churned_mrr = KPI(
    name="churned_mrr",
    question="How much monthly revenue went with customers who pay nothing any more?",
    family=SUBSCRIPTIONS,
    frame=mrr_movements,
    formula=Total(_.churn.nullif(0), usual=_.opening + _.new + _.reactivation),
    better=Better.LOWER,
    shows=Shows.MONEY,
    source=_SKOK,
    caveat=f"Above 0; the bridge takes it off. {_PAUSE} {_CHANCE}",
    least=0,
)
net_new_mrr = KPI(
    name="net_new_mrr",
    question="By how much did monthly revenue grow?",
    family=SUBSCRIPTIONS,
    frame=mrr_movements,
    formula=Total(_.closing - _.opening),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="New + reactivation + expansion - contraction - churn",
    caveat=_CHANCE,
)
gross_revenue_retention = KPI(
    name="gross_revenue_retention",
    question="What share of the monthly revenue at the period's start is still paid at its end, without expansion?",
    family=SUBSCRIPTIONS,
    frame=recurring,
    formula=Ratio(_.lost, _.opening, part=True, base=1, sign=-1),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="GRR: (opening - contraction - churn) / opening",
    caveat="Of one period, customers who pay at its start only: 1 less `gross_revenue_churn_rate`.",
)
net_revenue_retention = KPI(
    name="net_revenue_retention",
    question="What do customers of the period's start pay at its end, as a share of what they paid then?",
    family=SUBSCRIPTIONS,
    frame=recurring,
    formula=Ratio(_.closing, _.opening),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="NRR: (opening + expansion - contraction - churn) / opening",
    caveat="Of one period: 1 less `net_revenue_churn_rate`. One large customer can carry it.",
    least=0,
)
gross_revenue_retention_12m = KPI(
    name="gross_revenue_retention_12m",
    question="What share of the monthly revenue of a year ago is still paid, without expansion?",
    family=SUBSCRIPTIONS,
    frame=recurring_year,
    formula=Ratio(_.lost, _.opening, part=True, base=1, sign=-1),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="GRR over the twelve months before the period's end",
    caveat="From a year ago to the period's end, whatever came between; who came since is not in it.",
)
net_revenue_retention_12m = KPI(
    name="net_revenue_retention_12m",
    question="What do customers of a year ago pay now, as a share of what they paid then?",
    family=SUBSCRIPTIONS,
    frame=recurring_year,
    formula=Ratio(_.closing, _.opening),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="NRR over the twelve months before the period's end",
    caveat="Who left and came back within the year counts as kept. One large customer can carry it.",
    least=0,
)
saas_quick_ratio = KPI(
    name="saas_quick_ratio",
    question="How much monthly revenue is won for each one that is lost?",
    family=SUBSCRIPTIONS,
    frame=mrr_movements,
    formula=Ratio(_.new + _.reactivation + _.expansion, _.contraction + _.churn, sure=True),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source="Mamoon Hamid (2015): (new + reactivation + expansion) / (contraction + churn)",
    caveat="Reactivation counts as won. No value where losses cannot be told from 0: nothing bounds the ratio then.",
    least=0,
)
