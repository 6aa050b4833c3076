"""RFM: how lately, how often and for how much a customer has bought, each scored 1 to 5.

| | of a customer at a date | score 5 |
|---|---|---|
| recency | days since the last day with an order (yesterday is 1) | lately |
| frequency | days with an order | often |
| value | contribution margin so far, or net revenue where costs are not known | much |

Scores are cut at quintiles: a customer's score is one more than the number of cut points below their value (recency
reversed). Cut points are values, frozen at a reference date, so that a customer moves between scores only because of
what they do, and equal customers score equally. Ties make bins uneven: where most customers bought once, a frequency of
1 is above no cut point and 2 is above several. So the sizes of the bins are reported, not assumed.

The map to segments reads recency and frequency, every pair once; value is shown beside it, so that "cannot lose" is
checked against money rather than made of it.

References:
    Hughes (1994), Strategic Database Marketing, for quintile scores; the names are those in common use.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.errors import QueryError
from regulars.core.periods import day_number
from regulars.kpis.frame import flag
from regulars.kpis.query import Records
from regulars.kpis.worth import with_costs

#: Scores run from 1 to this.
BINS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Customers to be treated alike.

    Attributes:
        name: stable snake_case key.
        title: as the field calls them.
        meaning: who they are, in one line.
        recency: lowest and highest recency score.
        frequency: lowest and highest frequency score.
    """

    name: str
    title: str
    meaning: str
    recency: tuple[int, int]
    frequency: tuple[int, int]


def _segment(title: str, recency: tuple[int, int], frequency: tuple[int, int], meaning: str) -> Segment:
    name = title.lower().replace(" ", "_")
    return Segment(name=name, title=title, meaning=meaning, recency=recency, frequency=frequency)


#: Every pair of scores lies in exactly one of them.
SEGMENTS = (
    _segment("Champions", (5, 5), (4, 5), "Bought just now and buy most often: keep them close."),
    _segment("Loyal", (3, 4), (4, 5), "Buy often, and not long ago."),
    _segment("Potential loyalists", (4, 5), (2, 3), "Bought lately and more than once: the habit is forming."),
    _segment("New", (5, 5), (1, 1), "Bought just now, hardly ever before: the second order decides."),
    _segment("Promising", (4, 4), (1, 1), "Bought not long ago, hardly ever before."),
    _segment("Need attention", (3, 3), (3, 3), "In the middle of everything: could go either way."),
    _segment("About to sleep", (3, 3), (1, 2), "Bought seldom, and a while ago."),
    _segment("Cannot lose", (1, 2), (5, 5), "Used to buy most often, and stopped."),
    _segment("At risk", (1, 2), (3, 4), "Used to buy often, and stopped."),
    _segment("Hibernating", (2, 2), (1, 2), "Bought seldom, and long ago."),
    _segment("Lost", (1, 1), (1, 2), "Bought seldom, and longest ago of all."),
)


def segment_at(recency: int, frequency: int) -> Segment:
    """Return the segment of a pair of scores.

    >>> segment_at(5, 1).title, segment_at(1, 5).title
    ('New', 'Cannot lose')
    """
    for segment in SEGMENTS:
        (oldest, latest), (rarest, most) = segment.recency, segment.frequency
        if oldest <= recency <= latest and rarest <= frequency <= most:
            return segment
    raise ValueError(f"Scores run from 1 to {BINS}: {recency}, {frequency}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Where scores are cut: four values each, ascending; a score changes above a cut point.

    Attributes:
        on: the reference date whose quintiles they are.
        customers: how many had ordered before it.
        recency: days.
        frequency: order days.
        value: 1/10,000 of the currency.
        with_costs: whether value is contribution margin; net revenue where not.
    """

    on: date
    customers: int
    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    value: tuple[int, ...]
    with_costs: bool

    def scores(self, recency: int, frequency: int, value: int) -> tuple[int, int, int]:
        """Return the scores of one customer; what `scored` says of many."""
        late, often, much = (
            bisect_left(cuts, own)
            for cuts, own in ((self.recency, recency), (self.frequency, frequency), (self.value, value))
        )
        return BINS - late, 1 + often, 1 + much


def buyers(records: Records, on: date) -> ir.Table:
    """Return `customer`, `recency`, `frequency` and `value` on the day `on` of everybody who had ordered before it."""
    days, day = records.tables["purchase_days"], day_number(on)
    known = days.filter((days.day < day) & (days.customer > 0))
    sums = known.group_by("customer").aggregate(
        last_day=_.day.max(where=_.orders > 0),
        frequency=flag(_.orders > 0).sum().cast("int32"),
        value=_.value.sum().cast("int64"),
    )
    ordered = sums.filter(sums.frequency > 0)
    return ordered.mutate(recency=(day - ordered.last_day).cast("int32")).drop("last_day")


def cut_points(records: Records, on: date | None = None) -> Cuts:
    """Return the quintiles of everybody who had ordered before `on` (as-of where None).

    The k-th is the least value that at least k fifths of customers do not exceed: an exact order statistic.

    Raises:
        QueryError: nobody had.
    """
    on = on or records.as_of
    names = ("recency", "frequency", "value")
    known = buyers(records, on)
    places = {f"{name}_place": ibis.row_number().over(order_by=known[name]).cast("int64") + 1 for name in names}
    placed = known.mutate(customers=known.count().over().cast("int64"), **places)
    # The first place of each fifth, in whole numbers: where 5 * place / n reaches the next whole number.
    fifths = [
        BINS * placed[place] // placed.customers > BINS * (placed[place] - 1) // placed.customers for place in places
    ]
    rows = records.run(placed.filter(fifths[0] | fifths[1] | fifths[2]).drop("customer"))
    if not rows:
        raise QueryError(f"Nobody had ordered before `{on}`, so there is nothing to score. Choose a later day.")
    size = rows[0]["customers"]
    return Cuts(
        on=on,
        customers=size,
        with_costs=with_costs(records),
        **{name: _quintiles({row[f"{name}_place"]: row[name] for row in rows}, size) for name in names},
    )


def _quintiles(by_place: Mapping[int, int], size: int) -> tuple[int, ...]:
    return tuple(by_place[-(-size * k // BINS)] for k in range(1, BINS))


def scored(known: ir.Table, cuts: Cuts) -> ir.Table:
    """Return `buyers` with scores `r`, `f`, `m` and `segment`, its place in SEGMENTS."""
    scores = known.mutate(
        r=(BINS - _above(known.recency, cuts.recency)).cast("int32"),
        f=(1 + _above(known.frequency, cuts.frequency)).cast("int32"),
        m=(1 + _above(known.value, cuts.value)).cast("int32"),
    )
    place = ibis.literal(len(SEGMENTS) - 1, type="int32")
    for index, segment in enumerate(SEGMENTS[:-1]):
        here = scores.r.between(*segment.recency) & scores.f.between(*segment.frequency)
        place = ibis.ifelse(here, index, place)
    return scores.mutate(segment=place.cast("int32"))


def _above(value: ir.IntegerValue, cuts: tuple[int, ...]) -> ir.IntegerValue:
    first, *rest = (flag(value > cut) for cut in cuts)
    return sum(rest, first)
