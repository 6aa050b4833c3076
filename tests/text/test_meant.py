"""How comments and sentences are meant, whoever judges them."""

import numpy as np
import pytest
from written import rated

from regulars.text import lexicon, meant
from regulars.text.assessed import assess
from regulars.text.sentiment import learn

#: Words that the list does not know.
GOOD, BAD = ("plic", "ploc"), ("plac", "plec")


@pytest.fixture(scope="module", params=[0.75, 0.25], ids=["mostly content", "mostly cross"])
def taught(request):
    texts, labels = rated(600, good=GOOD, bad=BAD, share=request.param, noise=0.0)
    codes = ["en"] * 600
    learned = learn(texts, labels, [None] * 600, codes, rng=np.random.default_rng(0))
    listed = [lexicon.mean(scores) for scores in lexicon.heard([[text] for text in texts], codes)]
    quality = assess(labels, learned, listed, rng=np.random.default_rng(0))
    assert quality.english == "learned"
    return learned, quality, request.param


def judged(taught, comments, codes):
    learned, quality, _ = taught
    texts = [" ".join(own) for own in comments]
    heard = lexicon.heard(comments, codes)
    listed = [lexicon.mean(scores) for scores in heard]
    # New comments come after those that were learned from.
    more = [*["x"] * 600, *texts]
    found = meant.comments(more, [*["en"] * 600, *codes], quality, learned, [*[None] * 600, *listed])
    empty = [[]] * 600
    themes = [*empty, *([("delivery",)] * len(own) for own in comments)]
    moods = meant.sentences([*empty, *comments], themes, [*[()] * 600, *heard], found, learned)
    return found[600:], moods[600:]


def test_the_model_is_heard_where_the_list_is_silent_and_it_goes_against_most(taught):
    (whole,), (moods,) = judged(taught, [["delivery plac plec", "delivery plic ploc"]], ["en"])
    content = taught[2] > 0.5
    assert moods == (["negative", "neutral"] if content else ["neutral", "positive"])
    assert whole.method == "learned"


def test_the_list_goes_first_in_english(taught):
    _, (moods,) = judged(taught, [["delivery was wonderful plac", "delivery was terrible plic"]], ["en"])
    assert moods == ["positive", "negative"]


def test_where_the_list_cannot_read_the_model_judges_sentences(taught):
    found, (moods,) = judged(taught, [["delivery plac plec", "delivery plic ploc"]], [None])
    assert moods == ["negative", "positive"]
    assert found[0].polarity


def test_a_comment_of_one_sentence_and_its_sentence_are_one(taught):
    found, moods = judged(taught, [["delivery was wonderful plac plec"]], ["en"])
    assert moods == [[found[0].polarity]]


def test_what_the_model_does_not_speak_of_has_no_sentiment(taught):
    found, moods = judged(taught, [["levering plac", "levering plic"], ["zzz"]], ["nl", "en"])
    assert [one.polarity for one in found] == [None, None]
    assert [one.method for one in found] == [None, None]
    assert moods == [[None, None], [None]]
