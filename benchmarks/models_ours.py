"""Our side of models.py: summary, BG/NBD with gamma-gamma, and Pareto/NBD. Nothing is imported before it is timed."""

from datetime import date, timedelta
from typing import Any

from models_data import DISCOUNT, SHORT, Clock, Found, last_day_of, summary_of, transactions_of

#: Of the engine; it spills beyond that memory. The peak depends on it: with 3GB it was about 840 MB.
THREADS, MEMORY = 1, "300MB"
#: Ends of 12 months: of 30 days as lifetimes has them, of 30.4375 as pymc-marketing.
MONTHS, LONG_MONTHS = ([days * month for month in range(1, 13)] for days in (30, 30.4375))


def ours(size: str, clock: Clock) -> Found:
    with clock.task("import"):
        import numpy as np

        from regulars.models.buyers import by_chunk  # and the engine with it
        from regulars.stats.buying import bg_nbd, gamma_gamma
        from regulars.stats.buying.gamma_gamma import GammaGamma, Spend
    with clock.task("summary"):
        h, value = our_summary(size)
    with clock.task("BG/NBD fit"):
        law = bg_nbd.BgNbd.at(bg_nbd.fit(h).theta)
    with clock.task("gamma-gamma fit"):
        known = (h.frequency > 0) & (value > 0)
        spend = GammaGamma.at(gamma_gamma.fit(Spend(frequency=h.frequency[known], mean=value[known])).theta)
    with clock.task("P(alive)"):
        alive = by_chunk(h, lambda part, _: law.alive(part))
    with clock.task("90 days"):
        soon = by_chunk(h, lambda part, _: law.expected(part, [SHORT]))[0]
    with clock.task("12-month CLV"):
        clv = by_chunk(
            h,
            lambda part, rows: _discounted(law.expected(part, MONTHS)) * spend.expected(part.frequency, value[rows]),
        )
    sums = {"customers": len(h), "frequency": h.frequency.sum(), "recency": h.recency.sum(), "age": h.age.sum()}
    parameters = {"r": law.r, "alpha": law.alpha, "a": law.a, "b": law.b}
    parameters |= {"p": spend.p, "q": spend.q, "gamma": spend.gamma}
    told = {"alive": alive.sum(), "orders in 90 days": soon.sum(), "CLV": clv.sum(), "not numbers": np.isnan(clv).sum()}
    return {name: float(number) for name, number in (sums | parameters | told).items()}


def our_pareto(size: str, clock: Clock) -> Found:
    with clock.task("import"):
        import numpy as np
        import pyarrow.parquet as pq

        from regulars.models.buyers import by_chunk
        from regulars.stats.buying import pareto_nbd
        from regulars.stats.buying.histories import Histories
    with clock.task("read"):
        seen = pq.read_table(summary_of(size))
        x, recency, age = (seen[name].to_numpy() for name in ("frequency", "recency", "T"))
        h = Histories(frequency=x, recency=recency, age=age)
    with clock.task("Pareto/NBD fit"):
        found = pareto_nbd.fit(h)
        law = pareto_nbd.ParetoNbd.at(found.theta)
    with clock.task("P(alive)"):
        alive = by_chunk(h, lambda part, _: law.alive(part))
    with clock.task("90 days"):
        soon = by_chunk(h, lambda part, _: law.expected(part, [SHORT]))[0]
    with clock.task("12 months"):
        year = by_chunk(h, lambda part, _: _discounted(law.expected(part, LONG_MONTHS)))
    told = {"r": law.r, "alpha": law.alpha, "s": law.s, "beta": law.beta, "log-likelihood": found.value}
    told |= {"alive": alive.sum(), "orders in 90 days": soon.sum(), "discounted orders of 12 months": year.sum()}
    return {name: float(number) for name, number in (told | {"not numbers": np.isnan(year).sum()}).items()}


def our_summary(size: str) -> tuple[Any, Any]:
    """Return histories and mean values: what `Snapshot.purchases` asks of facts, asked of raw transactions."""
    import ibis
    import numpy as np
    from ibis import _

    from regulars.core.money import UNITS
    from regulars.core.periods import day_number
    from regulars.data import engine
    from regulars.stats.buying.histories import Histories

    @ibis.udf.agg.builtin
    def arg_min(value: float, by: date) -> float: ...  # Ibis would write a sorted FIRST

    backend = engine.connect(memory=MEMORY, threads=THREADS)
    rows, after = backend.read_parquet(transactions_of(size)), last_day_of(size) + timedelta(days=1)
    known = rows.filter(rows.ts < ibis.timestamp(f"{after}")).mutate(value=(_.amount * UNITS).round())
    # Sums of whole floats are exact and take half the memory of sums of integers, which DuckDB makes 128 bits wide.
    days = known.group_by("customer_id", day=_.ts.date()).aggregate(value=_.value.sum())
    found = days.group_by("customer_id").aggregate(
        first=_.day.min(), last=_.day.max(), repeats=_.count() - 1, worth=_.value.sum() - arg_min(_.value, _.day)
    )
    table = engine.to_arrow(found.order_by("customer_id"))
    backend.disconnect()
    first, last = (table[name].cast("int32").to_numpy() for name in ("first", "last"))
    repeats, worth, today = table["repeats"].to_numpy(), table["worth"].to_numpy(), day_number(after)
    times, age = repeats.astype(np.float64), (today - 1 - first).astype(np.float64)
    h = Histories(frequency=times, recency=(last - first).astype(np.float64), age=age)
    return h, worth / UNITS / np.maximum(times, 1)


def keep_summary(size: str) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    h, value = our_summary(size)
    columns = {"customer_id": np.arange(len(h)), "frequency": h.frequency, "recency": h.recency, "T": h.age}
    pq.write_table(pa.table(columns | {"monetary_value": value}), summary_of(size))


def _discounted(running: Any) -> Any:
    """Return what the transactions of 12 months are worth today, each worth 1 when it is made."""
    import numpy as np

    return (1 + DISCOUNT) ** -np.arange(1.0, 13) @ np.diff(running, axis=0, prepend=0.0)
