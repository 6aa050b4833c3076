"""Which of several models foretells a company best."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

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
#: Scores are the same that differ by so small a share: laws differ by as much in how far their fits went.
_SAME = 0.001
_BEST = {True: "the combination, which is less often far off", False: "the best by mean rank"}


def ordered(
    tried: Sequence[Tried], models: Mapping[str, Model], means: Mapping[str, Sequence[Seen]], level: float
) -> tuple[tuple[Tried, ...], str]:
    """Return the models best first, and why the first is chosen.

    Squared error decides, since it is least for whoever foretells the mean. Models that are not detectably worse than
    the best by it are level: past days cannot tell them apart, so a combination of others is preferred, which is less
    often far off; then the mean rank by error, order, calibration and total decides, then simplicity.

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
        if one.model == best or (_level(means[best], means[one.model], level) and not _worse_than_the_rule(one))
    }
    ranks = _ranks([one for one in scored if one.model in level_ones], models)

    def place(one: Tried) -> tuple[bool, bool, float, int, str]:
        model = models[one.model]
        if one.model in level_ones:
            return False, not model.hedges, ranks[one.model], model.complexity, one.model
        return True, True, errors[one.model], model.complexity, one.model

    found = sorted(scored, key=place)
    best_of = _BEST[models[found[0].model].hedges]
    why = (
        "the least squared error, detectably less than all others'"
        if len(level_ones) == 1
        else f"past days cannot tell {len(level_ones)} models apart by squared error; of these, {best_of}"
    )
    return (*found, *rest), why


def _worse_than_the_rule(one: Tried) -> bool:
    """Whether the simple rule is detectably better: however little past days tell, such a model is not chosen."""
    return one.gain.high is not None and one.gain.high < 0


def _squared(days: Sequence[Seen]) -> float:
    errors = [np.square(day.mean - day.came, dtype=np.float64).sum() for day in days]
    return float(sum(errors)) / max(sum(len(day.came) for day in days), 1)


def _level(best: Sequence[Seen], other: Sequence[Seen], level: float) -> bool:
    if len(best) != len(other):
        return False
    found = scores.gain(best, other, level)
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
