"""What pages of one generation have worked out before: so much of it, that which was used last."""

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from typing import Any

#: Answers that are remembered: whoever asks for ever other customers and weeks fills no memory.
MOST = 64
#: Those that pages of one generation share, such as the courses of 121 KPIs over a year: 1.4 MB.
ASKED = 8


class Remembered(MutableMapping[str, Any]):
    """Answers by name, of which those that were not used for longest are forgotten; for one thread at a time."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held: OrderedDict[str, Any] = OrderedDict()

    def __getitem__(self, name: str) -> Any:
        found = self._held[name]
        self._held.move_to_end(name)
        return found

    def __setitem__(self, name: str, found: Any) -> None:
        self._held[name] = found
        self._held.move_to_end(name)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
