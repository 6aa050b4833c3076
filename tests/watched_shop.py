"""A shop whose days are alike but for noise, to be watched by alerts."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

import workspaces
from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace

FIRST = date(2024, 1, 1)
RULES = """
[channels.sales]
url_env = "SALES_CHANNEL"
[alerts.dutch]
kpi = "net_revenue"
where = "market = 'NL'"
when = "below 100"
worth = 10
to = ["sales"]
[alerts.returns]
off = true
[alerts.weekly_revenue]
off = true
[alerts.newcomers]
off = true
[alerts.slow_answers]
off = true
"""


def write(folder: Path, days: int, *, fall: int = 0, without: tuple[int, ...] = (), toml: str = RULES) -> Workspace:
    """Write and load so many days of orders, the last `fall` of which bring half, some `without` any."""
    rng = np.random.default_rng(1)
    lines = []
    for day in range(days):
        n = int(rng.integers(11, 15))
        if day in without:
            continue
        for place in range(n):
            amount = 20.0 * (0.5 if day >= days - fall else 1.0) * (1 + (place % 3 - 1) / 10)
            when = FIRST + timedelta(days=day)
            market = "NL" if place % 2 else "DE"
            who = f"{market}{(day * 7 + place) % 90}"
            lines.append(f"{day}-{place},{who},{when}T12:00:00,sale,{amount:.2f},,{market}")
    text = workspaces.HEAD + workspaces.ORDERS.replace('recorded_at = "known"\n', "") + toml
    workspaces.write(folder, text, orders_csv=workspaces.ORDERS_HEADER + "\n".join(lines) + "\n")
    found = Workspace.at(folder)
    refresh(found)
    return found
