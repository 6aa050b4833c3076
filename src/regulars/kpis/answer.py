"""The answer to a question: estimates with what makes them trustworthy, by KPI, group and period."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regulars.core.estimate import Estimate, Interval
from regulars.kpis.kpi import KPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How an estimate differs from the one of the period before.

    Attributes:
        difference: this period less the one before, in the KPI's unit.
        detectable: the smallest difference that would have been seen four times in five.
        before: the estimate of the period before.
    """

    difference: Interval
    detectable: float
    before: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """How a group differs from all others of its table.

    Attributes:
        difference: the group less the rest, in the KPI's unit.
        q: q-value over all groups of the KPI and period (Benjamini-Hochberg).
        found: whether the group differs, at the company's share of false findings.
    """

    difference: Interval
    q: float
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """How well what is foretold went on the past: no answer that is made of predictions goes without (the second law).

    Attributes:
        outcome: what is foretold.
        model: which foretells it, with its version.
        score: by measure.
        verdict: whether it is worth more than the simple rule, in words.
        tried: on which days, in words.
    """

    outcome: str
    model: str
    score: Mapping[str, Interval]
    verdict: str
    tried: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One KPI of one group in one period.

    Attributes:
        kpi: the definition.
        group: values of the split by name.
        estimate: value, interval and provenance.
        change: against the period before, where asked.
        contrast: against the other groups, where split and where statistics add up.
        drawn: the estimate drawn towards the other groups, where split into five or more: a better guess at what to
            expect of a small group than what it happened to show.
        scored: of predictions that it is made of.
    """

    kpi: KPI
    group: Mapping[str, Any] = field(default_factory=dict)
    estimate: Estimate
    change: Change | None = None
    contrast: Contrast | None = None
    drawn: Interval | None = None
    scored: tuple[Scored, ...] = ()
