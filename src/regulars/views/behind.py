"""The customers that a number is made of."""

from collections.abc import Iterator

from regulars.app.behind import Behind, Member, behind
from regulars.app.measure import ALL
from regulars.app.parts import Value
from regulars.core.periods import Grain, Period
from regulars.kpis.kpi import Shows
from regulars.kpis.query import available
from regulars.views import words
from regulars.views.blocks import Answers, Block, Cell, Grid, Head, Link, More, Notice
from regulars.views.view import Ask

#: Customers on a page.
SHOWN = 50


def behind_it(ask: Ask) -> Iterator[Block]:
    """Yield the number that is asked about, and who is behind it.

    Raises:
        QueryError: the period, condition or page cannot be.
    """
    if why := available(ask.kpis[ask.about], ask.records):
        yield Notice(text=f"Nobody can be behind it yet: `{ask.about}` {why}.")
        return
    period, grain = _period(ask)
    found = behind(
        ask.about,
        ask.kpis,
        ask.records,
        period=period,
        grain=grain,
        where=ask.where or None,
        after=ask.after,
        most=SHOWN,
    )
    yield Answers(rows=(found.row,))
    if not found.rows:
        yield Notice(text=f"Nobody counts: {found.why_not or 'no customer is in it'}.")
        return
    yield _list(ask, found)


def _period(ask: Ask) -> tuple[Period, Grain | None]:
    """Return the period that is asked about: the last finished one of the grain where none is named."""
    if ask.course == ALL:
        return ask.period, None
    grain = Grain(ask.course)
    if ask.focus is not None and ask.end is not None:
        return Period(ask.focus, ask.end), grain
    end = grain.floor(ask.records.as_of)
    return Period(grain.previous(end), end), grain


def _list(ask: Ask, found: Behind) -> Grid:
    several = any(one.counted != 1 for one in found.rows)
    heads = [Head(name="customer", title="Customer")]
    heads += [Head(name="counted", title=f"Counts ({found.unit}s)")] if several else []
    heads += [Head(name=column.name, title=column.title) for column in found.columns]
    n = found.row.estimate.interval.n
    nameless = "" if found.nameless is None else f" {found.nameless.counted:,} rows that name no customer count, too."
    links = []
    if found.next:
        asked = {"where": ask.where, "after": found.next, "period": _said(ask)}
        links.append(("next", Link(text="Next", page="behind", about=ask.about, asked=asked)))
    return Grid(
        name="behind",
        title=f"Customers behind {words.title(ask.about)}, those who weigh most first",
        heads=tuple(heads),
        rows=tuple(_row(one, found, ask.currency, several=several) for one in found.rows),
        customers=True,
        more=More(told=f"{len(found.rows):,} customers shown; n {n:,}", links=tuple(links)),
        caption=f"Exact values of single customers; the number is made of all of them.{nameless}",
    )


def _said(ask: Ask) -> str:
    period, _grain = _period(ask)
    return f"{period.start}..{Grain.DAY.previous(period.end)}" if ask.course == ALL else words.span(period)


def _row(one: Member, found: Behind, currency: str, *, several: bool) -> tuple[Cell, ...]:
    named = one.customer_id
    who: Cell = Link(text=named, page="customer", about=named, personal=True) if named else "(no customer)"
    told = (_written(value, column.shows, currency) for value, column in zip(one.values, found.columns, strict=True))
    return (who, *((one.counted,) if several else ()), *told)


def _written(value: Value, shows: Shows | None, currency: str) -> str:
    if value is None:
        return "unknown"
    if shows is None:
        return "yes" if value else "no"
    return words.value(float(value), shows, currency)
