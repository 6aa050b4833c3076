"""Small workspaces for tests, and what their stores hold."""

from pathlib import Path
from typing import Any

from regulars.core import settings
from regulars.data import engine, ingest, store
from regulars.data.ingest import LoadReport

HEAD = '[company]\nname = "Test"\ncurrency = "EUR"\ntime_zone = "Europe/Amsterdam"\n'
ORDERS = """
[[source]]
name = "orders"
files = ["orders*.csv"]
[source.tables.orders]
order_id = "id"
customer_id = "customer"
ordered_at = "at"
kind = "kind"
amount = "amount"
recorded_at = "known"
[source.tables.customers]
customer_id = "customer"
market = "market"
"""
ORDERS_HEADER = "id,customer,at,kind,amount,known,market\n"
LINES = """
[[source]]
name = "lines"
files = ["lines*.csv"]
[source.tables.orders]
lines = true
order_id = "order"
customer_id = "customer"
ordered_at = "at"
kind = "if(quantity < 0, 'refund', 'sale')"
[source.tables.order_lines]
order_id = "order"
product_id = "product"
quantity = "quantity"
amount = "quantity * price"
"""
LINES_HEADER = "order,customer,at,product,quantity,price\n"


def write(folder: Path, toml: str, **files: str) -> settings.Settings:
    """Write `regulars.toml` and files (`orders_csv` is `orders.csv`), and read the settings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "regulars.toml").write_text(toml, encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("_csv", ".csv")).write_text(text, encoding="utf-8")
    return settings.read(folder / "regulars.toml", files_exist=False)


def load(folder: Path) -> tuple[LoadReport, dict[str, list[tuple[Any, ...]]]]:
    """Load the workspace; return the report and what its tables hold."""
    found = settings.read(folder / "regulars.toml", files_exist=False)
    with store.opened(found, folder) as opened:
        report = ingest.load(opened, found, folder)
        return report, contents(opened)


def contents(opened: store.Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of all canonical tables, sorted, without the numbers of files and lines."""
    return {name: rows(table, drop=("file", "record")) for name, table in opened.tables().items()}


def rows(table: Any, *, drop: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a table, sorted."""
    kept = table.drop(*(name for name in drop if name in table.columns))
    return sorted((tuple(row.values()) for row in engine.run(kept)), key=repr)


def dicts(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of the workspace's working file."""
    found = settings.read(folder / "regulars.toml", files_exist=False)
    with store.opened(found, folder) as opened:
        return list(engine.run(opened.backend.table(name)))
