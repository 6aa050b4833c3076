"""The tool `show_page`: what people see as a page, as a record and as text."""

from collections.abc import Mapping
from dataclasses import field, make_dataclass
from typing import Annotated, Any

from pydantic import Field

from regulars.app.workspace import Workspace
from regulars.door.door import customers_in
from regulars.mcp import told
from regulars.mcp.call import Call
from regulars.mcp.capped import capped
from regulars.mcp.customer_text import NOTE
from regulars.mcp.marked import marked
from regulars.mcp.schemas import PAGE
from regulars.mcp.tool import STRICT, Known, Result, Tool
from regulars.views.parameters import PARAMETERS, Parameter
from regulars.views.view import View


def _typed(parameter: Parameter) -> Any:
    said = f"{parameter.meaning}{f'; {parameter.default} where not said' if parameter.default else ''}"
    choices = [name for name, _ in parameter.choices if name]
    return Annotated[str, Field(description=said, json_schema_extra={"enum": list(choices)} if choices else None)]


_PAGE = Annotated[str, Field(description="name of the page")]
_ABOUT = Annotated[str, Field(description="a KPI's name or a customer's id (or `ref`), of pages about one")]
#: Parameters of `show_page`: which page, and everything that pages can be asked.
ShowPage = make_dataclass(
    "ShowPage",
    [
        ("page", _PAGE),
        ("about", _ABOUT, field(default="")),
        *((name, _typed(one), field(default="")) for name, one in PARAMETERS.items()),
    ],
    namespace={"__pydantic_config__": STRICT, "__doc__": "Parameters of `show_page`."},
    frozen=True,
    kw_only=True,
)


def _answer(call: Call, asked: Any) -> Result:
    said = {name: text for name in PARAMETERS if (text := str(getattr(asked, name)).strip())}
    return shown(call, asked.page, asked.about.strip(), said)


def shown(call: Call, name: str, about: str = "", asked: Mapping[str, str] | None = None) -> Result:
    """Return a page; errors as of `Call.page`."""
    found = call.page(name, about, asked)
    cut, left_out = capped(found)
    rows = customers_in(found) or sum(len(block.get("rows", ())) for block in cut["blocks"])
    return Result(
        text=told.page(found, call.marking(inline=True)),
        record={"note": NOTE, "page": {**marked(cut, call.marking(inline=False)), "left_out": left_out}},
        rows=rows,
    )


def _views(workspace: Workspace) -> list[View]:
    every = workspace.declared(View, "views").values()
    return sorted(every, key=lambda view: (view.place is None, view.place or 0, view.title))


def _known(workspace: Workspace) -> Known:
    return {"page": [view.name for view in _views(workspace)]}


def _more(workspace: Workspace) -> str:
    return "\n".join(["Pages, and what each takes:", *map(_line, _views(workspace))])


def _line(view: View) -> str:
    takes = [*(["about"] if view.about else []), *view.takes]
    scope = "; needs the scope `customers`" if view.rows else ""
    return f"- {view.name}: {view.question} ({', '.join(takes) or 'nothing'}{scope})"


def _about(call: Call, asked: Any) -> tuple[str, str]:
    about = asked.about.strip()
    if about in call.workspace.kpis:
        return f"{asked.page} {about}", ""
    return asked.page, call.references.whose(about)


SHOW_PAGE = Tool(
    name="show_page",
    title="Show a page",
    said=(
        "Show a page that answers one business question with several tables and charts, as people see it. Parameters "
        "that the page does not take are refused. For single KPIs `answer_kpi` is shorter."
    ),
    takes=ShowPage,
    gives=PAGE,
    answer=_answer,
    known=_known,
    more=_more,
    about=_about,
)
