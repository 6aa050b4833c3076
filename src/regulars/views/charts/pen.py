"""Writing SVG: all text escaped, numbers to a tenth of a pixel, so that output is small and always the same."""

from collections.abc import Iterable

#: Signs that XML forbids, or that would turn the direction of text around them; breaks become spaces.
_DROPPED: dict[int, str | None] = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFEFF, 0xFFFE, 0xFFFF]),
    **dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
    **dict.fromkeys([0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029], " "),
}
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

Point = tuple[float, float]


def clean(text: str) -> str:
    r"""Return text without what XML forbids, on one line.

    >>> clean("two\nlines\x00 \u202eand a turn")
    'two lines and a turn'
    """
    return " ".join(text.translate(_DROPPED).split())


def escaped(text: str) -> str:
    """Return text as it may stand in an element or between double quotes."""
    return text.translate(_ESCAPED)


def number(size: float) -> str:
    """Write a length in pixels.

    >>> number(12.04), number(-0.01), number(7)
    ('12', '0', '7')
    """
    text = f"{size:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def tag(name: str, content: str = "", /, **attributes: str | float | None) -> str:
    """Return an element; `content` is SVG already, attributes of None are left out.

    >>> tag("g", "<path/>", class_="band c1", fill_opacity=".22", stroke=None)
    '<g class="band c1" fill-opacity=".22"><path/></g>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def titled(name: str, says: str, /, **attributes: str | float | None) -> str:
    """Return an element that says what it is when it is pointed at."""
    return tag(name, tag("title", escaped(says)), **attributes)


def straight(points: Iterable[Point]) -> str:
    """Return path data from point to point."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
