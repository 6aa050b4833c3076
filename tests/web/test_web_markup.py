"""What stands in records is text on every page and in every file, whatever it would mean to a browser or a spreadsheet.

Each page is drawn from its own record with a hostile text in the place of every word that comes out of records.
"""

import csv
import email
import io
import re
import zipfile
from html.parser import HTMLParser

import orjson
import pytest

from regulars.door.serving import Serving

MARKUP = {
    "element": "<img src=x onerror=alert(1)>",
    "attribute": '"><svg onload=alert(1)>',
    "apostrophe": "' autofocus onfocus='alert(1)",
    "end of script": "</script><script>alert(1)</script>",
    "end of style": "</style></title></textarea><script>alert(1)</script>",
    "entity": "&lt;script&gt;&#60;script&#62;",
    "comment": "<!--><script>alert(1)</script>-->",
    "address": "javascript:alert(1)",
    "template": "{{7*7}} {% raw %} ${7*7} #{7*7}",
    "backticks": "`<b>x</b>`",
    "right to left": "\u202e<img src=x onerror=alert(1)>",
    "long": "<b>" + "w" * 5_000,
}
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    '=cmd|"/c calc"!A1',
    "＝1+1",
    '=HYPERLINK("http://evil")',
)
LINES = ("\r=1+1", "x\r=1+1", "x\r\n=1+1", "x\n=1+1")
#: Parts of a record that are words, which may come out of records or out of files of the company's own.
WORDS = {
    "text",
    "personal",
    "title",
    "caption",
    "says",
    "told",
    "question",
    "caveat",
    "company",
    "label",
    "axis",
    "why_not",
}
#: Parts whose words are names that must be known.
NAMES = {"page", "block", "kind", "unit", "name", "rel", "sorted", "period", "as_of", "flags"}


def hostile(record, text, within=""):
    """Return a record with `text` in the place of every word."""
    if isinstance(record, dict):
        grid = record.get("block") == "grid"
        found = {}
        for name, part in record.items():
            if isinstance(part, str):
                cell = within == "rows" and name not in NAMES
                found[name] = text if (name in WORDS or cell) and part else part
            else:
                found[name] = hostile(
                    part, text, "rows" if grid and name == "rows" else within if name != "link" else ""
                )
            if name == "link" and part and part.get("about"):
                found[name] = {**part, "about": text, "asked": dict.fromkeys(part["asked"], text)}
        return found
    if isinstance(record, list):
        return [hostile(part, text, within) for part in record]
    return record


@pytest.fixture
def drawn(doorway, monkeypatch):
    """Return what draws a page with hostile words, in a format; nothing of it is held."""
    real, answers = Serving.page, site(doorway).answers

    def draw(address, text):
        def page(self, view, about, asked, *, patience):
            record = orjson.loads(real(self, view, about, asked, patience=60.0))
            return orjson.dumps({**record, "blocks": hostile(record["blocks"], text), "company": text})

        with monkeypatch.context() as patched:
            patched.setattr(Serving, "page", page)
            answers._held.clear()
            found = doorway.get(address, "admin")
            answers._held.clear()
        assert found.status_code == 200, (address, text[:40], found.text[:400])
        return found

    return draw


def site(doorway):
    """Return the pages of the server."""
    routers = [getattr(route, "original_router", None) for route in doorway.client.app.routes]
    endpoints = [route.endpoint for router in routers if router for route in router.routes]
    return next(one.__self__ for one in endpoints if getattr(one, "__name__", "") == "page")


#: Pages that together hold every kind of block.
DRAWN = {
    "overview": "",
    "kpis/net_revenue": "",
    "customers": "",
    "customers/kd-003": "",
    "behind/net_revenue": "?period=2025-02",
    "follow-up": "",
    "retention": "",
    "segments": "",
    "themes": "",
    "voice": "",
    "value": "",
    "data": "",
    "drivers": "",
    "aftermath": "",
}


