"""What is known of each customer about whom it is decided: one row per customer, as of the end of the records."""

from collections.abc import Iterator, Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.errors import QueryError
from regulars.core.money import UNITS
from regulars.core.periods import day_number
from regulars.decisions.action import KNOWN
from regulars.decisions.lifecycle import STATES, states
from regulars.decisions.rfm import SEGMENTS, Cuts, buyers, cut_points, scored
from regulars.kpis.query import Records

#: Days back to which something that went wrong is still on a customer's mind.
RECENT = 90
#: Columns beside those of `KNOWN`: ids, and the limits of what is foretold.
LIMITS = ("leaving_low", "leaving_high", "clv_low", "clv_high")
#: Whether CLV is of a contract: revenue, of which no record says what it costs.
RECURRING = "recurring"
#: Columns that can be told of an earlier day, too: the others are known as they are now.
OF_ANY_DAY = frozenset(
    "state segment orders days_since_order days_since_first order_value under_contract days_since_touch".split()
)


def candidates(records: Records, *, on: date | None = None, cuts: Cuts | None = None) -> ir.Table:
    """Return a row per customer, by number: the columns of `KNOWN`, `customer_id`, and limits of what is foretold.

    What records do not tell is null.

    Args:
        records: what is known.
        on: the day before which it was; as-of where None. Of an earlier one only `OF_ANY_DAY` are as they were then.
        cuts: where RFM scores are cut; the quintiles of as-of where None.

    Raises:
        QueryError: there are no customers.
    """
    if "people" not in records.tables:
        raise QueryError(
            "There is nobody to decide about: that needs `orders`, `subscriptions`, `events` or `customers`."
        )
    people = records.tables["people"]
    came = ibis.least(*(_days(people[name]) for name in ("first_order_day", "entered_day")))
    today = on or records.as_of
    rows = people.select(
        "customer", "customer_id", days_since_first=(day_number(today) - came.nullif(_NEVER)).cast("int32")
    )
    for known in _known(records, today, cuts):
        rows = rows.left_join(known, rows.customer == known.person).drop("person")
    missing = {
        name: ibis.null(kind)
        for name, kind in {**KNOWN, **dict.fromkeys(LIMITS, "float64"), RECURRING: "boolean"}.items()
        if name not in rows.columns
    }
    whole = rows.mutate(**missing)
    typed = {name: whole[name].cast(kind) for name, kind in KNOWN.items()}
    counted = {
        "open_cases": typed["open_cases"].fill_null(0),
        "under_contract": typed["under_contract"].fill_null(False),
        "late": typed["late"].fill_null(False),
        "reopened": typed["reopened"].fill_null(False),
    }
    more = {name: whole[name] for name in LIMITS} | {RECURRING: whole[RECURRING].fill_null(False)}
    return whole.select("customer_id", **{**typed, **counted}, **more).order_by("customer")


_NEVER = 2**31 - 1


def _days(column: ir.IntegerColumn) -> ir.IntegerColumn:
    return column.cast("int64").fill_null(_NEVER)


def _known(records: Records, today: date, cuts: Cuts | None) -> Iterator[ir.Table]:
    """Yield what is known of customers, each by `person`."""
    tables, on = records.tables, day_number(today)
    if "purchase_days" in tables:
        yield _bought(records, on)
        yield _segments(records, today, cuts)
    if "purchase_days" in tables or "activity_days" in tables:
        found = states(records, today)
        yield found.select(person="customer", state=_named(found.state, [str(one) for one in STATES]))
    if "contracts" in tables:
        now = tables["contracts"].filter(
            (_.start_day < on) & (_.end_day.isnull() | (_.end_day >= on)) & (_.monthly > 0)
        )
        yield now.group_by(person=now.customer).aggregate(under_contract=(now.monthly > 0).max())
    if "ticket_courses" in tables:
        yield _cases(tables["ticket_courses"], on)
    if "answers" in tables:
        yield _answered(tables["answers"], on)
    if "customer_touches" in tables:
        touched = tables["customer_touches"].filter((_.day < on) & (_.customer > 0))
        yield touched.group_by(person=touched.customer).aggregate(
            days_since_touch=(on - touched.day.max()).cast("int32")
        )
    if "orders" in records.covered and {"promised_day", "delivered_day"} <= set(tables["orders"].columns):
        yield _late(records, on)
    yield from _foretold(tables)


