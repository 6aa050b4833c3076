import numpy as np
import pytest
from written import rated

from regulars.text import lexicon
from regulars.text.assessed import assess
from regulars.text.sentiment import learn


def assessed(texts, labels, language="en"):
    codes = [language] * len(texts)
    learned = learn(texts, labels, [None] * len(texts), codes, rng=np.random.default_rng(0))
    listed = [lexicon.mean(scores) for scores in lexicon.heard([[text] for text in texts], codes)]
    return assess(labels, learned, listed, rng=np.random.default_rng(0))


def test_without_ratings_only_the_list_speaks_and_says_why():
    found = assessed(["good", "bad"], [None, None])
    assert (found.english, found.others) == ("lexicon", None)
    assert found.method("en") == "lexicon"
    assert found.method("pt") is None
    assert found.auc.why_not == "not tried: there are no ratings to learn from"
    assert "no ratings" in found.why
    assert found.learned_mistakes is None


def test_few_ratings_try_the_list_but_learn_nothing():
    texts, labels = rated(100)
    found = assessed(texts, labels)
    assert found.english == "lexicon"
    assert "learning takes 300" in found.auc.why_not
    assert found.lexicon_auc.value > 0.6
    assert found.lexicon_auc.n == 100
    assert found.gain.value is None
    assert sum(map(sum, found.lexicon_mistakes.counts)) == 100


def test_the_better_one_speaks_and_both_are_shown():
    texts, labels = rated(600)
    found = assessed(texts, labels)
    assert found.english == "learned"
    assert found.learned_auc.value > found.lexicon_auc.value
    assert found.gain.value == pytest.approx(found.learned_auc.value - found.lexicon_auc.value)
    assert f"{found.lexicon_auc.value:.3f} by the list" in found.why
    assert found.n_positive + found.n_negative == 600
    assert sum(map(sum, found.learned_mistakes.counts)) == 600
    assert found.balanced_accuracy.low < found.balanced_accuracy.value < found.balanced_accuracy.high
    assert found.accuracy.value > 0.8
    assert found.calibration_error.value < 0.1


def test_where_the_list_does_better_it_speaks_in_english_alone():
    """A different word of praise every time: nothing to learn, but the list knows them all."""
    rng = np.random.default_rng(2)
    words = sorted(lexicon._analyser().lexicon.items())
    good = [word for word, value in words if value > 1.5 and word.isalpha()]
    bad = [word for word, value in words if value < -1.5 and word.isalpha()]
    rng.shuffle(good)
    rng.shuffle(bad)
    pairs = [(f"it was {word} thing", "positive") for word in good[:400]]
    pairs += [
        (f"it was {word} stuff" if place % 3 else f"it was {word} thing", "negative")
        for place, word in enumerate(bad[:400])
    ]
    found = assessed([text for text, _ in pairs], [label for _, label in pairs])
    assert found.lexicon_auc.value > found.learned_auc.value
    assert (found.english, found.others) == ("lexicon", "learned")
    assert "does better" in found.why


def test_ratings_without_any_tie_to_words_are_not_learned_from():
    texts, labels = rated(500, noise=0.5, good=("plic", "ploc"), bad=("plac", "plec"))
    found = assessed(texts, labels, "nl")
    assert (found.english, found.others) == ("lexicon", None)
    assert "do not tell" in found.why
    assert found.auc.value is not None


def test_other_languages_are_learned_and_english_is_left_to_the_list():
    texts, labels = rated(400)
    found = assessed(texts, labels, "nl")
    assert (found.english, found.others) == ("lexicon", "learned")
    assert "rated comments are English" in found.why
    assert found.lexicon_auc.value is None
