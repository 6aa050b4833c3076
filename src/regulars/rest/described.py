"""The description of all addresses as people read it, in plain values for a page."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

Document = Mapping[str, Any]
#: Choices that are written out; more are counted.
_MOST = 12


def described(openapi: Document) -> list[dict[str, Any]]:
    """Return every address of an OpenAPI document, in its order."""
    return [_endpoint(path, one["get"]) for path, one in openapi["paths"].items()]


def _endpoint(path: str, operation: Document) -> dict[str, Any]:
    parameters = [_parameter(one) for one in operation["parameters"]]
    return {
        "name": operation["operationId"],
        "group": operation["tags"][0],
        "path": path,
        "title": operation["summary"],
        "meaning": operation.get("description", ""),
        "scopes": operation["security"][0]["bearer"],
        "formats": list(operation["responses"]["200"]["content"]),
        "parameters": parameters,
        "example": _example(path, operation["parameters"]),
    }


def _parameter(one: Document) -> dict[str, Any]:
    schema = one["schema"].get("items", one["schema"])
    choices = [choice for choice in schema.get("enum", ()) if choice != ""]
    return {
        "name": one["name"],
        "where": one["in"],
        "required": one["required"],
        "meaning": one["description"],
        "choices": choices[:_MOST],
        "others": max(len(choices) - _MOST, 0),
        "default": str(schema.get("default", "")),
        "limits": _limits(schema),
    }


def _limits(schema: Document) -> str:
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return {"boolean": "true or false"}.get(schema["type"], {"date": "2024-12-31"}.get(schema.get("format", ""), ""))


def _example(path: str, parameters: list[Document]) -> str:
    """Return an address that works; "" where what it is about must be known first."""
    words = list(_words(parameters))
    for one in parameters:
        if one["in"] == "path":
            known = one["schema"].get("enum") or [""]
            if not known[0]:
                return ""
            path = path.replace(f"{{{one['name']}}}", known[0])
    return f"{path}?{urlencode(words)}" if words else path


def _words(parameters: list[Document]) -> Iterator[tuple[str, str]]:
    """Yield what must be said, and the first that needs an example."""
    asked = [one for one in parameters if one["in"] == "query"]
    for one in asked:
        if one["required"]:
            yield from ((one["name"], choice) for choice in one["schema"]["items"]["enum"][:2])
    shown = next((one for one in asked if "example" in one), None)
    if shown is not None:
        yield shown["name"], shown["example"]
