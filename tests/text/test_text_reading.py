"""Comments read as a whole."""

import subprocess
import sys
from dataclasses import replace

import pytest
from written import rated

from regulars.text import editing
from regulars.text.memory import Memory, remembered
from regulars.text.reading import Comment, read
from regulars.text.taxonomy import read as taxonomy_of

SAID = {
    "The courier left my parcel outside in the pouring rain again": "negative",
    "The waiter was charming and brought us an extra dessert": "positive",
    "The zipper of the jacket jammed after one single day": "negative",
    "Our guide knew every corner of the old museum": "positive",
    "The refund took far longer than they had promised me": "negative",
    "Parking near the entrance is easy and always free": "positive",
}


def comments(times=60, **settings):
    return [
        Comment(id=f"{times}-{place}", text=text, label=label, person=f"p{place % 97}", **settings)
        for place, (text, label) in enumerate([*SAID.items()] * times)
    ]


@pytest.fixture(scope="module")
def reading():
    return read(comments(), seed=1)


def test_every_comment_has_language_sentiment_and_themes(reading):
    assert len(reading.comments) == 360
    for one, label in zip(reading.comments, [*SAID.values()] * 60, strict=True):
        assert one.language == "en"
        assert (one.method, one.polarity) == ("learned", label)
        assert 0 <= one.p_positive <= 1
        assert len(one.mentions) >= 1
        assert {mention.polarity for mention in one.mentions} == {label}
    assert reading.quality.english == "learned"
    assert reading.quality.auc.value > 0.95
    assert reading.notes == ()


def test_everyday_words_claim_their_sentences_and_the_rest_is_found(reading):
    by_text = {}
    for one, text in zip(reading.comments, [*SAID] * 60, strict=True):
        by_text.setdefault(text, set()).add(tuple(mention.theme for mention in one.mentions))
    assert all(len(themes) == 1 for themes in by_text.values())
    refund = next(themes for text, themes in by_text.items() if "refund" in text)
    assert refund == {("returns",)}
    others = [next(iter(themes))[0] for text, themes in by_text.items() if "zipper" in text or "museum" in text]
    assert len(set(others)) == 2
    assert all(theme.startswith("en-") for theme in others)


def test_themes_have_names_owners_words_and_masked_quotes(reading):
    returns = next(theme for theme in reading.themes if theme.id == "returns")
    assert (returns.name, returns.owner, returns.origin, returns.language) == (
        "Refunds and returns",
        "service",
        "everyday",
        "",
    )
    assert returns.n == 60
    assert "refund" in returns.terms
    assert set(returns.quotes) == {"negative"}
    assert len(returns.quotes["negative"]) == 1  # all say the same
    found = next(theme for theme in reading.themes if "zipper" in theme.terms)
    assert (found.origin, found.language) == ("found", "en")


def test_the_same_comments_give_the_same_reading(reading):
    assert read(comments(), seed=1) == reading
    assert read(comments(), seed=1, before=Memory()) == reading


def test_ids_and_corrections_survive_the_next_reading(reading):
    zipper = next(theme.id for theme in reading.themes if "zipper" in theme.terms)
    museum = next(theme.id for theme in reading.themes if "museum" in theme.terms)
    known = [each.id for each in reading.memory.themes]
    file = editing.rename("", zipper, "Broken zippers", known=known)
    file = editing.give(file, zipper, "product", known=known)
    file = editing.exclude(file, museum, known=known)
    file = editing.pin(file, "parking", ["parking"], known=known)
    memory = remembered(reading.memory.as_json())
    again = read(comments(70)[::-1], seed=2, before=memory, taxonomy=taxonomy_of(file, known=known))
    theme = next(each for each in again.themes if each.id == zipper)
    assert (theme.name, theme.owner) == ("Broken zippers", "product")
    assert "zipper" in theme.terms
    assert museum not in {each.id for each in again.themes}
    assert any(each.id == museum and not each.asleep for each in again.memory.themes)
    parking = next(each for each in again.themes if each.id == "parking")
    assert (parking.origin, parking.n) == ("own", 70)


