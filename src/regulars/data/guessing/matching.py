"""Which column of a file is which column of a canonical table: names and looks scored, then assigned one to one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from regulars.data.guessing.dates import most_of
from regulars.data.guessing.hint import Fit, Hint, TableHint
from regulars.data.guessing.hints import HINTS
from regulars.data.guessing.names import likeness, words_of
from regulars.data.guessing.profile import Column, File

#: Least score at which a column is taken for something it must be, or may be.
MUST, MAY = 0.4, 0.45
#: Words of file names that say nothing of what is in them.
_EMPTY_WORDS = frozenset(
    "dataset data export exports csv table final full report list all v dump sample test the of".split()
)
_TRUTHS = frozenset("true false yes no 0 1 t f y n ja nein".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A column taken for something, and how surely."""

    column: Column
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A canonical table that a file may be.

    Attributes:
        table: the table.
        picks: by canonical column or ingredient.
        confidence: in [0, 1].
        missing: why it cannot be this table; "" where it can.
    """

    table: str
    picks: Mapping[str, Pick]
    confidence: float
    missing: str = ""


def match(file: File, table: str, extra: Mapping[str, Pick]) -> Candidate:
    """Return how well `file` fits `table`.

    Args:
        file: the file.
        table: name of a canonical table.
        extra: picks that are known from elsewhere (relations between files); they count before names.
    """
    hint = HINTS[table]
    context = _context(file, hint)
    scores = _scores(file, hint, context)
    needed = [name for names in hint.must for name in names.split("|")]
    picks = {name: pick for name, pick in extra.items() if name in hint.columns}
    _assign(picks, {name: [_with_gaps(offer) for offer in scores[name]] for name in needed}, file, MUST)
    _only_instant(picks, needed, hint, file)
    _assign(picks, scores, file, MAY)
    must = [names for names in hint.must if names != hint.dated or names in picks or not _dated(file, hint)]
    musts = [max((picks[name].score for name in names.split("|") if name in picks), default=0.0) for names in must]
    missing = next((_say_missing(names, hint, file) for names, score in zip(must, musts, strict=True) if not score), "")
    explained = min(1.0, len(picks) / min(len(file.columns), 8)) if file.columns else 0.0
    confidence = 0.55 * sum(musts) / len(musts) + 0.15 * explained + 0.3 * named(file.name, hint)
    return Candidate(table=table, picks=picks, confidence=confidence, missing=missing)


def _dated(file: File, hint: TableHint) -> bool:
    """Whether the file's name says what it is, and of which year."""
    return named(file.name, hint) == 1.0 and year_of(file.paths[0].name) is not None


def year_of(name: str) -> int | None:
    """Return the year in a file's name, or None.

    >>> year_of("2017_customer_survey"), year_of("survey_20170301"), year_of("survey")
    (2017, None, None)
    """
    years = [int(word) for word in words_of(name) if re.fullmatch(r"(19|20)\d\d", word)]
    return years[0] if len(set(years)) == 1 else None


def named(name: str, hint: TableHint) -> float:
    """Return in [0, 1] how well a file's name says it is the table; the last telling word counts most.

    >>> named("olist_order_reviews_dataset", HINTS["responses"]), named("olist_order_reviews_dataset", HINTS["orders"])
    (1.0, 0.5)
    """
    words = [word for word in words_of(name) if word not in _EMPTY_WORDS and not word.isdigit()]
    known = [words_of(known) for known in hint.names.split()]
    ends = [
        len(words) - end
        for phrase in known
        for end in range(len(phrase), len(words) + 1)
        if tuple(words[end - len(phrase) : end]) == phrase
    ]
    return 0.0 if not ends else 1.0 if min(ends) == 0 else 0.5


def _context(file: File, hint: TableHint) -> frozenset[str]:
    """Return words that say nothing in a column's name: the table's own, and one that begins nearly every name."""
    words = {word for name in hint.names.split() for word in words_of(name)}
    first = [found[0] for column in file.columns if len(found := words_of(column.name)) > 1]
    common = {word for word in first if len(file.columns) > 2 and first.count(word) >= 0.8 * len(file.columns)}
    return frozenset(words | common | {word.removesuffix("s") for word in words})


def _scores(file: File, hint: TableHint, context: frozenset[str]) -> dict[str, list[tuple[float, Column]]]:
    return {
        name: [
            (score, column)
            for column in file.columns
            if (score := likeness(column.name, wanted, context) * fit(column, wanted)) >= MUST
        ]
        for name, wanted in hint.columns.items()
    }


