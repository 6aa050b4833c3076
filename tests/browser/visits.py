"""Each page, looked at once for all tests: light, dark, wide and narrow."""

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Page

from browser.door import Door

SCHEMES = ("light", "dark")
#: Widths in pixels, and the heights that go with them.
WIDE, NARROW = 1280, 320
HEIGHTS: Mapping[int, int] = {1400: 900, WIDE: 900, 768: 1024, 390: 844, NARROW: 568}
#: Those of which pictures are taken; in a long run it is all of them.
TAKEN = (WIDE, NARROW)
#: Smallest letters in a chart, in pixels, and least contrast with what is below them.
LETTERS, CONTRAST = 9, 4.5
LOOKS = Path(__file__).with_name("looks.js")
#: Of what is many times there, the first few have all that there can be wrong; in a long run all are looked at.
_FAR = ("tbody tr:nth-child(n+6)", ".card:nth-child(n+9)", "section:nth-of-type(n+9)")
_OPENED = 3
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RULES: Mapping[str, Any] = {
    "light": {"type": "tag", "values": _TAGS},
    # Only colours can be wrong in the dark alone.
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}


@dataclass(kw_only=True)
class Visit:
    """What was seen of a page.

    Attributes:
        name: of the page.
        status: of the answer.
        asked: addresses that were asked for.
        said: errors and warnings on the console, and what the policy stopped.
        text: what stands in it.
        html: the document as it came.
        axe: what axe-core finds, with all details open.
        wrong: what looks.js finds wrong: by what it looks for, then by width.
        colours: of each chart, how many colours it has.
        shift: how far its parts moved while it came.
    """

    name: str
    status: int = 0
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    text: str = ""
    html: str = ""
    axe: list[str] = field(default_factory=list)
    wrong: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    colours: dict[str, int] = field(default_factory=dict)
    shift: float = 0.0


class Visits:
    """Pages by name and scheme, each visited when it is first asked for."""

    def __init__(self, windows: Mapping[str, BrowserContext], pictures: Path) -> None:
        self._windows, self._pictures = windows, pictures
        self._seen: dict[tuple[str, str], Visit] = {}

    @classmethod
    @contextmanager
    def of(cls, door: Door, pictures: Path) -> Iterator["Visits"]:
        """Open a window for each scheme."""
        with ExitStack() as stack:
            windows = {scheme: stack.enter_context(door.window(color_scheme=scheme)) for scheme in SCHEMES}
            yield cls(windows, pictures)

    def at(self, name: str, path: str, scheme: str = "light") -> Visit:
        """Return what was seen at a path."""
        if (name, scheme) not in self._seen:
            self._seen[name, scheme] = self._visited(name, path, scheme)
        return self._seen[name, scheme]

    def at_length(self, name: str, path: str, scheme: str) -> Visit:
        """Return what is seen at a path where time is no matter: each row, at each width."""
        return self._visited(name, path, scheme, taken=tuple(HEIGHTS), far=())

    def _visited(self, name: str, path: str, scheme: str, **more: Any) -> Visit:
        page = self._windows[scheme].new_page()
        try:
            return visited(page, name, path, scheme, self._pictures, **more)
        finally:
            page.close()


def visited(
    page: Page,
    name: str,
    path: str,
    scheme: str,
    pictures: Path,
    *,
    taken: tuple[int, ...] = TAKEN,
    far: tuple[str, ...] = _FAR,
) -> Visit:
    """Look at a page.

    Args:
        page: a new one.
        name: of the pictures that are taken.
        path: what it is asked for.
        scheme: light or dark.
        pictures: where pictures are kept.
        taken: widths of which pictures are taken.
        far: selects what axe-core leaves out.
    """
    found = Visit(name=name)
    page.on("request", lambda asked: found.asked.append(asked.url))
    page.on("pageerror", lambda fault: found.said.append(str(fault)))
    page.on("console", lambda one: found.said.append(one.text) if one.type in ("error", "warning") else None)
    answer = page.goto(path)
    while answer is not None and answer.status == 202 and name != "calculating":
        page.wait_for_timeout(1_000)
        found.asked.clear()
        answer = page.goto(path)
    assert answer is not None
    page.evaluate(LOOKS.read_text(encoding="utf-8"))
    found.status, found.html, found.text = answer.status, answer.text(), page.inner_text("main")
    for width, height in HEIGHTS.items():
        page.set_viewport_size({"width": width, "height": height})
        for what, wrong in page.evaluate(f"looks.wrong({LETTERS}, {CONTRAST})").items():
            found.wrong.setdefault(what, {})[width] = wrong
        # Those that nothing is counted in are smaller, and made in half the time, as JPEG.
        kind = "png" if width == WIDE else "jpeg"
        if width in taken:
            picture = page.screenshot(path=pictures / f"{name}-{width}-{scheme}.{kind}", type=kind, full_page=True)
        if width == WIDE:
            found.colours = _colours(picture, page.evaluate("looks.regions()"))
            found.shift = page.evaluate("window.shifted")
            found.axe = axe(page, scheme, far)
    found.said += page.evaluate("window.stopped")
    return found


def axe(page: Page, scheme: str = "light", far: tuple[str, ...] = ()) -> list[str]:
    """Return what axe-core finds wrong; of pages in light with details open."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    if scheme == "light":
        page.evaluate(f"looks.opened({_OPENED if far else 0})")
    asked = {"resultTypes": ["violations"], "runOnly": _RULES[scheme]}
    where = {"include": ["html"], "exclude": list(far)}
    found = page.evaluate("([where, asked]) => axe.run(where, asked)", [where, asked])
    page.evaluate("looks.closed()")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def _colours(picture: bytes, regions: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many colours each region of a picture has."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    counts = {}
    for place, one in enumerate(regions):
        left, top, width, height = (int(one[part]) for part in ("left", "top", "width", "height"))
        part = image.crop((left, top, left + width, top + height))
        counts[f"{place} {one['what']}"] = len(part.getcolors(part.width * part.height) or ())
    return counts
