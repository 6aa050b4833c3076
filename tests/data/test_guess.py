"""Files as companies have them, proposed without a hand edit."""

import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyarrow.csv import write_csv

from regulars.core.errors import QueryError
from regulars.core.settings import Settings, read
from regulars.data.guess import Proposal, propose, to_toml
from regulars.data.mapping import check
from regulars.data.tables import TABLES, Kind


def _settings(proposal: Proposal, workspace: Path) -> Settings:
    """Write the proposal and read it back: it must be a faultless settings file."""
    path, text = workspace / "regulars.toml", to_toml(proposal)
    path.write_text(text, encoding="utf-8")
    settings = read(path)
    assert check(settings, text, headers=_headers(proposal)) == []
    return settings


def _headers(proposal: Proposal) -> Mapping[str, Sequence[str]]:
    return {
        source.name: sorted(
            {name for feed in source.feeds for mapped in (*feed.columns, *feed.attributes) for name in mapped.uses}
        )
        for source in proposal.sources
        if not any(feed.where for feed in source.feeds)
    }


def _guessed(workspace: Path, *paths: Path) -> dict[str, dict[str, object]]:
    """Return source -> table -> mapping (`where` and `lines` among the columns), as the settings file says it."""
    settings = _settings(propose(paths or [workspace], workspace=workspace), workspace)
    return {
        source.name: {
            table: {
                **mapping.columns,
                **({"where": mapping.where} if mapping.where else {}),
                **({"lines": True} if mapping.lines else {}),
                **({"attributes": mapping.attributes} if mapping.attributes else {}),
            }
            for table, mapping in source.tables.items()
        }
        for source in settings.sources
    }


def _write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


SHOPIFY = """\
Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Billing Country,Refunded Amount,Id
#1001,ann@example.com,paid,2024-03-01 10:01:22 -0500,USD,60.00,5.00,3.00,68.00,0.00,2024-03-01 10:01:20 -0500,\
2,Mug,20.00,MUG-1,0.00,US,0.00,5551001
#1001,ann@example.com,,,,,,,,,2024-03-01 10:01:20 -0500,1,Tea,20.00,TEA-9,0.00,,,
#1002,bob@example.com,refunded,2024-03-02 11:00:00 -0500,USD,15.00,5.00,1.00,21.00,0.00,2024-03-02 10:59:00 -0500,\
1,Cup,15.00,CUP-3,0.00,US,21.00,5551002
#1003,cee@example.com,voided,,USD,20.00,5.00,1.00,26.00,0.00,2024-03-03 09:00:00 -0500,\
1,Mug,20.00,MUG-1,0.00,CA,0.00,5551003
"""


def test_a_shop_systems_export_of_order_lines(tmp_path: Path) -> None:
    _write(tmp_path / "orders_export_1.csv", SHOPIFY)
    found = _guessed(tmp_path)
    orders, lines = found["orders_export"]["orders"], found["orders_export"]["order_lines"]
    assert orders == {
        "lines": True,
        "where": "`Financial Status` is null or `Financial Status` != 'voided'",
        "order_id": "Name",
        "customer_id": "Email",
        "ordered_at": "datetime(`Created at`, '%Y-%m-%d %H:%M:%S %z')",
        "kind": "'sale'",
        "currency": "Currency",
    }
    assert isinstance(lines, dict)
    assert lines["product_id"] == "`Lineitem sku`"
    assert lines["amount"] == "`Lineitem quantity` * `Lineitem price` - `Lineitem discount`"
    refunds = found["orders_export_refunds"]["orders"]
    assert isinstance(refunds, dict)
    assert refunds["order_id"] == "concat(Name, '-', 'refund')"
    assert (refunds["kind"], refunds["amount"]) == ("'refund'", "-`Refunded Amount`")
    assert refunds["where"] == "`Refunded Amount` > 0"


