"""What marks belong to which series, above a plot that has no room for names at its marks."""

from dataclasses import dataclass

from regulars.views.charts import lettering, marker
from regulars.views.charts.picture import Picture

#: Pixels from a sample to its name, and from a name to the next sample.
_SAMPLE, _BETWEEN = 16, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The key of a chart.

    Attributes:
        drawn: SVG.
        height: pixels that it takes at the top.
    """

    drawn: str = ""
    height: float = 0


def key(picture: Picture, width: int) -> Key:
    """Return the key of a chart of several series, over as many lines as it needs; an empty one of a single series."""
    if len(picture.lines) < 2:
        return Key()
    marks, texts = [], []
    x, y = 6.0, 8.0
    for place, line in enumerate(picture.lines):
        text = lettering.shortened(line.name, width - _SAMPLE - 8, lettering.NORMAL)
        wide = _SAMPLE + lettering.width(text, lettering.NORMAL)
        if x > 6 and x + wide > width:
            x, y = 6.0, y + lettering.LEADING + 4
        marks.append(marker.marker(place, x, y))
        texts.append(lettering.write(text, x + _SAMPLE - 6, y + 4))
        x += wide + _BETWEEN
    return Key(drawn="".join(marks) + lettering.names(texts), height=y + 10)
