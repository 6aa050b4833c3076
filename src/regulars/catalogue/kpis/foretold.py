"""What is foretold of customers, summed up (families value and retention); `regulars backtest` foretells it."""

from ibis import _

from regulars.catalogue.frames.foretold import (
    alive,
    clv_at_stake,
    ending,
    falling_silent,
    health,
    past_lapse,
    past_value,
    revenue_at_stake,
    valued,
)
from regulars.catalogue.kpis.families import RETENTION, VALUE
from regulars.kpis.expected import MILLION, Expected
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.sums import Mean, Ratio

_BY_MODEL = "By the model that did best on past days: its score is beside it in `regulars backtest`."

predicted_clv = KPI(
    name="predicted_clv",
    question="What will an average customer bring from now on?",
    family=VALUE,
    frame=valued,
    formula=Expected("clv"),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="Fader, Hardie & Lee (2005), RFM and CLV, J. Marketing Research 42, 415-430",
    caveat=f"Of `clv_months`, discounted by `discount_rate`; margin where costs are known, else revenue. {_BY_MODEL}",
)
total_clv = KPI(
    name="total_clv",
    question="What is an average customer worth in all: so far, and from now on?",
    family=VALUE,
    frame=valued,
    formula=Expected("clv", plus="so_far"),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="Historic plus predicted CLV",
    caveat=f"What was earned is not discounted; old customers had longer. {_BY_MODEL}",
)
customer_equity = KPI(
    name="customer_equity",
    question="What will everybody who has ordered bring from now on?",
    family=VALUE,
    frame=valued,
    formula=Expected("clv", mean=False),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source="Rust, Lemon & Zeithaml (2004), J. Marketing 68, 109-127: of existing customers only",
    caveat=f"Of orders; contracts are apart (`contract_value`), customers still to be won not in it. {_BY_MODEL}",
)
p_alive = KPI(
    name="p_alive",
    question="What share of everybody who ever ordered is a customer still?",
    family=RETENTION,
    frame=alive,
    formula=Expected("alive", per=MILLION, most=1.0),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Schmittlein, Morrison & Colombo (1987), Management Science 33, 1-24",
    caveat=f"Whether somebody is a customer still is never seen, so it cannot be checked itself. {_BY_MODEL}",
    least=0.0,
)
clv_at_risk = KPI(
    name="clv_at_risk",
    question="How much predicted CLV is at stake with active customers who may fall silent?",
    family=VALUE,
    frame=clv_at_stake,
    formula=Expected("stake", mean=False),
    better=Better.LOWER,
    shows=Shows.MONEY,
    source="Sum of P(silence) times predicted CLV",
    caveat=f"Not all of it can be saved. {_BY_MODEL}",
    least=0.0,
)
churn_probability = KPI(
    name="churn_probability",
    question="What share of active customers will fall silent?",
    family=RETENTION,
    frame=falling_silent,
    formula=Expected("churn", per=MILLION, most=1.0),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Calibrated probability of no order within `churn_days`",
    caveat=_BY_MODEL,
    least=0.0,
)
contract_end_probability = KPI(
    name="contract_end_probability",
    question="What share of customers under contract will end it?",
    family=RETENTION,
    frame=ending,
    formula=Expected("churn", per=MILLION, most=1.0),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Calibrated probability that the contract ends within `churn_days`",
    caveat=_BY_MODEL,
    least=0.0,
)
revenue_at_risk = KPI(
    name="revenue_at_risk",
    question="How much monthly recurring revenue is at stake with contracts that may end?",
    family=RETENTION,
    frame=revenue_at_stake,
    formula=Expected("stake", mean=False),
    better=Better.LOWER,
    shows=Shows.MONEY,
    source="Sum of P(end) times monthly recurring revenue",
    caveat=f"Not all of it can be saved. {_BY_MODEL}",
    least=0.0,
)
health_score = KPI(
    name="health_score",
    question="How healthy are customers, from 0 to 100?",
    family=RETENTION,
    frame=health,
    formula=Expected("health", per=MILLION // 100, most=100.0),
    better=Better.HIGHER,
    shows=Shows.SCORE,
    source="100 less the calibrated probability of leaving, in percent, by signs that may each only do what they mean",
    caveat="Only where past days justify a score: `regulars health` makes it and says so.",
    least=0.0,
)
_PAST = "Of the model that does best on all past days: chosen with them, it looks a little better than it will do."

churn_brier_score = KPI(
    name="churn_brier_score",
    question="How far off were the probabilities of falling silent that were foretold in the period?",
    family=RETENTION,
    frame=past_lapse,
    formula=Mean(_.squared.mean(), per=MILLION),
    better=Better.LOWER,
    shows=Shows.NUMBER,
    source="Brier (1950), Monthly Weather Review 78, 1-3, on days out of time",
    caveat=f"0 is best; foretelling one half of everybody gives 0.25. {_PAST}",
    least=0.0,
)
clv_foretold_ratio = KPI(
    name="clv_foretold_ratio",
    question="How much CLV was foretold in the period, of what then came?",
    family=VALUE,
    frame=past_value,
    formula=Ratio(_.foretold.sum(), _.came.sum()),
    better=Better.NEITHER,
    shows=Shows.NUMBER,
    source="Foretold over actual total, on days out of time",
    caveat=f"1 is right; above it, too much was promised. {_PAST}",
)
