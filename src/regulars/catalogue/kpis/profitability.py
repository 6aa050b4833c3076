"""Profitability and acquisition cost (family H)."""

import ibis
from ibis import _

from regulars.catalogue.frames.buyers import ltv_days
from regulars.catalogue.frames.profits import contributing, paybacks, servings, won
from regulars.catalogue.kpis.families import FARRIS, PROFITABILITY
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.lifetimes import Survival
from regulars.kpis.shares import Share
from regulars.kpis.sums import CostEach, Mean, Ratio

_TDABC = "Kaplan & Anderson (2004), Harvard Business Review 82(11), 131-138"
_WHALE = "Kaplan & Narayanan (2001), J. Cost Management 15(5), 5-15"
_COST = ("orders.cost",)

contribution_margin_per_customer = KPI(
    name="contribution_margin_per_customer",
    question="What does an average customer bring after the goods, the orders and the help that they took?",
    family=PROFITABILITY,
    frame=contributing,
    formula=Mean(_.contribution),
    reads=_COST,
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source=f"{FARRIS}, ch. 3: net revenue less variable cost",
    caveat="Of orders. Delivery, payment and service as far as `definitions` tells them; no acquisition.",
)
cost_to_serve = KPI(
    name="cost_to_serve",
    question="What does helping an active customer cost?",
    family=PROFITABILITY,
    frame=servings,
    formula=Ratio(_.cost.sum(), _.active.sum(), rate=True),
    reads=("tickets.handle_minutes",),
    better=Better.LOWER,
    shows=Shows.MONEY,
    source=_TDABC,
    caveat="Minutes worked, at cost over practical capacity: capacity that nobody used is charged to nobody.",
    least=0,
)
unprofitable_customer_share = KPI(
    name="unprofitable_customer_share",
    question="What share of customers cost more than they brought?",
    family=PROFITABILITY,
    frame=contributing,
    formula=Share(_.contribution < 0),
    reads=_COST,
    better=Better.LOWER,
    shows=Shows.SHARE,
    source=_WHALE,
    caveat="In this period alone: refunds and help often come later than the order that they belong to.",
)
whale_curve_peak = KPI(
    name="whale_curve_peak",
    question="What do the profitable customers bring, as a share of what all of them do?",
    family=PROFITABILITY,
    frame=contributing,
    formula=Ratio(ibis.greatest(-_.contribution, 0), _.contribution, rate=True, sure=True, base=1),
    reads=_COST,
    better=Better.NEITHER,
    shows=Shows.SHARE,
    source=_WHALE,
    caveat="Above 100 % by what the others lose. No value where all together cannot be told to bring anything.",
    least=1,
)
cac = KPI(
    name="cac",
    question="What does it cost to win a customer?",
    family=PROFITABILITY,
    frame=won,
    formula=CostEach(_.cost),
    better=Better.LOWER,
    shows=Shows.MONEY,
    source=f"{FARRIS}, ch. 5: acquisition spend / new customers",
    caveat="As full as `spend` is: put salaries in. An average: the next customer may cost more.",
    least=0,
)
cac_payback_time = KPI(
    name="cac_payback_time",
    question="After how many days have half of the new customers brought what winning them cost?",
    family=PROFITABILITY,
    frame=paybacks,
    formula=Survival(),
    reads=_COST,
    better=Better.LOWER,
    shows=Shows.DAYS,
    source="Kaplan & Meier (1958), JASA 53, 457-481, of the age at which contribution reaches CAC",
    caveat="Who has not paid back yet is censored, not dropped: no value where fewer than half have.",
)
cac_unpaid_share = KPI(
    name="cac_unpaid_share",
    question="What share of new customers has not brought in their first months what winning them cost?",
    family=PROFITABILITY,
    frame=paybacks,
    formula=Share(~_.paid),
    reads=_COST,
    waits=lambda d: ltv_days(d.cohort_months),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Share not paid back at a fixed age",
    caveat="Within `cohort_months`; of customers old enough, and whom it took money to win.",
)
ltv_cac_ratio = KPI(
    name="ltv_cac_ratio",
    question="How often do new customers bring in their first months what winning them cost?",
    family=PROFITABILITY,
    frame=paybacks,
    formula=Ratio(
        _.early_contribution, ibis.ifelse(_.early_contribution.notnull(), _.cost, ibis.null("int64")), sure=True
    ),
    reads=_COST,
    waits=lambda d: ltv_days(d.cohort_months),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source="LTV:CAC on contribution of the first `cohort_months`",
    caveat="Of customers whom it took money to win. Seen, not foretold, not discounted: a longer horizon gives more.",
)
