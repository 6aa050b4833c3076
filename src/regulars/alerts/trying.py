"""Trying a channel: a message that says no more than that it arrived, sent as all others are."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from regulars.alerts.channel import Line, line
from regulars.alerts.delivering import trial
from regulars.core.egress import Egress
from regulars.core.errors import Busy, RegularsError
from regulars.core.settings import Settings

#: Seconds that somebody in front of a page waits, and that a receiver has to answer.
PATIENCE, _ANSWER = 8.0, 6.0

#: Writes down that a channel is about to be told something; where it raises, nothing is sent.
Note = Callable[[Line], None]


def tell(told: Line, at: datetime, note: Note) -> None:
    """Send a trial to a channel once it is written down.

    Raises:
        RegularsError: it may not be sent to, or nobody took it, and why.
    """
    told.check()
    note(told)
    said = trial(at)
    told.tell([said], said.key.replace(":", "-").replace("+", "-"))


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Trials that nobody waits for longer than some seconds; each channel has one at a time.

    Attributes:
        patience: seconds that are waited.
    """

    patience: float = PATIENCE
    _tried: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, settings: Settings, name: str, at: datetime, note: Note) -> None:
        """Try a channel.

        Raises:
            RegularsError: it was not taken, and why; Busy where it may be taken yet.
        """
        with self._lock:
            if name in self._tried:
                raise Busy(f"A message to `{name}` is on its way already. Try again in a moment.")
            self._tried.add(name)
        errors: list[RegularsError] = []
        # No pool: it would wait at its end for what hangs.
        thread = threading.Thread(target=self._told, args=[settings, name, at, note, errors], daemon=True)
        thread.start()
        thread.join(self.patience)
        if thread.is_alive():
            raise Busy(f"`{name}` has not answered within {self.patience:g} seconds. It may arrive yet: look there.")
        if errors:
            raise errors[0]

    def _told(self, settings: Settings, name: str, at: datetime, note: Note, errors: list[RegularsError]) -> None:
        try:
            tell(line(settings, name, egress=Egress(seconds=_ANSWER)), at, note)
        except RegularsError as error:
            errors.append(error)
        except Exception as fault:
            errors.append(Busy(f"A fault in Regulars ({type(fault).__name__})."))
        finally:
            with self._lock:
                self._tried.discard(name)
