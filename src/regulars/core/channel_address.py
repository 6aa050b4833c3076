"""Addresses of channels, as they stand in the environment: read here, so that nothing leads back into the network.

What is wrong with one is said without it: an address of a channel is a secret.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from regulars.core.destination import HTTPS, Destination, destination, host_of
from regulars.core.errors import Refused

#: What may be written, for messages.
ALLOWED = (
    "`mailtos://user:password@example.com` (mail over TLS), `slack://` or the address that Slack gives, `workflows://` "
    "or the address that Teams gives, `discord://` or the address that Discord gives, and `https://` of a webhook that "
    "takes JSON"
)
#: Ports of mail that is sent over TLS: from the first byte (RFC 8314), or after STARTTLS (RFC 6409).
_MAIL_PORTS = (465, 587)
#: What may be asked beside the address; whatever reads files, fetches something or lowers guards is left out.
_ASKED = {
    "mailtos": frozenset({"smtp", "from", "name", "to", "cc", "bcc", "reply", "mode"}),
    "slack": frozenset({"footer"}),
    "workflows": frozenset({"pa", "powerautomate", "route", "ver", "api-version", "sp", "sv", "sig"}),
    "discord": frozenset({"thread"}),
}
_MODES = ("ssl", "starttls")
#: What stands in the place of a host where the service is one: tokens, ids and channels of it.
_TOKENS = re.compile(r"(?:[\w.-]+@)?[\w-]+(?:/[#@+]?[\w-]+)*/?")
#: Addresses as these services give them out, by what they are.
_NATIVE = {
    "slack": re.compile(r"https://hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[\w/-]+"),
    "discord": re.compile(r"https://discord(?:app)?\.com/api/webhooks/\d+/[\w-]+(?:\?thread_id=\d+)?"),
    "workflows": re.compile(
        r"https://[a-z0-9.-]+\.(?:logic\.azure\.com|api\.powerplatform\.com)(?::443)?/[\w/-]*workflows/[\w-]+/"
        r"triggers/manual/paths/invoke/?\?[\w=&%.-]+"
    ),
}


class Kind(StrEnum):
    """What receives."""

    MAIL = "mail"
    SLACK = "slack"
    TEAMS = "teams"
    DISCORD = "discord"
    WEBHOOK = "webhook"


_KINDS = {"mailtos": Kind.MAIL, "slack": Kind.SLACK, "workflows": Kind.TEAMS, "discord": Kind.DISCORD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a channel leads, as far as it can be told without asking anybody.

    Attributes:
        kind: what receives.
        url: the address itself.
        hosts: that may be connected to; of mail, those that are written: a provider's own server may come beside.
        to: of a webhook, where it is posted.
    """

    kind: Kind
    url: str = field(repr=False)
    hosts: tuple[str, ...] = field(default=(), repr=False)
    to: Destination | None = field(default=None, repr=False)


def address(url: str) -> Address:
    """Read the address of a channel; nothing is connected to or looked up.

    Raises:
        Refused: it is not written as it should be, or leads to what is not public; the message does not repeat it.
    """
    if not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url) or len(url) > 2000:
        raise Refused("It holds signs that addresses do not have, or is too long.")
    for name, pattern in _NATIVE.items():
        if pattern.fullmatch(url):
            return Address(kind=_KINDS[name], url=url)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise Refused(f"It is no address. These are sent to: {ALLOWED}.") from None
    if parts.scheme == "https":
        return Address(kind=Kind.WEBHOOK, url=url, to=_webhook(url))
    if parts.scheme not in _KINDS:
        raise Refused(f"Addresses of this kind are not sent to. These are: {ALLOWED}.")
    _asked(parts)
    if parts.scheme in ("slack", "discord") and not _TOKENS.fullmatch(f"{parts.netloc}{parts.path}"):
        raise Refused("It holds more than the tokens that the service gives. Copy it again from where it was given.")
    hosts = _mail(parts) if parts.scheme == "mailtos" else _teams(parts) if parts.scheme == "workflows" else ()
    return Address(kind=_KINDS[parts.scheme], url=url, hosts=hosts)


def _webhook(url: str) -> Destination:
    try:
        return destination(url)
    except Refused:
        raise Refused(
            "A webhook needs `https` with port 443, a full public name and no name or password in its address; nothing "
            "within a network is sent to."
        ) from None


def _asked(parts: SplitResult) -> None:
    allowed = _ASKED[parts.scheme]
    # Names may stand between blanks or signs that say what kind they are, which are no part of these.
    unknown = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if name not in allowed]
    if unknown or parts.fragment or ";" in parts.query:
        raise Refused(f"It asks for more than an address of this kind may: {', '.join(sorted(allowed))}.")


def _mail(parts: SplitResult) -> tuple[str, ...]:
    said = dict(parse_qsl(parts.query))
    if said.get("mode", "starttls") not in _MODES:
        raise Refused("Mail is sent over TLS alone: `mode` is `starttls` or `ssl`.")
    if parts.port is not None and parts.port not in _MAIL_PORTS:
        raise Refused("Mail is sent over TLS alone: to port 587 (`mode=starttls`) or 465 (`mode=ssl`).")
    hosts = tuple(dict.fromkeys(_full(one) for one in (parts.hostname or "", said.get("smtp", "")) if one))
    if not hosts:
        raise Refused("It names no server. Write it as `mailtos://user:password@example.com?smtp=mail.example.com`.")
    return hosts


def _teams(parts: SplitResult) -> tuple[str, ...]:
    if parts.port not in (None, HTTPS) or "@" in parts.netloc:
        raise Refused("An address of Teams has port 443, and no name or password.")
    return (_full(parts.hostname or ""),)


def _full(host: str) -> str:
    try:
        return host_of(unquote(host).lower(), bracketed=":" in host)
    except Refused:
        raise Refused(
            "Its server is no full name, such as `mail.example.com`, or lies within a network: nothing is sent there."
        ) from None
