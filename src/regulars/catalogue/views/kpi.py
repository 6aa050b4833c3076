"""One KPI: what it means, how it moved, and where it differs."""

from collections.abc import Iterator

from regulars.app import measure
from regulars.core.errors import QueryError
from regulars.kpis.kpi import KPI
from regulars.kpis.query import available
from regulars.views import pictured, words
from regulars.views.blocks import Answers, Block, Card, Cards, Grid, Head, Heading, Link, Notice
from regulars.views.explained import blocks as why
from regulars.views.explained import explained
from regulars.views.fan import foreseen
from regulars.views.formulas import formula_said
from regulars.views.view import Ask, View

#: Attributes that a KPI is split by where none is asked for, as far as there are any.
SPLITS = ("market", "segment", "acquisition_channel")


def _blocks(ask: Ask) -> Iterator[Block]:
    kpi = ask.kpis[ask.about]
    found = ask.cards(kpi.name)
    yield found
    if isinstance(found, Cards):
        (card,) = found.cards
        if len(card.course) > 1:
            yield pictured.course(card, ask.currency)
        yield from _why(ask, kpi, card)
        yield from foreseen(ask, kpi)
        for by in ask.by or tuple(name for name in SPLITS if name in ask.records.attributes):
            yield from _split(ask, kpi, by)
        yield Heading(text="Period by period")
        yield Answers(rows=card.course)
    yield _definition(kpi, ask)


def _why(ask: Ask, kpi: KPI, card: Card) -> Iterator[Block]:
    """Yield why it moved from the period before the one that is shown large."""
    if ask.opened is None or ask.workspace is None or card.latest.estimate.interval.value is None:
        return
    period = card.latest.estimate.period
    if ask.course == measure.ALL and ask.focus is None and ask.start is None:
        return
    yield Heading(text="Why it moved")
    try:
        found = explained(
            kpi.name, ask.workspace, ask.opened, start=period.start, end=period.end, where=ask.where or None
        )
    except QueryError as cannot:
        yield Notice(text=f"Not shown: {cannot}")
        return
    yield from why(found.found)


def _split(ask: Ask, kpi: KPI, by: str) -> Iterator[Block]:
    found = ask.answers(kpi.name, by=(by,), grain=None)
    if isinstance(found, Notice) or len(found.rows) < 2:
        return
    yield Heading(text=f"By {by.replace('_', ' ')}")
    yield pictured.groups(found.rows, by, ask.currency)
    yield found


def _definition(kpi: KPI, ask: Ask) -> Grid:
    needs = available(kpi, ask.records)
    rows = (
        ("Question", kpi.question),
        ("Rows", f"{kpi.frame.name.replace('_', ' ')}, one unit is a {kpi.frame.unit}"),
        ("Formula", formula_said(kpi.formula)),
        ("Better", {"neither": "neither higher nor lower"}.get(str(kpi.better), str(kpi.better))),
        ("When not to trust it", kpi.caveat),
        ("Source", kpi.source),
        ("Version", kpi.versioned(ask.records.definitions)),
        ("Family and owner", f"{kpi.family.name}, {kpi.family.owner}"),
        ("Can be answered", "yes" if not needs else f"no: {needs}"),
        ("Customers behind it", Link(text="Show them", page="behind", about=kpi.name)),
    )
    return Grid(
        name="definition",
        title=f"What {words.title(kpi.name)} means",
        heads=(Head(name="part", title=""), Head(name="said", title="")),
        rows=rows,
    )


kpi = View(
    name="kpi",
    title="KPI",
    question="What does this KPI say, how did it move, and where does it differ?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("period", "by", "where"),
    under="kpis",
    about="kpi",
)
