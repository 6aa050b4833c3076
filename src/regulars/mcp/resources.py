"""What can be read by its address: the KPIs, and what each means."""

from functools import partial
from urllib.parse import unquote

import orjson

from regulars.core.errors import QueryError
from regulars.door.visitor import Visitor
from regulars.mcp.call import Call
from regulars.mcp.desk import About, Desk
from regulars.mcp.explaining import explained
from regulars.mcp.listing import listing
from regulars.mcp.tool import Result

#: Address of the list, and what begins the address of one KPI.
KPIS, ONE = "regulars://kpis", "regulars://kpi/"
TEMPLATE = f"{ONE}{{name}}"
MEDIA_TYPE = "application/json"


def read(desk: Desk, asks: Visitor, uri: str) -> str:
    """Return what stands at an address, as JSON.

    Raises:
        Unanswered: nothing does, or it cannot be read.
    """
    found = desk.answered(asks, "read_resource", partial(_answer, uri))
    return orjson.dumps(found.record, option=orjson.OPT_SORT_KEYS).decode()


def _answer(uri: str, call: Call, about: About) -> Result:
    if uri == KPIS:
        about.name = "kpis"
        return listing(call)
    if uri.startswith(ONE) and (name := unquote(uri.removeprefix(ONE))):
        about.name = f"kpi {name}"
        return explained(call, name)
    raise QueryError(f"Nothing stands at `{uri}`. There are `{KPIS}` and `{TEMPLATE}`.")
