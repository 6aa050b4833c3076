"""Cohort tables: retention and value by the period in which customers began."""

from ibis import _

from regulars.catalogue.frames.cohorts import buying, returning, subscribing
from regulars.catalogue.kpis.families import RETENTION, VALUE
from regulars.core.money import UNITS
from regulars.kpis.ages import Active, Running, Staying
from regulars.kpis.cohorts import Cohort
from regulars.kpis.kpi import Better, Shows
from regulars.kpis.query import Records
from regulars.kpis.worth import COSTS_UNKNOWN, with_costs


def _costs(records: Records) -> tuple[str, ...]:
    return () if with_costs(records) else (COSTS_UNKNOWN,)


_PARTIAL = "At age 0 a cohort has lived half a period on average."

retention = Cohort(
    name="retention",
    question="What share of each cohort is active at each age?",
    family=RETENTION,
    frame=returning,
    formula=Active(),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Cohort retention by calendar period; Wilson (1927)",
    caveat="Customers who pause and come back count again; pooled over the cohorts old enough, not as survival.",
)
contract_retention = Cohort(
    name="contract_retention",
    question="What share of each cohort is still under its first contract at the end of each age?",
    family=RETENTION,
    frame=subscribing,
    formula=Staying(),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Chain ladder = Kaplan & Meier on grouped data; Greenwood (1926)",
    caveat="Who returns after the grace counts as lost; who left within the last days may still renew.",
)
revenue = Cohort(
    name="revenue",
    question="How much net revenue has an acquired customer brought by each age?",
    family=VALUE,
    frame=buying,
    formula=Running(_.net, per=UNITS),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="Cumulative net revenue per acquired customer: cohort LTV on revenue",
    caveat=f"Revenue, not profit. {_PARTIAL} The pooled curve may fall where old cohorts are worth less.",
)
value = Cohort(
    name="value",
    question="What has an acquired customer been worth by each age?",
    family=VALUE,
    frame=buying,
    formula=Running(_.value, per=UNITS),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="Cumulative contribution margin per acquired customer: cohort LTV",
    caveat=f"Net revenue where costs are not known (flag `{COSTS_UNKNOWN}`). {_PARTIAL}",
    remarks=_costs,
)
orders = Cohort(
    name="orders",
    question="How many orders has an acquired customer placed by each age?",
    family=VALUE,
    frame=buying,
    formula=Running(_.orders),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source="Cumulative orders per acquired customer",
    caveat=f"Refunded orders count. {_PARTIAL}",
)
