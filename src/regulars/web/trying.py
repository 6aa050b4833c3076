"""Channels in a browser: a button beside each that sends a test."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from regulars.alerts.channel import Line
from regulars.alerts.trying import Trials
from regulars.core.errors import Busy, Refused, RegularsError, UnknownName
from regulars.door.door import Door
from regulars.door.serving import Serving
from regulars.door.visitor import Visitor
from regulars.state import audit
from regulars.web import forms
from regulars.web.forms import Filled
from regulars.web.frame import Frame

#: Name of the page, and of its list.
PAGE, LIST = "watch", "channels"
_TOLD = re.compile(r"test\.([A-Za-z0-9][A-Za-z0-9_-]{0,63})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Trying:
    """The form of channels.

    Attributes:
        door: what surfaces share.
        trials: sends tests.
    """

    door: Door
    trials: Trials = field(default_factory=Trials)
    page: str = PAGE

    def take(self, serving: Serving, asks: Visitor, form: FormData) -> str | Filled:
        """Send a test to a channel; errors as of `Form.take`."""
        if not forms.may(asks):
            raise Refused("Tests are sent to channels by editors and admins who have logged in. Ask one of them.")
        settings, name, at = serving.workspace.settings, str(form.get("channel", "")), self.door.now()

        def note(told: Line) -> None:
            try:
                audit.record(self.door.state, asks.by, "channel.test", name, purpose=f"to {told.address.kind}", at=at)
            except RegularsError as cause:
                # What it says names a file of the server.
                raise Busy("What is sent is written down first, and that cannot be done now.") from cause

        try:
            if name not in settings.channels:
                raise UnknownName("channel", name, settings.channels)
            self.trials.of(settings, name, at, note)
        except RegularsError as error:
            return Filled(faults={"": str(error)}, status=503 if isinstance(error, Busy) else 422)
        return f"test.{name}"

    def just(self, told: str) -> str:
        """Return what was just done."""
        found = _TOLD.fullmatch(told)
        return f"{found[1]} took the test. Look whether it is there." if found else ""

    def beside(
        self, serving: Serving, asks: Visitor, record: Mapping[str, Any], filled: Filled
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """Return the page, with a button beside each channel for who may use it."""
        frame = Frame(views=serving.views, base=self.door.base, asked={})
        names = next((block["rows"] for block in record["blocks"] if block.get("name") == LIST), ())
        form = {
            "list": LIST,
            "label": "Send a test",
            "said": "",
            "held": False,
            "failed": "The test was not taken.",
            "boxes": [
                {"name": "channel", "value": row["name"], "ticked": False, "title": "Send a test"} for row in names
            ],
            "fields": [],
            "acts": [],
        }
        return record, {"form": form if forms.may(asks) else None, "action": frame.address(PAGE, "", record["asked"])}
