"""The others in models.py: lifetimes and pymc-marketing, as they come. Nothing is imported before it is timed."""

from models_data import DISCOUNT, SHORT, Clock, Found, last_day_of, summary_of, transactions_of


def with_lifetimes(size: str, clock: Clock) -> Found:
    with clock.task("import"):
        import pandas as pd
        from lifetimes import BetaGeoFitter, GammaGammaFitter
        from lifetimes.utils import summary_data_from_transaction_data
    with clock.task("summary"):
        rows = pd.read_parquet(transactions_of(size))
        seen = summary_data_from_transaction_data(
            rows, "customer_id", "ts", monetary_value_col="amount", observation_period_end=str(last_day_of(size))
        )
        del rows
    x, recency, age = seen["frequency"], seen["recency"], seen["T"]
    with clock.task("BG/NBD fit"):
        law = BetaGeoFitter().fit(x, recency, age)
    with clock.task("gamma-gamma fit"):
        known = seen[(seen["frequency"] > 0) & (seen["monetary_value"] > 0)]
        spend = GammaGammaFitter().fit(known["frequency"], known["monetary_value"])
    with clock.task("P(alive)"):
        alive = law.conditional_probability_alive(x, recency, age)
    with clock.task("90 days"):
        soon = law.conditional_expected_number_of_purchases_up_to_time(SHORT, x, recency, age)
    with clock.task("12-month CLV"):
        clv = spend.customer_lifetime_value(
            law, x, recency, age, seen["monetary_value"], time=12, discount_rate=DISCOUNT, freq="D"
        )
    parameters = dict(law.params_) | {
        name: float(spend.params_[own]) for name, own in (("p", "p"), ("q", "q"), ("gamma", "v"))
    }
    sums = {"customers": len(seen), "frequency": x.sum(), "recency": recency.sum(), "age": age.sum()}
    told = {"alive": pd.Series(alive).sum(), "orders in 90 days": soon.sum(), "CLV": clv.sum()}
    told["not numbers"] = clv.isna().sum()
    return {name: float(number) for name, number in (sums | parameters | told).items()}


def with_pymc(size: str, clock: Clock) -> Found:
    with clock.task("import"):
        import pandas as pd
        from pymc_marketing.clv import ParetoNBDModel
        from pymc_marketing.clv.utils import customer_lifetime_value
    with clock.task("read"):
        seen = pd.read_parquet(summary_of(size)).drop(columns="monetary_value")
    with clock.task("Pareto/NBD fit"):
        law = ParetoNBDModel()
        law.fit(seen, method="map")
    with clock.task("P(alive)"):
        alive = law.expected_probability_alive(data=seen, future_t=0)
    with clock.task("90 days"):
        soon = law.expected_purchases(data=seen, future_t=SHORT)
    with clock.task("12 months"):
        year = customer_lifetime_value(
            law, seen.assign(future_spend=1.0), future_t=12, discount_rate=DISCOUNT, time_unit="D"
        )
    fitted = law.fit_result
    told = {name: float(fitted[name].values.squeeze()) for name in ("r", "alpha", "s", "beta")}
    told |= {"alive": float(alive.sum()), "orders in 90 days": float(soon.sum())}
    told |= {"discounted orders of 12 months": float(year.sum()), "not numbers": float(year.isnull().sum())}
    return told
