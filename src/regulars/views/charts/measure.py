"""What the numbers of a chart are, and how they are written in it."""

from dataclasses import dataclass

from regulars.kpis.kpi import Shows
from regulars.views import words

#: Longer than this, a number is written with an exponent.
_LONGEST = 22
#: From what size on ticks are written in what.
_GREAT = ((1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))
_TIMES = ((172_800, 86_400, " d"), (7200, 3600, " h"), (120, 60, " min"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """How the ticks of one axis are written: their exact number, after `factor`, between two words.

    Attributes:
        factor: what a value is multiplied with, such as 100 of shares.
        before: such as a currency.
        after: such as " %".
        of_zero: what stands after a 0, where it is something else.
    """

    factor: float = 1
    before: str = ""
    after: str = ""
    of_zero: str | None = None

    def text(self, shown: float, digits: int) -> str:
        """Write a tick; `shown` is after `factor`."""
        size = abs(shown)
        digits = digits if shown else 0
        after = self.after if shown or self.of_zero is None else self.of_zero
        plain = size < 1e15 and digits <= 9
        return f"{self.before}{f'{shown:,.{digits}f}' if plain else f'{shown:.6g}'}{after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A unit.

    Attributes:
        shows: what a value is.
        currency: of money.
    """

    shows: Shows
    currency: str = ""

    def text(self, value: float) -> str:
        """Write a value as everywhere else."""
        text = words.value(value, self.shows, self.currency)
        return text if len(text) <= _LONGEST else f"{self.currency} {value:.3g}".lstrip()

    def ruler(self, low: float, high: float) -> Ruler:
        """Return how ticks from `low` to `high` are written, in few signs."""
        size = max(abs(low), abs(high))
        match self.shows:
            case Shows.SHARE:
                return Ruler(factor=100, after=" %")
            case Shows.DAYS:
                return Ruler(after=" d")
            case Shows.SECONDS:
                length, after = next(((length, after) for most, length, after in _TIMES if size >= most), (1, " s"))
                return Ruler(factor=1 / length, after=after)
        before = f"{self.currency} " if self.shows is Shows.MONEY else ""
        if size >= 1e15:
            return Ruler(before=before)
        great, after = next(((great, after) for least, great, after in _GREAT if size >= least), (1, ""))
        return Ruler(factor=1 / great, before=before, after=after, of_zero="")


def measure(unit: str | None) -> Measure:
    """Return the measure of a record's unit; what is no other unit is a currency.

    >>> measure("share").text(0.1234), measure("EUR").text(12)
    ('12.3 %', 'EUR 12')
    """
    if unit is None:
        return Measure(shows=Shows.NUMBER)
    return Measure(shows=Shows(unit)) if unit in set(Shows) else Measure(shows=Shows.MONEY, currency=unit)
