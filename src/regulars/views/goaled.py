"""Goals as they stand: the tree with value, target, pace and chance; a strip of them for the overview."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from regulars.app.goals import goals
from regulars.app.put_together import How
from regulars.app.standing import Standing
from regulars.core.errors import UnknownName
from regulars.core.estimate import SET, Interval
from regulars.core.wording import counted
from regulars.kpis.kpi import Shows
from regulars.views import goal_links, words
from regulars.views.blocks import Block, Cell, Chart, ChartKind, Figure, Grid, Head, Link, Mark, Notice, Series
from regulars.views.teams import TEAMS
from regulars.views.view import Ask

#: What to write where there is no goal.
NONE = (
    'No goal is set. Write one in `regulars.toml`: `[goals.revenue]` with `kpi = "net_revenue"`, `target = "+10 %"` '
    'and `period = "2026"`.'
)
_NOTHING = "There is nothing to aim at before there are records, such as `orders` or `subscriptions`."
#: Goals in a strip.
STRIP = 5
#: As probable as not.
_EVEN = 0.5


def standing(ask: Ask, *, chances: bool = True, alone: bool = False) -> tuple[Standing, ...]:
    """Return the goals that a page is about: one and what is below it, those of a team, or all."""
    if ask.workspace is None or ask.opened is None:
        return ()
    names = (ask.goal,) if ask.goal else ()
    opened = replace(ask.opened, records=ask.records)
    return goals(ask.workspace, opened, names=names, team=ask.owner, on=ask.end, chances=chances, alone=alone)


def blocks(ask: Ask) -> Iterator[Block]:
    """Yield the tree of goals, and what is wrong with those of which nothing can be told.

    Raises:
        UnknownName: there is no such team, or no such goal.
    """
    if not ask.records.covered:
        yield Notice(text=_NOTHING)
        return
    known = ask.workspace.settings.goals if ask.workspace else {}
    if not known:
        yield Notice(text=NONE)
        return
    if ask.owner and ask.owner not in TEAMS:
        raise UnknownName("team", ask.owner, TEAMS)
    if ask.end is not None and ask.end > ask.records.as_of:
        yield Notice(text=f"Records end before {ask.records.as_of}: goals are told as of then, not of {ask.end}.")
    found = standing(ask)
    told = [one for one in found if not one.problem]
    if not found:
        yield Notice(text=f'No goal is one of {ask.owner}. `team = "{ask.owner}"` in `[goals.NAME]` makes it one.')
    if told:
        yield _tree(told, ask.currency)
        yield from _beside(told, ask.currency, said=bool(ask.goal))
        yield from goal_links.links(told, ask)
    if problems := [one.problem for one in found if one.problem]:
        yield Notice(text=f"{counted(len(problems), 'goal')} cannot be told. {' '.join(problems)}")


def strip(ask: Ask, *, most: int = STRIP) -> Iterator[Block]:
    """Yield goals in one small table, without what takes a forecast; nothing where there is no goal."""
    if not ask.workspace or not ask.workspace.settings.goals:
        return
    told = [one for one in standing(ask, chances=False) if not one.problem and one.state != "not begun"]
    if told:
        more = "" if len(told) <= most else f"Page Goals has {len(told) - most} more."
        yield _small(told[:most], chances=False, more=more)


def of_team(ask: Ask, *, chances: bool) -> Iterator[Block]:
    """Yield the goals that a team answers for itself, in one small table."""
    known = standing(ask, chances=chances, alone=True)
    told = [one for one in known if not one.problem and one.state != "not begun"]
    if told:
        yield _small(told, chances=chances)
        if scores := _scores(told):
            yield scores
    problems = [one for one in known if one.problem]
    if problems and chances:  # of a week that is past, nothing can be done about it any more
        yield Notice(text=f"{counted(len(problems), 'goal')} cannot be told: `regulars goals` says why.")


def _small(told: Sequence[Standing], *, chances: bool, more: str = "") -> Grid:
    heads = (
        Head(name="goal", title="Goal"),
        Head(name="said", title=""),
        Head(name="period", title="Period"),
        Head(name="now", title="Now"),
        Head(name="target", title="Target"),
        Head(name="ahead", title="Against pace", change=True),
        *((Head(name="chance", title="Chance of reaching", shows=Shows.SHARE),) if chances else ()),
    )
    return Grid(
        name="goals",
        title="Goals",
        heads=heads,
        rows=tuple(
            (
                Link(text=one.title, page="goals", asked={"goal": one.name}),
                verdict(one),
                words.span(one.period),
                Figure(estimate=one.now, shows=one.kpi.shows),
                Figure(estimate=one.target, shows=one.kpi.shows),
                _ahead(one),
                *((one.chance.probability,) if chances else ()),
            )
            for one in told
        ),
        caption=" ".join(filter(None, [more, "Pace is where each should be by now; page Goals says how it is told."])),
    )


def _tree(told: Sequence[Standing], currency: str) -> Grid:
    return Grid(
        name="goals",
        title="Goals, each below the one that it serves",
        heads=(
            Head(name="goal", title="Goal"),
            Head(name="kpi", title="KPI", minor=True),
            Head(name="team", title="Team", minor=True),
            Head(name="owner", title="Owner", minor=True),
            Head(name="period", title="Period"),
            Head(name="now", title="Now"),
            Head(name="target", title="Target"),
            Head(name="gap", title="Gap", change=True, minor=True),
            Head(name="due", title="Should be at", minor=True),
            Head(name="ahead", title="Against pace", change=True),
            Head(name="chance", title="Chance of reaching", shows=Shows.SHARE),
            Head(name="said", title=""),
        ),
        rows=tuple(_row(one) for one in told),
        caption=_caption(told),
    )


def _row(one: Standing) -> tuple[Cell, ...]:
    shows = one.kpi.shows
    return (
        f"{'· ' * one.depth}{one.title}",
        Link(text=words.title(one.kpi.name), page="kpi", about=one.kpi.name),
        one.team,
        one.said.owner,
        words.span(one.period),
        Figure(estimate=one.now, shows=shows),
        Figure(estimate=one.target, shows=shows),
        Figure(estimate=one.gap, shows=shows),
        None if one.pace is None else Figure(estimate=one.pace.due, shows=shows),
        _ahead(one),
        one.chance.probability,
        verdict(one),
    )


def _ahead(one: Standing) -> Cell:
    return None if one.pace is None else Figure(estimate=one.pace.ahead, shows=one.kpi.shows)


def verdict(one: Standing) -> str:
    """Say how a goal stands in two or three words.

    What is over was reached or missed; what runs is ahead of its pace, behind it, or cannot be told from it: then, or
    where it says otherwise, the forecast has its word, too.
    """
    if one.state == "not begun":
        return "not begun"
    if one.reached() is None:
        return "not known"
    if one.state == "over":
        return _over(one)
    if one.together.how is How.SUM and one.reached() is not one.most:
        return "over it already" if one.most else "reached already"
    likely = _likely(one)
    if one.pace is None or one.pace.ahead.interval.value is None:
        return "no pace" if likely is None else _BY_FORECAST[likely]
    good = one.good(one.pace.ahead.interval)
    if good is None:
        return "on pace, as far as can be told" if likely is None else _BY_FORECAST[likely]
    pace = "ahead of pace" if good else "behind pace"
    return pace if likely in (None, good) else f"{pace}, but {_BY_FORECAST[likely]}"


#: What a forecast says that is sure which of the two it is.
_BY_FORECAST = {True: "likely, by forecast", False: "unlikely, by forecast"}


def _likely(one: Standing) -> bool | None:
    """Whether a goal is reached rather than not, as its forecast says; None where that cannot be told."""
    found = one.chance.probability.interval
    if found.low is None or found.high is None or found.low <= _EVEN <= found.high:
        return None
    return found.low > _EVEN


def _over(one: Standing) -> str:
    word = "reached" if one.reached() else "missed"
    if one.said.span.period is None:
        word = "reached now" if one.reached() else "not reached now"
    return (
        word
        if one.together.how is How.SUM or one.good(one.gap.interval) is not None
        else f"{word}, by what may be chance"
    )


def _caption(told: Sequence[Standing]) -> str:
    whence = [f"{one.title}: target {one.target_said}." for one in told if one.target_said]
    how = {one.title: one.pace.how for one in told if one.pace and one.pace.how}
    paces = [f"{', '.join(name for name in how if how[name] == way)}: {way}." for way in dict.fromkeys(how.values())]
    return " ".join([*whence, *(["Pace is told by these."] if paces else []), *paces])


def _beside(told: Sequence[Standing], currency: str, *, said: bool) -> Iterator[Block]:
    """Yield the score of what foretells goals, and where one is named, each at a glance."""
    for one in told if said else ():
        if one.state == "running" and one.now.interval.value is not None:
            yield bullet(one, currency)
    if scores := _scores(told):
        yield scores


def bullet(one: Standing, currency: str) -> Chart:
    """Return a goal at a glance: where it is, where it should be by now, what is foretold of the whole, the target."""
    known = {
        "now": one.now,
        "should be at by now": one.pace.due if one.pace is not None else None,
        "the whole, foretold": one.chance.expected,
        "target": one.target,
    }
    marks = (Mark(label=label, estimate=found) for label, found in known.items() if found is not None)
    return Chart(
        name=f"goal_{one.name}",
        title=one.title,
        kind=ChartKind.DOTS,
        says=sentence(one, currency),
        shows=one.kpi.shows,
        series=(Series(marks=tuple(one for one in marks if one.estimate and not one.estimate.interval.why_not)),),
    )


def _scores(told: Sequence[Standing]) -> Notice | None:
    """Return how well what foretells goals went on past days; None where nothing does."""
    scores = [words.score(one.chance.scored) for one in told if one.chance.scored is not None]
    return Notice(text=f"Score of forecasts: {'; '.join(dict.fromkeys(scores))}.") if scores else None


def sentence(one: Standing, currency: str) -> str:
    """Say where a running goal is, where it should be, and how probable it is that it is reached."""
    if one.state != "running" or one.now.interval.value is None:
        return ""
    shows = one.kpi.shows
    value, target = (words.value(each.interval.value, shows, currency) for each in (one.now, one.target))
    last = one.now.period.end
    told = f"{one.title}: {value} ({words.interval(one.now.interval, shows, currency)}) before {last}, "
    told += f"{'at most' if one.most else 'target'} {target}."
    if one.pace is not None:
        told += f" {_paced(one, currency)}"
    return f"{told} {_chance(one)}"


def _paced(one: Standing, currency: str) -> str:
    assert one.pace is not None
    due = one.pace.due.interval
    if due.value is None:
        return f"No pace, because {due.why_not}."
    should = words.value(due.value, one.kpi.shows, currency)
    span = "" if due.method == SET else f" ({words.interval(due, one.kpi.shows, currency)})"
    return f"By then it should be at {should}{span}: {verdict(one)}. Pace: {one.pace.how}."


def _chance(one: Standing) -> str:
    found: Interval = one.chance.probability.interval
    if found.value is None:
        return f"No probability, because {found.why_not}."
    return (
        f"It is reached with a probability of {words.value(found.value, Shows.SHARE, '')} "
        f"({words.interval(found, Shows.SHARE, '')}), by forecast."
    )
