"""How fast are the models of buying? From transactions to 12 months' CLV, against lifetimes and pymc-marketing.

`python benchmarks/models.py [--sizes cdnow,100000,1000000] [--runs 1] [--pymc-python PATH]`; 1,000,000 simulated
customers have about 10 million transactions. Data is made under benchmarks/data/ at the first call; CDNOW comes with
lifetimes. Every contestant runs in a process of its own, which is what is measured: CPU seconds (user and system, all
threads) of each task, and peak memory of the process. Ours has one thread (more with `--threads`) and one of BLAS; the
others run as they come, with their defaults. CLV is 12 months of 30 days (as lifetimes has them), 1 % a month.
pymc-marketing finds the maximum of the posterior (`method="map"`), its fastest way, in an environment of its own:
`python3.12 -m venv DIR && DIR/bin/pip install pymc-marketing pyarrow`, then `--pymc-python DIR/bin/python`.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
#: Last day that is seen; simulated companies have 104 weeks, CDNOW's calibration ends after 39.
LAST_DAY = {"cdnow": date(1997, 9, 30)}
SIMULATED_FROM, WEEKS = date(2023, 1, 1), 104
#: 90 days, and the ends of 12 months: of 30 days as lifetimes has them, of 30.4375 as pymc-marketing; 1 % a month.
SHORT, DISCOUNT = 90, 0.01
MONTHS, LONG_MONTHS = ([days * month for month in range(1, 13)] for days in (30, 30.4375))
#: What contestants may differ by, relatively: lifetimes stops when its simplex is small.
SAME = 0.01
#: Of the engine; it spills beyond that memory. The peak depends on it: with 3GB it was about 840 MB.
THREADS, MEMORY = 1, "300MB"


def transactions_of(size: str) -> Path:
    """Return the transactions of a company: customer_id, ts, amount; made at the first call."""
    path = DATA / f"transactions-{size}.parquet"
    if not path.exists():
        measured("make cdnow" if size == "cdnow" else "make", size)
    return path


def summary_of(size: str) -> Path:
    """Return where our summary is kept for those who begin from it."""
    return DATA / f"summary-{size}.parquet"


def last_day_of(size: str) -> date:
    return LAST_DAY.get(size, SIMULATED_FROM + timedelta(weeks=WEEKS, days=-1))


# --- data -----------------------------------------------------------------------------------------------------------


def simulate(size: str) -> None:
    """Write BG/NBD and gamma-gamma customers: one round of purchases after the other."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    n, rng = int(size), np.random.default_rng(20260101)
    rate, leaving = rng.gamma(0.70, 1 / 3.2, n), rng.beta(0.45, 6.0, n)
    when, nu = rng.uniform(0, 78, n), rng.gamma(3.74, 1 / 15.44, n)
    who = np.arange(n)
    people, weeks = [who], [when]
    while len(who):
        when = when + rng.exponential(1 / np.maximum(rate[who], 1e-12))
        seen = when < WEEKS
        who, when = who[seen], when[seen]
        people.append(who)
        weeks.append(when)
        stays = rng.random(len(who)) >= leaving[who]
        who, when = who[stays], when[stays]
    person, week = np.concatenate(people), np.concatenate(weeks)
    amount = np.maximum(np.round(rng.gamma(6.25, 1.0, len(person)) / nu[person], 2), 0.01)
    order = np.argsort(week)
    seconds = (week[order] * 604_800).astype("timedelta64[s]")
    ts = (np.datetime64(SIMULATED_FROM, "s") + seconds).astype("datetime64[us]")
    table = pa.table({"customer_id": person[order], "ts": ts, "amount": amount[order]})
    pq.write_table(table, DATA / f"transactions-{size}.parquet", compression="zstd")


