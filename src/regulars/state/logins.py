"""Logging in with a name and a password. Who does not get in is not told why, nor sooner for one reason than another.

After 5 wrong attempts within 15 minutes an account has to wait, after 20 an address. Both what goes well and what goes
wrong is recorded in the audit log; an attempt while one has to wait is not even looked at, nor recorded.
"""

import math
from datetime import datetime, timedelta

from sqlalchemy import update

from regulars.core.errors import Refused
from regulars.state import attempts, audit, sessions
from regulars.state.audit import By
from regulars.state.database import Record
from regulars.state.digests import shown
from regulars.state.passwords import Hashed
from regulars.state.person import login_name, row_of
from regulars.state.sessions import Session
from regulars.state.store import State
from regulars.state.tables import people


def login(state: State, name: str, password: str, *, at: datetime, address: str = "") -> Session:
    """Begin a session for whoever knows the password of a name.

    Args:
        state: where people are known.
        name: as it was typed.
        password: as it was typed.
        at: now.
        address: from where, or nothing where that is not known.

    Raises:
        Refused: wrong name or password, kept out, or too many attempts (`wait` says how long).
        Busy: too many are logging in, or the database is busy.
    """
    account = state.keys.pseudonym(f"account {login_name(name)}")
    nearby = state.keys.pseudonym(f"address {attempts.neighbourhood(address)}") if address else ""
    row = _let_try(state, name, account, nearby, at)
    kept = None if row is None or row["password"] is None else Hashed(text=row["password"])
    # Outside of any transaction: it takes long, and nobody could write meanwhile.
    right = state.passwords.match(kept, password)
    new = state.passwords.again(password) if right and kept and state.passwords.stale(kept) else kept
    with state.writing() as transaction:
        now = row_of(transaction, name) if right else None
        if row is not None and now is not None and not now["disabled"] and now["password"] == row["password"]:
            attempts.forget(transaction, account)
            attempts.take_back(transaction, nearby, at=at)
            if new is not None and new is not kept:
                transaction.change(update(people).where(people.c.name == now["name"]).values(password=new.text))
            return _begun(state, now["name"], address, at)
        locked = attempts.wait(transaction, account, attempts.PER_ACCOUNT, at=at)
        by = By(actor=row["name"] if row else audit.pseudonym(state, login_name(name)), address=address)
        audit.record(state, by, "login", by.actor, result="refused, locked" if locked else "refused", at=at)
    raise Refused("The name or the password is wrong.")


def _begun(state: State, name: str, address: str, at: datetime) -> Session:
    session = sessions.begin(state, name, at=at)
    audit.record(state, By(actor=name, key=shown(session.id), address=address), "login", name, at=at)
    return session


def _let_try(state: State, name: str, account: str, nearby: str, at: datetime) -> Record | None:
    """Return the row of a person, and count the attempt.

    Raises:
        Refused: there were too many.
    """
    with state.writing() as transaction:
        left = attempts.wait(transaction, account, attempts.PER_ACCOUNT, at=at)
        if nearby:
            left = max(left, attempts.wait(transaction, nearby, attempts.PER_ADDRESS, at=at))
        if not left:
            for subject in filter(None, (account, nearby)):
                attempts.count(transaction, subject, at=at)
            return row_of(transaction, name)
    seconds = math.ceil(left / timedelta(seconds=1))
    raise Refused(f"Too many attempts to log in. Try again in {seconds} seconds.", wait=seconds)
