"""What a scenario can change, and what is known of what that does to customers: retention, prices, response times."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from ibis import _

from regulars.app.aftermath import LEFT, After, aftermath
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError
from regulars.core.periods import Period, day_number, day_of
from regulars.data import circumstances, engine
from regulars.data.building import made_with_costs
from regulars.data.driver import Driver
from regulars.data.snapshot import Snapshot
from regulars.kpis.query import Records
from regulars.models.model import Floats, Ints
from regulars.models.played import Changes
from regulars.stats.intervals import z
from regulars.stats.lives import Lives
from regulars.stats.scenario import Change, price_factor

#: The operational fact that tells how long customers wait, and whether that was too long.
_WAIT = "first_response"
#: Days back in which prices, and cases, are looked at.
_YEAR = 365
#: Least that is left of a price.
_FLOOR = -0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A number that nobody knows exactly: normal, with these limits of 95 %.

    Attributes:
        low, mean, high: in that order.
    """

    low: float
    mean: float
    high: float

    @classmethod
    def of(cls, numbers: tuple[float, ...], what: str) -> "Guess":
        """Return it from two limits, or from a limit, a mean and a limit.

        Raises:
            QueryError: these are other numbers, or not in order.
        """
        low, *middle, high = numbers if len(numbers) in (2, 3) else (0.0, 1.0, 0.0)
        mean = middle[0] if middle else (low + high) / 2
        if not low <= mean <= high:
            said, sorted_ = (",".join(f"{one:g}" for one in some) for some in (numbers, sorted(numbers)))
            form = "Write two limits, or a limit, the mean and a limit"
            if len(numbers) in (2, 3):
                form = "Write the lower limit first" if not middle else "Write the lower limit, the mean, the upper one"
            raise QueryError(f"`{said}` after `{what}` are no limits in order. {form}, such as `{sorted_}`.")
        return cls(low=low, mean=mean, high=high)

    def at(self, drawn: float) -> float:
        """Return it at a standard normal draw."""
        return self.mean + drawn * (self.high - self.low) / (2 * z(0.95))

    def __str__(self) -> str:
        return f"{self.mean:g} ({self.low:g} to {self.high:g})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lever:
    """A change, and what it does.

    Attributes:
        said: what is changed.
        assumes: in words, what is taken to be so.
        makes: the change at a multiple of itself.
        flags: codes of what its effect rests on.
        keeps: whether it changes who stays.
    """

    said: str
    assumes: tuple[str, ...]
    makes: Callable[[float], Changes]
    flags: tuple[str, ...] = ()
    keeps: bool = True


def retention(change: Change, per: str) -> Lever:
    """Return a change of each customer's own retention."""

    def makes(times: float) -> Changes:
        wanted = change.times(times)

        def changes(lives: Lives, _drawn: float) -> tuple[Lives, float]:
            return lives.keeping(wanted.of_each(lives.kept(per)), per), 1.0

        return changes

    each = "from an order to the next" if per == "order" else f"a {per}"
    return Lever(
        said=f"retention {each} {change}",
        assumes=(
            f"Each customer's own retention {each} changes by {change}, at most to 100 %: those who would stay anyway "
            "gain little, so this is not what the mean retention would give.",
            "What it costs brings exactly this change: what that takes is yours to say.",
        ),
        makes=makes,
    )


#: What is said of an elasticity that may be above 0.
_GROWS = (
    "Its upper limit is above 0: there customers buy more when prices rise, which is rare. Is a minus sign missing?",
)


def price(change: Change, elasticity: Guess, margin: float, said: str) -> Lever:
    """Return a change of all prices.

    Args:
        change: of prices, in percent of themselves.
        elasticity: of volume.
        margin: share of prices that money counts.
        said: where these come from.

    Raises:
        QueryError: demand is said to grow with prices.
    """
    if elasticity.mean > 0:
        raise QueryError(
            f"An elasticity of {elasticity} says that customers buy more when prices rise. Write limits below 0, such "
            "as `-1.2,-0.4`: percent of volume per percent of price."
        )

    def makes(times: float) -> Changes:
        wanted = max(change.amount * times, _FLOOR)

        def changes(lives: Lives, drawn: float) -> tuple[Lives, float]:
            return lives, float(price_factor(wanted, elasticity.at(drawn), margin))

        return changes

    return Lever(
        said=f"prices {change}",
        assumes=(
            f"Volume reacts with an elasticity of {elasticity}, {said}; who leaves over it is part of that.",
            *(_GROWS if elasticity.high > 0 else ()),
            f"Money counts {margin:.1%} of a price: the cost of a unit stays as it is.",
        ),
        makes=makes,
        flags=("assumed_effect",),
        keeps=False,
    )


def margin_of(snapshot: Snapshot) -> float:
    """Return the share of prices that the value of buyers counts: 1 where it is net revenue.

    Raises:
        QueryError: the last year's sales brought nothing.
    """
    days = snapshot.tables["purchase_days"]
    if not made_with_costs(days):
        return 1.0
    recent = days.filter(_.day >= snapshot.day - _YEAR)
    (found,) = engine.run(recent.aggregate(net=(_.sales - _.refunded).sum(), value=_.value.sum()))
    net, value = float(found["net"] or 0), float(found["value"] or 0)
    if net <= 0 or value <= 0:
        raise QueryError("Sales of the last year brought no margin, so there is nothing that a price could multiply.")
    return min(value / net, 1.0)