class Elements(HTMLParser):
    """Collects elements with their attributes, and the text that is seen."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.seen: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.seen.append(data)


#: Elements of our own; whatever else turns up was written by a record.
TAGS = set(
    "html head meta title link script body a header svg rect path circle line g text tspan desc polyline polygon "
    "div form label select option button input nav ul li main h1 h2 h3 h4 p section article data span details summary "
    "figure figcaption table thead tbody tr th td sup code pre img style defs pattern clippath use dl dt dd b em strong"
    " abbr time br hr ol small footer aside template caption colgroup col".split()
)


def sound(text, payload, *, alone=False):
    """Hold a document against what we write ourselves."""
    elements = Elements(text)
    for tag, attributes in elements.found:
        assert tag in TAGS, tag
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert "autofocus" not in attributes or tag == "input", attributes
        for name in ("href", "src", "action", "formaction", "xlink:href"):
            address = (attributes.get(name) or "").strip().lower()
            assert not address.startswith(("javascript:", "data:text", "vbscript:")), attributes
            assert "://" not in address or alone, attributes
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    assert len(scripts) == (0 if alone else 1), scripts
    assert not [tag for tag, _ in elements.found if tag == "img"]
    seen = " ".join(elements.seen)
    # What stands between backticks is shown as code, without them.
    assert alone or any(one[-40:].strip() in seen for one in (payload, payload.strip("`")))


def address(name, ending=""):
    return f"/{name}{ending}{DRAWN[name]}" if ending or name != "overview" else "/"


@pytest.mark.parametrize("name", DRAWN)
def test_words_of_records_are_text_on_every_page(drawn, name):
    for payload in MARKUP.values():
        sound(drawn(address(name), payload).text, payload)


@pytest.mark.parametrize("name", ["overview", "customers", "kpis/net_revenue", "follow-up"])
def test_words_of_records_are_text_in_pages_that_are_taken_along_and_in_mail(drawn, name):
    for payload in MARKUP.values():
        sound(drawn(address(name, ".html"), payload).text, payload, alone=True)
        parts = email.message_from_bytes(drawn(address(name, ".eml"), payload).content).walk()
        bodies = [one.get_payload(decode=True).decode() for one in parts if one.get_content_type() == "text/html"]
        assert bodies
        for body in bodies:
            sound(body, payload, alone=True)


@pytest.mark.parametrize("name", ["customers", "behind/net_revenue", "follow-up", "themes", "data"])
def test_no_cell_of_a_file_is_a_formula(drawn, name):
    for formula in (*FORMULAS, *LINES):
        no_formula(list(csv.reader(io.StringIO(drawn(address(name, ".csv"), formula).text, newline=""))), formula)
    for formula in FORMULAS:
        no_formula_in_sheets(drawn(address(name, ".xlsx"), formula).content)


@pytest.mark.parametrize("name", ["customers", "data"])
def test_no_cell_of_a_workbook_is_a_formula_on_a_line_of_its_own(drawn, name):
    for formula in LINES:
        no_formula_in_sheets(drawn(address(name, ".xlsx"), formula).content)


def no_formula_in_sheets(book):
    with zipfile.ZipFile(io.BytesIO(book)) as found:
        sheets = [found.read(one).decode() for one in found.namelist() if one.startswith("xl/worksheets/")]
    assert sheets
    assert not any("<f>" in sheet or "<f " in sheet for sheet in sheets)


def no_formula(rows, formula):
    assert len(rows) > 1
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "@", "＝", "\t", "\r")), (formula, cell)
        assert not cell.startswith("-") or re.fullmatch(r"-?[\d.e+-]+", cell), (formula, cell)


def test_a_word_that_is_asked_is_text_wherever_it_comes_back(doorway):
    for payload in MARKUP.values():
        if not payload.isprintable() or len(payload) > 1_000:
            continue
        for path in ("/customers?q={}", "/kpis/{}", "/customers/{}", "/{}", "/customers?segment={}", "/login?back={}"):
            answer = doorway.get(path.format("".join(f"%{byte:02X}" for byte in payload.encode())), "admin")
            assert answer.status_code in (200, 400, 401, 404)
            if "html" in answer.headers["content-type"]:
                sound(answer.text, "")
