import numpy as np
import pytest

from regulars.text.polarity import POLARITIES, Confusion, confusion, net_sentiment


def mistakes(*rows):
    return Confusion(counts=tuple(tuple(int(n) for n in row) for row in rows))


PERFECT = mistakes((100, 0, 0), (0, 100, 0), (0, 0, 100))


def test_confusion_counts_truths_by_what_they_were_taken_for():
    found = confusion(
        [("positive", "neutral"), ("positive", "positive"), ("negative", "positive"), ("positive", "neutral")]
    )
    assert found.counts == ((1, 2, 0), (0, 0, 0), (1, 0, 0))


def test_without_mistakes_net_sentiment_is_what_it_seems():
    counts = {"positive": 60, "neutral": 15, "negative": 25}
    assert PERFECT.worth() == pytest.approx((1, 0, -1))
    plain, corrected = net_sentiment(counts), net_sentiment(counts, PERFECT)
    assert plain.value == corrected.value == pytest.approx(0.35)
    assert "not corrected" in plain.method
    assert corrected.high > plain.high  # that 100 were seen to be perfect does not make it certain


def test_rogan_and_gladens_case_of_two_classes_by_hand():
    """Sensitivity .9 and specificity .8 of `positive`: share (.55 + .8 - 1)/(.9 + .8 - 1) = .5, net 0."""
    found = net_sentiment({"positive": 550, "negative": 450}, mistakes((90, 0, 10), (0, 0, 0), (20, 0, 80)))
    assert found.value == pytest.approx(0.0, abs=1e-9)
    assert net_sentiment({"positive": 550, "negative": 450}).value == pytest.approx(0.1)


def test_worth_is_right_on_average_for_every_class():
    found = mistakes((85, 10, 5), (25, 50, 25), (4, 16, 80))
    rates = np.array(found.counts) / np.array(found.counts).sum(axis=1, keepdims=True)
    assert rates @ found.worth() == pytest.approx([1, 0, -1])


def test_without_neutral_ratings_both_others_are_still_right():
    found = mistakes((90, 8, 2), (0, 0, 0), (5, 15, 80))
    rates = np.array([[0.9, 0.08, 0.02], [0.05, 0.15, 0.8]])
    assert rates @ found.worth() == pytest.approx([1, -1])


@pytest.mark.parametrize(
    "found",
    [
        mistakes((100, 0, 0), (0, 0, 0), (9, 0, 0)),  # too few negative
        mistakes((50, 0, 50), (0, 0, 0), (50, 0, 50)),  # no difference
        mistakes((0, 0, 0), (0, 0, 0), (0, 0, 0)),
    ],
)
def test_what_cannot_be_corrected_has_no_value(found):
    assert found.worth() is None
    assert "too few comments" in net_sentiment({"positive": 5, "negative": 5}, found).why_not


def test_no_comments_no_value():
    assert net_sentiment({}, PERFECT).why_not == "no comment has a sentiment"
    assert net_sentiment({}).value is None


def test_the_limits_stay_in_range_and_have_width():
    found = net_sentiment({"positive": 30}, PERFECT)
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.5 < found.low < 1.0
    beyond = net_sentiment({"positive": 100}, mistakes((70, 20, 10), (20, 60, 20), (10, 20, 70)))
    assert beyond.low <= beyond.value <= beyond.high <= 1.0


@pytest.mark.parametrize(("n", "rated"), [(2000, (800, 100, 200)), (200, (80, 30, 40))])
def test_nineteen_of_twenty_intervals_hold_the_truth(n, rated):
    rng = np.random.default_rng(1)
    rates = np.array([[0.85, 0.1, 0.05], [0.25, 0.5, 0.25], [0.04, 0.16, 0.8]])
    shares = np.array([0.7, 0.1, 0.2])
    held = plain = 0
    for _ in range(400):
        seen = sum(rng.multinomial(part, row) for part, row in zip(rng.multinomial(n, shares), rates, strict=True))
        counts = dict(zip(POLARITIES, seen.tolist(), strict=True))
        known = mistakes(*(rng.multinomial(size, row) for size, row in zip(rated, rates, strict=True)))
        for corrected in (known, None):
            found = net_sentiment(counts, corrected)
            inside = found.low <= shares[0] - shares[2] <= found.high
            held, plain = held + (inside and corrected is not None), plain + (inside and corrected is None)
    assert held / 400 > 0.92
    assert plain < held * 0.8
