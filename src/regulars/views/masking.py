"""Pages for those who may not see who people are: what may tell it is masked, on every surface alike."""

import re
from collections.abc import Mapping
from typing import Any

from regulars.text.quotes import mask

#: Ids that tell who somebody is: addresses, and telephone numbers with a plus or with signs between the digits.
_TELLING = re.compile(r"[@＠]|\+\d{6}|^0\d{8,}$|^\W*\d+(?:[ ()./-]+\d+){2,}\W*$")

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


def masked(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page's record with personal words hidden, and ids that are addresses or numbers of people masked.

    Numbers are untouched: they tell of all customers together. Of lists, each customer's own numbers stay, and of what
    records say of them, what is no address of theirs. Only grids hold words of single customers, or lead to them.
    """
    blocks = [_masked(block) if block["block"] == "grid" else block for block in record["blocks"]]
    return {**record, "blocks": blocks}


def _masked(part: Any) -> Any:
    if isinstance(part, Mapping):
        if "personal" in part and isinstance(part["personal"], str):
            return {"personal": HIDDEN}
        if "text" in part and isinstance(to := part.get("link"), Mapping) and to["personal"]:
            return _nobodys(part)
        kept = {**part, "rows": _without_addresses(part["rows"])} if lists_customers(part) else part
        return {name: _masked(one) for name, one in kept.items()}
    if isinstance(part, list):
        return [_masked(one) for one in part]
    return part


def mask_id(text: str) -> str:
    """Return an id of a customer, masked where it tells who that is; most ids are numbers of nobody's.

    >>> mask_id("C00001234"), mask_id("ann@example.org"), mask_id("+31 6 1234 5678"), mask_id("17850")
    ('C00001234', '[e-mail]', '[number]', '17850')
    """
    return mask(text) if _TELLING.search(text) else text


def _nobodys(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell that names a customer, masked: a masked id leads nowhere, as the address would tell it."""
    text, about = cell["text"], cell["link"]["about"]
    told = mask_id(text) != text or mask_id(about) != about
    return {"text": mask_id(text), "link": None} if told else dict(cell)


def _without_addresses(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of single customers without e-mail addresses: those may be attributes of theirs."""
    return [
        {name: mask(cell) if isinstance(cell, str) and "@" in cell else cell for name, cell in row.items()}
        for row in rows
    ]
