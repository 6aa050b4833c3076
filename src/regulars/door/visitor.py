"""Who asks over HTTP, and what they may: a person with a session, or a program with a token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from regulars.state import sessions, tokens
from regulars.state.audit import By
from regulars.state.digests import shown
from regulars.state.person import Role
from regulars.state.store import State
from regulars.state.tokens import Scope

#: Cookie of a session; browsers take the second one over TLS alone, and from no other host.
COOKIE, SECURE_COOKIE = "regulars", "__Host-regulars"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who asks.

    Attributes:
        name: login.
        role: what they may do.
        scopes: what they may see: figures, rows of single customers, who a customer is.
        address: from where.
        key: beginning of the token, or of the session's digest.
        session: id of the session; "" of programs.
    """

    name: str
    role: Role
    scopes: frozenset[Scope]
    address: str = ""
    key: str = ""
    session: str = field(default="", repr=False)

    @property
    def by(self) -> By:
        """Who acts, for the audit log."""
        return By(actor=self.name, key=self.key, address=self.address)

    @property
    def sees_personal(self) -> bool:
        """Whether they may see who a customer is."""
        return Scope.PERSONAL in self.scopes

    @property
    def sees_customers(self) -> bool:
        """Whether they may see rows of single customers."""
        return Scope.CUSTOMERS in self.scopes

    @property
    def exports(self) -> bool:
        """Whether they may take rows of single customers along as a file."""
        return self.sees_customers and (self.role >= Role.EDITOR or not self.session)


def visitor(state: State, headers: Mapping[str, str], session: str, address: str, *, at: datetime) -> Visitor | None:
    """Return who asks; None where nobody is known.

    Args:
        state: who may come in.
        headers: of the request; a token in `Authorization` counts before a session.
        session: id of it, as the cookie says; "" where there is none.
        address: from where.
        at: now.
    """
    said = headers.get("authorization", "")
    if said:
        kind, _, secret = said.partition(" ")
        found = tokens.who(state, secret.strip(), at=at) if kind.lower() == "bearer" else None
        if found is None:
            return None
        return Visitor(
            name=found.person.name, role=found.person.role, scopes=found.scopes, address=address, key=found.prefix
        )
    person = sessions.who(state, session, at=at) if session else None
    if person is None:
        return None
    scopes = {Scope.READ, Scope.CUSTOMERS} | ({Scope.PERSONAL} if person.sees_personal else set())
    return Visitor(
        name=person.name,
        role=person.role,
        scopes=frozenset(scopes),
        address=address,
        key=shown(session),
        session=session,
    )
