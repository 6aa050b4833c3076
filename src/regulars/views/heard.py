"""What pages on the voice of the customer and on service are made of, beside KPIs."""

from collections.abc import Iterator

from regulars.app import said as answers
from regulars.app import served, trends
from regulars.app.drivers import Drivers, drivers
from regulars.app.respondents import Respondents, respondents
from regulars.app.said import Asked
from regulars.core.errors import QueryError
from regulars.kpis.kpi import Better, Shows
from regulars.views import words
from regulars.views.blocks import Block, Figure, Grid, Head, Heading, Link, Notice
from regulars.views.view import Ask

#: What is said of everything that goes along with something.
ASSOCIATION = "An association, not an effect: answers that differ in one thing differ in others, too."


def asked(ask: Ask, *, most_of: str = "") -> Asked:
    """Return which answers a page is about; of those `most_of` a kind, if there are any and none is asked for.

    Raises:
        QueryError: there are none.
    """
    wanted = ask.touchpoint or most_of
    question = ask.question or answers.busiest(ask.records, wanted) or answers.busiest(ask.records)
    kinds = answers.kinds_of(ask.records, question)
    touchpoint = answers.kind_of(kinds, question, wanted if ask.touchpoint or wanted in kinds else "")
    return Asked(question=question, touchpoint=touchpoint, period=ask.period)


def moving(ask: Ask, *names: str) -> Iterator[Block]:
    """Yield the trends of KPIs over the months asked about."""
    known = ask.available(*names)
    rows = ask.rows(known, grain="month") if known else ()
    found = trends.trends(rows, ask.records)
    if not found:
        return
    heads = (
        Head(name="kpi", title="KPI"),
        Head(name="slope", title="Change per month", change=True),
        Head(name="periods", title="Months"),
        Head(name="verdict", title="Trend"),
    )
    yield Grid(
        name="trends",
        title="Do they move?",
        heads=heads,
        rows=tuple(
            (
                Link(text=words.title(one.kpi.name), page="kpi", about=one.kpi.name),
                Figure(estimate=one.slope, shows=one.kpi.shows),
                one.periods,
                _verdict(one),
            )
            for one in found
        ),
        caption=(
            "Line through the months by weighted least squares. Called a trend at a share of"
            f" {ask.records.definitions.false_discovery:.0%} false findings among those shown."
        ),
    )


def _verdict(one: trends.Trend) -> str:
    found = one.slope.interval
    if found.why_not:
        return found.why_not
    steady = "" if one.steady is None else f"; steadily so: p {one.steady:.2g}"
    if not one.moves or found.value is None:
        return f"no trend to be told from chance (q {one.q_value:.2g}{steady})"
    good = {Better.NEITHER: ""}.get(one.kpi.better, ", worse")
    if (found.value > 0) == (one.kpi.better is Better.HIGHER) and one.kpi.better is not Better.NEITHER:
        good = ", better"
    return f"{'rising' if found.value > 0 else 'falling'}{good} (q {one.q_value:.2g}{steady})"


def who_answers(ask: Ask) -> Iterator[Block]:
    """Yield who answered, held against all customers, and the score weighted to them."""
    try:
        which = asked(ask)
    except QueryError as lacking:
        if ask.question or ask.touchpoint:
            raise
        yield Notice(text=str(lacking))
        return
    found = respondents(ask.records, answers.said(ask.records, which))
    yield Heading(text=f"Who answers? The {which}")
    yield _standing(found, which)
    if found.why_not:
        yield Notice(text=f"Who answers cannot be held against all customers: {found.why_not}.")
        return
    rows = []
    for one in found.balances:
        for gap in one.gaps[:3] if one.differs else one.gaps[:1]:
            verdict = "respondents differ" if one.differs and gap.flagged else ""
            shares = (f"{gap.responded:.1%}", f"{gap.population:.1%}", f"{gap.smd:+.2f}", f"{one.q_value:.2g}", verdict)
            rows.append((one.field, gap.category, *shares))
    heads = [
        ("field", "Field"),
        ("category", "Value"),
        ("respondents", "Of respondents"),
        ("customers", "Of customers"),
    ]
    heads += [("smd", "Standardised difference"), ("q", "q"), ("verdict", "")]
    yield Grid(
        name="balance",
        title=f"{found.respondents:,} respondents and the {found.customers:,} customers they stand for",
        heads=tuple(Head(name=name, title=title) for name, title in heads),
        rows=tuple(rows),
        caption=(
            "Exact shares of all who are there. A field differs where a value is more than 0.1 standard deviations off "
            "and chance does not explain it. What no field tells (who is angry answers) no weighting mends."
        ),
    )


