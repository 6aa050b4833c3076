"""Attempts to log in: how many went wrong lately, by account and by address; kept, so that a restart forgets none."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import delete, insert, select

from regulars.state.database import Transaction
from regulars.state.instants import instant, stored
from regulars.state.tables import attempts

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_ADDRESS = 20
#: What one household or server has of IPv6 addresses to itself.
_IPV6 = 64


def wait(transaction: Transaction, subject: str, most: int, *, at: datetime) -> timedelta:
    """Return how long a subject must wait, as `most` of its attempts within the window went wrong; 0 where not."""
    times = select(attempts.c.at).where(attempts.c.subject == subject, attempts.c.at > stored(at - WINDOW))
    rows = transaction.rows(times.order_by(attempts.c.at.desc()).limit(most))
    return instant(rows[-1]["at"]) + WINDOW - at if len(rows) >= most else timedelta(0)


def count(transaction: Transaction, subject: str, *, at: datetime) -> None:
    """Count an attempt, before it is known whether it goes wrong: many at once would else all be let try."""
    transaction.change(delete(attempts).where(attempts.c.at <= stored(at - WINDOW)))
    transaction.change(insert(attempts).values(subject=subject, at=stored(at)))


def forget(transaction: Transaction, subject: str) -> None:
    """Forget all attempts of a subject."""
    transaction.change(delete(attempts).where(attempts.c.subject == subject))


def take_back(transaction: Transaction, subject: str, *, at: datetime) -> None:
    """Take back one attempt of a subject, which went well."""
    one = select(attempts.c.id).where(attempts.c.subject == subject, attempts.c.at == stored(at)).limit(1)
    transaction.change(delete(attempts).where(attempts.c.id.in_(one.scalar_subquery())))


def neighbourhood(address: str) -> str:
    """Return what is counted as one address.

    >>> neighbourhood("192.0.2.7"), neighbourhood("2001:db8::1:7"), neighbourhood("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, _IPV6), strict=False))
