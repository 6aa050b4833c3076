"""`regulars forecast`, as somebody types it, and what Python gives."""

import csv
import io
import json

import numpy as np
import pyarrow.parquet as parquet
import pytest

import heard_shop
import regulars
from regulars.cli.main import app, exit_status
from regulars.reports.tables import table


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a shop that sold on most days of 300, more from day 200 on, and nothing on Sundays."""
    rng, orders = np.random.default_rng(4), []
    for day in range(300, 0, -1):
        on = heard_shop.before(day)
        if on.weekday() == 6:
            continue
        for n in range(int(rng.poisson(2 if day > 100 else 5))):
            orders.append((f"o{len(orders)}", f"c{n}", on, "sale", round(float(rng.gamma(9, 4)), 2), *[""] * 4))
    customers = [(f"c{n}", "NL" if n % 2 else "DE") for n in range(30)]
    return heard_shop.workspace(tmp_path_factory.mktemp("forecasts"), {"customers": customers, "orders": orders})


@pytest.fixture
def run(made, capfd):
    def run(*words):
        capfd.readouterr()
        status = exit_status(lambda **_: app(["forecast", *words, "-C", str(made)], standalone_mode=False))
        return status, *capfd.readouterr()

    return run


def test_a_table_says_what_comes_and_how_well_it_went(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    status, out, err = run("net_revenue", "--grain", "week", "--ahead", "2")
    assert (status, err) == (0, "")
    assert "so far" in out
    assert "completed" in out
    assert out.count(" forecast ") >= 2
    assert "Score: " in out
    assert "MASE" in out
    assert "The level changed in the week of 2025-0" in " ".join(out.split())


def test_every_format_has_the_same_numbers(run, made, tmp_path):
    with regulars.open(made) as company:
        found = company.forecast("net_revenue", grain="week", ahead=2)
        shown = repr(found)
        wanted = json.loads(found.to_json())
        frame = found.to_pandas()
        (one,) = found
    status, out, _ = run("net_revenue", "--grain", "week", "--ahead", "2", "--format", "json")
    assert status == 0
    assert json.loads(out) == wanted
    (told,) = wanted
    assert [line["what"] for line in told["periods"]][-4:] == ["so far", "completed", "forecast", "forecast"]
    assert set(told["score"]["score"]) == {"mase", "naive_mase", "coverage"}
    assert told["completed_by"]
    _, out, _ = run("net_revenue", "--grain", "week", "--ahead", "2", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [float(row["value"]) for row in rows] == [line["value"] for line in told["periods"]]
    assert all(row["score"] for row in rows if row["what"] in ("completed", "forecast"))
    assert list(frame["value"]) == [line["value"] for line in told["periods"]]
    assert run("net_revenue", "--format", "parquet", "-o", str(tmp_path / "f.parquet"))[0] == 0
    assert "value" in parquet.read_table(tmp_path / "f.parquet").column_names
    assert "Score: " in shown
    assert told["said"][0].startswith("Net revenue will come to EUR ")
    assert one.draws(7, np.random.default_rng(1), completed=True).shape == (7, 3)
    # A period that is over for the most part is known better than one that is not.
    done, later = one.completed.interval, one.steps[0].interval
    assert done.high - done.low < later.high - later.low


def test_days_on_which_nothing_is_ever_sold_are_not_foretold(run):
    status, out, _ = run("net_revenue", "--grain", "day", "--ahead", "7", "--format", "json")
    assert status == 0
    whys = [line["why_not"] for line in json.loads(out)[0]["periods"] if line["what"] == "forecast"]
    assert sorted(set(whys)) == ["", "no day of this weekday had a value lately"]
    assert whys.count("") == 6


def test_customers_may_be_chosen(run):
    _, whole, _ = run("new_customers", "--grain", "week", "--format", "json")
    _, some, _ = run("new_customers", "--grain", "week", "--where", "market = 'NL'", "--format", "json")
    assert json.loads(whole)[0]["periods"][0]["value"] > json.loads(some)[0]["periods"][0]["value"]


def test_what_cannot_be_foretold_says_why(run):
    status, out, _ = run("nps", "net_revenue", "--grain", "quarter")
    assert status == 0
    told = " ".join(out.split())
    assert "No forecast of NPS, because needs `responses`." in told
    assert "finished periods have a value; at least 8 must" in told or "period has a value" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["net_revenu"], "Did you mean `net_revenue`?"),
        (["net_revenue", "--grain", "year"], "Nothing is foretold by `year`"),
        (["net_revenue", "--grain", "weak"], "Did you mean `week`?"),
        (["net_revenue", "--ahead", "0"], "`0` periods ahead cannot be foretold by month: from 1 to 24 can"),
        (["net_revenue", "--where", "markt = 'NL'"], "Did you mean `market`?"),
        (["net_revenue", "--where", "market ="], "The condition cannot be read"),
    ],
)
def test_what_is_asked_wrongly_is_refused(run, words, told):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert told in err


def test_the_page_of_a_kpi_has_the_same_numbers(made):
    with regulars.open(made) as company:
        (found,) = company.forecast("net_revenue", grain="month")
        page = company.page("kpi", "net_revenue").record()
        old = company.page("kpi", "net_revenue", period="2025-03").record()
    blocks = {block.get("name"): block for block in page["blocks"]}
    chart, grid = blocks["forecast_net_revenue"], blocks["forecast"]
    assert [one["follows"] for one in chart["series"]] == [False, True] + [True] * (found.completed is not None)
    coming = [mark["estimate"]["value"] for mark in chart["series"][1]["marks"]]
    assert coming == [step.interval.value for step in found.steps]
    assert coming == [row["foretold"]["value"] for row in grid["rows"] if row["what"] == "forecast"]
    assert "Score: " in grid["caption"]
    states = [row[-1] for row in table(chart).rows]
    assert states.count("to come") == len(found.steps)
    assert states.count("still running") == (2 if found.completed else 0)
    assert "forecast" not in {block.get("name") for block in old["blocks"]}
