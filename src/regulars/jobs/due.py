"""Which slots of the schedule have come: looked at often, so without what jobs need."""

from collections.abc import Iterator
from datetime import datetime

from regulars.core.schedule_settings import Entry
from regulars.core.settings import Settings
from regulars.state import slots
from regulars.state.store import State


def come(state: State, entry: Entry, *, at: datetime, zone: str) -> Iterator[datetime]:
    """Yield the slots of an entry that have come and were not taken; the entry is known from here on."""
    after = slots.since(state, entry.name, entry.at, at=at)
    return entry.times.slots(after, at, zone)


def due(settings: Settings, state: State, *, at: datetime) -> bool:
    """Whether a slot of any entry has come; every entry is known from here on."""
    zone = settings.company.time_zone
    found = [next(come(state, entry, at=at, zone=zone), None) for entry in settings.schedule]
    return any(one is not None for one in found)
