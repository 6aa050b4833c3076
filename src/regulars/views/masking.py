"""Pages for those who may not see who people are: what may tell it is masked, on every surface alike."""

from collections.abc import Mapping
from typing import Any

from regulars.text.quotes import mask

#: What stands in the place of words that may tell who a person is.
HIDDEN = "[personal]"


#: What stands in the place of rows of single customers.
WITHHELD = "Rows of single customers are not shown to you here. Whoever runs this says who may see them."


def without_customers(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page's record without its lists of single customers; each says that it is left out."""
    notice = {"block": "notice", "text": WITHHELD}
    return {**record, "blocks": [notice if block.get("customers") else block for block in record["blocks"]]}


def masked(record: Any) -> Any:
    """Return a page's record with personal words hidden, and ids that are addresses or numbers of people masked.

    Numbers are untouched: they tell of all customers together. Of lists, each customer's own numbers stay.
    """
    if isinstance(record, Mapping):
        if "personal" in record and isinstance(record["personal"], str):
            return {"personal": HIDDEN}
        if "text" in record and isinstance(to := record.get("link"), Mapping) and to["personal"]:
            text = mask(record["text"])
            if text == record["text"]:
                return dict(record)
            # A masked id leads nowhere: the address of the page would tell what is hidden.
            return {"text": text, "link": None}
        return {name: masked(part) for name, part in record.items()}
    if isinstance(record, list):
        return [masked(part) for part in record]
    return record
