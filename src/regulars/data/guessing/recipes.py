"""How a canonical table is made of what was found in a file; one recipe for each table."""

from collections.abc import Mapping, Sequence

from regulars.core.money import exponent
from regulars.data.guessing.commerce import order_lines, orders
from regulars.data.guessing.filling import Dish, Recipe, plain, simple
from regulars.data.guessing.matching import Candidate, Pick, is_boolean, unused
from regulars.data.guessing.names import words_of
from regulars.data.guessing.phrases import either, is_true, quoted, read, ref, why
from regulars.data.guessing.profile import Column, File
from regulars.data.guessing.proposal import Feed, Mapped
from regulars.data.guessing.service import invitations, responses, tickets
from regulars.data.tables import TABLES, Kind

_PERSONAL = frozenset(
    "name email mail phone telephone mobile address street zip postcode postal birth birthday dob vorname nachname "
    "surname firstname lastname strasse plz telefon iban ip latitude longitude lat lng".split()
)
_CONTROL = frozenset({"control", "holdout", "kontrolle", "kontrollgruppe"})
_NO_EVENT = frozenset("event events usage activity activities log logs tracking data export ereignisse".split())


def customers(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make customers: known columns, and every other short column as an attribute, but nothing that names a person."""
    picks = found["customers"].picks
    used = [pick.column.name for pick in picks.values()]
    canonical = {column.name for column in TABLES["customers"].columns}
    attributes, left_out = [], []
    for column in unused(file, used):
        name = "_".join(word.lower() for word in words_of(column.name))
        if column.email > 0.5 or (_PERSONAL & set(words_of(column.name)) and not is_boolean(column)):
            left_out.append(column.name)
        elif name.isidentifier() and name not in canonical and _is_attribute(column):
            reason = why(column, Kind.TEXT)
            attributes.append(
                Mapped(column=name, expression=read(column, Kind.TEXT), reason=reason, uses=(column.name,))
            )
    notes = (f"Left out as personal: {', '.join(f'`{name}`' for name in left_out)}.",) if left_out else ()
    feed = Feed(table="customers", columns=plain("customers", picks), attributes=tuple(attributes))
    return Dish(feeds=(feed,), notes=notes)


def _is_attribute(column: Column) -> bool:
    short = column.distinct <= 50 or column.number > 0.95 or is_boolean(column)
    return bool(column.filled) and short and not column.formats and column.length <= 60


def subscriptions(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make subscriptions: prices normalised to a month, nothing for a trial."""
    picks = found["subscriptions"].picks
    made = [_monthly(picks)]
    if "subscription_id" not in picks:
        customer = picks["customer_id"].column
        reason = "no column identifies a contract: one per customer"
        made.append(
            Mapped(column="subscription_id", expression=read(customer, Kind.TEXT), reason=reason, confidence=0.5)
        )
    return Dish(feeds=(Feed(table="subscriptions", columns=plain("subscriptions", picks, made)),))


def _monthly(picks: Mapping[str, Pick]) -> Mapped:
    pick = picks.get("monthly_amount") or picks["_price"]
    expression, reason, uses = ref(pick.column.name), why(pick.column, Kind.MONEY), [pick.column.name]
    if "monthly_amount" not in picks and "_interval" in picks:
        interval = picks["_interval"].column
        for words, months in (("year yearly annual annually jaehrlich", 12), ("quarter quarterly", 3)):
            values = sorted(value for value in interval.sample if "_".join(words_of(value)) in words.split())
            if values:
                expression = (
                    f"if({either(interval, values)}, round({ref(pick.column.name)} / {months}, 4), {expression})"
                )
                reason += f"; {' and '.join(values)} prices over {months} months"
                uses.append(interval.name)
    if trial := picks.get("_trial"):
        expression = f"if({is_true(trial.column)}, 0, {expression})"
        reason += f"; nothing while `{trial.column.name}`"
        uses.append(trial.column.name)
    return Mapped(
        column="monthly_amount",
        expression=expression,
        reason=reason,
        confidence=pick.score,
        uses=tuple(dict.fromkeys(uses)),
    )


def events(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make events; the file's name names them where no column does."""
    picks = found["events"].picks
    made = []
    if "name" not in picks:
        name = event_name(file)
        made.append(Mapped(column="name", expression=quoted(name), reason="by the file's name", confidence=0.5))
    return Dish(feeds=(Feed(table="events", columns=plain("events", picks, made)),))


def event_name(file: File) -> str:
    """Return what the rows of a file of events are called: its name without words such as `events` or `log`."""
    words = [word for word in words_of(file.name) if word not in _NO_EVENT and not word.isdigit()]
    return "_".join(words[-2:]).removesuffix("s") or "event"


def campaigns(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make campaigns, called by their id where they have no name."""
    picks = found["campaigns"].picks
    made = []
    if "name" not in picks:
        column = picks["campaign_id"].column
        made.append(
            Mapped(column="name", expression=read(column, Kind.TEXT), reason="campaigns have no name of their own")
        )
    return Dish(feeds=(Feed(table="campaigns", columns=plain("campaigns", picks, made)),))


def touches(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make touches; whatever the control group is called, here it is the holdout."""
    picks = found["touches"].picks
    made = []
    column = picks["arm"].column if "arm" in picks else None
    words = sorted(value for value in column.sample if set(words_of(value)) & _CONTROL) if column else []
    if column is not None and words and words != ["holdout"]:
        expression = f"if({either(column, words)}, 'holdout', {ref(column.name)})"
        reason = f"{why(column, Kind.TEXT)}; {' and '.join(words)} is the holdout"
        made.append(Mapped(column="arm", expression=expression, reason=reason, uses=(column.name,)))
    return Dish(feeds=(Feed(table="touches", columns=plain("touches", picks, made)),))


def money_decimals(feeds: Sequence[Feed], file: File, currency: str) -> int | None:
    """Return the decimals to allow where directly mapped amounts have more than the currency does, else None."""
    money = [
        mapped
        for feed in feeds
        if feed.table in TABLES
        for mapped in feed.columns
        if TABLES[feed.table].column(mapped.column).kind is Kind.MONEY
        for name in mapped.uses
        if mapped.expression == ref(name)
    ]
    most = max((file.column(mapped.uses[0]).decimals for mapped in money), default=0)
    return min(most, 4) if most > exponent(currency or "EUR") else None


RECIPES: Mapping[str, Recipe] = {
    "customers": customers,
    "orders": orders,
    "order_lines": order_lines,
    "subscriptions": subscriptions,
    "events": events,
    "responses": responses,
    "invitations": invitations,
    "tickets": tickets,
    "ticket_events": simple("ticket_events"),
    "spend": simple("spend"),
    "campaigns": campaigns,
    "touches": touches,
    "referrals": simple("referrals"),
}
