"""What `value` means in these records: contribution margin where costs are known, else net revenue."""

from regulars.kpis.query import Records

#: Quality flag of values that are net revenue because costs are not known.
COSTS_UNKNOWN = "costs_unknown"


def with_costs(records: Records) -> bool:
    """Whether value is contribution margin; the facts decide it once, for all orders alike."""
    days = records.tables["purchase_days"]
    differing = days.filter(days.value != days.sales - days.refunded)
    return bool(records.run(differing.select("day").limit(1)))
