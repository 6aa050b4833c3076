import json

import numpy as np
import pytest
from written import about

from regulars.core.errors import StoreError
from regulars.text.memory import Memory, recognised, remembered
from regulars.text.themes import Theme, find

PARCELS, BANK = "parcel courier doorstep postman signature", "invoice payment card charged receipt"
CLOTHES, FOOD = "sleeve collar fabric seam zipper", "waiter table soup menu kitchen"


def theme(*words):
    terms = tuple((word, 1.0 / place) for place, word in enumerate(words, 1))
    return Theme(label=", ".join(words[:3]), terms=terms, n=10, stability=1.0)


def found(topics, seed):
    sentences, _ = about(topics, 500, seed=seed)
    return find(sentences, "en", rng=np.random.default_rng(seed)).themes


def test_new_themes_get_numbers_in_order():
    ids, memory = recognised({"en": [theme("a", "b"), theme("c")], "pt": [theme("a")]}, Memory())
    assert ids == {"en": ("en-1", "en-2"), "pt": ("pt-1",)}
    assert [each.id for each in memory.themes] == ["en-1", "en-2", "pt-1"]
    assert not any(each.asleep for each in memory.themes)


def test_ids_stay_with_their_words_whatever_the_order():
    _, memory = recognised({"en": found((PARCELS, BANK, CLOTHES), 1)}, Memory())
    label = {each.id: each.label for each in memory.themes}
    ids, after = recognised({"en": found((CLOTHES, PARCELS, BANK), 2)}, memory)
    assert sorted(ids["en"]) == ["en-1", "en-2", "en-3"]
    assert {each.id: each.label for each in after.themes} == label
    for name, each in zip(ids["en"], found((CLOTHES, PARCELS, BANK), 2), strict=True):
        first = next(one for one in after.themes if one.id == name).label.split(", ")[0]
        assert first in {term for term, _ in each.terms}


def test_what_vanishes_sleeps_and_wakes_and_its_number_is_never_given_again():
    _, memory = recognised({"en": found((PARCELS, BANK), 1)}, Memory())
    bank = next(each.id for each in memory.themes if "invoice" in dict(each.terms))
    ids, memory = recognised({"en": found((PARCELS, FOOD), 2)}, memory)
    assert {each.id: each.asleep for each in memory.themes} == {
        "en-1": bank == "en-1",
        "en-2": bank == "en-2",
        "en-3": False,
    }
    assert "en-3" in ids["en"]
    ids, memory = recognised({"en": found((BANK, FOOD), 3)}, memory)
    assert set(ids["en"]) == {bank, "en-3"}
    assert not next(each for each in memory.themes if each.id == bank).asleep


def test_a_language_that_was_not_looked_at_stays_awake():
    _, memory = recognised({"en": [theme("a")], "pt": [theme("b")]}, Memory())
    _, memory = recognised({"en": []}, memory)
    assert {each.id: each.asleep for each in memory.themes} == {"en-1": True, "pt-1": False}


def test_one_remembered_theme_is_given_to_one_new_theme():
    _, memory = recognised({"en": [theme("a", "b", "c")]}, Memory())
    ids, _ = recognised({"en": [theme("a", "b", "d"), theme("a", "b", "c")]}, memory)
    assert ids["en"] == ("en-2", "en-1")


def test_words_move_with_the_theme():
    _, memory = recognised({"en": [theme("a", "b", "c")]}, Memory())
    ids, memory = recognised({"en": [theme("a", "b", "d")]}, memory)
    assert ids == {"en": ("en-1",)}
    assert "d" in dict(memory.themes[0].terms)
    assert memory.themes[0].label == "a, b, c"


def test_it_comes_back_from_json_as_it_was():
    _, memory = recognised({"en": found((PARCELS, BANK), 1)}, Memory())
    assert remembered(json.loads(json.dumps(memory.as_json()))) == memory
    assert remembered(Memory().as_json()) == Memory()


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"version": 2, "themes": []},
        {"version": 1, "themes": [{"id": "en-1"}]},
        {"version": 1, "themes": [{"id": "x", "label": "", "terms": [], "asleep": False}]},
        {"version": 1, "themes": [{"id": "en-1", "label": "", "terms": [["a", "b"]], "asleep": False}]},
        {"version": 1, "themes": [{"id": "en-1", "label": "", "terms": [["a", float("nan")]], "asleep": False}]},
        {"version": 1, "themes": [{"id": "en-1", "label": "", "terms": [], "asleep": False}] * 2},
    ],
)
def test_damage_is_refused(document):
    with pytest.raises(StoreError, match="damaged or of a newer version"):
        remembered(document)
