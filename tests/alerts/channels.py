"""What tests of channels share: settings with channels, messages, and a way out that leads to servers here."""

import socket
import ssl

from hooks_server import PUBLIC
from regulars.core.egress import Egress
from regulars.core.message import Message, Tells
from regulars.core.settings import Settings

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
SLACK_NATIVE = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = "workflows://prod-1.westeurope.logic.azure.com/643e69f83c8944/iCvF2pJ6JfC9RmVjyb3"
TEAMS_NATIVE = (
    "https://prod-1.westeurope.logic.azure.com:443/workflows/643e69f83c8944/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=iCvF2pJ6JfC9RmVjyb3"
)
DISCORD = "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz"
HOOK = "https://hooks.example.com/secret-of-the-hook"
MAIL = "mailtos://anna:hidden-word@hooks.example.com/ben@example.org?smtp=hooks.example.com&from=regulars@example.com"
EVERY = {"slack": SLACK, "teams": TEAMS, "discord": DISCORD, "webhook": HOOK, "mail": MAIL}


def settings(**channels):
    """Return settings with channels by name; each has its address in a variable of that name."""
    said = {name: {"url_env": name.upper(), **more} for name, more in channels.items()}
    return Settings.model_validate(
        {"company": {"name": "Shop", "currency": "EUR", "time_zone": "Europe/Amsterdam"}, "channels": said}
    )


def message(key="k", **more):
    said = {"title": "Revenue fell", "text": "By 4 % (2 to 6).", "facts": (("n", "1,200"),), "bad": True}
    return Message(tells=Tells.ALERT, key=key, **{**said, **more})


def leading_to(server, *addresses, names=None, **more):
    """Return a way out: names have these addresses, and whatever is public leads to `server`, whoever it says it is."""
    server.dialled = []

    def connect(address, port, patience):
        server.dialled.append((address, port))
        return socket.create_connection(server.listening.getsockname(), timeout=patience)

    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    known = {"resolve": lambda _name, _port: list(addresses or (PUBLIC,)), "connect": connect, "tls": anybody}
    return Egress(**{**known, "seconds": 5.0, **more})
