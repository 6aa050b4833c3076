"""What each canonical table is made of, as a digest: a table whose digest is another one now is out of date."""

import hashlib
import json
from collections.abc import Mapping

from regulars.core.settings import Settings
from regulars.data import engine
from regulars.data.store import FORMAT, Store
from regulars.data.tables import TABLES

#: Whose rows each table depends on besides its own.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_lines",),
    "order_lines": ("orders",),
    "ticket_events": ("tickets",),
    "follow_ups": ("responses",),
    "touches": ("campaigns",),
    "customers": ("identity",),
}


def mapped_tables(settings: Settings) -> tuple[str, ...]:
    """Return the canonical tables that some source feeds, in a fixed order."""
    return tuple(name for name in TABLES if any(name in source.tables for source in settings.sources))


def attributes(settings: Settings) -> list[str]:
    """Return the names of all attributes that some source maps."""
    mappings = [source.tables["customers"] for source in settings.sources if "customers" in source.tables]
    return sorted({name for mapping in mappings for name in mapping.attributes})


def stands(store: Store, settings: Settings) -> dict[str, str]:
    """Return, per table, the digest of the files and settings that it is made of."""
    fields = ("source", "path", "sha256", "fingerprint", "copy_of")
    rates: dict[int, list[list[str]]] = {}
    for row in engine.run(store.landed("_rates").order_by("file", "currency", "day")):
        rates.setdefault(row["file"], []).append([row["currency"], str(row["day"]), str(row["rate"])])
    files = engine.run(store.landed("_files").order_by("source", "path"))
    ledger = [[*(row[field] for field in fields), rates.get(row["file"])] for row in files]
    feeds = {source.name: set(source.tables) for source in settings.sources}
    found = {}
    for name in (*TABLES, "identity"):
        needed = {name, *_NEEDS.get(name, ())}
        mine = [row for row in ledger if feeds.get(row[0], set()) & needed]
        found[name] = digest([shape(settings, name), mine])
    return found


def shape(settings: Settings, name: str) -> str:
    """Return the digest of everything but files that a table is made of."""
    needed = {name, *_NEEDS.get(name, ())}
    feeding = [source.name for source in settings.sources if needed.intersection(source.tables)]
    mapped = mapped_tables(settings)
    references = [parent for parent in _NEEDS.get(name, ()) if parent in mapped]
    own = attributes(settings) if name == "customers" else []
    return digest([FORMAT, feeding, references, own])


def digest(value: object) -> str:
    """Return the digest of plain values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
