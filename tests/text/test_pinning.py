import pytest

from regulars.text.pinning import Pins
from regulars.text.taxonomy import built_in, read

OWN = Pins(
    read(
        """everyday = false
[theme.late]
words = ["late", "far too slow", "retard*"]
[theme.tea]
words = { en = ["tea"], fr = ["thé"] }
[theme.rate]
words = ["rate"]
"""
    )
)


@pytest.mark.parametrize(
    ("sentence", "language", "themes"),
    [
        ("It was LATE.", "en", ("late",)),
        ("It was later", "en", ()),
        ("chocolate", "en", ()),
        ("far  too-slow", "en", ("late",)),
        ("far too very slow", "en", ()),
        ("far too", "en", ()),
        ("des retards énormes", "fr", ("late",)),
        ("tea, late", "en", ("late", "tea")),
        ("du the", "fr", ("tea",)),
        ("the tea", "fr", ("tea",)),
        ("the shop", "en", ()),
        ("the shop", None, ("tea",)),
        ("at any rate", "nl", ("rate",)),
        ("", "en", ()),
        ("late late", "en", ("late",)),
    ],
)
def test_words_stand_alone_whatever_their_case_and_accents(sentence, language, themes):
    assert OWN.of(sentence, language) == themes


SAID = {
    "en": ("Delivery took three weeks", "I want a refund", "They charged me twice", "Too expensive"),
    "nl": ("De levering duurde drie weken", "Ik wil mijn geld terug", "Dubbel betaald", "Veel te duur"),
    "de": ("Die Lieferung dauerte drei Wochen", "Ich will mein Geld zurück", "Zweimal abgebucht", "Viel zu teuer"),
    "fr": ("La livraison a pris trois semaines", "Je veux être remboursé", "J'ai payé deux fois", "Trop cher"),
    "es": ("La entrega tardó tres semanas", "Quiero un reembolso", "Me cobraron dos veces", "Demasiado caro"),
    "pt": ("A entrega demorou três semanas", "Quero meu dinheiro de volta", "Cobraram duas vezes", "Muito caro"),
}


@pytest.mark.parametrize("language", SAID)
def test_everyday_complaints_are_known_in_six_languages(language):
    pins = Pins(built_in())
    for sentence, theme in zip(SAID[language], ("delivery", "returns", "billing", "price"), strict=True):
        assert theme in pins.of(sentence, language), sentence


def test_words_of_one_language_do_not_count_in_another():
    pins = Pins(built_in())
    assert pins.of("te duur", "nl") == ("price",)
    assert pins.of("te duur", "en") == ()


@pytest.mark.shared_data
def test_bank_messages_about_refunds_are_about_refunds(shared):
    pq = pytest.importorskip("pyarrow.parquet")
    rows = pq.read_table(shared / "data/banking77/train.parquet").to_pylist()
    pins = Pins(built_in())
    for theme, intents, most in (
        ("returns", ("refund", "revert"), 0.2),
        ("cancellation", ("terminate",), 0.1),
        ("delivery", ("deliver", "arriv", "order", "getting", "pin"), 0.35),
    ):
        named = [row["category"] for row in rows if theme in pins.of(row["text"], "en")]
        wrong = [each for each in named if not any(intent in each.lower() for intent in intents)]
        assert len(named) > 40
        assert len(wrong) / len(named) < most, theme
