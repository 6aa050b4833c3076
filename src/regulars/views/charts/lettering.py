"""Text of a known width: no browser is asked, so widths are estimated, rather too wide than too narrow."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from regulars.views.charts.palette import INK, INK_2
from regulars.views.charts.pen import escaped, tag

#: Font sizes in pixels: of ticks and notes, and of names.
SMALL, NORMAL = 11, 12
#: Height of a line of text in pixels.
LEADING = 14
#: From the edge of a chart to text that begins or ends there: some letters, such as J, reach out of their box.
EDGE = 2

#: Signs by their width in em in DejaVu Sans, the widest of the usual sans-serif fonts, rounded up.
_SIGNS = {
    0.3: "Iijl",
    0.35: " ,./:;\\f|'",
    0.4: "!()-[]t",
    0.45: '"r',
    0.5: "*_`J",
    0.55: "?Lcsz",
    0.6: "FPkvxy",
    0.65: "$0123456789EKSTYabdeghnopqu{}",
    0.7: "ABCRVXZ",
    0.75: "HNU",
    0.8: "&DGOQ",
    0.85: "#+<=>^w~",
    0.9: "M",
    0.95: "%",
    1.0: "@Wm…—",
    1.1: "ÆŒæœЖШЩЮ",
    2.0: "\u2e3a",
    3.0: "\u2e3b",
    12.0: "\ufdfd",
}
_WIDTHS = {sign: wide for wide, signs in _SIGNS.items() for sign in signs}


#: Pixels between two labels.
_APART = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    middle: float
    text: str
    start: float
    end: float

    @classmethod
    def inside(cls, middle: float, text: str, left: float, right: float) -> "_Label":
        half = width(text) / 2
        place = min(max(middle, left + half), right - half)
        return cls(middle=place, text=text, start=place - half, end=place + half)


def _em(sign: str) -> float:
    found = _WIDTHS.get(sign)
    if found is not None:
        return found
    if sign < "\u0300":
        return 0.7
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    if sign >= "\U00010000":
        return 4.0 if "\U00012000" <= sign < "\U00012550" else 1.4
    if "\u0590" <= sign < "\u0900":
        return 0.65
    return 1.1 if unicodedata.east_asian_width(sign) in "WF" else 0.9


def width(text: str, size: float = SMALL) -> float:
    """Return about how wide text is, in pixels.

    >>> width("iii") < width("abc") < width("MMM")
    True
    """
    return size * sum(map(_em, text))


def shortened(text: str, room: float, size: float = SMALL) -> str:
    """Return text, cut to `room` pixels with an ellipsis where it is longer.

    >>> shortened("customers who came back", 60)
    'custome…'
    """
    used, fits = 0.0, 0
    # Room made to the measure of a text must hold it, whatever the sums were rounded to.
    room += 0.01
    for place, sign in enumerate(text):
        used += size * _em(sign)
        if used > room:
            return text[:fits].rstrip() + "…" if room >= size else ""
        if used <= room - size:
            fits = place + 1
    return text


def write(text: str, x: float, y: float) -> str:
    """Return a line of text whose baseline is at `y`; nothing of no text."""
    return tag("text", escaped(text), x=x, y=y) if text else ""


def labels(texts: Sequence[str], anchor: str | None = None) -> str:
    """Return texts as a group of quiet ones: ticks, notes."""
    return tag("g", "".join(texts), class_="label", fill=INK_2, text_anchor=anchor) if texts else ""


def names(texts: Sequence[str], anchor: str | None = None, weight: str | None = None) -> str:
    """Return texts as a group of those that are read first: names, values."""
    given = {"class_": "name", "fill": INK, "text_anchor": anchor, "font_weight": weight}
    return tag("g", "".join(texts), font_size=NORMAL, **given) if texts else ""


def thinned(wanted: Sequence[tuple[float, str]], left: float, right: float) -> list[tuple[float, str]]:
    """Return labels that fit beside each other, the last one among them, each moved to lie from `left` to `right`.

    Every so many are kept, unless that leaves far fewer than there is room for: where places or lengths are uneven.

    Args:
        wanted: middle of each label in pixels, ascending, and its text.
        left: where the first may begin.
        right: where the last must end.
    """
    room = (right - left) / min(max(len(wanted), 1), 2)
    placed = [_Label.inside(middle, shortened(text, room), left, right) for middle, text in reversed(wanted) if text]
    kept: list[_Label] = []
    for label in placed:
        if not kept or label.end + _APART <= kept[-1].start:
            kept.append(label)
    for every in range(1, len(placed)):
        even = placed[::every]
        if 2 * len(even) < len(kept):
            break
        if all(label.end + _APART <= after.start for after, label in pairwise(even)):
            kept = even
            break
    return [(label.middle, label.text) for label in reversed(kept)]


def spread(wanted: Sequence[float], top: float, bottom: float, apart: float = LEADING) -> list[float]:
    """Return heights near the wanted ones that are `apart`, in the order of `wanted`.

    >>> spread([50, 50, 10], 0, 60)
    [46, 60, 10]
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    found = [0.0] * len(wanted)
    at = top - apart
    for place in order:
        at = found[place] = max(wanted[place], at + apart)
    at = bottom + apart
    for place in reversed(order):
        at = found[place] = min(found[place], at - apart)
    return found
