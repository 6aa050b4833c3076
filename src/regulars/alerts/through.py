"""What apprise sends leaves by `core/egress.py` alone.

Apprise has its own ways out, `requests` and `smtplib`, which follow redirects, use proxies and connect to whatever a
name means. Its services are given these in their place. And while something is sent, this process connects to nothing
that the one way out did not check: what would go around it is stopped by the interpreter itself (PEP 578).
"""

import contextlib
import contextvars
import importlib
import logging
import pkgutil
import re
import smtplib
import socket
import ssl
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import requests

from regulars.alerts.answers import refusal
from regulars.core.destination import destination
from regulars.core.egress import Answer, Connect, Egress
from regulars.core.errors import Busy, DataError, Refused, RegularsError

with warnings.catch_warnings():
    # It imports what newer versions of Python say is on its way out.
    warnings.simplefilter("ignore", DeprecationWarning)
    import apprise

#: Services of apprise that are sent by, and what of each leaves the machine.
SERVICES = ("slack", "workflows", "discord", "email")
_PACKAGE = "apprise.plugins"
#: Seconds that a conversation with a mail server may take in all.
_CONVERSATION = 45.0
#: How a machine introduces itself that has no name (RFC 5321, 4.1.3).
_NO_NAME = "[127.0.0.1]"
#: What is stopped while something is sent: connecting, and asking for names.
_OUTWARD = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")
_MESSAGE_ID = re.compile(r"^Message-ID:.*(?:\r?\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
#: From here on an answer of a mail server is final (RFC 5321, 4.2.1).
_FINAL = 500


@dataclass
class Sending:
    """What is being sent in this thread.

    Attributes:
        egress: the way out.
        key: by which the receiver knows it again.
        errors: what went wrong, the first first: apprise says no more than that something did.
    """

    egress: Egress
    key: str
    errors: list[RegularsError] = field(default_factory=list)


_sending: contextvars.ContextVar[Sending | None] = contextvars.ContextVar("_sending", default=None)
_checked: contextvars.ContextVar[bool] = contextvars.ContextVar("_checked", default=False)


@contextlib.contextmanager
def sending(egress: Egress, key: str) -> Iterator[Sending]:
    """Let what apprise sends in this thread leave by a way out."""
    _guard()
    found = Sending(egress=replace(egress, connect=_marked(egress.connect)), key=key)
    before = _sending.set(found)
    try:
        yield found
    finally:
        _sending.reset(before)


def _marked(connect: Connect) -> Connect:
    def connected(address: str, port: int, seconds: float) -> socket.socket:
        before = _checked.set(True)
        try:
            return connect(address, port, seconds)
        finally:
            _checked.reset(before)

    return connected


@cache
def _guard() -> None:
    # Bound here: when the interpreter ends, names of modules go before hooks do.
    outward, inside, allowed = frozenset(_OUTWARD), _sending, _checked

    def stop(event: str, _args: object) -> None:
        if event in outward and inside.get() is not None and not allowed.get():
            raise PermissionError("Nothing is sent but by the one way out.")

    sys.addaudithook(stop)


def _now() -> Sending:
    found = _sending.get()
    if found is None:
        raise Refused("Nothing is sent but by the one way out.")
    return found


class Requests:
    """Stands in the place of `requests` where apprise sends over HTTP."""

    codes = requests.codes
    RequestException = requests.RequestException
    exceptions = requests.exceptions
    Timeout = requests.Timeout

    @staticmethod
    def request(method: str, url: str, **said: Any) -> requests.Response:
        """Send something; of what is said beside the content, only that which shapes it counts."""
        shaping = {name: said[name] for name in ("params", "data", "json", "files", "headers") if said.get(name)}
        ready = requests.Request(method.upper(), url, **shaping).prepare()
        now = _now()
        try:
            answer = now.egress.post(
                destination(str(ready.url).split("#")[0]),
                _bytes(ready.body),
                {**{name: str(value) for name, value in ready.headers.items()}, "Idempotency-Key": now.key},
                method=str(ready.method),
            )
        except (Refused, Busy) as error:
            now.errors.append(error)
            raise requests.ConnectionError(str(error)) from None
        if not answer.taken:
            now.errors.append(refusal(answer))
        return _response(answer, str(ready.url))

    @classmethod
    def post(cls, url: str, **said: Any) -> requests.Response:
        """Send something by POST."""
        return cls.request("post", url, **said)

    @classmethod
    def get(cls, url: str, **said: Any) -> requests.Response:
        """Ask for something."""
        return cls.request("get", url, **said)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()


def _response(answer: Answer, url: str) -> requests.Response:
    found = requests.Response()
    found.status_code, found.url = answer.status, url
    found._content = answer.said
    return found


class _Mail:
    """What both ways to talk to a mail server share: connections that were checked, TLS that is proved, an end."""

    sock: Any
    _ending: threading.Timer | None = None

    def __init__(self, host: str, port: int, _own_name: object = None, **said: Any) -> None:
        # What this machine is called inside its network is nobody else's business.
        super().__init__(host, port, _NO_NAME, **said)  # type: ignore[call-arg]

    def _plain(self, host: str, port: int) -> socket.socket:
        now = _now()
        try:
            line = now.egress.line(host, port)
        except (Refused, Busy) as error:
            now.errors.append(error)
            raise OSError(str(error)) from None
        line.settimeout(now.egress.seconds)
        self._ending = threading.Timer(_CONVERSATION, _cut, [line])
        self._ending.daemon = True
        self._ending.start()
        return line

    def sendmail(self, from_addr: str, to_addrs: Any, msg: Any, *rest: Any, **more: Any) -> Any:
        """Send a message under the key by which it is known again."""
        host = from_addr.rpartition("@")[2] or "regulars.invalid"
        named = _MESSAGE_ID.sub(f"Message-ID: <{_now().key}@{host}>", msg, count=1)
        return self._told(super().sendmail, from_addr, to_addrs, named, *rest, **more)  # type: ignore[misc]

    def login(self, *said: Any, **more: Any) -> Any:
        """Log in."""
        return self._told(super().login, *said, **more)  # type: ignore[misc]

    def starttls(self, *_said: Any, **_more: Any) -> Any:
        """Speak TLS from here on, with whoever proves to be the server, whatever the address says of proofs."""
        return self._told(super().starttls, context=_now().egress.tls)  # type: ignore[misc]

    def _told(self, what: Any, *said: Any, **more: Any) -> Any:
        try:
            return what(*said, **more)
        except (smtplib.SMTPException, OSError) as cause:
            _now().errors.append(_of_mail(cause))
            raise

    def close(self) -> None:
        """Hang up."""
        if self._ending is not None:
            self._ending.cancel()
        super().close()  # type: ignore[misc]


def _cut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _of_mail(cause: Exception) -> RegularsError:
    """Return what a mail server means, without what it says: it may repeat what it was told."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Refused("The mail server does not prove to be it: its certificate is not sound.")
    if isinstance(cause, smtplib.SMTPNotSupportedError):
        return DataError("The mail server offers no TLS, or no way to log in. Nothing is sent without.")
    if isinstance(cause, smtplib.SMTPAuthenticationError):
        return DataError("The mail server does not take the name and password. Correct the address of the channel.")
    codes = (
        [code for code, _ in cause.recipients.values()]
        if isinstance(cause, smtplib.SMTPRecipientsRefused)
        else [int(getattr(cause, "smtp_code", 0))]
    )
    if codes and min(codes) >= _FINAL:
        return DataError(f"The mail server does not take it: it says {min(codes)}. Look at its receivers.")
    return Busy("The mail server did not take it now. Try again later.")


class Smtp(_Mail, smtplib.SMTP):
    """A conversation that turns to TLS before anything is told."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._plain(host, port)


class SmtpTls(_Mail, smtplib.SMTP_SSL):
    """A conversation over TLS from its first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = self._plain(host, port)
        wrapped: socket.socket = self._told(_now().egress.tls.wrap_socket, line, server_hostname=host)
        return wrapped


_SMTPLIB = SimpleNamespace(**{**vars(smtplib), "SMTP": Smtp, "SMTP_SSL": SmtpTls})

#: What stands in the place of apprise's own ways out.
_OWN = {"requests": Requests, "smtplib": _SMTPLIB}


@cache
def services() -> dict[str, ModuleType]:
    """Return the services of apprise by name, their ways out replaced.

    Raises:
        ModuleNotFoundError: apprise is not installed.
    """
    # Its messages hold addresses with their secrets.
    logging.getLogger("apprise").disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = {name: importlib.import_module(f"{_PACKAGE}.{name}") for name in SERVICES}
        inside = [
            importlib.import_module(info.name)
            for one in found.values()
            for info in pkgutil.iter_modules(getattr(one, "__path__", ()), f"{one.__name__}.")
        ]
    for one in (*found.values(), *inside):
        vars(one).update({way: own for way, own in _OWN.items() if way in vars(one)})
    return found


def service(name: str, url: str) -> Any:
    """Return a service of apprise for an address that was read before; None where it is not complete.

    Nothing is kept on disk, nothing of apprise's own is told, and its pauses are left to the outbox.
    """
    module = services()[name]
    kind = next(one for one in vars(module).values() if _is_service(one, module.__name__))
    read = kind.parse_native_url(url) if url.startswith("https:") else kind.parse_url(url)
    if not read:
        return None
    asset = apprise.AppriseAsset(
        app_id="Regulars", app_desc="Regulars", app_url="", storage_mode="memory", async_mode=False
    )
    asset.image_url_mask = asset.image_url_logo = ""
    try:
        found = kind(**{**read, "asset": asset})
    except TypeError:
        return None
    found.request_rate_per_sec = 0
    return found


def _is_service(one: object, module: str) -> bool:
    return isinstance(one, type) and issubclass(one, apprise.NotifyBase) and one.__module__.startswith(module)
