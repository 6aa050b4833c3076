"""A mail server on this machine that takes everything over TLS, and keeps what it was told."""

import socket
import ssl
import threading
from contextlib import ExitStack, contextmanager, suppress

from hooks_server import CERTIFICATE


class MailServer:
    """Speaks SMTP with one after the other."""

    def __init__(self, *, tls_first=False, refuses=""):
        self.tls_first, self.refuses = tls_first, refuses
        self.messages, self.said = [], []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(CERTIFICATE)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            with ExitStack() as stack, suppress(OSError):
                stack.enter_context(line)
                self.talk(self.secured(line, stack) if self.tls_first else line, stack)

    def secured(self, line, stack):
        return stack.enter_context(self.tls.wrap_socket(line, server_side=True))

    def talk(self, line, stack):
        file = stack.enter_context(line.makefile("rb"))
        line.sendall(b"220 hello\r\n")
        secure = self.tls_first
        while said := file.readline().decode().strip():
            self.said.append((secure, said))
            word = said.split()[0].upper()
            if self.refuses and word == self.refuses:
                line.sendall(b"550 no " + said.encode() + b"\r\n")
            elif word == "EHLO":
                line.sendall(b"250-here\r\n" + (b"250 AUTH PLAIN\r\n" if secure else b"250 STARTTLS\r\n"))
            elif word == "STARTTLS":
                line.sendall(b"220 go\r\n")
                line, secure = self.secured(line, stack), True
                file = stack.enter_context(line.makefile("rb"))
            elif word == "AUTH":
                line.sendall(b"235 come in\r\n")
            elif word == "DATA":
                line.sendall(b"354 tell\r\n")
                self.messages.append(b"".join(iter(file.readline, b".\r\n")).decode())
                line.sendall(b"250 taken\r\n")
            elif word == "QUIT":
                line.sendall(b"221 bye\r\n")
                return
            else:
                line.sendall(b"250 yes\r\n")


@contextmanager
def mail_server(**how):
    found = MailServer(**how)
    try:
        yield found
    finally:
        found.listening.close()
