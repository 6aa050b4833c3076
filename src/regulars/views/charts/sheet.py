"""What a kind of chart gives back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A drawing and how high it is; its width was given.

    Attributes:
        drawn: SVG elements.
        height: pixels.
    """

    drawn: str
    height: float
