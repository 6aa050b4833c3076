"""`regulars cohorts`, `segments` and `customer`."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from regulars.app.customer import CustomerPage
from regulars.cli import terminal
from regulars.cli.terminal import Fitted
from regulars.core.money import UNITS
from regulars.decisions.rfm import SEGMENTS
from regulars.decisions.segment import Migration, Segmentation, StateRow
from regulars.kpis.cohorts import CohortRow, CohortTable
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.grouped import customer_flat, customer_record, moves, segment_records, state_records
from regulars.views.one_customer import how_much


def cohorts(
    name: str,
    directory: Path,
    *,
    grain: str,
    start: str | None,
    end: str | None,
    output_format: str,
    output: Path | None,
) -> None:
    """Show a cohort table, or list them where no name is given."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        if not name:
            listed = [{"name": one.name, "question": one.question} for one in company.workspace.cohorts.values()]
            terminal.show(lambda: listed, lambda: _listed(listed), output_format, output)
            return
        table = company.cohorts(name, grain=grain, start=start, end=end)
    drawn = partial(triangle, table.table, company.currency)
    terminal.show(table.records, drawn, output_format, output, flat=table.flat)


def _listed(listed: list[dict[str, Any]]) -> Fitted:
    table = Table("Cohort table", "Question", box=None, pad_edge=False)
    for one in listed:
        table.add_row(one["name"], one["question"])
    return Fitted(table, wraps=("Question",))


def triangle(found: CohortTable, currency: str) -> Fitted:
    """Draw a cohort table."""
    ages = found.reached
    groups = list(found.rows[0].group) if found.rows else []
    table = Table("Cohort", *groups, "Size", *(str(age) for age in range(ages)), box=None, pad_edge=False)
    table.title, table.title_justify = found.cohort.question, "left"
    table.caption = f"{found.cohort.caveat} Columns: age in {found.grain}s. Blank: not over yet. {found.why_not}"
    table.caption_justify = "left"
    for row in (*found.rows, *found.pooled):
        table.add_row(*_cells(row, found, currency), style="bold" if row.cohort is None else "")
    return Fitted(table, drops=[str(age) for age in reversed(range(1, ages))])


def _cells(row: CohortRow, found: CohortTable, currency: str) -> list[str]:
    written = [words.value(cell.interval.value, found.cohort.shows, currency) for cell in row.cells]
    blank = ["" if cell.interval.why_not else text for cell, text in zip(row.cells, written, strict=True)]
    known = blank[: found.reached]
    start = "pooled" if row.cohort is None else f"{row.cohort.start}"
    return [start, *map(words.group, row.group.values()), f"{row.size:,}", *known]


