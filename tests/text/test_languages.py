"""Comments were written for these tests; numbers on real ones come from benchmarks/feedback.py."""

import pytest

from regulars.text.languages import languages

LONG = {
    "en": "The parcel was left outside in the rain and nobody answered my e-mail",
    "nl": "Het pakketje lag buiten in de regen en niemand beantwoordde mijn mail",
    "de": "Das Päckchen lag draußen im Regen und niemand hat auf meine Mail geantwortet",
    "fr": "Le colis a été laissé dehors sous la pluie et personne n'a répondu à mon mail",
    "es": "Dejaron el paquete fuera bajo la lluvia y nadie contestó a mi correo",
    "pt": "Deixaram a encomenda na chuva e ninguém respondeu ao meu e-mail",
}


def test_long_comments_are_told_by_their_words():
    assert languages(list(LONG.values())).codes == tuple(LONG)


def test_a_short_comment_is_told_by_what_the_others_are_written_in():
    assert languages(["Excelente"]).codes == (None,)
    assert languages(["Excelente", *[LONG["pt"]] * 20]).codes[0] == "pt"
    assert languages(["Excelente", *[LONG["es"]] * 20]).codes[0] == "es"


def test_a_newcomer_is_not_taken_for_what_the_others_write():
    found = languages([*LONG.values(), *[f"{LONG['pt']} {place}" for place in range(500)]])
    assert found.codes[: len(LONG)] == tuple(LONG)


def test_what_has_no_words_has_no_language():
    texts = ["", "👍👍", "10/10", "!!!", "a", "https://shop.com/the/best/page", "jo@shop.com", "\u202e\x00"]
    assert languages([*texts, *[LONG["en"]] * 20]).codes[: len(texts)] == (None,) * len(texts)


def test_capitals_make_no_difference():
    assert languages([text.upper() for text in LONG.values()]).codes == tuple(LONG)


@pytest.mark.parametrize(
    ("hint", "code"),
    [("nl", "nl"), ("pt-BR", "pt"), ("EN_us", "en"), ("German", "de"), (" fra ", "fr"), ("Español", "es")],
)
def test_a_given_language_counts(hint, code):
    found = languages([LONG["en"], LONG["en"]], [hint, None])
    assert found.codes == (code, "en")
    assert found.given == 1


def test_a_hint_that_names_none_is_said_and_the_words_count():
    found = languages([LONG["nl"], LONG["de"], LONG["de"]], ["klingon", "1", "klingon"])
    assert found.codes == ("nl", "de", "de")
    assert found.unread == (("klingon", 2), ("1", 1))
    assert found.given == 0


def test_order_and_repetition_change_nothing():
    texts = [*LONG.values(), "ok", "Excelente", "super"]
    forth, back = languages(texts).codes, languages(texts[::-1]).codes
    assert forth == back[::-1]
    assert languages([]).codes == ()


@pytest.mark.parametrize("text", ["a" * 3_000_000, "\ud800" * 50, "ø" * 1000, "\x00" * 9], ids=ascii)
def test_hostile_text_is_survived(text):
    assert len(languages([text[:20_000]]).codes) == 1


@pytest.mark.parametrize(
    "text",
    [
        "La entrega tardó tres semanas",
        "Personal amable",
        "Sin respuesta a mi correo",
        "Demasiado caro",
        "Todo como esperaba",
    ],
)
def test_the_language_of_most_is_not_forced_on_its_neighbours(text):
    assert languages([text, *[LONG["pt"]] * 4000]).codes[0] in {"es", None}
