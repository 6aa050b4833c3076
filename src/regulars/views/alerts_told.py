"""Alerts in Python: those that fired, and the rules behind them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from regulars.app import alert_rules
from regulars.app.learned import stated
from regulars.app.workspace import Workspace
from regulars.core.periods import now
from regulars.kpis.query import Records
from regulars.state import alerts as kept
from regulars.state.alerts import Alert
from regulars.views import alert_records
from regulars.views.shown import as_arrow, as_pandas, table_html, table_text

_HEADS = ("Alert", "Status", "What happened", "Owner")


@dataclass(frozen=True, eq=False)
class Alerts:
    """Alerts that fired, the newest first, and the rules behind them.

    Attributes:
        found: the alerts.
        rules: the rules as plain values, those that are off or wrong, too.
        currency: of money.
    """

    found: tuple[Alert, ...]
    rules: tuple[dict[str, Any], ...]
    currency: str

    @property
    def open(self) -> "Alerts":
        """Those that wait for somebody: open, or put off until a day that has come."""
        at = now()
        return Alerts(tuple(one for one in self.found if one.waits(at)), self.rules, self.currency)

    def records(self) -> list[dict[str, Any]]:
        """Return plain values; beside every number stands what the first law says must travel with it."""
        return [alert_records.in_units(one, self.currency) for one in self.found]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per alert."""
        return [alert_records.flat(one) for one in self.records()]

    to_arrow = as_arrow
    to_pandas = as_pandas

    def __repr__(self) -> str:
        return table_text(_HEADS, self._lines()) if self.found else "No alert."

    def _repr_html_(self) -> str:
        return table_html(_HEADS, self._lines())

    def _lines(self) -> list[tuple[str, ...]]:
        return [(one.key, one.status.value, f"{one.title}. {one.text}", one.owner) for one in self.found]


def alerts(workspace: Workspace, records: Records) -> Alerts:
    """Return what fired in a company; nothing where nobody has looked yet."""
    with stated(workspace) as state:
        found = [] if state is None else kept.every(state)
        told = {} if state is None else kept.outcomes(state)
    fired = Counter(one.rule for one in found)
    rules = alert_records.of_rules(alert_rules.rules(workspace), told, fired, records)
    return Alerts(tuple(found), tuple(rules), workspace.settings.company.currency)
