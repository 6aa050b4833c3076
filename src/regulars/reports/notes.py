"""What travels with the numbers of a table, said once: periods, versions, methods, flags, reasons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from regulars.reports import written
from regulars.reports.table import Column, Table
from regulars.reports.written import Number
from regulars.views import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """Marks of a table's cells, and what they mean.

    Attributes:
        flags: a letter for each quality flag.
        reasons: a number for each reason why there is no value.
    """

    flags: Mapping[str, str]
    reasons: Mapping[str, str]

    @classmethod
    def of(cls, numbers: Sequence[Number]) -> "Legend":
        """Return the marks that numbers need, in order of first use."""
        flags = sorted({flag for one in numbers for flag in one.get("flags", ())})
        reasons = dict.fromkeys(written.interval_of(one).why_not for one in numbers if one["value"] is None)
        return cls(
            flags={name: _letter(place) for place, name in enumerate(flags)},
            reasons={reason: f"({place})" for place, reason in enumerate(reasons, 1)},
        )

    def marks(self, number: Number) -> str:
        """Return the letters that stand at a number."""
        return " ".join(self.flags[name] for name in number.get("flags", ()))

    def why(self, number: Number) -> str:
        """Return the mark of the reason why there is no value; "" where there is one."""
        return self.reasons[written.interval_of(number).why_not] if number["value"] is None else ""

    def lines(self) -> tuple[str, ...]:
        """Say what the marks mean."""
        whys = tuple(f"{mark} No value, because {reason}." for reason, mark in self.reasons.items())
        return (*whys, *(f"{mark}: {words.flag(name)}." for name, mark in self.flags.items()))


def _letter(place: int) -> str:
    """Return a mark for the flag at `place`.

    >>> _letter(0), _letter(26)
    ('a', 'aa')
    """
    return ascii_lowercase[place % 26] * (place // 26 + 1)


def travels(table: Table) -> str:
    """Say what holds for the numbers of a table; versions of rows with definitions of their own are told elsewhere."""
    numbers = [number for _about, number in table.numbers()]
    if not numbers:
        return ""
    periods = sorted({one["period"] for one in numbers})
    told = [
        _spanned(periods),
        f"{_listed(written.level(one) for one in numbers)} intervals",
        _methods(numbers),
        _counted(numbers),
        "" if table.by_row else _defined(numbers),
        f"records before {_listed(written.instant(one['as_of']) for one in numbers)}",
    ]
    said = "; ".join(part for part in told if part)
    return f"{said[:1].upper()}{said[1:]}."


def _methods(numbers: Sequence[Number]) -> str:
    found = list(dict.fromkeys(one["method"] for one in numbers if one["method"]))
    return f"by {'; '.join(found)}" if 0 < len(found) <= 2 else ""


def _defined(numbers: Sequence[Number]) -> str:
    found = list(dict.fromkeys(one["version"] for one in numbers))
    return f"definition {'; '.join(found)}" if len(found) <= 2 else f"{len(found)} definitions (see the notes)"


def _counted(numbers: Sequence[Number]) -> str:
    found = [one["n"] for one in numbers if one["value"] is not None]
    if not found:
        return ""
    return f"n {min(found):,}" if min(found) == max(found) else f"n {min(found):,} to {max(found):,}"


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(texts))


def _spanned(periods: Sequence[str]) -> str:
    """Write periods; many as the span that they lie in."""
    if len(periods) <= 2:
        return " and ".join(map(written.period, periods))
    starts, _dots, ends = zip(*(period.partition("..") for period in periods), strict=True)
    return f"periods within {written.period(f'{min(starts)}..{max(ends)}')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What travels with the numbers of one row, or one column, of a table.

    Attributes:
        about: the row or column.
        periods: that they speak about.
        as_of: up to when records were known.
        versions: of their definition.
        levels: of their intervals.
        methods: by which the intervals were had.
        flags: quality flags, in words.
        reasons: why some have no value.
        caveat: when not to trust them.
    """

    about: str
    periods: str
    as_of: str
    versions: str
    levels: str
    methods: str
    flags: str
    reasons: str
    caveat: str


def noted(table: Table) -> tuple[Note, ...]:
    """Return what travels with the numbers of a table, by what they are about."""
    groups: dict[str, list[Number]] = {}
    for about, number in table.numbers():
        groups.setdefault("" if len(table.definitions) == 1 and not table.by_row else about, []).append(number)
    caveats = dict(table.definitions)
    alone = table.definitions[0] if len(table.definitions) == 1 and not table.by_row else ("", "")
    return tuple(_note(about or alone[0], found, caveats.get(about, alone[1])) for about, found in groups.items())


def _note(about: str, found: Sequence[Number], caveat: str) -> Note:
    return Note(
        about=about,
        periods=_spanned(sorted({one["period"] for one in found})),
        as_of=_listed(written.instant(one["as_of"]) for one in found),
        versions="; ".join(dict.fromkeys(one["version"] for one in found)),
        levels=_listed(written.level(one) for one in found),
        methods="; ".join(dict.fromkeys(one["method"] for one in found if one["method"])),
        flags="; ".join(dict.fromkeys(flag for one in found for flag in written.flags(one))),
        reasons="; ".join(dict.fromkeys(written.interval_of(one).why_not for one in found if one["value"] is None)),
        caveat=caveat,
    )


#: How to read a document.
READING = (
    "Below or beside each value stands its interval, and n: the independent units that it rests on, usually customers. "
    "The interval is as wide as chance makes it. “No value” is never 0: the reason stands with the table. A change is "
    "told, with an arrow and a word, where chance does not explain it."
)


def definitions(tables: Iterable[tuple[str, Table]]) -> Table:
    """Return the table of how the numbers of several titled tables are defined, and when not to trust them."""
    defined = dict.fromkeys(
        (title, note.about, note.versions, note.methods, note.caveat) for title, one in tables for note in noted(one)
    )
    found = Table(
        name="definitions",
        title="Definitions",
        columns=(
            Column(name="about", title="Number"),
            Column(name="version", title="Definition"),
            Column(name="method", title="Interval by"),
            Column(name="caveat", title="When not to trust it"),
        ),
        rows=tuple(one[1:] for one in defined),
        bands=tuple(one[0] for one in defined),
    )
    return found.filled("about", "version")
