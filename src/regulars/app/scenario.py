"""What is asked of a scenario, and what its answer holds."""

from dataclasses import dataclass

from regulars.app.foretell import Foretold
from regulars.app.levers import Lever
from regulars.core.estimate import Estimate
from regulars.stats.lives import ORDER, SPANS
from regulars.stats.scenario import Change

#: Spans that retention may be told of.
PER = (*SPANS, ORDER)
#: Months ahead, at most.
MONTHS = 120
#: What to ask, for who asks nothing.
HOW = (
    "Name one change and what it costs: `--retention +5pp --cost 20000` (points), `--retention +5%` (of itself), "
    "`--price +3% --elasticity -1.2,-0.4 --cost 0`, or `--response-time -20% --effect -0.10,-0.05,0 --cost 20000`."
)
#: The same on a page, by the names of its fields.
HOW_ON_PAGE = (
    "On a page, fill in one of the fields Retention (`+5pp` or `+5%`), Prices (`+3%`, with Elasticity `-1.2,-0.4`) or "
    "Time to the first response (`-20%`, with Effect on leaving `-0.10,-0.05,0`), and Cost (`20000`)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked. Exactly one of the three changes.

    Attributes:
        retention, price, response_time: what changes.
        elasticity: limits of volume's reaction to prices; the company's own where None.
        effect: limits of what response times do to the rate of leaving; what records tell where None.
        cost: of the change, in the reporting currency.
        per: span that retention is told of.
        months: ahead; `clv_months` where None.
        of: contracts or orders; contracts if there are some where "".
        where: which customers, in the mapping language; all where "".
    """

    retention: Change | None = None
    price: Change | None = None
    response_time: Change | None = None
    elasticity: tuple[float, ...] | None = None
    effect: tuple[float, ...] | None = None
    cost: float | None = None
    per: str = "year"
    months: int | None = None
    of: str = ""
    where: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """The changes that are asked for."""
        return tuple(name for name in ("retention", "price", "response_time") if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What some customers bring, both worlds and their difference.

    Attributes:
        name: of the group; "" of all.
        customers: in it.
        before, after, difference: sums over them.
    """

    name: str
    customers: int
    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How the effect of the change would be measured.

    Attributes:
        days: until it is read out.
        outcome: what is set beside each other.
        expected: difference of the two arms that the scenario has.
        detectable: least difference that all these customers would show, four times in five.
        needed: customers of both arms together that show what is expected; None where it is nothing.
        share: whether it is a share of customers, else money of one.
    """

    days: int
    outcome: str
    expected: float
    detectable: float
    needed: int | None
    share: bool


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """The answer. There is none without money, cost, uncertainty and a plan to measure it.

    Attributes:
        lever: what was changed.
        of: contracts or orders.
        whole: all customers.
        parts: by RFM segment or state of the lifecycle.
        by: what parts are of.
        kept_before, kept_after: mean retention; None where the change has none.
        cost: of the change.
        net: difference less cost.
        pays: probability that the difference is more than the cost.
        skewed: whether the difference is below its mean in more than half of draws.
        least: the least change that pays its cost on average, and at the limits of the difference; None where none
            does.
        trial: how it would be measured.
        found: predictions by the law that was played, with its own score.
        instead: the predictions that other pages show, where another model makes them; None where it is this one.
        notes: what to beware of.
    """

    lever: Lever
    of: str
    whole: Pair
    parts: tuple[Pair, ...]
    by: str
    kept_before: Estimate | None
    kept_after: Estimate | None
    cost: Estimate
    net: Estimate
    pays: Estimate
    skewed: bool
    least: tuple[Change | None, Change | None, Change | None]
    trial: Trial
    found: Foretold
    instead: Estimate | None
    notes: tuple[str, ...]
