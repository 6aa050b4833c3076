"""Colours on light paper, and what else tells series apart: dashes and the shape of marks."""

INK = "#14181f"
INK_2 = "#4a5362"
LINE = "#d5dae1"
SURFACE = "#ffffff"
#: Four that people with any colour vision tell apart, each at least 3:1 on white.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
DASHES = (None, "7 3", "2 2", "9 3 2 3")
#: Of what is not finished; unlike that of any series.
OPEN = "3 4"
BAND = ".22"
#: Band of what is foretold.
FAN = ".12"


def colour(place: int) -> tuple[str, str]:
    """Return class and colour of a series by its place.

    >>> colour(0)
    ('c1', '#0072b2')
    """
    return f"c{place + 1}", SERIES[place]
