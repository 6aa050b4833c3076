import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from written import about

from regulars.text import themes
from regulars.text.stop_words import LANGUAGES, stop_words
from regulars.text.themes import find, told

TOPICS = (
    "parcel courier doorstep postman signature tracking",
    "invoice payment card charged bank receipt",
    "sleeve collar fabric seam zipper button",
    "password login screen browser code email",
    "waiter table soup menu kitchen dessert",
)


def found(sentences, language="en", seed=0):
    return find(sentences, language, rng=np.random.default_rng(seed))


def test_topics_that_recur_are_found_and_named():
    sentences, truth = about(TOPICS, 1000)
    seen = found(sentences)
    assert len(seen.themes) == len(TOPICS)
    assert adjusted_rand_score(truth, seen.of) > 0.95
    for theme in seen.themes:
        words = {word for term, _ in theme.terms[:6] for word in term.split()}
        assert any(words <= set(topic.split()) for topic in TOPICS)
        assert theme.label.split(", ")[0] in words
        assert theme.stability > 0.6
    assert [theme.n for theme in seen.themes] == sorted((theme.n for theme in seen.themes), reverse=True)
    assert sum(theme.n for theme in seen.themes) == (seen.of >= 0).sum()


def test_another_draw_of_halves_finds_the_same():
    sentences, _ = about(TOPICS, 1000)
    assert adjusted_rand_score(found(sentences, seed=1).of, found(sentences, seed=2).of) > 0.98
    one, again = found(sentences, seed=1), found(sentences, seed=1)
    assert one.themes == again.themes
    assert one.closeness.tobytes() == again.closeness.tobytes()


def test_words_thrown_together_make_no_theme():
    rng = np.random.default_rng(1)
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"]
    seen = found([" ".join(rng.choice(words, 4)) for _ in range(800)])
    assert (seen.of >= 0).mean() < 0.1
    assert seen.themes or seen.why_not == "no theme comes back in halves of the sentences"


def test_what_fits_no_theme_has_none():
    sentences, _ = about(TOPICS, 1000)
    odd = ["strange unrelated remark", "the", "", "!!!", "zebra"]
    seen = found([*sentences, *odd])
    assert seen.of[-len(odd) :].tolist() == [-1] * len(odd)
    assert seen.closeness[-len(odd) :].tolist() == [0.0] * len(odd)


def test_a_dozen_sentences_a_thousand_times_each_are_a_dozen_themes():
    said = [f"{topic.split()[0]} {topic.split()[1]} {extra}" for topic in TOPICS for extra in ("arrived", "broken")]
    sentences = [f"The {text}!" for text in said] * 3000
    seen = found(sentences)
    assert len(seen.themes) == len(said)
    assert {theme.n for theme in seen.themes} == {3000}
    of = seen.of.reshape(3000, len(said))
    assert sorted(of[0].tolist()) == list(range(len(said)))
    assert (of == of[0]).all()


def test_spelling_and_stop_words_do_not_part_a_repeated_sentence():
    seen = found(["The delivery was late!", "delivery late", "DELIVERY, late?"] * 20 + ["rude waiter"] * 20)
    assert [theme.n for theme in seen.themes] == [60, 20]


def test_repeating_every_sentence_changes_nothing_but_counts():
    sentences, _ = about(TOPICS, 600)
    once, thrice = found(sentences), found(sentences * 3)
    assert adjusted_rand_score(once.of, thrice.of[:600]) > 0.97


@pytest.mark.parametrize(
    ("sentences", "language", "why"),
    [
        (["parcel late"] * 29, "en", "fewer than 30 sentences"),
        ([], "en", "fewer than 30 sentences"),
        (["the and of"] * 100, "en", "fewer than 30 sentences"),
        (["配送很慢"] * 100, "zh", "words are not set apart by spaces in this language"),
        ([chr(97 + n % 26) * 3 + chr(97 + n // 26) * 3 for n in range(100)], "en", "no word is written three times"),
    ],
)
def test_too_little_has_no_themes_and_says_why(sentences, language, why):
    seen = found(sentences, language)
    assert (seen.themes, seen.why_not) == ((), why)
    assert seen.of.tolist() == [-1] * len(sentences)


def test_thirty_different_sentences_are_survived():
    sentences, _ = about(TOPICS, 30)
    assert len(found(sentences).of) == 30


def test_accents_are_kept_and_stop_words_are_of_the_language():
    assert told("A entrega não chegou até às três", "pt") == ["entrega", "chegou", "três"]
    assert told("The card is in the post", "nl") == ["the", "card", "the", "post"]
    assert set(LANGUAGES) == {"en", "nl", "de", "fr", "es", "pt"}
    for language in LANGUAGES:
        assert all(word == word.lower().strip() for word in stop_words(language))
        assert 150 < len(stop_words(language)) < 400
    for word in ("order", "problem", "website", "price", "service", "return", "help", "value", "time", "working"):
        assert word not in stop_words("en")


@pytest.mark.shared_data
def test_messages_to_a_bank_fall_into_their_intents(shared):
    pq = pytest.importorskip("pyarrow.parquet")
    rows = pq.read_table(shared / "data/banking77/train.parquet").to_pydict()
    seen = found(rows["text"])
    from sklearn.metrics import normalized_mutual_info_score

    inside = seen.of >= 0
    assert 15 <= len(seen.themes) <= themes.MOST
    assert inside.mean() > 0.7
    assert normalized_mutual_info_score(np.array(rows["category"])[inside], seen.of[inside]) > 0.53


def test_a_sentence_counts_as_often_as_it_was_written():
    rng = np.random.default_rng(4)
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"]
    noise = [" ".join(rng.choice(words, 4)) for _ in range(400)]
    assert found([*noise, "lift stuck"]).of[-1] == -1
    seen = found([*noise, *["lift stuck"] * 200])
    assert set(seen.of[-200:].tolist()) == {0}
    assert seen.themes[0].n == 200


def test_forty_sentences_a_hundred_times_each_are_not_too_few():
    """They differ in every word, so that any 20 or 25 of them are themes."""
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnr"]
    seen = found([f"{one} {other} came" for one, other in zip(words[:40], words[40:80], strict=True)] * 100)
    assert len(seen.themes) >= 15
    assert {theme.n for theme in seen.themes} == {100}
