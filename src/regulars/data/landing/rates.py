"""What other currencies are worth: read once, looked up by currency and day."""

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pyarrow as pa

from regulars.core.errors import SettingsError
from regulars.core.money import CURRENCIES
from regulars.core.periods import day_number

#: A rate serves its own day and this many days after it (weekends, holidays), never longer.
LONGEST = 7
_TYPE = pa.decimal128(18, 8)
_SCHEMA = pa.schema([("currency", pa.string()), ("day", pa.int32()), ("rate", _TYPE)])


def read(path: Path) -> pa.Table:
    """Return one row per currency and day for which a rate holds: currency, day, rate.

    Raises:
        SettingsError: listing every line that is wrong.
    """
    stated: dict[str, dict[int, Decimal]] = defaultdict(dict)
    problems = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            for row in rows:
                try:
                    currency, day, rate = _row(row)
                    if stated[currency].setdefault(day, rate) != rate:
                        raise ValueError(f"`{currency}` has two rates on that day")
                except (ValueError, InvalidOperation, KeyError, TypeError, AttributeError) as cause:
                    problems.append(f"{path.name}:{rows.line_num}: {cause}; columns are currency, on (ISO date), rate.")
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise SettingsError(f"`{path}` cannot be read: {cause}. Correct `rates.file`.") from cause
    if problems:
        raise SettingsError(f"`{path}` has {len(problems)} wrong lines:", problems[:50])
    return pa.Table.from_pylist(_daily(stated), schema=_SCHEMA)


def none() -> pa.Table:
    """Return no rates."""
    return _SCHEMA.empty_table()


def _row(row: dict[str, str]) -> tuple[str, int, Decimal]:
    currency, rate = row["currency"].strip(), Decimal(row["rate"].strip())
    if currency not in CURRENCIES:
        raise ValueError(f"`{currency}` is no currency")
    if not rate.is_finite() or rate <= 0 or rate >= 10**10 or rate != round(rate, 8):
        raise ValueError(f"`{row['rate']}` is no rate: a positive number of at most 8 decimals")
    return currency, day_number(date.fromisoformat(row["on"].strip())), rate


def _daily(stated: dict[str, dict[int, Decimal]]) -> list[dict[str, object]]:
    daily = []
    for currency, by_day in sorted(stated.items()):
        days = sorted(by_day)
        for day, following in zip(days, [*days[1:], days[-1] + LONGEST + 1], strict=True):
            held = range(day, min(following, day + LONGEST + 1))
            daily += [{"currency": currency, "day": on, "rate": round(by_day[day], 8)} for on in held]
    return daily
