"""Pages as programs read them: the record that the page, its files and every other surface are made of."""

from collections.abc import Iterator
from typing import Any

from regulars.rest.asked import Query, dated, one_of, parts, text
from regulars.rest.endpoint import Asking, Endpoint
from regulars.state.tokens import Scope
from regulars.views import flattened
from regulars.views.parameters import PARAMETERS
from regulars.views.view import View

#: Pages that have an address of their own besides, and which.
_SHORT = {"customers": "/customers", "customer": "/customers/{customer}"}
#: Words that are understood of parameters that are free.
_EXAMPLES = {"period": "12m", "by": "market", "where": "market = 'NL'", "attribute": "market=NL"}

#: How words are read of which not all that can be said can be answered.
_READ = {"by": lambda said: ",".join(parts(said)), "period": dated}


def endpoints(view: View, about: Query | None) -> Iterator[Endpoint]:
    """Yield the addresses of a page.

    Args:
        view: the page.
        about: what it is about; None of a page about all.
    """
    slot = f"/{{{view.about}}}" if view.about else ""
    yield _endpoint(f"page_{view.name}", f"/pages/{view.name}{slot}", view, about)
    if view.name in _SHORT:
        yield _endpoint(view.name, _SHORT[view.name], view, about)


def _endpoint(name: str, path: str, view: View, about: Query | None) -> Endpoint:
    return Endpoint(
        name=name,
        path=path,
        title=view.title,
        meaning=view.question,
        schema="Page",
        answer=lambda asking: _page(asking, view),
        group="Customers" if view.rows else "Pages",
        about={view.about: about} if about else {},
        queries=tuple(_query(one) for one in view.takes),
        scopes=frozenset({Scope.READ, Scope.CUSTOMERS} if view.rows else {Scope.READ}),
        flat=flattened.rows,
        noted=True,
        lasting=view.kept and not view.watches,
    )


def _query(name: str) -> Query:
    one = PARAMETERS[name]
    more: dict[str, Any] = {"otherwise": one.default, "example": _EXAMPLES.get(name, "")}
    if one.choices:
        return one_of(name, one.meaning, [value for value, _ in one.choices], **more)
    return text(name, one.meaning, read=_READ.get(name, str), **more)


def _page(asking: Asking, view: View) -> dict[str, Any]:
    """Return a page as a file of it has it: whose rows are taken along is written down.

    Raises:
        Refused: they may not.
        NotYet: it is still being made.
        RegularsError: it cannot be asked so.
    """
    found: dict[str, Any] = asking.door.page(
        asking.serving,
        asking.asks,
        view,
        asking.about.get(view.about, ""),
        asking.said,
        patience=asking.patience,
        file=asking.kind,
    )
    return found
