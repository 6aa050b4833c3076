"""Records of charts for tests, and charts taken apart again."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from regulars.views.charts.draw import draw

SVG = "{http://www.w3.org/2000/svg}"
KINDS = ("line", "steps", "dots", "bars", "histogram", "curve", "calibration", "lanes")
WIDTHS = (320, 680)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "]]></title><script>alert(1)</script>",
    "{{7*7}} & &amp; &#0;",
    "مرحبا بالعالم שלום",
    "\u202egnihtemos\u202c \u2066turned",
    "👩‍👩‍👧‍👦🇳🇱" * 20,
    "\x00\x08\x1f\ud800\ufffe\uffff",
    "two\nlines\tand a tab",
    "W" * 5000,
    "word " * 1000,
    "",
)

#: Signs by their width in DejaVu Sans, in hundredths of an em, read from the font.
WIDE = {
    27: "'",
    28: "ijl",
    29: "IJ",
    32: " ,.",
    34: "/:;\\|",
    35: "f",
    36: "-",
    39: "()[]t",
    40: "!",
    41: "r",
    46: '"',
    50: "*_`",
    52: "sz",
    53: "?",
    55: "c",
    56: "L",
    58: "Fk",
    59: "vxy",
    60: "P",
    61: "TYao",
    62: "e",
    63: "ESbdghnpqu",
    64: "$0123456789{}",
    66: "K",
    68: "AV",
    69: "BRXZ",
    70: "C",
    73: "U",
    75: "HN",
    77: "DG",
    78: "&",
    79: "OQ",
    82: "w",
    84: "#+<=>^~",
    86: "M",
    95: "%",
    97: "m",
    99: "W",
    100: "@",
}
EM = {sign: wide / 100 for wide, signs in WIDE.items() for sign in signs}


def estimate(value=None, low=None, high=None, *, n=1234, why_not="", flags=()):
    return {
        "value": value,
        "low": low,
        "high": high,
        "level": 0.95,
        "method": "Wilson score",
        "n": n,
        "why_not": why_not or ("" if value is not None else "nobody was asked"),
        "period": "2024-01-01..2024-02-01",
        "as_of": "2025-01-02T00:00:00+00:00",
        "version": "3",
        "flags": list(flags),
    }


def mark(label="a", x=None, value=None, *limits, why_not="", against=None, count=None, is_open=False):
    """A mark; without a value and with a reason one whose estimate says why it has none."""
    given = value is not None or why_not
    return {
        "label": label,
        "x": x,
        "estimate": estimate(value, *limits, why_not=why_not) if given else None,
        "against": None if against is None else estimate(against, against, against),
        "count": count,
        "open": is_open,
    }


def series(*marks, name="", follows=False):
    return {"name": name, "follows": follows, "marks": list(marks)}


def chart(kind, *lines, unit="share", axis="", rule=None, name="mine", title="A title", says="It rose."):
    return {
        "name": name,
        "title": title,
        "kind": kind,
        "says": says,
        "axis": axis,
        "rule": rule,
        "unit": unit,
        "series": list(lines),
    }


def wavy(count=13, name="", *, label="2024-{:02d}", middle=0.3, by=0.02, first=0):
    """A series that every kind can draw."""
    return series(
        *(
            mark(
                label.format(place + 1),
                first + 5 * place,
                middle + by * (place % 5),
                middle + by * (place % 5) - 3 * by,
                middle + by * (place % 5) + 2 * by,
                against=middle + by * (place % 7),
                count=place + 1,
            )
            for place in range(count)
        ),
        name=name,
    )


@dataclass(frozen=True)
class Box:
    text: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def drawn(record, width=680):
    return parsed(draw(record, width=width))


def parsed(text):
    return ElementTree.fromstring(text)


def of_class(svg, *names, tag=None):
    return [
        one
        for one in svg.iter()
        if set(names) <= set(one.get("class", "").split()) and (tag is None or one.tag == SVG + tag)
    ]


def boxes(svg):
    """Where texts are in DejaVu Sans, the widest of usual fonts."""
    found = []

    def walk(element, size, anchor):
        size, anchor = float(element.get("font-size", size)), element.get("text-anchor", anchor)
        if element.tag == SVG + "text":
            wide = size * sum(EM.get(sign, 0.6) for sign in element.text)
            x, y = float(element.get("x")), float(element.get("y"))
            left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[anchor]
            found.append(Box(element.text, left, y - 0.93 * size, left + wide, y + 0.24 * size))
        for child in element:
            walk(child, size, anchor)

    walk(svg, 0, "start")
    return found


def size(svg):
    return float(svg.get("width")), float(svg.get("height"))


def numbers(path):
    return [float(found) for found in re.findall(r"-?[\d.]+", path)]


def points(path):
    """The corners of a path of M and L."""
    found = numbers(path)
    return list(zip(found[::2], found[1::2], strict=True))


def texts(svg):
    return [one.text for one in svg.iter(SVG + "text")]


def tips(svg):
    return [
        one.find(SVG + "title").text
        for one in svg.iter()
        if one.tag != SVG + "svg" and one.find(SVG + "title") is not None
    ]
