"""What tests of the state share: an instant, a cheap way to hash, and a look behind the door."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from regulars.state.audit import By
from regulars.state.passwords import Passwords
from regulars.state.person import Role
from regulars.state.store import State, open_state

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CHEAP = Passwords(passes=1, memory=8)
RIGHT, WRONG = "correct horse battery", "incorrect donkey battery"
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
BY = By(actor="cli:root")


@dataclass(frozen=True)
class Place:
    folder: Path
    url: str | None

    def open(self) -> State:
        return open_state(self.folder, self.url, passwords=CHEAP)


def person(state: State, name: str = "anna", role: Role = Role.VIEWER, **more):
    """Add somebody whose password is RIGHT."""
    from regulars.state import people

    return people.add(state, name, role, password=state.passwords.hashed(RIGHT, name), at=AT, **more)


def tamper(state: State, *statements: str, **values: object) -> None:
    """Run SQL behind the back of the state."""
    with state.writing() as transaction:
        for statement in statements:
            bound = {name: value for name, value in values.items() if f":{name}" in statement}
            transaction.connection.execute(text(statement), bound)


def ask(state: State, statement: str) -> list[tuple[object, ...]]:
    """Return the rows of a query in SQL."""
    with state.reading() as transaction:
        return [tuple(row) for row in transaction.connection.execute(text(statement))]