def test_merged_themes_count_as_one():
    first = read(comments(), seed=1)
    zipper = next(theme.id for theme in first.themes if "zipper" in theme.terms)
    file = editing.merge("", zipper, "quality")
    again = read(comments(), seed=1, before=first.memory, taxonomy=taxonomy_of(file))
    assert zipper not in {theme.id for theme in again.themes}
    assert next(theme.n for theme in again.themes if theme.id == "quality") >= 60


def test_without_ratings_english_is_judged_by_a_list_and_others_not_at_all():
    texts = ["I love this wonderful shop", "This was a terrible experience", "Dit is een verschrikkelijke winkel"]
    found = read([Comment(id=str(place), text=text) for place, text in enumerate(texts)], seed=1)
    assert [one.polarity for one in found.comments] == ["positive", "negative", None]
    assert [one.method for one in found.comments] == ["lexicon", "lexicon", None]
    assert [one.p_positive for one in found.comments] == [None] * 3
    assert found.quality.auc.why_not == "not tried: there are no ratings to learn from"
    assert "1 comment in `nl` without sentiment: too few of that language are rated" in found.notes
    assert found.without_themes["en"] == "fewer than 30 sentences"


def test_what_was_cut_or_not_understood_is_said():
    texts = ["word " * 5000, "!!!", "ok", "Alles was prima in orde met de bestelling"]
    found = read(
        [
            Comment(id=str(place), text=text, language="klingon" if place == 3 else None)
            for place, text in enumerate(texts)
        ],
        seed=1,
    )
    assert "1 comment is longer than 10,000 characters and was cut" in found.notes
    assert "1 comment has no words" in found.notes
    assert "`klingon` names no language (1 comment); it was told from the words" in found.notes
    assert "the language of 1 comment cannot be told" in found.notes
    assert found.comments[1].polarity is None


def test_nothing_is_read_from_nothing():
    found = read([], seed=1)
    assert (found.comments, found.themes, found.notes) == ((), (), ())
    assert found.quality.auc.value is None


def test_a_rating_does_not_decide_how_its_own_comment_is_read():
    texts, labels = rated(400, noise=0.0, share=0.5)
    kept = [
        Comment(id=str(place), text=text, label=label)
        for place, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    turned = [replace(one, label="negative") if one.id == "0" else one for one in kept]
    turned[0] = replace(kept[0], label="negative" if kept[0].label == "positive" else "positive")
    assert read(turned, seed=1).comments[0].polarity == read(kept, seed=1).comments[0].polarity == kept[0].label


def test_praise_and_complaint_in_one_comment_go_to_their_themes():
    texts, labels = rated(400, noise=0.0, good=("lovely",), bad=("awful",), share=0.5)
    more = [
        Comment(id=str(place), text=text, label=label)
        for place, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    mixed = Comment(id="mixed", text="The delivery was lovely. The price was awful.")
    found = read([*more, mixed], seed=1).comments[-1]
    moods = {mention.theme: mention.polarity for mention in found.mentions}
    assert (moods["delivery"], moods["price"]) == ("positive", "negative")


def test_importing_it_is_cheap():
    dear = {"sklearn", "pandas", "py3langid", "vader", "tomlkit", "duckdb", "ibis"}
    heavy = f"import regulars.text.reading, sys; print(sorted({dear} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_sixty_thousand_comments_that_say_twelve_things_are_each_understood():
    said = [f"{one} {text.rstrip('.')}" for text in SAID for one in ("really,", "yes,")]
    many = [
        Comment(id=str(place), text=said[place % 12], label="positive" if place % 2 else "negative", person=str(place))
        for place in range(60_000)
    ]
    found = read(many, seed=1)
    assert all(one.polarity and one.mentions for one in found.comments)
    assert found.notes == ()
