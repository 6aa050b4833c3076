"""Acquisition and activation (family B)."""

from ibis import _

from regulars.catalogue.frames.contracts import trials
from regulars.catalogue.frames.entrants import activations, conversions, entrants
from regulars.catalogue.kpis.families import ACQUISITION, FARRIS
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.lifetimes import Survival
from regulars.kpis.shares import Distinct, Share

new_customers = KPI(
    name="new_customers",
    question="How many customers ordered, subscribed or acted for the first time?",
    family=ACQUISITION,
    frame=entrants,
    formula=Distinct(_.entered),
    better=Better.HIGHER,
    shows=Shows.COUNT,
    source=f"{FARRIS}, ch. 5",
    caveat="Customers older than the records look new when the records begin; distrust the first months.",
)
conversion_rate = KPI(
    name="conversion_rate",
    question="What share of those who signed up bought in time?",
    family=ACQUISITION,
    frame=conversions,
    formula=Share(_.converted),
    waits=lambda d: d.conversion_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source=f"{FARRIS}, ch. 10",
    caveat="Counts people, not sessions; those whose window has not closed are left out.",
)
activation_rate = KPI(
    name="activation_rate",
    question="What share of sign-ups reached the activation event in time?",
    family=ACQUISITION,
    frame=activations,
    formula=Share(_.activated),
    waits=lambda d: d.activation_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Croll & Yoskovitz (2013), Lean Analytics, ch. 9",
    caveat="Worth watching only if activation foretells retention: compare day-N retention of both groups.",
)
time_to_value = KPI(
    name="time_to_value",
    question="After how many days has half of the sign-ups activated?",
    family=ACQUISITION,
    frame=activations,
    formula=Survival(),
    better=Better.LOWER,
    shows=Shows.DAYS,
    source="Kaplan & Meier (1958), JASA 53, 457-481",
    caveat="Median over all sign-ups, those not activated yet included as censored.",
)
trial_to_paid_rate = KPI(
    name="trial_to_paid_rate",
    question="What share of trials became paid contracts in time?",
    family=ACQUISITION,
    frame=trials,
    formula=Share(_.paid),
    waits=lambda d: d.trial_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Skok (2010), SaaS Metrics 2.0",
    caveat="A trial counts once it is old enough to have been decided; a first paid contract without one is none.",
)
