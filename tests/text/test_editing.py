from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import SettingsError
from regulars.text import editing
from regulars.text.taxonomy import read

FILE = """# What Ann decided in May.
everyday = true  # keep

# sizes
[theme.en-3]
owner = "product"  # ask Bob
name = "Sizing"

[theme.parking]
words = ["parking"]  # since the move
"""


def test_comments_and_order_survive():
    changed = editing.rename(FILE, "en-3", "Sizes and fit")
    assert changed == FILE.replace('"Sizing"', '"Sizes and fit"')
    changed = editing.pin(changed, "parking", ["car park"])
    assert 'words = ["parking", "car park"]  # since the move' in changed
    assert changed.startswith("# What Ann decided in May.\neveryday = true  # keep\n\n# sizes\n[theme.en-3]")


def test_every_change_is_what_is_read_afterwards():
    text = editing.rename("", "delivery", "Getting there")
    text = editing.give(text, "delivery", "shops")
    text = editing.merge(text, "price", "quality")
    text = editing.exclude(text, "website")
    text = editing.price(text, "delivery", Decimal("12000.50"))
    text = editing.pin(text, "parking", ["parking"])
    text = editing.pin(text, "parking", ["parkeer*"], language="nl")
    text = editing.pin(text, "parking", ["car park"])
    found = read(text)
    assert (found.entry("delivery").name, found.entry("delivery").owner) == ("Getting there", "shops")
    assert found.entry("delivery").cost == Decimal("12000.50")
    assert found.theme_of("price") == "quality"
    assert found.theme_of("website") is None
    assert dict(found.entry("parking").words) == {"*": ("parking", "car park"), "nl": ("parkeer*",)}


def test_what_is_taken_back_leaves_no_trace():
    text = editing.exclude(editing.merge(FILE, "price", "quality"), "website")
    text = editing.exclude(editing.merge(text, "price", ""), "website", excluded=False)
    assert read(text) == read(FILE)
    assert "price" not in text
    assert editing.price(editing.price(FILE, "en-3", Decimal(5)), "en-3", None) == FILE


def test_words_are_pinned_once():
    text = editing.pin(editing.pin("", "price", ["dear"], language="en"), "price", ["dear", "steep"], language="en")
    assert text.count("dear") == 1
    assert read(text).entry("price").words["en"][-2:] == ("dear", "steep")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: editing.merge(editing.merge("", "price", "quality"), "quality", "price"), "circle"),
        (lambda: editing.merge("", "price", "qualty"), "Did you mean `quality`"),
        (lambda: editing.rename("", "prize", "x"), "Did you mean `price`"),
        (lambda: editing.rename("", "en-7", "x", known=["en-6"]), "Did you mean `en-6`"),
        (lambda: editing.pin("", "price", ["*"]), "holds no word"),
        (lambda: editing.price("", "price", Decimal(-1)), "must be an amount"),
        (lambda: editing.rename("[theme", "price", "x"), "no TOML"),
    ],
)
def test_nothing_comes_out_that_could_not_be_read(change, said):
    with pytest.raises(SettingsError, match=said):
        change()


@given(st.text(max_size=40))
def test_any_name_can_be_given(name):
    assert read(editing.rename(FILE, "en-3", name)).entry("en-3").name == name
