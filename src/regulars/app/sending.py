"""Sending audiences to addresses of `[webhooks]`: signed, in batches, at least once, after it was written down."""

import hmac
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import orjson

from regulars.app import handing_out
from regulars.app.handing_out import Handout
from regulars.app.workspace import Workspace
from regulars.core.egress import Answer, Egress
from regulars.core.errors import Busy, DataError, Refused, SettingsError, UnknownName
from regulars.core.periods import now
from regulars.core.sharing_settings import Webhook
from regulars.core.wording import counted
from regulars.state import audit
from regulars.state.audit import By
from regulars.state.store import State

#: Seconds before what was not taken is sent again, once each.
WAITS = (1.0, 4.0, 16.0)
#: Most seconds that a receiver can ask for.
_LONGEST = 60.0
#: Signs below which a secret can be tried out.
_SECRET = 16


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Customers that are sent at once.

    Attributes:
        body: JSON.
        key: tells it from every other one, and is the same if it is sent again.
        rows: how many customers.
    """

    body: bytes
    key: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Sends to one address.

    Attributes:
        name: of the address.
        webhook: what the company says of it.
        secret: signs what is sent.
        egress: the way out.
        pause: waits so many seconds.
    """

    name: str
    webhook: Webhook
    secret: bytes = field(repr=False)
    egress: Egress = field(default_factory=Egress)
    pause: Callable[[float], None] = time.sleep

    def check(self) -> None:
        """Look whether something may be sent there now; nothing is.

        Raises:
            Refused: the name leads to an address that is not public.
            Busy: the name is not known now.
        """
        self.egress.allowed(self.webhook.to)

    def deliver(self, batch: Batch) -> None:
        """Send a batch until it is taken, a few times.

        Raises:
            Refused: it may not be sent there.
            DataError: it is not taken, and never will be as it is.
            Busy: nobody took it in time.
        """
        for wait in WAITS:
            try:
                answer = self._sent(batch)
            except Busy:
                self.pause(wait)
                continue
            if answer.taken:
                return
            self._final(answer)
            self.pause(min(max(wait, answer.wait or 0.0), _LONGEST))
        answer = self._sent(batch)
        if not answer.taken:
            self._final(answer)
            raise Busy(f"`{self.name}` says {answer.status}, {len(WAITS) + 1} times. Try again later.")

    def _sent(self, batch: Batch) -> Answer:
        return self.egress.post(self.webhook.to, batch.body, headers(batch, self.secret, at=int(now().timestamp())))

    def _final(self, answer: Answer) -> None:
        if answer.later:
            return
        if 300 <= answer.status < 400:
            raise DataError(f"`{self.name}` says to go elsewhere ({answer.status}). Nobody is followed: correct `url`.")
        raise DataError(f"`{self.name}` does not take it: it says {answer.status}. Look what it expects.")


def headers(batch: Batch, secret: bytes, *, at: int) -> dict[str, str]:
    """Return what a batch is sent with: signed with when it is sent, so that it cannot be sent again much later.

    The signature is HMAC-SHA256 of the seconds since 1970, a dot, and the body.
    """
    signed = hmac.digest(secret, b"%d." % at + batch.body, "sha256").hex()
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": batch.key,
        "Regulars-Timestamp": str(at),
        "Regulars-Signature": f"v1={signed}",
    }


def sender(workspace: Workspace, name: str, environment: Mapping[str, str] = os.environ) -> Sender:
    """Return what sends to an address of the settings.

    Raises:
        UnknownName: there is no such address.
        SettingsError: its secret is not set, or too short.
    """
    known = workspace.settings.webhooks
    if name not in known:
        raise UnknownName("address to send to", name, known)
    variable = known[name].secret_env
    secret = environment.get(variable, "")
    if len(secret) < _SECRET:
        why = "is not set" if not secret else f"is shorter than {_SECRET} signs"
        raise SettingsError(
            f"`{variable}` {why}: what is sent to `{name}` is signed with it. Set it in the environment to what "
            "`openssl rand -hex 32` draws, and tell the receiver."
        )
    return Sender(name=name, webhook=known[name], secret=secret.encode())


def batches(handout: Handout, size: int) -> Iterator[Batch]:
    """Yield what is sent, one after the other: the same customers make the same batches."""
    rows = handout.rows
    of = -(-len(rows) // size)
    for number in range(of):
        chosen = rows[number * size : (number + 1) * size]
        said = {"audience": handout.stamp, "batch": number + 1, "batches": of, "members": chosen}
        body = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        yield Batch(body=body, key=sha256(body).hexdigest()[:32], rows=len(chosen))


def send(state: State, by: By, handout: Handout, to: Sender) -> int:
    """Send an audience; return in how many batches.

    Raises:
        Refused, DataError, Busy: as `Sender.deliver`; what was delivered before stands in the message and in the log.
        StoreError: the audit log cannot be written, so nothing is sent.
    """
    to.check()
    where = f"webhook {to.name} ({to.webhook.to.host})"
    handing_out.written_down(state, by, handout, "audience.send", where)
    delivered = count = 0
    try:
        for batch in batches(handout, to.webhook.batch):
            to.deliver(batch)
            delivered, count = delivered + batch.rows, count + 1
    except (Refused, DataError, Busy) as error:
        _ended(state, by, handout, where, delivered, result=f"{error.code}: not all was delivered")
        raise type(error)(
            f"{error} Delivered: {counted(delivered, 'customer')} of {len(handout.rows):,}. Sent again, what was "
            "delivered is known by its `Idempotency-Key`."
        ) from None
    _ended(state, by, handout, where, delivered, result="done")
    return count


def _ended(state: State, by: By, handout: Handout, where: str, delivered: int, *, result: str) -> None:
    name = handout.audience.name
    audit.record(state, by, "audience.sent", name, purpose=f"to {where}", rows=delivered, result=result, at=now())
