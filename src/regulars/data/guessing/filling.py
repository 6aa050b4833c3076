"""How the columns of a canonical table are filled: as picked, as made, or by a sensible constant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from regulars.data.guessing.matching import Candidate, Pick
from regulars.data.guessing.names import words_of
from regulars.data.guessing.phrases import quoted, read, ref, why
from regulars.data.guessing.profile import Column, File
from regulars.data.guessing.proposal import Feed, Mapped
from regulars.data.tables import TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Dish:
    """What a recipe makes of a file.

    Attributes:
        feeds: for the file's own source.
        more: further sources over the same file, by the end of their name.
        notes: what else there is to know.
    """

    feeds: tuple[Feed, ...]
    more: Mapping[str, Feed] | None = None
    notes: tuple[str, ...] = ()


Recipe = Callable[[File, Mapping[str, Candidate]], Dish]


#: What a required column is where the file says nothing, and why that is sensible.
_CONSTANTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("campaigns", "randomised"): ("false", "the file does not say that arms were drawn by chance, so they were not"),
    ("spend", "purpose"): ("'acquisition'", "the file does not say what for; most spend is to win customers"),
    ("touches", "arm"): ("'contacted'", "the file knows one arm only"),
}


_STATES = {
    "open": "open new created opened offen neu",
    "pending": "pending waiting waiting_on_customer in_progress assigned",
    "hold": "hold on_hold onhold",
    "solved": "solved resolved done geloest",
    "reopened": "reopened reopen",
    "closed": "closed geschlossen",
}
#: Words of what was done to a case, by the state that it left it in; the first that occurs counts.
_DEEDS = {
    "reopened": "reopen reopened reopening",
    "hold": "hold onhold",
    "solved": "resolve resolved solve solved done fixed fix",
    "closed": "close closed verified invalid duplicate cancel cancelled rejected",
    "pending": "wait waiting pending require request schedule",
    "open": "open opened new create created insert assign assigned take start started accept update",
}


_SYNONYMS = {("ticket_events", "state"): _STATES}


def plain(table: str, picks: Mapping[str, Pick], made: Sequence[Mapped] = ()) -> tuple[Mapped, ...]:
    """Return the columns of `table` in its order: those `made`, else as picked, else constants."""
    by_name = {mapped.column: mapped for mapped in made}
    found: list[Mapped | None] = []
    for column in TABLES[table].columns:
        if column.name in by_name:
            found.append(by_name[column.name])
        elif column.name in picks:
            found.append(_mapped(table, column.name, picks[column.name]))
        elif (table, column.name) in _CONSTANTS:
            value, reason = _CONSTANTS[table, column.name]
            found.append(Mapped(column=column.name, expression=value, reason=reason, confidence=0.5))
    return tuple(mapped for mapped in found if mapped is not None)


def _mapped(table: str, name: str, pick: Pick) -> Mapped | None:
    column = TABLES[table].column(name)
    expression = read(pick.column, column.kind)
    if column.choices:
        choice = chosen(pick.column, table, name)
        if choice is None:
            value, reason = _CONSTANTS.get((table, name), ("", ""))
            return Mapped(column=name, expression=value, reason=reason, confidence=0.4) if value else None
        expression = choice
    if name == "currency" and any(value != value.upper() for value in pick.column.sample):
        expression = f"upper({expression})"
    reason = why(pick.column, column.kind)
    return Mapped(column=name, expression=expression, reason=reason, confidence=pick.score, uses=(pick.column.name,))


def chosen(column: Column, table: str, name: str) -> str | None:
    """Return the expression that turns a column's words into the canonical choices; None where a word is unknown."""
    choices = TABLES[table].column(name).choices
    if set(column.sample) <= set(choices):
        return ref(column.name)
    meanings = _SYNONYMS.get((table, name), {choice: choice for choice in choices})
    word_to = {word: choice for choice, words in meanings.items() for word in words.split()}
    values = sorted(column.sample)
    found = [word_to.get("_".join(words_of(value)), "") for value in values]
    if (table, name) == ("ticket_events", "state"):
        found = [state or _left(words_of(value)) for state, value in zip(found, values, strict=True)]
    if not all(found):
        return None
    pairs = ", ".join(f"{quoted(value)}, {quoted(choice)}" for value, choice in zip(values, found, strict=True))
    return f"map({ref(column.name)}, {pairs})"


def _left(deed: Sequence[str]) -> str:
    """Return the state in which what was done leaves a case; "" where no word says it.

    >>> _left(("take", "in", "charge", "ticket")), _left(("resolve", "ticket")), _left(("email",))
    ('open', 'solved', '')
    """
    return next((state for state, words in _DEEDS.items() if set(deed) & set(words.split())), "")


def simple(table: str) -> Recipe:
    """Return the recipe of a table whose columns are read as they are."""
    return lambda file, found: Dish(feeds=(Feed(table=table, columns=plain(table, found[table].picks)),))


def has_gaps(column: Column) -> bool:
    """Return whether some row has no value."""
    return column.filled < column.rows


def or_zero(column: Column) -> str:
    """Return the column as a number, 0 where it has no value."""
    return ref(column.name) if not has_gaps(column) else f"coalesce({ref(column.name)}, 0)"
