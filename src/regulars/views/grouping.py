"""Segments, states of the lifecycle and markets, and who moved between them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate
from regulars.core.periods import Period
from regulars.decisions import segment
from regulars.decisions.rfm import SEGMENTS
from regulars.decisions.segment import Migration
from regulars.kpis.answer import Row
from regulars.kpis.kpi import Shows
from regulars.views import pictured, words
from regulars.views.blocks import Block, Chart, ChartKind, Grid, Head, Heading, Link, Mark, Notice, Series
from regulars.views.view import Ask

#: KPIs by which markets are compared, as far as they can be answered.
COMPARED = (
    "net_revenue",
    "revenue_per_customer",
    "repeat_purchase_rate",
    "customer_retention_rate",
    "logo_churn_rate",
    "nps",
    "csat",
)
_TITLES = {one.name: one.title for one in SEGMENTS} | {"new_since": "New since", "gone": "In none"}


def moves(ask: Ask) -> Iterator[Block]:
    """Yield who moved between RFM segments in the last 90 days."""
    try:
        yield _matrix(segment.segment_migration(ask.records), "segments")
    except QueryError as lacking:
        yield Notice(text=f"Who moved between segments is not shown. {lacking}")


def states(ask: Ask) -> Iterator[Block]:
    """Yield how many customers are in each state of the lifecycle, and who moved."""
    try:
        found = segment.lifecycle(ask.records)
    except QueryError as lacking:
        yield Notice(text=f"States of the lifecycle are not shown. {lacking}")
        return
    yield Chart(
        name="lifecycle",
        title="Customers by state of the lifecycle",
        kind=ChartKind.BARS,
        says="; ".join(f"{row.state}: {row.customers:,}" for row in found) + ".",
        shows=Shows.SHARE,
        series=(Series(marks=tuple(Mark(label=str(row.state), estimate=row.share) for row in found)),),
    )
    yield Grid(
        name="states",
        title="What the states mean",
        heads=(
            Head(name="state", title="State"),
            Head(name="customers", title="Customers"),
            Head(name="share", title="Of all", shows=Shows.SHARE),
            Head(name="meaning", title="Who they are", minor=True),
        ),
        rows=tuple(
            (
                Link(text=str(row.state), page="customers", asked={"state": str(row.state)}),
                row.customers,
                row.share,
                row.state.meaning,
            )
            for row in found
        ),
    )
    yield _matrix(segment.lifecycle_migration(ask.records), "states")


def _matrix(found: Migration, what: str) -> Grid:
    heads = [Head(name="before", title=f"On {found.before}"), Head(name="customers", title="Customers")]
    heads += [Head(name=str(name), title=_title(name), shows=Shows.SHARE) for name in found.columns]
    return Grid(
        name=f"moves_{what}",
        title=f"Who moved between {what}: shares of each row by where they were on {found.after}",
        heads=tuple(heads),
        rows=tuple((_title(row.name), row.customers, *row.shares) for row in found.rows if row.customers),
        caption=f"{Period(found.before, found.after).days} days. Cut at the same points on both days.",
    )


def _title(name: str) -> str:
    return _TITLES.get(name, words.title(name))


def markets(ask: Ask) -> Iterator[Block]:
    """Yield how groups of customers compare, by the attributes asked for or by those that companies look at most."""
    known = ask.available(*COMPARED)
    usual = [name for name in ("market", "segment", "acquisition_channel") if name in ask.records.attributes]
    for by in (ask.by or usual) if known else ():
        yield Heading(text=f"By {by.replace('_', ' ')}")
        table = ask.answers(*known, by=(by,), grain=None)
        if isinstance(table, Notice):
            yield table
            continue
        rows = {name: [row for row in table.rows if row.kpi.name == name] for name in known}
        for own in rows.values():
            if len(own) > 1:
                yield pictured.groups(own, by, ask.currency)
        yield _side_by_side(rows, by)


def _side_by_side(rows: Mapping[str, Sequence[Row]], by: str) -> Grid:
    """Return groups below each other, those with most customers first, with their KPIs beside each other."""
    cells: dict[Any, dict[str, Estimate]] = {}
    for name, own in rows.items():
        for row in own:
            cells.setdefault(row.group[by], {})[name] = row.estimate
    most = {group: max(one.interval.n for one in found.values()) for group, found in cells.items()}
    ordered = sorted(cells, key=lambda group: (-most[group], str(group)))
    heads = [Head(name=name, title=words.title(name), shows=own[0].kpi.shows) for name, own in rows.items() if own]
    return Grid(
        name=f"by_{by}",
        title=f"KPIs by {by.replace('_', ' ')}",
        heads=(Head(name=by, title=words.title(by)), *heads),
        rows=tuple(
            (
                Link(text=words.group(group), page="customers", asked={"attribute": f"{by}={group or ''}"}),
                *(cells[group].get(head.name) for head in heads),
            )
            for group in ordered
        ),
    )
