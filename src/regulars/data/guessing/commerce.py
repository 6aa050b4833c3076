"""Orders and their lines: what identifies them, what tells a refund from a sale, what never came about."""

from collections.abc import Mapping
from dataclasses import replace

import pyarrow.compute as pc

from regulars.data.guessing.filling import Dish, has_gaps, or_zero, plain
from regulars.data.guessing.matching import Candidate, Pick
from regulars.data.guessing.names import words_of
from regulars.data.guessing.phrases import built, either, empty, neither, quoted, read, ref, why
from regulars.data.guessing.profile import Column, File
from regulars.data.guessing.proposal import Feed, Mapped
from regulars.data.guessing.relations import depends
from regulars.data.tables import Kind

_VOID = frozenset(
    "canceled cancelled unavailable failed voided void expired declined rejected draft abandoned storniert annulliert "
    "cancelado annule uncaptured requires_payment_method".split()
)


_REFUNDED = frozenset(
    "refunded refund returned return reversed chargeback gutschrift erstattung retoure reembolso".split()
)


_REFUND_KINDS = _REFUNDED | {"credit", "cancellation", "credit_note", "creditnote"}


def orders(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make orders, of headers or of lines with order_lines beside them."""
    lines = found.get("order_lines")
    by_lines = lines is not None and not lines.missing and lines.picks["order_id"].column.name == _order_column(found)
    picks = dict(found["orders"].picks)
    made = [_order_id(file, picks), _kind(file, picks, by_lines=by_lines)]
    where, where_reason, notes = _where(picks)
    if by_lines:
        picks = {name: pick for name, pick in picks.items() if name not in ("amount", "discount", "cost")}
    elif amount := _amount(picks):
        made.append(amount)
    else:
        notes.append("The file has no amounts: those of the order lines are taken.")
    feed = Feed(
        table="orders",
        columns=plain("orders", picks, made),
        lines=by_lines,
        where=where,
        where_reason=where_reason,
    )
    feeds = [feed]
    if by_lines and lines is not None:
        feeds.append(_order_lines(file, lines, where, where_reason))
    if (customer := picks.get("customer_id")) is not None:
        missing = customer.column.rows - customer.column.filled
        if missing:
            notes.append(f"{missing:,} of {customer.column.rows:,} rows name no customer: they count in revenue only.")
        if told := companion(file, found, customer):
            feeds.append(told)
    else:
        notes.append("No column names a customer: orders count in revenue only.")
    refunds = _refunds(picks, made[0])
    return Dish(feeds=tuple(feeds), more={"refunds": refunds} if refunds else None, notes=tuple(notes))


def order_lines(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make the lines of orders whose headers stand in another file."""
    return Dish(feeds=(_order_lines(file, found["order_lines"], "", ""),))


def _refunds(picks: Mapping[str, Pick], order_id: Mapped) -> Feed | None:
    """Return refunds from a column that says how much was given back; on the order's day, as no other is known."""
    column = picks["_refunded"].column if "_refunded" in picks else None
    if column is None or not column.most or "order_id" not in picks:
        return None
    expression = built(order_id.expression, "'refund'")
    made = [
        replace(order_id, expression=expression, reason="the refund of the order"),
        Mapped(column="kind", expression="'refund'", reason="what was given back"),
        Mapped(
            column="amount",
            expression=f"-{ref(column.name)}",
            reason=f"{why(column, Kind.MONEY)}; on the day of the order as no other is known",
            uses=(column.name,),
        ),
    ]
    kept = {name: picks[name] for name in ("customer_id", "ordered_at", "currency") if name in picks}
    where = f"{ref(column.name)} > 0"
    return Feed(table="orders", columns=plain("orders", kept, made), where=where, where_reason="orders with a refund")


def _order_column(found: Mapping[str, Candidate]) -> str:
    pick = found["orders"].picks.get("order_id")
    return pick.column.name if pick else ""


def _order_lines(file: File, lines: Candidate, where: str, where_reason: str) -> Feed:
    picks = dict(lines.picks)
    made = []
    quantity = picks.get("quantity")
    if quantity is None:
        made.append(
            Mapped(
                column="quantity", expression="1", reason="no column of quantities: a row is a piece", confidence=0.7
            )
        )
    price, amount = picks.get("_price"), picks.get("amount")
    if price is not None and (amount is None or price.score > amount.score):
        made.append(_line_amount(quantity, price, picks.get("_line_discount")))
    return Feed(table="order_lines", columns=plain("order_lines", picks, made), where=where, where_reason=where_reason)


def _line_amount(quantity: Pick | None, price: Pick, discount: Pick | None) -> Mapped:
    expression, uses = ref(price.column.name), [price.column.name]
    if quantity is not None:
        expression, uses = f"{read(quantity.column, Kind.MONEY)} * {expression}", [quantity.column.name, *uses]
    if discount is not None:
        expression, uses = f"{expression} - {or_zero(discount.column)}", [*uses, discount.column.name]
    reason = why(price.column, Kind.MONEY) + (", taken as the price of one piece" if quantity else "")
    return Mapped(column="amount", expression=expression, reason=reason, confidence=price.score, uses=tuple(uses))


def _order_id(file: File, picks: Mapping[str, Pick]) -> Mapped:
    if pick := picks.get("order_id"):
        return Mapped(
            column="order_id",
            expression=read(pick.column, Kind.TEXT),
            reason=why(pick.column, Kind.TEXT),
            confidence=pick.score,
            uses=(pick.column.name,),
        )
    parts = [
        ref(picks[name].column.name)
        for name in ("customer_id", "ordered_at")
        if name in picks and not has_gaps(picks[name].column)
    ]
    reason = "no column identifies an order: built of customer, time and line"
    return Mapped(column="order_id", expression=built(*parts, "__line__"), reason=reason, confidence=0.6)


def _kind(file: File, picks: Mapping[str, Pick], *, by_lines: bool) -> Mapped:
    """Return what tells a refund from a sale: a column that says so, a prefix of the order's id, a negative number."""
    column = picks["_kind"].column if "_kind" in picks else None
    if column is not None:
        words = sorted(value for value in column.sample if "_".join(words_of(value)) in _REFUND_KINDS)
        if words and column.distinct <= 12:
            if set(column.sample) <= {"sale", "refund"}:
                return Mapped(
                    column="kind", expression=ref(column.name), reason=f"`{column.name}` says so", uses=(column.name,)
                )
            expression = f"if({either(column, words)}, 'refund', 'sale')"
            return Mapped(column="kind", expression=expression, reason=f"`{column.name}` says so", uses=(column.name,))
    signed = next(
        (picks[name].column for name in _signed(by_lines) if name in picks and picks[name].column.negative), None
    )
    terms, reasons, uses = [], [], []
    if signed is not None and "order_id" in picks and (prefix := refund_prefix(file, picks["order_id"].column, signed)):
        terms.append(f"starts_with({ref(picks['order_id'].column.name)}, {quoted(prefix)})")
        reasons.append(f"ids that start with {prefix} have a negative `{signed.name}`")
        uses.append(picks["order_id"].column.name)
    if signed is not None:
        terms.append(f"{ref(signed.name)} < 0")
        reasons.append(f"{signed.negative:.1%} of `{signed.name}` are negative")
        uses.append(signed.name)
    if not terms:
        return Mapped(column="kind", expression="'sale'", reason="nothing looks like a refund", confidence=0.8)
    expression = f"if({' or '.join(terms)}, 'refund', 'sale')"
    return Mapped(column="kind", expression=expression, reason="; ".join(reasons), uses=tuple(uses))


def _signed(by_lines: bool) -> tuple[str, ...]:
    return ("_quantity", "amount", "_price") if by_lines else ("amount", "_quantity")


def refund_prefix(file: File, order: Column, signed: Column) -> str:
    """Return the letter before some orders' digits that goes with negative numbers, or ""."""
    digits = sum(value.isdigit() for value in order.sample) / max(1, len(order.sample))
    letters = sorted({value[0] for value in order.sample if value[:1].isalpha() and value[1:].isdigit()})
    if digits < 0.5:
        return ""
    for letter in letters:
        mask = pc.starts_with(file.rows[order.name], letter)
        negative = pc.starts_with(file.rows[signed.name], "-")
        rows = pc.sum(mask).as_py() or 0
        both = pc.sum(pc.and_(mask, negative)).as_py() or 0
        if rows and both / rows >= 0.95:
            return letter
    return ""


def _amount(picks: Mapping[str, Pick]) -> Mapped | None:
    pick = picks.get("amount")
    if pick is None and "_price" in picks:
        price = picks["_price"]
        return _line_amount(picks.get("_quantity"), price, picks.get("_line_discount"))
    if pick is None:
        return None
    expression, reason, uses = ref(pick.column.name), why(pick.column, Kind.MONEY), [pick.column.name]
    kind = picks["_kind"].column if "_kind" in picks else None
    if kind is not None and not pick.column.negative:
        words = sorted(value for value in kind.sample if "_".join(words_of(value)) in _REFUND_KINDS)
        if words:
            expression = f"if({either(kind, words)}, -{expression}, {expression})"
            reason += "; refunds are written without a minus sign"
    return Mapped(column="amount", expression=expression, reason=reason, confidence=pick.score, uses=tuple(uses))


def _where(picks: Mapping[str, Pick]) -> tuple[str, str, list[str]]:
    """Return (condition, reason, notes) that leave out orders that never came about."""
    if "_status" not in picks or picks["_status"].column.distinct > 30:
        return "", "", []
    column = picks["_status"].column
    counts = dict(column.common())
    without = _VOID if "_refunded" in picks else _VOID | _REFUNDED
    words = sorted(value for value in counts if "_".join(words_of(value)) in without)
    if not words:
        return "", "", []
    said = ", ".join(f"{counts[word]:,} {word}" for word in words)
    note = (
        f"Orders that never came about are skipped and counted, not taken as refunds: {said} (of {column.filled:,}). "
        "Lines of theirs in another file then refer to no order and are quarantined."
    )
    condition = neither(column, words)
    if has_gaps(column):
        condition = f"{empty(column)} or {condition}"
        note += f" Rows without a `{column.name}` are kept."
    return condition, "orders that never came about", [note]


def companion(file: File, found: Mapping[str, Candidate], customer: Pick) -> Feed | None:
    """Return customers as far as a file about something else tells of them; None if it does not."""
    told = {
        name: pick
        for name, pick in found["customers"].picks.items()
        if name in ("market", "segment", "acquisition_channel")
        and pick.score >= 0.6
        and pick.column.name != customer.column.name
        and depends(file, customer.column.name, pick.column.name) >= 0.95
    }
    if not told:
        return None
    return Feed(table="customers", columns=plain("customers", {"customer_id": customer, **told}))
