"""When an alert fires, as it is written: `unusual`, `below 0.2`, `above 3`, `falls by 10 %`, `rises by 25`."""

import re
from dataclasses import dataclass
from enum import StrEnum

from regulars.core.errors import nearest


class Turn(StrEnum):
    """What an alert waits for."""

    UNUSUAL = "unusual"
    """The value is not what was to be expected."""
    BELOW = "below"
    ABOVE = "above"
    FALLS = "falls"
    """Against the period before; of days, the same day of the week before."""
    RISES = "rises"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What an alert waits for, and how much of it.

    Attributes:
        turn: what.
        amount: limit, or least change; None of what is unusual.
        relative: whether the change is a share of what it is set against.
    """

    turn: Turn
    amount: float | None = None
    relative: bool = False

    def __str__(self) -> str:
        if self.amount is None:
            return self.turn.value
        by = " by" if self.turn in (Turn.FALLS, Turn.RISES) else ""
        return f"{self.turn}{by} {f'{self.amount * 100:g} %' if self.relative else f'{self.amount:g}'}"

    def met(self, value: float, before: float | None) -> bool:
        """Whether a value meets a threshold; never what is unusual, and no change where nothing is before it."""
        if self.amount is None:
            return False
        if self.turn is Turn.BELOW:
            return value < self.amount
        if self.turn is Turn.ABOVE:
            return value > self.amount
        if before is None or (self.relative and before == 0):
            return False
        change = (value - before) / (abs(before) if self.relative else 1)
        return -change >= self.amount if self.turn is Turn.FALLS else change >= self.amount


_SAID = re.compile(r"(below|above|falls by|rises by)\s+(-?\d+(?:\.\d+)?)\s*(%?)", re.ASCII)
_SHAPES = "`unusual`, `below 0.2`, `above 3`, `falls by 10 %` or `rises by 25`"


def when(text: str) -> When:
    """Read when an alert fires.

    Raises:
        ValueError: it cannot be read, or no change is meant.

    >>> str(when("falls by 10 %")), when("below 20 %").amount
    ('falls by 10 %', 0.2)
    """
    said = " ".join(text.split())
    if said == Turn.UNUSUAL:
        return When(turn=Turn.UNUSUAL)
    found = _SAID.fullmatch(said)
    if found is None:
        near = nearest(said.split(" ")[0] if said else "", list(Turn)) if said else ""
        hint = near if "Did you mean" in near else ""
        raise ValueError(f"`{text}` says no time to tell somebody. Write {_SHAPES}.{hint}")
    turn, amount, share = Turn(found[1].split(" ")[0]), float(found[2]), bool(found[3])
    changes = turn in (Turn.FALLS, Turn.RISES)
    if changes and amount <= 0:
        raise ValueError(f"`{text}` is no change. Write an amount above 0, such as `{turn} by 10 %`.")
    return When(turn=turn, amount=amount / 100 if share else amount, relative=changes and share)