def copy_cdnow(_size: str) -> None:
    """Write the 69,659 transactions of CDNOW that come with lifetimes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    origin = Path(str(find_spec("lifetimes").origin)).parent / "datasets" / "CDNOW_master.txt"
    rows = [line.split() for line in origin.read_text().splitlines()[1:] if line.strip()]
    days = [f"{day[:4]}-{day[4:6]}-{day[6:]}" for _, day, _, _ in rows]
    table = {
        "customer_id": np.array([int(row[0]) for row in rows]),
        "ts": np.array(days, dtype="datetime64[us]"),
        "amount": np.array([float(row[3]) for row in rows]),
    }
    pq.write_table(pa.table(table), DATA / "transactions-cdnow.parquet")


# --- contestants, in processes of their own ---------------------------------------------------------------------------


@dataclass(slots=True)
class Clock:
    """CPU seconds of tasks, one after the other."""

    spent: dict[str, float]

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        began = _cpu()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + _cpu() - began


def _cpu() -> float:
    """Return the CPU seconds of this process and of those that it started: pymc has a compiler at work."""
    both = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


Found = dict[str, float]


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


CONTESTANTS: Mapping[str, Callable[[str, Clock], Found]] = {
    "ours": ours,
    "lifetimes": with_lifetimes,
    "ours, Pareto": our_pareto,
    "pymc-marketing": with_pymc,
}
MAKERS: Mapping[str, Callable[[str], None]] = {"make": simulate, "make cdnow": copy_cdnow, "summary": keep_summary}
PACKAGES = ("regulars", "numpy", "scipy", "duckdb", "ibis-framework", "pandas", "lifetimes", "pymc-marketing", "pymc")


def run_part(part: str, size: str) -> dict[str, Any]:
    if part in MAKERS:
        MAKERS[part](size)
        return {}
    clock = Clock({})
    found = CONTESTANTS[part](size, clock)
    versions = {}  # read after the tasks: it costs half a second
    for name in PACKAGES:
        if find_spec({"ibis-framework": "ibis"}.get(name, name.replace("-", "_"))):
            versions[name] = version(name)
    return {"tasks": clock.spent, "found": found, "versions": versions}


# --- measuring ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: CPU seconds in all and by task, peak memory in MB, and the load of the machine."""

    cpu: float
    tasks: Mapping[str, float]
    peak: float
    load: float
    found: Found
    versions: Mapping[str, str]

    @property
    def after_import(self) -> float:
        return sum(spent for task, spent in self.tasks.items() if task != "import")


def measured(part: str, size: str, python: str = sys.executable) -> Cost:
    """Run one part in a process of its own."""
    DATA.mkdir(exist_ok=True)
    answer = DATA / f"models-{part.replace(' ', '-').replace(',', '')}-{size}.json"
    words = [
        python,
        __file__,
        "--part",
        part,
        "--sizes",
        size,
        "--threads",
        str(THREADS),
        "--memory",
        MEMORY,
        "--to",
        str(answer),
    ]
    own = {"OPENBLAS_NUM_THREADS": "1"} if part.startswith("ours") else {}
    load = os.getloadavg()[0]
    pid = os.posix_spawn(python, words, os.environ | own)
    _, status, used = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"`{part}` of {size} failed.")
    told = json.loads(answer.read_bytes())
    cost = Cost(
        cpu=used.ru_utime + used.ru_stime,
        tasks=told.get("tasks", {}),
        peak=used.ru_maxrss / 1024,
        load=load,
        found=told.get("found", {}),
        versions=told.get("versions", {}),
    )
    print(f"  {part}, {size}: {cost.cpu:.1f} CPU s", file=sys.stderr, flush=True)
    return cost


