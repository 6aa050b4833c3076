"""What the page on themes of comments is made of."""

from collections.abc import Iterator

from regulars.app import comments
from regulars.app import said as answers
from regulars.app.comments import Heard
from regulars.app.provenance import Provenance
from regulars.app.themes import Themes, themes
from regulars.core.errors import QueryError, nearest
from regulars.core.periods import Grain
from regulars.kpis.kpi import Shows
from regulars.text.polarity import Polarity
from regulars.views import heard, words
from regulars.views.blocks import Block, Grid, Head, Notice, Personal
from regulars.views.view import Ask

#: Of the periods that tell what is new.
_GRAINS = (Grain.WEEK.value, Grain.MONTH.value)


def themes_of(ask: Ask) -> Iterator[Block]:
    """Yield how comments are read, and what is behind their themes."""
    assert ask.workspace is not None
    assert ask.opened is not None
    if ask.grain not in _GRAINS:
        raise QueryError(f"`{ask.grain}` is no grain of what is new: it is week or month.{nearest(ask.grain, _GRAINS)}")
    try:
        told = comments.heard(ask.workspace.shelf, ask.records, ask.opened.generation.path)
        which = heard.asked(ask)
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
        title=f"What {found.commenters:,} customers speak of, the most complained of first"
        if found.named
        else f"What {found.commenters:,} comments speak of, the most complained of first; whose they are is not known",
        heads=(
            Head(name="theme", title="Id"),
            Head(name="name", title="Theme"),
            Head(name="prevalence", title="Name it", shows=Shows.SHARE, minor=True),
            Head(name="praise", title="Praise it", shows=Shows.SHARE, minor=True),
            Head(name="complaint", title="Complain of it", shows=Shows.SHARE),
            Head(name="impact", title="Impact on score", shows=shows, change=True),
            Head(name="adjusted", title="Others held", shows=shows, change=True, minor=True),
            Head(name="customers", title="Who complained"),
            Head(name="brought", title="Value behind", minor=True),
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
            f"{'Customers, not comments. ' if found.named else ''}"
            "Impact: score of all less that of those who do not complain of it, by "
            f"{found.rated:,} {found.asked} with a comment (NPS in points); others held: by least squares (HC3). "
            f"{heard.ASSOCIATION} Themes overlap: their impacts do not add up."
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
        caption=(
            "Praise left out. More than earlier periods make one expect, at a share of "
            f"{rate:.0%} false findings among all themes."
        ),
    )


_POLES: tuple[Polarity, ...] = ("negative", "positive")


def _quotes(found: Themes, ask: Ask) -> Grid:
    rows = [
        (one.theme.id, one.theme.name, polarity, Personal(text=quote.text))
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
