"""How good sentiment is, and by which method each language is judged.

The list of words speaks at first; once enough comments are rated, a model learned from them is tried on comments that
it has not seen. Both are set beside each other on the same English comments, and the better one speaks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval, unknown
from regulars.core.wording import counted
from regulars.stats import intervals, ranking, scoring
from regulars.text import lexicon, sentiment
from regulars.text.polarity import LEAST_OF_CLASS, Confusion, Polarity, confusion
from regulars.text.sentiment import Learned

Floats: TypeAlias = NDArray[np.float64]
Method: TypeAlias = Literal["learned", "lexicon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well sentiment tells positive from negative comments, out of fold.

    Attributes:
        english: what judges English comments; None where nothing does.
        others: what judges those of other languages; None where nothing does.
        why: why it is these.
        n_positive: rated comments that are positive.
        n_neutral: neutral.
        n_negative: negative.
        auc: area under the ROC curve of the learned model, neutral comments left out.
        accuracy: share of positive and negative comments that it is right about at even odds.
        balanced_accuracy: mean of that share of positive and that of negative comments.
        calibration_error: mean distance of probabilities from shares, what chance makes of it taken off below.
        lexicon_auc: of the list of words, on English comments.
        learned_auc: of the learned model on the same comments.
        gain: the latter less the former.
        learned_mistakes: of the learned model's classes; None where it was not learned.
        lexicon_mistakes: of the list's classes; None where no English comment is rated.
    """

    english: Method | None
    others: Method | None
    why: str
    n_positive: int
    n_neutral: int
    n_negative: int
    auc: Interval
    accuracy: Interval
    balanced_accuracy: Interval
    calibration_error: Interval
    lexicon_auc: Interval
    learned_auc: Interval
    gain: Interval
    learned_mistakes: Confusion | None
    lexicon_mistakes: Confusion | None

    def method(self, language: str | None) -> Method | None:
        """Return what judges comments in a language."""
        return self.english if language == lexicon.LANGUAGE else self.others