def median_of(part: str, size: str, runs: int, python: str = sys.executable) -> Cost:
    """Return the run with the median CPU time."""
    return sorted((measured(part, size, python) for _ in range(runs)), key=lambda cost: cost.cpu)[runs // 2]


def compare(size: str, own: Cost, other: Cost, name: str) -> None:
    """Print what each task took in ours and in the other, and how far the answers are apart."""
    began = time.strftime("%Y-%m-%d %H:%M")
    print(f"\n{size}, {began}; load {own.load:.1f} before ours, {other.load:.1f} before {name}\n")
    print(f"| {'CPU s':20} | {'ours':>8} | {name:>14} | times |")
    print(f"|{'-' * 22}|{'-' * 9}:|{'-' * 15}:|------:|")
    rows = [(task, own.tasks[task], other.tasks[task]) for task in own.tasks]
    rows += [("all after import", own.after_import, other.after_import), ("whole process", own.cpu, other.cpu)]
    for task, one, two in rows:
        print(f"| {task:20} | {one:8.3f} | {two:14.3f} | {two / max(one, 1e-3):5.1f} |")
    print(f"| {'peak MB':20} | {own.peak:8.0f} | {other.peak:14.0f} | {other.peak / own.peak:5.1f} |\n")
    for number in (number for number in own.found if number in other.found):
        one, two = own.found[number], other.found[number]
        apart = abs(one - two) / max(abs(one), abs(two), 1e-300)
        mark = "" if apart <= SAME else "  differs"
        print(f"  {number:32}{one:18.6f}{two:18.6f}{apart:10.1e}{mark}")


def bar(said: str, found: float, wanted: float, *, least: bool = True) -> None:
    met = found >= wanted if least else found <= wanted
    print(f"  {said}: {found:.2f}, bar {'>=' if least else '<='} {wanted:g}: {'met' if met else 'MISSED'}")


def report(sizes: Sequence[str], runs: int, pymc_python: str, skip: Sequence[str]) -> None:
    versions: dict[str, str] = {}
    for size in sizes:
        transactions_of(size)
        if "lifetimes" not in skip:
            own, other = median_of("ours", size, runs), median_of("lifetimes", size, runs)
            versions |= other.versions | own.versions
            compare(size, own, other, "lifetimes")
            print("\nBars (all but the first of CDNOW are meant for 1,000,000 customers):")
            if size == "cdnow":
                bar("CPU s after import", own.after_import, 1.5, least=False)
            bar("whole job after import, times less CPU", other.after_import / own.after_import, 7)
            bar("whole process, times less CPU", other.cpu / own.cpu, 7)
            bar("memory, share of lifetimes'", own.peak / other.peak, 1 / 3, least=False)
            bar("BG/NBD fit, times less CPU", other.tasks["BG/NBD fit"] / own.tasks["BG/NBD fit"], 30)
        if "pareto" not in skip:
            measured("summary", size)
            own = median_of("ours, Pareto", size, runs)
            versions |= own.versions
            if not pymc_python:
                print(f"\n{size}, Pareto/NBD: ours {own.after_import:.2f} CPU s; pymc-marketing: not installed")
                continue
            other = median_of("pymc-marketing", size, runs, pymc_python)
            found = other.versions.items()
            versions |= {name if name.startswith("pymc") else f"{name} (pymc's)": number for name, number in found}
            compare(size, own, other, "pymc-marketing")
            print("\nBars:")
            bar("Pareto/NBD whole, times less CPU (after import)", other.after_import / own.after_import, 30)
    print("\nVersions:", ", ".join(f"{name} {number}" for name, number in sorted(versions.items())))


def main() -> None:
    global THREADS, MEMORY
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="cdnow,100000,1000000", help="`cdnow` or customers, comma-separated")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=THREADS, help="of the engine")
    parser.add_argument("--memory", default=MEMORY, help="of the engine")
    parser.add_argument("--pymc-python", default="", help="interpreter that has pymc-marketing")
    parser.add_argument("--skip", default="", help="`lifetimes` or `pareto`")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    THREADS, MEMORY = asked.threads, asked.memory
    if asked.part:
        asked.to.write_text(json.dumps(run_part(asked.part, asked.sizes)))
    else:
        report(asked.sizes.split(","), asked.runs, asked.pymc_python, asked.skip.split(","))


if __name__ == "__main__":
    main()
