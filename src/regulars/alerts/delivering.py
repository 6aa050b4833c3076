"""Delivering what waits in the outbox: each channel on its own, so that none waits for another that hangs."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from regulars.alerts.channel import Line, line
from regulars.core.channel_settings import Channel
from regulars.core.egress import Egress
from regulars.core.errors import Busy, Refused, RegularsError, UnknownName
from regulars.core.message import Message, Tells
from regulars.core.periods import now
from regulars.core.settings import Settings
from regulars.state import outbox, people
from regulars.state.outbox import Parcel, Standing
from regulars.state.store import State

#: Seconds after which no channel is waited for any more, and for which one goes on at most.
DEADLINE = 90.0
#: What was settled is remembered for so long, so that it is not told twice.
KEPT = timedelta(days=400)


@dataclass(kw_only=True)
class Delivered:
    """What became of a channel's letters.

    Attributes:
        channel: name of it.
        sent: letters that were taken.
        dead: letters that are not sent again by themselves.
        trouble: why it went no further; "" where nothing waits any more, or it is quiet.
        quiet: whether nothing is sent now.
        late: whether it hangs.
    """

    channel: str
    sent: int = 0
    dead: int = 0
    trouble: str = ""
    quiet: bool = False
    late: bool = True


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How the outbox is emptied.

    Attributes:
        settings: of the company.
        state: holds the outbox.
        environment: holds the addresses of channels.
        egress: the way out.
        clock: tells the present instant.
        deadline: seconds after which no channel is waited for.
    """

    settings: Settings
    state: State
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    egress: Egress | None = field(default=None, repr=False)
    clock: Callable[[], datetime] = now
    deadline: float = DEADLINE

    def deliver(self, *, among: Sequence[str] | None = None) -> list[Delivered]:
        """Send what waits, channel by channel at the same time; return what became of each.

        Whoever hangs is left behind when the deadline is over: its letters come free again by themselves.
        """
        outbox.forget(self.state, before=self.clock() - KEPT)
        waiting = outbox.counts(self.state)
        names = [name for name in self.settings.channels if among is None or name in among]
        found = [Delivered(channel=name, late=Standing.WAITING in waiting.get(name, {})) for name in names]
        # No pool: it would wait at the end for what hangs.
        threads = [threading.Thread(target=self._channel, args=[one], daemon=True) for one in found if one.late]
        end = monotonic() + self.deadline
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(end - monotonic(), 0.0))
        for one in found:
            if one.late:
                one.trouble = f"It did not answer within {self.deadline:g} seconds. What waits is tried again later."
        return found

    def _channel(self, found: Delivered) -> None:
        try:
            self._emptied(found, self.settings.channels[found.channel])
        except RegularsError as error:
            found.trouble = str(error)
        except Exception as fault:
            found.trouble = _fault(fault)
        found.late = False

    def _emptied(self, found: Delivered, channel: Channel) -> None:
        end, zone = monotonic() + self.deadline, self.settings.company.time_zone
        while monotonic() < end:
            at = self.clock()
            if channel.is_quiet(at, zone):
                found.quiet = True
                return
            before = None if channel.gathers is None else channel.gathers.latest(at, zone)
            try:
                told = line(self.settings, found.channel, self.environment, self.egress)
            except RegularsError as error:
                outbox.held_up(self.state, found.channel, str(error))
                raise
            parcel = outbox.take(self.state, found.channel, at=at, before=before)
            if parcel is None:
                return
            if not self._sent(found, told, parcel):
                return

    def _sent(self, found: Delivered, told: Line, parcel: Parcel) -> bool:
        """Send a parcel and write down what became of it; return whether the next one may follow."""
        try:
            self._allowed(parcel)
            told.tell([one.message for one in parcel.letters], parcel.key, parcel.enclosed)
        except Exception as error:
            # A fault counts as a try, too: a letter that cannot be written must not keep those behind it for ever.
            known = isinstance(error, RegularsError)
            found.trouble = str(error) if known else _fault(error)
            final = known and not isinstance(error, Busy)
            dead = outbox.failed(self.state, parcel, found.trouble, at=self.clock(), final=final)
            found.dead += len(parcel.letters) if dead else 0
            return dead
        outbox.delivered(self.state, parcel, at=self.clock())
        found.sent += len(parcel.letters)
        return True

    def _allowed(self, parcel: Parcel) -> None:
        """Refuse a file whose receiver has lost rights since it was made: it may have waited for days."""
        rights = None if parcel.enclosed is None else parcel.enclosed.rights
        if rights is None:
            return
        try:
            person = people.find(self.state, rights.name)
        except UnknownName:
            person = None
        if not rights.hold(person):
            raise Refused(
                f"`{rights.name}` has lost rights since this file was made, and is not sent it. Drop it "
                "(`regulars outbox drop`); the next one is made with the rights that they have then."
            )


def _fault(error: Exception) -> str:
    """Return what is said of a fault: its own words may hold the address."""
    return f"A fault in Regulars ({type(error).__name__})."


def ready(settings: Settings, state: State, *, at: datetime) -> list[str]:
    """Return the channels that something is to be sent to now: looked at often, so nothing is sent by looking."""
    zone, waiting = settings.company.time_zone, outbox.counts(state)
    found = []
    for name, channel in settings.channels.items():
        if Standing.WAITING not in waiting.get(name, {}) or channel.is_quiet(at, zone):
            continue
        before = None if channel.gathers is None else channel.gathers.latest(at, zone)
        if outbox.ready(state, name, at=at, before=before):
            found.append(name)
    return found


def trial(at: datetime) -> Message:
    """Return a message that says no more than that it arrived."""
    return Message(
        tells=Tells.TRIAL,
        key=f"trial:{at.isoformat()}",
        title="Messages arrive here",
        text="Somebody tries whether messages of Regulars arrive. There is nothing to do.",
    )
