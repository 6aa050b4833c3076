"""What decisions bring on simulated companies whose effects were planted, over rounds of acting, measuring, learning.

    python benchmarks/policy.py [--seeds 20] [--customers 2000] [--rounds 3] [--budget 600]

Each company is drawn with its truth: who is still a customer, how often they buy, what they spend, how likely their
contract ends. True effects of six actions are drawn around the assumed ones, other ones for each segment. Then, every
90 days, with nothing but the records: refresh, backtest, decide under a budget, draw audiences with holdouts, let the
treated do what the planted effect says, refresh, read out, learn.

Beside what the policy chose stand: the oracle, which knows the effects and each customer's hidden parameters; the same
choice with the true effects, which knows of customers what the policy knows; and treating by risk alone: whoever is
most likely to leave gets the best that keeps customers, until the money is spent. All are worth what they bring in
truth: effects and hidden parameters, the formula of `decisions.action.profit`. Prints Markdown tables.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from planted import BEGIN, OUTCOMES, STEP, World, act, hidden, world

from regulars.app import audiences as use
from regulars.app.deciding import Plan, plan
from regulars.app.foretell import foretold, snapshot_of
from regulars.app.learned import learned
from regulars.app.people import state_of
from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError
from regulars.decisions.action import Effect, Gain, profit
from regulars.decisions.policy import Customers, Policy, decide
from regulars.state import audiences
from regulars.state.audit import By


def brings(policy: Policy, effects: Mapping[str, Effect], truth: Customers) -> float:
    """Return what a policy brings in truth."""
    total = 0.0
    for one in policy.actions:
        rows = policy.of(one)
        total += float(profit(one, effects[one.name].means(truth.part[rows]), truth.facing(one, rows)).sum())
    return total


def by_risk(found: Plan, effects: Mapping[str, Effect], truth: Customers, budget: float) -> float:
    """Return what the best that keeps customers brings, given to whoever is most likely to leave, as foretold."""
    keeps = [one for one in found.policy.actions if one.gain is Gain.KEPT]
    spent, total = 0.0, 0.0
    for row in np.argsort(-np.nan_to_num(found.customers.leaving, nan=-1.0)):
        at = np.array([row])
        fits = [one for one in keeps if found.customers.eligible[one.name][row]]
        if not fits or np.isnan(found.customers.leaving[row]):
            continue
        worth = [
            float(profit(one, found.effects[one.name].means(truth.part[at]), found.customers.facing(one, at))[0])
            for one in fits
        ]
        best = fits[int(np.argmax(np.nan_to_num(worth, nan=-np.inf)))]
        cost = best.cost + best.rebate * float(found.customers.clv[row])
        if spent + cost > budget:
            break
        spent += cost
        total += float(profit(best, effects[best.name].means(truth.part[at]), truth.facing(best, at))[0])
    return total


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=600.0)
    asked = parser.parse_args()
    began, rounds, held = time.process_time(), [], []
    for seed in range(asked.first, asked.first + asked.seeds):
        with tempfile.TemporaryDirectory() as folder:
            one = world(Path(folder), seed, asked.customers)
            for at in range(asked.rounds + 1):
                rounds.append((seed, at, *round_of(one, at, asked.budget, held if at == asked.rounds else None)))
                print(rounds[-1], flush=True)
    report(rounds, held)
    print(f"\n{time.process_time() - began:.0f} CPU s")


def round_of(one: World, at: int, budget: float, held: list[tuple[str, str, bool, float]] | None) -> tuple[float, ...]:
    """Decide, act, and return what the policy, the same with true effects, the oracle and risk alone bring."""
    on = BEGIN + timedelta(days=at * STEP)
    one.show(on)
    workspace = Workspace.at(one.folder)
    refresh(workspace)
    with workspace.opened() as opened:
        snapshot = snapshot_of(opened.records, workspace.features)
        for name in OUTCOMES:
            foretold(workspace, opened, name, snapshot=snapshot)
    with workspace.opened() as opened, state_of(workspace) as state:
        known = learned(workspace, opened.records)
        if held is not None:
            held.extend(limits(one, known.effects))
        found = plan(workspace, opened.records, budget=budget, effects=known.effects, busy=known.busy, seed=at)
        truth = hidden(one, found, on)
        actions = found.policy.actions
        told = decide(found.customers, actions, one.effects, budget=budget)
        best = decide(truth, actions, one.effects, budget=budget)
        worth = (brings(each, one.effects, truth) for each in (found.policy, told, best))
        for action in actions:
            try:
                use.keep(
                    state, By(actor="cli:benchmark"), found, action, f"round{at}-{action.name}"[:64].replace("_", "-")
                )
            except QueryError:
                continue
            act(one, action, audiences.of(state, f"round{at}-{action.name}".replace("_", "-")), on)
        return (*worth, by_risk(found, one.effects, truth, budget))


def limits(one: World, effects: Mapping[str, Effect]) -> list[tuple[str, str, bool, float]]:
    """Return for each effect that was measured whether its limits hold the planted one."""
    found = []
    for name, effect in effects.items():
        for part in set(effect.parts) - {""}:
            each, true = effect.of(part), one.effects[name].of(part).mean
            found.append((name, part, abs(each.mean - true) <= 1.96 * each.deviation, each.deviation))
        true = float(one.effects[name].means(np.array(one.treated[name], dtype=object)).mean())
        found.append((name, "all", effect.low <= true <= effect.high, effect.deviation))
    return found


def report(rounds: Sequence[tuple[float, ...]], held: Sequence[tuple[str, str, bool, float]]) -> None:
    """Print both tables."""
    print(
        "\n| round | policy / oracle | with true effects / oracle | policy / with true effects | better than by risk |"
    )
    print("|---|---|---|---|---|")
    for at in sorted({int(row[1]) for row in rounds}):
        mine = np.array([row[2:] for row in rounds if row[1] == at])
        policy, told, best, _risk = mine.sum(axis=0)
        wins = int((mine[:, 0] > mine[:, 3]).sum())
        print(f"| {at} | {policy / best:.3f} | {told / best:.3f} | {policy / told:.3f} | {wins} of {len(mine)} |")
    print("\n| action | effects | held | mean half width |\n|---|---|---|---|")
    for name in [*sorted({row[0] for row in held}), "all"]:
        for kind in ("all", "segments"):
            mine = [row for row in held if name in ("all", row[0]) and (row[1] == "all") == (kind == "all")]
            if mine:
                half = 1.96 * np.mean([row[3] for row in mine])
                print(f"| {name} | {kind} | {sum(row[2] for row in mine)} of {len(mine)} | {half:.3f} |")


if __name__ == "__main__":
    main()
