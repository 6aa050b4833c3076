import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from regulars.text.characters import LONGEST, clean, escaped, folded


def test_what_nobody_sees_is_gone():
    assert clean("a\u200bb\u202ec\xadd\x00e\ufeff") == "abcd e"


def test_lines_end_alike():
    assert clean("a\r\nb\rc\u2028d\x0be") == "a\nb\nc\nd\ne"


def test_half_characters_are_replaced():
    assert clean("a\ud800b") == "a\ufffdb"


def test_marks_are_composed_and_towers_of_them_cut():
    assert clean("e\u0301") == "é"
    assert len(clean("e" + "\u0301" * 5000)) <= 4


@given(st.text(st.characters(), max_size=300))
def test_clean_text_is_short_composed_and_stays_as_it_is(text):
    once = clean(text)
    assert unicodedata.is_normalized("NFC", once)
    assert clean(once) == once
    assert once.encode("utf-8").decode("utf-8") == once


def test_megabytes_are_cut():
    assert len(clean("\u0315\u0300" * 2_000_000)) <= LONGEST


def test_case_and_accents_fold():
    assert folded("ÇA VA, Straße, Ñandú") == "ca va, strasse, nandu"


def test_what_does_not_print_is_written_out():
    assert escaped("a\x1b[31mb\n c") == "a\\x1b[31mb c"
    assert escaped("👩\u200d👧") == "👩\u200d👧"
