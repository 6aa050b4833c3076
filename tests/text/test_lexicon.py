import pytest

from regulars.text import lexicon


def test_praise_is_above_and_complaint_below_zero():
    (good,), (bad,), (plain,) = lexicon.heard([["I love it"], ["terrible service"], ["it came on Monday"]], ["en"] * 3)
    assert -1 <= bad < -0.3 < plain == 0 < 0.3 < good <= 1


def test_a_comment_is_the_mean_of_its_sentences():
    (scores,) = lexicon.heard([["I love it.", "It came on Monday."]], ["en"])
    assert lexicon.mean(scores) == pytest.approx(scores[0] / 2)


@pytest.mark.parametrize("language", ["pt", "nl", None])
def test_other_languages_have_no_value_rather_than_zero(language):
    (scores,) = lexicon.heard([["I love it"]], [language])
    assert scores == ()
    assert lexicon.mean(scores) is None
    assert lexicon.polarity(lexicon.mean(scores)) is None


def test_it_cannot_be_brought_down():
    texts = ["", "😍" * 400, "\x00", "!" * 400, "no " * 100, "but " * 100, "\ud800"]
    (scores,) = lexicon.heard([texts], ["en"])
    assert all(-1 <= score <= 1 for score in scores)