def _standing(found: Respondents, which: Asked) -> Grid:
    shows = Shows.POINTS if which.question == "nps" else Shows.SHARE
    one = found.standing
    rows = [("every answer counts the same", one.plain, "")]
    if one.as_recorded is not None:
        rows.append(("weighted as the records say", one.as_recorded, ""))
    if one.to_customers is not None and one.effective_n is not None and one.design_effect is not None:
        said = f"by {', '.join(one.fields)}; effective n {one.effective_n:,.0f}, design effect {one.design_effect:.2f}"
        rows.append(("weighted to all customers", one.to_customers, "; ".join([said, *one.notes])))
    return Grid(
        name="standing",
        title={"nps": "Net Promoter Score", "csat": "Satisfied (top 2)", "ces": "Easy", "pmf": "Very disappointed"}[
            which.question
        ],
        heads=(
            Head(name="how", title="How answers count"),
            Head(name="score", title="Score", shows=shows),
            Head(name="notes", title="Weights"),
        ),
        rows=tuple(rows),
        caption="Of each customer the latest answer."
        + (
            " Weighted to all customers: raked by the fields in which respondents differ, weights within 0.3 and 3 "
            "times their mean."
            if one.to_customers is not None
            else ""
        ),
    )


def what_moves(ask: Ask) -> Iterator[Block]:
    """Yield the operational facts that go along with answers, for orders and for cases."""
    assert ask.workspace is not None
    try:
        which = asked(ask, most_of="transactional")
    except QueryError as lacking:
        if ask.question or ask.touchpoint:
            raise
        yield Notice(text=str(lacking))
        return
    found = drivers(ask.records, ask.workspace.drivers, which)
    if not found:
        yield Notice(text="No orders or service cases are known that answers could be about.")
    for one in found:
        yield Heading(text=f"What goes along with the {which} about {one.about}s")
        yield from _driving(one)


def _driving(found: Drivers) -> Iterator[Block]:
    if found.why_not:
        yield Notice(text=f"Not shown: {found.why_not}.")
        return
    notes = "".join(f" {note}." for note in found.notes)
    explained = found.explained.interval
    yield Grid(
        name=f"drivers_{found.about}",
        title=f"Facts of {found.answers:,} answers, the most telling first",
        heads=(
            Head(name="fact", title="Fact"),
            Head(name="meaning", title="In words", minor=True),
            Head(name="share", title="Of the variation of scores", shows=Shows.SHARE),
            Head(name="slope", title="Points per unit", shows=Shows.NUMBER, change=True),
            Head(name="odds", title="Odds of a better answer, times", shows=Shows.NUMBER, minor=True),
            Head(name="place", title="Place"),
            Head(name="owner", title="Owner", minor=True),
        ),
        rows=tuple(
            (row.driver.name, row.driver.said, row.share, row.slope, row.odds, row.place, row.driver.owner)
            for row in found.told
        ),
        caption=(
            f"{ASSOCIATION} LMG shares: what each fact adds to R², averaged over all orders of the others; all facts "
            f"together {words.value(explained.value, Shows.SHARE, '')} "
            f"({words.interval(explained, Shows.SHARE, '')}). Points by least squares, odds by an ordinal logit, all "
            f"other facts held.{notes}"
        ),
    )
    wrong = [row for row in found.told if row.wrong is not None]
    if wrong:
        yield Grid(
            name=f"wrong_{found.about}",
            title="Where it went wrong",
            heads=(
                Head(name="fact", title="What"),
                Head(name="share", title="Of answers", shows=Shows.SHARE),
                Head(name="score_with", title="They score", shows=Shows.SCORE),
                Head(name="score_without", title="Others score", shows=Shows.SCORE),
                Head(name="difference", title="Difference", shows=Shows.SCORE, change=True),
                Head(name="owner", title="Owner", minor=True),
            ),
            rows=tuple(
                (
                    row.wrong.said,
                    row.wrong.share,
                    row.wrong.score_with,
                    row.wrong.score_without,
                    row.wrong.difference,
                    row.driver.owner,
                )
                for row in wrong
                if row.wrong is not None
            ),
            caption=f"Plain means, nothing held. {ASSOCIATION}",
        )


def cost(ask: Ask) -> Iterator[Block]:
    """Yield what a case costs."""
    found = served.cost_per_case(ask.records, ask.period)
    if found.interval.why_not:
        yield Notice(text=f"Cost per case is not shown: {found.interval.why_not}.")
        return
    yield Grid(
        name="cost",
        title="What service costs",
        heads=(Head(name="measure", title=""), Head(name="cost", title="Per case", shows=Shows.MONEY)),
        rows=(("spend on service / cases that came in", found),),
        caption="All cases alike: an average of long and short ones.",
    )
