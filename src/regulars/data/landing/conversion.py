"""Typed records into stored columns: local days, when they became known, and money in the company's currency.

Works on one wide table in which the column `orders.amount` is what a record gives to `amount` of `orders`, and
`orders?` says whether it gives that table a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from regulars.core.settings import Settings, SourceSettings
from regulars.data.landing.contract import Part, line_kind
from regulars.data.language import instants
from regulars.data.store import day_column
from regulars.data.tables import Kind

_MOST = 10**14


@dataclass(frozen=True, slots=True, kw_only=True)
class _Money:
    """The money of one table: where it stands, when, and in which currency it came."""

    part: Part
    stated: bool
    default: str
    day: str

    @property
    def table(self) -> str:
        return self.part.table.name

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.part.table.columns if c.kind is Kind.MONEY and c.name in self.part.values)


def complete(
    typed: ir.Table, parts: Sequence[Part], daily: ir.Table, source: SourceSettings, settings: Settings, faults: int
) -> ir.Table:
    """Add what follows from the typed columns; `_fault` grows where money cannot be converted (`faults` onwards)."""
    rows = _dated(typed, parts, settings.company.time_zone)
    for place, money in enumerate(_moneys(parts, source, settings)):
        rows = _converted(rows, money, daily, settings.company.currency, faults + 2 * place)
    return _of_lines(rows, {part.table.name: part for part in parts}, settings)


def reasons(parts: Sequence[Part], source: SourceSettings, settings: Settings) -> list[tuple[str, str, str]]:
    """Return table, column and reason of each fault that `complete` may add, in its order."""
    found = []
    for money in _moneys(parts, source, settings):
        found += [(money.table, "currency", "no_rate"), (money.table, money.columns[0], "number_out_of_range")]
    return found


def _dated(rows: ir.Table, parts: Sequence[Part], zone: str) -> ir.Table:
    """Add local days, and `recorded_at`: as mapped, else when the row happened, else when the record did."""
    days, known = {}, {}
    for part in parts:
        name = part.table.name
        for column in part.table.columns:
            if column.name in part.values and column.kind in (Kind.INSTANT, Kind.DATE):
                value = rows[f"{name}.{column.name}"]
                days[f"{name}.{day_column(column.name)}"] = _day(value, column.kind, zone)
        if "recorded_at" not in part.values and name != "identity":
            known[f"{name}.recorded_at"] = _known(rows, part, parts, zone)
    return rows.mutate(**days, **known)


def _number(day: ir.DateValue) -> ir.IntegerValue:
    return day.delta(ibis.date(1970, 1, 1), unit="day").cast("int32")


def _day(value: ir.Value, kind: Kind, zone: str) -> ir.IntegerValue:
    return instants.local_day(value, zone) if kind is Kind.INSTANT else _number(value)


def _known(rows: ir.Table, part: Part, parts: Sequence[Part], zone: str) -> ir.TimestampValue:
    own = part.table.instant
    if own in part.values:
        return rows[f"{part.table.name}.{own}"].cast("timestamp(6)")
    if "spent_on" in part.values:
        midnight = rows[f"{part.table.name}.spent_on"].cast("timestamp(6)")
        return instants.to_utc(midnight, instants.zone(zone))
    told = [f"{other.table.name}.recorded_at" for other in parts if "recorded_at" in other.values]
    told += [f"{other.table.name}.{other.table.instant}" for other in parts if other.table.instant in other.values]
    if told:
        return rows[told[0]].cast("timestamp(6)")
    return ibis.null("timestamp(6)")


def _moneys(parts: Sequence[Part], source: SourceSettings, settings: Settings) -> list[_Money]:
    default = source.currency or settings.company.currency
    found = []
    for part in parts:
        money = _Money(part=part, stated="currency" in part.values, default=default, day=_day_of(part, parts))
        if money.columns:
            found.append(money)
    return found


def _day_of(part: Part, parts: Sequence[Part]) -> str:
    """Return the column with the local day of the transaction, or empty."""
    for one in (part, *parts):
        happened = one.table.instant or ("spent_on" if one.table.name == "spend" else None)
        if happened in one.values:
            return f"{one.table.name}.{day_column(str(happened))}"
    return ""


def _converted(rows: ir.Table, money: _Money, daily: ir.Table, company: str, fault: int) -> ir.Table:
    name = money.table
    if not money.stated and money.default == company:
        rate: ir.Value = ibis.literal(1, type="decimal(18, 8)")
        return rows.mutate(_originals(rows, money, ibis.literal(company), rate, company))
    stated = rows[f"{name}.currency"].fill_null(money.default) if money.stated else ibis.literal(money.default)
    day = rows[money.day] if money.day else ibis.null("int32")
    keyed = rows.mutate(_currency=stated, _day=day)
    held = daily.rename(_rate_currency="currency", _rate_day="day", _held="rate")
    joined = keyed.left_join(held, [keyed._currency == held._rate_currency, keyed._day == held._rate_day])
    one = ibis.literal(1, type="decimal(18, 8)")
    joined = joined.mutate(_rate=ibis.ifelse(joined._currency == company, one, joined._held))
    changed = joined.mutate(
        {f"{name}.{column}": convert(joined[f"{name}.{column}"], joined._rate) for column in money.columns}
        | {f"_was.{column}": joined[f"{name}.{column}"] for column in money.columns}
    )
    present = [changed[f"_was.{column}"].notnull() for column in money.columns]
    lost = [changed[f"_was.{column}"].notnull() & changed[f"{name}.{column}"].isnull() for column in money.columns]
    fed = changed[f"{name}?"]
    no_rate = fed & changed._rate.isnull() & ibis.or_(*present)
    too_much = fed & changed._rate.notnull() & ibis.or_(*lost)
    first = ibis.cases((no_rate, fault), (too_much, fault + 1), else_=ibis.null("int32")).cast("int32")
    marked = changed.mutate(
        _fault=ibis.coalesce(changed._fault, first),
        **{f"{name}!": ibis.ifelse(no_rate | too_much, _told(changed), ibis.null("string"))},
        **_originals(changed, money, changed._currency, changed._rate, company, was="_was."),
    )
    looked_up = {f"{name}~currency": marked._currency, f"{name}~day": marked._day, f"{name}~rate": marked._held}
    helpers = ("_currency", "_day", "_rate_currency", "_rate_day", "_held", "_rate")
    return marked.mutate(looked_up).drop(*helpers, *(f"_was.{column}" for column in money.columns))


def looked_up(judged: ir.Table, parts: Sequence[Part], source: SourceSettings, settings: Settings) -> ir.Table | None:
    """Return the rates that records asked for, each once, with null where there was none; None if none can be asked."""
    asked = [
        judged.filter(judged[f"{money.table}?"]).select(
            currency=f"{money.table}~currency", day=f"{money.table}~day", rate=f"{money.table}~rate"
        )
        for money in _moneys(parts, source, settings)
        if f"{money.table}~rate" in judged.columns
    ]
    if not asked:
        return None
    rows = ibis.union(*asked) if len(asked) > 1 else asked[0]
    return rows.filter(rows.currency != settings.company.currency).distinct()


def _told(rows: ir.Table) -> ir.StringValue:
    day = ibis.literal(0).cast("int64") + rows._day.cast("int64") * 86_400
    return rows._currency + " " + day.as_timestamp("s").strftime("%Y-%m-%d").fill_null("without a day")


def _originals(
    rows: ir.Table, money: _Money, currency: ir.StringValue, rate: ir.Value, company: str, was: str = ""
) -> Mapping[str, ir.Value]:
    name, amount = money.table, money.columns[0]
    if not any(column.name == "currency" for column in money.part.table.columns):
        return {}
    return {
        f"{name}.original_amount": rows[was + amount] if was else rows[f"{name}.{amount}"],
        f"{name}.original_currency": currency,
        f"{name}.rate": rate,
        f"{name}.currency": ibis.literal(company),
    }


def convert(amount: ir.DecimalValue, rate: ir.DecimalValue) -> ir.DecimalValue:
    """Return `amount` times `rate`, half away from zero at 4 decimals; null where it has no room.

    18 digits times 18 fit in 38, so the product is exact before it is rounded.
    """
    product = (amount.cast("decimal(38, 4)") * rate.cast("decimal(38, 8)")).round(4)
    return ibis.ifelse(product.abs() < _MOST, product, ibis.null("decimal(38, 4)")).cast("decimal(18, 4)")


def _of_lines(rows: ir.Table, parts: Mapping[str, Part], settings: Settings) -> ir.Table:
    """Add to each order line what it is, and what its order needs to know of it."""
    if "order_lines" not in parts:
        return rows
    added: dict[str, ir.Value] = {"order_lines.line_kind": line_kind(rows["order_lines.product_id"], settings)}
    orders = parts.get("orders")
    if orders is not None and orders.lines:
        for name in ("kind", "cost", "discount"):
            if name in orders.values:
                added[f"order_lines.{name}"] = rows[f"orders.{name}"]
    return rows.mutate(added)
