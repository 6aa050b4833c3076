"""A shop on disk whose customers were asked: orders, of which every third comes late, cases, answers and comments."""

import csv
import shutil
from datetime import date, timedelta

from regulars.cli.main import app, exit_status
from spoken import answers

MARKUP = "It is [bold]broken[/bold] and [/red] late, see ann@example.org"
END = date(2025, 8, 1)
HEAD = """
[company]
name = "Heard"
currency = "EUR"
time_zone = "UTC"
as_of = 2025-08-01
[fixes]
delivery_delay = 1234
"""
TABLES = {
    "customers": "customer_id market",
    "orders": "order_id customer_id ordered_at kind amount channel discount promised_at delivered_at",
    "responses": "response_id customer_id responded_at question score scale_max comment touchpoint order_id",
    "follow_ups": "response_id contacted_at",
    "tickets": "ticket_id customer_id opened_at topic",
    "ticket_events": "ticket_id occurred_at state actor",
    "spend": "spent_on amount purpose",
}
CONTRACTS = {"subscriptions": "subscription_id customer_id started_at ended_at monthly_amount"}


def before(days):
    return END - timedelta(days=days)


def rows():
    """Return rows of each table: what the texts of `spoken` say, and of orders that come late for every third."""
    found = {name: [] for name in TABLES}
    for n in range(300):
        who, day, late = f"c{n:03}", 400 - n, n % 3 == 0
        found["customers"].append((who, "NL" if n % 2 else "DE"))
        delivered = before(day - (6 if late else 2))
        found["orders"].append(
            (f"o{n}", who, before(day), "sale", 20 + n % 9, "web", n % 4, before(day - 3), delivered)
        )
        if not late or n % 2:
            found["orders"].append((f"p{n}", who, before(day - 20), "sale", 30 + n % 11, "app", 0, "", ""))
        comment = MARKUP if n % 50 == 0 else ""
        about = (before(day - 9), "nps", (2 if late else 9) - n % 2, 10, comment, "transactional", f"o{n}")
        found["responses"].append((f"t{n}", who, *about))
        if n % 4 == 0:
            found["tickets"].append((f"k{n}", who, before(day - 5), ("size", "[i]post[/i]")[n % 8 == 0]))
            found["ticket_events"].append((f"k{n}", before(day - 6), "pending", "agent"))
            found["ticket_events"].append((f"k{n}", before(day - 7), "solved", "agent"))
    for n, row in enumerate(answers()):
        said = before(390 - n), "nps", row["score"], 10, row["comment"], "relational", ""
        found["responses"].append((f"r{n}", f"c{n % 300:03}", *said))
    found["responses"].append(("last", "c299", before(3), "nps", 1, 10, MARKUP, "relational", ""))
    found["follow_ups"] = [("t291", before(90))]
    found["spend"] = [(before(day), 50, "service") for day in range(30, 360, 30)]
    return found


def contracts():
    """Return rows of `subscriptions`: every fourth customer has a contract, every third of them gave it up."""
    return [
        (f"s{n}", f"c{n:03}", before(300 - n), before(n % 90) if n % 12 == 0 else "", 9 + n % 5)
        for n in range(0, 300, 4)
    ]


#: Copies of shops as they were loaded in this process, by what they hold.
_LOADED = {}


def workspace(folder, tables):
    """Write records and settings, and load them; where the same were loaded before, that is copied."""
    held = repr(tables)
    if held in _LOADED:
        return shutil.copytree(_LOADED[held], folder, dirs_exist_ok=True)
    toml = [HEAD]
    for name, kept in tables.items():
        columns = (TABLES | CONTRACTS)[name].split()
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *kept])
        toml += ["[[source]]", f'name = "{name}"', f'files = ["{name}*.csv"]', f"[source.tables.{name}]"]
        toml += [f'{column} = "{column}"' for column in columns]
    (folder / "regulars.toml").write_text("\n".join(toml) + "\n", encoding="utf-8")
    loaded(folder)
    _LOADED[held] = shutil.copytree(folder, folder.with_name(f"{folder.name}-as-loaded"))
    return folder


def loaded(folder):
    assert exit_status(lambda **_: app(["run", "-q", "-C", str(folder)], standalone_mode=False)) == 0
