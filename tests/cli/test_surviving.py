"""Survival and cohort LTV on the command line and in Python: every number with what must travel with it."""

import csv
import io
import json
from datetime import date, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

import regulars
from regulars.catalogue.sources.simulated import simulate
from regulars.cli import terminal
from regulars.cli.main import app, exit_status

TRAVELS = {"value", "low", "high", "level", "method", "n", "period", "version", "flags", "why_not"}


CLUB = """
[company]
name = "Club"
currency = "EUR"
time_zone = "UTC"
as_of = 2025-01-01
[[source]]
name = "members"
files = ["members.csv"]
[source.tables.customers]
customer_id = "member"
market = "market"
[source.tables.subscriptions]
subscription_id = "member"
customer_id = "member"
started_at = "since"
ended_at = "until"
monthly_amount = "price"
"""


ONCE = """
[company]
name = "Once"
currency = "EUR"
time_zone = "UTC"
as_of = 2024-12-01
[[source]]
name = "orders"
files = ["orders.csv"]
[source.tables.orders]
order_id = "order"
customer_id = "who"
ordered_at = "day"
kind = "'sale'"
amount = "price"
"""


def loaded(folder):
    assert exit_status(lambda **_: app(["run", "-q", "-C", str(folder)], standalone_mode=False)) == 0
    return folder


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("club"), np.random.default_rng(1)
    lines = ["member,market,since,until,price"]
    for number in range(400):
        since = date(2023, 1, 1) + timedelta(days=int(rng.integers(0, 700)))
        until = since + timedelta(days=int(rng.exponential(300)))
        market, price = ("NL", "DE", "FR")[number % 3], (10, 20)[number % 2]
        lines.append(f"m{number},{market},{since},{until if until < date(2025, 1, 1) else ''},{price}")
    (folder / "regulars.toml").write_text(CLUB)
    (folder / "members.csv").write_text("\n".join(lines) + "\n")
    return loaded(folder)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    simulate(folder, customers=150, seed=1, tables=("orders",))
    return loaded(folder)


@pytest.fixture
def run(capfd):
    def told(folder, *words):
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(folder)], standalone_mode=False))
        out, err = capfd.readouterr()
        return status, out, err

    return told


def test_the_table_says_how_long_customers_stay(run, club):
    status, out, _ = run(club, "survival")
    assert status == 0
    for said in ("12 months", "half have left by", "mean within", "left", "renewal_grace_days=7", "UTC"):
        assert said in out
    assert "come back" not in out


def test_flags_stand_in_a_column_of_their_own(run, club, tmp_path):
    rows = ["order,who,day,price", *(f"o{number},c{number},2024-01-0{number + 1},5" for number in range(4))]
    (tmp_path / "regulars.toml").write_text(ONCE)
    (tmp_path / "orders.csv").write_text("\n".join(rows) + "\n")
    out = run(loaded(tmp_path), "survival")[1]
    head, back, *_ = out.splitlines()[1:]
    assert head.split()[-2:] == ["Note", "Flags"]
    assert back.startswith("come back within 90 d")
    assert back[head.index("Flags") :].strip() == "a"
    mean = next(line for line in out.splitlines() if line.startswith("mean"))
    assert "4 of 4 left" in mean
    assert "fewer than 10 customers were under observation after their first" in " ".join(out.split())
    assert "Flags" not in run(club, "survival")[1].splitlines()[1]


def test_of_buyers_it_is_said_first_who_comes_back(run, shop):
    lines = run(shop, "survival")[1].splitlines()
    assert lines[2].startswith("come back within 90 d")
    assert lines[3].startswith("half of those have left by")
    assert not [line for line in lines if line.startswith("half have left")]
    (document,) = json.loads(run(shop, "survival", "--format", "json")[1])
    (stay,) = document["groups"]
    assert stay["median_days_of_those"]["value"] > stay["median_days"]["value"]
    rows = list(csv.DictReader(io.StringIO(run(shop, "survival", "--format", "csv")[1])))
    (back,) = [row for row in rows if row["measure"] == "came back"]
    assert float(back["value"]) == stay["came_back"]["value"]


@pytest.mark.parametrize(
    ("width", "kept", "gone"), [(120, ["0", "1", "11", "12"], "2, 3"), (80, ["0", "1", "12"], "2, 3")]
)
def test_of_ages_the_early_ones_give_way(run, shop, monkeypatch, width, kept, gone):
    monkeypatch.setattr(terminal.out, "width", width)
    page = run(shop, "ltv")[1]
    ages = next(line for line in page.splitlines() if line.startswith("Cohort")).split()[2:]
    assert [age for age in ages if age in kept] == kept
    assert f"Left out at this width: {gone}" in " ".join(page.split())
    assert max(map(len, page.splitlines())) <= width


