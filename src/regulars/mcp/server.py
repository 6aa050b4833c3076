"""The protocol: tools, resources and a prompt, as the official SDK serves them.

It is the SDK's plain server: the one with decorators sets up logging for the whole process, and makes schemas of
signatures where the registries know more.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from regulars.core.errors import RegularsError
from regulars.door.visitor import Visitor
from regulars.mcp import prompts, resources
from regulars.mcp.customer_text import NOTE
from regulars.mcp.desk import Desk, Unanswered
from regulars.mcp.tool import Tool
from regulars.mcp.tools import TOOLS
from regulars.views.teams import TEAMS

T = TypeVar("T")
Context = ServerRequestContext[Any, Any]
#: Who asks, by what is known of the request.
Who = Callable[[Context], Visitor]
#: Questions that are answered at once: the pages of others must find threads, too.
_AT_ONCE = 32
INSTRUCTIONS = (
    "Customer KPIs of one company, computed from its own records; nothing here can change anything. Every number comes "
    "with its interval, n, period, as-of, definition version and quality flags: give them along with it. Where there "
    "is no value, the reason stands in its place; it is never 0. A prediction comes with its score on past days: give "
    f"it along, too. {NOTE}"
)
_READS = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def server(desk: Desk, who: Who) -> Server[Any]:
    """Return the server of a desk; `who` says who asks."""
    programs = _Programs(desk, who)
    return Server(
        "regulars",
        version=version("regulars"),
        title="Regulars",
        instructions=INSTRUCTIONS,
        on_list_tools=programs.list_tools,
        on_call_tool=programs.call_tool,
        on_list_resources=programs.list_resources,
        on_list_resource_templates=programs.list_templates,
        on_read_resource=programs.read_resource,
        on_list_prompts=programs.list_prompts,
        on_get_prompt=programs.get_prompt,
    )


class _Programs:
    """Answers what programs ask by the protocol: each question in a thread, as answers take their time."""

    def __init__(self, desk: Desk, who: Who) -> None:
        self._desk, self._who = desk, who
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def _aside(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def list_tools(self, context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """Tell which tools there are."""
        workspace = await self._aside(self._desk.workspace)
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.description(workspace),
                    input_schema=tool.schema(workspace),
                    output_schema=dict(tool.gives),
                    annotations=_READS,
                )
                for tool in TOOLS.values()
            ]
        )

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        """Answer a question; what cannot be answered is told to the model, which may ask better."""
        tool = _known(self._desk, params.name)
        asks = self._who(context)
        try:
            found = await self._aside(partial(self._desk.call, asks, tool, params.arguments or {}))
        except Unanswered as why:
            return types.CallToolResult(content=[_text(str(why))], is_error=True)
        return types.CallToolResult(content=[_text(found.text)], structured_content=dict(found.record))

    async def list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """Tell what can be read."""
        kpis = types.Resource(
            uri=resources.KPIS,
            name="kpis",
            title="All KPIs",
            description="Name, question and family of every KPI, and whether it can be answered.",
            mime_type=resources.MEDIA_TYPE,
        )
        return types.ListResourcesResult(resources=[kpis])

    async def list_templates(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """Tell what can be read by name."""
        kpi = types.ResourceTemplate(
            uri_template=resources.TEMPLATE,
            name="kpi",
            title="One KPI",
            description="What a KPI means, and when not to trust it.",
            mime_type=resources.MEDIA_TYPE,
        )
        return types.ListResourceTemplatesResult(resource_templates=[kpi])

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """Give what stands at an address."""
        uri = str(params.uri)
        try:
            text = await self._aside(partial(resources.read, self._desk, self._who(context), uri))
        except Unanswered as why:
            raise MCPError(code=types.INVALID_PARAMS, message=str(why), data={"uri": uri}) from why
        content = types.TextResourceContents(uri=params.uri, text=text, mime_type=resources.MEDIA_TYPE)
        return types.ReadResourceResult(contents=[content])

    async def list_prompts(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        """Tell what a model can begin with."""
        team = types.PromptArgument(name="team", description=f"one of {', '.join(TEAMS)}", required=True)
        found = types.Prompt(name=prompts.NAME, title=prompts.TITLE, description=prompts.SAID, arguments=[team])
        return types.ListPromptsResult(prompts=[found])

    async def get_prompt(self, context: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        """Give what a model begins with."""
        if params.name != prompts.NAME:
            raise _wrong(f"No prompt is called `{params.name[:100]}`. There is `{prompts.NAME}`.")
        try:
            text = prompts.weekly_review(_team(params.arguments))
        except RegularsError as error:
            raise _wrong(str(error)) from error
        message = types.PromptMessage(role="user", content=_text(text))
        return types.GetPromptResult(description=prompts.SAID, messages=[message])


def _team(arguments: Mapping[str, str] | None) -> str:
    if not arguments or "team" not in arguments:
        raise _wrong(f"`team` is missing: one of {', '.join(TEAMS)}.")
    return arguments["team"]


def _known(desk: Desk, name: str) -> Tool:
    try:
        return desk.tool(name[:100])
    except RegularsError as error:
        raise _wrong(str(error)) from error


def _wrong(message: str) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message=message)


def _text(text: str) -> types.TextContent:
    return types.TextContent(type="text", text=text)
