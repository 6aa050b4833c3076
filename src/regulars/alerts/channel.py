"""Channels: messages on their way to a mail server, Slack, Teams, Discord or a webhook."""

import base64
import mimetypes
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from regulars.alerts import written
from regulars.alerts.answers import refusal
from regulars.core.channel_address import Address, Kind, address
from regulars.core.channel_settings import Channel
from regulars.core.destination import Destination
from regulars.core.egress import Egress
from regulars.core.errors import Busy, Refused, SettingsError, StoreError, UnknownName
from regulars.core.message import Message
from regulars.core.settings import Settings
from regulars.state.outbox import Enclosed

#: What takes files along.
TAKES_FILES = frozenset({Kind.MAIL, Kind.DISCORD, Kind.WEBHOOK})
_SERVICES = {Kind.MAIL: "email", Kind.SLACK: "slack", Kind.TEAMS: "workflows", Kind.DISCORD: "discord"}
#: Where text is text. Cards of Teams would show the signs by which it is marked as such, and break links.
_FORMATS = {Kind.MAIL: "text", Kind.SLACK: "text", Kind.TEAMS: "markdown", Kind.DISCORD: "text"}
#: Names that services have anyway, besides what an address holds.
_OWN_HOSTS = {Kind.SLACK: "hooks.slack.com", Kind.DISCORD: "discord.com"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A channel that can be told something.

    Attributes:
        name: of the channel.
        settings: what the company says of it.
        company: whose messages these are.
        address: where it leads.
        egress: the way out.
    """

    name: str
    settings: Channel
    company: str
    address: Address = field(repr=False)
    egress: Egress = field(default_factory=Egress, repr=False)

    def check(self) -> None:
        """Look whether it may be sent to now; nothing is connected to.

        Raises:
            Refused: a name leads to an address that is not public, or the service does not know the address.
            Busy: a name is not known now.
            StoreError: apprise is not installed.
        """
        if self.address.to is not None:
            self._allowed(self.address.to)
            return
        service = self._service()
        named = [service.smtp_host] if self.address.kind is Kind.MAIL else [*self.address.hosts]
        for host in named or [_OWN_HOSTS.get(self.address.kind, "")]:
            if host:
                self._allowed(Destination(host=host, port=0, target=""))

    def _allowed(self, to: Destination) -> None:
        try:
            self.egress.allowed(to)
        except Refused:
            raise Refused(
                f"Channel `{self.name}` leads to an address that is not public. Nothing is sent there."
            ) from None
        except Busy:
            raise Busy(f"The name that channel `{self.name}` leads to is not known now. Try again later.") from None

    def tell(self, messages: Sequence[Message], key: str, enclosed: Enclosed | None = None) -> None:
        """Send messages as one, once.

        Raises:
            Refused: they may not be sent there.
            DataError: they are not taken, and never will be as they are.
            Busy: nobody took them in time.
            StoreError: apprise is not installed.
        """
        if self.address.to is not None:
            self._posted(self.address.to, messages, key, enclosed)
        else:
            self._notified(messages, key, enclosed)

    def _posted(self, to: Destination, messages: Sequence[Message], key: str, enclosed: Enclosed | None) -> None:
        body = written.content(self.company, key, messages, self.settings.pages, _file(enclosed))
        answer = self.egress.post(to, body, {"Content-Type": "application/json", "Idempotency-Key": key})
        if not answer.taken:
            raise refusal(answer)

    def _notified(self, messages: Sequence[Message], key: str, enclosed: Enclosed | None) -> None:
        from regulars.alerts.through import sending

        service = self._service()
        title = written.title(self.company, messages)
        text = written.text(messages, self.settings.pages, most=max(service.body_maxlen - len(title) - 20, 0))
        files = None if enclosed is None else [_attached(enclosed)]
        with sending(self.egress, key) as now:
            taken = service.notify(
                body=text,
                title=title,
                notify_type=_look(messages),
                body_format=_FORMATS[self.address.kind],
                attach=files,
            )
        if not taken:
            raise now.errors[0] if now.errors else Busy(f"`{self.name}` did not take it. Try again later.")

    def _service(self) -> Any:
        """Return the service of apprise that this is sent by."""
        try:
            from regulars.alerts.through import service
        except ModuleNotFoundError as cause:
            if (cause.name or "").startswith("regulars"):
                raise
            raise StoreError(f"{cause.name} is not installed. Run `pip install 'regulars[notify]'`.") from None
        found = service(_SERVICES[self.address.kind], self.address.url)
        if found is None:
            raise Refused(
                f"The address of channel `{self.name}` is not complete. Copy it again from where it was given."
            )
        if self.address.hosts and found.host.lower() not in self.address.hosts:
            raise Refused(
                f"The address of channel `{self.name}` can be read in two ways. Encode signs in its password."
            )
        return found


def line(
    settings: Settings, name: str, environment: Mapping[str, str] = os.environ, egress: Egress | None = None
) -> Line:
    """Return a channel of the settings; nothing is connected to or looked up.

    Raises:
        UnknownName: there is no such channel.
        SettingsError: its address is not set.
        Refused: its address may not be sent to.
    """
    if name not in settings.channels:
        raise UnknownName("channel", name, settings.channels)
    said = settings.channels[name]
    url = environment.get(said.url_env, "").strip()
    if not url:
        raise SettingsError(f"`{said.url_env}` is not set: it holds the address of channel `{name}`. Set it.")
    try:
        where = address(url)
    except Refused as cause:
        raise Refused(f"What `{said.url_env}` holds cannot be the address of channel `{name}`. {cause}") from None
    company = settings.company.name
    return Line(name=name, settings=said, company=company, address=where, egress=egress or Egress())


def _look(messages: Sequence[Message]) -> str:
    """Return what a message looks like, in apprise's words."""
    told = {one.bad for one in messages}
    return "warning" if True in told else "success" if told == {False} else "info"


def _file(enclosed: Enclosed | None) -> dict[str, Any] | None:
    if enclosed is None:
        return None
    content = base64.b64encode(enclosed.content).decode()
    return {"name": enclosed.name, "content": content, "encoding": "base64"}


def _attached(enclosed: Enclosed) -> Any:
    from apprise.attachment.memory import AttachMemory

    kind = mimetypes.guess_type(enclosed.name)[0] or "application/octet-stream"
    return AttachMemory(content=enclosed.content, name=enclosed.name, mimetype=kind)
