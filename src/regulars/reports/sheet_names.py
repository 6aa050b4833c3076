"""Names of sheets as spreadsheets allow them."""

import re
from collections.abc import Collection

_LONGEST = 31
_EDGES = "' =+-@＝＋－＠"  # what a spreadsheet refuses at the edge, or would run where a name is copied into a cell
_REFUSED = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]+")


def sheet_name(wanted: str, taken: Collection[str]) -> str:
    """Return a name for a sheet that is allowed and not `taken`, whatever its case.

    >>> sheet_name("Which: way? [a/b]", ()), sheet_name("KPIs", ["kpis"]), sheet_name("'", ())
    ('Which way a b', 'KPIs (2)', 'Table')
    """
    plain = " ".join(_REFUSED.sub(" ", wanted).split()).strip(_EDGES) or "Table"
    if plain.lower() == "history":  # reserved by Excel
        plain += " of customers"
    known = {name.lower() for name in taken}
    name, number = _cut(plain, ""), 1
    while name.lower() in known:
        number += 1
        name = _cut(plain, f" ({number})")
    return name


def _cut(name: str, ending: str) -> str:
    # Excel counts UTF-16 units: a character beyond the first 65,536 is two.
    room = _LONGEST - len(ending)
    while len(name.encode("utf-16-le")) // 2 > room:
        name = name[:-1]
    return (name.rstrip(_EDGES) or "Table") + ending