STRIPE_PAYMENTS = """\
id,Description,Created (UTC),Amount,Amount Refunded,Currency,Fee,Status,Customer ID,Customer Email,Captured
ch_1,Invoice 1,2024-01-05 12:33:01,49.00,0.00,usd,1.72,Paid,cus_A1,ann@example.com,true
ch_2,Invoice 2,2024-01-06 08:15:44,99.00,99.00,usd,3.17,Refunded,cus_B2,bob@example.com,true
ch_3,Invoice 3,2024-01-07 09:00:10,49.00,0.00,usd,0.00,Failed,cus_C3,cee@example.com,false
ch_4,Invoice 4,2024-02-05 12:33:01,49.00,0.00,usd,1.72,Paid,cus_A1,ann@example.com,true
"""
STRIPE_SUBSCRIPTIONS = """\
id,Customer ID,Plan,Quantity,\
Currency,Interval,Amount,Created (UTC),Start (UTC),Current Period Start (UTC),Ended At (UTC)
sub_1,cus_A1,basic,1,usd,month,49.00,2024-01-05 12:30,2024-01-05 12:31,2024-03-05 12:31,
sub_2,cus_B2,pro,2,usd,year,990.00,2024-01-06 08:10,2024-01-06 08:11,2024-01-06 08:11,2024-02-01 00:00
"""


def test_a_payment_systems_payments_and_subscriptions(tmp_path: Path) -> None:
    _write(tmp_path / "unified_payments.csv", STRIPE_PAYMENTS)
    _write(tmp_path / "subscriptions.csv", STRIPE_SUBSCRIPTIONS)
    found = _guessed(tmp_path)
    assert found["unified_payments"] == {
        "orders": {
            "where": "Status != 'Failed'",
            "order_id": "id",
            "customer_id": "`Customer ID`",
            "ordered_at": "`Created (UTC)`",
            "kind": "'sale'",
            "amount": "Amount",
            "currency": "upper(Currency)",
        }
    }
    assert found["subscriptions"]["subscriptions"] == {
        "subscription_id": "id",
        "customer_id": "`Customer ID`",
        "started_at": "`Start (UTC)`",
        "ended_at": "`Ended At (UTC)`",
        "monthly_amount": "if(Interval = 'year', round(Amount / 12, 4), Amount)",
        "currency": "upper(Currency)",
        "plan": "Plan",
        "seats": "Quantity",
    }
    settings = read(tmp_path / "regulars.toml")
    assert settings.company.currency == "USD"
    assert {source.time_zone for source in settings.sources} == {"UTC"}


GERMAN = """\
Bestellnummer;Kundennummer;Bestelldatum;Nettobetrag;Währung;Zahlungsart
B-1001;K-17;03.01.2024 09:15;1.234,50;EUR;Rechnung
B-1002;K-18;15.01.2024 17:40;19,90;EUR;PayPal
B-1003;K-17;02.02.2024 08:05;-19,90;EUR;Rechnung
"""


def test_a_german_export(tmp_path: Path) -> None:
    _write(tmp_path / "Bestellungen.csv", GERMAN, encoding="cp1252")
    assert _guessed(tmp_path)["bestellungen"]["orders"] == {
        "order_id": "Bestellnummer",
        "customer_id": "Kundennummer",
        "ordered_at": "datetime(Bestelldatum, '%d.%m.%Y %H:%M')",
        "kind": "if(Nettobetrag < 0, 'refund', 'sale')",
        "amount": "Nettobetrag",
        "currency": "Währung",
    }
    settings = read(tmp_path / "regulars.toml")
    source = settings.sources[0]
    assert (source.delimiter, source.encoding, source.decimal, source.thousands) == (";", "cp1252", ",", ".")
    assert (settings.company.currency, settings.company.time_zone) == ("EUR", "Europe/Berlin")


NPS = """\
Respondent,Email,Date submitted,How likely are you to recommend us to a friend? (0-10),\
What is the main reason for your score?
1,ann@example.com,03/14/2024,9,Great service and quick delivery
2,bob@example.com,03/15/2024,3,Too expensive for what it is
3,cee@example.com,03/15/2024,10,
4,dee@example.com,03/16/2024,0,Nobody answered the phone for days
"""


def test_an_nps_survey(tmp_path: Path) -> None:
    _write(tmp_path / "nps_survey_2024.csv", NPS)
    assert _guessed(tmp_path)["nps_survey"]["responses"] == {
        "response_id": "Respondent",
        "customer_id": "Email",
        "responded_at": "datetime(`Date submitted`, '%m/%d/%Y')",
        "question": "'nps'",
        "score": "`How likely are you to recommend us to a friend? (0-10)`",
        "scale_max": "10",
        "comment": "`What is the main reason for your score?`",
    }
    assert read(tmp_path / "regulars.toml").sources[0].duplicates is None


