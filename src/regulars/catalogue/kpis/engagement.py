"""Engagement (family C)."""

from ibis import _

from regulars.catalogue.frames.activity import activity, engagement, lifecycle, reach
from regulars.catalogue.frames.features import features
from regulars.catalogue.kpis.families import ENGAGEMENT
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.lifetimes import Quantile
from regulars.kpis.shares import Distinct, Share
from regulars.kpis.sums import Mean, Ratio, Total

_SESSIONS = _.sessions.sum().nullif(0).cast("float64")
_SECONDS = _.session_seconds.sum().cast("float64")
_ACTIVE = "Any event counts as active: leave bots and automatic events out of the mapping."
_GROWTH = "Social Capital (2015), A quantitative approach to product-market fit: growth accounting"

daily_active_customers = KPI(
    name="daily_active_customers",
    question="How many customers are active on an average day?",
    family=ENGAGEMENT,
    frame=activity,
    formula=Total(_.day.count(), over=_.elapsed.max()),
    better=Better.HIGHER,
    shows=Shows.COUNT,
    source="DAU",
    caveat=_ACTIVE,
    least=0,
)
weekly_active_customers = KPI(
    name="weekly_active_customers",
    question="How many customers were active in the last 7 days of the period?",
    family=ENGAGEMENT,
    frame=reach,
    formula=Distinct(_.silent <= 7),
    better=Better.HIGHER,
    shows=Shows.COUNT,
    source="WAU",
    caveat=f"{_ACTIVE} By orders where there are no events.",
)
monthly_active_customers = KPI(
    name="monthly_active_customers",
    question="How many customers were active in the last 28 days of the period?",
    family=ENGAGEMENT,
    frame=reach,
    formula=Distinct(_.silent <= 28),
    better=Better.HIGHER,
    shows=Shows.COUNT,
    source="MAU, over 28 days so that months compare",
    caveat=f"{_ACTIVE} By orders where there are no events.",
)
stickiness = KPI(
    name="stickiness",
    question="On what share of days is an active customer active?",
    family=ENGAGEMENT,
    frame=activity,
    formula=Ratio(_.day.count(), _.elapsed.max(), part=True),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="DAU/MAU, averaged over the period",
    caveat="Says little of products that are not for every day; compare periods of equal length only.",
)
active_days = KPI(
    name="active_days",
    question="On how many of the last 28 days was an active customer active?",
    family=ENGAGEMENT,
    frame=engagement,
    formula=Mean(_.active_days),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source="L28",
    caveat="A mean hides two kinds of customers; look at the distribution.",
    least=0,
)
session_frequency = KPI(
    name="session_frequency",
    question="How many sessions does an active customer begin?",
    family=ENGAGEMENT,
    frame=activity,
    formula=Mean(_.sessions.sum()),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source="Sessions per active customer",
    caveat="Rises with the length of the period; without session ids it depends on the pause that ends a session.",
    least=0,
)
session_duration = KPI(
    name="session_duration",
    question="How long is a typical customer's average session?",
    family=ENGAGEMENT,
    frame=activity,
    # Half a second counts as one: engines' own rounding differs.
    formula=Quantile(((_SECONDS * 2 + _SESSIONS) / (_SESSIONS * 2)).floor().cast("int64")),
    better=Better.NEITHER,
    shows=Shows.SECONDS,
    source="Median over customers of their mean session",
    caveat="A session of one event lasts 0 seconds; longer is not always better.",
)
feature_adoption_rate = KPI(
    name="feature_adoption_rate",
    question="What share of active customers used a feature?",
    family=ENGAGEMENT,
    frame=features,
    formula=Share(_.features > 0),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Pendo (2019), feature adoption",
    caveat="Set `feature_events` to the features that matter; customers who may not use them count as not using them.",
)
feature_breadth = KPI(
    name="feature_breadth",
    question="What share of the features does an active customer use?",
    family=ENGAGEMENT,
    frame=features,
    formula=Ratio(_.features, _.available, part=True),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Breadth of use",
    caveat="A feature counts as available to all from the period in which anyone first used it.",
)
feature_depth = KPI(
    name="feature_depth",
    question="How often does a customer use each feature they use?",
    family=ENGAGEMENT,
    frame=features,
    formula=Ratio(_.uses, _.features),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source="Depth of use",
    caveat="Rises with the length of the period.",
    least=0,
)
returning_customers = KPI(
    name="retained_customers",
    question="How many customers were active in this period and the one before?",
    family=ENGAGEMENT,
    frame=lifecycle,
    formula=Distinct(_.retained == 1),
    better=Better.HIGHER,
    shows=Shows.COUNT,
    source=_GROWTH,
    caveat="Active = new + retained + resurrected holds exactly.",
)
first_time_customers = KPI(
    name="first_active_customers",
    question="How many customers were active for the first time?",
    family=ENGAGEMENT,
    frame=lifecycle,
    formula=Distinct(_.new == 1),
    better=Better.HIGHER,
    shows=Shows.COUNT,
    source=_GROWTH,
    caveat="First in the records, not ever.",
)
resurrected_customers = KPI(
    name="resurrected_customers",
    question="How many customers came back who were not active in the period before?",
    family=ENGAGEMENT,
    frame=lifecycle,
    formula=Distinct(_.resurrected == 1),
    better=Better.HIGHER,
    shows=Shows.COUNT,
    source=_GROWTH,
    caveat="With short periods, slow customers look resurrected.",
)
dormant_customers = KPI(
    name="dormant_customers",
    question="How many customers of the period before were not active in this one?",
    family=ENGAGEMENT,
    frame=lifecycle,
    formula=Distinct(_.dormant == 1),
    better=Better.LOWER,
    shows=Shows.COUNT,
    source=_GROWTH,
    caveat="With short periods, slow customers look dormant; known only once the period is over.",
)
growth_quick_ratio = KPI(
    name="growth_quick_ratio",
    question="How many customers come or come back for each one who goes dormant?",
    family=ENGAGEMENT,
    frame=lifecycle,
    formula=Ratio(_.new + _.resurrected, _.dormant),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source=_GROWTH,
    caveat="Of customers, not of revenue: not the SaaS quick ratio.",
    least=0,
)
engagement_score = KPI(
    name="engagement_score",
    question="How engaged are active customers, from 0 to 100?",
    family=ENGAGEMENT,
    frame=engagement,
    # Half for how many of the 28 days, half for how lately; twice the score, so that it stays whole.
    formula=Mean((_.active_days * 100 + (29 - _.silent) * 100), per=56),
    better=Better.HIGHER,
    shows=Shows.SCORE,
    source="Regulars: half frequency, half recency over 28 days",
    caveat="Weights set by hand, validated against nothing: read it as a trend, not as a forecast.",
    least=0,
)
