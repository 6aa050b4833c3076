"""What stands in records is text on every page and in every file, whatever it would mean to a browser or a spreadsheet.

Each page is drawn from its own record with a hostile text in the place of every word that comes out of records.
"""

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
    "\r=1+1",
    '=cmd|"/c calc"!A1',
    "＝1+1",
    '=HYPERLINK("http://evil")',
)
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
    """Return what draws a page with hostile words, in a format."""

    def draw(name, text, ending=""):
        real = Serving.page

        def page(self, view, about, asked, *, patience):
            record = orjson.loads(real(self, view, about, asked, patience=60.0))
            changed = hostile(record["blocks"], text)
            return orjson.dumps({**record, "blocks": changed, "company": text, "about": record["about"]})

        with monkeypatch.context() as patched:
            patched.setattr(Serving, "page", page)
            doorway.client.app  # noqa: B018
            return doorway.get(f"/{name}{ending}", "admin", headers={"If-None-Match": "", "Cookie2": text[:1] and "x"})

    return draw


#: Pages that together hold every kind of block, each with a question of its own so that nothing held is drawn.
DRAWN = {
    "overview": "?kpi=nps",
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
    assert payload.split("\u202e")[-1][:40].strip() in " ".join(elements.seen) or alone


@pytest.mark.parametrize("name", DRAWN)
def test_words_of_records_are_text_on_every_page(drawn, doorway, name):
    for kind, payload in MARKUP.items():
        doorway.client.app.state.kind = kind
        answer = drawn(name, payload)
        assert answer.status_code == 200, (name, kind, answer.text[:400])
        sound(answer.text, payload)
        assert "49" not in answer.text or kind != "template" or "{{7*7}}" in answer.text


@pytest.mark.parametrize("name", ["overview", "customers", "kpis/net_revenue", "follow-up"])
def test_words_of_records_are_text_in_pages_that_are_taken_along_and_in_mail(drawn, name):
    for kind, payload in MARKUP.items():
        for ending in (".html", ".eml"):
            answer = drawn(name, payload, ending)
            assert answer.status_code == 200, (name, kind, answer.text[:400])
            if ending == ".html":
                sound(answer.text, payload, alone=True)
            else:
                assert b"<script" not in answer.content.lower()
                assert not re.search(rb"<[^>]*\bonerror", answer.content)


@pytest.mark.parametrize("name", ["customers", "behind/net_revenue", "follow-up", "themes", "data"])
def test_no_cell_of_a_file_is_a_formula(drawn, name):
    asked = DRAWN[name]
    for formula in FORMULAS:
        book = drawn(name, formula, f".xlsx{asked}")
        assert book.status_code == 200
        with zipfile.ZipFile(io.BytesIO(book.content)) as found:
            sheets = [found.read(one).decode() for one in found.namelist() if one.startswith("xl/worksheets/")]
        assert sheets
        assert not any("<f>" in sheet or "<f " in sheet for sheet in sheets)
        rows = drawn(name, formula, f".csv{asked}")
        assert rows.status_code == 200
        for line in rows.text.splitlines():
            for cell in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', line):
                plain = cell.strip('"')
                assert not plain.startswith(("=", "+", "@", "＝", "\t", "\r")), (formula, cell)
                assert not plain.startswith("-") or re.fullmatch(r"-?[\d.e+-]+", plain), (formula, cell)


def test_a_word_that_is_asked_is_text_wherever_it_comes_back(doorway):
    for payload in MARKUP.values():
        if not payload.isprintable() or len(payload) > 1_000:
            continue
        for path in ("/customers?q={}", "/kpis/{}", "/customers/{}", "/{}", "/customers?segment={}", "/login?back={}"):
            answer = doorway.get(path.format("".join(f"%{byte:02X}" for byte in payload.encode())), "admin")
            assert answer.status_code in (200, 400, 401, 404)
            if "html" in answer.headers["content-type"]:
                sound(answer.text, "")
