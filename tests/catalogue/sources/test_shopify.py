"""Shopify's export of orders: recognised by its header, order by order, whatever stands in further rows."""

import csv
from pathlib import Path

import pytest

import regulars
from regulars.cli.main import app, exit_status

HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Country,Shipping Country,Cancelled at,Payment Method,"
    "Refunded Amount,Vendor,Id,Tags,Risk Level,Source,Lineitem discount"
).split(",")


def first(name: str, email: str, status: str, subtotal: str, item: str, **rest: str) -> dict[str, str]:
    paid = {"Financial Status": status, "Currency": "USD", "Subtotal": subtotal, "Discount Amount": "0.00"}
    more = {"Refunded Amount": "0.00", "Source": "web", "Billing Country": "US", "Taxes": "1.00", "Shipping": "5.00"}
    return {**line(name, item), "Email": email, **paid, **more, "Created at": "2024-03-01 23:30:00 -0500", **rest}


def line(name: str, item: str) -> dict[str, str]:
    """Return a further row of an order, as it is written where only the line item is told."""
    quantity, price = item.split("x")
    told = {"Lineitem quantity": quantity, "Lineitem price": price, "Lineitem name": "Mug", "Lineitem discount": "0.00"}
    return {"Name": name, **told, "Lineitem sku": "M-1"}


ROWS = [
    # Two lines of 20, with 10 off the order: 30 net.
    first("#1001", "ann@example.com", "paid", "30.00", "1x20.00", **{"Discount Amount": "10.00"}),
    line("#1001", "1x20.00"),
    # Given back in full, with shipping and tax.
    first("#1002", "bob@example.com", "refunded", "15.00", "1x15.00", **{"Refunded Amount": "21.00"}),
    # Given back in part.
    first("#1003", "bob@example.com", "partially_refunded", "50.00", "5x10.00", **{"Refunded Amount": "10.00"}),
    # Never came about.
    first("#1004", "cee@example.com", "voided", "99.00", "1x99.00"),
    # Without e-mail: at the till.
    first("#1005", "", "paid", "7.00", "1x7.00", **{"Source": "pos", "Lineitem sku": ""}),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    with (folder / "orders_export_1.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="")
        writer.writeheader()
        writer.writerows(ROWS)
    for words in (["init", str(folder / "orders_export_1.csv"), "--yes"], ["run", "-q"]):
        assert exit_status(lambda words=words, **_: app([*words, "-C", str(folder)], standalone_mode=False)) == 0
    return folder


def test_it_is_recognised(shop: Path) -> None:
    assert "# An export of Shopify orders" in (shop / "regulars.toml").read_text()


def test_orders_are_worth_their_subtotal_less_what_was_given_back(shop: Path) -> None:
    with regulars.open(shop) as company:
        rows = company.kpi(["net_revenue", "average_order_value", "items_per_order"], grain=None)
        values = {row.kpi.name: row.estimate.interval.value for row in rows}
        ann = company.customer("ann@example.com")
        lost = company.quarantine()
    assert values["net_revenue"] == 30 + (15 - 15) + (50 - 10) + 7
    assert values["average_order_value"] == (30 + 15 + 50 + 7) / 4
    assert values["items_per_order"] == (2 + 1 + 5 + 1) / 4
    assert ann.purchases.orders == 1
    assert str(ann.purchases.first_on) == "2024-03-01"  # 23:30 in the shop, the next day in UTC
    assert lost == []
