"""A page as a person may take it along: with their rights, whoever asked that it be made."""

from collections.abc import Mapping
from typing import Any

from regulars.core.errors import Refused
from regulars.reports.document import Kept
from regulars.state.person import Person, Role
from regulars.views import flattened
from regulars.views.fill import Page
from regulars.views.masking import lists_customers, mask_id, masked, without_customers
from regulars.views.view import View


def taken_along(page: Page, person: Person | None) -> Kept:
    """Return a page for whoever receives it as a file; for nobody in particular, figures of all customers alone.

    Raises:
        Refused: they may not have it.
    """
    allow(page.view, person)
    record: dict[str, Any] = page.record()
    if person is None or person.role < Role.EDITOR:
        record = without_customers(record)
    if person is None or not person.sees_personal:
        about = mask_id(record["about"]) if page.view.about == "customer" else record["about"]
        record = masked({**record, "about": about})
    return Kept(kept=record, rows=flattened.rows(record))


def allow(view: View, person: Person | None) -> None:
    """Refuse what somebody may not take along.

    Raises:
        Refused: they are kept out, or may not have rows of single customers as a file.
    """
    if person is not None and person.disabled:
        raise Refused(f"`{person.name}` is kept out, and is sent nothing.")
    if view.rows and person is None:
        raise Refused(f"Page `{view.name}` shows single customers: it is made with the rights of a person (`as_user`).")
    if view.rows and person is not None and person.role < Role.EDITOR:
        raise Refused(f"Rows of single customers are taken along by editors and admins; `{person.name}` is neither.")


def customers_in(record: Mapping[str, Any]) -> int:
    """Return how many rows of single customers a record holds."""
    return sum(len(block["rows"]) for block in record["blocks"] if lists_customers(block))
