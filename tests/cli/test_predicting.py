"""Models on the command line and in Python: no prediction without its score, in whatever form."""

import csv
import io
import json
import re
from functools import partial

import pyarrow.parquet as pq
import pytest

import regulars
from regulars.app.workspace import Workspace
from regulars.catalogue.sources.simulated import simulate
from regulars.cli import terminal
from regulars.cli.main import app, exit_status
from regulars.core.errors import QueryError
from regulars.models import backtest

SCORES = {"bias", "rmse", "mae", "spearman", "gini", "decile_error", "coverage", "top_tenth"}
CHANCES = {"auc", "average_precision", "brier", "calibration_error", "lift", "hit_rate", "bias"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    simulate(folder, customers=300, seed=1, tables=("orders",))
    assert exit_status(lambda **_: app(["run", "-q", "-C", str(folder)], standalone_mode=False)) == 0
    assert exit_status(lambda **_: app(["new", "model", "own_rate", "-C", str(folder)], standalone_mode=False)) == 0
    return folder


#: The rules, and one model besides of each outcome: what is shown is the same for all.
FEW = {
    *("recent_orders", "recent_value", "lapse_by_recency", "mbg_nbd", "mbg_nbd_value", "mbg_nbd_silence"),
    *("lapse_health", "own_rate"),
}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    every = Workspace.models.func
    models = property(lambda self: {name: one for name, one in every(self).items() if name in FEW})
    monkeypatch.setattr(Workspace, "models", models)
    monkeypatch.setattr(Workspace, "features", ())


@pytest.fixture
def run(shop, capfd):
    def told(*words):
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(shop)], standalone_mode=False))
        out, err = capfd.readouterr()
        return status, out, err

    return told


def document(run, *words):
    status, out, err = run(*words, "--format", "json")
    assert status == 0, err
    return json.loads(out)


def table(run, *words):
    return list(csv.DictReader(io.StringIO(run(*words, "--format", "csv")[1])))


def test_models_of_the_package_and_ones_own_are_listed(run):
    listed = document(run, "models")
    assert {"own_rate", "recent_orders"} <= {one["name"] for one in listed}
    assert all(one["available"] for one in listed)
    assert "own_rate" in run("models")[1]


def test_the_table_shows_the_score_beside_the_naive_rule(run):
    status, out, _ = run("predict", "own_rate", "--top", "3")
    assert status == 0
    assert out.count("C0000") == 3
    for said in ("mean absolute error", "within the limits", "recent_orders", "squared error", "Tried on 2024-"):
        assert said in out


def test_every_format_carries_the_score(run, tmp_path):
    asked = ("predict", "own_rate", "--horizon", "60", "--top", "4")
    (found,) = document(run, *asked)
    assert set(found["score"]) >= SCORES
    assert set(found["score"]["naive"]) >= SCORES
    assert found["score"]["naive"]["model"] == "recent_orders"
    assert found["score"]["gain"]["n"] > 100
    assert found["period"] == "2025-01-01..2025-03-02"
    assert found["version"] == "1 (horizon_days=60)"
    assert set("level method n as_of flags caveat unit notes".split()) <= set(found)
    asked = ("predict", "orders", "--top", "4")
    (found,) = document(run, *asked)
    values = [row["value"] for row in found["predictions"]]
    assert values == sorted(values, reverse=True)
    rows = table(run, *asked)
    target = tmp_path / "out.parquet"
    run(*asked, "--format", "parquet", "-o", str(target))
    stored = pq.read_table(target)
    assert [float(row["value"]) for row in rows] == stored["value"].to_pylist() == values
    for name in ("rmse", "gini", "bias"):
        for end, part in (("", "value"), ("_low", "low"), ("_high", "high")):
            score = found["score"][name][part]
            assert float(rows[0][f"score_{name}{end}"]) == stored[f"score_{name}{end}"][0].as_py() == score
    assert stored["score_verdict"][0].as_py() == found["score"]["verdict"]
    assert stored.column_names == list(rows[0])
    # Every row carries what must travel with it, and no more: the rest stands once, in JSON.
    assert set("model version period as_of level n flags unit score_n score_cutoffs".split()) <= set(rows[0])
    assert len([name for name in rows[0] if "score" in name]) == 12