def assess(
    labels: Sequence[Polarity | None],
    learned: Learned | None,
    listed: Sequence[float | None],
    *,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Quality:
    """Return how good either method is, and which speaks.

    Args:
        labels: ratings of comments, None where there is none, shape (n,).
        learned: the model, None where too few are rated.
        listed: scores of the list of words, None for comments that it cannot read, shape (n,).
        rng: draws resamples.
        level: of intervals.
    """
    sizes = {each: sum(label == each for label in labels) for each in ("positive", "neutral", "negative")}
    own = _own(learned, sizes, rng, level)
    lists, ours, gain, mistakes = _beside(labels, learned, listed, level)
    english, others, why = _chosen(learned, own[0], ours, lists, gain, sizes)
    return Quality(
        english=english,
        others=others,
        why=why,
        n_positive=sizes["positive"],
        n_neutral=sizes["neutral"],
        n_negative=sizes["negative"],
        auc=own[0],
        accuracy=own[1],
        balanced_accuracy=own[2],
        calibration_error=own[3],
        lexicon_auc=lists,
        learned_auc=ours,
        gain=gain,
        learned_mistakes=_mistakes(labels, learned),
        lexicon_mistakes=mistakes,
    )


def _chosen(
    learned: Learned | None, auc: Interval, ours: Interval, lists: Interval, gain: Interval, sizes: dict[str, int]
) -> tuple[Method, Method | None, str]:
    if learned is None:
        return "lexicon", None, f"English by a list of words, other languages not at all: {_too_few(sizes)}"
    if auc.low is None or auc.low <= 0.5:
        return "lexicon", None, "words do not tell good ratings from bad ones: English is judged by a list of words"
    if gain.value is not None and gain.value < 0:
        why = f"learned from ratings; English by a list of words, which does better there: {_both(lists, ours)}"
        return "lexicon", "learned", why
    if lexicon.LANGUAGE not in learned.model.languages:
        few = f"fewer than {sentiment.LEAST_OF_LANGUAGE} rated comments are English"
        return "lexicon", "learned", f"learned from ratings; English by a list of words, as {few}"
    return "learned", "learned", "learned from ratings" + (f": {_both(lists, ours)}" if gain.value is not None else "")


def _both(lists: Interval, ours: Interval) -> str:
    return f"area under the ROC curve {lists.value:.3f} by the list, {ours.value:.3f} by the learned model"


def _too_few(sizes: dict[str, int]) -> str:
    n = sizes["positive"] + sizes["negative"]
    if not n:
        return "there are no ratings to learn from"
    if n < sentiment.LEAST:
        rated = counted(n, "comment is rated", "comments are rated")
        return f"{rated} positive or negative, and learning takes {sentiment.LEAST}"
    return f"{sizes['positive']:,} positive, {sizes['negative']:,} negative ratings are too few of one or of people"


def _own(
    learned: Learned | None, sizes: dict[str, int], rng: np.random.Generator, level: float
) -> tuple[Interval, Interval, Interval, Interval]:
    if learned is None:
        why = f"not tried: {_too_few(sizes)}"
        none = unknown(why, level=level, n=sizes["positive"] + sizes["negative"])
        return none, none, none, none
    decided = learned.came != 0.5
    came, chances = learned.came[decided], learned.probabilities[decided]
    right = (chances >= 0.5) == (came == 1)
    return (
        ranking.auc(learned.scores[decided], came, level=level),
        intervals.wilson(int(right.sum()), len(right), level=level),
        _balanced(right, came, level),
        scoring.calibration_error(chances, came, rng=rng, level=level),
    )


def _balanced(right: NDArray[np.bool_], came: Floats, level: float) -> Interval:
    """Return the mean of both shares; the variance is a quarter of the sum of theirs, one comment more either way."""
    sides = [right[came == value] for value in (0.0, 1.0)]
    shares = [float(side.mean()) for side in sides]
    smooth = [(float(side.sum()) + 1) / (len(side) + 2) for side in sides]
    error = math.sqrt(sum(p * (1 - p) / len(side) for p, side in zip(smooth, sides, strict=True))) / 2
    value, half = sum(shares) / 2, intervals.z(level) * error
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Interval(value=value, low=low, high=high, level=level, method="Wald, smoothed", n=len(right))


def _beside(
    labels: Sequence[Polarity | None], learned: Learned | None, listed: Sequence[float | None], level: float
) -> tuple[Interval, Interval, Interval, Confusion | None]:
    """Return both areas on the same comments, their difference, and the mistakes of the list."""
    rows = [place for place, label in enumerate(labels) if label and listed[place] is not None]
    pairs = [(labels[place], lexicon.polarity(listed[place])) for place in rows]
    mistakes = confusion((truth, taken) for truth, taken in pairs if truth and taken) if rows else None
    rows = [place for place in rows if labels[place] != "neutral"]
    came = np.array([labels[place] == "positive" for place in rows], dtype=np.float64)
    none = unknown("too few English comments are rated", level=level, n=len(rows))
    if min(came.sum(), len(came) - came.sum()) < LEAST_OF_CLASS:
        return none, none, none, mistakes
    scores = np.array([listed[place] for place in rows], dtype=np.float64)
    lists = ranking.auc(scores, came, level=level)
    if learned is None:
        untried = unknown("nothing was learned", level=level, n=len(rows))
        return lists, untried, untried, mistakes
    at = dict(zip(learned.rows.tolist(), learned.scores.tolist(), strict=True))
    both = np.array([place in at for place in rows])
    own = np.array([at[place] for place in rows if place in at])
    if min(came[both].sum(), both.sum() - came[both].sum()) < LEAST_OF_CLASS:
        return lists, none, none, mistakes
    ours = ranking.auc(own, came[both], level=level)
    return lists, ours, ranking.auc_gain(own, scores[both], came[both], level=level), mistakes


def _mistakes(labels: Sequence[Polarity | None], learned: Learned | None) -> Confusion | None:
    if learned is None:
        return None
    taken = [sentiment.polarity(chance) for chance in learned.probabilities.tolist()]
    pairs = zip([labels[row] for row in learned.rows.tolist()], taken, strict=True)
    return confusion((truth, found) for truth, found in pairs if truth and found)
