"""What a tool is: a question that programs may ask, with what it takes and gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError, nearest
from regulars.mcp.call import Call

#: How what a program sends is read: nothing unknown, and 20 where "20" is meant, as models write both.
STRICT = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
#: What parameters may be, by name.
Known = Mapping[str, Sequence[str]]


def of_kpis(workspace: Workspace) -> Known:
    """Return what a parameter `kpi` may be."""
    return {"kpi": list(workspace.kpis)}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a tool answers.

    Attributes:
        text: for people and models.
        record: the same and more as plain values.
        rows: how many rows were shown, for the audit log.
    """

    text: str
    record: Mapping[str, Any]
    rows: int


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A question.

    Attributes:
        name: stable snake_case key.
        title: for people.
        said: what it answers and when to ask it.
        takes: a frozen dataclass of its parameters.
        gives: JSON Schema of the record.
        answer: answers it.
        known: what parameters may be in a company's folder, by name.
        more: what else is to be said of it in a company's folder.
        about: what it is asked about, for the audit log, and the id of a customer that must not stand there.
    """

    name: str
    title: str
    said: str
    takes: type
    gives: Mapping[str, Any]
    answer: Callable[[Call, Any], Result]
    known: Callable[[Workspace], Known] = lambda _: {}
    more: Callable[[Workspace], str] = lambda _: ""
    about: Callable[[Call, Any], tuple[str, str]] = lambda _call, _asked: ("", "")

    @cached_property
    def _reader(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.takes)

    def schema(self, workspace: Workspace | None) -> dict[str, Any]:
        """Return the JSON Schema of its parameters, with what they may be where the company's folder is known."""
        found = self._reader.json_schema()
        known = self.known(workspace) if workspace else {}
        properties = {name: _property(one, known.get(name, ())) for name, one in found.get("properties", {}).items()}
        required = {"required": found["required"]} if "required" in found else {}
        return {"type": "object", "properties": properties, **required, "additionalProperties": False}

    def description(self, workspace: Workspace | None) -> str:
        """Return what is said of it."""
        return "\n".join(part for part in (self.said, self.more(workspace) if workspace else "") if part)

    def read(self, arguments: Mapping[str, Any]) -> Any:
        """Return its parameters, as they were sent.

        Raises:
            QueryError: one is missing, unknown, or cannot be so.
        """
        # Many programs send null for what they do not ask.
        said = {name: value for name, value in arguments.items() if value is not None}
        known = [field.name for field in fields(self.takes)]
        for name in said:
            if name not in known:
                raise QueryError(f"`{self.name}` takes no `{name}`.{nearest(name, known)}")
        try:
            return self._reader.validate_python(said)
        except ValidationError as wrong:
            problems = dict.fromkeys(_problem(one) for one in wrong.errors(include_url=False))
            raise QueryError(" ".join(problems)) from None


def _problem(one: Mapping[str, Any]) -> str:
    name = str(one["loc"][0]) if one["loc"] else ""
    if one["type"] in ("missing", "missing_argument"):
        return f"`{name}` is missing."
    said = str(one["msg"]).removeprefix("Value error, ")
    return f"`{name}`: {said[:1].lower()}{said[1:]}."


def _property(found: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a parameter without what says nothing, and with what it may be."""
    kept = {name: part for name, part in found.items() if name != "title" and (name, part) not in _NOTHING}
    if not known:
        return kept
    if "anyOf" in kept:
        # Said once, of one of several: lists of names are long enough.
        return {**kept, "anyOf": [_property(one, known if one["type"] == "string" else ()) for one in kept["anyOf"]]}
    return {**kept, "enum": list(known)}


#: Defaults that only say that nothing is asked.
_NOTHING: Sequence[tuple[str, Any]] = (("default", ""), ("default", []))
