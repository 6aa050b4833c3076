"""A shop whose customers can be told again wherever they turn up: by id, by address, by what they said."""

import csv
import re
from pathlib import Path
from typing import Any

import heard_shop
from foretold_by_chance import foretell
from regulars.app import comments
from regulars.app.people import state_of
from regulars.app.workspace import Workspace
from regulars.core.periods import now
from regulars.state import audiences
from regulars.state.audiences import Arm, Audience, Member
from regulars.views.prepared import Prepared
from regulars.views.view import View

#: Ids that tell who somebody is, and ids that do not.
MAIL, PLAIN = "canary.person{:03}@example.org", "kd-{:03}"
#: Any customer, wherever one turns up; and whatever tells who somebody is.
ANYBODY = re.compile(r"canary\.person\d{3}|kd-\d{3}")
PERSONAL = re.compile(r"canary\.person|contact\.canary|Quastenflosser|0612\s?345\s?678", re.IGNORECASE)
#: Nobody else has the same surname: what many write may name a theme.
SAID = "It is late again, says Quastenflosser{}, call 0612345678 or canary.person000@example.org"
#: An attribute of customers that a company should not have mapped, and did.
CONTACT = "contact.canary{:03}@example.org"
#: Without service cases: each table that is there makes every page slower.
TABLES = ("customers", "orders", "responses", "follow_ups")
SOMEBODY, SOMEONE = MAIL.format(2), PLAIN.format(3)
#: What pages that are kept are about.
ABOUT = {"kpi": "net_revenue", "action": "win_back_offer", "experiment": "canaries"}
_ID = re.compile(r"c(\d{3})")


def named(place: int) -> str:
    return (PLAIN if place % 2 else MAIL).format(place)


def _renamed(part: Any) -> Any:
    found = _ID.fullmatch(part) if isinstance(part, str) else None
    return named(int(found[1])) if found else part


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of `heard_shop` with other names, and with what some of the unhappy said of late."""
    found = {name: [tuple(map(_renamed, row)) for row in of] for name, of in heard_shop.rows().items()}
    for place in range(24):
        comment = SAID.format(chr(ord("a") + place))
        said = heard_shop.before(20 + place), "nps", 1, 10, comment, "relational", ""
        found["responses"].append((f"canary{place}", named(place), *said))
    return {name: found[name] for name in TABLES}


def company(folder: Path) -> Path:
    """Load the shop; foretell by chance who leaves and what they are worth; read comments; make every page."""
    folder.mkdir(parents=True)
    toml = [heard_shop.HEAD]
    for name, kept_rows in rows().items():
        columns = heard_shop.TABLES[name].split()
        if name == "customers":
            columns = [*columns, "contact"]
            kept_rows = [(*row, CONTACT.format(place)) for place, row in enumerate(kept_rows)]
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *kept_rows])
        toml += ["[[source]]", f'name = "{name}"', f'files = ["{name}*.csv"]', f"[source.tables.{name}]"]
        toml += [f'{column} = "{column}"' for column in columns if column != "contact"]
        if name == "customers":
            toml += ["[source.tables.customers.attributes]", 'contact = "contact"']
    # Some rows are put aside: what they hold is personal, too.
    with (folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write("bad1,canary.person000@example.org,2025-02-31,sale,10,web,0,,\n")
        file.write("bad2,kd-001,2025-02-01,sale,canary.person001@example.org,web,0,,\n")
    (folder / "regulars.toml").write_text("\n".join(toml) + "\n", encoding="utf-8")
    heard_shop.loaded(folder)
    foretell(folder)
    workspace = Workspace.at(folder)
    with workspace.opened() as opened:
        comments.heard(workspace.shelf, opened.records, opened.generation.path)
    work(workspace)
    make(folder)
    return folder


def work(workspace: Workspace) -> None:
    """Write an audience down: some of each kind are to be called, and nobody knows what became of it."""
    expected = {"profit": [12.0, 1.0, 23.0], "cost": [4.0, 3.0, 5.0], "level": 0.95, "effect": [0.0, 0.1, 0.2]}
    power = {"effect_source": "Assumed", "expected_change": -0.01, "detectable": 0.2, "needed": 9_000}
    one = Audience(
        name="canaries",
        action="service_recovery_call",
        version=1,
        team="service",
        as_of=heard_shop.END,
        days=90,
        holdout=0.25,
        said={**expected, **power},
        created_at=now(),
        created_by="cli:test",
    )
    members = [
        Member(
            customer_id=named(place),
            arm=Arm.HOLDOUT if place > 5 else Arm.TREATED,
            place=place + 1,
            profit=9.0 - place,
            error=2.0,
            outcome="" if place else "Quastenflosser will come back",
        )
        for place in range(8)
    ]
    with state_of(workspace) as state:
        audiences.add(state, one, members, at=now())


def make(folder: Path) -> None:
    """Make every page that is kept, as it is asked for first, so that no test waits for one."""
    workspace = Workspace.at(folder)
    with workspace.opened() as opened:
        prepared = Prepared(workspace, opened)
        for view in workspace.declared(View, "views").values():
            if view.kept:
                about = ABOUT.get(view.about, "")
                prepared.make(prepared.key(view, about, {}), view, about, {})
