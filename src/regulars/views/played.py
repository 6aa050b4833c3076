"""What customers would bring if one thing were other than it is, and whether that pays."""

from collections.abc import Iterator

from regulars.app.scenario import HOW, HOW_ON_PAGE, Asked, Pair, WhatIf
from regulars.app.whatif import whatif
from regulars.core.estimate import Estimate
from regulars.core.wording import counted
from regulars.kpis.kpi import Shows
from regulars.stats.scenario import Change
from regulars.views import words
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Notice
from regulars.views.stakes import scores
from regulars.views.view import Ask

#: Changes below which nobody could tell one from none.
_TINY = 0.0001
#: Net that is about 0, as a share of its interval's width; and half of draws.
_ABOUT, _HALF = 0.05, 0.5
_FIELDS = ("retention", "price", "response_time", "elasticity", "effect", "cost", "per", "months", "of", "where")


def supposed(ask: Ask) -> Iterator[Block]:
    """Yield the answer to a scenario; how to ask where nothing is asked.

    Raises:
        QueryError: it cannot be answered.
    """
    asked = Asked(**{name: getattr(ask, name) for name in _FIELDS})
    if ask.workspace is None or ask.opened is None or not {"orders", "subscriptions"} & set(ask.records.covered):
        yield Notice(text="What a change would bring is known once there are `orders` or `subscriptions`.")
        return
    if not asked.named:
        yield Notice(text=f"Nothing is changed yet. {HOW_ON_PAGE} On a command line: {HOW}")
        return
    found = whatif(ask.workspace, ask.opened, asked, findings=ask.findings)
    yield _whole(found)
    yield _said("assumed", "What it takes to be so", (*found.notes, *found.lever.assumes))
    yield _said("measured", "How it would be measured", (_measured(found, ask.currency),))
    yield _parts(found)
    yield scores((found.found,))


def _whole(found: WhatIf) -> Grid:
    whole = found.whole
    rows: list[tuple[Cell, ...]] = [
        ("Value now", Figure(estimate=whole.before, shows=Shows.MONEY)),
        ("Value with the change", Figure(estimate=whole.after, shows=Shows.MONEY)),
        (_difference(whole.difference), Figure(estimate=whole.difference, shows=Shows.MONEY)),
        ("Cost of the change", Figure(estimate=found.cost, shows=Shows.MONEY)),
        ("Net", Figure(estimate=found.net, shows=Shows.MONEY)),
        ("Probability that it pays", Figure(estimate=found.pays, shows=Shows.SHARE)),
        ("Least change that pays its cost", _least(found)),
    ]
    if found.kept_before is not None and found.kept_after is not None:
        rows.append(("Retention now, mean of customers", Figure(estimate=found.kept_before, shows=Shows.SHARE)))
        rows.append(("Retention with the change", Figure(estimate=found.kept_after, shows=Shows.SHARE)))
    if found.instead is not None:
        rows.append(("Value now, as other pages have it", Figure(estimate=found.instead, shows=Shows.MONEY)))
    return Grid(
        name="whole",
        title=f"{_upper(found.lever.said)}: {counted(whole.customers, 'customer')}, {found.of}",
        heads=(Head(name="what", title=""), Head(name="said", title="")),
        rows=tuple(rows),
        caption="Both worlds share every draw, so their difference is known better than either; its interval holds "
        "doubt about parameters, chance, and how far totals were off on past days. Money is discounted, at "
        "the middle of when it comes, as CLV is. n counts customers, but that of the probability counts draws."
        f"{_skewed(found)}",
    )


def _difference(difference: Estimate) -> str:
    """Return its title: what brings nothing may cost nothing."""
    return "Difference, the most that it may cost" if (difference.interval.value or 0.0) > 0 else "Difference"


def _skewed(found: WhatIf) -> str:
    """Return why a change that breaks even on average pays in less than half of draws, or nothing."""
    net, pays = found.net.interval, found.pays.interval.value
    if net.value is None or net.low is None or net.high is None or pays is None:
        return ""
    if not found.skewed or pays >= _HALF or net.value < -_ABOUT * (net.high - net.low):
        return ""
    return (
        " It breaks even on average and yet pays in less than half of draws: few of them bring much, which lifts the "
        "mean above the median."
    )


def _said(name: str, title: str, sentences: tuple[str, ...]) -> Grid:
    """Return sentences that hold numbers."""
    return Grid(name=name, title=title, heads=(Head(name="said", title=""),), rows=tuple((one,) for one in sentences))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _least(found: WhatIf) -> str:
    mean, best, worst = found.least
    if mean is not None and not mean.amount:
        return "any that brings more than nothing: it costs nothing"
    if (mean, best, worst) == (None, None, None):
        return "none pays on average"
    limits = " to ".join(_or_none(one) for one in (best, worst))
    return f"{_or_none(mean)} ({limits}), of the same kind at the same cost"


def _or_none(change: Change | None) -> str:
    if change is None:
        return "none pays"
    if abs(change.amount) < _TINY:
        return f"less than {change.times(_TINY / abs(change.amount))}"
    return str(change)


def _measured(found: WhatIf, currency: str) -> str:
    trial, n = found.trial, found.whole.customers
    if trial.needed is None:
        return "There is nothing to see: the change is expected to change nothing."
    shows = Shows.SHARE if trial.share else Shows.MONEY
    expected, least = (words.value(abs(one), shows, currency) for one in (trial.expected, trial.detectable))
    if trial.share:
        expected, least = (f"{abs(one) * 100:.2g} points" for one in (trial.expected, trial.detectable))
    enough = f"enough, of {n:,}" if trial.needed <= n else f"there are {n:,}, who would show {least}"
    return (
        f"Half of the customers, drawn by lot, with the change and half without, for {trial.days} days; what is set "
        f"beside each other is the {trial.outcome}. The {expected} that are expected take "
        f"{counted(trial.needed, 'customer')} to be seen four times in five: {enough}."
    )


def _parts(found: WhatIf) -> Grid:
    return Grid(
        name="parts",
        title=f"By {found.by}",
        heads=(
            Head(name="part", title=_upper(found.by)),
            Head(name="customers", title="Customers"),
            Head(name="now", title="Now", shows=Shows.MONEY, minor=True),
            Head(name="then", title="With the change", shows=Shows.MONEY, minor=True),
            Head(name="difference", title="Difference", shows=Shows.MONEY, change=True),
        ),
        rows=tuple(_part(one) for one in found.parts),
        caption="Before the cost, which is of the whole.",
    )


def _part(one: Pair) -> tuple[Cell, ...]:
    return one.name, one.customers, one.before, one.after, one.difference
