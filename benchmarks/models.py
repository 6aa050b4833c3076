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
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import models_ours
from models_data import DATA, Clock, Found, copy_cdnow, simulate, transactions_of
from models_peers import with_lifetimes, with_pymc

#: What contestants may differ by, relatively: lifetimes stops when its simplex is small.
SAME = 0.01

CONTESTANTS: Mapping[str, Callable[[str, Clock], Found]] = {
    "ours": models_ours.ours,
    "lifetimes": with_lifetimes,
    "ours, Pareto": models_ours.our_pareto,
    "pymc-marketing": with_pymc,
}
MAKERS: Mapping[str, Callable[[str], None]] = {
    "make": simulate,
    "make cdnow": copy_cdnow,
    "summary": models_ours.keep_summary,
}
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
        str(models_ours.THREADS),
        "--memory",
        models_ours.MEMORY,
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
        if not transactions_of(size).exists():
            measured("make cdnow" if size == "cdnow" else "make", size)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="cdnow,100000,1000000", help="`cdnow` or customers, comma-separated")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=models_ours.THREADS, help="of the engine")
    parser.add_argument("--memory", default=models_ours.MEMORY, help="of the engine")
    parser.add_argument("--pymc-python", default="", help="interpreter that has pymc-marketing")
    parser.add_argument("--skip", default="", help="`lifetimes` or `pareto`")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    models_ours.THREADS, models_ours.MEMORY = asked.threads, asked.memory
    if asked.part:
        asked.to.write_text(json.dumps(run_part(asked.part, asked.sizes)))
    else:
        report(asked.sizes.split(","), asked.runs, asked.pymc_python, asked.skip.split(","))


if __name__ == "__main__":
    main()
