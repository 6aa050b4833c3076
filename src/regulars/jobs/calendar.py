"""The schedule for a calendar: iCalendar (RFC 5545), one event for each slot."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from regulars.jobs.planned import Planned

#: Octets of a line, without its end (RFC 5545, 3.1).
_LINE = 75


def calendar(plan: Sequence[Planned], company: str, start: datetime, end: datetime, zone: str) -> str:
    """Return the slots between two instants as a calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Regulars//schedule//EN", f"X-WR-CALNAME:{_text(company)}"]
    for one in plan:
        for slot in one.entry.times.slots(start, end, zone):
            lines += _event(one, slot, start)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(one: Planned, slot: datetime, made: datetime) -> list[str]:
    name = one.entry.name
    uid = sha256(f"{name} {slot.isoformat()}".encode()).hexdigest()[:32]
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@regulars.invalid",
        f"DTSTAMP:{made:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{slot:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{_text(f'Regulars: {name}')}",
        f"DESCRIPTION:{_text(one.job.does)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _text(said: str) -> str:
    for sign in ("\\", ";", ","):
        said = said.replace(sign, f"\\{sign}")
    return said.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    part = ""
    for sign in line:
        if len((part + sign).encode()) > _LINE:
            yield part
            part = " "
        part += sign
    yield part
