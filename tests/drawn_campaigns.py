"""A shop on disk with campaigns: one drawn by chance and spoilt here and there, one that somebody chose, one dear."""

import csv
from datetime import date, timedelta

import numpy as np

import heard_shop
from regulars.decisions.holdout import held_out

BEGAN, END = date(2025, 3, 1), date(2025, 6, 1)
COLUMNS = {
    "customers": "customer_id market",
    "orders": "order_id customer_id ordered_at kind amount cost",
    "campaigns": "campaign_id name started_at ended_at cost_per_contact randomised",
    "touches": "campaign_id customer_id arm assigned_at delivered_at",
}
#: Held out and reached, treated and never reached, of `spring`.
REACHED, UNREACHED = 12, 7
HEAD = f'[company]\nname = "Drawn"\ncurrency = "EUR"\ntime_zone = "UTC"\nas_of = {END}\n'


def shop(folder, *, costs=True, customers=750):
    """Load the shop; who is treated in `spring` orders twice as often and brings 5 more, in `dear` as all others."""
    rng = np.random.default_rng(11)
    ids = [f"c{n:03}" for n in range(customers)]
    held = held_out("spring", ids, 0.3)
    rows = {name: [] for name in COLUMNS}
    rows["customers"] = [(who, "NL" if n % 2 else "DE") for n, who in enumerate(ids)]
    for n, (who, out) in enumerate(zip(ids, held, strict=True)):
        rows["orders"].append((f"a{n}", who, BEGAN - timedelta(days=40), "sale", 20 + n % 30, 10))
        if rng.random() < (0.25 if out else 0.5):
            day = BEGAN + timedelta(days=int(rng.integers(0, 28)))
            rows["orders"].append((f"b{n}", who, day, "sale", 30 + n % 20, 10))
        for later in (28, 56):
            if rng.random() < 0.3:
                day = BEGAN + timedelta(days=later + n % 28)
                rows["orders"].append((f"d{later}-{n}", who, day, "sale", 30 + n % 20, 10))
    ended = BEGAN + timedelta(days=27)
    rows["campaigns"] = [
        ("spring", "Spring offer", BEGAN, ended, 0.5, "true"),
        ("dear", "Dear offer", BEGAN + timedelta(days=28), ended + timedelta(days=28), 25, "true"),
        ("untold", "Untold offer", BEGAN + timedelta(days=56), ended + timedelta(days=56), "", "true"),
        ("mailing", "Mailing", BEGAN + timedelta(days=3), ended, 0.1, "false"),
    ]
    seen = {False: 0, True: 0}
    for n, (who, out) in enumerate(zip(ids, held, strict=True)):
        reached = (seen[True] < REACHED) if out else (seen[False] >= UNREACHED)
        seen[bool(out)] += 1
        arm, at = "holdout" if out else "offer", BEGAN + timedelta(days=1)
        rows["touches"].append(("spring", who, arm, BEGAN, at if reached else ""))
        for later, name in ((28, "dear"), (56, "untold")):
            day = BEGAN + timedelta(days=later)
            rows["touches"].append((name, who, "offer" if n % 2 else "holdout", day, day if n % 2 else ""))
        if n % 10 < (1 if out else 6):
            rows["touches"].append(("mailing", who, "mail", BEGAN + timedelta(days=3), BEGAN + timedelta(days=3)))
    toml = [HEAD]
    for name, columns in COLUMNS.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns.split(), *rows[name]])
        toml += ["[[source]]", f'name = "{name}"', f'files = ["{name}*.csv"]', f"[source.tables.{name}]"]
        toml += [f'{one} = "{one}"' for one in columns.split() if costs or one != "cost"]
    (folder / "regulars.toml").write_text("\n".join(toml) + "\n", encoding="utf-8")
    heard_shop.loaded(folder)
    return folder
