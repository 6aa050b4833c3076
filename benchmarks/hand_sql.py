"""The same statistics in DuckDB SQL written by hand for this one company: what the catalogue is measured against.

It reads the simulator's Parquet files, knows everything that a human who writes such queries knows (there are no orders
without a customer, ids are unique, months have at least 28 days, the parameters are what they are), shares temporary
tables where that pays and takes squares and cubes in floating point. Statistics come out under the names that the
formulas of the catalogue use, so that the same intervals follow.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

Rows = list[dict[str, Any]]
#: Day numbers of 2023-01-01 and 2025-01-01, and the number of months between them.
FIRST, AS_OF, MONTHS = 19358, 20089, 24


def statistics(folder: Path, *, threads: int, memory: str) -> Mapping[tuple[str, int], Rows]:
    """Return the sufficient statistics by KPI and month (0 is January 2023)."""
    connection = duckdb.connect(
        config={"threads": threads, "memory_limit": memory, "temp_directory": str(folder / "spill")}
    )
    connection.execute("SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    for name in ("customers", "orders", "order_lines", "events", "subscriptions"):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{folder}/data/{name}-*.parquet')")
    found: dict[tuple[str, int], Rows] = defaultdict(list)
    for topic in (SHARED, ORDERS, EVENTS, SIGN_UPS, CONTRACTS):
        for kpis, query in topic:
            for row in _rows(connection, query) if kpis else connection.execute(query) and ():
                for kpi in kpis:
                    mark = f"{kpi}__"
                    own = {name.removeprefix(mark): value for name, value in row.items() if name.startswith(mark)}
                    found[kpi, row["month"]].append(own or row)
    return found


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[dict[str, Any]]:
    return iter(connection.sql(query).to_arrow_table().to_pylist())


# --- what statistics are ------------------------------------------------------------------------------------------


def share(kpi: str, yes: str) -> str:
    return f"count({yes}) AS {kpi}__n, count(*) FILTER ({yes}) AS {kpi}__yes"


def mean(kpi: str, x: str) -> str:
    x1 = f"({x})::DOUBLE"
    return (
        f"count({x}) AS {kpi}__n, sum({x})::BIGINT AS {kpi}__x, sum({x1} * {x1}) AS {kpi}__xx, "
        f"sum({x1} * {x1} * {x1}) AS {kpi}__xxx"
    )


def ratio(kpi: str, a: str, b: str) -> str:
    p, q = f"({a})::DOUBLE", f"({b})::DOUBLE"
    second = {"aa": f"{p} * {p}", "ab": f"{p} * {q}", "bb": f"{q} * {q}"}
    third = {
        "aaa": f"{p} * {p} * {p}",
        "aab": f"{p} * {p} * {q}",
        "abb": f"{p} * {q} * {q}",
        "bbb": f"{q} * {q} * {q}",
    }
    first = f"count(*) AS {kpi}__n, sum({a})::BIGINT AS {kpi}__a, sum({b})::BIGINT AS {kpi}__b"
    return ", ".join(
        [
            first,
            *(f"sum({product}) AS {kpi}__{name}" for name, product in second.items()),
            *(f"sum({product}) AS {kpi}__{name}" for name, product in third.items()),
        ]
    )


def table(name: str, query: str) -> tuple[tuple[str, ...], str]:
    return (), f"CREATE TEMP TABLE {name} AS {query}"


def drop(name: str) -> tuple[tuple[str, ...], str]:
    return (), f"DROP TABLE {name}"


def ask(*kpis: str, query: str) -> tuple[tuple[str, ...], str]:
    return kpis, query


def day(instant: str) -> str:
    return f"(epoch_us({instant}) // 86400000000)::INTEGER"


# --- topics -------------------------------------------------------------------------------------------------------

SHARED = (
    table(
        "calendar",
        f"""SELECT {FIRST} + i AS day,
                datediff('month', DATE '2023-01-01', DATE '2023-01-01' + i::INTEGER)::INTEGER AS month
            FROM range({AS_OF - FIRST}) AS r(i)""",
    ),
    table(
        "months",
        "SELECT month, min(day)::INTEGER AS start, max(day)::INTEGER + 1 AS finish FROM calendar GROUP BY month",
    ),
    # Whole numbers for customers: every later grouping and join is cheaper by more than this costs.
    table(
        "people",
        f"SELECT customer_id, row_number() OVER ()::INTEGER AS customer, {day('first_seen_at')} AS seen FROM customers",
    ),
)

ORDERS = (
    table(
        "sales",
        f"""WITH baskets AS (
                SELECT order_id, sum(quantity)::INTEGER AS items,
                    CASE WHEN min(category) < max(category) THEN true
                        WHEN count(category) = count(*) THEN false END AS crossed
                FROM order_lines GROUP BY order_id),
            placed AS (
                SELECT order_id, customer_id, {day("ordered_at")} AS day, kind = 'sale' AS sale,
                    (amount * 10000)::BIGINT AS amount, (cost * 10000)::BIGINT AS cost,
                    (discount * 10000)::BIGINT AS discount
                FROM orders)
            SELECT customer, day, month, sale, amount, amount - cost AS value, discount, items, crossed
            FROM placed JOIN people USING (customer_id) JOIN calendar USING (day) LEFT JOIN baskets USING (order_id)""",
    ),
    table(
        "bought",
        """SELECT customer, month, count(*) FILTER (sale) AS orders, sum(amount)::BIGINT AS net,
                coalesce(sum(amount) FILTER (sale), 0)::BIGINT AS sales,
                coalesce(-sum(amount) FILTER (NOT sale), 0)::BIGINT AS refunded,
                coalesce(sum(discount) FILTER (sale), 0)::BIGINT AS discount,
                coalesce(sum(amount + discount) FILTER (sale), 0)::BIGINT AS listed,
                coalesce(sum(items) FILTER (sale), 0)::BIGINT AS items, count(items) FILTER (sale) AS lined,
                count(*) FILTER (sale AND crossed) AS crossed, count(crossed) FILTER (sale) AS categorised,
                coalesce(sum(value), 0)::BIGINT AS value
            FROM sales GROUP BY customer, month""",
    ),
    ask(
        "net_revenue",
        "average_order_value",
        "purchase_frequency",
        "revenue_per_customer",
        "items_per_order",
        "cross_sell_rate",
        "discount_share",
        "return_rate",
        query=f"""SELECT month, {mean("net_revenue", "net")}, {ratio("average_order_value", "sales", "orders")},
                {mean("purchase_frequency", "nullif(orders, 0)")},
                {ratio("revenue_per_customer", "net", "(orders > 0)::INTEGER")},
                {ratio("items_per_order", "items", "lined")}, {ratio("cross_sell_rate", "crossed", "categorised")},
                {ratio("discount_share", "discount", "listed")}, {ratio("return_rate", "refunded", "sales")}
            FROM bought GROUP BY month""",
    ),
    ask(
        "gini_coefficient",
        "top_decile_share",
        query=f"""WITH ranked AS (
                SELECT month, net, row_number() OVER w AS place, sum(net) OVER w AS held,
                    count(*) OVER (PARTITION BY month) AS size
                FROM bought WHERE net > 0
                WINDOW w AS (PARTITION BY month ORDER BY net ROWS UNBOUNDED PRECEDING)),
            cut AS (SELECT month, min(net) AS threshold FROM ranked WHERE place * 100 >= size * 90 GROUP BY month)
            SELECT month, {ratio("gini_coefficient", "place * net - held", "net")},
                {ratio("top_decile_share", "greatest(net - threshold, 0)", "net")},
                any_value(threshold) AS top_decile_share__q
            FROM ranked JOIN cut USING (month) GROUP BY month""",
    ),
    ask(
        "historic_clv",
        query="""WITH running AS (
                SELECT month, (sum(value) OVER w)::DOUBLE AS after, (sum(value) OVER w - value)::DOUBLE AS before,
                    value, row_number() OVER w = 1 AS came
                FROM bought WINDOW w AS (PARTITION BY customer ORDER BY month ROWS UNBOUNDED PRECEDING)),
            changes AS (
                SELECT month, count(*) FILTER (came) AS n, sum(value) AS x, sum(after * after - before * before) AS xx,
                    sum(after * after * after - before * before * before) AS xxx
                FROM running GROUP BY month)
            SELECT month, (sum(n) OVER w)::BIGINT AS historic_clv__n, (sum(x) OVER w)::BIGINT AS historic_clv__x,
                sum(xx) OVER w AS historic_clv__xx, sum(xxx) OVER w AS historic_clv__xxx
            FROM changes WINDOW w AS (ORDER BY month)""",
    ),
    drop("bought"),
    table(
        "order_days",
        """SELECT customer, day, lead(day) OVER (PARTITION BY customer ORDER BY day) AS next_day
            FROM (SELECT DISTINCT customer, day FROM sales WHERE sale)""",
    ),
    ask(
        "inter_purchase_time",
        query=f"""SELECT month, coalesce(next_day, {AS_OF - 1}) - day AS days, 0 AS late,
                count(next_day) AS ended, count(*) - count(next_day) AS censored
            FROM (SELECT month, customer, min(day) AS day, min(next_day) AS next_day
                FROM order_days JOIN calendar USING (day) GROUP BY ALL)
            GROUP BY ALL""",
    ),
    table(
        "buyers",
        """SELECT customer, min(day) AS first_day, arg_min_null(next_day, day) AS second_day
            FROM order_days GROUP BY customer""",
    ),
    ask(
        "repeat_purchase_rate",
        query=f"""SELECT month, {share("repeat_purchase_rate", "coalesce(second_day - first_day <= 90, false)")}
            FROM buyers JOIN calendar ON day = first_day WHERE first_day + 90 < {AS_OF} GROUP BY month""",
    ),
    ask(
        "cohort_ltv",
        query=f"""WITH early AS (
                SELECT customer, first_day, sum(value)::BIGINT AS value FROM sales JOIN buyers USING (customer)
                WHERE first_day + 365 <= {AS_OF} AND day BETWEEN first_day AND first_day + 364
                GROUP BY customer, first_day)
            SELECT month, {mean("cohort_ltv", "value")} FROM early JOIN calendar ON day = first_day GROUP BY month""",
    ),
    drop("sales"),
)

_FEATURES = ("search", "view_product", "compare", "wishlist", "chat", "review")
_BIT = " ".join(f"WHEN '{name}' THEN {1 << i}" for i, name in enumerate(_FEATURES))

EVENTS = (
    table(
        "active",
        f"""SELECT customer, day, bit_or(bit)::UTINYINT AS features, count(*) FILTER (bit > 0)::INTEGER AS uses
            FROM (SELECT customer_id, {day("occurred_at")} AS day, CASE name {_BIT} ELSE 0 END AS bit FROM events)
                JOIN people USING (customer_id)
            GROUP BY customer, day""",
    ),
    table(
        "lived",
        """SELECT customer, month, count(*) AS days, max(day) AS last_day, bit_count(bit_or(features)) AS features,
                sum(uses)::BIGINT AS uses, bit_or(features) AS bits, any_value(finish - start) AS elapsed,
                any_value(finish) AS finish, count(*) FILTER (day >= finish - 28) AS recent
            FROM active JOIN calendar USING (day) JOIN months USING (month) GROUP BY customer, month""",
    ),
    ask(
        "stickiness",
        "active_days",
        "engagement_score",
        "weekly_active_customers",
        "monthly_active_customers",
        "feature_adoption_rate",
        "feature_depth",
        query=f"""SELECT month, {ratio("stickiness", "days", "elapsed")},
                {mean("active_days", "nullif(recent, 0)")},
                {mean("engagement_score", "CASE WHEN recent > 0 THEN (recent + 29 - finish + last_day) * 100 END")},
                count(*) FILTER (finish - last_day <= 7) AS weekly_active_customers__yes,
                count(*) FILTER (finish - last_day <= 28) AS monthly_active_customers__yes,
                {share("feature_adoption_rate", "features > 0")}, {ratio("feature_depth", "uses", "features")}
            FROM lived GROUP BY month""",
    ),
    ask(
        "daily_active_customers",
        query=f"""SELECT month, {mean("daily_active_customers", "days")},
                sum(elapsed)::BIGINT AS daily_active_customers__over
            FROM lived GROUP BY month""",
    ),
    ask(
        "feature_breadth",
        query=f"""WITH known AS (
                SELECT month, bit_count(bit_or(any_bits) OVER (ORDER BY month)) AS available
                FROM (SELECT month, bit_or(bits) AS any_bits FROM lived GROUP BY month))
            SELECT month, {ratio("feature_breadth", "features", "available")}
            FROM lived JOIN known USING (month) GROUP BY month""",
    ),
    table(
        "visits",
        f"""SELECT customer, month, count(*) AS sessions, sum(seconds)::BIGINT AS seconds
            FROM (
                SELECT customer_id, {day("min(occurred_at)")} AS day,
                    (epoch(max(occurred_at)) - epoch(min(occurred_at)))::BIGINT AS seconds
                FROM events GROUP BY customer_id, session_id)
                JOIN people USING (customer_id) JOIN calendar USING (day)
            GROUP BY customer, month""",
    ),
    table(
        "visiting",
        "SELECT month, coalesce(sessions, 0) AS sessions, seconds FROM lived LEFT JOIN visits USING (customer, month)",
    ),
    ask(
        "session_frequency",
        query=f"SELECT month, {mean('session_frequency', 'sessions')} FROM visiting GROUP BY month",
    ),
    ask(
        "session_duration",
        query="""SELECT month, round(seconds / sessions)::BIGINT AS value, count(*) AS n
            FROM visiting WHERE sessions > 0 GROUP BY ALL""",
    ),
    # Months before and after tell who came, came back and left; counts of the few combinations tell who was in touch.
    table(
        "steps",
        """SELECT month, last_day, before, after, count(*) AS n
            FROM (SELECT month, last_day, lag(month) OVER w AS before, lead(month) OVER w AS after
                FROM lived WINDOW w AS (PARTITION BY customer ORDER BY month))
            GROUP BY ALL""",
    ),
    ask(
        "first_active_customers",
        "retained_customers",
        "resurrected_customers",
        "dormant_customers",
        "growth_quick_ratio",
        query=f"""WITH moves AS (
                SELECT month, n, before IS NULL AS is_new, before = month - 1 AS stayed,
                    before < month - 1 AS is_back, false AS is_gone
                FROM steps
                UNION ALL
                SELECT month + 1, n, false, false, false, true FROM steps
                WHERE coalesce(after > month + 1, true) AND month + 1 < {MONTHS}),
            counts AS (
                SELECT month, sum(n)::BIGINT AS n, coalesce(sum(n) FILTER (is_new), 0)::BIGINT AS new,
                    coalesce(sum(n) FILTER (stayed), 0)::BIGINT AS retained,
                    coalesce(sum(n) FILTER (is_back), 0)::BIGINT AS back,
                    coalesce(sum(n) FILTER (is_gone), 0)::BIGINT AS dormant, new + back AS come
                FROM moves GROUP BY month)
            SELECT month, new AS first_active_customers__yes, retained AS retained_customers__yes,
                back AS resurrected_customers__yes, dormant AS dormant_customers__yes,
                n AS growth_quick_ratio__n, come AS growth_quick_ratio__a, come AS growth_quick_ratio__aa,
                come AS growth_quick_ratio__aaa, dormant AS growth_quick_ratio__b,
                dormant AS growth_quick_ratio__bb, dormant AS growth_quick_ratio__bbb,
                0 AS growth_quick_ratio__ab, 0 AS growth_quick_ratio__aab, 0 AS growth_quick_ratio__abb
            FROM counts""",
    ),
    ask(
        "customer_retention_rate",
        "activity_churn_rate",
        query="""SELECT m.month, sum(n)::BIGINT AS customer_retention_rate__n, sum(n)::BIGINT AS activity_churn_rate__n,
                coalesce(sum(n) FILTER (kept), 0)::BIGINT AS customer_retention_rate__yes,
                coalesce(sum(n) FILTER (NOT kept), 0)::BIGINT AS activity_churn_rate__yes
            FROM (
                SELECT m.month, n, coalesce(after = m.month, false) OR last_day + 90 >= finish AS kept
                FROM steps AS s JOIN months AS m ON m.month > s.month AND m.start <= s.last_day + 90
                    AND m.month <= coalesce(s.after, m.month)) AS m
            GROUP BY m.month""",
    ),
    ask(
        "bounded_retention_rate",
        "rolling_retention_rate",
        "bracket_retention_rate",
        query=f"""WITH first AS (
                SELECT customer, min(day) AS first_day, max(day) AS last_day FROM active GROUP BY customer),
            aged AS (
                SELECT customer, bool_or(day - first_day < 60) AS bounded, bool_or(day - first_day > 30) AS bracket
                FROM active JOIN first USING (customer) WHERE day BETWEEN first_day + 30 AND first_day + 60
                GROUP BY customer)
            SELECT month,
                count(*) AS bounded_retention_rate__n, count(*) FILTER (bounded) AS bounded_retention_rate__yes,
                {share("rolling_retention_rate", "last_day - first_day >= 30")},
                count(*) FILTER (first_day + 60 < {AS_OF}) AS bracket_retention_rate__n,
                count(*) FILTER (bracket AND first_day + 60 < {AS_OF}) AS bracket_retention_rate__yes
            FROM first LEFT JOIN aged USING (customer) JOIN calendar ON calendar.day = first_day
            WHERE first_day + 60 <= {AS_OF} GROUP BY month""",
    ),
)

SIGN_UPS = (
    table(
        "marks",
        f"""SELECT customer, name, {day("occurred_at")} AS day FROM events JOIN people USING (customer_id)
            WHERE name IN ('sign_up', 'activated', 'purchase')""",
    ),
    table(
        "signed",
        f"""SELECT customer, coalesce(min(day), any_value(seen)) AS signed_day
            FROM people LEFT JOIN (SELECT * FROM marks WHERE name = 'sign_up') USING (customer)
            GROUP BY customer HAVING signed_day < {AS_OF}""",
    ),
    table(
        "activated",
        """SELECT signed_day, min(day) AS reached_day
            FROM signed LEFT JOIN (SELECT customer AS who, day FROM marks WHERE name = 'activated')
                ON customer = who AND day >= signed_day
            GROUP BY customer, signed_day""",
    ),
    ask(
        "activation_rate",
        query=f"""SELECT month, {share("activation_rate", "coalesce(reached_day - signed_day <= 14, false)")}
            FROM activated JOIN calendar ON day = signed_day WHERE signed_day + 14 < {AS_OF} GROUP BY month""",
    ),
    ask(
        "time_to_value",
        query=f"""SELECT month, coalesce(reached_day, {AS_OF - 1}) - signed_day AS days, 0 AS late,
                count(reached_day) AS ended, count(*) - count(reached_day) AS censored
            FROM activated JOIN calendar ON day = signed_day GROUP BY ALL""",
    ),
    ask(
        "conversion_rate",
        query=f"""WITH goals AS (
                SELECT customer AS who, day AS done FROM order_days
                UNION ALL SELECT customer, day FROM marks WHERE name = 'purchase'),
            converted AS (
                SELECT customer, signed_day, min(done) AS done
                FROM signed LEFT JOIN goals ON customer = who AND done >= signed_day
                GROUP BY customer, signed_day)
            SELECT month, {share("conversion_rate", "coalesce(done - signed_day <= 30, false)")}
            FROM converted JOIN calendar ON day = signed_day WHERE signed_day + 30 < {AS_OF} GROUP BY month""",
    ),
    ask(
        "new_customers",
        query=f"""WITH firsts AS (
                SELECT customer, min(day) AS day FROM active GROUP BY customer
                UNION ALL SELECT customer, first_day FROM buyers
                UNION ALL SELECT customer, {day("started_at")} FROM subscriptions JOIN people USING (customer_id)),
            began AS (SELECT customer, min(day) AS day FROM firsts GROUP BY customer)
            SELECT month, count(*) AS new_customers__yes FROM began JOIN calendar USING (day) GROUP BY month""",
    ),
    drop("order_days"),
    drop("active"),
)

CONTRACTS = (
    table(
        "contracts",
        f"""WITH priced AS (
                SELECT customer, subscription_id, {day("started_at")} AS start_day,
                    CASE WHEN ended_at IS NULL THEN 1000000
                        ELSE greatest({day("ended_at")}, {day("started_at")}) END AS end_day,
                    (monthly_amount * 10000)::BIGINT AS monthly, end_reason, monthly_amount > 0 AS paid
                FROM subscriptions JOIN people USING (customer_id)),
            reached AS (
                SELECT *, max(end_day) OVER (PARTITION BY customer, paid
                    ORDER BY start_day, end_day, subscription_id, monthly
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach FROM priced)
            SELECT customer, start_day, end_day, monthly, end_reason, paid,
                sum((reach IS NULL OR start_day > reach + 7)::INTEGER) OVER (PARTITION BY customer, paid
                    ORDER BY start_day, end_day, subscription_id, monthly ROWS UNBOUNDED PRECEDING) AS spell
            FROM reached""",
    ),
    table(
        "spells",
        """SELECT *, lead(start_day) OVER (PARTITION BY customer ORDER BY start_day) AS next_day
            FROM (SELECT customer, spell, min(start_day) AS start_day, max(end_day) AS end_day,
                    max(end_reason) FILTER (end_day = last_day) AS end_reason
                FROM (SELECT *, max(end_day) OVER (PARTITION BY customer, spell) AS last_day FROM contracts WHERE paid)
                GROUP BY customer, spell)""",
    ),
    ask(
        "trial_to_paid_rate",
        query=f"""WITH tried AS (
                SELECT customer, min(start_day) FILTER (NOT paid) AS trial_day, min(start_day) FILTER (paid) AS paid_day
                FROM contracts GROUP BY customer)
            SELECT month, {share("trial_to_paid_rate", "coalesce(paid_day - trial_day <= 30, false)")}
            FROM tried JOIN calendar ON day = trial_day
            WHERE coalesce(paid_day >= trial_day, true) AND trial_day + 30 < {AS_OF} GROUP BY month""",
    ),
    ask(
        "renewal_rate",
        query=f"""WITH due AS (
                SELECT c.customer, month, max(c.end_day) AS ended, max(s.end_day) AS until
                FROM contracts AS c JOIN spells AS s USING (customer, spell) JOIN calendar ON day = c.end_day
                WHERE paid AND coalesce(c.end_reason NOT IN ('upgraded', 'downgraded'), true)
                GROUP BY c.customer, month)
            SELECT month, {share("renewal_rate", "until > ended")} FROM due WHERE ended + 7 < {AS_OF} GROUP BY month""",
    ),
    ask(
        "involuntary_churn_share",
        query=f"""WITH ended AS (
                SELECT customer, month, bool_or(end_reason = 'payment_failed') AS failed
                FROM spells JOIN calendar ON day = end_day
                WHERE end_day + 7 < {AS_OF} AND end_reason IS NOT NULL GROUP BY customer, month)
            SELECT month, {share("involuntary_churn_share", "failed")} FROM ended GROUP BY month""",
    ),
    ask(
        "winback_rate",
        query=f"""WITH gone AS (
                SELECT customer, month, min(end_day) AS lapsed, min(next_day) AS back
                FROM spells JOIN calendar ON day = end_day GROUP BY customer, month)
            SELECT month, {share("winback_rate", "coalesce(back - lapsed <= 90, false)")}
            FROM gone WHERE lapsed + 90 < {AS_OF} GROUP BY month""",
    ),
    ask(
        "survival_one_year",
        "median_lifetime",
        "early_hazard",
        "later_hazard",
        query=f"""WITH seen AS (
                SELECT month, start - 1 - start_day AS entry, least(end_day, finish - 1) - start_day AS exit,
                    end_day <= finish - 1 AS ended
                FROM spells JOIN months ON start_day < finish AND end_day >= start WHERE start_day < {AS_OF})
            SELECT month, days,
                sum(late)::BIGINT AS late, sum(ended)::BIGINT AS ended, sum(censored)::BIGINT AS censored
            FROM (
                SELECT month, exit AS days, 0 AS late, ended::INTEGER AS ended, (NOT ended)::INTEGER AS censored
                FROM seen
                UNION ALL SELECT month, entry, 1, 0, 0 FROM seen WHERE entry >= 0)
            GROUP BY month, days""",
    ),
    table(
        "boundaries",
        f"SELECT month, start FROM months UNION ALL SELECT {MONTHS}, {AS_OF}",
    ),
    ask(
        "contract_retention_rate",
        "logo_churn_rate",
        query="""WITH standing AS (
                SELECT customer, month FROM spells JOIN boundaries ON start_day < start AND end_day >= start),
            kept AS (
                SELECT a.month, b.customer IS NOT NULL AS kept
                FROM standing AS a LEFT JOIN standing AS b ON b.customer = a.customer AND b.month = a.month + 1)
            SELECT month,
                count(*) AS contract_retention_rate__n, count(*) FILTER (kept) AS contract_retention_rate__yes,
                count(*) AS logo_churn_rate__n, count(*) FILTER (NOT kept) AS logo_churn_rate__yes
            FROM kept WHERE month < 24 GROUP BY month""",
    ),
    ask(
        "gross_revenue_churn_rate",
        "net_revenue_churn_rate",
        query=f"""WITH standing AS (
                SELECT customer, month, sum(monthly)::BIGINT AS monthly
                FROM contracts JOIN boundaries ON start_day < start AND end_day >= start GROUP BY customer, month),
            paying AS (
                SELECT a.month, a.monthly AS opening, coalesce(b.monthly, 0) AS closing,
                    greatest(opening - closing, 0) AS lost
                FROM standing AS a LEFT JOIN standing AS b ON b.customer = a.customer AND b.month = a.month + 1
                WHERE a.monthly > 0)
            SELECT month, {ratio("gross_revenue_churn_rate", "lost", "opening")},
                {ratio("net_revenue_churn_rate", "opening - closing", "opening")}
            FROM paying WHERE month < {MONTHS} GROUP BY month""",
    ),
)
