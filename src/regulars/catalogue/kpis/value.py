"""Value (family G)."""

from ibis import _

from regulars.catalogue.frames.buyers import buyers, ltv_days
from regulars.catalogue.frames.purchases import purchases
from regulars.catalogue.frames.values import values
from regulars.catalogue.kpis.families import VALUE
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.ranks import Gini, TopShare
from regulars.kpis.sums import Mean

historic_clv = KPI(
    name="historic_clv",
    question="What has an average customer been worth so far?",
    family=VALUE,
    frame=values,
    formula=Mean(_.worth),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="Sum of past contribution margin, or of net revenue where costs are not known",
    caveat="Old customers had longer to buy: compare cohorts at equal age instead.",
)
cohort_ltv = KPI(
    name="cohort_ltv",
    question="What was an average new buyer worth over the first months of their life?",
    family=VALUE,
    frame=buyers,
    formula=Mean(_.early_value),
    waits=lambda d: ltv_days(d.cohort_months),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="Cumulative value per acquired customer at a fixed age",
    caveat="Only of customers old enough; contribution margin, or net revenue where costs are not known.",
)
top_decile_share = KPI(
    name="top_decile_share",
    question="What share of revenue comes from the top tenth of customers?",
    family=VALUE,
    frame=purchases,
    formula=TopShare(_.net.sum(), percent=10),
    better=Better.NEITHER,
    shows=Shows.SHARE,
    source="Langel & Tillé (2011), Metrika 73, 93-107",
    caveat="Of customers who spent on balance; short periods look more even than long ones.",
)
gini_coefficient = KPI(
    name="gini_coefficient",
    question="How unevenly is revenue spread over customers?",
    family=VALUE,
    frame=purchases,
    formula=Gini(_.net.sum()),
    better=Better.NEITHER,
    shows=Shows.NUMBER,
    source="Langel & Tillé (2013), J. Royal Statistical Society A 176, 521-540",
    caveat="0 = all equal, 1 = one customer has all; of customers who spent on balance.",
)
