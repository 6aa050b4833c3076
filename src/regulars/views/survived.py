"""How long customers stay, and what goes along with it, as rows that go anywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from regulars.app.survival import Asked, Compared, Stay, Survived
from regulars.core.estimate import Estimate
from regulars.stats.contrasts import Statistic
from regulars.views.shown import as_arrow, as_pandas, interval_record

#: What is said of every hazard ratio.
ASSOCIATION = (
    "A hazard ratio above 1 goes along with leaving sooner, at equal tenure and with all else in the table equal. It "
    "is an association, not an effect: who has it differs in other ways too. Attributes are as they are today. "
    "q: the share of false findings to be expected where all ratios with a q so small are called real."
)


@dataclass(frozen=True, eq=False)
class Stays:
    """How long customers stay.

    Attributes:
        found: the answer.
    """

    found: Survived

    @property
    def caveat(self) -> str:
        """How it is counted, and when not to trust it."""
        said = [self.found.asked.of.said]
        if self.found.asked.by:
            said.append("Attributes are as they are today.")
        if any(stay.readable_from for stay in self.found.stays):
            said.append("Where few were under observation early on, the curve is that of those who stayed until then.")
        return " ".join(said)

    def records(self) -> list[dict[str, Any]]:
        """Return one document: the curve of each group, and whether they differ."""
        found = self.found
        test: dict[str, Any] = {"why_not": found.why_not} if found.test is None else _statistic(found.test)
        return [
            {
                **_travels(found.asked),
                "groups": [_stay(stay) for stay in found.stays],
                "log_rank": {**test, "groups": found.tested} if len(found.stays) > 1 else None,
                "notes": list(found.notes),
                "caveat": self.caveat,
            }
        ]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per group and number."""
        found, rows = self.found, []
        test = found.test
        for stay in found.stays:
            for measure, days, risk, estimate, unit in _numbers(stay):
                rows.append(
                    {
                        "of": str(found.asked.of),
                        **{f"by_{name}": None if one is None else str(one) for name, one in stay.group.items()},
                        "measure": measure,
                        "days": days,
                        "at_risk": risk,
                        **_estimate(estimate),
                        "unit": unit,
                        "as_of": estimate.as_of,
                        "customers": stay.customers,
                        "left": stay.left,
                        "readable_from": stay.readable_from,
                        "log_rank_p_value": None if test is None else test.p_value,
                    }
                )
        return rows

    to_arrow = as_arrow
    to_pandas = as_pandas


@dataclass(frozen=True, eq=False)
class Hazards:
    """What goes along with leaving sooner or later.

    Attributes:
        found: the answer.
    """

    found: Compared

    @property
    def caveat(self) -> str:
        """How it is counted, and what it does not say."""
        return f"{ASSOCIATION} {self.found.asked.of.said}"

    def records(self) -> list[dict[str, Any]]:
        """Return one document: every hazard ratio."""
        found = self.found
        return [
            {
                **_travels(found.asked),
                "customers": found.found.n,
                "left": found.found.ends,
                "hazard_ratios": list(self._ratios(found.asked)),
                "likelihood_ratio": _statistic(found.found.test),
                "notes": list(found.notes),
                "caveat": self.caveat,
            }
        ]

    def _ratios(self, asked: Asked) -> Iterator[dict[str, Any]]:
        for effect in self.found.found.effects:
            yield {
                "covariate": effect.term.covariate,
                "category": effect.term.category,
                "against": effect.term.against,
                **_estimate(asked.estimate(effect.ratio)),
                "p_value": effect.p_value,
                "q": effect.q,
                "p_same_at_all_tenures": effect.p_steady,
            }

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per hazard ratio."""
        asked, found = self.found.asked, self.found.found
        rest = {"unit": "hazard ratio", "as_of": asked.records.known_at, "customers": found.n, "left": found.ends}
        rest |= {"caveat": ASSOCIATION, "notes": "; ".join(self.found.notes)}
        return [{"of": str(asked.of), **row, **rest} for row in self._ratios(asked)]

    to_arrow = as_arrow
    to_pandas = as_pandas


def _numbers(stay: Stay) -> Iterator[tuple[str, int | None, int | None, Estimate, str]]:
    for point in stay.points:
        yield f"stays {point.months} months", point.days, point.at_risk, point.stays, "share"
    if stay.again is not None and stay.again_median is not None:
        yield "came back", None, None, stay.again, "share"
        yield "median of those who came back", None, None, stay.again_median, "days"
    yield "median", None, None, stay.median, "days"
    yield "restricted mean", stay.within, None, stay.mean, "days"


def _stay(stay: Stay) -> dict[str, Any]:
    points = [
        {"months": point.months, "days": point.days, "at_risk": point.at_risk, **_estimate(point.stays)}
        for point in stay.points
    ]
    return {
        "group": dict(stay.group),
        "customers": stay.customers,
        "left": stay.left,
        "readable_from": stay.readable_from,
        "stays": points,
        "came_back": None if stay.again is None else _estimate(stay.again),
        "median_days_of_those": None if stay.again_median is None else _estimate(stay.again_median),
        "median_days": _estimate(stay.median),
        "restricted_mean_days": {"within": stay.within, **_estimate(stay.mean)},
    }


def _travels(asked: Asked) -> dict[str, Any]:
    return {
        "of": str(asked.of),
        "by": list(asked.by),
        "as_of": asked.records.known_at.isoformat(),
        "period": str(asked.period),
        "version": asked.version,
    }


def _estimate(estimate: Estimate) -> Mapping[str, Any]:
    return {
        **interval_record(estimate.interval),
        "period": str(estimate.period),
        "version": estimate.version,
        "flags": list(estimate.flags),
    }


def _statistic(test: Statistic) -> dict[str, Any]:
    return {"chi_squared": test.value, "df": test.df, "p_value": test.p_value, "why_not": ""}
