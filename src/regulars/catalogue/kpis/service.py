"""Service operations (family I)."""

from ibis import _

from regulars.catalogue.frames.answers import ticket_answers
from regulars.catalogue.frames.cases import (
    backlog,
    contacts,
    contacts_per_order,
    due_tickets,
    ended_tickets,
    first_replies,
    first_replies_business,
    first_solutions,
    handled_tickets,
    helped,
    solutions,
    solutions_business,
    solved_tickets,
    tickets,
)
from regulars.catalogue.kpis.families import SERVICE
from regulars.core.money import UNITS
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.lifetimes import Quantile, Survival
from regulars.kpis.shares import Distinct, Share
from regulars.kpis.sums import Mean, Ratio
from regulars.kpis.weighted import WeightedShare

_KM = "Kaplan & Meier (1958), JASA 53, 457-481; Brookmeyer & Crowley (1982)"
_OPEN = "By the day the case came in; one that has not come so far, or ended without, is censored, not dropped."
_REPLY = "The first public reply of a person: what a bot says is none, nor is opening the case."

contact_rate = KPI(
    name="contact_rate",
    question="How many cases come in per active customer?",
    family=SERVICE,
    frame=contacts,
    formula=Ratio(_.tickets.sum(), _.active.max()),
    better=Better.LOWER,
    shows=Shows.NUMBER,
    source="Cases / customers active in the period",
    caveat="Cases of known customers only; fewer can also mean that a channel was closed.",
    least=0,
)
contacts_per_order_rate = KPI(
    name="contacts_per_order",
    question="How many cases come in per order?",
    family=SERVICE,
    frame=contacts_per_order,
    formula=Ratio(_.tickets.sum(), _.orders.sum()),
    better=Better.LOWER,
    shows=Shows.NUMBER,
    source="Cases / orders of the period",
    caveat="Cases and orders of the same period, not the cases about these orders.",
    least=0,
)
first_response_time = KPI(
    name="first_response_time",
    question="After how long has half of the cases been answered by a person?",
    family=SERVICE,
    frame=first_replies,
    formula=Survival(),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source=_KM,
    caveat=f"Around the clock. {_REPLY} {_OPEN}",
)
first_response_time_p90 = KPI(
    name="first_response_time_p90",
    question="After how long have nine of ten cases been answered by a person?",
    family=SERVICE,
    frame=first_replies,
    formula=Survival(quantile=0.9),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source=_KM,
    caveat=f"Around the clock. {_REPLY} {_OPEN}",
)
first_response_business_time = KPI(
    name="first_response_business_time",
    question="After how many hours of service has half of the cases been answered by a person?",
    family=SERVICE,
    frame=first_replies_business,
    formula=Survival(),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source=_KM,
    caveat=f"Counts the hours in `[service]` of `regulars.toml` only. {_REPLY} {_OPEN}",
)
first_resolution_time = KPI(
    name="first_resolution_time",
    question="After how long is half of the cases solved for the first time?",
    family=SERVICE,
    frame=first_solutions,
    formula=Survival(),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source=_KM,
    caveat=f"Around the clock, waiting for the customer included. {_OPEN}",
)
resolution_time = KPI(
    name="resolution_time",
    question="After how long is half of the cases solved for good?",
    family=SERVICE,
    frame=solutions,
    formula=Survival(),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source=_KM,
    caveat=f"Around the clock; a case that is open again counts as not solved. {_OPEN}",
)
resolution_business_time = KPI(
    name="resolution_business_time",
    question="After how many hours of service is half of the cases solved for good?",
    family=SERVICE,
    frame=solutions_business,
    formula=Survival(),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source=_KM,
    caveat=f"Counts the hours in `[service]` of `regulars.toml` only. {_OPEN}",
)
throughput_time = KPI(
    name="throughput_time",
    question="How long does a case take on average, from the first to the last thing that happens?",
    family=SERVICE,
    frame=ended_tickets,
    formula=Mean(_.lasted),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source="Mean throughput time; van der Aalst (2016), Process Mining, 2nd ed., ch. 9",
    caveat="By the day the case was solved: open ones are not in it, and a few long ones carry a mean.",
    least=0,
)
requester_wait_time = KPI(
    name="requester_wait_time",
    question="How long did half of the customers wait for us in all?",
    family=SERVICE,
    frame=ended_tickets,
    formula=Quantile(_.waited),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source="Time in new, open and on hold; order-statistic interval",
    caveat="Of cases that are solved. Time in which we wait for the customer is not in it.",
)
sla_attainment = KPI(
    name="sla_attainment",
    question="What share of the cases that were due was answered in time?",
    family=SERVICE,
    frame=due_tickets,
    formula=WeightedShare(_.met),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Targets met / targets due",
    caveat="By each case's own due time. What is not due yet and not answered is in no denominator.",
)
first_contact_resolution = KPI(
    name="first_contact_resolution",
    question="What share of cases was solved without the customer coming again?",
    family=SERVICE,
    frame=solved_tickets,
    formula=WeightedShare(_.once),
    waits=lambda d: d.repeat_contact_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Solved with no repeat contact about the same topic within the window / solved, window closed",
    caveat="Cases of known customers. Who gave up did not come again either: read it beside ticket CSAT.",
)
reopen_rate = KPI(
    name="reopen_rate",
    question="What share of solved cases was opened again?",
    family=SERVICE,
    frame=solved_tickets,
    formula=WeightedShare(_.reopened),
    waits=lambda d: d.reopen_days + 1,
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Opened again within the window / solved, window closed",
    caveat="Of those whose window has closed. A thank-you that opens a case counts, too.",
)
ticket_backlog = KPI(
    name="backlog",
    question="How many cases are open at the end?",
    family=SERVICE,
    frame=backlog,
    formula=Distinct(_.open),
    better=Better.LOWER,
    shows=Shows.COUNT,
    source="Open at the end of the period; Garwood (1936) for the interval",
    caveat="A case without any change of state counts as open.",
)
escalation_rate = KPI(
    name="escalation_rate",
    question="What share of cases was handed to a higher level?",
    family=SERVICE,
    frame=tickets,
    formula=WeightedShare(_.escalated),
    reads=("tickets.escalated",),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Cases escalated / cases",
    caveat="By the day the case came in; the newest may still be escalated.",
)
handle_time = KPI(
    name="handle_time",
    question="How many minutes of work does half of the cases take at most?",
    family=SERVICE,
    frame=handled_tickets,
    formula=Quantile(_.handled * 60 // UNITS),
    reads=("tickets.handle_minutes",),
    better=Better.LOWER,
    shows=Shows.SECONDS,
    source="Median of work time; order-statistic interval",
    caveat="As people record it.",
)
bot_resolution_share = KPI(
    name="bot_resolution_share",
    question="What share of solved cases was solved without a person?",
    family=SERVICE,
    frame=ended_tickets,
    formula=Share(_.by_bot),
    better=Better.NEITHER,
    shows=Shows.SHARE,
    source="Cases without any change by an agent",
    caveat="Closed by a bot is not solved: read it beside ticket CSAT and repeat contacts.",
)
deflection_rate = KPI(
    name="deflection_rate",
    question="What share of those who looked for help opened no case?",
    family=SERVICE,
    frame=helped,
    formula=WeightedShare(_.deflected),
    waits=lambda d: d.deflection_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Self-service: days with the help event and no case within the window",
    caveat="Who gave up opened no case either.",
)
ticket_csat = KPI(
    name="ticket_csat",
    question="What share of answers about a service case is satisfied?",
    family=SERVICE,
    frame=ticket_answers,
    formula=WeightedShare(_.score > _.scale_max - 2 * UNITS, _.weight),
    reads=("responses.ticket_id",),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Top-2 box; Wilson (1927), JASA 22, 209-212",
    caveat="Answered by few: read it beside the response rate.",
)