def segments(directory: Path, *, migration: bool, lifecycle: bool, output_format: str, output: Path | None) -> None:
    """Show segments or states, or who moved between them."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        if migration:
            moved = company.migration(states=lifecycle)
            terminal.show(lambda: moves(moved), lambda: _moved(moved), output_format, output)
        elif lifecycle:
            states = company.lifecycle()
            terminal.show(lambda: state_records(states), lambda: _states(states), output_format, output)
        else:
            found = company.segments()
            records = partial(segment_records, found, company.currency)
            terminal.show(records, lambda: segments_table(found, company.currency), output_format, output)


def segments_table(found: Segmentation, currency: str) -> Fitted:
    """Draw RFM segments with their cut points."""
    heads = ("Segment", "Customers", "", "Share", "95 % interval", "Of value", "Average value", "Meaning")
    table = Table(*heads, box=None, pad_edge=False)
    table.title, table.title_justify = f"RFM segments of {found.customers:,} customers on {found.on}", "left"
    cuts = found.cuts
    value = [words.value(cut / UNITS, Shows.MONEY, currency) for cut in cuts.value]
    table.caption = (
        f"Cut points, frozen on {cuts.on}: recency {', '.join(map(str, cuts.recency))} days; "
        f"frequency {', '.join(map(str, cuts.frequency))} order days; value {', '.join(value)}."
    )
    table.caption_justify = "left"
    for row in found.rows:
        share = row.share.interval
        table.add_row(
            row.segment.title,
            f"{row.customers:,}",
            terminal.bar(share.value or 0.0),
            words.value(share.value, Shows.SHARE, currency),
            words.interval(share, Shows.SHARE, currency),
            words.value(row.value_share.interval.value, Shows.SHARE, currency),
            words.value(row.average_value.interval.value, Shows.MONEY, currency),
            row.segment.meaning,
        )
    return Fitted(table, wraps=("Meaning",), folds=("95 % interval",), drops=("", "Meaning"))


def _states(found: Sequence[StateRow]) -> Table:
    table = Table("State", "Customers", "", "Share", "95 % interval", box=None)
    for row in found:
        share = row.share.interval
        written = words.value(share.value, Shows.SHARE, "")
        bar = terminal.bar(share.value or 0.0)
        table.add_row(str(row.state), f"{row.customers:,}", bar, written, words.interval(share, Shows.SHARE, ""))
    return table


def _moved(found: Migration) -> Fitted:
    heads = [_title(name).replace(" ", "\n") for name in found.columns]
    table = Table(f"From {found.before}", "Customers", *heads, box=None, pad_edge=False)
    table.title, table.title_justify = f"Where they are on {found.after}, share of each row", "left"
    for row in found.rows:
        shares = [words.value(share.interval.value, Shows.SHARE, "") for share in row.shares]
        cells = [share if count else "" for share, count in zip(shares, row.counts, strict=True)]
        table.add_row(_title(row.name), f"{row.customers:,}", *cells)
    return Fitted(table)


def _title(name: str) -> str:
    """Return what a segment is called; states and edges of the table are called by their names."""
    return next((one.title for one in SEGMENTS if one.name == name), name.replace("_", " ").capitalize())


def customer(customer_id: str, directory: Path, output_format: str) -> None:
    """Show one customer's page."""
    terminal.chosen(output_format)
    with terminal.company(directory) as opened:
        page = opened.customer(customer_id)
    drawn = partial(_page, page, opened.currency)
    terminal.show(lambda: [customer_record(page)], drawn, output_format, flat=lambda: [customer_flat(page)])


def _page(page: CustomerPage, currency: str) -> Table:
    table = Table(box=None, show_header=False, title=f"Customer {page.customer_id}", title_justify="left")
    for name, value in _lines(page, currency):
        table.add_row(name, value)
    for happening in page.happenings:
        amount = how_much(happening, currency)
        table.add_row(str(happening.on), " ".join(part for part in (happening.kind, happening.what, amount) if part))
    return table


def _lines(page: CustomerPage, currency: str) -> Iterator[tuple[str, str]]:
    yield "ids", ", ".join(page.ids)
    for name, value in page.attributes.items():
        if value is not None:
            yield name, str(value)
    standing = page.standing
    if standing.segment is not None:
        yield "segment", f"{standing.segment.title}: {standing.segment.meaning}"
    if standing.state is not None:
        yield "state", str(standing.state)
    bought = page.purchases
    if bought is not None and bought.first_on is not None:
        yield "orders", f"{bought.orders} from {bought.first_on} to {bought.last_on}; {bought.refunds} refunds"
        yield "net revenue", words.value(float(bought.net_revenue), Shows.MONEY, currency)
        if bought.typical_gap is not None:
            yield "orders every", f"{bought.typical_gap:g} days; silent for {bought.open_gap}"
    if page.subscription is not None:
        monthly = words.value(float(page.subscription.monthly), Shows.MONEY, currency)
        yield "contract", f"{page.subscription.status}, {monthly} a month, since {page.subscription.since}"
    if page.activity is not None:
        yield "activity", f"{page.activity.active_days} active days and {page.activity.events} events in 28 days"
