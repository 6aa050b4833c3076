"""Who may be contacted, as customers themselves say."""

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from regulars.core.decision_settings import Decisions
from regulars.core.errors import QueryError, nearest
from regulars.data import engine
from regulars.kpis.query import Records


def consent(people: ir.Table, limits: Decisions, records: Records) -> ir.Table:
    """Return whether each customer may be contacted; who says nothing may not, where the company asks at all."""
    if not limits.consent:
        return people.select(person="customer", consents=ibis.literal(True))
    if limits.consent not in records.attributes:
        raise QueryError(
            f"`decisions.consent` of `regulars.toml` is `{limits.consent}`, which is no attribute of customers."
            f"{nearest(limits.consent, records.attributes)}"
        )
    said = people[limits.consent].cast("string").lower()
    return people.select(
        person="customer", consents=said.isin([one.lower() for one in limits.consenting]).fill_null(False)
    )


def refusing(limits: Decisions, records: Records, ids: Collection[str] | None = None) -> set[str]:
    """Return who does not agree to be contacted, or agrees no more; nobody where none is asked.

    Args:
        limits: say by what customers agree.
        records: what is known now.
        ids: of whom it is asked; of all where None.
    """
    if not limits.consent or (ids is not None and not ids):
        return set()
    people = records.tables["people"]
    agreed = consent(people, limits, records)
    asked = people if ids is None else people.filter(people.customer_id.isin(sorted(ids)))
    no = asked.join(agreed.filter(~agreed.consents), asked.customer == agreed.person).select("customer_id")
    return set(engine.to_arrow(no)["customer_id"].to_pylist())
