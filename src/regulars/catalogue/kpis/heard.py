"""What comments say (family A): sentiment and themes."""

from ibis import _

from regulars.catalogue.frames.heard import commenters, comments, complaints, transactional_complaints
from regulars.catalogue.kpis.families import SATISFACTION
from regulars.core.money import UNITS
from regulars.kpis.frame import any_of
from regulars.kpis.impacts import Impact
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.shares import Share
from regulars.kpis.sums import Ratio

_IMPACT = "share of complaints x (score with - score without) = score - score without"
_READ = "As comments are read by `regulars themes`; how well that goes stands beside it."

net_sentiment = KPI(
    name="net_sentiment",
    question="How many more comments are positive than negative?",
    family=SATISFACTION,
    frame=comments,
    formula=Ratio(_.worth.sum(), (_.worth.count() * UNITS)),
    better=Better.HIGHER,
    shows=Shows.POINTS,
    source="Rogan & Gladen (1978), American Journal of Epidemiology 107, 71-76, for the correction",
    caveat=f"Mistakes of the classifier are taken out on average; the interval takes them as known. {_READ}",
)
theme_prevalence = KPI(
    name="theme_prevalence",
    question="What share of the customers who comment names a theme?",
    family=SATISFACTION,
    frame=commenters,
    formula=Share(any_of(_.named)),
    better=Better.NEITHER,
    shows=Shows.SHARE,
    source="Customers who name it / customers with a comment",
    caveat=f"Customers, not comments. Split by `theme`; else of any theme. {_READ}",
)
complaint_share = KPI(
    name="complaint_share",
    question="What share of the customers who comment complains of a theme?",
    family=SATISFACTION,
    frame=commenters,
    formula=Share(_.bad.any()),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Customers with a negative sentence that names it / customers with a comment whose sentiment is known",
    caveat=f"Split by `theme`; else of any theme. {_READ}",
)
theme_impact = KPI(
    name="theme_impact",
    question="How many points of the NPS go along with complaints of a theme?",
    family=SATISFACTION,
    frame=complaints,
    formula=Impact(_.worth, _.bad),
    better=Better.HIGHER,
    shows=Shows.POINTS,
    source=f"Exact identity: {_IMPACT}",
    caveat=f"Association: themes overlap, and do not add up. Of answers with a comment. {_READ}",
)
transactional_theme_impact = KPI(
    name="transactional_theme_impact",
    question="How many points of the NPS after an order or a case go along with complaints of a theme?",
    family=SATISFACTION,
    frame=transactional_complaints,
    formula=Impact(_.worth, _.bad),
    better=Better.HIGHER,
    shows=Shows.POINTS,
    source=f"Exact identity: {_IMPACT}",
    caveat=f"Association: themes overlap, and do not add up. Of answers with a comment. {_READ}",
)
