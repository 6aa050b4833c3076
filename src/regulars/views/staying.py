"""How long customers stay: curves, medians, what goes along with leaving."""

from collections.abc import Iterator

from regulars.app.survival import Of, Stay, Survived, compared, survived
from regulars.core.errors import QueryError, RegularsError, UnknownName
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Chart, ChartKind, Grid, Head, Mark, Notice, Series
from regulars.views.survived import ASSOCIATION, Hazards, Stays
from regulars.views.view import Ask

#: Curves that are told apart in one picture.
_CURVES = 4


def check_split(ask: Ask) -> None:
    """Refuse to split by what is no attribute of customers.

    Raises:
        UnknownName: it is none.
    """
    for name in ask.by if "people" in ask.records.tables else ():
        if name not in ask.records.attributes:
            raise UnknownName("attribute", name, ask.records.attributes)


def curves(ask: Ask, of: Of) -> Iterator[Block]:
    """Yield how long customers stay, of all or by the attributes asked for; nothing where no records tell it."""
    if of.table not in ask.records.covered:
        return
    try:
        found = survived(ask.records, of=of.value, by=ask.by, findings=ask.findings)
    except RegularsError as lacking:
        yield Notice(text=f"How long customers stay by {', '.join(ask.by)} is not shown. {lacking}")
        return
    yield _curve(found)
    yield _medians(found)


def _named(stay: Stay) -> str:
    return ", ".join(words.group(value) for value in stay.group.values())


def _curve(found: Survived) -> Chart:
    series = tuple(
        Series(
            name=_named(stay),
            marks=tuple(
                Mark(label=f"{point.months} months", x=point.days, estimate=point.stays) for point in stay.points
            ),
        )
        for stay in found.stays[:_CURVES]
    )
    who = "under contract" if found.asked.of is Of.CONTRACTS else "as buyers"
    median = found.stays[0].median.interval
    half = median.why_not or (
        f"half are gone after {words.value(median.value, Shows.DAYS, '')} ({words.interval(median, Shows.DAYS, '')})"
    )
    told = f"log-rank p {found.test.p_value:.2g}" if found.test else found.why_not
    return Chart(
        name=f"stays_{found.asked.of}",
        title=f"Share of customers that stay {who}, by days since they came",
        kind=ChartKind.STEPS,
        says=f"{_named(found.stays[0]) or 'All'}: {half}.{f' Groups: {told}.' if told else ''}",
        shows=Shows.SHARE,
        series=series,
        axis="days since they came",
    )


def _medians(found: Survived) -> Grid:
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in found.notes)
    return Grid(
        name=f"medians_{found.asked.of}",
        title="Until half have left",
        heads=(
            Head(name="group", title="Customers"),
            Head(name="customers", title="Followed"),
            Head(name="left", title="Left"),
            Head(name="median", title="Median", shows=Shows.DAYS),
            Head(name="mean", title="Mean within what is known", shows=Shows.DAYS, minor=True),
        ),
        rows=tuple((_named(stay) or "all", stay.customers, stay.left, stay.median, stay.mean) for stay in found.stays),
        caption=f"{Stays(found).caveat}{notes}",
    )


def drivers(ask: Ask, of: Of) -> Iterator[Block]:
    """Yield what goes along with leaving sooner or later."""
    if of.table not in ask.records.covered:
        return
    try:
        found = compared(ask.records, of=of.value, by=ask.by, findings=ask.findings)
    except (QueryError, RegularsError) as lacking:
        yield Notice(text=f"What goes along with leaving cannot be told. {lacking}")
        return
    asked, effects = found.asked, found.found.effects
    told = [str(effect.term) for effect in effects if effect.q <= ask.records.definitions.false_discovery]
    yield Chart(
        name=f"hazards_{of}",
        title="What goes along with leaving sooner (above 1) or later (below 1)",
        kind=ChartKind.DOTS,
        says=f"Of {len(effects)} hazard ratios, {len(told) or 'none'} can be told from 1"
        f"{': ' + ', '.join(told[:6]) if told else ''}.",
        shows=Shows.NUMBER,
        series=(
            Series(marks=tuple(Mark(label=str(one.term), estimate=asked.estimate(one.ratio)) for one in effects[:16])),
        ),
        axis="hazard ratio",
        rule=1,
    )
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in found.notes)
    yield Notice(text=f"{ASSOCIATION} {Hazards(found).found.asked.of.said}{notes}")
