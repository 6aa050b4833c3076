"""A small company behind a door, and who comes to it."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from starlette.testclient import TestClient

import heard_shop
from regulars.app import people
from regulars.cli.serving import application
from regulars.core.periods import now
from regulars.door.current import Current
from regulars.door.door import Door
from regulars.door.guard import Limits
from regulars.rest.endpoint import ROOT
from regulars.state import audiences, tokens
from regulars.state.audiences import Arm, Audience, Member
from regulars.state.audit import By
from regulars.state.passwords import Passwords
from regulars.state.store import State, open_state

BY, PASSWORD = By(actor="cli:test"), "canary in the coal mine"
#: Who comes with a token: of whom, and with which scopes.
TOKENS = {
    "admin": ("anna", ("read", "customers", "personal")),
    "editor": ("bob", ("read", "customers")),
    "service": ("vera", ("read", "customers")),
    "viewer": ("vera", ("read",)),
    "blind": ("bob", ("customers",)),
    "disabled": ("dora", ("read", "customers")),
    "expired": ("bob", ("read",)),
}
#: Those who get in with nothing at all.
UNKNOWN = ("nobody", "forged", "disabled", "expired")
MAIL = "ann@example.org"


#: Without service cases: each table that is there makes every page slower.
TABLES = ("customers", "orders", "responses", "follow_ups")


def shop(folder: Path) -> Path:
    """Load a small shop, one of whose customers is known by an address."""
    rows = {name: found for name, found in heard_shop.rows().items() if name in TABLES}
    rows = {name: [tuple(MAIL if part == "c001" else part for part in row) for row in rows[name]] for name in rows}
    return heard_shop.workspace(folder, rows)


@dataclass(frozen=True)
class Doorway:
    """A server in this process, with the tokens that get in."""

    client: TestClient
    door: Door
    state: State
    secrets: dict[str, str]

    def get(self, path: str, who: str = "admin", *, method: str = "GET", **more):
        """Ask as somebody."""
        headers = {**self.headers(who), **more.pop("headers", {})}
        return self.client.request(method, f"{ROOT}{path}", headers=headers, **more)

    def headers(self, who: str) -> dict[str, str]:
        """Return what they come with."""
        return {"Authorization": f"Bearer {self.secrets[who]}"} if who in self.secrets else {}

    def read(self, path: str, who: str = "admin", **more):
        """Return what is answered, which must be something."""
        answer = self.get(path, who, **more)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer.json()


def opened(stack: ExitStack, folder: Path, store: Path) -> Doorway:
    """Serve a workspace to people of whom one is disabled, one's token has run out, and one forges one."""
    state = stack.enter_context(open_state(store, None, passwords=Passwords(passes=1, memory=8)))
    for name, role in {"anna": "admin", "bob": "editor", "vera": "viewer", "dora": "editor"}.items():
        people.add(state, BY, name, role, password=PASSWORD)
    _spring(state)
    secrets = {"forged": "rg_" + "x" * 43}
    for name, (owner, scopes) in TOKENS.items():
        at = now() - timedelta(days=2 if name == "expired" else 0)
        secrets[name] = tokens.issue(state, name, owner, scopes, at=at, lasts=timedelta(days=1)).secret
    people.disable(state, BY, "dora")
    door = Door(current=Current(folder, warm=False), state=state, alone=False)
    client = TestClient(application(door, Limits(per_minute=1_000_000)), base_url="http://localhost")
    stack.enter_context(client)
    return Doorway(client, door, state, secrets)


def _spring(state: State) -> None:
    """Write an audience down, every fifth of which is held out."""
    said = {"profit": [9.0, -1.0, 20.0], "cost": [2.0, 1.0, 3.0], "level": 0.95, "effect": [0.0, 0.1, 0.2]}
    audience = Audience(
        name="spring", action="win_back_offer", version=1, team="marketing", as_of=heard_shop.END, days=90,
        holdout=0.2, said={**said, "effect_source": "A test of ours"}, created_at=now(), created_by="ada",
    )  # fmt: skip
    arms = [Arm.TREATED if n % 5 else Arm.HOLDOUT for n in range(300)]
    members = [
        Member(customer_id=MAIL if n == 1 else f"c{n:03}", arm=arm, place=n + 1, profit=1.0, error=0.5)
        for n, arm in enumerate(arms)
    ]
    audiences.add(state, audience, members, at=now())
