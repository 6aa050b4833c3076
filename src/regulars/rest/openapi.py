"""The addresses described for programs and those who write them: OpenAPI 3.1, made of the same declarations."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from regulars.door.door import Door
from regulars.door.problems import TITLES
from regulars.door.serving import Serving
from regulars.door.visitor import COOKIE, SECURE_COOKIE
from regulars.rest.answered import schemas
from regulars.rest.asked import Query
from regulars.rest.endpoint import ROOT, Asking, Endpoint
from regulars.rest.schemas import TEXT, ref

Document = dict[str, Any]
#: What any address may answer besides what it is asked for; 404 and 406 where there is something to be wrong.
_PROBLEMS = (400, 401, 403, 429, 431, 500, 503)
_HEADERS: Mapping[str, Any] = {
    "ETag": {"description": "Names this answer; send it back as If-None-Match.", "schema": TEXT},
    "Cache-Control": {"schema": TEXT},
    "Vary": {"schema": TEXT},
}


def endpoint(answer: Callable[[Asking], Document]) -> Endpoint:
    """Return the address of the description itself."""
    return Endpoint(
        name="openapi",
        path="/openapi.json",
        title="This description",
        schema="OpenAPI",
        answer=answer,
        group="Catalogue",
    )


def document(endpoints: Iterable[Endpoint], serving: Serving, door: Door) -> Document:
    """Return the description of what one generation answers."""
    every = tuple(endpoints)
    groups = dict.fromkeys(one.group for one in every)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{serving.workspace.settings.company.name}: Regulars",
            "version": "1",
            "summary": "Customer KPIs with honest intervals",
            "description": (
                "No number comes without its interval, n, period, as-of instant, version and flags; where there is no "
                "value, the reason stands in `why_not`. Numbers change with the generation, which an ETag names. "
                "What must be worked out first is waited for, 30 seconds or as `Prefer: wait=N` says (at most 60); "
                "then 503 with the code `calculating` says to ask again."
            ),
        },
        "servers": [{"url": door.base or "/"}],
        "tags": [{"name": name} for name in groups],
        "paths": {f"{ROOT}{one.path}": {"get": _operation(one)} for one in every},
        "components": {
            "schemas": schemas(),
            "responses": {f"Problem{status}": _problem(status) for status in (*_PROBLEMS, 404, 406)},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token of `regulars token new`."},
                "session": {"type": "apiKey", "in": "cookie", "name": SECURE_COOKIE if door.secure else COOKIE},
            },
        },
    }


def _operation(one: Endpoint) -> Document:
    statuses = (*_PROBLEMS, 406, *((404,) if one.about or one.group in ("Pages", "Customers") else ()))
    return {
        "operationId": one.name,
        "tags": [one.group],
        "summary": one.title,
        **({"description": one.meaning} if one.meaning else {}),
        "security": [{"bearer": sorted(one.scopes)}, {"session": []}],
        "parameters": [
            *(_parameter(query, name, "path") for name, query in one.about.items()),
            *(_parameter(query, query.name, "query") for query in one.queries),
        ],
        "responses": {
            "200": {
                "description": one.title,
                "headers": dict(_HEADERS),
                "content": {
                    kind: {"schema": ref(one.schema) if kind == "application/json" else TEXT} for kind in one.kinds
                },
            },
            "304": {"description": "You have it already.", "headers": dict(_HEADERS)},
            **{str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)},
        },
    }


def _parameter(query: Query, name: str, where: str) -> Document:
    schema = dict(query.schema)
    found = {
        "name": name,
        "in": where,
        "required": where == "path" or query.required,
        "description": query.meaning,
        "schema": {"type": "array", "items": schema, "minItems": 1} if query.several else schema,
    }
    if query.several:
        found |= {"style": "form", "explode": True}
    return found | ({"example": query.example} if query.example else {})


def _problem(status: int) -> Document:
    found: Document = {
        "description": TITLES[status],
        "content": {"application/problem+json": {"schema": ref("Problem")}},
    }
    if status == 401:
        found["headers"] = {"WWW-Authenticate": {"schema": TEXT}}
    if status in (429, 503):
        found["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return found
