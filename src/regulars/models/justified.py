"""Whether the past justifies a health score.

A score is worth having only if it tells more than how long somebody has been silent, grows with what comes, and means
what it says; weights that somebody felt right are no ground.
"""

from dataclasses import dataclass
from itertools import pairwise

from regulars.models.trial import Decile, Tried

#: Least gain in AUC over the simple rule, and most calibration error, on past days.
LEAST_GAIN, MOST_ERROR = 0.02, 0.05


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One of the conditions that a score must meet.

    Attributes:
        said: the condition in words, with what was found.
        met: whether it is.
    """

    said: str
    met: bool


def conditions(tried: Tried, naive: str) -> tuple[Condition, ...]:
    """Return whether the past justifies a score: what it tells beyond the rule, its order, its calibration."""
    if tried.why_not:
        return (Condition(said=f"it could not be tried on the past: {tried.why_not}", met=False),)
    return (_beyond_the_rule(tried, naive), _in_order(tried), _calibrated(tried))


def _beyond_the_rule(tried: Tried, naive: str) -> Condition:
    gain = tried.auc_gain
    if gain is None or gain.value is None or gain.low is None or gain.high is None:
        return Condition(said=f"what it tells beyond `{naive}` is unknown", met=False)
    span = f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
    said = f"AUC beyond `{naive}` {span}, where {LEAST_GAIN:+.2f} and more than chance is asked"
    return Condition(said=said, met=gain.value >= LEAST_GAIN and gain.low > 0)


def _in_order(tried: Tried) -> Condition:
    falls, said = _falls(tried.deciles), "what came grows from tenth to tenth"
    times = "once" if falls == 1 else f"{falls} times"
    return Condition(said=f"{said}, but falls {times}" if falls else said, met=not falls)


def _calibrated(tried: Tried) -> Condition:
    error = tried.score["calibration_error"]
    if error.value is None:
        return Condition(said=f"calibration error unknown: {error.why_not}", met=False)
    said = f"calibration error {error.value * 100:.1f} %, where less than {MOST_ERROR * 100:g} % is asked"
    return Condition(said=said, met=error.value < MOST_ERROR)


def _falls(deciles: tuple[Decile, ...]) -> int:
    """Return how often less came of a tenth than of the one below, by more than chance allows (two standard errors)."""
    found = 0
    for low, high in pairwise(deciles):
        pooled = (low.came * low.n + high.came * high.n) / max(low.n + high.n, 1)
        error = (pooled * (1 - pooled) * (1 / max(low.n, 1) + 1 / max(high.n, 1))) ** 0.5
        found += high.came < low.came - 2 * error
    return found


def unmet(tried: Tried, naive: str) -> str:
    """Return the conditions that are not met, in words; "" where a score is justified."""
    return "; ".join(one.said for one in conditions(tried, naive) if not one.met)
