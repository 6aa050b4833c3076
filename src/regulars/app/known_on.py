"""The records as far as they had come by a past day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from regulars.app.workspace import Opened
from regulars.core.errors import QueryError
from regulars.core.periods import Period, day_of, start_of_day
from regulars.kpis.query import FORETOLD, Records

#: Records that begin so many days into a period, or so small a part of it, tell of all of it.
_SOON, _PART = 7, 12


def known_on(opened: Opened, on: date | None, zone: str) -> Opened:
    """Return an open generation as if its records ended before `on`; itself where that is None or later than they do.

    What was foretold is of the end of the records, so it is not there. What was corrected since stays corrected.

    Args:
        opened: the generation.
        on: local day before which records count.
        zone: of the company.

    Raises:
        QueryError: there was no record yet.
    """
    found = opened.records
    if on is None or on >= found.as_of:
        return opened
    covered = _covered(found, on)
    if not covered:
        raise QueryError(f"There is no record before `{on}`. Choose a later day.")
    kept = replace(
        found,
        as_of=on,
        known_at=start_of_day(on, zone),
        covered=covered,
        tables={name: table for name, table in found.tables.items() if not name.startswith(FORETOLD)},
        scores={},
    )
    return replace(opened, records=kept)


def _covered(found: Records, on: date) -> Mapping[str, Period]:
    return {
        name: Period(span.start, min(span.end, on))
        for name, span in found.covered.items()
        if span.start < on and not name.startswith(FORETOLD)
    }


def begun(records: Records, period: Period) -> bool:
    """Whether records begin with a period, or so soon after (a week at most) that it counts as whole."""
    return began(records) <= period.start + timedelta(days=min(period.days // _PART, _SOON))


def began(records: Records) -> date:
    """Return the first day of any record."""
    return min((span.start for span in records.covered.values()), default=day_of(0))
