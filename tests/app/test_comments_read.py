"""Comments are read once and kept; corrections and ids of themes survive whatever comes after."""

import re
from datetime import timedelta

import pytest

from regulars.app import comments
from regulars.app.comments import COMMENTS, THEMES, heard, with_heard
from regulars.core.errors import QueryError, SettingsError, StoreError
from regulars.data import beside
from regulars.text import editing
from small import company, reply, sale
from spoken import BAD, SAID, TEXTS, answers, backend_of, shelf, spoken
from spoken import THEMES as FOUND


@pytest.fixture(scope="module")
def records():
    return spoken()


@pytest.fixture
def place(tmp_path):
    """Return the shelf, and the file of a generation beside which things are kept."""
    return shelf(tmp_path), tmp_path / "generation.duckdb"


def read(records, place, **rest):
    return heard(place[0], records, place[1], **rest)


def known(records, place):
    return with_heard(records, *place, backend_of(records))


def mentions(records, place):
    """Return the themes that each text names, once it was read."""
    found = known(records, place)
    texts = {row["response_id"]: row["comment"] for row in found.run(found.tables["responses"])}
    named = {text: set() for text in texts.values()}
    for row in found.run(found.tables[THEMES]):
        named[texts[row["response_id"]]].add((row["theme"], row["polarity"]))
    return named


def test_every_comment_is_read_with_sentiment_and_themes(records, place):
    told = read(records, place)
    assert (told.comments, told.languages, told.rated) == (360, {"en": 360}, (180, 0, 180))
    assert {one.id: one.n for one in told.themes} == dict.fromkeys(FOUND, 60)
    assert told.tried == told.auc
    assert told.auc.value > 0.9
    expected = {text: {(theme, "negative" if theme in BAD else "positive")} for text, (_, theme) in SAID.items()}
    assert mentions(records, place) == expected
    rows = records.run(known(records, place).tables[COMMENTS])
    assert len(rows) == 360
    assert {(row["polarity"], row["worth"] > 0) for row in rows} == {("positive", True), ("negative", False)}


def test_what_was_read_is_kept_until_it_would_be_read_otherwise(records, place, monkeypatch):
    assert known(records, place) is records  # not read yet
    first = read(records, place)

    def never(*_, **__):
        raise AssertionError("read again")

    monkeypatch.setattr(comments.reading, "read", never)
    assert read(records, place) == first
    assert COMMENTS in known(records, place).tables
    with pytest.raises(AssertionError, match="read again"):
        read(records, place, again=True)
    comments.correct(place[0], lambda text: editing.rename(text, "delivery", "Post"))
    assert COMMENTS not in known(records, place).tables
    with pytest.raises(AssertionError, match="read again"):
        read(records, place)


def test_what_was_kept_by_another_version_is_read_again(records, place, monkeypatch):
    read(records, place)
    monkeypatch.setattr(comments, "VERSION", comments.VERSION + 1)
    assert COMMENTS not in known(records, place).tables


def test_what_is_kept_half_is_read_again(records, place):
    read(records, place)
    (beside.folder_of(place[1]) / f"{THEMES}.json").unlink()
    assert COMMENTS not in known(records, place).tables
    read(records, place)
    assert COMMENTS in known(records, place).tables


def test_what_is_heard_belongs_to_the_end_of_the_records_and_carries_its_score(records, place):
    told = read(records, place)
    found = known(records, place)
    for name in (COMMENTS, THEMES):
        assert found.covered[name].start == records.as_of - timedelta(days=1)
        assert found.scores[name].score == {"auc": told.auc}
        assert found.scores[name].verdict == "told from ratings that it had not seen (360)"
        assert found.scores[name].tried == "out of fold, by customer"


