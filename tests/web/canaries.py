"""A shop whose customers can be told again wherever they turn up: by id, by address, by what they said."""

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import heard_shop
from regulars.app import comments, kept
from regulars.app import foretell as app_foretell
from regulars.app.kept import Said
from regulars.app.workspace import Opened, Workspace
from regulars.core.estimate import Interval
from regulars.core.periods import day_number
from regulars.models.trial import Trial, Tried
from regulars.views import scored
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
_ID = re.compile(r"c(\d{3})")


def named(place: int) -> str:
    return (PLAIN if place % 2 else MAIL).format(place)


def _renamed(part: Any) -> Any:
    found = _ID.fullmatch(part) if isinstance(part, str) else None
    return named(int(found[1])) if found else part


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of `heard_shop` with other names, and with what some of the unhappy said of late."""
    found = {name: [tuple(map(_renamed, row)) for row in of] for name, of in heard_shop.rows().items()}
    for place in range(0, 24, 2):
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
    make(folder)
    return folder


def foretell(folder: Path) -> None:
    """Keep predictions that were drawn by chance, as if they had been made: no model is run."""
    workspace = Workspace.at(folder)
    rng = np.random.default_rng(3)
    with workspace.opened() as opened:
        path = opened.generation.path
        comments.heard(workspace.shelf, opened.records, path)
        people = opened.records.run(opened.records.tables["people"].select("customer"))
        for outcome in OUTCOMES:
            before = day_number(date(2025, 5, 1))
            table = _drawn(rng, outcome, len(people))
            past = table.select(["customer", "mean"]).append_column("came", table["mean"])
            past = past.append_column("day", pa.array([before] * len(people), pa.int32()))
            kept.keep(path, outcome, _said(outcome, workspace, opened), table, past)


#: What is foretold, and by which model.
OUTCOMES = {"value": "bg_nbd_value", "lapse": "bg_nbd_silence"}
_FEATURES = 8


def _drawn(rng: np.random.Generator, outcome: str, count: int) -> pa.Table:
    mean = rng.gamma(1.0, 100.0, count) if outcome == "value" else rng.beta(2, 3, count)
    high = np.minimum(mean * 1.2, 1.0) if outcome == "lapse" else mean * 1.4
    columns = {"customer": np.arange(1, count + 1, dtype=np.int32), "mean": mean, "low": mean * 0.7, "high": high}
    columns |= {"spread": mean.astype(np.float32), "doubt_1": (0.05 * mean).astype(np.float32)}
    columns["past_error"] = np.full(count, 0.1)
    for rank in (1, 2):
        columns[f"reason_{rank}"] = rng.integers(-1, _FEATURES, count).astype(np.float32)
        columns[f"value_{rank}"] = rng.integers(0, 100, count).astype(np.float32)
    return pa.table(columns)


def _said(outcome: str, workspace: Workspace, opened: Opened) -> Said:
    """Say of predictions what would be said if a model had made them."""
    definitions, model = opened.records.definitions, OUTCOMES[outcome]
    found, chosen = app_foretell._asked(outcome, workspace.models, opened.records)
    horizon = app_foretell.default_horizon(found, opened.records)
    one = Interval(value=0.1, low=0.05, high=0.15, level=0.95, method="drawn", n=1)
    score = {measure.name: one for measure in scored.decisive(found.kind)}
    tried = Tried(model=model, version=1, score=score, gain=one)
    asked: dict[str, Any] = {"outcome": outcome, "asked_days": 90, "days": 90, "lead_days": 0, "cutoffs": ()}
    rest: dict[str, Any] = {"notes": (), "learned": {}, "instead": ""}
    return Said(
        outcome=outcome,
        model=model,
        model_version=1,
        horizon_days=horizon.days,
        lead_days=0,
        as_of=date(2025, 8, 1),
        level=definitions.level,
        method="drawn by chance",
        n=1,
        columns=tuple(feature.name for feature in workspace.features[:_FEATURES]),
        trial=Trial(**asked, naive=model, tried=(tried,), chosen=model, why=""),
        key=kept.key_of(chosen, workspace.features, horizon, definitions.level, definitions),
        definitions=kept.digest_of(definitions),
        **rest,
    )


def make(folder: Path) -> None:
    """Make every page that is kept, as it is asked for first, so that no test waits for one."""
    workspace = Workspace.at(folder)
    with workspace.opened() as opened:
        prepared = Prepared(workspace, opened)
        for view in workspace.declared(View, "views").values():
            if view.kept:
                about = "net_revenue" if view.about == "kpi" else ""
                prepared.make(prepared.key(view, about, {}), view, about, {})
