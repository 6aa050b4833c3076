"""Where a question of a program is answered: who may ask, what came of it, and what the audit log says of it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError, Refused, RegularsError, UnknownName, nearest
from regulars.core.periods import now
from regulars.core.registry import blamed
from regulars.door.problems import FAULT, problem_of, where
from regulars.door.visitor import Visitor
from regulars.mcp.call import Call, Later, Source
from regulars.mcp.customer_text import QUOTED, Marking
from regulars.mcp.references import References
from regulars.mcp.tool import Result, Tool
from regulars.mcp.tools import TOOLS
from regulars.state import audit
from regulars.state.store import State
from regulars.state.tokens import Scope

_LOG = logging.getLogger(__name__)
#: What is said of a page that takes longer than a program waits.
LATER = "This is being worked out for the first time of these records; it goes on. Ask again in a minute."


class Unanswered(Exception):
    """Why a question has no answer, in words for whoever asked it."""


@dataclass
class About:
    """What is asked about, as far as it is known yet.

    Attributes:
        name: of KPIs, a page.
        customer: the id of one; a pseudonym of it stands in the audit log.
    """

    name: str = ""
    customer: str = ""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Answers the questions of programs.

    Attributes:
        source: where answers come from.
        state: holds the audit log.
        here: whether who asks owns the files: errors name paths.
        references: stand for ids that are masked.
    """

    source: Source
    state: State
    here: bool = False
    references: References = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "references", References(self.state.keys.pseudonym))

    def workspace(self) -> Workspace | None:
        """Return the company's folder, published or not; None where its settings are wrong."""
        try:
            with self.source.open() as generation:
                return generation.workspace
        except RegularsError:
            try:
                return Workspace.at(self.source.folder)
            except RegularsError:
                return None

    def tool(self, name: str) -> Tool:
        """Return a tool by name.

        Raises:
            QueryError: there is none.
        """
        if name not in TOOLS:
            raise QueryError(f"No tool is called `{name}`.{nearest(name, TOOLS)}")
        return TOOLS[name]

    def call(self, asks: Visitor, tool: Tool, arguments: Mapping[str, Any]) -> Result:
        """Answer a question.

        Raises:
            Unanswered: it cannot be.
        """

        def answer(call: Call, about: About) -> Result:
            asked = tool.read(arguments)
            about.name, about.customer = tool.about(call, asked)
            return tool.answer(call, asked)

        return self.answered(asks, tool.name, answer)

    def answered(self, asks: Visitor, action: str, answer: Callable[[Call, About], Result]) -> Result:
        """Have something answered, and write down by whom it was asked and what came of it.

        Raises:
            Unanswered: it cannot be.
        """
        about = About()
        try:
            if Scope.READ not in asks.scopes:
                raise Refused("This token is not for reading. Take one with the scope `read`.")
            with self.source.open() as generation:
                found = answer(Call(generation=generation, asks=asks, references=self.references), about)
            # Where it cannot be written down, nothing is shown.
            self._note(asks, action, about, rows=found.rows)
            return found
        except Exception as error:
            why, code = self._why(error)
            try:
                self._note(asks, action, about, result=code)
            except RegularsError as lost:
                _LOG.error("mcp.%s is not in the audit log: %s", action, lost)
            # The nearest names to an unknown one may be customers' ids.
            held = QUOTED.findall(why) if isinstance(error, UnknownName) else ()
            raise Unanswered(Marking(personal=asks.sees_personal, inline=True).own(why, held)) from error

    def _note(self, asks: Visitor, action: str, about: About, **said: Any) -> None:
        whose = audit.pseudonym(self.state, about.customer) if about.customer else ""
        named = " ".join(part for part in (about.name, whose) if part)
        audit.record(self.state, asks.by, f"mcp.{action}", named, at=now(), **said)

    def _why(self, error: Exception) -> tuple[str, str]:
        """Return what is said of an error, and its stable name."""
        if isinstance(error, Later):
            return LATER, "later"
        # Where a company's own code is to blame, that is told, not a fault of Regulars.
        told = error if isinstance(error, RegularsError) else blamed(error)
        if told is None:
            # What an error says may be of a customer; where it was raised is not.
            _LOG.error("A question ended in a fault:\n%s", where(error))
            return FAULT.detail, FAULT.code
        problem = problem_of(told)
        if problem.status >= 500 and not self.here:
            _LOG.error("%s", told)
        return str(told) if self.here else problem.detail, told.code
