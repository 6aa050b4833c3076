"""The canonical tables: made of what all files gave, together, so that neither their order nor their number matters.

Each table is a pure function of the landing, made again when a file that it depends on came, changed or went; where
few orders, tickets or events are touched, only those (data/canonical/narrowing.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import ibis
import ibis.expr.types as ir

from regulars.core import periods
from regulars.core.settings import Settings
from regulars.data import engine
from regulars.data.canonical import standing
from regulars.data.canonical.making import Making
from regulars.data.canonical.narrowing import narrow
from regulars.data.quality import findings
from regulars.data.store import Store
from regulars.data.tables import TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was made.

    Attributes:
        changed: canonical tables that were made anew.
        state: digest of everything they were made of.
    """

    changed: frozenset[str]
    state: str


def resolve(store: Store, settings: Settings) -> Outcome:
    """Make the canonical tables that are out of date, and say what is to be known about them."""
    stands = standing.stands(store, settings)
    meta = store.meta()
    mapped = standing.mapped_tables(settings)
    stale = [name for name in mapped if meta.get(f"made {name}") != stands[name]]
    gone = [name for name in TABLES if name not in mapped and f"made {name}" in meta and meta[f"made {name}"]]
    day = None
    if stale or gone or meta.get("identity") != stands["identity"]:
        with engine.transaction(store.backend):
            shapes = {name: standing.shape(settings, name) for name in mapped}
            same = meta.get("identity") == stands["identity"]
            narrowed = narrow(store, stale, lambda name: same and meta.get(f"shape {name}") == shapes[name])
            Making(store, settings, mapped, narrowed).make(stale, gone)
            made = {f"made {name}": stands[name] for name in mapped} | {f"made {name}": "" for name in gone}
            made |= {f"shape {name}": shape for name, shape in shapes.items()}
            store.stamp({**made, "identity": stands["identity"]})
    day = as_of(store.tables(), settings)
    parameters = [settings.definitions.model_dump_json(), settings.service.model_dump_json()]
    state = standing.digest([stands, str(day), *parameters])
    if meta.get("state") != state:
        with engine.transaction(store.backend):
            findings.write(store, settings, day)
            store.stamp(
                {
                    "state": state,
                    "as_of": day.isoformat() if day else "",
                    "settings": settings.fingerprint(),
                    "version": version("regulars"),
                }
            )
    return Outcome(changed=frozenset((*stale, *gone)), state=state)


def as_of(tables: Mapping[str, ir.Table], settings: Settings) -> date | None:
    """Return the local day before which records count: as set, else the day after the newest one not yet to come."""
    if settings.company.as_of:
        return settings.company.as_of
    days = []
    now = ibis.literal(periods.now().replace(tzinfo=None), type="timestamp(6)")
    for name in ("orders", "events", "responses", "tickets", "ticket_events", "touches", "subscriptions"):
        if name in tables:
            instant = str(TABLES[name].instant)
            rows = tables[name]
            days.append(engine.run(rows[instant.removesuffix("_at") + "_day"].max(where=rows[instant] < now)))
    known = [day for day in days if day is not None]
    return periods.day_of(max(known) + 1) if known else None