SMALL = {
    "marketing_spend.csv": "Date,Channel,Spend\n2024-01-01,Ads,120.50\n2024-01-02,Radio,80.00\n",
    "campaigns.csv": "campaign_id,campaign_name,start_date,end_date\nC1,Spring,2024-03-01,2024-03-14\n",
    "recipients.csv": "campaign_id,customer_id,group,sent_at\nC1,K-1,mail,2024-03-01\nC1,K-2,control,2024-03-01\n",
    "referrals.csv": "referrer,referred,date\nK-1,K-2,2024-02-01\nK-1,K-3,2024-02-05\n",
    "logins.csv": "user_id,timestamp\nK-1,2024-02-01T08:00:00Z\nK-2,2024-02-01T09:00:00Z\nK-1,2024-02-02T08:00:00Z\n",
    "ticket_history.csv": (
        "ticket_id,changed_at,new_status,changed_by\nT-1,2024-01-01 10:00,New,agent\n"
        "T-1,2024-01-02 10:00,Resolved,agent\nT-2,2024-01-02 11:00,New,customer\n"
    ),
}


def test_small_files_of_every_kind(tmp_path: Path) -> None:
    for name, text in SMALL.items():
        _write(tmp_path / name, text)
    found = _guessed(tmp_path)
    assert found["marketing_spend"] == {
        "spend": {"spent_on": "Date", "amount": "Spend", "purpose": "'acquisition'", "channel": "Channel"}
    }
    assert found["campaigns"]["campaigns"] == {
        "campaign_id": "campaign_id",
        "name": "campaign_name",
        "started_at": "start_date",
        "ended_at": "end_date",
        "randomised": "false",
    }
    assert found["recipients"] == {
        "touches": {
            "campaign_id": "campaign_id",
            "customer_id": "customer_id",
            "arm": "if(group = 'control', 'holdout', group)",
            "assigned_at": "sent_at",
        }
    }
    assert found["referrals"] == {
        "referrals": {"referrer_id": "referrer", "referred_id": "referred", "referred_at": "date"}
    }
    assert found["logins"] == {"events": {"customer_id": "user_id", "occurred_at": "timestamp", "name": "'login'"}}
    assert found["ticket_history"] == {
        "ticket_events": {
            "ticket_id": "ticket_id",
            "occurred_at": "changed_at",
            "state": "map(new_status, 'New', 'open', 'Resolved', 'solved')",
            "actor": "changed_by",
        }
    }


_VALUES = {
    Kind.TEXT: "t{}",
    Kind.INTEGER: "{}",
    Kind.NUMBER: "{}.5",
    Kind.MONEY: "{}.25",
    Kind.INSTANT: "2024-01-{:02d}T08:00:00",
    Kind.DATE: "2024-01-{:02d}",
    Kind.BOOLEAN: "true",
}


def test_the_canonical_tables_map_one_to_one(tmp_path: Path) -> None:
    for table in TABLES.values():
        with (tmp_path / f"{table.name}.csv").open("w", newline="") as file:
            out = csv.writer(file)
            own = ["age_band"] if table.open else []
            out.writerow([column.name for column in table.columns] + own)
            for row in range(1, 6):
                cells = [
                    column.choices[0] if column.choices else _VALUES[column.kind].format(row)
                    for column in table.columns
                ]
                out.writerow([*cells, *own])
    found = _guessed(tmp_path)
    assert set(found) == set(TABLES)
    for table in TABLES.values():
        names = {column.name: column.name for column in table.columns}
        own_attributes = {"attributes": {"age_band": "age_band"}} if table.open else {}
        assert found[table.name] == {table.name: names | own_attributes}


AMBIGUOUS = "order_id,customer_id,order_date,amount\n" + "".join(
    f"{n},{n % 3},0{1 + n % 3}/0{1 + n % 9}/2024,10.00\n" for n in range(1, 30)
)


