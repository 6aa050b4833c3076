"""The tools about single customers: `at_risk` and `customer_profile`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from regulars.app.foretell import AT_RISK_OF
from regulars.app.workspace import Workspace
from regulars.mcp import showing, told
from regulars.mcp.call import Call
from regulars.mcp.customer_text import NOTE
from regulars.mcp.marked import marked
from regulars.mcp.schemas import CUSTOMER_TEXT, NUMBER_OR_NONE, PAGE, SAID, TEXT, listed, record, with_number
from regulars.mcp.tool import STRICT, Known, Result, Tool

#: Customers of one answer.
TOP = 50
#: Columns of the list that are told.
_TOLD = ("customer", "at_stake", "leaves", "clv", "reasons")


@dataclass(frozen=True, kw_only=True)
class AtRisk:
    """Parameters of `at_risk`."""

    __pydantic_config__ = STRICT

    top: Annotated[int, Field(ge=1, le=TOP, description="at most so many customers")] = 20
    of: Annotated[str, Field(description="of what: their contracts or their orders; contracts if there are some")] = ""


def _risky(call: Call, asked: AtRisk) -> Result:
    call.customers()
    page = _page(call, asked)
    grids = {block["name"]: block for block in page["blocks"] if block["block"] == "grid"}
    found = grids.get("customers") or grids.get("at_stake")
    rows = [row for row in found["rows"] if row["at_stake"] is not None][: asked.top] if found else []
    notices = [block["text"] for block in page["blocks"] if block["block"] == "notice"]
    # Without the scores, no prediction is shown.
    blocks = [_columns(found, rows), grids["scores"]] if found and rows and "scores" in grids else []
    why_not = "" if blocks else " ".join(notices) or "Nothing is foretold of any customer."
    apart = marked({**page, "blocks": blocks}, call.marking(inline=False))["blocks"]
    notice = [{"block": "notice", "text": why_not}] if why_not else []
    titled = {**page, "title": "Customers at risk", "blocks": [*notice, *blocks]}
    return Result(
        text=told.page(titled, call.marking(inline=True)),
        record={
            "note": NOTE,
            "customers": apart[0]["rows"] if apart else [],
            "scores": apart[1]["rows"] if apart else [],
            "reading": apart[0]["caption"] if apart else "",
            "why_not": call.marking(inline=False).own(why_not),
        },
        rows=len(rows) if apart else 0,
    )


def _page(call: Call, asked: AtRisk) -> dict[str, Any]:
    """Return the page that lists customers by value at stake."""
    of = {"of": asked.of} if asked.of else {}
    if "customers" in call.generation.views:
        return call.page("customers", asked=of)
    return call.page("value", asked={**of, "top": str(asked.top)})


def _columns(grid: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a list of customers with what is told here."""
    columns = [column for column in grid["columns"] if column["name"] in _TOLD]
    cells = [{name: row[name] for name in _TOLD} for row in rows]
    return {**grid, "title": "By value at stake, the most first", "columns": columns, "rows": cells, "more": None}


@dataclass(frozen=True, kw_only=True)
class CustomerProfile:
    """Parameters of `customer_profile`."""

    __pydantic_config__ = STRICT

    customer_id: Annotated[
        str, Field(min_length=1, description="any id that the records know them by, or a `ref` as given")
    ]


def _profile(call: Call, asked: CustomerProfile) -> Result:
    call.customers()
    return showing.shown(call, "customer", asked.customer_id.strip())


def _known(_: Workspace) -> Known:
    return {"of": list(AT_RISK_OF)}


AT_RISK = Tool(
    name="at_risk",
    title="Customers at risk",
    said=(
        "List customers by value at stake (probability of leaving times predicted value), with what goes along with "
        "their leaving, and beside it how well such predictions did on past days. What goes along with it is no cause. "
        "Needs the scope `customers`."
    ),
    takes=AtRisk,
    gives=with_number(
        record(
            {
                "note": SAID,
                "customers": listed(
                    record(
                        {
                            "customer": CUSTOMER_TEXT,
                            "at_stake": NUMBER_OR_NONE,
                            "leaves": NUMBER_OR_NONE,
                            "clv": NUMBER_OR_NONE,
                            "reasons": TEXT,
                        }
                    )
                ),
                "scores": listed(record({"outcome": TEXT, "measure": TEXT, "score": NUMBER_OR_NONE})),
                "reading": TEXT,
                "why_not": TEXT,
            }
        )
    ),
    answer=_risky,
    known=_known,
    about=lambda _, asked: (f"top {asked.top}", ""),
)
CUSTOMER_PROFILE = Tool(
    name="customer_profile",
    title="One customer",
    said=(
        "Show one customer: who, what they bought, what happened, and what is to be expected, with its score on past "
        "days. Takes an id as `at_risk` or a page gives it. Needs the scope `customers`."
    ),
    takes=CustomerProfile,
    gives=PAGE,
    answer=_profile,
    about=lambda call, asked: ("customer", call.references.whose(asked.customer_id.strip())),
)
