"""One experiment: what came of both arms, what may be wrong with it, and on whom it works."""

from collections.abc import Iterator

from regulars.app.campaigns import RECORDS
from regulars.app.experiment import experiment, names
from regulars.app.flaws import Meanwhile
from regulars.app.readout import Outcome, Readout
from regulars.app.whom import whom
from regulars.core.errors import DataError, QueryError, UnknownName
from regulars.core.estimate import Estimate, Interval
from regulars.core.wording import counted
from regulars.kpis.kpi import Shows
from regulars.models.uplift import Learned, Uplift
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Heading, Notice, Text
from regulars.views.verdicts import verdict
from regulars.views.view import Ask

NONE = "No audience is written down yet. `regulars audience add ACTION NAME` draws one from `regulars actions`."
NOTHING = "What actions brought is known once there are `orders` or `subscriptions`."


def one_experiment(ask: Ask) -> Iterator[Block]:
    """Yield all that is known of an experiment.

    Raises:
        UnknownName: there is none of that name, and there are others.
    """
    if ask.workspace is None or not ask.records.covered:
        yield Notice(text=NOTHING)
        return
    try:
        found = experiment(ask.workspace, ask.records, ask.about)
    except UnknownName:
        if names(ask.workspace, ask.records):
            raise
        yield Notice(text=NONE)
        return
    except QueryError as early:
        yield Notice(text=str(early))
        return
    yield from read_out(found.readout, ask)
    if not found.readout.outcomes:
        return
    yield from _elsewhere(found.readout)
    yield Heading(text="Whom does it work on?")
    try:
        learned = whom(found, ask.workspace, ask.records)
    except (QueryError, DataError) as refused:
        yield Notice(text=f"Not told. {refused}")
        return
    yield from _whom(learned, found.readout, ask)


def read_out(one: Readout, ask: Ask) -> Iterator[Block]:
    """Yield what came of both arms, in words and in numbers."""
    yield from said(one, ask)
    if not one.outcomes:
        return
    yield _outcomes(one)
    yield _money(one)


def said(one: Readout, ask: Ask) -> Iterator[Block]:
    """Yield what came of both arms in a sentence, and what may be wrong with it."""
    yield Text(text=state(one))
    if one.why_not:
        yield Notice(text=f"Nothing is read out: {one.why_not}.")
    elif told := verdict(one, ask.currency):
        yield Text(text=told)
    for flaw in one.flaws.each:
        yield Notice(text=f"{flaw.name}: {flaw.said}.")


def state(one: Readout) -> str:
    """Return of how many customers it is, and how far it has come."""
    if one.why_not and one.split is None and not one.seen:
        whom = f"{counted(one.audience.treated, 'customer')} treated, {one.audience.held:,} left alone"
        return f"{whom}; from {one.audience.as_of} on, as {RECORDS} say."
    arms = f"{counted(one.audience.treated, 'customer')} treated, {one.audience.held:,} held out"
    days = "over" if one.finished else f"day {one.seen} of {one.audience.days}"
    gone = f"; {counted(one.missing, 'member')} are in these records no more" if one.missing else ""
    return f"{arms}; {days}, from {one.audience.as_of} on; drawn by {one.audience.created_by}{gone}."


def _outcomes(one: Readout) -> Grid:
    running = "" if one.finished else "While it runs, intervals of the difference hold at every look at once. "
    cut = next((each.cut for each in one.outcomes if each.cut is not None), None)
    adjusted = "" if cut is None else f", which took away {cut:.0%} of its variance"
    filled = _filled(one)
    return Grid(
        name=f"outcomes_{one.audience.name}",
        title="Treated beside held out",
        heads=(
            Head(name="what", title="Outcome"),
            Head(name="treated", title="Treated"),
            Head(name="held", title="Held out"),
            Head(name="change", title="Difference", change=True),
            Head(name="told", title="Told from chance", minor=True),
        ),
        rows=tuple(_outcome(each) for each in one.outcomes),
        caption=f"{running}{filled}Asked before it began, and read alone: {_named(one, asked=True)}. Beside it, with "
        f"intervals that hold all at once: {_named(one, asked=False) or 'nothing'}. Everybody who was drawn counts, "
        "whether anybody reached them or not. Money is margin, or net revenue where costs are not known, adjusted for "
        f"what customers brought before{adjusted}. What an order brings may move because others order.",
    )


def _filled(one: Readout) -> str:
    """Return whether arms are as they were drawn; "" where that cannot be tested."""
    if one.audience.created_by == RECORDS:
        return "In which shares arms were to be drawn is not on record, so it is not tested whether they were. "
    test = None if one.split is None else one.split.statistic
    return "" if test is None else f"Arms were filled as drawn (p {test.p_value:.2g}). "


def _named(one: Readout, *, asked: bool) -> str:
    return ", ".join(each.said for each in one.outcomes if each.asked is asked)


def _outcome(each: Outcome) -> tuple[Cell, ...]:
    return (
        each.said,
        Figure(estimate=each.treated, shows=each.shows),
        Figure(estimate=each.held, shows=each.shows),
        Figure(estimate=each.change, shows=each.shows),
        _told(each),
    )


