"""The segment of each customer by which effects of actions are learned."""

import ibis.expr.types as ir

from regulars.core.decision_settings import Decisions
from regulars.core.errors import QueryError, nearest
from regulars.decisions.action import OTHER
from regulars.kpis.query import Records


def parted_by(limits: Decisions, records: Records) -> str:
    """Return the attribute of customers by which effects are learned; "" for the RFM segment.

    Raises:
        QueryError: the settings name one that customers do not have.
    """
    known = records.attributes
    if limits.effects_by and limits.effects_by not in known:
        raise QueryError(
            f"`decisions.effects_by` of `regulars.toml` is `{limits.effects_by}`, which is no attribute of customers."
            f"{nearest(limits.effects_by, known)}"
        )
    return limits.effects_by or ("segment" if "segment" in known else "")


def with_part(rows: ir.Table, people: ir.Table, limits: Decisions, records: Records) -> ir.Table:
    """Return rows with the segment of each customer by which effects are learned."""
    by = parted_by(limits, records)
    if not by:
        return rows.mutate(part=rows.segment.fill_null(OTHER))
    named = people.select(person="customer", part=people[by].cast("string").fill_null(OTHER))
    return rows.left_join(named, rows.customer == named.person).drop("person")