def test_a_doubtful_date_is_asked_and_the_answer_kept(tmp_path: Path) -> None:
    _write(tmp_path / "orders.csv", AMBIGUOUS)
    proposal = propose([tmp_path], workspace=tmp_path)
    doubt = next(doubt for doubt in proposal.doubts if "order_date" in doubt.question)
    # Months 1 to 9 of days 1 to 3, or days 1 to 9 of months 1 to 3: the shorter span is likelier.
    assert doubt.options == ("%m/%d/%Y", "%d/%m/%Y")
    assert doubt.best == "%m/%d/%Y"
    answered = doubt.answer("%d/%m/%Y")
    mapped = answered.source("orders").feeds[0].column("ordered_at")
    assert mapped is not None
    assert mapped.expression == "datetime(order_date, '%d/%m/%Y')"
    assert [left.question for left in answered.doubts] == [
        d.question for d in proposal.doubts if d is not doubt and d.question != doubt.question
    ]
    with pytest.raises(QueryError, match="no answer"):
        doubt.answer("tomorrow")


def test_the_company_may_answer_what_is_no_option(tmp_path: Path) -> None:
    _write(tmp_path / "orders.csv", AMBIGUOUS)
    proposal = propose([tmp_path], workspace=tmp_path)
    for key, value in (("company.currency", "SEK"), ("company.time_zone", "Europe/Stockholm")):
        proposal = next(doubt for doubt in proposal.doubts if doubt.about == key).answer(value)
    settings = _settings(proposal, tmp_path)
    assert (settings.company.currency, settings.company.time_zone) == ("SEK", "Europe/Stockholm")


def test_rows_that_say_who_left_are_left_out_unless_wanted(tmp_path: Path) -> None:
    rows = "churn_id,account_id,churn_date,reason\nc1,a1,2024-01-01,price\nc2,a2,2024-01-03,other\n"
    _write(tmp_path / "churn_events.csv", rows)
    proposal = propose([tmp_path], workspace=tmp_path)
    assert not proposal.source("churn_events").feeds
    doubt = next(doubt for doubt in proposal.doubts if doubt.about == "churn_events")
    name = doubt.answer("events").source("churn_events").feeds[0].column("name")
    assert name is not None
    assert name.expression == "'churn'"


def test_files_of_one_shape_are_one_source(tmp_path: Path) -> None:
    for month in ("01", "02"):
        _write(tmp_path / "in" / f"sales-2024-{month}.csv", AMBIGUOUS)
    proposal = propose([tmp_path / "in"], workspace=tmp_path)
    (source,) = proposal.sources
    assert (source.name, source.files) == ("sales", ("in/sales*.csv",))


def test_what_cannot_be_read_or_used_is_said(tmp_path: Path) -> None:
    _write(tmp_path / "empty.csv", "")
    _write(tmp_path / "sellers.csv", "seller_id,city\ns1,Rome\ns2,Oslo\n")
    proposal = propose([tmp_path], workspace=tmp_path)
    text = to_toml(proposal)
    assert [path.name for path, _ in proposal.unreadable] == ["empty.csv"]
    assert "# sellers.csv: no canonical table has one row per `seller_id`" in text
    assert "empty.csv: cannot be read:" in text


def test_every_line_carries_its_reason(tmp_path: Path) -> None:
    _write(tmp_path / "Bestellungen.csv", GERMAN, encoding="cp1252")
    text = to_toml(propose([tmp_path], workspace=tmp_path))
    mapping = text.split("[source.tables.orders]\n")[1].strip().splitlines()
    assert all("  # " in line for line in mapping)
    assert "# `Bestelldatum`: 100% of 3 sampled values read as %d.%m.%Y %H:%M" in text
    assert "# DOUBT: In which time zone are times?" in text


def test_the_same_files_give_the_same_text(tmp_path: Path) -> None:
    for name, text in SMALL.items():
        _write(tmp_path / name, text)
    paths = sorted(tmp_path.glob("*.csv"))
    first = to_toml(propose(paths, workspace=tmp_path))
    assert first == to_toml(propose(paths, workspace=tmp_path))


# --- real data ---


def _retail(shared: Path, folder: Path, rows: int | None) -> Path:
    table = pq.read_table(shared / "data" / "online_retail" / "online_retail_2010_2011.parquet")
    path = folder / "Online Retail.csv"
    write_csv(table.slice(0, rows) if rows else table, path)
    return path


RETAIL_ORDERS = {
    "lines": True,
    "order_id": "InvoiceNo",
    "ordered_at": "InvoiceDate",
    "kind": "if(starts_with(InvoiceNo, 'C') or Quantity < 0, 'refund', 'sale')",
}
RETAIL_LINES = {
    "order_id": "InvoiceNo",
    "product_id": "StockCode",
    "quantity": "Quantity",
    "amount": "Quantity * UnitPrice",
}


