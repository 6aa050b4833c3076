"""A page is small and stands still; on paper and in the system's own colours it is all there."""

import io

import pytest
from PIL import Image

from browser.pages import named

from .conftest import PICTURES

#: Bytes over the wire and requests of the first visit, at most; and how far anything may move.
BYTES, REQUESTS, SHIFT = 60_000, 6, 0.02
#: Pages that have between them all kinds of blocks.
KINDS = [named(name) for name in ("overview", "retention", "customers", "value")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_overview_is_small_asks_for_little_and_stands_still(door, scheme):
    with door.window(color_scheme=scheme) as window:
        page = window.new_page()
        wire = window.new_cdp_session(page)
        wire.send("Network.enable")
        sizes: list[float] = []
        wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        page.goto("/", wait_until="networkidle")
        page.screenshot(full_page=True)
        assert sum(sizes) <= BYTES
        assert len(sizes) <= REQUESTS
        assert page.evaluate("window.shifted") <= SHIFT


def test_a_second_visit_asks_for_the_page_alone(door):
    with door.window() as window:
        page = window.new_page()
        page.goto("/", wait_until="networkidle")
        wire = window.new_cdp_session(page)
        wire.send("Network.enable")
        sizes: dict[str, str] = {}
        wire.on("Network.responseReceived", lambda told: sizes.update({told["requestId"]: told["response"]["url"]}))
        wire.on("Network.requestServedFromCache", lambda told: sizes.pop(told["requestId"], None))
        page.goto("/data", wait_until="networkidle")
        assert [url for url in sizes.values() if not url.endswith((".css", ".js", ".svg"))] == [page.url]


def test_a_link_within_the_site_fetches_the_page_and_no_style_or_script(door):
    with door.window() as window:
        page = window.new_page()
        page.goto("/customers", wait_until="networkidle")
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        page.locator("nav.menu").get_by_role("link", name="Data").click()
        page.get_by_role("heading", level=1, name="Data").wait_for()
        # Chromium looks for the icon again whenever the address changes; it has it.
        assert [url for url in asked if not url.endswith(".svg")] == [page.url]


@pytest.mark.parametrize("there", KINDS, ids=lambda one: one.name)
def test_on_paper_a_page_has_its_numbers_and_borders_and_no_controls(door, there):
    with door.window(width=794, height=1123) as window:
        page = window.new_page()
        page.goto(there.path)
        said = page.locator("main data").all_inner_texts()
        page.emulate_media(media="print")
        assert not page.locator("header.top, nav.menu, .exports, form.asked").filter(visible=True).count()
        assert page.locator("h1").is_visible()
        assert page.locator("main data").filter(visible=True).count() > 0
        assert len(said) > 5
        _whole(page, f"{there.name}-print")


@pytest.mark.parametrize("there", KINDS, ids=lambda one: one.name)
def test_with_the_colours_of_the_system_a_page_keeps_its_borders_and_marks(door, there):
    with door.window(forced_colors="active") as window:
        page = window.new_page()
        page.goto(there.path)
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        here = page.locator("nav.menu [aria-current]")
        assert here.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"
        _whole(page, f"{there.name}-forced")


def _whole(page, name: str) -> None:
    """Check that blocks have borders, and that there is something in each picture."""
    borders = (
        "(every) => every.map((one) => getComputedStyle(one)).map((one) => one.borderTopStyle + one.borderTopWidth)"
    )
    found = page.locator("main section > figure, .card").evaluate_all(borders)
    assert found
    assert set(found) == {"solid1px"}
    picture = Image.open(io.BytesIO(page.screenshot(path=PICTURES / f"{name}.png", full_page=True))).convert("RGB")
    assert len(picture.getcolors(picture.width * picture.height)) > 50
    for svg in page.locator("main svg").filter(visible=True).all()[:4]:
        one = Image.open(io.BytesIO(svg.screenshot())).convert("RGB")
        assert len(one.getcolors(one.width * one.height)) > 12
