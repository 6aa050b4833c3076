import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.text.characters import LONGEST
from regulars.text.sentences import LONGEST_SENTENCE, split

SPLIT = {
    "good.The rest is bad.recomendo muito": ["good.", "The rest is bad.", "recomendo muito"],
    "BOM.RECOMENDO A LOJA": ["BOM.", "RECOMENDO A LOJA"],
    "great product. will buy again": ["great product.", "will buy again"],
    "Amei....perfeito, igual ao site": ["Amei....perfeito, igual ao site"],
    "Well... it works. Fine": ["Well... it works.", "Fine"],
    "Slow… Never again": ["Slow…", "Never again"],
    "What?!Really!ok": ["What?!", "Really!", "ok"],
    'He said "no." Then left.': ['He said "no."', "Then left."],
    "Love it 😍 The sleeves are long 😍😍": ["Love it 😍", "The sleeves are long 😍😍"],
    "Great! 😍 Will buy": ["Great! 😍", "Will buy"],
    "1. The app is slow\n2. No refund\n- rude staff\n• late": ["The app is slow", "No refund", "rude staff", "late"],
    "DUAS MAQUINAS \r\nGOSTARIA DE SABER": ["DUAS MAQUINAS", "GOSTARIA DE SABER"],
    "no punctuation at all here": ["no punctuation at all here"],
    "good。bad": ["good。", "bad"],
}
WHOLE = [
    "Ask Mr. Lee or Dr. Who about it.",
    "Die Größe, z.B. Größe M, passt.",
    "Die Lieferung kam am 3. Mai an.",
    "Visit www.shop.com or mail me.now@shop.com today",
    "See https://shop.com/a?b=1!c for more",
    "10.000 pieces at 3.5 stars",
    "Size no. 5 is fine",
    "I came at 5 p.m. and left",
    "Works, e.g. with jeans, etc. and more",
    "Meet J. Smith",
]


@pytest.mark.parametrize("text", SPLIT)
def test_sentences_are_parted(text):
    assert list(split(text).sentences) == SPLIT[text]


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_one_sentence_stays_one(text):
    assert split(text).sentences == (text,)


def test_a_line_that_a_mail_program_broke_goes_on():
    text = "I waited for three weeks for this and then they told me that it would\nbe another week. Bad\nservice"
    assert split(text).sentences == (
        "I waited for three weeks for this and then they told me that it would be another week.",
        "Bad",
        "service",
    )


def test_only_emoji_is_a_sentence_and_only_signs_are_none():
    assert split("😍😍👍🏽").sentences == ("😍😍👍🏽",)
    assert split("!!! ... -- \n \t").sentences == ()
    assert split("").sentences == ()


def test_a_long_text_without_a_break_is_broken_at_spaces():
    parts = split("word " * 400).sentences
    assert max(map(len, parts)) <= LONGEST_SENTENCE
    assert " ".join(parts) == ("word " * 400).strip()


HOSTILE = [
    "a",
    ".",
    "a.",
    "a. ",
    "! ",
    "😍",
    " ",
    "\n",
    "\u202e\x00",
    "(",
    "1. ",
    "\u0315\u0300",
    "- ",
    "a\n",
    "\ud800",
    "@.",
]


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_three_megabytes_are_cut_and_said(piece):
    found = split(piece * (3_000_000 // len(piece)))
    assert found.cut
    assert sum(map(len, found.sentences)) <= LONGEST


@given(st.text(max_size=400))
def test_nothing_is_lost_or_added(text):
    found = split(text)
    assert not found.cut
    for sentence in found.sentences:
        assert sentence == sentence.strip()
        assert 0 < len(sentence) <= LONGEST_SENTENCE


@given(st.lists(st.sampled_from(["nice shop", "Bad", "ok", "Preis gut"]), min_size=1, max_size=8))
def test_letters_stay_in_order(parts):
    text = ". ".join(parts)
    assert "".join(" ".join(split(text).sentences).split()) == "".join(text.split())
