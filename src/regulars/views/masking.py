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
    return {**record, "blocks": [notice if lists_customers(block) else block for block in record["blocks"]]}


def lists_customers(block: Mapping[str, Any]) -> bool:
    """Whether the rows of a block are single customers; other blocks may count customers under the same name."""
    return block.get("block") == "grid" and block["customers"] is True


def masked(record: Any) -> Any:
    """Return a page's record with personal words hidden, and ids that are addresses or numbers of people masked.

    Numbers are untouched: they tell of all customers together. Of lists, each customer's own numbers stay, and of what
    records say of them, what is no address of theirs.
    """
    if isinstance(record, Mapping):
        if "personal" in record and isinstance(record["personal"], str):
            return {"personal": HIDDEN}
        if "text" in record and isinstance(to := record.get("link"), Mapping) and to["personal"]:
            return _nobodys(record)
        kept = {**record, "rows": _without_addresses(record["rows"])} if lists_customers(record) else record
        return {name: masked(part) for name, part in kept.items()}
    if isinstance(record, list):
        return [masked(part) for part in record]
    return record


def _nobodys(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell that names a customer, masked: a masked id leads nowhere, as the address would tell it."""
    text, about = mask(cell["text"]), cell["link"]["about"]
    return dict(cell) if text == cell["text"] and mask(about) == about else {"text": text, "link": None}


def _without_addresses(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of single customers without e-mail addresses: those may be attributes of theirs."""
    return [
        {name: mask(cell) if isinstance(cell, str) and "@" in cell else cell for name, cell in row.items()}
        for row in rows
    ]
