"""How fast are the KPIs? All of them, monthly over two years, with intervals, against SQL written by hand and pandas.

`python benchmarks/kpis.py [--customers 1000000] [--runs 3]`; 1,000,000 customers have about 10 million orders. The
simulated company is made under benchmarks/data/ at the first call. Every contestant runs in a process of its own, which
is what is measured: CPU seconds (user and system, all threads), seconds on the wall, and peak memory. Each has one
thread (more with `--threads`, but for pandas) and, but for pandas, 3 GB. Ours is measured on published facts, which is
what a question costs, and together with making the facts from the canonical tables, which is what the first one costs.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import company

from regulars import catalogue
from regulars.core.registry import discover, modules_of
from regulars.kpis import query
from regulars.kpis.kpi import KPI
from regulars.kpis.question import Question

#: Largest relative difference of a value, limit or n between contestants that is still the same.
SAME = 1e-9
#: What pandas answers too: all but the KPIs of contracts.
NOT_WITH_PANDAS = frozenset(
    "contract_retention_rate early_hazard gross_revenue_churn_rate involuntary_churn_share later_hazard "
    "logo_churn_rate median_lifetime net_revenue_churn_rate renewal_rate survival_one_year trial_to_paid_rate "
    "winback_rate".split()
)
LEVEL = 0.95

Found = dict[str, list[list[float | int | None]]]


def kpis(*, all_of_them: bool = True) -> dict[str, KPI]:
    """Return the KPIs that the hand-written SQL (or pandas) knows too."""
    from hand_sql import CONTRACTS, EVENTS, ORDERS, SIGN_UPS

    known = {name for topic in (ORDERS, EVENTS, SIGN_UPS, CONTRACTS) for names, _ in topic for name in names}
    chosen = known if all_of_them else known - NOT_WITH_PANDAS
    return {name: kpi for name, kpi in discover(modules_of(catalogue), KPI).items() if name in chosen}


# --- what runs in processes of its own ------------------------------------------------------------------------------


def ours(folder: Path, path: Path, *, all_of_them: bool) -> Found:
    question = Question(
        kpis=tuple(kpis(all_of_them=all_of_them)), period=company.PERIOD, grain=company.GRAIN, level=LEVEL
    )
    found: Found = {}
    for row in query.answer(question, kpis(), company.records_of(folder, path)):
        found.setdefault(row.kpi.name, []).append(_numbers(row.estimate.interval))
    return found


def estimated(known: Mapping[tuple[str, int], Any], chosen: Mapping[str, KPI]) -> Found:
    months = range(company.MONTHS)
    return {
        name: [_numbers(kpi.estimate(known.get((name, month), ()), LEVEL)) for month in months]
        for name, kpi in chosen.items()
    }


def _numbers(interval: Any) -> list[float | int | None]:
    return [interval.value, interval.low, interval.high, interval.n]


def with_sql(folder: Path) -> Found:
    import hand_sql

    return estimated(hand_sql.statistics(folder, threads=company.THREADS, memory=company.MEMORY), kpis())


def with_pandas(folder: Path) -> Found:
    import with_pandas as pandas_version

    return estimated(pandas_version.statistics(folder), kpis(all_of_them=False))


def customer_pages(folder: Path, path: Path) -> list[float]:
    """Return milliseconds on the wall for the page data of each of 50 customers; cut points of RFM are had once."""
    from regulars.app.customer import customer
    from regulars.decisions.rfm import cut_points

    records = company.records_of(folder, path)
    ids = records.run(records.tables["people"].select("customer_id").limit(50_000))
    chosen = random.Random(1).sample([row["customer_id"] for row in ids], 51)
    cuts, spent = cut_points(records), []
    for name in chosen:
        began = time.perf_counter()
        customer(records, name, cuts=cuts)
        spent.append((time.perf_counter() - began) * 1000)
    return spent[1:]


PARTS = {
    "tables": lambda folder, path: company.store_tables(folder, path),
    "facts": lambda folder, path: company.make_facts(folder, path),
    "ours": lambda folder, path: ours(folder, path, all_of_them=True),
    "ours as pandas": lambda folder, path: ours(folder, path, all_of_them=False),
    "sql": lambda folder, path: with_sql(folder),
    "pandas": lambda folder, path: with_pandas(folder),
    "refresh": lambda folder, path: company.refresh(folder, path),
    "customer": lambda folder, path: customer_pages(folder, path),
}


# --- measuring ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: CPU and wall in seconds, peak memory in GB."""

    cpu: float
    wall: float
    peak: float
    result: Any


