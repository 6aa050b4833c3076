"""The schedule for a calendar: iCalendar (RFC 5545), an event for each slot; of what runs often, one a day."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from zoneinfo import ZoneInfo

from regulars.jobs.planned import Planned

#: Octets of a line, without its end (RFC 5545, 3.1).
_LINE = 75
#: Slots of a day that have an event each.
_OFTEN = 4


def calendar(plan: Sequence[Planned], company: str, start: datetime, end: datetime, zone: str) -> str:
    """Return the slots between two instants as a calendar; days are those of a time zone."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Regulars//schedule//EN", f"X-WR-CALNAME:{_text(company)}"]
    for one in plan:
        slots = one.entry.times.slots(start, end, zone)
        for _day, some in groupby(slots, lambda slot: slot.astimezone(ZoneInfo(zone)).date()):
            same = list(some)
            shown, times = (same[:1], len(same)) if len(same) > _OFTEN else (same, 1)
            for slot in shown:
                lines += _event(one, slot, start, times=times)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(one: Planned, slot: datetime, made: datetime, *, times: int) -> list[str]:
    name = one.entry.name
    often = f", {times} times that day" if times > 1 else ""
    uid = sha256(f"{name} {slot.isoformat()}".encode()).hexdigest()[:32]
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@regulars.invalid",
        f"DTSTAMP:{made:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{slot:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{_text(f'Regulars: {name}{often}')}",
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