def test_every_format_carries_the_same_survival(run, club, tmp_path):
    asked = ("survival", "--by", "market")
    (document,) = json.loads(run(club, *asked, "--format", "json")[1])
    assert document["of"] == "contracts"
    assert document["log_rank"]["df"] == document["log_rank"]["groups"] - 1 > 0
    points = [point for group in document["groups"] for point in group["stays"]]
    assert all(set(point) >= TRAVELS | {"months", "days", "at_risk"} for point in points)
    assert sum(group["customers"] for group in document["groups"]) > 100
    rows = list(csv.DictReader(io.StringIO(run(club, *asked, "--format", "csv")[1])))
    target = tmp_path / "out.parquet"
    run(club, *asked, "--format", "parquet", "-o", str(target))
    stored = [row for row in pq.read_table(target).to_pylist() if row["measure"].startswith("stays")]
    rows = [row for row in rows if row["measure"].startswith("stays")]
    assert [row["value"] for row in stored] == [point["value"] for point in points]
    assert [float(row["value"]) if row["value"] else None for row in rows] == [row["value"] for row in stored]
    assert [row["by_market"] for row in rows] == [row["by_market"] for row in stored]


def test_hazard_ratios_are_called_associations(run, club):
    status, out, _ = run(club, "survival", "--cox", "--by", "market")
    assert status == 0
    assert "It is an association, not an effect" in " ".join(out.split())
    (document,) = json.loads(run(club, "survival", "--cox", "--by", "market", "--format", "json")[1])
    ratios = document["hazard_ratios"]
    assert all(set(ratio) >= TRAVELS | {"p_value", "q", "p_same_at_all_tenures", "against"} for ratio in ratios)
    assert {"market", "first monthly amount (doubled)"} <= {ratio["covariate"] for ratio in ratios}
    assert document["left"] >= 10 * len(ratios)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("survival", "--by", "markt"), "Did you mean `market`?"),
        (("survival", "--of", "customers"), "`customers` needs `orders`"),
        (("survival", "--of", "contract"), "Did you mean `contracts`?"),
        (("survival", "--format", "xml"), "no format"),
        (("ltv",), "`ltv` needs `orders`"),
    ],
)
def test_wrong_words_end_with_advice(run, club, words, said):
    status, out, err = run(club, *words)
    assert (status, out) == (2, "")
    assert said in err


def test_forecasts_of_ltv_are_marked_and_carry_their_score(run, shop):
    asked = ("ltv", "--grain", "quarter", "--months", "6")
    records = json.loads(run(shop, *asked, "--format", "json")[1])
    assert all(set(one) >= TRAVELS | {"forecast", "to_come", "size", "age_months"} for one in records)
    ahead = [one for one in records if one["forecast"]]
    assert ahead
    for one in ahead:
        assert one["low"] < one["value"] < one["high"]
        assert 0 < one["to_come"] <= one["value"]
        assert "past error of totals" in one["method"]
        assert one["score"]["naive"] == "recent_value"
        assert one["score"]["verdict"]
        assert set(one["score"]["bias"]) >= {"value", "low", "high", "n"}
    seen = [one for one in records if not one["forecast"]]
    assert all(one["score"] is None and one["to_come"] == 0 for one in seen)
    assert any(one["value"] is not None for one in seen)
    for cohort in {one["cohort"] for one in records} - {"pooled"}:
        values = [one["value"] for one in records if one["cohort"] == cohort]
        assert values == sorted(values)
    table = list(csv.DictReader(io.StringIO(run(shop, *asked, "--format", "csv")[1])))
    assert [row["value"] for row in table] == [str(one["value"]) for one in records]
    assert [row["score_model"] != "" for row in table] == [one["forecast"] for one in records]
    page = " ".join(run(shop, *asked)[1].split())
    for said in ("~", "Forecast by `", "Tried on", "recent_value", "learned from"):
        assert said in page


def test_in_python(club):
    with regulars.open(club) as company:
        stays = company.survival(by=["market"]).to_pandas()
        ratios = company.hazards(by=["market"]).to_pandas()
    assert {"by_market", "measure", "at_risk", "value", "low", "high", "as_of"} <= set(stays.columns)
    assert (ratios["low"] <= ratios["high"]).all()
