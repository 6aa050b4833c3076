"""One customer: who, what is to be expected, what happened."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from regulars.app.customer import CustomerPage, Happening, customer
from regulars.app.foretell import Foretold
from regulars.core.periods import day_number
from regulars.core.wording import counted
from regulars.data import engine
from regulars.decisions.rfm import Cuts, cut_points
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import (
    Block,
    Cell,
    Chart,
    ChartKind,
    Figure,
    Grid,
    Head,
    Heading,
    Mark,
    Notice,
    Personal,
    Series,
)
from regulars.views.predicted import SHOWS, reasons
from regulars.views.stakes import UNTOLD, Predictions, scores, told
from regulars.views.view import Ask

#: What is foretold of a customer, in the order in which it is told.
OUTCOMES = ("lapse", "contract_end", "value", "contract_value", "orders")
#: Happenings that a picture and a list show.
HAPPENINGS = 500
LISTED = 50
#: Lanes of the picture: what happened, and what it is called.
_LANES = (
    ("order", "Orders"),
    ("refund", "Refunds"),
    ("contract_start", "Contract begins"),
    ("contract_end", "Contract ends"),
    ("event", "Events"),
    ("ticket", "Service cases"),
    ("response", "Answers"),
    ("touch", "Campaigns"),
)
_SAID = dict(_LANES)


def one_customer(ask: Ask) -> Iterator[Block]:
    """Yield everything that is known of the customer that the page is about.

    Raises:
        UnknownName: nobody has that id.
    """
    if ask.opened is None or "people" not in ask.records.tables:
        yield Notice(text="Customers are known once there are `orders`, `responses` or `tickets`.")
        return
    cuts = ask.once("cuts", lambda: _cuts(ask))
    page = customer(ask.records, ask.about, cuts=cuts, most=HAPPENINGS)
    yield _who(page, ask.currency)
    yield from _expected(ask, page)
    yield from _happened(page, ask.currency)


def _cuts(ask: Ask) -> Cuts | None:
    return cut_points(ask.records) if "orders" in ask.records.covered else None


def _who(page: CustomerPage, currency: str) -> Grid:
    rows: list[tuple[Cell, ...]] = [("Customer", Personal(text=page.customer_id))]
    if len(page.ids) > 1:
        rows.append(("Also known as", Personal(text=", ".join(one for one in page.ids if one != page.customer_id))))
    rows += [(words.title(name), str(value)) for name, value in page.attributes.items() if value is not None]
    standing = page.standing
    if standing.segment and standing.scores:
        scores_ = "R{} F{} M{}".format(*standing.scores)
        rows.append(("RFM segment", f"{standing.segment.title} ({scores_}): {standing.segment.meaning}"))
    if standing.state:
        rows.append(("State", f"{standing.state}: {standing.state.meaning}"))
    rows += [("Customer since", _day(page.entered_on or page.signed_on))]
    if bought := page.purchases:
        rows.append(("Orders", f"{counted(bought.orders, 'order')}, {_day(bought.first_on)} to {_day(bought.last_on)}"))
        rows.append(
            (
                "Net revenue",
                f"{_money(bought.net_revenue, currency)}, of it refunded {_money(bought.refunded, currency)}",
            )
        )
        rows.append(("Days since the last order", _gap(bought.open_gap, bought.typical_gap)))
    if page.subscription:
        monthly = _money(page.subscription.monthly, currency)
        rows.append(
            ("Contract", f"{page.subscription.status}, {monthly} a month, since {_day(page.subscription.since)}")
        )
    if page.activity:
        rows.append(
            ("Active days of the last 28", f"{page.activity.active_days} ({counted(page.activity.events, 'event')})")
        )
    return Grid(
        name="customer",
        title="Who",
        heads=(Head(name="part", title=""), Head(name="said", title="")),
        rows=tuple(rows),
        customers=True,
        caption="As the records say it: the customer's own rows, no estimates.",
    )


def _day(day: date | None) -> str:
    return "unknown" if day is None else str(day)


def _money(amount: Decimal, currency: str) -> str:
    return words.value(float(amount), Shows.MONEY, currency)


def _gap(gap: int | None, typical: float | None) -> str:
    if gap is None:
        return "never ordered"
    usual = "too few orders to say what is usual" if typical is None else f"usually {typical:g}"
    return f"{gap} ({usual})"


def _expected(ask: Ask, page: CustomerPage) -> Iterator[Block]:
    """Yield what is foretold of the customer, with what goes along with it and how well such goes."""
    every = [found for name in OUTCOMES if (found := ask.once(f"told {name}", partial(told, ask, name)))]
    if not every:
        yield Notice(text=UNTOLD)
        return
    number = _number(ask, page.customer_id)
    concerned = [(found, row) for found in every if (row := _foretold(ask, found, number))]
    yield Heading(text="What is to be expected")
    if not concerned:
        yield Notice(text="Nothing is foretold of this customer: it concerns them no more, or not yet.")
        return
    yield Grid(
        name="expected",
        title="Foretold of this customer",
        heads=(
            Head(name="outcome", title="What"),
            Head(name="period", title="Days"),
            Head(name="expected", title="Expected"),
            Head(name="reasons", title="What goes along with it"),
        ),
        rows=tuple(row for _, row in concerned),
        customers=True,
        caption="Limits are of this one customer. What goes along with it is no cause of it.",
    )
    yield scores(tuple(found for found, _ in concerned))


def _number(ask: Ask, customer_id: str) -> int:
    return int(engine.look_up(ask.records.tables["people"], "customer_id", customer_id)[0]["customer"])


def _foretold(ask: Ask, found: Foretold, number: int) -> tuple[Cell, ...] | None:
    customers = found.column("customer")
    at = int(np.searchsorted(customers, number))
    if at >= len(customers) or customers[at] != number:
        return None
    row = found.table.slice(at, 1)
    mean, low, high = (float(row[name][0].as_py()) for name in ("mean", "low", "high"))
    expected = Figure(estimate=Predictions(found).estimate(mean, low, high), shows=SHOWS[found.outcome.kind])
    why = ""
    if "reason_1" in row.column_names and ask.workspace is not None:
        columns: dict[str, Any] = {name: row[name].to_numpy() for name in row.column_names}
        said = {feature.name: feature.said for feature in ask.workspace.features}
        why = "; ".join(reasons(columns, 0, found.said.columns, said)[:3])
    return (words.title(found.outcome.said), f"{found.period.start} to {found.period.end}", expected, why)


def _happened(page: CustomerPage, currency: str) -> Iterator[Block]:
    yield Heading(text="What happened")
    if not page.happenings:
        yield Notice(text="Nothing is on record.")
        return
    lanes = []
    for kind, title in _LANES:
        own = [one for one in reversed(page.happenings) if one.kind == kind]
        if own:
            marks = tuple(Mark(label=str(one.on), x=day_number(one.on), count=one.count) for one in own)
            lanes.append(Series(name=title, marks=marks))
    newest = page.happenings[0]
    yield Chart(
        name="happenings",
        title="What happened when",
        kind=ChartKind.LANES,
        says=f"{counted(len(page.happenings), 'happening')}, the latest on {newest.on}: {_SAID[newest.kind].lower()}.",
        shows=Shows.COUNT,
        series=tuple(lanes),
    )
    listed = page.happenings[:LISTED]
    yield Grid(
        name="list",
        title=f"The latest {counted(len(listed), 'happening')}, the newest first",
        heads=(
            Head(name="on", title="On"),
            Head(name="kind", title="What"),
            Head(name="what", title="Which"),
            Head(name="count", title="Times"),
            Head(name="amount", title="How much"),
        ),
        rows=tuple((str(one.on), _SAID[one.kind], one.what, one.count, how_much(one, currency)) for one in listed),
        customers=True,
    )


def how_much(one: Happening, currency: str) -> str:
    """Return what a happening's amount says: money, by the month of a contract's; a response's is a score."""
    if one.amount is None:
        return ""
    if one.kind == "response":
        return f"score {float(one.amount):g}"
    return _money(one.amount, currency) + (" a month" if one.kind.startswith("contract") else "")
