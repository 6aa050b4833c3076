"""What stands for a customer's id to those who may not see it: enough to ask on, too little to tell who it is."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from regulars.core.errors import QueryError
from regulars.text.quotes import mask

#: Begins every reference; letters follow, as what masks ids would take digits for somebody's.
_MARK = "ref-"
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
#: References that are remembered.
_MOST = 20_000


class References:
    """Gives out references and remembers whose they are; safe to use from several threads.

    A reference is made with a key, the same each time: whoever holds one can tell no id from it.
    """

    def __init__(self, pseudonym: Callable[[str], str]) -> None:
        self._pseudonym = pseudonym
        self._known: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def of(self, customer_id: str) -> str:
        """Return what stands for an id."""
        found = _MARK + self._pseudonym(f"reference {customer_id}").translate(_LETTERS)
        with self._lock:
            self._known[found] = customer_id
            self._known.move_to_end(found)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return found

    def whose(self, text: str) -> str:
        """Return the id that a reference stands for; whatever is none is an id itself.

        Raises:
            QueryError: it was given out long ago.
        """
        with self._lock:
            if text in self._known:
                return self._known[text]
        if text.startswith(_MARK):
            raise QueryError(f"`{text}` is no longer known here. Ask `at_risk` or a page for a new one.")
        return text

    def put_into(self, part: Any) -> Any:
        """Return plain values in which links to customers whose ids will be masked lead on by reference."""
        if isinstance(part, list):
            return [self.put_into(one) for one in part]
        if not isinstance(part, Mapping):
            return part
        link = part.get("link")
        if "text" in part and isinstance(link, Mapping) and link["personal"] and link["page"] == "customer":
            text = mask(part["text"])
            if text != part["text"]:
                return {"text": text, "link": {**link, "about": self.of(link["about"])}}
        return {name: self.put_into(one) for name, one in part.items()}