def test_where_records_are_short_a_shorter_horizon_is_tried_and_said(run):
    asked = ("predict", "recent_orders", "--horizon", "400", "--top", "1")
    (found,) = document(run, *asked)
    assert found["score"]["horizon_days"] < 400
    page = " ".join(run(*asked)[1].split())  # wherever the window breaks lines
    assert "records are too short to try one of 400" in page


def test_a_probability_has_its_scores(run):
    (found,) = document(run, "predict", "mbg_nbd_silence", "--horizon", "90")
    assert set(found["score"]) >= CHANCES
    assert all(0 <= row["low"] <= row["value"] <= row["high"] <= 1 for row in found["predictions"])
    assert found["score"]["naive"]["model"] == "lapse_by_recency"


def test_a_model_that_knows_no_lead_says_so(run):
    status, _, err = run("predict", "mbg_nbd_silence", "--lead", "10")
    assert status == 2
    assert "silence that begins now" in err


def test_a_backtest_shows_all_models_and_which_is_chosen(run):
    (trial,) = document(run, "backtest", "orders")
    assert trial["outcome"] == "orders"
    assert len(trial["cutoffs"]) == 4
    assert {one["model"] for one in trial["models"]} == {"recent_orders", "mbg_nbd", "own_rate"}
    assert [one["model"] for one in trial["models"] if one["chosen"]] == [trial["chosen"]]
    assert trial["models"][0]["model"] == trial["chosen"]
    for one in trial["models"]:
        assert set(one) >= SCORES | {"gain", "verdict", "totals", "deciles", "why_not"}
        assert one["rmse"]["low"] <= one["rmse"]["value"] <= one["rmse"]["high"]
    rows = table(run, "backtest", "orders")
    assert [row["model"] for row in rows] == [one["model"] for one in trial["models"]]
    assert float(rows[0]["gini"]) == trial["models"][0]["gini"]["value"]
    page = run("backtest", "orders")[1]
    assert f"{trial['chosen']} (chosen)" in page
    assert "the simple rule" in page
    assert re.search(r"n = \d+ customers on 4 days", " ".join(page.split()))


@pytest.mark.parametrize("width", [80, 120])
def test_a_backtest_fits_a_line_per_model(run, monkeypatch, width):
    monkeypatch.setattr(terminal.out, "width", width)
    page = run("backtest", "orders")[1]
    lines = page.splitlines()
    assert max(map(len, lines)) <= width
    for name in ("recent_orders", "mbg_nbd", "own_rate"):
        (line,) = [line for line in lines if line.startswith(name)]
        assert re.search(r"(\d %? \(.* to .*\)|the simple rule) *$", line)
    assert all(head in page for head in ("RMSE", "Gini", "Decile", "/ came", "Squared error"))
    assert ("Left out at this width: MAE, Rank corr." in " ".join(page.split())) is (width == 80)


def test_clv_has_totals_and_both_scores(run, tmp_path):
    (found,) = document(run, "clv", "--top", "5")
    assert len(found["predictions"]) == 5
    assert set(found["totals"]) >= {"customer_equity", "expected_orders"}
    equity = found["totals"]["customer_equity"]
    assert equity["low"] < equity["value"] < equity["high"]
    assert set(found["score"]) >= SCORES
    assert set(found["expected_orders"]["score"]) >= SCORES
    assert "discounted by" in found["timing"]
    rows = table(run, "clv", "--top", "5")
    target = tmp_path / "clv.parquet"
    run("clv", "--top", "5", "--format", "parquet", "-o", str(target))
    values = [row["value"] for row in found["predictions"]]
    assert [float(row["value"]) for row in rows] == pq.read_table(target)["value"].to_pylist() == values
    assert float(rows[0]["score_rmse"]) == found["score"]["rmse"]["value"]
    for row in found["predictions"]:
        assert row["alive_low"] <= row["alive"] <= row["alive_high"]
        assert row["expected_orders_low"] <= row["expected_orders"] <= row["expected_orders_high"]
    page = run("clv", "--top", "5")[1]
    assert "customer equity" in page
    told = f"P(alive) are told by `{found['expected_orders']['model']}`"
    assert told in " ".join(page.split())
    assert "can never be checked" in " ".join(page.split())
    assert "Tried on" in page


