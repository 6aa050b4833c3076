"""What contestants of models.py begin from: transactions of simulated companies and of CDNOW, and a clock for tasks."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

DATA = Path(__file__).parent / "data"
#: Last day that is seen; simulated companies have 104 weeks, CDNOW's calibration ends after 39.
LAST_DAY = {"cdnow": date(1997, 9, 30)}
SIMULATED_FROM, WEEKS = date(2023, 1, 1), 104
#: Horizon of the short forecast, in days; discount per month.
SHORT, DISCOUNT = 90, 0.01


def transactions_of(size: str) -> Path:
    """Return where the transactions of a company are: customer_id, ts, amount."""
    return DATA / f"transactions-{size}.parquet"


def summary_of(size: str) -> Path:
    """Return where our summary is kept for those who begin from it."""
    return DATA / f"summary-{size}.parquet"


def last_day_of(size: str) -> date:
    return LAST_DAY.get(size, SIMULATED_FROM + timedelta(weeks=WEEKS, days=-1))


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
    pq.write_table(table, transactions_of(size), compression="zstd")


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
    pq.write_table(pa.table(table), transactions_of("cdnow"))


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
