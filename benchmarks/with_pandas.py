"""The same statistics with pandas: all KPIs but those of contracts, which are read from one row in a hundred.

Columns come through pyarrow, only those that are needed; customers become whole numbers and money floats, as one does.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

Rows = list[dict[str, Any]]
Found = dict[tuple[str, int], Rows]
FIRST, AS_OF, MONTHS = 19358, 20089, 24
_DAY = np.timedelta64(1, "D")
_CALENDAR = (pd.date_range("2023-01-01", periods=AS_OF - FIRST).to_period("M") - pd.Period("2023-01", "M")).map(
    lambda o: o.n
)
MONTH = np.asarray(_CALENDAR, dtype=np.int64)
START = np.array([FIRST + int(np.searchsorted(MONTH, month)) for month in range(MONTHS + 1)])


def statistics(folder: Path) -> Mapping[tuple[str, int], Rows]:
    """Return the sufficient statistics by KPI and month (0 is January 2023)."""
    found: Found = defaultdict(list)
    people = pd.Index(_read(folder, "customers", "customer_id").customer_id)
    sales = _orders(folder, people, found)
    order_days = _order_days(sales, found)
    del sales
    active, marks = _events(folder, people, found)
    _sign_ups(folder, people, order_days, active, marks, found)
    return found


def _read(folder: Path, table: str, *columns: str) -> pd.DataFrame:
    rows = ds.dataset(sorted((folder / "data").glob(f"{table}-*.parquet"))).to_table(columns=list(columns))
    for i, field in enumerate(rows.schema):
        if pa.types.is_decimal(field.type):
            rows = rows.set_column(i, field.name, rows.column(i).cast(pa.float64()))
    return rows.to_pandas()


def _day(instants: pd.Series) -> pd.Series:
    return (instants.dt.tz_localize(None).dt.floor("D") - pd.Timestamp(0)) // _DAY


def _customer(ids: pd.Series, people: pd.Index) -> np.ndarray:
    return people.get_indexer(ids)


def _keep(found: Found, kpi: str, by_month: pd.DataFrame) -> None:
    for month, row in zip(by_month.index, by_month.to_dict("records"), strict=True):
        if 0 <= month < MONTHS:
            found[kpi, int(month)].append(row)


def _share(found: Found, kpi: str, month: pd.Series, yes: pd.Series) -> None:
    counts = pd.DataFrame({"month": np.asarray(month), "yes": np.asarray(yes, dtype=bool)}).groupby("month").yes
    _keep(found, kpi, pd.DataFrame({"n": counts.size(), "yes": counts.sum()}))


def _mean(found: Found, kpi: str, rows: pd.DataFrame, x: pd.Series, **more: Any) -> None:
    x = x.astype(float)
    moments = pd.DataFrame({"month": rows.month, "n": 1, "x": x, "xx": x * x, "xxx": x * x * x, **more})
    _keep(found, kpi, moments.dropna().groupby("month").sum())


def _ratio(found: Found, kpi: str, rows: pd.DataFrame, a: pd.Series, b: pd.Series) -> None:
    a, b = a.astype(float), b.astype(float)
    moments = {"month": rows.month, "n": 1, "a": a, "b": b, "aa": a * a, "ab": a * b, "bb": b * b}
    moments |= {"aaa": a * a * a, "aab": a * a * b, "abb": a * b * b, "bbb": b * b * b}
    _keep(found, kpi, pd.DataFrame(moments).groupby("month").sum())


def _table(found: Found, kpi: str, rows: pd.DataFrame) -> None:
    """Keep the life table of `rows`: month, days, ended."""
    counts = rows.groupby(["month", "days"]).ended.agg(["size", "sum"]).reset_index()
    counts = counts.assign(late=0, ended=counts["sum"], censored=counts["size"] - counts["sum"])
    for row in counts[["month", "days", "late", "ended", "censored"]].to_dict("records"):
        found[kpi, row.pop("month")].append(row)


def _orders(folder: Path, people: pd.Index, found: Found) -> pd.DataFrame:
    lines = _read(folder, "order_lines", "order_id", "category", "quantity")
    grouped = lines.assign(category=lines.category.astype("category").cat.codes).groupby("order_id")
    baskets = grouped.agg(items=("quantity", "sum"), low=("category", "min"), high=("category", "max"))
    del lines, grouped
    orders = _read(folder, "orders", "order_id", "customer_id", "ordered_at", "kind", "amount", "cost", "discount")
    sales = pd.DataFrame({"customer": _customer(orders.customer_id, people), "day": _day(orders.ordered_at)})
    sales["month"] = MONTH[sales.day - FIRST]
    sales["sale"] = orders.kind == "sale"
    for name in ("amount", "cost", "discount"):
        sales[name] = (orders[name] * 10_000).round()
    sales["value"] = (sales.amount - sales.cost).fillna(0)
    sales["order_id"] = orders.order_id
    del orders
    sales = sales.merge(baskets, how="left", left_on="order_id", right_index=True).drop(columns="order_id")
    sold = sales.amount.where(sales.sale)
    parts = sales[["customer", "month", "value"]].assign(
        orders=sales.sale,
        net=sales.amount,
        sales=sold,
        refunded=-sales.amount.where(~sales.sale),
        discount=sales.discount.where(sales.sale),
        listed=sold + sales.discount,
        items=sales["items"].where(sales.sale),
        lined=sales.sale & sales["items"].notna(),
        crossed=sales.sale & (sales.low < sales.high),
    )
    bought = parts.groupby(["customer", "month"]).sum().reset_index()
    _mean(found, "net_revenue", bought, bought.net)
    _ratio(found, "average_order_value", bought, bought.sales, bought.orders)
    _mean(found, "purchase_frequency", bought, bought.orders.where(bought.orders > 0))
    _ratio(found, "revenue_per_customer", bought, bought.net, bought.orders > 0)
    _ratio(found, "items_per_order", bought, bought["items"], bought.lined)
    _ratio(found, "cross_sell_rate", bought, bought.crossed, bought.lined)
    _ratio(found, "discount_share", bought, bought.discount, bought.listed)
    _ratio(found, "return_rate", bought, bought.refunded, bought.sales)
    _concentration(bought, found)
    _worth(bought, found)
    return sales[["customer", "day", "month", "sale", "value"]]


def _concentration(bought: pd.DataFrame, found: Found) -> None:
    ranked = bought.loc[bought.net > 0, ["month", "net"]].sort_values(["month", "net"])
    month = ranked.groupby("month").net
    place, size = month.cumcount() + 1, month.transform("size")
    _ratio(found, "gini_coefficient", ranked, place * ranked.net - month.cumsum(), ranked.net)
    threshold = ranked.net[place * 100 >= size * 90].groupby(ranked.month).min()
    cut = ranked.month.map(threshold)
    _ratio(found, "top_decile_share", ranked, (ranked.net - cut).clip(lower=0), ranked.net)
    for number, value in threshold.items():
        found["top_decile_share", number][0]["q"] = value


def _worth(bought: pd.DataFrame, found: Found) -> None:
    after = bought.groupby("customer").value.cumsum()
    before = after - bought.value
    changes = pd.DataFrame(
        {
            "month": bought.month,
            "n": ~bought.customer.duplicated(),
            "x": bought.value,
            "xx": after**2 - before**2,
            "xxx": after**3 - before**3,
        }
    )
    _keep(found, "historic_clv", changes.groupby("month").sum().cumsum())


def _order_days(sales: pd.DataFrame, found: Found) -> pd.DataFrame:
    days = sales.loc[sales.sale, ["customer", "day", "month"]].drop_duplicates(["customer", "day"])
    days = days.sort_values(["customer", "day"])
    following = days.groupby("customer").day.shift(-1)
    last = following.fillna(AS_OF - 1)
    gaps = days.assign(days=(last - days.day).astype(int), ended=following.notna())
    _table(found, "inter_purchase_time", gaps.drop_duplicates(["customer", "month"]))
    days["next_day"] = following
    buyers = days.drop_duplicates("customer")
    old = buyers[buyers.day + 90 < AS_OF]
    _share(found, "repeat_purchase_rate", old.month, old.next_day - old.day <= 90)
    first = sales.customer.map(buyers.set_index("customer").day)
    early = sales[(sales.day >= first) & (sales.day < first + 365) & (first + 365 <= AS_OF)]
    value = early.groupby("customer").value.sum().reset_index()
    value["month"] = value.customer.map(buyers.set_index("customer").month)
    _mean(found, "cohort_ltv", value, value.value)
    return days


_FEATURES = ("search", "view_product", "compare", "wishlist", "chat", "review")


def _events(folder: Path, people: pd.Index, found: Found) -> tuple[pd.DataFrame, pd.DataFrame]:
    raw = _read(folder, "events", "customer_id", "occurred_at", "name", "session_id")
    events = pd.DataFrame({"customer": _customer(raw.customer_id, people), "day": _day(raw.occurred_at)})
    events["second"] = (raw.occurred_at.dt.tz_localize(None) - pd.Timestamp(0)) // np.timedelta64(1, "s")
    events["name"] = raw.name.astype("category")
    events["session"] = pd.factorize(raw.session_id)[0]
    del raw
    bits = {name: 1 << i for i, name in enumerate(_FEATURES)}
    bit = events.name.map(bits).astype(float).fillna(0).astype(np.int64)
    for name, value in bits.items():
        events[name] = (bit & value) > 0
    events["uses"] = bit > 0
    days = events.groupby(["customer", "day"])[[*_FEATURES, "uses"]].sum().reset_index()
    days["month"] = MONTH[days.day - FIRST]
    days["recent"] = days.day >= START[days.month + 1] - 28
    days["days"] = 1
    lived = days.groupby(["customer", "month"]).agg(
        {**dict.fromkeys(_FEATURES, "sum"), "uses": "sum", "recent": "sum", "days": "sum", "day": "max"}
    )
    lived = lived.reset_index()
    lived["elapsed"] = START[lived.month + 1] - START[lived.month]
    lived["features"] = (lived[[*_FEATURES]] > 0).sum(axis=1)
    _engagement(lived, found)
    _visits(events, lived, found)
    _steps(lived, found)
    _returns(days, found)
    marks = events.loc[events.name.isin(["sign_up", "activated", "purchase"]), ["customer", "day", "name"]]
    return days[["customer", "day"]], marks


def _engagement(lived: pd.DataFrame, found: Found) -> None:
    end = START[lived.month + 1]
    recent = lived.recent.where(lived.recent > 0)
    _mean(found, "daily_active_customers", lived, lived.days, over=lived.elapsed)
    _ratio(found, "stickiness", lived, lived.days, lived.elapsed)
    _mean(found, "active_days", lived, recent)
    _mean(found, "engagement_score", lived, recent * 100 + (29 - end + lived.day) * 100)
    for kpi, length in (("weekly_active_customers", 7), ("monthly_active_customers", 28)):
        _share(found, kpi, lived.month, end - lived.day <= length)
    _share(found, "feature_adoption_rate", lived.month, lived.features > 0)
    _ratio(found, "feature_depth", lived, lived.uses, lived.features)
    known = (lived.groupby("month")[[*_FEATURES]].sum().cumsum() > 0).sum(axis=1)
    _ratio(found, "feature_breadth", lived, lived.features, lived.month.map(known))


def _visits(events: pd.DataFrame, lived: pd.DataFrame, found: Found) -> None:
    visits = events.groupby(["customer", "session"]).agg(
        day=("day", "min"), first=("second", "min"), last=("second", "max")
    )
    visits["seconds"] = visits["last"] - visits["first"]
    visits["month"] = MONTH[visits.day - FIRST]
    per_month = visits.groupby(["customer", "month"]).seconds.agg(["size", "sum"]).reset_index()
    both = lived[["customer", "month"]].merge(per_month, how="left", on=["customer", "month"])
    _mean(found, "session_frequency", both, both["size"].fillna(0))
    visiting = both[both["size"] > 0]
    mean = (visiting["sum"] / visiting["size"] + 0.5).astype(np.int64)
    for (month, value), n in mean.groupby([visiting.month, mean]).size().items():
        found["session_duration", month].append({"value": value, "n": n})


def _steps(lived: pd.DataFrame, found: Found) -> None:
    month = lived.groupby("customer").month
    before, after = month.shift(1), month.shift(-1)
    new, retained = before.isna(), before == lived.month - 1
    moves = pd.DataFrame({"month": lived.month, "new": new, "retained": retained, "back": ~(new | retained)})
    counts = moves.groupby("month").sum()
    gone = lived.month[after.isna() | (after > lived.month + 1)] + 1
    counts["dormant"] = gone.value_counts()
    counts = counts.fillna(0).astype(int)
    for kpi, name in (
        ("first_active", "new"),
        ("retained", "retained"),
        ("resurrected", "back"),
        ("dormant", "dormant"),
    ):
        _keep(found, f"{kpi}_customers", counts[[name]].rename(columns={name: "yes"}))
    a, b = counts.new + counts.back, counts.dormant
    moments = {"n": counts.sum(axis=1), "a": a, "aa": a, "aaa": a, "b": b, "bb": b, "bbb": b}
    _keep(found, "growth_quick_ratio", pd.DataFrame(moments).assign(ab=0, aab=0, abb=0))
    stands = []
    for boundary in range(1, MONTHS):
        start, end = START[boundary], START[boundary + 1]
        there = (lived.month < boundary) & (lived.day + 90 >= start) & ~(after < boundary)
        kept = (after[there] == boundary) | (lived.day[there] + 90 >= end)
        stands.append(pd.DataFrame({"month": boundary, "kept": kept}))
    both = pd.concat(stands)
    _share(found, "customer_retention_rate", both.month, both.kept)
    _share(found, "activity_churn_rate", both.month, ~both.kept)


def _returns(days: pd.DataFrame, found: Found) -> None:
    customer = days.groupby("customer").day
    first = customer.transform("min")
    age = days.day - first
    seen = pd.DataFrame(
        {
            "customer": days.customer,
            "bounded": (age >= 30) & (age < 60),
            "rolling": age >= 30,
            "bracket": (age >= 31) & (age <= 60),
        }
    )
    seen = seen.groupby("customer").any()
    began = customer.min()
    month = pd.Series(MONTH[began - FIRST], index=began.index)
    for kpi, old in (
        ("bounded", began + 60 <= AS_OF),
        ("rolling", began + 60 <= AS_OF),
        ("bracket", began + 60 < AS_OF),
    ):
        _share(found, f"{kpi}_retention_rate", month[old], seen[kpi][old])


def _sign_ups(
    folder: Path, people: pd.Index, order_days: pd.DataFrame, active: pd.DataFrame, marks: pd.DataFrame, found: Found
) -> None:
    seen = _day(_read(folder, "customers", "first_seen_at").first_seen_at)
    signed = marks[marks.name == "sign_up"].groupby("customer").day.min().reindex(range(len(people))).fillna(seen)
    signed = signed[signed < AS_OF].astype(int)
    month = pd.Series(MONTH[signed - FIRST], index=signed.index)
    reached = _reached(signed, marks[marks.name == "activated"])
    old = signed + 14 < AS_OF
    _share(found, "activation_rate", month[old], (reached - signed <= 14)[old])
    days = (reached.fillna(AS_OF - 1) - signed).astype(int)
    _table(found, "time_to_value", pd.DataFrame({"month": month, "days": days, "ended": reached.notna()}))
    goals = pd.concat([order_days[["customer", "day"]], marks.loc[marks.name == "purchase", ["customer", "day"]]])
    reached, old = _reached(signed, goals), signed + 30 < AS_OF
    _share(found, "conversion_rate", month[old], (reached - signed <= 30)[old])
    contracts = _read(folder, "subscriptions", "customer_id", "started_at")
    started = pd.DataFrame({"customer": _customer(contracts.customer_id, people), "day": _day(contracts.started_at)})
    first = pd.concat([active, order_days[["customer", "day"]], started]).groupby("customer").day.min()
    counts = pd.Series(MONTH[first - FIRST]).value_counts()
    _keep(found, "new_customers", pd.DataFrame({"yes": counts}))


def _reached(signed: pd.Series, done: pd.DataFrame) -> pd.Series:
    """Return the first day of `done` on or after sign-up, by customer."""
    since = done.customer.map(signed)
    return done[done.day >= since].groupby("customer").day.min().reindex(signed.index)
