"""A page on paper: a tagged PDF, set by typst from one template.

The PDF conforms to PDF/UA-1 (ISO 14289-1). That standard refuses characters without a shape. Fonts come with typst, so
that the same page gives the same bytes everywhere; only where they lack a character, those of the machine are asked,
and where these lack it, too, its name stands in its place. Should the standard refuse a page for another reason, it is
printed as a tagged PDF that claims no standard: a report that is there counts more than a claim.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from regulars.core.errors import QueryError
from regulars.reports import glyphs
from regulars.reports.drawing import Drawing, own
from regulars.reports.layout import document

TEMPLATE = Path(__file__).with_name("report.typ")
#: Scripts and pictures without a font that are put into words, before the standard is given up.
_ROUNDS = 12


def paper(record: Mapping[str, Any], *, at: datetime, drawing: Drawing | None = None) -> bytes:
    """Return a page's record as PDF.

    Args:
        record: as of `Page.record()`.
        at: when it is made; stands on every page.
        drawing: what draws charts and courses; what draws pages where None.

    Raises:
        QueryError: typst is not installed.
    """
    data = glyphs.everywhere(document(record, drawing or own(), at), glyphs.clean)
    return _set(data, at)


def _set(data: dict[str, Any], at: datetime) -> bytes:
    try:
        from typst import TypstError
    except ImportError:
        raise QueryError("typst is not installed. Install with `pip install 'regulars[pdf]'`.") from None
    own_fonts = True
    for _ in range(_ROUNDS):
        try:
            return _compiled(data, at, own_fonts=own_fonts, standard="ua-1")
        except TypstError as refused:
            character = glyphs.missing(str(refused))
            if not character:
                break
            if not own_fonts:
                data = glyphs.everywhere(data, glyphs.without(character))
            own_fonts = False
    return _compiled(data, at, own_fonts=own_fonts, standard=None)


def _compiled(data: dict[str, Any], at: datetime, *, own_fonts: bool, standard: Literal["ua-1"] | None) -> bytes:
    import typst

    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        format="pdf",
        ignore_system_fonts=own_fonts,
        sys_inputs={"document": json.dumps(data, ensure_ascii=False)},
        pdf_standards=standard,
        timestamp=at.replace(microsecond=0).astimezone(UTC),
    )