def _with_gaps(offer: tuple[float, Column]) -> tuple[float, Column]:
    """Return the offer, worth less where rows have no value: what must be there should be there."""
    score, column = offer
    return score * (0.75 + 0.25 * column.filled_share), column


def _assign(
    picks: dict[str, Pick], scores: Mapping[str, Sequence[tuple[float, Column]]], file: File, least: float
) -> None:
    """Give each name its column, best score first; ties go to the earlier name, then to the earlier column."""
    order = {column.name: position for position, column in enumerate(file.columns)}
    offers = [
        (-score, rank, order[column.name], name, column)
        for rank, (name, found) in enumerate(scores.items())
        for score, column in found
        if score >= least
    ]
    taken = {pick.column.name for pick in picks.values()}
    for score, _, _, name, column in sorted(offers, key=lambda offer: offer[:3]):
        if name not in picks and column.name not in taken:
            picks[name] = Pick(column=column, score=-score)
            taken.add(column.name)


def _only_instant(picks: dict[str, Pick], needed: Sequence[str], hint: TableHint, file: File) -> None:
    """Take the only column of dates for the instant that must be there, whatever it is called."""
    instants = [
        column for column in file.columns if column.formats and column.integer < 0.5 and column.filled_share > 0.5
    ]
    wanted = [name for name in needed if hint.columns[name].fit is Fit.INSTANT]
    if len(instants) == 1 and len(wanted) == 1 and wanted[0] not in picks:
        picks[wanted[0]] = Pick(column=instants[0], score=0.5)


def _say_missing(names: str, hint: TableHint, file: File) -> str:
    wanted = " or ".join(f"`{name.lstrip('_')}`" for name in names.split("|"))
    hints = [hint.columns[name] for name in names.split("|")]
    like = [
        column.name
        for column in file.columns
        if any(likeness(column.name, wish, frozenset()) > 0.9 and fit(column, wish) < 0.5 for wish in hints)
    ]
    if like and hints[0].unique:
        return f"no column can be {wanted}: `{like[0]}` repeats"
    looks = hints[0].fit.value if not any(fit(column, hints[0]) > 0.5 for column in file.columns) else ""
    return f"no column can be {wanted}" + (f" (none holds {looks})" if looks else "")


def fit(column: Column, hint: Hint) -> float:
    """Return in [0, 1] how well a column's values look like what the hint says."""
    if not column.filled:
        return 0.0
    looks = _LOOKS[hint.fit](column)
    return looks if column.unique >= hint.unique else 0.1 * looks


def _id(column: Column) -> float:
    if column.spaced > 0.3 and column.length > 25:
        return 0.0
    if column.formats and column.integer < 0.5:
        return 0.1
    if is_float(column) or (column.distinct <= 2 and column.filled > 50):
        return 0.2
    return 1.0


def _label(column: Column) -> float:
    if column.formats:
        return 0.1
    if column.length > 60:
        return 0.3
    if column.number > 0.95:
        return 0.5
    return 0.6 if column.unique > 0.95 and column.filled > 100 else 1.0


def _prose(column: Column) -> float:
    if column.number > 0.9 or column.formats:
        return 0.0
    return 1.0 if column.length >= 8 or column.spaced > 0.2 else 0.3


def _instant(column: Column) -> float:
    return column.format_share


def _number(column: Column) -> float:
    return column.number if column.number >= most_of(column.sample) else 0.0


def _integer(column: Column) -> float:
    if column.number < 0.95:
        return 0.0
    return 1.0 if column.integer >= 0.95 or trailing_zero(column) else 0.3


def _boolean(column: Column) -> float:
    return 1.0 if column.distinct <= 4 and all(value.strip().lower() in _TRUTHS for value in column.sample) else 0.0


_LOOKS = {
    Fit.ID: _id,
    Fit.LABEL: _label,
    Fit.PROSE: _prose,
    Fit.INSTANT: _instant,
    Fit.INTEGER: _integer,
    Fit.NUMBER: _number,
    Fit.BOOLEAN: _boolean,
}


def is_float(column: Column) -> bool:
    """Return whether values have decimals that mean something."""
    return column.number > 0.9 and column.decimals > 0 and not trailing_zero(column)


def trailing_zero(column: Column) -> bool:
    """Return whether every value ends in `.0`: whole numbers that passed through a spreadsheet or data frame."""
    return bool(column.sample) and all(value.endswith(".0") for value in column.sample)


def is_boolean(column: Column) -> bool:
    """Return whether values say yes or no."""
    return bool(column.filled) and _boolean(column) == 1.0


def unused(file: File, picks: Iterator[str] | Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of the file that are not among `picks`."""
    used = set(picks)
    return tuple(column for column in file.columns if column.name not in used)
