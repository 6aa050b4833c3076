"""What trying models on the past found: their scores, and which of them is chosen."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from regulars.core.estimate import Interval, unknown
from regulars.stats import intervals

#: Interval by the name of the measure.
Score = Mapping[str, Interval]


@dataclass(frozen=True, kw_only=True)
class Decile:
    """A tenth of customers by what was foretold of them, all days together.

    Attributes:
        n: predictions in it.
        foretold: their mean.
        came: mean of what came.
        squared: mean square of what came; None of trials that were kept before it was.
    """

    n: int
    foretold: float
    came: float
    squared: float | None = None

    def interval(self, level: float, *, share: bool) -> Interval:
        """Return what came with its interval, predictions of several days taken as independent.

        Args:
            level: of the interval.
            share: whether it is a share of customers.
        """
        if share:
            return intervals.wilson(round(self.came * self.n), self.n, level=level)
        if self.squared is None or self.n < 2:
            return unknown("how much what came varies was not kept", level=level, n=self.n)
        half = intervals.z(level) * math.sqrt(max(self.squared - self.came**2, 0.0) / (self.n - 1))
        return Interval(
            value=self.came, low=self.came - half, high=self.came + half, level=level, method="mean", n=self.n
        )


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One model tried on the past.

    Attributes:
        model: its name.
        version: its version.
        score: by measure; see scores.MEASURES.
        gain: share of the naive rule's squared error that it does away with: above 0, it is better.
        auc_gain: how much greater its AUC is than the rule's; None where no probability is foretold.
        totals: foretold over came on each day, latest first; None where nothing came.
        deciles: lowest first.
        notes: what it said when it was fitted for the latest day.
        why_not: reason there is no score.
    """

    model: str
    version: int
    score: Score
    gain: Interval
    auc_gain: Interval | None = None
    totals: tuple[float | None, ...] = ()
    deciles: tuple[Decile, ...] = ()
    notes: tuple[str, ...] = ()
    why_not: str = ""

    def verdict(self, naive: str) -> str:
        """Say whether it is worth more than the rule."""
        gain = self.gain
        if self.model == naive:
            return "the simple rule that other models are measured against"
        if gain.value is None or gain.low is None or gain.high is None:
            return f"not known to be better than `{naive}`: {gain.why_not}"
        if gain.low <= 0 <= gain.high:
            return f"not detectably better than `{naive}`"
        size, *limits = (f"{abs(part) * 100:.1f}" for part in (gain.value, gain.low, gain.high))
        low, high = limits if gain.value > 0 else reversed(limits)
        side, sign = ("better", "less") if gain.value > 0 else ("worse", "more")
        return f"{side} than `{naive}`: {size} % {sign} squared error ({low} to {high} %)"

    @property
    def past_error(self) -> float:
        """How far totals were off on past days, as a share: the root of the mean squared logarithm; 0 where unknown."""
        logs = [math.log(ratio) for ratio in self.totals if ratio is not None and ratio > 0]
        return math.sqrt(sum(log**2 for log in logs) / len(logs)) if logs else 0.0

    @property
    def odds_error(self) -> float:
        """How far log odds of probabilities were off on past days, beyond chance, as a standard deviation.

        That of whole days, or that of tenths of customers, whichever is more; 0 where it is not known.
        """
        tenths = [one for one in self.deciles if one.n and 0 < one.foretold < 1]
        if not tenths:
            return 0.0
        whole = sum(one.n * one.foretold for one in tenths)
        moved = sum(one.n * one.foretold * (1 - one.foretold) for one in tenths)
        squares = []
        for one in tenths:
            came = (one.came * one.n + 0.5) / (one.n + 1)  # nobody at all, or everybody, has no finite odds
            off = math.log(came / (1 - came)) - math.log(one.foretold / (1 - one.foretold))
            squares.append(off**2 - 1 / (one.n * one.foretold * (1 - one.foretold)))
        of_tenths = max(sum(squares) / len(squares), 0.0)
        return max(self.past_error * whole / moved, math.sqrt(of_tenths))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The models of one outcome, tried on the same days of the past.

    Attributes:
        outcome: its name.
        asked_days: horizon that was asked for.
        days: horizon that was tried; shorter where records are too short for the one asked for.
        lead_days: days between each of the past days and its horizon.
        cutoffs: days on which models were tried, latest first; none where records are too short.
        naive: name of the rule that they are measured against.
        tried: every model, best first.
        chosen: name of the one that foretells this company best.
        why: why it was chosen.
    """

    outcome: str
    asked_days: int
    days: int
    lead_days: int
    cutoffs: tuple[date, ...]
    naive: str
    tried: tuple[Tried, ...]
    chosen: str
    why: str

    @property
    def tried_on(self) -> str:
        """Say on which days models were tried, and for which horizon where that is another than was asked for."""
        said = f"tried on {', '.join(str(day) for day in self.cutoffs) or 'no past day'}"
        if self.days == self.asked_days:
            return said
        return f"{said}, with a horizon of {self.days} days: records are too short to try one of {self.asked_days} days"

    def of(self, model: str) -> Tried:
        """Return what was found of `model`.

        Raises:
            KeyError: it was not tried.
        """
        return {one.model: one for one in self.tried}[model]
