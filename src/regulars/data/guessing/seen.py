"""A file with what it may be, by itself and beside the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from regulars.data.guessing.hints import HINTS
from regulars.data.guessing.matching import Candidate, Pick, match
from regulars.data.guessing.profile import File
from regulars.data.guessing.relations import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file with what it may be: by table, and which of its columns is a customer's other name."""

    file: File
    found: Mapping[str, Candidate]


def candidates(file: File, extra: Mapping[str, Pick]) -> dict[str, Candidate]:
    """Return how well the file fits each table."""
    return {table: match(file, table, extra) for table in HINTS}


def related(seen: Sequence[Seen], links: Sequence[Link]) -> list[Seen]:
    """Give files that name no customer the column by which another file knows the customer."""
    return [replace(one, found={**one.found, **_by_link(one, seen, links)}) for one in seen]


def _by_link(one: Seen, seen: Sequence[Seen], links: Sequence[Link]) -> dict[str, Candidate]:
    found = {}
    for table, candidate in one.found.items():
        if "customer_id" not in HINTS[table].columns or table == "customers" or "customer_id" in candidate.picks:
            continue
        link = _way(one.file, seen, links)
        if link is not None:
            pick = Pick(column=one.file.column(link.column), score=0.7)
            found[table] = match(one.file, table, {"customer_id": pick})
    return found


def _way(file: File, seen: Sequence[Seen], links: Sequence[Link]) -> Link | None:
    """Return the link from `file` to the key of a file that names the customer, if any."""
    for link in links:
        other = next(two for two in seen if two.file.name == link.to)
        customer = customer_column(other)
        if link.file == file.name and customer is not None and customer != link.to_column:
            return link
    return None


def customer_column(one: Seen) -> str | None:
    """Return the column that names the customer in a file that is a table of keys."""
    for table in ("customers", "subscriptions", "orders", "tickets"):
        candidate = one.found[table]
        if not candidate.missing and "customer_id" in candidate.picks and candidate.confidence >= ENOUGH:
            return candidate.picks["customer_id"].column.name
    return None


#: Least confidence at which a table is proposed.
ENOUGH = 0.4
