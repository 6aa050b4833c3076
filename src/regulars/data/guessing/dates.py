"""In which formats texts read as dates, day and month told apart by what makes sense."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product

from regulars.data.language.functions import shape

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?")
_DATE_LIKE = re.compile(r"(?=.*\d).{6,40}")
_DATES = (
    *"%Y-%m-%d %Y/%m/%d %Y.%m.%d %Y%m%d %d/%m/%Y %m/%d/%Y %d.%m.%Y %d-%m-%Y %m-%d-%Y".split(),
    *"%d-%b-%Y %d/%m/%y %m/%d/%y %d.%m.%y".split(),
    *("%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y"),
)


_TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
    "T%H:%M:%S",
    ", %H:%M",
    " %H:%M:%S %z",
    " %H:%M:%S%z",
)


_SHAPES = {form: re.compile(shape(form)) for form in ("".join(parts) for parts in product(_DATES, _TIMES))}


_EPOCH = re.compile(r"(1[0-9]{9}|2[0-3][0-9]{8})([0-9]{3})?")


#: Formats that are functions of the mapping language: time as a count since 1970.
EPOCHS = ("epoch_seconds", "epoch_millis")


#: The format of texts that need none said.
ISO = "ISO 8601"


def most_of(sample: Sequence[str]) -> float:
    """Return the share of a sample that is enough: 95 %, or all but one where there are few.

    >>> most_of(["a"] * 100), most_of(["a"] * 4), most_of(["a"] * 2)
    (0.95, 0.75, 0.95)
    """
    return min(0.95, (len(sample) - 1) / len(sample)) if len(sample) > 2 else 0.95


def formats_of(sample: Sequence[str]) -> tuple[tuple[str, ...], float]:
    """Return the date formats that read enough of the sample (`most_of`), best first, and the best one's share."""
    iso = sum(_is_iso(value) for value in sample) / len(sample) if sample else 0.0
    if iso >= most_of(sample) and share_like(sample, _ISO) >= 0.95:
        return (ISO,), iso
    if share_like(sample, _EPOCH) >= 0.99 and len({len(value.strip()) for value in sample}) == 1:
        return (EPOCHS[len(sample[0].strip()) > 10],), 1.0
    few = sample[:: max(1, len(sample) // 20)][:20]
    if not few or share_like(few, _DATE_LIKE) < 0.9:
        return (), 0.0
    enough = min(0.9, most_of(few))
    likely = [
        form
        for form, shaped in _SHAPES.items()
        if sum(_reads(value, form) for value in few) >= enough * len(few) and share_like(few, shaped) >= 0.9
    ]
    more = sample[:: max(1, len(sample) // 500)]
    shares = {form: sum(_reads(value, form) for value in more) / len(more) for form in likely}
    good = [form for form in likely if shares[form] >= most_of(more) and shares[form] >= max(shares.values()) - 0.001]
    good.sort(key=lambda form: (-shares[form], _span(more, form)))
    return tuple(good), shares[good[0]] if good else 0.0


def _is_iso(value: str) -> bool:
    if not _ISO.fullmatch(value.strip()):
        return False
    try:
        datetime.fromisoformat(value.strip()[:10])
    except ValueError:
        return False
    return True


def _parsed(value: str, form: str) -> datetime | None:
    if not _SHAPES[form].fullmatch(value.strip()):
        return None
    try:
        found = datetime.strptime(value.strip(), form).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2100 else None


def _reads(value: str, form: str) -> bool:
    return _parsed(value, form) is not None


def _span(sample: Sequence[str], form: str) -> float:
    """Return the days between the first and the last value: reading day for month spreads dates over a whole year."""
    parsed = [found for value in sample if (found := _parsed(value, form)) is not None]
    return (max(parsed) - min(parsed)).total_seconds() if parsed else 0.0


def share_like(sample: Sequence[str], pattern: re.Pattern[str]) -> float:
    """Return the share of texts that fit a pattern as a whole."""
    return sum(bool(pattern.fullmatch(value.strip())) for value in sample) / len(sample) if sample else 0.0