def measured(part: str, customers: int) -> Cost:
    """Run one part in a process of its own."""
    answer = company.folder_of(customers) / f"{part}.json"
    began = time.perf_counter()
    arguments = {"--customers": customers, "--threads": company.THREADS, "--part": part, "--to": answer}
    written = [str(word) for pair in arguments.items() for word in pair]
    pid = os.posix_spawn(sys.executable, [sys.executable, __file__, *written], os.environ)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"`{part}` failed.")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 2**20, json.loads(answer.read_bytes()))


def median_of(part: str, customers: int, runs: int) -> Cost:
    """Return the run with the median CPU time."""
    return sorted((measured(part, customers) for _ in range(runs)), key=lambda cost: cost.cpu)[runs // 2]


def largest_difference(first: Found, second: Found) -> tuple[float, str]:
    """Return the largest relative difference between two answers and whose it is."""
    worst = (0.0, "")
    for name in second:
        for one, other in zip(first[name], second[name], strict=True):
            for x, y in zip(one, other, strict=True):
                if x != y:
                    apart = float("inf") if x is None or y is None else abs(x - y) / max(abs(x), abs(y))
                    worst = max(worst, (apart, name))
    return worst


def report(customers: int, runs: int, parts: list[str]) -> None:
    if not company.database_of(customers).exists():
        measured("tables", customers)
    costs: dict[str, Cost] = {}
    for part in parts:
        costs[part] = median_of(part, customers, runs)
        print(f"  {part} done: {costs[part].cpu:.1f} CPU s", file=sys.stderr, flush=True)
    timed = {part: cost for part, cost in costs.items() if part not in ("refresh", "customer")}
    rows = [(part, cost.cpu, cost.wall, cost.peak) for part, cost in timed.items()]
    if {"facts", "ours"} <= costs.keys():
        facts, own = costs["facts"], costs["ours"]
        rows.append(("facts + ours", facts.cpu + own.cpu, facts.wall + own.wall, max(facts.peak, own.peak)))
    print(f"\n{customers:,} customers, {len(kpis())} KPIs, median of {runs}\n")
    print(f"| {'':16} | CPU s | wall s | peak GB | / SQL | / pandas |")
    print("|------------------|------:|-------:|--------:|------:|---------:|")
    for name, cpu, wall, peak in rows:
        ratios = [_ratio(cpu, costs.get("sql")), _ratio(cpu, costs.get("pandas"))]
        print(f"| {name:16} | {cpu:5.1f} | {wall:6.1f} | {peak:7.2f} | {ratios[0]:>5} | {ratios[1]:>8} |")
    if "customer" in costs:
        spent = costs["customer"].result
        print(f"\nOne customer's page: median {statistics.median(spent):.0f} ms, slowest of 50 {max(spent):.0f} ms.")
    if {"facts", "refresh"} <= costs.keys():
        spent, full = costs["refresh"].result["cpu"], costs["facts"].cpu
        print(f"Facts after 0.1 % of customers did something: {spent:.1f} CPU s, {spent / full:.1%} of making all.")
    for other, own in (("sql", "ours"), ("pandas", "ours as pandas")):
        if {other, own} <= costs.keys():
            apart, name = largest_difference(costs[own].result, costs[other].result)
            print(f"Largest relative difference from {other}: {apart:.1e}{f' (`{name}`)' if name else ''}.")
            if apart > SAME:
                raise SystemExit(f"`{name}` differs.")


def _ratio(cpu: float, other: Cost | None) -> str:
    return f"{cpu / other.cpu:.2f}" if other else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--parts", default="facts,ours,sql,ours as pandas,pandas,refresh,customer", help="comma-separated"
    )
    parser.add_argument("--threads", type=int, default=company.THREADS)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    company.THREADS = asked.threads
    if asked.part:
        found = PARTS[asked.part](company.folder_of(asked.customers), company.database_of(asked.customers))
        asked.to.write_text(json.dumps(found))
    else:
        report(asked.customers, asked.runs, asked.parts.split(","))


if __name__ == "__main__":
    main()
