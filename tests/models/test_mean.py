"""The mean of several models."""

import numpy as np
import pytest

from regulars.models.mean import mean_of
from regulars.models.model import Forecast, Horizon
from regulars.stats.likelihood import NotFitted


class Part:
    def __init__(self, mean, note="", **rest):
        self.mean, self.rest = np.array(mean), rest
        self.n, self.method, self.learned, self.notes = 7, "told", {"mean": mean}, (note,) if note else ()

    def predict(self, snapshot, level):
        return Forecast(mean=self.mean, low=self.mean - 1, high=self.mean + 3, **self.rest)


def together(*parts):
    return mean_of([lambda *_, part=part: part for part in parts])(None, Horizon(30), None)


def test_it_is_the_mean_of_means_and_limits():
    fitted = together(Part([1.0, 2.0]), Part([3.0, 0.0]))
    found = fitted.predict(None, 0.95)
    assert (found.mean.tolist(), found.low.tolist(), found.high.tolist()) == ([2, 1], [1, 0], [5, 4])
    assert found.spread is None
    assert found.doubts.shape == (0, 2)
    assert fitted.n == 7
    assert fitted.learned == [{"mean": [1.0, 2.0]}, {"mean": [3.0, 0.0]}]


def test_what_all_say_besides_is_kept_and_notes_are_told_once():
    both = {"alive": np.array([0.5, 0.7])}
    one = Part([1.0, 2.0], "the same", spread=np.array([1.0, 4.0]), more={**both, "own": np.zeros(2)})
    other = Part([1.0, 2.0], "the same", spread=np.array([3.0, 0.0]), more={"alive": np.array([0.7, 0.9])})
    fitted = together(one, other)
    found = fitted.predict(None, 0.95)
    assert set(found.more) == {"alive"}
    assert found.more["alive"] == pytest.approx([0.6, 0.8])
    assert found.spread.tolist() == [2, 2]
    assert fitted.notes == ("the same",)


def test_parts_that_doubt_alike_leave_as_much_doubt_together():
    """Learned from the same customers they err together: the mean is no surer than they are."""
    doubts = np.array([[0.5, 1.0], [0.2, -0.1]])
    found = together(*(Part([1.0, 2.0], doubts=doubts) for _ in range(3))).predict(None, 0.95)
    weights = np.array([1.0, 5.0])
    assert np.square(found.doubts @ weights).sum() == pytest.approx(np.square(doubts @ weights).sum())


def test_a_part_without_doubts_stands_beside_one_with():
    found = together(Part([1.0, 2.0]), Part([1.0, 2.0], doubts=np.ones((3, 2)))).predict(None, 0.95)
    assert found.doubts.shape == (3, 2)


def test_a_part_that_cannot_be_fitted_leaves_no_mean():
    def refuses(*_):
        raise NotFitted("too little")

    with pytest.raises(NotFitted, match="too little"):
        mean_of([lambda *_: Part([1.0]), refuses])(None, Horizon(30), None)
