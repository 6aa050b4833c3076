"""How well each model foretells what came after a day, in a workspace with real records.

    python benchmarks/holdout.py WORKSPACE 1997-10-01 --days 273 [--outcome orders ...]

Everything is done as it would have been on that day: models are tried on days before it and one is chosen; only then
is what came set beside what each foretold. Prints a Markdown table for each outcome, with CPU seconds.
"""

import argparse
import time
from collections.abc import Sequence
from datetime import date

import regulars
from regulars.app.foretell import available, default_horizon, outcomes, snapshot_of
from regulars.app.trying import SEED
from regulars.data.snapshot import Snapshot
from regulars.models.backtest import backtest, fitted
from regulars.models.model import Horizon, Kind, Model
from regulars.models.scores import Seen, measures
from regulars.stats.likelihood import NotFitted
from regulars.views import company

LEVEL = 0.95
COUNTS = ("rmse", "gini", "decile_error", "bias", "mae", "spearman", "coverage")
CHANCES = ("auc", "brier", "calibration_error", "bias", "lift")


def row(model: Model, known: Snapshot, whole: Snapshot, horizon: Horizon, wanted: Sequence[str]) -> str:
    """Return a model's scores as a row of the table."""
    began = time.process_time()
    try:
        learned = fitted(model, known, horizon, SEED)
        told = model.predictions(known, learned, LEVEL)
    except NotFitted as cause:
        return f"| `{model.name}` | {cause} |"
    took, people = time.process_time() - began, model.predicts.people(known)
    came = model.predicts.seen(whole, people, known.day, horizon)
    seen = Seen(customer=people, mean=told.mean, inside=(told.low <= came) & (came <= told.high), came=came)
    takes = {one.name: one.take for one in measures(model.predicts.kind)}
    scores = (takes[name]([seen], LEVEL).value for name in wanted)
    cells = ("-" if score is None else f"{score:.3f}" for score in scores)
    return f"| `{model.name}` | {' | '.join(cells)} | {took:.1f} |"


def table(opened: "company.Company", cutoff: date, name: str, days: int | None) -> None:
    """Print the table of one outcome."""
    models = [
        model
        for model in opened.workspace.models.values()
        if model.predicts.name == name and not available(model, opened.records)
    ]
    outcome, whole = models[0].predicts, snapshot_of(opened.records, opened.workspace.features)
    usual = default_horizon(outcome, opened.records)
    horizon, known = Horizon(days or usual.days, usual.lead), whole.before(cutoff)
    began = time.process_time()
    trial = backtest(models, known, horizon, level=LEVEL, seed=SEED)
    print(f"\n{name}, {horizon.days} days from {cutoff}: {len(outcome.people(known)):,} customers; the backtest chose")
    print(f"`{trial.chosen}` ({trial.why}; {trial.tried_on}; {time.process_time() - began:.1f} CPU s)\n")
    wanted = CHANCES if outcome.kind is Kind.PROBABILITY else COUNTS
    print(f"| model | {' | '.join(wanted)} | CPU s |\n|{'---|' * (len(wanted) + 2)}")
    for model in sorted(models, key=lambda model: model.name != trial.chosen):
        print(row(model, known, whole, horizon, wanted))


def main() -> None:
    """Print a table for each outcome that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace")
    parser.add_argument("cutoff", type=date.fromisoformat)
    parser.add_argument("--days", type=int)
    parser.add_argument("--outcome", nargs="+", default=["orders"])
    asked = parser.parse_args()
    with regulars.open(asked.workspace) as opened:
        for name in asked.outcome:
            if name not in outcomes(opened.workspace.models):
                parser.error(f"no outcome is called {name}")
            table(opened, asked.cutoff, name, asked.days)


if __name__ == "__main__":
    main()
