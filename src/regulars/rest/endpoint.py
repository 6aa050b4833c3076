"""What an address answers: one declaration, by which it is found, asked, allowed and described."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from regulars.app.workspace import Workspace
from regulars.door.door import Door
from regulars.door.serving import NotYet, Serving
from regulars.door.visitor import Visitor
from regulars.kpis.query import Records
from regulars.rest.asked import Query, checked
from regulars.state.tokens import Scope
from regulars.views import flattened

#: What every address begins with.
ROOT = "/api/v1"
#: What answers are written in, by what programs call it.
KINDS: Mapping[str, str] = {"application/json": "json", "text/csv": "csv"}
Record = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One question: who asks what, of which generation.

    Attributes:
        door: what surfaces share.
        serving: the generation.
        asks: who.
        about: what the address names, by the names in its path.
        said: what its query means, by name; without what is not said.
        words: the query as it came, by name, without what is left empty.
        kind: what it is answered in: json or csv.
        patience: seconds to wait for what must be worked out.
    """

    door: Door
    serving: Serving
    asks: Visitor
    about: Mapping[str, str]
    said: Mapping[str, Any]
    words: Sequence[tuple[str, str]]
    kind: str
    patience: float

    @property
    def workspace(self) -> Workspace:
        """The company's folder."""
        return self.serving.workspace

    @property
    def records(self) -> Records:
        """What there is to ask."""
        return self.serving.quick.records

    def turn(self, work: Callable[[], T]) -> T:
        """Return what `work` gives, which has the open generation for itself meanwhile: look-ups wait for it.

        Raises:
            NotYet: others have it for too long.
        """
        if not self.serving.quickly.acquire(timeout=self.patience):
            raise NotYet
        try:
            return work()
        finally:
            self.serving.quickly.release()

    def address(self, *path: str) -> str:
        """Return an address of this surface."""
        return "/".join([f"{self.door.base}{ROOT}", *(quote(part, safe="") for part in path)])


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What an address answers.

    Attributes:
        name: stable key, for programs that are made of the description.
        path: below the root, with what it is about in braces.
        title: what it gives, in a line.
        meaning: how it is to be read.
        schema: name of what it gives, in `schemas`.
        answer: makes it: plain values.
        group: what it belongs to.
        about: of the names in its path, what each is.
        queries: what may be said in its query.
        scopes: what a token must be good for.
        flat: from the answer to rows of a table; None where it is none.
        noted: whether who saw it is written down: then it is made each time, even for those who have it already.
        lasting: whether it is the same as long as the generation is.
    """

    name: str
    path: str
    title: str
    schema: str
    answer: Callable[[Asking], Record]
    group: str
    meaning: str = ""
    about: Mapping[str, Query] = field(default_factory=dict)
    queries: tuple[Query, ...] = ()
    scopes: frozenset[Scope] = frozenset({Scope.READ})
    flat: Callable[[Record], Iterable[Record]] | None = None
    noted: bool = False
    lasting: bool = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it can be had in, as programs call it; what is usual first."""
        return tuple(KINDS) if self.flat else ("application/json",)

    def matched(self, path: str) -> dict[str, str] | None:
        """Return what a path, as it came and without the root, is about; None where it means something else.

        Raises:
            QueryError: it holds a control character.
        """
        parts, own = path.split("/"), self.path.split("/")
        if len(parts) != len(own):
            return None
        found = {}
        for part, one in zip(parts, own, strict=True):
            if one.startswith("{"):
                found[one[1:-1]] = unquote(part)
            elif unquote(part) != one:
                return None
        return None if "" in found.values() else {name: checked(text, "The address") for name, text in found.items()}


def as_block(block: str) -> Callable[[Record], Iterable[Record]]:
    """Return what makes rows of a table of an answer that looks like a block of a page."""
    return lambda record: flattened.rows({"blocks": [{**record, "block": block}]})
