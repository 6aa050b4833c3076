"""Where something may be sent: addresses that are public, written so that nobody can mean another by them.

What is forbidden is what leads back into the network that this runs in: a request from inside opens what is closed from
outside (server-side request forgery).
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from regulars.core.errors import Refused

#: The port of https; any other must be declared.
HTTPS = 443
#: Names as they stand in the domain name system: no other sign, so no percent, no other alphabet, no full-width dot.
_NAME = re.compile(r"(?!.{254})(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)[a-z0-9-]{1,63}(?<!-)")
#: Last parts that some programs read as numbers of an address: `2130706433`, `0x7f.1`, `127.0.0.1`.
_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")
_PUBLIC_NAMES_END_NOT_IN = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
#: What `is_global` of one Python or another lets through, by the registries of special-purpose addresses of IANA
#: (RFC 6890), and an address at which a cloud answers its own machines.
_SPECIAL = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
            "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 "
            "198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 "
            "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
        ).split(),
    )
)
#: All that is given out of IPv6 to be reached by everybody; mapped and translated addresses lie outside of it.
_GIVEN_OUT = ip_network("2000::/3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where to send to, as far as it can be told without asking anybody.

    Attributes:
        host: name, or a public address.
        port: at it.
        target: path and query.
    """

    host: str
    port: int
    target: str


def destination(url: str, *, port: int = HTTPS) -> Destination:
    """Read an address to which something may be sent; names are looked up later.

    Args:
        url: of https, without a name or password.
        port: that the company declares; the address can have no other.

    Raises:
        Refused: it is not written so, or leads to an address that is not public.
    """
    if not url.isascii() or not url.isprintable() or re.search(r"[\s\\#]", url):
        raise Refused("This address holds signs that addresses do not have. Write it in ASCII, without blanks and `#`.")
    try:
        parts = urlsplit(url)
        said = parts.port
    except ValueError:
        raise Refused("This is no address. Write one such as `https://example.com/hook`.") from None
    if parts.scheme != "https":
        raise Refused("Only addresses that begin with `https://` are sent to.")
    if "@" in parts.netloc:
        raise Refused("A name or password in an address would be seen. Leave it out: what is sent is signed.")
    if (said or HTTPS) != port or parts.netloc.endswith(":"):
        raise Refused(f"The address is of port {said or HTTPS}, but `port` is {port}. Declare the one that is meant.")
    host = host_of(parts.hostname or "", bracketed=parts.netloc.startswith("["))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(host=host, port=port, target=target)


def host_of(host: str, *, bracketed: bool = False) -> str:
    """Return the host of an address, if it is a full name or a public address; names are looked up later.

    Raises:
        Refused: it is neither.
    """
    if bracketed:
        return public(host)
    if _NUMBER.fullmatch(host):
        # Only dotted decimals are an address to everybody; of what else is read as one, `ip_address` takes nothing.
        return public(host)
    if not _NAME.fullmatch(host):
        raise Refused("The host of this address is no full name, such as `hooks.example.com`.")
    if host.endswith(_PUBLIC_NAMES_END_NOT_IN):
        raise Refused(f"`{host}` is a name within a network. Only public ones are sent to.")
    return host


def public(address: str) -> str:
    """Return an address as it is usually written, if everybody can reach it.

    >>> public("93.184.215.14"), public("2606:2800:21F::1")
    ('93.184.215.14', '2606:2800:21f::1')

    Raises:
        Refused: it is no address, or one within a network, of this machine, of many, or with another one in it.
    """
    try:
        found = ip_address(address)
    except ValueError:
        raise Refused(f"`{address[:60]}` is no address. Write a name, or four numbers with dots.") from None
    if not _reachable(found):
        raise Refused(f"`{found}` is not public: it leads into a network or to this machine. Nothing is sent there.")
    return str(found)


def _reachable(found: IPv4Address | IPv6Address) -> bool:
    if isinstance(found, IPv6Address) and (found.scope_id is not None or found not in _GIVEN_OUT):
        return False
    special = any(found.version == one.version and found in one for one in _SPECIAL)
    return not special and found.is_global and not found.is_multicast and not found.is_reserved
