"""Which words of a page are Regulars' own: all others may have been written by customers, and are marked.

A grid that is not named here has only numbers, counts and texts out of the records, as far as is known of it. That is
the safe side: what is marked in vain is still read, what is not marked might be obeyed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

T = TypeVar("T")
#: Stands for all columns of a grid.
EVERY = "*"

#: Name of a grid, or what its name begins with -> columns whose words Regulars writes.
_COLUMNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "after_": frozenset({"outcome", "group", "verdict"}),
        "at_stake": frozenset({"reasons"}),
        "balance": frozenset({"field", "respondents", "customers", "smd", "q", "verdict"}),
        "behind": frozenset({EVERY}),
        "cost": frozenset({"measure"}),
        "customer": frozenset({"part"}),
        "customers": frozenset({"rfm", "state", "last_order", "revenue", "reasons"}),
        "definition": frozenset({EVERY}),
        "drivers_": frozenset({"fact", "meaning", "place", "owner"}),
        "expected": frozenset({"outcome", "period", "reasons"}),
        "findings": frozenset({"finding", "effect"}),
        "fixes": frozenset({"verdict", "cost", "owner"}),
        "follow_up": frozenset({"on", "waits", "touchpoint", "spent"}),
        "forecast": frozenset({EVERY}),
        "generations": frozenset({EVERY}),
        "list": frozenset({"on", "kind", "amount"}),
        "moved": frozenset({EVERY}),
        "moves_": frozenset({"before"}),
        "quarantine": frozenset({"reason"}),
        "quotes": frozenset({"polarity"}),
        "reasons": frozenset({"reason"}),
        "reconciliation": frozenset({"name", "amount"}),
        "rising": frozenset({"q", "owner"}),
        "scores": frozenset({"outcome", "measure"}),
        "sentiment": frozenset({"measure"}),
        "standing": frozenset({"how", "notes"}),
        "states": frozenset({"state", "meaning"}),
        "themes": frozenset({"brought", "owner"}),
        "trends": frozenset({"kpi", "verdict"}),
        "why_parts": frozenset({EVERY}),
        "why_ranked": frozenset({"moved", "found"}),
        "wrong_": frozenset({"fact", "owner"}),
    }
)
#: Name of a chart, or what its name begins with -> whether Regulars writes the names of its series, and its labels.
_CHARTS: Mapping[str, tuple[bool, bool]] = MappingProxyType(
    {
        "calibration_": (True, True),
        "concentration": (True, True),
        "course_": (True, True),
        "forecast_": (True, True),
        "happenings": (True, True),
        "lifecycle": (True, True),
        "spread_": (True, True),
        "stays_": (False, True),
    }
)


def column(grid: str, name: str) -> bool:
    """Whether Regulars writes the words of a column.

    >>> column("quotes", "polarity"), column("quotes", "text"), column("unheard_of", "verdict")
    (True, False, False)
    """
    own = _of(_COLUMNS, grid) or frozenset()
    return EVERY in own or name in own


def chart(name: str) -> tuple[bool, bool]:
    """Whether Regulars writes the names of a chart's series, and the labels of its marks.

    >>> chart("course_nps"), chart("nps_by_market"), chart("stays_orders")
    ((True, True), (False, False), (False, True))
    """
    # Whatever a KPI is called: its groups are out of the records.
    return (False, False) if "_by_" in name else _of(_CHARTS, name) or (False, False)


def _of(known: Mapping[str, T], name: str) -> T | None:
    if name in known and not name.endswith("_"):
        return known[name]
    return next((said for begins, said in known.items() if begins.endswith("_") and name.startswith(begins)), None)


def says_nothing(text: str) -> bool:
    """Whether words hold no letter: numbers, days and signs are nobody's.

    >>> says_nothing("2024-12-01 - 1.5 %"), says_nothing("NL")
    (True, False)
    """
    return not any(map(str.isalpha, text))
