"""What a customer's use of the product says."""

from ibis import _

from regulars.data.feature import Feature, counted, within

_DAYS = "activity_days"

event_recency = Feature(
    name="event_recency",
    said="{} days since the last activity",
    fact=_DAYS,
    formula=_.ago.min(),
    risk=1,
)
active_days_7 = Feature(
    name="active_days_7",
    said="active on {} of the last 7 days",
    fact=_DAYS,
    formula=counted(_.ago <= 7),
    otherwise=0,
)
active_days_28 = Feature(
    name="active_days_28",
    said="active on {} of the last 28 days",
    fact=_DAYS,
    formula=counted(_.ago <= 28),
    otherwise=0,
    risk=-1,
)
active_days_90 = Feature(
    name="active_days_90",
    said="active on {} of the last 90 days",
    fact=_DAYS,
    formula=counted(_.ago <= 90),
    otherwise=0,
)
activity_trend = Feature(
    name="activity_trend",
    said="{} times as many active days in the last 28 as in the 28 before",
    fact=_DAYS,
    formula=counted(_.ago <= 28) / counted((_.ago > 28) & (_.ago <= 56)).nullif(0),
    risk=-1,
)
events_28 = Feature(
    name="events_28",
    said="{} events in the last 28 days",
    fact=_DAYS,
    formula=within(28, _.events),
    otherwise=0,
)
sessions_28 = Feature(
    name="sessions_28",
    said="{} sessions in the last 28 days",
    fact=_DAYS,
    formula=within(28, _.sessions),
    otherwise=0,
)
event_names_90 = Feature(
    name="event_names_90",
    said="{} kinds of things done in the last 90 days",
    fact="event_days",
    formula=_.name.nunique(where=_.ago <= 90),
    otherwise=0,
)
