"""The door: what a surface over HTTP has at hand to answer a visitor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.core.errors import Refused, UnknownName
from regulars.core.periods import now
from regulars.door.current import Current
from regulars.door.serving import Serving
from regulars.door.visitor import COOKIE, SECURE_COOKIE, Visitor, visitor
from regulars.state import audit
from regulars.state.store import State
from regulars.state.tokens import Scope
from regulars.views.masking import lists_customers, mask_id, masked, without_customers
from regulars.views.view import View

#: What pages are about that name a customer in their address.
_CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True)
class Door:
    """What surfaces share.

    Attributes:
        current: the generation that is served.
        state: who may come in, and what was done.
        base: what begins every address; "" at the root.
        secure: whether visitors come over TLS.
        alone: whether only this machine is let in, by one-time links; else people log in.
    """

    current: Current
    state: State
    base: str = ""
    secure: bool = False
    alone: bool = True

    def who(self, headers: Mapping[str, str], cookies: Mapping[str, str], address: str) -> Visitor | None:
        """Return who asks; None where nobody is known."""
        # Over TLS, the other cookie may come from another host of the same domain.
        session = cookies.get(SECURE_COOKIE if self.secure else COOKIE, "")
        return visitor(self.state, headers, session, address, at=self.now())

    def now(self) -> datetime:
        """Return the present instant."""
        return now()

    def page(
        self,
        serving: Serving,
        asks: Visitor,
        view: View,
        about: str,
        asked: Mapping[str, str],
        *,
        patience: float,
        file: str = "",
    ) -> Any:
        """Return a page's record as a visitor may see it.

        Args:
            serving: the generation.
            asks: who.
            view: which page.
            about: what it is about.
            asked: words by parameter.
            patience: seconds to wait where it must be made.
            file: format in which it is taken along; "" where it is only looked at.

        Raises:
            Refused: they may not.
            NotYet: it is still being made.
            RegularsError: it cannot be asked.
        """
        self.allow(asks, view, file=file)
        record = serving.asked(self._content(serving, asks, view, about, asked, patience))
        if not (asks.exports if file else asks.sees_customers):
            record = without_customers(record)
        rows = customers_in(record)
        if rows or view.rows:
            self.note(asks, f"{'export' if file else 'view'}.{view.name}", about, purpose=file, rows=rows)
        if asks.sees_personal:
            return record
        return masked({**record, "about": mask_id(record["about"])} if view.about == _CUSTOMER else record)

    def _content(
        self, serving: Serving, asks: Visitor, view: View, about: str, asked: Mapping[str, str], patience: float
    ) -> bytes:
        try:
            return serving.page(view, about, asked, patience=patience)
        except UnknownName:
            if view.about != _CUSTOMER or asks.sees_personal:
                raise
            # The nearest ids stand in the message, and ids may tell who somebody is.
            raise UnknownName(_CUSTOMER, about, ()) from None

    def allow(self, asks: Visitor, view: View, *, file: str = "") -> None:
        """Refuse what a visitor may not see.

        Raises:
            Refused: they may not; it says who may.
        """
        if Scope.READ not in asks.scopes:
            raise Refused("This token is not for reading. Take one with the scope `read`.")
        if view.rows and not asks.sees_customers:
            raise Refused("This page shows single customers. Take a token with the scope `customers`.")
        if view.rows and file and not asks.exports:
            raise Refused("Rows of single customers are taken along by editors and admins only. Ask one of them.")

    def note(self, asks: Visitor, action: str, about: str = "", **said: Any) -> None:
        """Write into the audit log what a visitor did; who a customer is stands there as a pseudonym."""
        named = audit.pseudonym(self.state, about) if about else ""
        audit.record(self.state, asks.by, action, named, at=self.now(), **said)


def customers_in(record: Mapping[str, Any]) -> int:
    """Return how many rows of single customers a page's record holds."""
    return sum(len(block["rows"]) for block in record["blocks"] if lists_customers(block))
