"""Which of several models foretells a company best."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from regulars.core.estimate import Interval
from regulars.models import scores
from regulars.models.model import Kind, Model
from regulars.models.scores import Seen
from regulars.models.trial import Tried

#: What models that are level on squared error are compared by, and what is best.
_BY = {
    Kind.COUNT: ("rmse", "gini", "decile_error", "bias"),
    Kind.AMOUNT: ("rmse", "gini", "decile_error", "bias"),
    Kind.PROBABILITY: ("brier", "auc", "calibration_error"),
}
_HIGHER = ("gini", "auc")
#: Of what is detectable, whatever level is asked for of limits: it makes them wider or narrower, no more.
LEVEL = 0.95
#: Scores are the same that differ by so small a share: laws differ by as much in how far their fits went.
_SAME = 0.001
_BEST = {True: "the combination, which is less often far off", False: "the best by mean rank"}


def ordered(
    tried: Sequence[Tried],
    models: Mapping[str, Model],
    means: Mapping[str, Sequence[Seen]],
    gains: Mapping[str, Interval],
) -> tuple[tuple[Tried, ...], str]:
    """Return the models best first, and why the first is chosen.

    Squared error decides, since it is least for whoever foretells the mean. Models that are not detectably worse than
    the best by it are level: past days cannot tell them apart. Of these, one that is detectably better than the simple
    rule is preferred; then a combination of others, which is less often far off; then the mean rank by error, order,
    calibration and total decides, then simplicity.

    Args:
        tried: the models with their scores.
        models: by name.
        means: what each foretold on past days, beside what came, by name.
        gains: share of the rule's squared error that each does away with, by name; those without a score are missing.

    References:
        Gneiting (2011), Making and evaluating point forecasts, JASA 106, 746-762: the score must suit what is foretold.
        Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition, Int. J. of Forecasting 36, 54-74.
    """
    scored = [one for one in tried if not one.why_not]
    rest = sorted((one for one in tried if one.why_not), key=lambda one: (not models[one.model].naive, one.model))
    if not scored:
        return tuple(rest), "there is no past to try models on, so the simple rule stands"
    errors = {one.model: _squared(means[one.model]) for one in scored}
    best = min(errors, key=lambda name: (errors[name], models[name].complexity, name))
    # A model that could not be fitted on every day has fewer of them, and is not set beside one that could.
    level_ones = {
        one.model
        for one in scored
        if one.model == best or (_level(means[best], means[one.model]) and not _worse(gains[one.model]))
    }
    level_count = len(level_ones)
    better = {name for name in level_ones if _better(gains[name])}
    level_ones = better or level_ones
    ranks = _ranks([one for one in scored if one.model in level_ones], models)

    def place(one: Tried) -> tuple[bool, bool, float, int, str]:
        model = models[one.model]
        if one.model in level_ones:
            return False, not model.hedges, ranks[one.model], model.complexity, one.model
        return True, True, errors[one.model], model.complexity, one.model

    found = sorted(scored, key=place)
    if len(scored) == 1:
        return (*found, *rest), "no other could be tried"
    if level_count == 1:
        return (*found, *rest), "the least squared error, detectably less than all others'"
    every = len(level_ones) == level_count
    these = "these" if every else f"the {len(level_ones)} that are detectably better than the simple rule"
    best_of = _BEST[models[found[0].model].hedges] if len(level_ones) > 1 else ""
    which = f"of {these}, {best_of}" if best_of else "it alone is detectably better than the simple rule"
    return (*found, *rest), f"past days cannot tell {level_count} models apart by squared error; {which}"


def _worse(gain: Interval) -> bool:
    """Whether the simple rule is detectably better: however little past days tell, such a model is not chosen."""
    return gain.high is not None and gain.high < 0


def _better(gain: Interval) -> bool:
    return gain.low is not None and gain.low > 0


def _squared(days: Sequence[Seen]) -> float:
    errors = [np.square(day.mean - day.came, dtype=np.float64).sum() for day in days]
    return float(sum(errors)) / max(sum(len(day.came) for day in days), 1)


def _level(best: Sequence[Seen], other: Sequence[Seen]) -> bool:
    if len(best) != len(other):
        return False
    found = scores.gain(best, other, LEVEL)
    return found.low is None or found.low <= 0


def _ranks(level_ones: Sequence[Tried], models: Mapping[str, Model]) -> dict[str, float]:
    """Return each model's mean rank, 0 the best; models that score the same share a rank, and take up one.

    Else several models that say the same, as laws of buying do where nobody leaves, would push all others down.
    """
    names = _BY[models[level_ones[0].model].predicts.kind]
    ranks: dict[str, list[float]] = {one.model: [] for one in level_ones}
    for name in names:
        worse = {one.model: _badness(name, one) for one in level_ones}
        places = _places(sorted(worse.values()))
        for model, value in worse.items():
            ranks[model].append(places[value])
    return {model: float(np.mean(values)) for model, values in ranks.items()}


def _places(ascending: Sequence[float]) -> dict[float, int]:
    """Return the rank of each value; what differs by no more than `_SAME` is the same."""
    places: dict[float, int] = {}
    place, begins = -1, -math.inf
    for value in ascending:
        if place < 0 or value - begins > _SAME * abs(value):
            place, begins = place + 1, value
        places[value] = place
    return places


def _badness(name: str, one: Tried) -> float:
    value = one.score[name].value
    if value is None:
        return math.inf
    if name == "bias":
        return abs(float(np.log(max(value, 1e-9))))
    return -value if name in _HIGHER else value
