"""How many answers it takes to know a score, or to see it change."""

from dataclasses import dataclass
from datetime import date

from regulars.core.errors import QueryError, UnknownName
from regulars.stats.power import minimum_detectable, sample_size, sample_size_change

#: Variance of one answer where nothing is known: of a net score (METHODS: typically 0.57), and of a share of one half.
_TYPICAL = {"nps": 0.57, "csat": 0.25, "ces": 0.25, "pmf": 0.25}
_MONTH = 30.4375  # days
_WORST = {"nps": 1.0, "csat": 0.25, "ces": 0.25, "pmf": 0.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Which answers of the company tell how much answers differ.

    Attributes:
        answers: how many.
        start, end: local days [start, end) on which they were given.
        touchpoint: of what kind.
    """

    answers: int
    start: date
    end: date
    touchpoint: str

    @property
    def monthly(self) -> int:
        """How many there are in a month."""
        return round(self.answers * _MONTH / (self.end - self.start).days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many answers are needed.

    Attributes:
        question: nps, csat, ces or pmf.
        variance: of one answer, on -1 .. 1 (NPS) or 0 .. 1.
        known: whether the variance is that of the company's own answers.
        margin: half width of the interval, in points; `answers` for it, `worst` where answers differ as much as can be.
        change: difference between two periods, in points; `per_period` answers in each to see it four times in five.
        own: answers that tell it; None where there are none.
        have: answers of a month now; None where not known.
        detectable: smallest change between two such months that is seen four times in five, in points.
    """

    question: str
    variance: float
    known: bool
    margin: float
    answers: int
    worst: int
    change: float
    per_period: int
    own: Own | None = None
    have: int | None = None
    detectable: float | None = None


def plan(
    question: str,
    *,
    margin: float,
    change: float,
    level: float,
    variance: float | None = None,
    own: Own | None = None,
) -> Plan:
    """Return how many answers a question needs.

    Args:
        question: nps, csat, ces or pmf.
        margin: half width wanted, in points (of 100).
        change: difference between two periods to be seen with a probability of 80 %, in points.
        level: of the interval, and 1 minus the error of the test.
        variance: of one answer; a typical one where None.
        own: answers of the company that tell it.

    Raises:
        UnknownName: no such question.
        QueryError: a margin or change that is not between 0 and 200 points.
    """
    if question not in _TYPICAL:
        raise UnknownName("question", question, _TYPICAL)
    if not 0 < level < 1:
        raise QueryError(f"`{level}` is no level. Write a share between 0 and 1, such as 0.95.")
    for name, points in (("margin", margin), ("change", change)):
        if not 0 < points < 200:
            raise QueryError(f"`{points}` after `--{name}` is no number of points. Write one above 0, such as 5.")
    spread = _TYPICAL[question] if variance is None or variance <= 0 else variance
    have = own.monthly if own else None
    return Plan(
        question=question,
        variance=spread,
        known=variance is not None and variance > 0,
        margin=margin,
        answers=sample_size(spread, margin / 100, level=level),
        worst=sample_size(_WORST[question], margin / 100, level=level),
        change=change,
        per_period=sample_size_change(spread, spread, change / 100, level=level),
        own=own,
        have=have,
        detectable=None if not have else 100 * minimum_detectable(spread / have, spread / have, level=level),
    )
