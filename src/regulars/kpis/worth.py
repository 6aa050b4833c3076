"""What `value` means in these records: contribution margin where costs are known, else net revenue."""

from regulars.data import building
from regulars.kpis.query import Records

#: Quality flag of values that are net revenue because costs are not known.
COSTS_UNKNOWN = "costs_unknown"


def with_costs(records: Records) -> bool:
    """Whether value is contribution margin."""
    return building.made_with_costs(records.tables["purchase_days"])