def test_at_risk_has_both_scores(run):
    (found,) = document(run, "at-risk", "--top", "5")
    assert (len(found["customers"]), found["of"]) == (5, "orders")
    assert document(run, "at-risk", "--top", "5", "--of", "orders") == [found]
    stakes = [one["at_stake"] for one in found["customers"]]
    assert stakes == sorted(stakes, reverse=True)
    assert stakes[0] == pytest.approx(found["customers"][0]["churn"] * found["customers"][0]["clv"])
    assert set(found["churn"]["score"]) >= CHANCES
    assert set(found["value"]["score"]) >= SCORES
    assert found["at_stake"]["value"] >= sum(stakes)
    (row, *_) = table(run, "at-risk", "--top", "5")
    assert float(row["churn_score_brier"]) == found["churn"]["score"]["brier"]["value"]
    assert int(row["churn_score_n"]) == found["churn"]["score"]["brier"]["n"]
    assert float(row["value_score_rmse"]) == found["value"]["score"]["rmse"]["value"]
    page = run("at-risk", "--top", "5")[1]
    assert "At stake" in page
    days, clv = "within the 90 days from 2025-01-01 on", "times CLV of the 365 days from 2025-01-01 on"
    assert f"{days}, {clv}" in " ".join(page.split())
    assert ("Goes along with" in page) is any(one["reasons"] for one in found["customers"])
    assert ("Beware of the order" in page) is bool(found["warning"])
    assert "need not cause it" in " ".join(page.split())


def test_health_shows_as_many_as_are_asked_for(run, monkeypatch):
    monkeypatch.undo()  # it is told by features
    (found,) = document(run, "health", "--top", "3")
    assert len(found["customers"]) == 3
    assert set(found["score"]) >= CHANCES
    assert len(table(run, "health", "--top", "3")) == 3


@pytest.fixture
def trials(monkeypatch):
    """Tells which models are tried or fitted."""
    seen = []
    inner = backtest.fitted

    def counted(model, known, horizon, seed):
        seen.append(model.name)
        return inner(model, known, horizon, seed)

    monkeypatch.setattr(backtest, "fitted", counted)
    return seen


def test_what_is_foretold_is_kept_and_used_again(run, trials):
    first = document(run, "backtest", "orders")
    trials.clear()
    assert document(run, "backtest", "orders") == first
    assert document(run, "predict", "orders")[0]["model"] == first[0]["chosen"]
    assert trials == []
    chosen = [one["name"] for one in document(run, "models") if one["chosen"] and one["predicts"] == "orders"]
    assert chosen == [first[0]["chosen"]]
    again = document(run, "backtest", "orders", "--again")
    assert trials
    assert again == first


def test_it_is_made_again_where_a_model_of_ones_own_was_edited(run, shop, trials):
    before = document(run, "predict", "own_rate", "--top", "1")[0]["predictions"]
    path = shop / "models" / "own_rate.py"
    text = path.read_text()
    assert "WEIGHT = 30" in text
    try:
        path.write_text(text.replace("WEIGHT = 30", "WEIGHT = 3000"))
        trials.clear()
        assert document(run, "predict", "own_rate", "--top", "1")[0]["predictions"] != before
        assert trials
    finally:
        path.write_text(text)


def test_every_format_of_a_backtest_has_the_scores_of_every_outcome(run, tmp_path):
    target = tmp_path / "scores.parquet"
    run("backtest", "orders", "lapse", "--format", "parquet", "-o", str(target))
    stored = pq.read_table(target)
    rows = table(run, "backtest", "orders", "lapse")
    assert set(stored.column_names) == set(rows[0])
    aucs = [one for one in stored.to_pylist() if one["outcome"] == "lapse" and not one["why_not"]]
    assert all(one["auc"] is not None and one["rmse"] is None for one in aucs)


