"""Comments read once per generation and kept beside it: in which language, how meant, what about."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from ibis import _
from pydantic import TypeAdapter, ValidationError

from regulars.app.trying import SEED
from regulars.core import replaced
from regulars.core.errors import QueryError, RegularsError
from regulars.core.estimate import Interval
from regulars.core.money import UNITS
from regulars.core.periods import Period
from regulars.data import beside, engine
from regulars.kpis.answer import Scored
from regulars.kpis.query import HEARD, Records
from regulars.text import reading, taxonomy
from regulars.text.memory import Memory, remembered
from regulars.text.named import ReadTheme
from regulars.text.polarity import Confusion, Polarity
from regulars.text.reading import Comment, Reading

#: Raised when comments are read otherwise: what was read before is read again.
VERSION = 1
COMMENTS, THEMES = f"{HEARD}comments", f"{HEARD}themes"
#: What a company says of its themes.
TAXONOMY = "themes.toml"
#: Where found themes are remembered, so that their ids stay.
_MEMORY = "themes.json"
_PLAIN: Mapping[Polarity, float] = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where what a company says of its themes stands, and where they are remembered.

    Attributes:
        folder: of the workspace; holds `themes.toml`.
        store: folder of the store.
    """

    folder: Path
    store: Path

    @property
    def taxonomy(self) -> Path:
        """The company's corrections."""
        return self.folder / TAXONOMY

    @property
    def text(self) -> str:
        """What they say; "" where there are none."""
        return self.taxonomy.read_text(encoding="utf-8") if self.taxonomy.exists() else ""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was read, beside the tables of it.

    Attributes:
        key: of everything that it was read with.
        themes: those that comments name, the most frequent first.
        why: which method judges what, and why.
        auc: area under the ROC curve out of fold; `lexicon_auc` of the list of words, `learned_auc` of the learned
            model on the same English comments.
        accuracy: out of fold, of positive and negative comments; `calibration_error` of its probabilities.
        rated: positive, neutral and negative ratings that it rests on.
        comments: how many were read.
        languages: comments by language, "" where it cannot be told.
        without_themes: why there are no themes of its own, by language.
        notes: what was cut, left out or not understood.
    """

    key: str
    themes: tuple[ReadTheme, ...]
    why: str
    auc: Interval
    lexicon_auc: Interval
    learned_auc: Interval
    accuracy: Interval
    calibration_error: Interval
    rated: tuple[int, int, int]
    comments: int
    languages: Mapping[str, int]
    without_themes: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def tried(self) -> Interval:
        """How well sentiment tells positive from negative ratings: out of fold, or of the list of words."""
        return self.auc if not self.auc.why_not else self.lexicon_auc


_HEARD = TypeAdapter(Heard)


def heard(shelf: Shelf, records: Records, generation: Path, *, again: bool = False) -> Heard:
    """Return what comments say; they are read where that was not done yet, or was done otherwise.

    Raises:
        QueryError: there are no comments.
        SettingsError: `themes.toml` is wrong.
    """
    said = known(shelf, records)
    kept = None if again else _kept(generation, said[0])
    if kept is not None:
        return kept
    comments, rows = _comments(records)
    if not comments:
        raise QueryError("There are no comments to read. Map `responses.comment`; `regulars init` helps.")
    found = reading.read(
        comments,
        seed=SEED,
        before=memory(shelf),
        taxonomy=said[1],
        level=records.definitions.level,
    )
    told = _told(found, said[0])
    _remember(shelf, found.memory)
    _keep(generation, told, _tables(found, rows))
    return told


def known(shelf: Shelf, records: Records) -> tuple[str, taxonomy.Taxonomy]:
    """Return the key of everything that comments are read with, and what the company says of themes.

    Raises:
        SettingsError: `themes.toml` is wrong.
    """
    text = shelf.text
    ids = [one.id for one in memory(shelf).themes]
    found = taxonomy.read(text, path=shelf.taxonomy, known=ids or None) if text else taxonomy.built_in()
    made = orjson.dumps([VERSION, text, records.definitions.level])
    return hashlib.sha256(made).hexdigest(), found


def correct(shelf: Shelf, change: Callable[[str], str]) -> Path:
    """Change the text of `themes.toml` and return its path.

    Raises:
        SettingsError: it would be wrong.
        UnknownName: no theme is called so.
    """
    path, text = shelf.taxonomy, change(shelf.text)
    replaced.write(path, text.encode())
    return path


def memory(shelf: Shelf) -> Memory:
    """Return the themes that were found before.

    Raises:
        StoreError: what was kept of them is damaged.
    """
    path = shelf.store / _MEMORY
    if not path.exists():
        return Memory()
    try:
        return remembered(orjson.loads(path.read_bytes()))
    except orjson.JSONDecodeError:
        return remembered(None)


def _remember(shelf: Shelf, found: Memory) -> None:
    # In a folder that may not be written nothing is remembered: ids are found again by their words.
    with suppress(OSError):
        replaced.write(shelf.store / _MEMORY, orjson.dumps(found.as_json(), option=orjson.OPT_INDENT_2))


def _comments(records: Records) -> tuple[list[Comment], dict[str, dict[str, Any]]]:
    """Return the comments to read, in a fixed order, and the answer that each belongs to."""
    if "answers" not in records.tables:
        raise QueryError("There are no answers to surveys. Map `responses`; `regulars init` helps.")
    texts = records.tables["responses"].filter(_.comment.fill_null("").strip() != "")
    said = texts.select(said_in="response_id", comment="comment")
    answers = records.tables["answers"]
    both = answers.join(said, answers.response_id == said.said_in)
    wanted = both.select(
        "customer", "response_id", "day", "question", "score", "scale_max", "scale_min", "language", "comment"
    )
    rows = engine.run(wanted.order_by("response_id"))
    comments = [
        Comment(
            id=row["response_id"],
            text=row["comment"],
            language=row["language"],
            label=_label(row),
            person=str(row["customer"]) if row["customer"] > 0 else row["response_id"],
        )
        for row in rows
    ]
    return comments, {row["response_id"]: row for row in rows}


def _label(row: Mapping[str, Any]) -> Polarity:
    """Return what a rating says: the two best answers are positive, the middle neutral, the rest negative."""
    score, most, least = row["score"] / UNITS, row["scale_max"] / UNITS, row["scale_min"] / UNITS
    if row["question"] == "nps":
        return "positive" if score >= 9 else "neutral" if score >= 7 else "negative"
    middle = (least + most) / 2
    if most - least <= 2:
        return "positive" if score == most else "neutral" if score == middle else "negative"
    return "positive" if score > most - 2 else "negative" if score < middle else "neutral"


def _told(found: Reading, key: str) -> Heard:
    quality = found.quality
    codes = [one.language or "" for one in found.comments]
    return Heard(
        key=key,
        themes=found.themes,
        why=quality.why,
        auc=quality.auc,
        lexicon_auc=quality.lexicon_auc,
        learned_auc=quality.learned_auc,
        accuracy=quality.accuracy,
        calibration_error=quality.calibration_error,
        rated=(quality.n_positive, quality.n_neutral, quality.n_negative),
        comments=len(found.comments),
        languages={code: codes.count(code) for code in sorted(set(codes), key=lambda one: (-codes.count(one), one))},
        without_themes=found.without_themes,
        notes=found.notes,
    )


def _tables(found: Reading, rows: Mapping[str, Mapping[str, Any]]) -> tuple[pa.Table, pa.Table]:
    """Return one row per comment, and one per theme that a comment names."""
    worth = {
        "learned": _worth(found.quality.learned_mistakes),
        "lexicon": _worth(found.quality.lexicon_mistakes),
    }
    comments = [
        {
            "customer": rows[one.id]["customer"],
            "response_id": one.id,
            "day": rows[one.id]["day"],
            "language": one.language,
            "polarity": one.polarity,
            # What it adds to net sentiment, mistakes of whoever judged taken out, in 1/10,000.
            "worth": None
            if one.polarity is None or one.method is None
            else round(worth[one.method][one.polarity] * UNITS),
            "p_positive": one.p_positive,
            "method": one.method,
        }
        for one in found.comments
    ]
    themes = [
        {
            "customer": rows[one.id]["customer"],
            "response_id": one.id,
            "day": rows[one.id]["day"],
            "theme": mention.theme,
            "polarity": mention.polarity,
        }
        for one in found.comments
        for mention in one.mentions
    ]
    return _arrow(comments, _COMMENT), _arrow(themes, _THEME)


_COMMENT = {
    "customer": pa.int32(),
    "response_id": pa.string(),
    "day": pa.int32(),
    "language": pa.string(),
    "polarity": pa.string(),
    "worth": pa.int64(),
    "p_positive": pa.float64(),
    "method": pa.string(),
}
_THEME = {name: _COMMENT[name] for name in ("customer", "response_id", "day")} | {
    "theme": pa.string(),
    "polarity": pa.string(),
}


def _arrow(rows: list[dict[str, Any]], columns: Mapping[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in columns.items()})


def _worth(mistakes: Confusion | None) -> Mapping[Polarity, float]:
    """Return what each class adds to net sentiment; as it stands where mistakes are not known."""
    found = None if mistakes is None else mistakes.worth()
    return _PLAIN if found is None else dict(zip(_PLAIN, found, strict=True))


def _keep(generation: Path, told: Heard, tables: tuple[pa.Table, pa.Table]) -> None:
    try:
        beside.write(generation, THEMES, tables[1], None)
        beside.write(generation, COMMENTS, tables[0], _HEARD.dump_python(told, mode="json"))
    except OSError:
        return


def _kept(generation: Path, key: str) -> Heard | None:
    """Return what is kept of these records and was read with `key`."""
    found = beside.found(generation, COMMENTS)
    if found is None or beside.found(generation, THEMES) is None:
        return None
    try:
        told = _HEARD.validate_python(found.said)
    except ValidationError:
        return None
    return told if told.key == key else None


def with_heard(records: Records, shelf: Shelf, generation: Path, backend: Any) -> Records:
    """Return the records with what comments say, as far as it is kept and was read as it would be now."""
    try:
        told = _kept(generation, known(shelf, records)[0])
    except RegularsError as wrong:
        # What is wrong with themes stops nothing that needs none.
        why = " ".join(str(wrong).split())
        return replace(records, withheld={**records.withheld, COMMENTS: why, THEMES: why})
    if told is None:
        return records
    tables, covered, scores = dict(records.tables), dict(records.covered), dict(records.scores)
    tried = told.tried
    scored = Scored(
        outcome="sentiment",
        model=told.why,
        score={"auc": tried},
        verdict=tried.why_not or f"told from ratings that it had not seen ({tried.n:,})",
        tried="out of fold, by customer" if not told.auc.why_not else "on rated comments",
    )
    for name in (COMMENTS, THEMES):
        found = beside.found(generation, name)
        assert found is not None
        tables[name] = engine.from_parquet(backend, found.path)
        covered[name] = Period(records.as_of - timedelta(days=1), records.as_of)
        scores[name] = scored
    return replace(records, tables=tables, covered=covered, scores=scores)
