"""A receiver on this machine, at a public address as far as the way out can tell."""

import socket
import ssl
import threading
from contextlib import contextmanager
from pathlib import Path

from regulars.core.egress import Egress

#: A certificate of `hooks.example.com` for tests, with its key.
CERTIFICATE = Path(__file__).with_name("hooks_example.pem")
PUBLIC = "93.184.215.14"


class Receiver:
    """Takes requests one after the other, and answers each with what was given."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.connects = 0
        self.dialled = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(CERTIFICATE)
        self.ended = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                plain, _ = self.listening.accept()
            except OSError:
                return
            self.connects += 1
            try:
                with self.tls.wrap_socket(plain, server_side=True) as one:
                    self.requests.append(self.read(one))
                    self.answers.pop(0)(one, self)
            except OSError:
                continue

    @staticmethod
    def read(one):
        seen = b""
        while b"\r\n\r\n" not in seen:
            seen += one.recv(65536)
        head, _, body = seen.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        said = dict(line.split(": ", 1) for line in lines[1:])
        while len(body) < int(said["Content-Length"]):
            body += one.recv(65536)
        return lines[0], said, body

    def egress(self, *addresses, seconds=5.0, **more):
        """Return a way out to it: names have these addresses, all of which lead here."""

        def connect(address, port, patience):
            self.dialled.append((address, port))
            return socket.create_connection(self.listening.getsockname(), timeout=patience)

        known = {"resolve": lambda _name, _port: list(addresses or (PUBLIC,)), "connect": connect}
        trusted = ssl.create_default_context(cafile=str(CERTIFICATE))
        return Egress(**{**known, "tls": trusted, "seconds": seconds, **more})


@contextmanager
def receiver(*answers):
    found = Receiver(*answers)
    try:
        yield found
    finally:
        found.ended.set()
        found.listening.close()


def says(status, *heads, body=b""):
    """Return an answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *heads]
    content = "\r\n".join([*lines, "", ""]).encode() + body
    return lambda one, _: one.sendall(content)


def hangs(one, server):
    """Never answer."""
    server.ended.wait(20)


def drips(one, server):
    """Answer a byte at a time, for ever: each is in time, the whole never is."""
    one.sendall(b"HTTP/1.1 200 OK\r\n")
    while not server.ended.wait(0.05):
        one.sendall(b"x: y\r\n"[:1])
