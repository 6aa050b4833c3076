"""On what scale answers were given, and which values are no answers but codes for "blank" or "not applicable"."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from regulars.data.guessing.names import words_of
from regulars.data.guessing.phrases import ref
from regulars.data.guessing.profile import Column, File, as_number
from regulars.data.landing.scales import FROM_ONE

#: Highest answers of the scales in use.
_TOPS = (5, 7, 10, 100)
#: What survey tools write for "not answered", besides one more than the highest answer, where they write a number.
_CODES = frozenset({-99, -9, -8, -1, 66, 77, 88, 97, 98, 99, 998, 999})
_NPS = frozenset("nps recommend promoter netpro likelihood weiterempfehlung".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A question and its scale.

    Attributes:
        question: nps, csat, ces or pmf.
        least: lowest answer.
        most: highest answer.
        codes: values that are no answers, with how often each appears.
    """

    question: str
    least: int
    most: int
    codes: tuple[tuple[str, int], ...]

    def reason(self, score: Column) -> str:
        """Say from what the scale is told."""
        told = f"`{score.name}` runs from {score.least or 0:g} to {score.most or 0:g}"
        return f"{told}, codes among them" if self.codes else told

    def condition(self, score: Column) -> list[str]:
        """Return the condition that leaves codes out."""
        return [f"{ref(score.name)} not in ({', '.join(value for value, _count in self.codes)})"] if self.codes else []

    def notes(self, score: Column) -> Iterator[str]:
        """Yield what is taken for a code; the company knows better."""
        for value, count in self.codes:
            where = f"off the scale of {self.least} to {self.most}"
            said = f"{count:,} of {score.filled:,} `{score.name}` are {value}, {where}"
            yield f"{said}: taken as not answered and skipped."


def scale_of(score: Column, file: File, *, question: str = "") -> Scale:
    """Return the scale of a column of answers.

    The smallest scale in use that leaves nothing above it but codes: one more than the highest answer, 88, 99, ...

    Args:
        score: the column.
        file: its file, whose name may say the question.
        question: where it is known.
    """
    counts = dict(score.common(200))
    numbers = {value: as_number(value, file.decimal) for value in counts}
    known = {value: number for value, number in numbers.items() if number is not None}
    words = {*words_of(score.name), *words_of(file.name)}
    tops = (10,) if _NPS & words and not question else _TOPS
    top = next((top for top in tops if _explains(known.values(), top)), tops[-1])
    nps = not question and bool(_NPS & words or (top == 10 and 0 in known.values()))
    least = 0 if top > FROM_ONE or _from_zero(counts, known) else 1
    codes = [value for value, number in known.items() if not least <= number <= top]
    named = (
        "nps" if nps else "ces" if words & {"effort", "ces"} else "pmf" if words & {"disappointed", "pmf"} else "csat"
    )
    return Scale(
        question=question or named,
        least=least,
        most=top,
        codes=tuple((value, counts[value]) for value in sorted(codes, key=lambda value: known[value])),
    )


def _explains(numbers: Iterable[float], top: int) -> bool:
    above = {number for number in numbers if number > top}
    return above <= _CODES | {top + 1}


def _from_zero(counts: dict[str, int], known: dict[str, float]) -> bool:
    """Whether 0 is an answer like others: no more frequent than 1, as the lowest answers are."""
    zeros = sum(counts[value] for value, number in known.items() if number == 0)
    ones = sum(counts[value] for value, number in known.items() if 0 < number <= 1)
    return 0 < zeros <= ones
