"""What a customer's service cases and answers to surveys say."""

from ibis import _

from regulars.data.feature import Feature, counted

tickets_30 = Feature(
    name="tickets_30",
    said="{} service cases in the last 30 days",
    fact="customer_tickets",
    formula=counted(_.ago <= 30),
    otherwise=0,
    risk=1,
)
tickets_180 = Feature(
    name="tickets_180",
    said="{} service cases in the last 180 days",
    fact="customer_tickets",
    formula=counted(_.ago <= 180),
    otherwise=0,
)
ticket_recency = Feature(
    name="ticket_recency",
    said="{} days since the last service case",
    fact="customer_tickets",
    formula=_.ago.min(),
)
nps_score = Feature(
    name="nps_score",
    said="would recommend with {} of 10 on average over the last 365 days",
    fact="customer_responses",
    formula=_.score.mean(where=(_.question == "nps") & (_.ago <= 365)),
    risk=-1,
)
csat_score = Feature(
    name="csat_score",
    said="satisfied with {} on average over the last 365 days",
    fact="customer_responses",
    formula=_.score.mean(where=(_.question == "csat") & (_.ago <= 365)),
    risk=-1,
)
ces_score = Feature(
    name="ces_score",
    said="effort rated {} on average over the last 365 days",
    fact="customer_responses",
    formula=_.score.mean(where=(_.question == "ces") & (_.ago <= 365)),
)
answers_365 = Feature(
    name="answers_365",
    said="{} answers to surveys in the last 365 days",
    fact="customer_responses",
    formula=counted(_.ago <= 365),
    otherwise=0,
)
