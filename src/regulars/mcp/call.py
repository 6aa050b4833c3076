"""One question of a program: who asks, and the generation that answers."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import orjson

from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, Refused, UnknownName
from regulars.door.visitor import Visitor
from regulars.mcp.customer_text import Marking
from regulars.mcp.references import References
from regulars.views.masking import masked, without_customers
from regulars.views.page import known
from regulars.views.view import View


class Generation(Protocol):
    """An open generation."""

    @property
    def workspace(self) -> Workspace:
        """The company's folder."""

    @property
    def opened(self) -> Opened:
        """What questions are asked of, one at a time, under `quickly`."""

    @property
    def views(self) -> Mapping[str, View]:
        """The pages that there are."""

    @property
    def quickly(self) -> Lock:
        """Held by whoever asks."""

    def page(self, view: View, about: str, asked: Mapping[str, str]) -> bytes:
        """Return a page's record as JSON; whoever asks does not hold `quickly`.

        Raises:
            Later: it is still being made.
            RegularsError: it cannot be asked.
        """


class Source(Protocol):
    """Where open generations come from."""

    @property
    def folder(self) -> Path:
        """The workspace."""

    def open(self) -> AbstractContextManager[Generation]:
        """Open the newest generation.

        Raises:
            RegularsError: it cannot be opened.
        """


class Later(Exception):
    """What was asked for is being worked out; ask again in a moment."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a tool answers from.

    Attributes:
        generation: that answers.
        asks: who asks.
        references: stand for ids that are masked.
    """

    generation: Generation
    asks: Visitor
    references: References

    @property
    def workspace(self) -> Workspace:
        """The company's folder."""
        return self.generation.workspace

    @property
    def opened(self) -> Opened:
        """What questions are asked of, under `generation.quickly`."""
        return self.generation.opened

    @property
    def currency(self) -> str:
        """Reporting currency."""
        return self.workspace.settings.company.currency

    def marking(self, *, inline: bool) -> Marking:
        """Return how text out of the records is told to who asks."""
        return Marking(personal=self.asks.sees_personal, inline=inline)

    def customers(self) -> None:
        """Refuse rows of single customers to who may not see them.

        Raises:
            Refused: they may not.
        """
        if not self.asks.sees_customers:
            raise Refused("This shows single customers. Take a token with the scope `customers`.")

    def page(self, name: str, about: str = "", asked: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return a page's record as who asks may see it.

        Raises:
            UnknownName: there is no such page, or nothing is called as it should be about.
            Refused: they may not see it.
            Later: it is still being made.
            QueryError: it cannot be asked so.
        """
        view = known(self.generation.views, name)
        if view.rows:
            self.customers()
        _whether_about(view, about)
        whose = self.references.whose(about) if view.about == "customer" else about
        try:
            record: dict[str, Any] = orjson.loads(self.generation.page(view, whose, asked or {}))
        except UnknownName:
            if view.about != "customer" or self.asks.sees_personal:
                raise
            # The nearest ids stand in the message, and ids may tell who somebody is.
            raise UnknownName("customer", about, ()) from None
        record["about"] = about
        if not self.asks.sees_customers:
            record = without_customers(record)
        return record if self.asks.sees_personal else masked(self.references.put_into(record))


def _whether_about(view: View, about: str) -> None:
    if view.about and not about:
        what = "the customer's id" if view.about == "customer" else f"the {view.about}'s name"
        raise QueryError(f"Page `{view.name}` is about one {view.about}: say {what} as `about`.")
    if about and not view.about:
        raise QueryError(f"Page `{view.name}` is about all of them: leave `about` out.")
