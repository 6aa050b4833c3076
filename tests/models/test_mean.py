"""The mean of several models."""

import numpy as np
import pytest

from regulars.models.ahead import Ahead, alive_doubts, with_alive
from regulars.models.mean import mean_of
from regulars.models.model import Horizon
from regulars.stats.likelihood import NotFitted
from regulars.stats.predictive import Counts


class Part:
    def __init__(self, mean, note="", *, pairs=0.0, doubts=(), more=None):
        self.mean, self.pairs = np.array(mean), pairs
        self.doubts, self.more = np.array(doubts).reshape(-1, len(mean)), more or {}
        self.n, self.method, self.learned, self.notes = 7, "told", {"mean": mean}, (note,) if note else ()

    def ahead(self, snapshot):
        return Ahead(
            comes=Counts.of(self.mean, np.exp(-self.mean), 1.0, self.pairs), doubts=self.doubts, more=self.more
        )


def together(*parts):
    return mean_of([lambda *_, part=part: part for part in parts])(None, Horizon(30), None)


def test_either_may_be_right_so_limits_hold_both():
    few, many = Part([2.0, 2.0], pairs=4.0), Part([40.0, 2.0], pairs=[1600.0, 4.0])
    fitted = together(few, many)
    found = fitted.predict(None, 0.95)
    assert found.mean.tolist() == [21, 2]
    # A mixture of Poisson(2) and Poisson(40): variance 21 + 19²; of two alike, that of one.
    assert found.spread == pytest.approx([21 + 19**2, 2])
    assert found.low[0] <= 2
    assert found.high[0] >= 40
    assert (found.low[1], found.high[1]) == (0, 5)
    assert found.doubts.shape == (0, 2)
    assert fitted.n == 7
    assert fitted.learned == [{"mean": [2.0, 2.0]}, {"mean": [40.0, 2.0]}]


def test_what_all_say_besides_is_kept_and_notes_are_told_once():
    both = {"alive": np.array([0.5, 0.7])}
    one = Part([1.0, 2.0], "the same", more={**both, "own": np.zeros(2)})
    other = Part([1.0, 2.0], "the same", more={"alive": np.array([0.7, 0.9])})
    fitted = together(one, other)
    found = fitted.predict(None, 0.95)
    assert "own" not in found.more
    assert found.more["alive"] == pytest.approx([0.6, 0.8])
    assert fitted.notes == ("the same",)


def test_whether_somebody_is_there_still_is_as_unsure_as_models_differ():
    parts = [Part([1.0], more=with_alive(np.array([alive]), [np.array([0.03])])) for alive in (0.5, 0.7, 0.9)]
    more = together(*parts).predict(None, 0.95).more
    variance = sum(one**2 for one in alive_doubts(more))
    assert more["alive"] == pytest.approx([0.7])
    assert variance == pytest.approx(np.var([0.5, 0.7, 0.9], ddof=1) + 0.03**2)


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
