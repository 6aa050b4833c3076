"""Models on the command line and in Python: no prediction without its score, in whatever form."""

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

import regulars
from regulars.catalogue.sources.simulated import simulate
from regulars.cli.main import app, exit_status

SCORES = {"error", "squared", "bias", "coverage", "top_tenth"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    simulate(folder, customers=300, seed=1, tables=("orders",))
    assert exit_status(lambda **_: app(["run", "-q", "-C", str(folder)], standalone_mode=False)) == 0
    assert exit_status(lambda **_: app(["new", "model", "own_rate", "-C", str(folder)], standalone_mode=False)) == 0
    return folder


@pytest.fixture
def run(shop, capfd):
    def told(*words):
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(shop)], standalone_mode=False))
        out, err = capfd.readouterr()
        return status, out, err

    return told


def test_models_of_the_package_and_ones_own_are_listed(run):
    listed = json.loads(run("models", "--format", "json")[1])
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
    (document,) = json.loads(run(*asked, "--format", "json")[1])
    assert set(document["score"]) >= SCORES
    assert set(document["score"]["naive"]) >= SCORES
    assert document["score"]["naive"]["model"] == "recent_orders"
    assert document["score"]["gain"]["n"] > 100
    assert document["period"] == "2025-01-01..2025-03-02"
    assert document["version"] == "1 (horizon_days=60)"
    assert set("level method n as_of flags caveat unit".split()) <= set(document)
    values = [row["value"] for row in document["predictions"]]
    assert values == sorted(values, reverse=True)
    table = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv")[1])))
    target = tmp_path / "out.parquet"
    run(*asked, "--format", "parquet", "-o", str(target))
    stored = pq.read_table(target)
    assert [float(row["value"]) for row in table] == stored["value"].to_pylist() == values
    for name in SCORES:
        assert (
            float(table[0][f"score_{name}"]) == stored[f"score_{name}"][0].as_py() == document["score"][name]["value"]
        )
        assert stored[f"naive_{name}"][0].as_py() == document["score"]["naive"][name]["value"]


def test_without_a_past_to_try_it_on_it_says_so(run):
    (document,) = json.loads(run("predict", "recent_orders", "--horizon", "400", "--top", "1", "--format", "json")[1])
    assert document["score"]["error"]["value"] is None
    assert "too short to try it" in document["score"]["error"]["why_not"]
    page = run("predict", "recent_orders", "--horizon", "400", "--top", "1")[1]
    assert "too short to try it" in " ".join(page.split())  # wherever the window breaks lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predict", "own_rat"), "Did you mean `own_rate`?"),
        (("predict", "own_rate", "--horizon", "0"), "no horizon"),
        (("predict", "own_rate", "--top", "0"), "no number of customers"),
        (("predict", "own_rate", "--format", "xml"), "no format"),
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
    assert {"customer_id", "value", "low", "high", "score_error", "score_verdict"} <= set(frame.columns)
    assert (frame["low"] <= frame["high"]).all()