def test_it_is_made_again_where_definitions_change(run, shop, trials):
    document(run, "backtest", "orders")
    trials.clear()
    settings = shop / "regulars.toml"
    text = settings.read_text()
    try:
        settings.write_text(text.replace("[definitions]", "[definitions]\nwinback_days = 77"))
        document(run, "backtest", "orders")
        assert trials
    finally:
        settings.write_text(text)


def test_a_feature_of_ones_own_is_known_to_the_models(run, shop, monkeypatch):
    monkeypatch.undo()
    assert run("new", "feature", "weekends")[0] == 0
    try:
        workspace = Workspace.at(shop)
        assert workspace.faults == ()
        assert "weekends" in [one.name for one in workspace.features]
        with regulars.open(shop) as company:
            from regulars.app.foretell import snapshot_of

            values = snapshot_of(company.records, workspace.features).features["weekends"]
        assert values.max() > 0
        assert run("new", "feature", "overdue")[0] == 2  # taken
    finally:
        (shop / "features" / "weekends.py").unlink()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predict", "own_rat"), "Did you mean `own_rate`?"),
        (("predict", "contract_ends"), "is called `contract_ends`"),
        (("predict", "own_rate", "--horizon", "0"), "no horizon"),
        (("predict", "own_rate", "--lead", "-1"), "no lead"),
        (("predict", "own_rate", "--top", "0"), "no number of customers"),
        (("predict", "own_rate", "--format", "xml"), "no format"),
        (("backtest", "order"), "Did you mean `orders`?"),
        (("clv", "--top", "0"), "no number of customers"),
        (("clv", "--months", "1000"), "`1000` is no number of months. Write one from 1 to 120"),
        (("health", "--top", "0"), "no number of customers"),
        (("at-risk", "--top", "0"), "no number of customers"),
        (("at-risk", "--of", "contracts"), "Risk of contracts is told by `subscriptions`: there are no such records."),
        (("health", "--of", "friends"), "is called `friends`"),
    ],
)
def test_wrong_words_end_with_advice(run, words, said):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert said in err


def test_in_python(shop):
    with regulars.open(shop) as company:
        found = company.predict("recent_orders", horizon_days=30)
        frame = found.to_pandas()
    assert len(frame) == len(found) > 100
    assert {"customer_id", "value", "low", "high", "score_rmse", "score_verdict"} <= set(frame.columns)
    assert (frame["low"] <= frame["high"]).all()


def test_python_refuses_what_the_command_line_refuses_before_it_reckons(shop, trials):
    with regulars.open(shop) as company:
        asked = (company.clv, company.at_risk, company.health, partial(company.predict, "own_rate"))
        for ask in asked:
            with pytest.raises(QueryError, match="`0` is no number of customers"):
                ask(top=0)
        with pytest.raises(QueryError, match="no number of months"):
            company.clv(months=0)
    assert trials == []


def test_a_backtest_in_python_is_a_sequence_and_a_table(shop):
    with regulars.open(shop) as company:
        found = company.backtest("orders", "value")
    assert [one.outcome.name for one in found] == ["orders", "value"]
    assert (len(found), found[-1].outcome.name) == (2, "value")
    frame = found.to_pandas()
    assert list(frame["outcome"].unique()) == ["orders", "value"]
    assert len(frame) == sum(len(one["models"]) for one in found.records())
    assert (frame.loc[frame["chosen"], "n"] > 100).all()
    assert found[0].said.trial.chosen in repr(found)
    assert len(repr(found).splitlines()) == 3
    assert "<td>orders</td>" in found._repr_html_()
    assert repr(found[0]).startswith("<Foretold orders by `")
    assert len(repr(found[0])) < 400


def test_health_says_in_python_what_it_is(shop, monkeypatch):
    monkeypatch.undo()  # it is told by features
    with regulars.open(shop) as company:
        found = company.health(top=2)
    for said in (
        "Health",
        "a score is justified" if found.health.justified else "no score is justified",
        "`lapse_health`",
    ):
        assert said in repr(found)
