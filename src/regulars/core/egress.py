"""The one way out: whatever is sent to another machine goes through here, to public addresses over TLS alone.

A name is looked up once, every address it has must be public, and it is one of those that is connected to: a name that
means another address a moment later changes nothing. Nobody is followed elsewhere, no proxy is used, and of an answer
only its status counts.
"""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from regulars.core.destination import Destination, public
from regulars.core.errors import Busy, Refused

#: Seconds after which a request ends, however slowly its answer drips.
PATIENCE = 15.0
#: Most bytes of an answer that are read; nobody looks at them.
_MOST = 4096

#: From a name and a port to its addresses.
Resolve = Callable[[str, int], Sequence[str]]
#: From an address, a port and seconds to a connection.
Connect = Callable[[str, int, float], socket.socket]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        wait: seconds after which to come again, as it says; None where it says nothing.
        said: the first of its bytes, for whoever knows what they mean.
    """

    status: int
    wait: float | None
    said: bytes = field(default=b"", repr=False)

    @property
    def taken(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300

    @property
    def later(self) -> bool:
        """Whether it may be taken later as it is."""
        return self.status in (408, 425, 429) or self.status >= 500


def looked_up(name: str, port: int) -> Sequence[str]:
    """Return the addresses that a name has now.

    Raises:
        OSError: it has none, or nobody can be asked.
    """
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def connected(address: str, port: int, seconds: float) -> socket.socket:
    """Return a connection to an address.

    Raises:
        OSError: nobody is there.
    """
    return socket.create_connection((address, port), timeout=seconds)


@dataclass(frozen=True, kw_only=True)
class Egress:
    """How things are sent.

    Attributes:
        resolve: looks names up.
        connect: connects to an address that was checked.
        check: refuses an address that is not public.
        tls: whom to believe that they are who they say.
        seconds: after which a request ends.
    """

    resolve: Resolve = looked_up
    connect: Connect = connected
    check: Callable[[str], str] = public
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    seconds: float = PATIENCE

    def allowed(self, to: Destination) -> Sequence[str]:
        """Return the addresses of a destination, all of them public.

        Raises:
            Refused: one of them is not.
            Busy: the name is not known now.
        """
        found = self._addresses(to)
        try:
            return [self.check(one) for one in found]
        except Refused as cause:
            raise Refused(f"`{to.host}` cannot be sent to: {cause}") from None

    def post(self, to: Destination, body: bytes, headers: Mapping[str, str], *, method: str = "POST") -> Answer:
        """Send something once.

        Raises:
            Refused: it may not be sent there, or whoever answers is not who they should be.
            Busy: nobody answers in time.
        """
        late = threading.Event()
        addresses = self.allowed(to)
        try:
            with self._connection(to, addresses) as connection, self._ending(connection, late):
                answer = _asked(connection, to, body, headers, method)
            if late.is_set():
                raise TimeoutError  # a head that was cut off in time reads as a whole one
            return answer
        except ssl.SSLCertVerificationError:
            raise Refused(
                f"Whoever answers at `{to.host}` does not prove to be it: its certificate is not sound."
            ) from None
        except (OSError, http.client.HTTPException) as cause:
            if late.is_set() or isinstance(cause, TimeoutError):
                raise Busy(f"`{to.host}` did not answer within {self.seconds:g} seconds. Try again later.") from None
            raise Busy(f"`{to.host}` cannot be reached, or does not answer as it should. Try again later.") from None

    def line(self, host: str, port: int) -> socket.socket:
        """Return a plain connection to a host, for what speaks TLS by itself.

        Raises:
            Refused: one of its addresses is not public.
            Busy: the name is not known now, or nobody is there.
        """
        to = Destination(host=host, port=port, target="")
        try:
            return self._reached(to, self.allowed(to))
        except OSError:
            raise Busy(f"`{host}` cannot be reached. Try again later.") from None

    def _addresses(self, to: Destination) -> Sequence[str]:
        """Look a name up, no longer than it is waited for an answer: the system has no limit of its own."""
        found: list[Sequence[str]] = []

        def look() -> None:
            with contextlib.suppress(OSError, UnicodeError):
                found.append(self.resolve(to.host, to.port))

        asking = threading.Thread(target=look, daemon=True)
        asking.start()
        asking.join(self.seconds)
        if not found or not found[0]:
            raise Busy(f"The name `{to.host}` is not known now. Correct it, or try again later.")
        return found[0]

    @contextlib.contextmanager
    def _connection(self, to: Destination, addresses: Sequence[str]) -> Iterator[ssl.SSLSocket]:
        plain = self._reached(to, addresses)
        try:
            plain.settimeout(self.seconds)
            wrapped = self.tls.wrap_socket(plain, server_hostname=to.host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        with wrapped:
            yield wrapped

    def _reached(self, to: Destination, addresses: Sequence[str]) -> socket.socket:
        failed: OSError = OSError("no address")
        for address in addresses[:2]:
            try:
                return self.connect(address, to.port, self.seconds)
            except OSError as cause:
                failed = cause
        raise failed

    @contextlib.contextmanager
    def _ending(self, connection: ssl.SSLSocket, late: threading.Event) -> Iterator[None]:
        """End a connection in time: a time-out of a socket begins again with every byte."""

        def end() -> None:
            late.set()
            with contextlib.suppress(OSError):
                # Not the method of the TLS socket, which takes away what the other thread is reading with.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

        timer = threading.Timer(self.seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _asked(connection: ssl.SSLSocket, to: Destination, body: bytes, headers: Mapping[str, str], method: str) -> Answer:
    connection.do_handshake()
    asking = http.client.HTTPConnection(to.host, to.port)
    asking.sock = connection
    host = f"[{to.host}]" if ":" in to.host else to.host
    own = {"Host": host if to.port == 443 else f"{host}:{to.port}", "User-Agent": "regulars", "Connection": "close"}
    asking.request(method, to.target, body=body, headers={**headers, **own})
    answer = asking.getresponse()
    said = b""
    with contextlib.suppress(OSError, http.client.HTTPException):
        said = answer.read(_MOST)  # so that the other side sees its answer taken
    return Answer(status=answer.status, wait=_seconds(answer.getheader("Retry-After", "")), said=said)


def _seconds(said: str) -> float | None:
    return float(said) if said.isascii() and said.isdigit() and len(said) < 6 else None
