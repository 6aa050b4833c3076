"""What answers must look like: as they are described, and as the first law says."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from jsonschema import Draft202012Validator

INTERVAL = ("low", "high", "level", "method", "n", "why_not")
PROVENANCE = ("period", "as_of", "version", "flags")


def validator(document: dict[str, Any], name: str) -> Draft202012Validator:
    """Return what validates an answer by its schema, and refuses whatever is not described there."""
    components = deepcopy(document["components"])
    for schema in components["schemas"].values():
        _closed(schema)
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})


def _closed(schema: Any) -> None:
    if isinstance(schema, list):
        for part in schema:
            _closed(part)
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for name, part in schema.items():
            if name != "enum":
                _closed(part)


def operation(document: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the description of an address."""
    return document["paths"][path]["get"]


def schema_of(document: dict[str, Any], path: str) -> str:
    """Return the name of the schema of what an address gives."""
    content = operation(document, path)["responses"]["200"]["content"]["application/json"]
    return content["schema"]["$ref"].rpartition("/")[2]


def filled(path: str) -> str:
    """Return the path of an address about something that there is, without the root."""
    path = path.removeprefix("/api/v1").replace("{kpi}", "net_revenue").replace("{customer}", "c003")
    path = path.replace("{name}", "spring") if path.startswith("/audiences") else path
    path = path.replace("{action}", "win_back_offer").replace("{experiment}", "spring")
    path = path.replace("{name}", "retention" if path.startswith("/cohorts") else "net_revenue")
    return f"{path}?kpi=net_revenue&kpi=nps" if path == "/answers" else path


def numbers(
    part: Any, around: tuple[dict[str, Any], ...] = ()
) -> Iterator[tuple[dict[str, Any], tuple[dict[str, Any], ...]]]:
    """Yield every value with what stands around it, the nearest first."""
    if isinstance(part, dict):
        if "value" in part and "why_not" in part:
            yield part, around
        for one in part.values():
            yield from numbers(one, (part, *around))
    elif isinstance(part, list):
        for one in part:
            yield from numbers(one, around)


def lawful(answer: Any) -> int:
    """Check the first law; return how many numbers there are."""
    found = list(numbers(answer))
    for number, around in found:
        assert all(name in number for name in INTERVAL), number
        assert 0 < number["level"] < 1, number
        assert (number["value"] is None) == bool(number["why_not"]), number
        assert number["value"] is None or number["method"], number
        # A difference, and a score, is of what stands around it.
        holder = next((one for one in (number, *around) if "version" in one), None)
        assert holder is not None, number
        assert "model" in holder or all(name in holder for name in PROVENANCE), number
    return len(found)
