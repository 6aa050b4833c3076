"""Which page an address means, in which format, about what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from regulars.views.view import View

#: An ending of four characters or so, written out: a point within an id is written as %2E.
_LONGEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """What an address means.

    Attributes:
        view: the page.
        about: what it is about.
        ending: format of a file; "" of the page itself.
    """

    view: View
    about: str
    ending: str


def addressed(path: str, views: Mapping[str, View], endings: Collection[str]) -> Addressed | None:
    """Return what a path means, as it came, percent signs and all; None where it is no page.

    Args:
        path: without the base, such as "kpis/nps.csv"; "" is the overview.
        views: the pages by name.
        endings: of the formats that there are.
    """
    stem, point, ending = path.rpartition(".")
    if not point or "/" in ending or len(ending) > _LONGEST:
        stem, ending = path, ""
    elif ending not in endings:
        return None
    first, _, rest = (stem or "overview").partition("/")
    for view in views.values():
        own, _, slot = view.path.partition("/")
        if own == unquote(first) and bool(slot) == bool(rest):
            return Addressed(view=view, about=unquote(rest), ending=ending)
    return None
