"""What a customer's part in campaigns says."""

from ibis import _

from regulars.data.feature import Feature, counted

_FACT = "customer_touches"

touches_90 = Feature(
    name="touches_90",
    said="in {} campaigns of the last 90 days",
    fact=_FACT,
    formula=counted(_.ago <= 90),
    otherwise=0,
)
opened_180 = Feature(
    name="opened_180",
    said="opened {} campaigns of the last 180 days",
    fact=_FACT,
    formula=counted((_.ago <= 180) & _.opened_day.notnull()),
    otherwise=0,
)
clicked_180 = Feature(
    name="clicked_180",
    said="clicked in {} campaigns of the last 180 days",
    fact=_FACT,
    formula=counted((_.ago <= 180) & _.clicked_day.notnull()),
    otherwise=0,
)
redeemed_365 = Feature(
    name="redeemed_365",
    said="redeemed offers of {} campaigns of the last 365 days",
    fact=_FACT,
    formula=counted((_.ago <= 365) & _.redeemed_day.notnull()),
    otherwise=0,
)
