"""From values to pixels."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A straight scale; what lies outside, unbounded limits too, lands on its nearer end.

    Attributes:
        low: value at `start`.
        high: value at `end`, more than `low`.
        start: pixels.
        end: pixels; less than `start` on axes that rise.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a value is.

        >>> scale = Scale(low=0, high=10, start=100, end=0)
        >>> scale(2.5), scale(float("inf"))
        (75.0, 0.0)
        """
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def along(places: list[float], start: float, end: float) -> Scale:
    """Return the scale of an axis on which `places` are shown; a single one stands in the middle."""
    low, high = min(places), max(places)
    return (
        Scale(low=low, high=high, start=start, end=end)
        if low < high
        else Scale(low=low - 1, high=high + 1, start=start, end=end)
    )
