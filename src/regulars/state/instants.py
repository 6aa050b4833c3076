"""Instants as they are stored: whole microseconds since 1970-01-01 UTC, the same on every database."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stored(at: datetime) -> int:
    """Return the whole number that an instant is stored as.

    Raises:
        ValueError: `at` does not say its zone.

    >>> stored(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if at.utcoffset() is None:
        raise ValueError(f"An instant must say its zone: {at}")
    return (at - _EPOCH) // _MICROSECOND


def instant(number: int) -> datetime:
    """Return the instant (UTC) that is stored as `number`.

    >>> instant(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return _EPOCH + number * _MICROSECOND
