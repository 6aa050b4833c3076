"""All tools: to add one is to add its declaration here."""

from collections.abc import Mapping
from types import MappingProxyType

from regulars.mcp.answering import ANSWER_KPI
from regulars.mcp.customers import AT_RISK, CUSTOMER_PROFILE
from regulars.mcp.explaining import EXPLAIN_KPI
from regulars.mcp.foretelling import FORECAST_KPI
from regulars.mcp.listing import LIST_KPIS
from regulars.mcp.showing import SHOW_PAGE
from regulars.mcp.tool import Tool
from regulars.mcp.why_moved import EXPLAIN

_EVERY = (LIST_KPIS, ANSWER_KPI, EXPLAIN_KPI, EXPLAIN, FORECAST_KPI, SHOW_PAGE, AT_RISK, CUSTOMER_PROFILE)
TOOLS: Mapping[str, Tool] = MappingProxyType({one.name: one for one in _EVERY})