def _told(each: Outcome) -> str:
    value = each.change.interval.value
    if value is None or not each.told:
        return "no"
    if not each.good:
        return "yes"
    return "yes, better" if value * each.good > 0 else "yes, worse"


def _money(one: Readout) -> Grid:
    said = (
        ("Incremental profit of a treated customer", one.profit, Shows.MONEY),
        ("Incremental profit of all treated", one.total, Shows.MONEY),
        ("Profit for each 1 that it cost (iROI)", one.roi, Shows.NUMBER),
        ("Cost of a customer kept or won", one.per_save, Shows.MONEY),
    )
    return Grid(
        name=f"money_{one.audience.name}",
        title="What it brought, less what it cost",
        heads=(Head(name="what", title=""), Head(name="said", title="")),
        rows=tuple((what, Figure(estimate=found, shows=shows)) for what, found, shows in said if found is not None),
        caption="Incremental: what would not have come without it. Cost is that of doing it for each who was treated, "
        "as it was planned.",
    )


def _elsewhere(one: Readout) -> Iterator[Block]:
    """Yield what else members were in, and whether both arms alike."""
    found = one.flaws.meanwhile
    if not found:
        return
    yield Grid(
        name=f"meanwhile_{one.audience.name}",
        title="Other campaigns meanwhile",
        heads=(
            Head(name="campaign", title="Campaign"),
            Head(name="treated", title="Treated in it"),
            Head(name="held", title="Held out in it"),
            Head(name="change", title="Difference", shows=Shows.SHARE, change=True),
            Head(name="alike", title="Both arms alike"),
        ),
        rows=tuple(_other(each, one) for each in found),
        caption="Arms that chance drew are reached alike by what goes on beside; tested by chi-squared, Holm over "
        "campaigns.",
    )


def _other(each: Meanwhile, one: Readout) -> tuple[Cell, ...]:
    alike = "no" if each.unequal else "not told" if each.test is None else "yes"
    return each.campaign, each.treated, each.held, _of(each.effect.interval, one), alike


def _of(found: Interval, one: Readout) -> Estimate:
    """Return an interval with what travels with the read-out."""
    like = one.profit or one.outcomes[0].change
    return Estimate(interval=found, period=like.period, as_of=like.as_of, version=like.version, flags=like.flags)


def _whom(found: Uplift, one: Readout, ask: Ask) -> Iterator[Block]:
    yield Text(text=found.verdict)
    rows: list[tuple[Cell, ...]] = [("treating all, against none", "", _of(found.average_profit, one))]
    if found.policy is not None and found.decision == "target":
        share = f"{found.policy.share:.0%}"
        rows += [
            ("treating those, against none", share, _of(found.policy.against_none, one)),
            ("treating those, against all", share, _of(found.policy.against_all, one)),
        ]
    yield Grid(
        name=f"policy_{one.audience.name}",
        title="What choosing brings",
        heads=(
            Head(name="what", title="Policy"),
            Head(name="share", title="Treated"),
            Head(name="profit", title="Profit per customer", shows=Shows.MONEY, change=True),
        ),
        rows=tuple(rows),
        caption="By doubly robust scores (AIPW) of the experiment, of customers whom no model has seen, less cost.",
    )
    yield _learners(found, one)
    yield _fifths(found[found.chosen] if found.differs else _best(found), found, one)


def _best(found: Uplift) -> Learned:
    """Return the learner whose order of customers looks best, believed or not."""
    return max(found.learners, key=lambda each: each.qini.value if each.qini.value is not None else float("-inf"))


def _learners(found: Uplift, one: Readout) -> Grid:
    return Grid(
        name=f"learners_{one.audience.name}",
        title="Can it be told on whom it works?",
        heads=(
            Head(name="learner", title="Learner"),
            Head(name="slope", title="Slope of the effect foretold (BLP)", shows=Shows.NUMBER),
            Head(name="qini", title="Qini, held for all at once", shows=Shows.NUMBER),
            Head(name="believed", title="Believed"),
        ),
        rows=tuple(
            (
                each.name,
                _of(each.predictor.slope, one),
                _of(each.qini_of_all, one),
                "chosen" if each.name == found.chosen and found.differs else "yes" if each.differs else "no",
            )
            for each in found.learners
            if each.name != "constant"
        ),
        caption="Simplest first; the simplest that is level with the best is chosen, and nobody is told apart where "
        "none passes both tests: slope above 0 (Holm over learners), and a Qini coefficient above 0. Features are as "
        "they were known on the day before it began; attributes are left out, as they are known of today only.",
    )


def _fifths(each: Learned, found: Uplift, one: Readout) -> Grid:
    names = ("least", "second", "third", "fourth", "most")
    believed = "" if found.differs else " No learner passed: differences between these fifths are not to be believed."
    return Grid(
        name=f"fifths_{one.audience.name}",
        title="Effect by fifths of customers, by what was foretold",
        heads=(
            Head(name="fifth", title="Effect foretold"),
            Head(name="effect", title="Brought by treating", shows=Shows.MONEY, change=True),
        ),
        rows=tuple((name, _of(group, one)) for name, group in zip(names, each.groups, strict=True)),
        caption=f"By the learner `{each.name}`, out of fold; before cost.{believed}",
    )
