"""What pages on the voice of the customer and on service are made of, beside KPIs."""

from collections.abc import Iterator

from regulars.app import comments, served, trends
from regulars.app import said as answers
from regulars.app.comments import Heard
from regulars.app.drivers import Drivers, drivers
from regulars.app.provenance import Provenance
from regulars.app.respondents import Respondents, respondents
from regulars.app.said import Asked
from regulars.app.themes import Themes, themes
from regulars.core.errors import QueryError
from regulars.core.periods import Grain
from regulars.kpis.kpi import Better, Shows
from regulars.text.polarity import Polarity
from regulars.views import words
from regulars.views.blocks import Block, Figure, Grid, Head, Heading, Notice
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
            (one.kpi.name, Figure(estimate=one.slope, shows=one.kpi.shows), one.periods, _verdict(one)) for one in found
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
        caption=(
            "Raked to the customers by the fields in which respondents differ; weights within 0.3 and 3 times their "
            "mean. Of each customer the latest answer."
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
            Head(name="meaning", title="In words"),
            Head(name="share", title="Of the variation of scores", shows=Shows.SHARE),
            Head(name="slope", title="Points per unit", shows=Shows.NUMBER, change=True),
            Head(name="odds", title="Odds of a better answer, times", shows=Shows.NUMBER),
            Head(name="place", title="Place"),
            Head(name="owner", title="Owner"),
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
                Head(name="owner", title="Owner"),
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


def themed(ask: Ask) -> Iterator[Block]:
    """Yield how comments are read, and what is behind their themes."""
    assert ask.workspace is not None
    assert ask.opened is not None
    try:
        told = comments.heard(ask.workspace.shelf, ask.records, ask.opened.generation.path)
        which = asked(ask)
    except QueryError as lacking:
        if ask.question or ask.touchpoint:
            raise
        yield Notice(text=str(lacking))
        return
    records = comments.with_heard(ask.records, ask.workspace.shelf, ask.opened.generation.path, ask.opened.backend)
    yield _reading(told, ask)
    found = themes(records, told, answers.said(records, which), Grain(ask.grain))
    if not found.themes:
        yield Notice(text="No theme is named in the comments of these days.")
        return
    yield _themes(found, ask)
    yield from _rising(found)
    yield _quotes(found, ask)


def _reading(told: Heard, ask: Ask) -> Grid:
    languages = ", ".join(f"{code or 'unknown'} {count:,}" for code, count in told.languages.items())
    provenance = Provenance(records=ask.records, period=ask.period, version=str(comments.VERSION))
    rows = [
        ("Area under the ROC curve, out of fold", provenance.estimate(told.auc)),
        ("The same by a list of English words", provenance.estimate(told.lexicon_auc)),
        ("The same by the learned model, of English comments", provenance.estimate(told.learned_auc)),
        ("Right about positive or negative, out of fold", provenance.estimate(told.accuracy)),
        ("Error of its probabilities, out of fold", provenance.estimate(told.calibration_error)),
    ]
    positive, neutral, negative = told.rated
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in told.notes)
    none = "; ".join(f"{code}: {why}" for code, why in told.without_themes.items())
    return Grid(
        name="sentiment",
        title=f"How {told.comments:,} comments are read ({languages})",
        heads=(
            Head(name="measure", title="Sentiment against the ratings beside comments"),
            Head(name="score", title="Score", shows=Shows.NUMBER),
        ),
        rows=tuple((name, one) for name, one in rows if one.interval.value is not None) or tuple(rows[:1]),
        caption=(
            f"{told.why[:1].upper()}{told.why[1:]}. Ratings: {positive:,} positive, {neutral:,} neutral, {negative:,} "
            f"negative. It says how well sentiment is told, not how well themes are.{notes}"
            f"{f' No themes of their own ({none}).' if none else ''}"
        ),
    )


def _themes(found: Themes, ask: Ask) -> Grid:
    points = found.asked.question == "nps"
    shows = Shows.POINTS if points else Shows.SCORE
    assert ask.workspace is not None
    currency = ask.workspace.settings.company.currency
    return Grid(
        name="themes",
        title=f"What {found.commenters:,} customers speak of, the most complained of first",
        heads=(
            Head(name="theme", title="Id"),
            Head(name="name", title="Theme"),
            Head(name="prevalence", title="Name it", shows=Shows.SHARE),
            Head(name="praise", title="Praise it", shows=Shows.SHARE),
            Head(name="complaint", title="Complain of it", shows=Shows.SHARE),
            Head(name="impact", title="Impact on score", shows=shows, change=True),
            Head(name="adjusted", title="Others held", shows=shows, change=True),
            Head(name="customers", title="Who complained"),
            Head(name="value", title="Value behind"),
            Head(name="owner", title="Owner"),
        ),
        rows=tuple(
            (
                one.theme.id,
                one.theme.name,
                one.prevalence,
                one.praise,
                one.complaint,
                one.impact,
                one.adjusted,
                one.customers,
                "" if one.value is None else words.value(one.value, Shows.MONEY, currency),
                one.theme.owner,
            )
            for one in found.themes[: ask.top]
        ),
        caption=(
            f"Customers, not comments. Impact: score of all less that of those who do not complain of it, by "
            f"{found.rated:,} {found.asked} with a comment (NPS in points); others held: by least squares (HC3). "
            f"{ASSOCIATION} Themes overlap: their impacts do not add up."
            f"{f' Value behind: {found.valued}, of whoever complained.' if found.valued else ''} "
            "`regulars theme rename|merge|pin|exclude|own` corrects themes; `themes.toml` keeps it."
        ),
    )


def _rising(found: Themes) -> Iterator[Block]:
    rows = [one for one in found.themes if one.rise.rising]
    rate = found.provenance.records.definitions.false_discovery
    if not rows:
        tested = [one for one in found.themes if not one.rise.share.why_not]
        why = f"of {len(tested)} that are frequent enough to tell, at a share of {rate:.0%} false findings"
        yield Notice(text=f"No theme is newly spoken of in {found.newest}: {why}.")
        return
    yield Grid(
        name="rising",
        title=f"Newly spoken of in {found.newest}",
        heads=(
            Head(name="theme", title="Id"),
            Head(name="name", title="Theme"),
            Head(name="share", title="Of comments now", shows=Shows.SHARE),
            Head(name="expected", title="To be expected", shows=Shows.SHARE),
            Head(name="q", title="q"),
            Head(name="owner", title="Owner"),
        ),
        rows=tuple(
            (
                one.theme.id,
                one.theme.name,
                found.provenance.estimate(one.rise.share),
                found.provenance.estimate(one.rise.expected),
                f"{one.rise.q_value:.2g}",
                one.theme.owner,
            )
            for one in sorted(rows, key=lambda one: (one.rise.q_value, one.theme.id))
        ),
        caption=f"Praise left out. More than earlier periods make one expect, at a share of {rate:.0%} false findings among all themes.",
    )


_POLES: tuple[Polarity, ...] = ("negative", "positive")


def _quotes(found: Themes, ask: Ask) -> Grid:
    rows = [
        (one.theme.id, one.theme.name, polarity, quote.text)
        for one in found.themes[: ask.top]
        for polarity in _POLES
        for quote in one.theme.quotes.get(polarity, ())[:2]
    ]
    return Grid(
        name="quotes",
        title="In their words",
        heads=(
            Head(name="theme", title="Id"),
            Head(name="name", title="Theme"),
            Head(name="polarity", title="Meant"),
            Head(name="text", title="Said"),
        ),
        rows=tuple(rows),
        caption="Of all comments read. E-mail addresses, links, handles and long numbers are masked; names are not.",
    )
