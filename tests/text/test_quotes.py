import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regulars.text.quotes import LONGEST, closeness, mask, quotes, shown

DIGITS = re.compile(r"\d(?:[\W_]{0,3}\d){5}")
ADDRESS = re.compile(r"\S@\S")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail jo.lee+x@shop.co.uk now", "mail [e-mail] now"),
        ("jo (at) shop (dot) com", "[e-mail]"),
        ("me@localhost", "[e-mail]"),
        ("call 06-12345678", "call [number]"),
        ("+31 (0)6 1234 5678", "[number]"),
        ("card 4111-1111-1111-1111!", "card [number]!"),
        ("NL91 ABNA 0417 1643 00", "[number]"),
        ("order 123 456", "order [number]"),
        ("٠٦١٢٣٤٥٦", "[number]"),
        ("1₂³④⑤6", "[number]"),
        ("see https://shop.com/u/12?x=1 and shop.nl/o/9", "see [link] and [link]"),
        ("thanks @jo_lee", "thanks [handle]"),
        ("12\u200b34\u202e56", "[number]"),
        ("code AB12CD34EF", "code [number]"),
    ],
)
def test_what_tells_who_wrote_is_taken_out(text, masked):
    assert shown(text) == masked


@pytest.mark.parametrize("text", ["size 34, 5 stars", "EUR 129.99 in 2024", "at 10:30", "I'm 5'4\" tall", "3 of 5"])
def test_small_numbers_stay(text):
    assert mask(text) == text


SEPARATORS = st.sampled_from(["", " ", "-", ".", " - ", "/", "_", "\u200b", "\u00a0", "—", ") ("])
NUMBERS = st.lists(st.tuples(st.sampled_from("0123456789٣７²"), SEPARATORS), min_size=6, max_size=30).map(
    lambda parts: "".join(digit + mark for digit, mark in parts)
)
LOCAL = st.text("abcXYZ019._%+-é", min_size=1, max_size=20)
EMAILS = st.tuples(LOCAL, st.sampled_from(["@", " @ ", "＠", "(at)"]), LOCAL).map(
    lambda p: f"{p[0]}{p[1]}{p[2].strip('.') or 'x'}.com"
)
TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(TEXT, st.one_of(NUMBERS, EMAILS), TEXT)
@example("", "1" * 500, "")
@example("a\x00", "1\n2\t3 4\r\n5 6", "")
def test_no_long_number_and_no_address_leaves(before, secret, after):
    said = shown(before + secret + after)
    assert not DIGITS.search(said)
    assert not ADDRESS.search(said)
    assert len(said) <= LONGEST
    assert said.isprintable() or "\u200d" in said


@given(st.text(max_size=500))
def test_whatever_is_written_is_shown_on_one_short_line(text):
    said = shown(text)
    assert len(said) <= LONGEST
    assert not DIGITS.search(said)
    assert all(char.isprintable() or char == "\u200d" for char in said)


def test_it_is_cut_after_a_word_and_not_inside_a_mask():
    said = shown("word " * 60)
    assert said.endswith("word…")
    assert len(said) <= LONGEST
    assert "[num…" not in shown("x" * 192 + " 0612345678 and more of it all")
    assert len(shown("x" * 500)) == LONGEST


def test_quotes_are_near_the_middle_of_different_comments_and_say_different_things():
    said = ["the parcel came late", "The parcel came LATE!", "nobody rang the bell", "late", "it was left in the rain"]
    found = quotes(["a", "b", "c", "d", "c"], said, [0.9, 0.95, 0.5, 0.99, 0.8])
    assert [(each.comment, each.text) for each in found] == [
        ("b", "The parcel came LATE!"),
        ("c", "it was left in the rain"),
        ("d", "late"),
    ]
    assert quotes([], [], []) == ()


def test_quotes_do_not_depend_on_the_order():
    said = [f"parcel number {word} came late today" for word in ("one", "two", "three", "four")]
    forth = quotes(list("abcd"), said, [0.5] * 4)
    back = quotes(list("dcba"), said[::-1], [0.5] * 4)
    assert forth == back


def test_what_most_say_is_the_middle():
    near = closeness(
        [["late", "parcel"], ["late", "parcel"], ["late", "zebra"], []], {"late": 1.0, "parcel": 1.0, "zebra": 2.0}
    )
    assert near[0] == near[1] > near[2] > near[3] == 0
    assert near[0] <= 1