@pytest.mark.shared_data
@pytest.mark.parametrize("rows", [20_000, pytest.param(None, marks=pytest.mark.long)])
def test_online_retail_as_csv(shared: Path, tmp_path: Path, rows: int | None) -> None:
    _retail(shared, tmp_path, rows)
    customer = "trim_suffix(CustomerID, '.0')"
    assert _guessed(tmp_path)["online_retail"] == {
        "orders": RETAIL_ORDERS | {"customer_id": customer},
        "order_lines": RETAIL_LINES,
        "customers": {"customer_id": customer, "market": "Country"},
    }
    settings = read(tmp_path / "regulars.toml")
    assert (settings.company.currency, settings.company.time_zone) == ("GBP", "Europe/London")
    assert settings.rules.discount == ("D",)
    few = {"POST", "M", "DOT", "AMAZONFEE", "C2", "BANK CHARGES", "S"}
    assert set(settings.rules.not_product) == (few if rows else few | {"CRUK", "B"})


@pytest.mark.shared_data
def test_online_retail_as_a_workbook(shared: Path, tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    table = pq.read_table(shared / "data" / "online_retail" / "online_retail_2010_2011.parquet").slice(0, 5_000)
    book = xlsxwriter.Workbook(tmp_path / "Online Retail.xlsx")
    sheet = book.add_worksheet("Online Retail")
    sheet.write_row(0, 0, table.column_names)
    for number, row in enumerate(table.to_pylist(), 1):
        for position, value in enumerate(row.values()):
            number_like = (
                value is not None and position in (0, 1, 3, 5, 6) and value.replace(".", "").lstrip("-").isdigit()
            )
            sheet.write(number, position, float(value) if number_like else value)
    book.close()
    found = _guessed(tmp_path)["online_retail"]
    assert found["orders"] == RETAIL_ORDERS | {"customer_id": "CustomerID"}
    assert found["order_lines"] == RETAIL_LINES


@pytest.mark.shared_data
def test_cdnow(shared: Path, tmp_path: Path) -> None:
    assert _guessed(tmp_path, shared / "data" / "cdnow") == {
        "cdnow_master": {
            "orders": {
                "order_id": "concat(customer_id, '-', date, '-', __line__)",
                "customer_id": "customer_id",
                "ordered_at": "datetime(date, '%Y%m%d')",
                "kind": "'sale'",
                "amount": "dollar_value",
            }
        }
    }
    settings = read(tmp_path / "regulars.toml")
    assert settings.company.currency == "USD"
    assert settings.sources[0].duplicates == "keep"


@pytest.mark.shared_data
def test_ravenstack(shared: Path, tmp_path: Path) -> None:
    found = _guessed(tmp_path, shared / "data" / "ravenstack")
    accounts = found["ravenstack_accounts"]["customers"]
    assert isinstance(accounts, dict)
    assert accounts.pop("attributes").keys() >= {"is_trial", "industry", "seats", "churn_flag"}
    assert accounts == {
        "customer_id": "account_id",
        "first_seen_at": "signup_date",
        "market": "country",
        "segment": "plan_tier",
        "acquisition_channel": "referral_source",
    }
    assert found["ravenstack_subscriptions"] == {
        "subscriptions": {
            "subscription_id": "subscription_id",
            "customer_id": "account_id",
            "started_at": "start_date",
            "ended_at": "end_date",
            "monthly_amount": "if(is_trial = 'true', 0, mrr_amount)",
            "plan": "plan_tier",
            "seats": "seats",
        },
        "identity": {
            "alias": "subscription_id",
            "customer_id": "account_id",
            "evidence": "'same row of ravenstack_subscriptions'",
        },
    }
    assert found["ravenstack_feature_usage"] == {
        "events": {
            "event_id": "usage_id",
            "customer_id": "subscription_id",
            "occurred_at": "usage_date",
            "name": "feature_name",
        }
    }
    tickets = found["ravenstack_support_tickets"]
    assert tickets["tickets"] == {
        "ticket_id": "ticket_id",
        "customer_id": "account_id",
        "opened_at": "submitted_at",
        "priority": "priority",
        "escalated": "escalation_flag",
    }
    opened = {"ticket_id": "ticket_id", "occurred_at": "submitted_at", "state": "'open'", "actor": "'customer'"}
    assert tickets["ticket_events"] == opened
    assert found["ravenstack_support_tickets_solved"] == {
        "ticket_events": {name: one for name, one in opened.items() if name != "actor"}
        | {"occurred_at": "datetime(closed_at, '%Y-%m-%d %H:%M')", "state": "'solved'"}
    }
    assert found["ravenstack_support_tickets_answered"] == {
        "ticket_events": opened
        | {
            "occurred_at": "add_seconds(submitted_at, first_response_time_minutes * 60)",
            "state": "'pending'",
            "actor": "'agent'",
        }
    }
    assert "ravenstack_churn_events" not in found
    assert read(tmp_path / "regulars.toml").company.currency == "USD"


@pytest.mark.shared_data
def test_olist(shared: Path, tmp_path: Path) -> None:
    found = _guessed(tmp_path, shared / "data" / "olist_subset")
    assert found == {
        "olist_customers_dataset": {
            "customers": {"customer_id": "customer_unique_id", "market": "customer_state"},
            "identity": {
                "alias": "customer_id",
                "customer_id": "customer_unique_id",
                "evidence": "'same row of olist_customers_dataset'",
            },
        },
        "olist_orders_dataset": {
            "orders": {
                "where": "order_status not in ('canceled', 'unavailable')",
                "order_id": "order_id",
                "customer_id": "customer_id",
                "ordered_at": "order_purchase_timestamp",
                "kind": "'sale'",
                "promised_at": "order_estimated_delivery_date",
                "delivered_at": "order_delivered_customer_date",
            },
            "identity": {
                "alias": "order_id",
                "customer_id": "customer_id",
                "evidence": "'same row of olist_orders_dataset'",
            },
        },
        "olist_order_items_dataset": {
            "order_lines": {
                "order_id": "order_id",
                "line": "order_item_id",
                "product_id": "product_id",
                "quantity": "1",
                "amount": "price",
            }
        },
        "olist_order_reviews_dataset": {
            "responses": {
                "response_id": "concat(review_id, '-', order_id)",
                "customer_id": "order_id",
                "order_id": "order_id",
                "responded_at": "review_answer_timestamp",
                "question": "'csat'",
                "score": "review_score",
                "scale_max": "5",
                "comment": "review_comment_message",
                "touchpoint": "'transactional'",
            }
        },
    }
    settings = read(tmp_path / "regulars.toml")
    assert (settings.company.currency, settings.company.time_zone) == ("BRL", "America/Sao_Paulo")
    text = (tmp_path / "regulars.toml").read_text()
    assert "625 canceled, 609 unavailable" in text
    assert "a `review_id` stands beside several `order_id`: an answer about each" in text


@pytest.mark.shared_data
@pytest.mark.parametrize("folder", ["hillstrom", "womens_reviews", "online_shoppers", "banking77"])
def test_what_fits_no_table_is_not_forced_into_one(shared: Path, tmp_path: Path, folder: str) -> None:
    proposal = propose([shared / "data" / folder], workspace=tmp_path)
    assert not any(source.feeds for source in proposal.sources)
    assert "# Not used:" in to_toml(proposal)


@pytest.mark.shared_data
def test_a_survey_with_a_code_for_no_answer_and_no_date(shared: Path, tmp_path: Path) -> None:
    found = _guessed(tmp_path, shared / "data" / "sfo_survey")["2017_sfo_customer_survey"]["responses"]
    assert found == {
        "where": "NETPRO is not null and NETPRO not in (11)",
        "response_id": "concat('2017_sfo_customer_survey', '-', __line__)",
        "responded_at": "datetime('2017-07-01', '%Y-%m-%d')",
        "question": "'nps'",
        "score": "NETPRO",
        "scale_max": "10",
        "weight": "round(WEIGHT, 4)",
    }
    text = (tmp_path / "regulars.toml").read_text()
    assert "84 of 2,830 `NETPRO` are 11, off the scale of 0 to 10: taken as not answered and skipped." in text
    assert "NO COLUMN SAYS WHEN" in text


@pytest.mark.shared_data
def test_a_log_of_what_was_done_to_cases(shared: Path, tmp_path: Path) -> None:
    found = _guessed(tmp_path, shared / "data" / "helpdesk")["helpdesk"]
    changes = found["ticket_events"]
    assert (changes["ticket_id"], changes["occurred_at"]) == ("case", "`time:timestamp`")
    for deed, state in (("Take in charge ticket", "open"), ("Wait", "pending"), ("Resolve ticket", "solved")):
        assert f"'{deed}', '{state}'" in changes["state"]


@pytest.mark.parametrize(
    ("answers", "question", "most", "codes"),
    [
        ([0, 5, 9, 10], "nps", 10, set()),
        ([0, 5, 9, 10, 11, 99], "nps", 10, {"11", "99"}),
        ([1, 2, 3, 4, 5], "csat", 5, set()),
        ([0, 1, 2, 3, 4, 5, 6], "csat", 5, {"6"}),  # as often 0 as 1: a scale from 0
        ([0, 0, 0, 1, 2, 3, 4, 5, 6], "csat", 5, {"0", "6"}),
        ([1, 2, 3, 4, 5, 6, 7], "csat", 7, set()),
        ([1, 2, 3, 4, 5, 6, 7, 8], "csat", 7, {"8"}),
        ([-9, 1, 3, 5], "csat", 5, {"-9"}),
        ([0, 35, 80, 100], "csat", 100, set()),
    ],
)
def test_codes_are_told_from_answers(
    tmp_path: Path, answers: list[int], question: str, most: int, codes: set[str]
) -> None:
    rows = "".join(f"{n},2024-01-{1 + n % 28:02},{score}\n" for n, score in enumerate(answers * 5))
    (tmp_path / "survey.csv").write_text("response id,responded at,rating\n" + rows)
    found = _guessed(tmp_path, tmp_path / "survey.csv")["survey"]["responses"]
    assert (found["question"], found["scale_max"]) == (f"'{question}'", str(most))
    assert ("scale_min" in found) == (0 in answers and question == "csat" and "0" not in codes)
    where = found.get("where", "")
    assert ("not in" in where) == bool(codes)
    listed = set(where.partition("not in (")[2].rstrip(")").split(", ")) - {""}
    assert listed == codes


ONE_BAD_DATE = """Order ID,Customer,Order Date,Amount
1,ann,2024-01-01,5.00
2,bob,2024-02-30,6.50
3,cy,2024-03-01,7.20
"""


@pytest.mark.parametrize("written", ["2024-02-30", "30.02.2024"])
def test_one_impossible_date_among_few_does_not_make_orders_customers(tmp_path: Path, written: str) -> None:
    text = ONE_BAD_DATE
    if "." in written:
        for day in ("01-01", "02-30", "03-01"):
            text = text.replace(f"2024-{day}", f"{day[3:]}.{day[:2]}.2024")
    assert written in text
    _write(tmp_path / "x.csv", text)
    found = _guessed(tmp_path)["x"]
    assert found["orders"]["order_id"] == "`Order ID`"  # type: ignore[index]
    assert found["orders"]["amount"] == "Amount"  # type: ignore[index]


def test_what_looks_like_orders_but_has_no_dates_is_asked_about(tmp_path: Path) -> None:
    _write(tmp_path / "x.csv", ONE_BAD_DATE.replace("2024-01-01", "soon").replace("2024-03-01", "later"))
    questions = {doubt.question: doubt for doubt in propose([tmp_path], workspace=tmp_path).doubts}
    assert questions["What is a row of x.csv?"].options[-1] == "leave it out"


def test_a_file_that_breaks_off_takes_no_other_down(tmp_path: Path) -> None:
    _write(tmp_path / "x1.csv", ONE_BAD_DATE)
    header, *rows = ONE_BAD_DATE.splitlines()
    noise = (f"{i},{i * 7919 % 100_003},2024-01-01,{i * 104_729 % 99_991}" for i in range(100_000))
    packed = gzip.compress("\n".join([header, *rows, *noise]).encode())
    (tmp_path / "y.csv.gz").write_bytes(packed[: len(packed) * 9 // 10])
    proposal = propose([tmp_path], workspace=tmp_path)
    assert [path.name for path, _why in proposal.unreadable] == ["y.csv.gz"]
    assert [source.name for source in proposal.sources if source.feeds] == ["x1"]
