"""Customer performance analytics that says how sure it is.

>>> import regulars
>>> company = regulars.open("my-company")  # doctest: +SKIP
>>> company.kpi("repeat_purchase_rate", by="market")  # doctest: +SKIP
"""

from importlib import import_module
from typing import Any

# Names are resolved on first use (PEP 562): importing the package, or asking for help, loads no engine.
_PUBLIC = {
    "open": ("regulars.views.company", "open_company"),
    "Company": ("regulars.views.company", "Company"),
    "KPI": ("regulars.kpis.kpi", "KPI"),
    "RegularsError": ("regulars.core.errors", "RegularsError"),
}

__all__ = ["KPI", "Company", "RegularsError", "open"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module `regulars` has no attribute `{name}`")
    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)
