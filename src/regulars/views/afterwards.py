"""What pages on what customers did afterwards are made of."""

from collections.abc import Iterator
from datetime import date

from regulars.app import comments
from regulars.app import said as answers
from regulars.app.aftermath import After, Aftermath, Exposure, aftermath
from regulars.app.fixes import Fix, fixes
from regulars.app.themes import exposures
from regulars.app.waiting import Waiting, waiting
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate
from regulars.core.periods import Period, day_of
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Heading, Link, Notice, Personal, Text
from regulars.views.heard import ASSOCIATION
from regulars.views.view import Ask

_QUESTION = "Did customers do otherwise afterwards, at equal tenure and past buying?"


def period_of(ask: Ask) -> Period:
    """Return local days whose happenings are followed up: the last two years, where none are said."""
    records = ask.records
    end = min(ask.end or records.as_of, records.as_of)
    start = ask.start or max(day_of(0), _years_before(end))
    if start >= end:
        raise QueryError(f"There is no day from `{start}` to `{end}` that could be followed up.")
    return Period(start, end)


def _years_before(day: date) -> date:
    return day.replace(year=day.year - 2, day=min(day.day, 28))


def what_followed(ask: Ask) -> Iterator[Block]:
    """Yield what customers did afterwards, and what to fix first."""
    assert ask.workspace is not None
    found = aftermath(ask.records, ask.workspace.drivers, period_of(ask), _complaints(ask))
    if not found.rows:
        known = {"orders", "subscriptions"} & set(ask.records.covered)
        why = "; ".join(found.notes) or "nothing that may go wrong is known"
        why = why if known else "it needs `orders` or `subscriptions`"
        yield Notice(text=f"What customers did afterwards cannot be told: {why}.")
        return
    yield Heading(text="What to fix first")
    yield _ranked(fixes(found, ask.records, _costs(ask)))
    yield Heading(text="What customers did afterwards")
    yield Text(text=_QUESTION)
    for name in dict.fromkeys(row.exposure.name for row in found.rows):
        yield _followed([row for row in found.rows if row.exposure.name == name], found)
    if found.notes:
        yield Notice(text=f"Not shown: {'; '.join(found.notes)}.")


def _costs(ask: Ask) -> dict[str, float]:
    """Return what mending costs: of themes as `themes.toml` says, else as `[fixes]` of the settings does."""
    assert ask.workspace is not None
    found = dict(ask.workspace.settings.fixes)
    if comments.THEMES in ask.records.tables:
        entries = comments.known(ask.workspace.shelf, ask.records)[1].entries
        found |= {f"theme_{name}": float(one.cost) for name, one in entries.items() if one.cost is not None}
    return found


def _complaints(ask: Ask) -> list[Exposure]:
    """Return complaints of themes, where comments were read already."""
    if comments.THEMES not in ask.records.tables:
        return []
    assert ask.workspace is not None
    assert ask.opened is not None
    told = comments.heard(ask.workspace.shelf, ask.records, ask.opened.generation.path)
    return exposures(ask.records, told)


def _ranked(rows: tuple[Fix, ...]) -> Grid:
    return Grid(
        name="fixes",
        title="By the money that goes along with it in a year",
        heads=(
            Head(name="name", title="What"),
            Head(name="said", title="In words", minor=True),
            Head(name="customers", title="Customers a year"),
            Head(name="at_risk", title="Money at risk", shows=Shows.MONEY),
            Head(name="verdict", title="Told from chance"),
            Head(name="cost", title="Cost of mending"),
            Head(name="owner", title="Owner", minor=True),
            Head(name="plan", title="How to measure it"),
        ),
        rows=tuple(
            (
                one.name,
                one.said,
                one.customers,
                one.at_risk,
                "" if one.at_risk.interval.why_not else "yes" if one.found else "no",
                "not stated" if one.cost is None else f"{one.cost:,.0f}",
                one.owner,
                one.plan,
            )
            for one in rows
        ),
        caption=(
            "Customers to whom it happened in the last 365 days, times what they brought less in the days after than "
            f"others of equal tenure, orders and spend. {ASSOCIATION} Not more than this can be won back; where the "
            "interval begins below 0, perhaps nothing; below 0 they brought more than the others. Costs are stated in "
            "`[fixes]` of `regulars.toml`, of themes in "
            "`themes.toml`."
        ),
    )


def _followed(rows: list[After], found: Aftermath) -> Grid:
    exposure = rows[0].exposure
    return Grid(
        name=f"after_{exposure.name}",
        title=f"{exposure.said[:1].upper()}{exposure.said[1:]}: the {found.days} days after",
        heads=(
            Head(name="outcome", title="Customers"),
            Head(name="group", title="Group"),
            Head(name="customers", title="n"),
            Head(name="raw", title="As it was", minor=True),
            Head(name="adjusted", title="At equal tenure and buying"),
            Head(name="difference", title=f"Against {exposure.reference}", change=True),
            Head(name="verdict", title=""),
        ),
        rows=tuple(
            (
                row.outcome.said,
                row.group,
                row.customers,
                _figure(row.raw, row.outcome.shows),
                _figure(row.adjusted, row.outcome.shows),
                None if row.difference is None else _figure(row.difference, row.outcome.shows),
                "" if row.difference is None else _verdict(row),
            )
            for row in rows
        ),
        caption=f"Each customer once, by the first time. {ASSOCIATION}",
    )


def _figure(estimate: Estimate, shows: Shows) -> Figure:
    return Figure(estimate=estimate, shows=shows)


def _verdict(row: After) -> str:
    return f"differs (q {row.q_value:.2g})" if row.found else f"not told from chance (q {row.q_value:.2g})"


def queue(ask: Ask) -> Iterator[Block]:
    """Yield the detractors to whom nobody has got back."""
    try:
        answers.kinds_of(ask.records, "nps")
    except QueryError as lacking:
        yield Notice(text=f"Nobody can be told to wait: {lacking}")
        return
    found = waiting(ask.records)
    if not found:
        yield Notice(text="No detractor of the last 90 days waits for an answer.")
        return
    if "follow_ups" not in ask.records.covered:
        yield Notice(text="No follow-ups are known (`follow_ups`): everybody seems to wait.")
    yield Grid(
        name="follow_up",
        title=f"{len(found):,} detractors of the last 90 days to whom nobody has got back; who brought most, first",
        heads=(
            Head(name="customer_id", title="Customer"),
            Head(name="response_id", title="Answer"),
            Head(name="score", title="Score"),
            Head(name="on", title="On"),
            Head(name="waits", title="Waits for"),
            Head(name="touchpoint", title="About", minor=True),
            Head(name="spent", title="Brought in 365 days"),
            Head(name="said", title="Said", minor=True),
        ),
        rows=tuple(_waits(one, ask) for one in found[: ask.top]),
        customers=True,
        caption="Sums of their own orders, in full. Put who was contacted, and when it was settled, into `follow_ups`.",
    )


def _waits(one: Waiting, ask: Ask) -> tuple[Cell, ...]:
    assert ask.workspace is not None
    spent = words.value(one.spent, Shows.MONEY, ask.workspace.settings.company.currency)
    named = one.customer_id
    who = Link(text=named, page="customer", about=named, personal=True) if named else "(not named)"
    said = Personal(text=one.said) if one.said else ""
    return (who, one.response, one.score, str(day_of(one.on)), f"{one.waits} d", one.touchpoint, spent, said)
