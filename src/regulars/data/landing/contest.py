"""Two rows with one key: which one counts. The answer depends on the rows alone, never on the order they came in."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.data.store import BOOKKEEPING

_UNIT = "\x1f"
_NOTHING = "\x02"


def content(rows: ir.Table, columns: Sequence[str]) -> ir.StringValue:
    """Return everything that `columns` say as one text; two rows say the same where the texts are equal."""
    return ibis.literal(_UNIT).join([rows[name].cast("string").fill_null(_NOTHING) for name in sorted(columns)])


def losers(rows: ir.Table, key: Sequence[str], identity: Sequence[str], ties: Sequence[str]) -> ir.Table:
    """Return the rows that another row with the same key beats: latest known wins, then a fixed order of content.

    Args:
        rows: rows with `recorded_at`; those without a whole key are in no contest.
        key: columns that identify what a row is about.
        identity: columns that identify the row itself.
        ties: columns that put rows of the same content in order, so that the winner is always the same row.

    Returns:
        `identity`, `key`, and `repeated`: whether the row says just what the winner says.
    """
    whole = rows.filter([rows[name].notnull() for name in key])
    several = whole.group_by(key).aggregate(_rows=_.count()).filter(_._rows > 1).drop("_rows")
    told = [name for name in rows.columns if name not in BOOKKEEPING and name not in identity and name not in ties]
    contested = whole.semi_join(several, list(key))
    contested = contested.mutate(_content=content(contested, told))
    window = ibis.window(
        group_by=list(key),
        order_by=[ibis.desc("recorded_at", nulls_first=False), ibis.desc("_content"), *ties],
    )
    placed = contested.mutate(_place=ibis.row_number().over(window), _best=_._content.first().over(window))
    beaten = placed.filter(_._place > 0)
    return beaten.select(*dict.fromkeys([*identity, *key]), repeated=_._content == _._best)


def occurrence(rows: ir.Table, same: str, order: str) -> ir.Table:
    """Return `order` and `occurrence` (from 1) of the rows whose `same` stands in an earlier row already.

    Sorting everything would cost far more than counting: only what repeats is sorted.
    """
    repeated = rows.group_by(same).aggregate(_rows=_.count()).filter(_._rows > 1).drop("_rows")
    again = rows.semi_join(repeated, same)
    numbered = again.mutate(occurrence=ibis.row_number().over(group_by=same, order_by=order).cast("int64"))
    return numbered.filter(_.occurrence > 0).select(order, "occurrence")
