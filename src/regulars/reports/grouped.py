"""What stands on one page of paper together: a wide table and the words right above it."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.reports import widths
from regulars.reports.parts import Part, Shown, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Parts of a document that stay together.

    Attributes:
        parts: in order.
        turned: whether their page must be turned.
    """

    parts: tuple[Part, ...]
    turned: bool = False


def grouped(body: Sequence[Part]) -> list[Group]:
    """Return parts in groups: tables too wide for an upright page with the heading and text above them."""
    found: list[Group] = []
    for part in body:
        if not _wide(part):
            found.append(Group(parts=(part,)))
            continue
        above: list[Part] = []
        while found and not found[-1].turned and _leads(found[-1].parts[-1]):
            above.insert(0, found.pop().parts[-1])
        if found and found[-1].turned and not above:
            above = list(found.pop().parts)
        found.append(Group(parts=(*above, part), turned=True))
    return found


def _wide(part: Part) -> bool:
    return isinstance(part, Shown) and part.kind != "chart" and widths.fit(part.table.to_read()).turned


def _leads(part: Part) -> bool:
    return isinstance(part, Words) and part.kind != "notice"
