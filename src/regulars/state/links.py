"""One-time links, by which whoever starts a server on their own machine comes in without a password."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert

from regulars.core.errors import Refused
from regulars.state import audit, sessions
from regulars.state.audit import By
from regulars.state.digests import digest, fresh, shown
from regulars.state.instants import stored
from regulars.state.person import LOCAL
from regulars.state.sessions import Session
from regulars.state.store import State
from regulars.state.tables import links

#: How long a link is good for.
GOOD = timedelta(minutes=15)


def link(state: State, *, at: datetime) -> str:
    """Return the token of a link that lets the local person in once, within 15 minutes."""
    token = fresh()
    with state.writing() as transaction:
        transaction.change(delete(links).where(links.c.expires_at <= stored(at)))
        transaction.change(insert(links).values(digest=digest(token), expires_at=stored(at + GOOD)))
    return token


def redeem(state: State, token: str, *, at: datetime, address: str = "") -> Session:
    """Begin a session for a link, which is then used up; it is recorded in the audit log.

    Raises:
        Refused: there is no such link, or it was used, or is too old.
    """
    with state.writing() as transaction:
        good = delete(links).where(links.c.digest == digest(token), links.c.expires_at > stored(at))
        if transaction.change(good):
            session = sessions.begin(state, LOCAL, at=at)
            by = By(actor=LOCAL, key=shown(session.id), address=address)
            audit.record(state, by, "login", LOCAL, purpose="one-time link", at=at)
            return session
    raise Refused("This link was used, or is older than 15 minutes. Start the server again for a new one.")