def _bought(records: Records, on: int) -> ir.Table:
    days = records.tables["purchase_days"].filter((_.day < on) & (_.customer > 0))
    sums = days.group_by(person=days.customer).aggregate(
        orders=days.orders.sum().cast("int64"),
        last=days.day.max(where=days.orders > 0),
        value=days.value.sum().cast("int64"),
    )
    mean = sums.value.cast("float64") / sums.orders.nullif(0) / UNITS
    return sums.select("person", "orders", days_since_order=(on - sums["last"]).cast("int32"), order_value=mean)


def _segments(records: Records, today: date, cuts: Cuts | None) -> ir.Table:
    found = scored(buyers(records, today), cuts or cut_points(records))
    return found.select(person="customer", segment=_named(found.segment, [one.name for one in SEGMENTS]))


def _named(place: ir.IntegerColumn, names: list[str]) -> ir.StringColumn:
    return ibis.cases(*((place == at, name) for at, name in enumerate(names)))


def _cases(courses: ir.Table, on: int) -> ir.Table:
    known = courses.filter((courses.customer > 0) & (courses.day < on))
    ended = ibis.ifelse(known.last_end_day < on, known.last_end_day, ibis.null("int32"))
    reopened = (known.reopened_day >= on - RECENT) & (known.reopened_day < on)
    return known.group_by(person=known.customer).aggregate(
        open_cases=ended.isnull().cast("int32").sum().cast("int32"),
        days_since_case=(on - ibis.greatest(known.day.max(), ended.max())).cast("int32"),
        reopened=reopened.fill_null(False).max(),
    )


def _answered(answers: ir.Table, on: int) -> ir.Table:
    given = answers.filter((answers.question == "nps") & (answers.customer > 0) & (answers.day < on))
    latest = given.group_by(person=given.customer).aggregate(score=given.score.argmax(given.second))
    return latest.select("person", nps_score=latest.score.cast("float64") / UNITS)


def _late(records: Records, on: int) -> ir.Table:
    orders, keys = records.tables["orders"], records.tables["keys"]
    came = ibis.coalesce(orders.delivered_day, ibis.literal(on))
    late = orders.filter(
        (orders.promised_day < came) & (orders.promised_day >= on - RECENT) & (orders.promised_day < on)
    )
    who = late.join(keys, late.customer_id == keys.reference).select(person=keys.customer)
    return who.group_by("person").aggregate(late=who.person.notnull().max())


def _foretold(tables: Mapping[str, ir.Table]) -> Iterator[ir.Table]:
    """Yield what is foretold; of who has a contract, of the contract, else of orders."""
    for name, outcomes in {"leaving": ("contract_end", "lapse"), "clv": ("contract_value", "value")}.items():
        found = [
            (place, tables[f"foretold_{one}"]) for place, one in enumerate(outcomes) if f"foretold_{one}" in tables
        ]
        if not found:
            continue
        each = [one.select("customer", "mean", "low", "high", place=ibis.literal(at)) for at, one in found]
        rows = ibis.union(*each) if len(each) > 1 else each[0]
        first = {
            name + end: rows[column].argmin(rows.place)
            for end, column in {"": "mean", "_low": "low", "_high": "high"}.items()
        }
        recurring = {RECURRING: rows.place.min() == 0} if name == "clv" else {}
        yield rows.group_by(person=rows.customer).aggregate(**first, **recurring)
    if "foretold_value" in tables and "alive" in tables["foretold_value"].columns:
        one = tables["foretold_value"]
        # Whether a contract runs is on record: who has one is alive, whatever their orders look like.
        told = one.anti_join(tables["foretold_contract_end"], "customer") if "foretold_contract_end" in tables else one
        yield told.select(person="customer", alive="alive")
    if "foretold_orders" in tables:
        one = tables["foretold_orders"]
        yield one.select(person="customer", comes=1 - (-one["mean"].cast("float64")).exp())