def waits(change: Change, effect: Guess, exposed: Floats, said: str, flags: tuple[str, ...]) -> Lever:
    """Return a change of times to the first response, by what it does to the hazard of leaving.

    Args:
        change: of times, in percent of themselves.
        effect: by what share the hazard of leaving changes with it.
        exposed: share of the time that each customer is under it, shape (n,) or one number.
        said: where the effect comes from.
        flags: codes of that.
    """

    def makes(times: float) -> Changes:
        def changes(lives: Lives, drawn: float) -> tuple[Lives, float]:
            share = np.maximum(1 + effect.at(drawn) * times * exposed, 0.0)
            return lives.leaving(np.broadcast_to(share, lives.alive.shape)), 1.0

        return changes

    return Lever(
        said=f"time to the first response {change}",
        assumes=(said, "Twice the change is taken to have twice the effect."),
        makes=makes,
        flags=flags,
    )


#: Why a change of response times is refused.
NO_EFFECT = (
    "What response times do to leaving is not known here: {why}. Say it with limits, as a share of the rate of "
    "leaving: `--effect -0.10,-0.05,0`."
)


def associated(workspace: Workspace, records: Records, change: Change) -> Guess:
    """Return by what share leaving changes after a case, as slow replies go along with leaving in this company.

    Slow replies become as rare as all waits changed by `change` make them; the difference between customers with and
    without one, at equal tenure and past buying, is taken for the difference that makes. It is an association.

    Raises:
        QueryError: nothing tells it.
    """
    driver = workspace.drivers.get(_WAIT)
    if driver is None or "ticket_courses" not in records.tables:
        raise QueryError(NO_EFFECT.format(why="there are no `tickets` with a first response"))
    end = records.as_of
    found = aftermath(records, {_WAIT: driver}, Period(max(day_of(0), day_of(day_number(end) - 2 * _YEAR)), end))
    rows = [row for row in found.rows if row.exposure.name == _WAIT and row.outcome is LEFT]
    slow = next((row for row in rows if row.difference is not None), None)
    if slow is None or slow.difference is None or slow.difference.interval.value is None:
        raise QueryError(NO_EFFECT.format(why="too few customers under contract waited too long for a reply"))
    left = _left(rows)
    if not left:
        raise QueryError(NO_EFFECT.format(why="nobody ended a contract after a case"))
    rarer = _too_long(driver, records, change) - _too_long(driver, records, Change(amount=0.0, points=False))
    low, high = sorted(
        rarer * (one or 0.0) / left for one in (slow.difference.interval.low, slow.difference.interval.high)
    )
    return Guess(low=low, mean=rarer * slow.difference.interval.value / left, high=high)


def _left(rows: list[After]) -> float:
    """Return the share that left, of all that were followed."""
    customers = sum(row.customers for row in rows)
    return sum(row.customers * (row.raw.interval.value or 0.0) for row in rows) / max(customers, 1)


def _too_long(driver: Driver, records: Records, change: Change) -> float:
    """Return the share of cases whose first reply takes too long, if all take so much less or longer."""
    cases = circumstances.cases(records.tables)
    named = cases.rename({f"case_{name}": name for name in cases.columns if name != "customer"})
    waited = named.mutate(case_reply_hours=named.case_reply_hours * (1 + change.amount))
    bad = driver.of(waited)[1]
    assert bad is not None
    (found,) = records.run(waited.aggregate(share=bad.cast("float64").mean()))
    return float(found["share"] or 0.0)


def after_cases(snapshot: Snapshot, records: Records, people: Ints) -> Floats:
    """Return the share of the time that each customer has had a case in the `repeat_days` before."""
    cases = circumstances.cases(records.tables)
    recent = cases.filter((cases.customer > 0) & (cases.day < snapshot.day) & (cases.day >= snapshot.day - _YEAR))
    table = engine.to_arrow(recent.group_by("customer").aggregate(cases=_.count()).order_by("customer"))
    found, who = np.zeros(len(people)), table["customer"].to_numpy()
    places = np.searchsorted(people, who)
    inside = places < len(people)
    inside[inside] = people[places[inside]] == who[inside]
    found[places[inside]] = table["cases"].to_numpy()[inside] * snapshot.definitions.repeat_days / _YEAR
    return np.minimum(found, 1.0)


def possible(change: Change, mean: float | None) -> bool:
    """Return whether there can be such a change: nothing falls by 100 %, and `mean` retention stays in 0 to 100 %.

    `mean` is None where it is not what changes.
    """
    return change.amount > -1 if mean is None else 0 <= change.of(mean) <= 1


def of_one_kind(change: Change, what: str) -> Change:
    """Return a change in percent.

    Raises:
        QueryError: it is in points, or leaves nothing.
    """
    if change.points or not possible(change, None):
        raise QueryError(f"`{change}` after `{what}` cannot be. Write a percentage above -100 %, such as `+3%`.")
    return replace(change)
