"""How soon incidents are found, how often nothing is taken for one, and whether whose they were is named.

    python benchmarks/incidents.py [--companies 100] [--first 1] [--drop 0.2] [--keep FOLDER]

Each company has 16 months of orders and visits; from one day on, the trade of one group of customers is thinned so that
that of the company falls by the planted share (benchmarks/incidents_data.py). Records are loaded as a company's own,
and the rules that Regulars has of daily KPIs are asked, together, of each day as it would have been told then.

Found: told on the day or one of the two after it. False: told on any earlier day, but for runs that hold a planted
promotion or trouble. Named first: of all groups of customers, and those who are new, the planted one, by why the KPI
moved in the three days from the planted one against those of the week before. Prints Markdown tables.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from incidents_data import Incident, company

from regulars.app.alert_rules import rules
from regulars.app.alerting import Watched, watch
from regulars.app.explaining import explain
from regulars.app.refresh import refresh
from regulars.app.workspace import Opened, Workspace
from regulars.core.periods import Period
from regulars.stats.intervals import wilson

RULES = ("daily_revenue", "visitors", "order_value")
#: Rules of KPIs that the incident does not lower: customers who are left spend as much an order.
UNHURT = frozenset({"order_value"})
#: Orders a day from which a company is a large one here: its revenue differs by less from day to day.
LARGE = 300
SOON, WEEK = timedelta(days=3), timedelta(days=7)


@dataclass
class Told:
    """What became of a rule over all companies."""

    companies: int = 0
    found: int = 0
    condition: int = 0
    false: int = 0
    days: int = 0
    special: int = 0
    specials: int = 0
    first: int = 0


def told(one: Watched, incident: Incident) -> tuple[bool, bool, int, int, int, int]:
    """Return whether it was found, whether its condition held, and alerts and days without an incident."""
    assert one.course is not None
    assert one.judged is not None
    days = np.array([row.estimate.period.start for row in one.course.rows])
    soon = (days >= incident.day) & (days < incident.day + SOON)
    near = np.zeros(len(days), np.bool_)
    for place, day in enumerate(days):
        near[place] = any(timedelta(0) <= day - one < SOON for one in incident.special)
    quiet = one.sure & (days < incident.day)
    known = sum(bool(one.sure[days == day].any()) for day in incident.special)
    seen = sum(bool((one.told & (days >= day) & (days < day + SOON)).any()) for day in incident.special)
    return (
        bool((one.told & soon).any()),
        bool((one.fires & soon).any()),
        int((one.told & quiet & ~near).sum()),
        int((quiet & ~near).sum()),
        seen,
        known,
    )


def named_first(name: str, incident: Incident, workspace: Workspace, opened: Opened) -> bool:
    """Return whether the planted group stands first in why a KPI moved."""
    after = Period(incident.day, incident.day + SOON)
    before = Period(after.start - WEEK, after.end - WEEK)
    found = explain(name, workspace, opened, period=after, against=before)
    return bool(found.ranked) and (found.ranked[0].by, found.ranked[0].values[0]) == ((incident.by,), (incident.group,))


@contextmanager
def folder_of(keep: Path | None, seed: int) -> Iterator[Path]:
    """Give the folder of a company: one that is kept, or one that is not."""
    if keep is not None:
        yield keep / f"{seed:03d}"
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--companies", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--drop", type=float, default=0.2)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    began, every = time.process_time(), defaultdict[str, Told](Told)
    for seed in range(asked.first, asked.first + asked.companies):
        with folder_of(asked.keep, seed) as folder:
            incident = company(folder, seed, drop=asked.drop)
            workspace = Workspace.at(folder)
            refresh(workspace)
            with workspace.opened() as opened:
                count(every, incident, workspace, opened)
    report(every, asked.drop)
    print(f"\n{time.process_time() - began:.0f} CPU s")


def count(every: dict[str, Told], incident: Incident, workspace: Workspace, opened: Opened) -> None:
    """Count what became of each rule in one company."""
    watching = [rule for rule in rules(workspace).on if rule.name in RULES]
    size = "from 300 orders a day" if incident.volume >= LARGE else "below 300 orders a day"
    for one in watch(watching, workspace, opened):
        total = every[f"{one.rule.name}, {size}"]
        found, condition, false, days, seen, known = told(one, incident)
        total.companies += 1
        total.found += found
        total.condition += condition
        total.false += false
        total.days += days
        total.special += seen
        total.specials += known
        if one.rule.name not in UNHURT:
            total.first += named_first(one.rule.kpi, incident, workspace, opened)


def report(every: dict[str, Told], drop: float) -> None:
    """Print what became of each rule."""
    print(f"A fall by {drop:.0%}\n")
    print(
        "| rule | found within 3 days | condition met | false alerts per 100 KPI-days | specials told | named first |"
    )
    print("|---|---|---|---|---|---|")
    for name, one in sorted(every.items()):
        unhurt = name.split(",")[0] in UNHURT
        first = "" if unhurt else share(one.first, one.companies)
        found = "" if unhurt else share(one.found, one.companies)
        met = "" if unhurt else share(one.condition, one.companies)
        rate = f"{100 * one.false / one.days:.2f} ({one.false} of {one.days:,})"
        print(f"| {name} | {found} | {met} | {rate} | {share(one.special, one.specials)} | {first} |")


def share(part: int, whole: int) -> str:
    """Write a share with its interval."""
    found = wilson(part, whole, level=0.95)
    assert found.low is not None
    assert found.high is not None
    return f"{part} of {whole} ({found.low:.0%} to {found.high:.0%})"


if __name__ == "__main__":
    main()