def test_ids_stay_when_answers_come(records, place):
    before = {one.id: one.terms[0] for one in read(records, place).themes}
    flood = [
        reply(f"d{n}", 500 + n % 90, 1, comment="Your newsletter arrives every single morning, please stop")
        for n in range(90)
    ]
    later = spoken(flood)
    found = {one.id: one for one in read(later, (place[0], place[1].with_name("next.duckdb"))).themes}
    assert before.keys() < found.keys()
    assert {name: found[name].terms[0] for name in before} == before
    (new,) = found.keys() - before.keys()
    assert found[new].n == 90
    # What is new today is called the same tomorrow, even though the old ones are silent now.
    only = company(600, responses=flood)
    (still,) = read(only, (place[0], place[1].with_name("third.duckdb"))).themes
    assert still.id == new


def test_corrections_survive_a_reading_of_more_answers(records, place):
    store = place[0]
    read(records, place)
    for change in (
        lambda text: editing.rename(text, "en-4", "Zips"),
        lambda text: editing.give(text, "en-4", "product"),
        lambda text: editing.merge(text, "returns", "delivery"),
        lambda text: editing.pin(text, "garden", ["museum"], language="en"),
        lambda text: editing.exclude(text, "en-3", True),
    ):
        comments.correct(store, change)
    text = store.taxonomy.read_text()
    for number, have in enumerate((records, spoken(answers(20, 470)))):
        at = (store, place[1].with_name(f"{number}.duckdb"))
        found = {one.id: one for one in read(have, at).themes}
        assert (found["en-4"].name, found["en-4"].owner) == ("Zips", "product")
        assert "returns" not in found
        assert "en-3" not in found
        assert found["garden"].origin == "own"
        named = mentions(have, at)
        assert {theme for theme, _ in named[TEXTS[4]]} == {"delivery"}
        assert {theme for theme, _ in named[TEXTS[3]]} == {"garden"}
        assert named[TEXTS[1]] == set()
        assert found["delivery"].n == 2 * found["en-4"].n
    assert store.taxonomy.read_text() == text


def test_a_wrong_taxonomy_is_refused_with_its_line_and_stays_as_it_was(records, place):
    store, path = place[0], place[0].taxonomy
    path.write_text("[theme.delivery]\nname = 3\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"themes\.toml:2: `name` must be text in quotes"):
        read(records, place)
    with pytest.raises(SettingsError):
        comments.correct(store, lambda text: editing.rename(text, "delivery", "Post"))
    assert path.read_text() == "[theme.delivery]\nname = 3\n"
    path.write_text("[theme.delivery\n", encoding="utf-8")
    # Whatever needs no theme is answered all the same; what needs one says what is wrong.
    why = known(records, place).withheld[THEMES]
    assert re.search(r"themes\.toml:1: .*this is no TOML", why)


def test_a_damaged_memory_is_told_not_overwritten(records, place):
    path = place[0].store / "themes.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="Remembered themes are damaged"):
        read(records, place)
    assert path.read_text() == "{"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"orders": [sale("ann", 3)]}, "Map `responses`"),
        ({"responses": [reply("ann", 3, 9)]}, "Map `responses.comment`"),
        ({"responses": [reply("ann", 3, 9, comment="  ")]}, "Map `responses.comment`"),
    ],
)
def test_without_comments_there_is_a_reason(place, rows, said):
    with pytest.raises(QueryError, match=said):
        read(company(9, **rows), place)
    assert not beside.folder_of(place[1]).exists()


@pytest.mark.parametrize(
    ("question", "scale", "labels"),
    [
        ("nps", (0, 10), {0: "negative", 6: "negative", 7: "neutral", 8: "neutral", 9: "positive", 10: "positive"}),
        ("csat", (1, 5), {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}),
        ("csat", (1, 7), {1: "negative", 3: "negative", 4: "neutral", 5: "neutral", 6: "positive", 7: "positive"}),
        ("pmf", (1, 3), {1: "negative", 2: "neutral", 3: "positive"}),
        ("csat", (0, 1), {0: "negative", 1: "positive"}),
    ],
)
def test_what_a_rating_says_of_its_comment(question, scale, labels):
    least, most = (one * 10_000 for one in scale)
    for score, label in labels.items():
        row = {"question": question, "score": score * 10_000, "scale_min": least, "scale_max": most}
        assert comments._label(row) == label, score
