"""The commands about what to do for whom, as somebody types them."""

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

import heard_shop
from foretold_by_chance import foretell
from regulars.cli.main import app, exit_status

SETTINGS = '\n[actions.win_back_offer]\neffect = [0.0, 0.2, 0.4]\nsource = "A test of ours"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    shop = heard_shop.workspace(tmp_path_factory.mktemp("deciding"), heard_shop.rows())
    toml = shop / "regulars.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    foretell(shop, "orders")
    return shop


@pytest.fixture
def run(made, capfd):
    def run(*words):
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(made)], standalone_mode=False))
        return status, *capfd.readouterr()

    return run


@pytest.fixture
def spring(made, run):
    status, _, err = run("audience", "add", "win_back_offer", "spring")
    assert status == 0, err
    yield err
    for path in made.glob(".regulars/state.db*"):
        path.unlink()
    (made / ".regulars" / "decided.json").unlink()


def test_actions_are_shown_with_money_and_how_they_are_measured(run):
    status, out, _ = run("actions", "--top", "3")
    assert status == 0
    assert "Expected incremental profit" in out
    assert "left alone" in out
    status, out, _ = run("actions", "--format", "json", "--budget", "20")
    assert status == 0
    assert "Expected cost, taken off it" in json.dumps(json.loads(out))


def test_an_audience_is_written_down_listed_and_handed_out(run, spring, tmp_path):
    assert "held out. Measured so:" in spring
    (listed,) = json.loads(run("audience", "list", "--format", "json")[1])
    assert (listed["name"], listed["action"], listed["level"]) == ("spring", "win_back_offer", 0.95)
    assert listed["profit_low"] < listed["profit"] < listed["profit_high"]
    assert listed["n"] == listed["treated"] + listed["held_out"]
    status, out, err = run("audience", "export", "spring")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (status, len(rows)) == (0, listed["treated"])
    assert f"{listed['held_out']} are held out" in err
    file = tmp_path / "spring.parquet"
    assert run("audience", "export", "spring", "--format", "parquet", "-o", str(file))[0] == 0
    assert pq.read_table(file)["customer_id"].to_pylist() == [row["customer_id"] for row in rows]
    status, _, err = run(
        "audience", "member", "spring", rows[0]["customer_id"], "--status", "done", "--outcome", "came"
    )
    assert (status, "done" in err) == (0, True)


def test_what_it_brought_is_shown_once_there_are_days_of_it(run, spring):
    status, out, _ = run("experiments")
    assert (status, "no day after it began is on record yet" in out) == (0, True)
    status, out, _ = run("ledger", "--format", "json")
    assert (status, "Win-back offer" in out) == (0, True)


WRONG = [
    (("audience", "add", "win_back_offr", "x"), "Did you mean `win_back_offer`?"),
    (("audience", "add", "service_recovery_call", "Not A Name"), "no name of an audience"),
    (("audience", "add", "service_recovery_call", "x", "--holdout", "0"), "left alone"),
    (("audience", "add", "service_recovery_call", "x", "--holdout", "0.9"), "from 0.01 to 0.5"),
    (("audience", "export", "summer"), "No audience is called `summer`"),
    (("audience", "export", "spring", "--format", "table"), "csv, json or parquet"),
    (("audience", "member", "spring", "nobody"), "No member is called"),
    (("audience", "member", "spring", "c000", "--status", "gone"), "Did you mean `done`?"),
    (("audience", "member", "spring", "c000", "--status", "snoozed"), "Name a day"),
    (("audience", "member", "spring", "c000", "--status", "snoozed", "--until", "soon"), "no date"),
    (("actions", "--budget", "0"), "above 0"),
    (("actions", "--where", "colour = 'red'"), "no attribute of customers"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_what_cannot_be_is_told_with_what_can(run, spring, words, said):
    status, out, err = run(*words)
    assert status == 2, out
    assert said in err
    assert "Traceback" not in err
    assert len(json.loads(run("audience", "list", "--format", "json")[1])) == 1
