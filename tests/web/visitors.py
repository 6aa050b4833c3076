"""A server in this process, and everybody who comes to it: by session, by token, or by none that counts."""

import email
import io
import logging
import re
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from starlette.testclient import TestClient

from regulars.app import people
from regulars.cli.serving import application
from regulars.core.periods import now
from regulars.door.current import Current
from regulars.door.door import Door
from regulars.door.guard import Limits
from regulars.door.visitor import COOKIE
from regulars.state import sessions, tokens
from regulars.state.audit import By
from regulars.state.passwords import Passwords
from regulars.state.store import State, open_state

BY, PASSWORD = By(actor="cli:test"), "canary in the coal mine"
#: Who there is: role, and whether personal data was opened to them.
PEOPLE = {
    "vera": ("viewer", False),
    "paul": ("viewer", True),
    "edda": ("editor", False),
    "ada": ("admin", False),
    "dora": ("admin", True),
    "wilma": ("admin", True),
}
#: Who comes with a session: of whom, begun how long ago.
SESSIONS = {
    "viewer": ("vera", 0),
    "viewer with personal": ("paul", 0),
    "editor": ("edda", 0),
    "admin": ("ada", 0),
    "disabled person": ("dora", 0),
    "expired session": ("ada", 13),
}
#: Who comes with a token: of whom, with which scopes, given out how long ago for a day.
TOKENS = {
    "token read": ("ada", ("read",), 0),
    "token customers": ("ada", ("read", "customers"), 0),
    "token personal": ("ada", ("read", "customers", "personal"), 0),
    "token of a viewer": ("vera", ("read", "customers"), 0),
    "token without read": ("wilma", ("customers", "personal"), 0),
    "token of a disabled person": ("dora", ("read", "customers", "personal"), 0),
    "revoked token": ("ada", ("read", "customers", "personal"), 0),
    "expired token": ("ada", ("read", "customers", "personal"), 25),
}
FORGED = {
    "nobody": {},
    "forged session": {"Cookie": f"{COOKIE}=" + "x" * 43},
    "forged token": {"Authorization": "Bearer rg_" + "x" * 43},
    "another kind of authorization": {"Authorization": "Basic YWRhOmNhbmFyeQ=="},
}
#: Those who get in with nothing at all.
OUTSIDE = (
    *FORGED,
    "disabled person",
    "expired session",
    "token of a disabled person",
    "revoked token",
    "expired token",
)
EVERYBODY = (*SESSIONS, *TOKENS, *FORGED)
INSIDE = tuple(who for who in EVERYBODY if who not in OUTSIDE)
PERSONAL_SEEN = ("viewer with personal", "admin", "token personal")


class Heard(logging.Handler):
    """Keeps whatever is logged, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # What asks is the test's own, and logs addresses that it asks for.
        if not record.name.startswith(("httpx", "httpcore")):
            self.lines.append(f"{record.name}: {self.format(record)}")


@dataclass(frozen=True)
class Doorway:
    """A server in this process, with what lets people in."""

    client: TestClient
    door: Door
    state: State
    headers: dict[str, dict[str, str]]
    heard: Heard = field(default_factory=Heard)

    def get(self, path: str, who: str = "admin", *, method: str = "GET", **more):
        """Ask as somebody; nobody is led on to another address."""
        headers = {**self.headers[who], **more.pop("headers", {})}
        self.client.cookies.clear()
        return self.client.request(method, path, headers=headers, follow_redirects=False, **more)

    def post(self, path: str, who: str = "admin", **more):
        """Send a form of this server's own page."""
        headers = {"Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return self.get(path, who, method="POST", headers=headers, **more)

    def secrets(self) -> set[str]:
        """Return everything that lets in, and must stand nowhere."""
        said = [value for one in self.headers.values() for value in one.values()]
        return {PASSWORD, *(re.split(r"[ =]", value, maxsplit=1)[1].removeprefix("Bearer ") for value in said)}


def opened(
    stack: ExitStack,
    folder: Path,
    store: Path,
    *,
    alone: bool = False,
    secure: bool = False,
    limits: Limits | None = None,
) -> Doorway:
    """Serve a workspace to everybody."""
    state = stack.enter_context(open_state(store, None, passwords=Passwords(passes=1, memory=8)))
    for name, (role, personal) in PEOPLE.items():
        people.add(state, BY, name, role, personal=personal, password=PASSWORD)
    headers = dict(FORGED)
    for who, (name, ago) in SESSIONS.items():
        session = sessions.begin(state, name, at=now() - timedelta(hours=ago))
        headers[who] = {"Cookie": f"{COOKIE}={session.id}"}
    for who, (name, scopes, ago) in TOKENS.items():
        issued = tokens.issue(state, who, name, scopes, at=now() - timedelta(hours=ago), lasts=timedelta(days=1))
        headers[who] = {"Authorization": f"Bearer {issued.secret}"}
        if who == "revoked token":
            people.revoke_token(state, BY, issued.token.prefix)
    people.disable(state, BY, "dora")
    door = Door(current=Current(folder, warm=False), state=state, alone=alone, secure=secure)
    client = TestClient(application(door, limits or Limits(per_minute=1_000_000)), base_url="http://localhost")
    stack.enter_context(client)
    found = Doorway(client, door, state, headers)
    root = logging.getLogger()
    level = root.level
    root.addHandler(found.heard)
    root.setLevel(logging.DEBUG)
    stack.callback(root.setLevel, level)
    stack.callback(root.removeHandler, found.heard)
    return found


def words(answer) -> str:
    """Return all that is written in an answer, whatever kind of file it is."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind.endswith("spreadsheetml.sheet"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            return " ".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    if kind == "message/rfc822":
        parts = email.message_from_bytes(answer.content).walk()
        bodies = [one.get_payload(decode=True) or b"" for one in parts if not one.is_multipart()]
        return " ".join(body.decode("utf-8", "replace") for body in bodies)
    if kind == "application/pdf":
        import pypdf

        pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
        # Ids are broken over lines where a cell is narrow.
        return "".join(page.extract_text() for page in pages).replace("\n", "")
    return answer.text
