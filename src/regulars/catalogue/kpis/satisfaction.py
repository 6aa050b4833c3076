"""Satisfaction and the voice of the customer (family A)."""

from ibis import _

from regulars.catalogue.frames.answers import (
    begun_surveys,
    ces_answers,
    csat_answers,
    detractors,
    invitations,
    nps_answers,
    pmf_answers,
    relational_csat_answers,
    transactional_nps_answers,
)
from regulars.catalogue.kpis.families import SATISFACTION
from regulars.core.money import UNITS
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.lifetimes import Survival
from regulars.kpis.shares import Share
from regulars.kpis.sums import Ratio
from regulars.kpis.weighted import WeightedNetShare, WeightedScore, WeightedShare

_NPS = "Reichheld (2003), Harvard Business Review 81(12), 46-54; Rocks (2016), The American Statistician 70, 365-372"
_PROMOTES = _.score >= 9 * UNITS
_DETRACTS = _.score <= 6 * UNITS
#: The two best answers of a scale.
_TOP_TWO = _.score > _.scale_max - 2 * UNITS
_POLICY = "Of one respondent, the latest answer of the period (`definitions.repeat_answers`)."

nps = KPI(
    name="nps",
    question="How many more of our customers would recommend us than would not?",
    family=SATISFACTION,
    frame=nps_answers,
    formula=WeightedNetShare(_PROMOTES, _DETRACTS, _.weight),
    better=Better.HIGHER,
    shows=Shows.POINTS,
    source=_NPS,
    caveat=f"Answers 9 and 10 less answers 0 to 6, about the company as a whole. {_POLICY} Read it beside its shares.",
)
transactional_nps = KPI(
    name="transactional_nps",
    question="How many more would recommend us than would not, asked after an order or a case?",
    family=SATISFACTION,
    frame=transactional_nps_answers,
    formula=WeightedNetShare(_PROMOTES, _DETRACTS, _.weight),
    better=Better.HIGHER,
    shows=Shows.POINTS,
    source=_NPS,
    caveat="Speaks of the occasion, and is no estimate of the relational NPS. One answer per order or case.",
)
promoter_share = KPI(
    name="promoter_share",
    question="What share of respondents would recommend us (9 or 10)?",
    family=SATISFACTION,
    frame=nps_answers,
    formula=WeightedShare(_PROMOTES, _.weight),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source=_NPS,
    caveat=_POLICY,
)
passive_share = KPI(
    name="passive_share",
    question="What share of respondents is passive (7 or 8)?",
    family=SATISFACTION,
    frame=nps_answers,
    formula=WeightedShare((_.score > 6 * UNITS) & (_.score < 9 * UNITS), _.weight),
    better=Better.NEITHER,
    shows=Shows.SHARE,
    source=_NPS,
    caveat=_POLICY,
)
detractor_share = KPI(
    name="detractor_share",
    question="What share of respondents would not recommend us (0 to 6)?",
    family=SATISFACTION,
    frame=nps_answers,
    formula=WeightedShare(_DETRACTS, _.weight),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source=_NPS,
    caveat=_POLICY,
)
csat = KPI(
    name="csat",
    question="What share of answers about an order or a case is satisfied?",
    family=SATISFACTION,
    frame=csat_answers,
    formula=WeightedShare(_TOP_TWO, _.weight),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Top-2 box; Wilson (1927), JASA 22, 209-212",
    caveat="The two best answers of the scale that most answers are given on. Whoever is content answers more often.",
)
relational_csat = KPI(
    name="relational_csat",
    question="What share of respondents is satisfied with us as a whole?",
    family=SATISFACTION,
    frame=relational_csat_answers,
    formula=WeightedShare(_TOP_TWO, _.weight),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Top-2 box; Wilson (1927), JASA 22, 209-212",
    caveat=f"The two best answers of the scale that most answers are given on. {_POLICY}",
)
csat_mean = KPI(
    name="csat_mean",
    question="How satisfied is an average answer about an order or a case?",
    family=SATISFACTION,
    frame=csat_answers,
    formula=WeightedScore(_.score, _.scale_min, _.scale_max, _.weight),
    better=Better.HIGHER,
    shows=Shows.SCORE,
    source="Mean rating",
    caveat="Answers are ranks, and scales do not compare: prefer the share (`csat`).",
)
ces_mean = KPI(
    name="ces_mean",
    question="How easy do customers say it was?",
    family=SATISFACTION,
    frame=ces_answers,
    formula=WeightedScore(_.score, _.scale_min, _.scale_max, _.weight),
    better=Better.NEITHER,
    shows=Shows.SCORE,
    source="Dixon, Freeman & Toman (2010), Harvard Business Review 88(7-8), 116-122; CES 2.0 (2013)",
    caveat="High is easy on the scale of 2013, low is easy on that of 2010 (`definitions.low_effort_is_low`).",
)
ces_easy_share = KPI(
    name="ces_easy_share",
    question="What share of answers says that it was easy?",
    family=SATISFACTION,
    frame=ces_answers,
    formula=WeightedShare(_.easy, _.weight),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Dixon, Freeman & Toman (2010), Harvard Business Review 88(7-8), 116-122",
    caveat="Answers on the easy side of the middle of the scale: 5 to 7 of 7.",
)
pmf_score = KPI(
    name="pmf_score",
    question="What share of respondents would be very disappointed without us?",
    family=SATISFACTION,
    frame=pmf_answers,
    formula=WeightedShare(_.score == _.scale_max, _.weight),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Ellis (2009), product/market fit survey: the highest answer is `very disappointed`",
    caveat="Ask those who use it now: of new and silent users it says little.",
)
survey_response_rate = KPI(
    name="survey_response_rate",
    question="What share of the invitations that arrived was answered?",
    family=SATISFACTION,
    frame=invitations,
    formula=WeightedShare(_.answered),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="AAPOR (2023), Standard Definitions, 10th ed., response rate",
    caveat="An answer belongs to the last invitation before it; those too young to be answered are left out.",
)
survey_completion_rate = KPI(
    name="survey_completion_rate",
    question="What share of the surveys that were begun was completed?",
    family=SATISFACTION,
    frame=begun_surveys,
    formula=Ratio(_.completed.sum(), _.begun.sum(), part=True),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="AAPOR (2023), Standard Definitions, 10th ed., completion rate",
    caveat="Completed on the day it was begun.",
)
closed_loop_rate = KPI(
    name="closed_loop_rate",
    question="With what share of detractors did somebody get back in time?",
    family=SATISFACTION,
    frame=detractors,
    formula=Share(_.followed),
    waits=lambda d: d.follow_up_days + 1,
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Markey, Reichheld & Dullweber (2009), Harvard Business Review 87(12), 43-47",
    caveat="Contacted is not settled: read it beside the time to close the loop.",
)
time_to_close_loop = KPI(
    name="time_to_close_loop",
    question="After how many days is half of what detractors said settled?",
    family=SATISFACTION,
    frame=detractors,
    formula=Survival(),
    better=Better.LOWER,
    shows=Shows.DAYS,
    source="Kaplan & Meier (1958), JASA 53, 457-481; Brookmeyer & Crowley (1982)",
    caveat="From the first low answer of the period; what is not settled yet is censored, not dropped.",
)
