"""The commands about what to do for whom, as somebody types them."""

import contextlib
import csv
import io
import json
import shutil
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

import heard_shop
from foretold_by_chance import foretell
from hooks_server import receiver, says
from regulars.app import sending
from regulars.cli.main import app, exit_status

SETTINGS = """
[actions.win_back_offer]
effect = [0.0, 0.2, 0.4]
source = "A test of ours"
[sharing.columns]
market = "keep"
[webhooks.agency]
url = "https://hooks.example.com/a"
secret_env = "AGENCY_SECRET"
"""


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


@pytest.fixture(scope="module")
def written(made, tmp_path_factory):
    """An audience that was written down once, as files beside; and what was said of it."""
    with contextlib.redirect_stderr(io.StringIO()) as err:
        app(["audience", "add", "win_back_offer", "spring", "-C", str(made)], standalone_mode=False)
    kept = tmp_path_factory.mktemp("written")
    for name in ("state.db", "decided.json"):
        shutil.move(made / ".regulars" / name, kept / name)
    return kept, err.getvalue()


@pytest.fixture
def spring(made, written):
    kept, said = written
    shutil.copytree(kept, made / ".regulars", dirs_exist_ok=True)
    yield said
    for path in (made / ".regulars" / "decided.json", *made.glob(".regulars/state.db*")):
        path.unlink()


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


def test_what_is_handed_out_says_of_all_of_it_how_it_is_measured(run, spring, tmp_path):
    file = tmp_path / "spring.parquet"
    assert run("audience", "export", "spring", "--with", "market", "--format", "parquet", "-o", str(file))[0] == 0
    stamp = json.loads(pq.read_schema(file).metadata[b"regulars"])
    assert stamp["share_held_out"] == 0.2
    assert stamp["expected_profit_low"] < stamp["expected_profit"] < stamp["expected_profit_high"]
    assert set(pq.read_table(file)["market"].to_pylist()) == {"NL", "DE"}
    status, out, _ = run("audience", "export", "spring", "--format", "json")
    said = json.loads(out)
    assert (status, said["audience"]["plan"]) == (0, stamp["plan"])
    assert len(said["members"]) == said["audience"]["treated"]
    status, _, err = run("audience", "export", "spring", "--format", "parquet", "-o", str(file))
    assert (status, "is there already" in err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["spring.parquet"]


def test_others_are_given_pseudonyms(run, spring):
    status, out, _ = run("audience", "export", "spring", "--with", "market", "--shared", "agency")
    shared = list(csv.DictReader(io.StringIO(out)))
    assert (status, {row["market"] for row in shared}) == (0, {"NL", "DE"})
    own = {row["customer_id"] for row in csv.DictReader(io.StringIO(run("audience", "export", "spring")[1]))}
    assert len(shared) == len(own)
    assert not {row["customer_id"] for row in shared} & own


def test_an_audience_is_sent_to_an_address_of_the_settings(run, spring, monkeypatch):
    monkeypatch.setenv("AGENCY_SECRET", "0123456789abcdef")
    with receiver(says(200)) as server:
        sender = sending.sender
        monkeypatch.setattr(sending, "sender", lambda *said: replace(sender(*said), egress=server.egress()))
        status, _, err = run("audience", "send", "spring", "--to", "agency", "--check")
        assert (status, server.connects) == (0, 0), err
        assert "Nothing was sent" in err
        status, _, err = run("audience", "send", "spring", "--to", "agency", "--with", "market")
        assert (status, "in 1 batch." in err) == (0, True), err
    ((_, _, body),) = server.requests
    assert json.loads(body)["audience"]["shared_with"] == "agency"


def test_what_it_brought_is_shown_once_there_are_days_of_it(run, spring):
    status, out, _ = run("experiments")
    assert (status, "no day after it began is on record yet" in out) == (0, True)
    status, out, _ = run("ledger", "--format", "json")
    assert (status, "Win-back offer" in out) == (0, True)


def test_an_experiment_is_planned_and_then_shown(run, spring):
    status, out, err = run("experiment", "plan", "service_recovery_call", "--holdout", "0.4")
    assert status == 0, err
    assert "How many to leave alone" in out
    assert "40%" in out
    status, out, _ = run("experiment", "show", "spring")
    assert (status, "no day after it began is on record yet" in out) == (0, True)


def test_whoever_is_measured_is_no_part_of_another_audience(run, spring):
    status, _, err = run("audience", "add", "win_back_offer", "summer")
    assert (status, "pays for nobody" in err) == (2, True)


WRONG = [
    (("experiment", "plan", "win_back_offr"), "Did you mean `win_back_offer`?"),
    (("experiment", "plan", "win_back_offer", "--holdout", "0"), "left alone"),
    (("experiment", "show", "sprin"), "Did you mean `spring`?"),
    (("audience", "add", "win_back_offr", "x"), "Did you mean `win_back_offer`?"),
    (("audience", "add", "service_recovery_call", "Not A Name"), "no name of an audience"),
    (("audience", "add", "service_recovery_call", "x", "--holdout", "0"), "left alone"),
    (("audience", "add", "service_recovery_call", "x", "--holdout", "0.9"), "from 0.01 to 0.5"),
    (("audience", "export", "summer"), "No audience is called `summer`"),
    (("audience", "export", "spring", "--format", "table"), "csv, json or parquet"),
    (("audience", "export", "spring", "--format", "jsn"), "Did you mean `json`?"),
    (("audience", "export", "spring", "--with", "markt"), "Did you mean `market`?"),
    (("audience", "export", "spring", "--shared", "an agency"), "no name of a recipient"),
    (("audience", "send", "spring", "--to", "agence"), "Did you mean `agency`?"),
    (("audience", "member", "spring", "nobody", "--status", "done"), "No member is called"),
    (("audience", "member", "spring", "c000", "--status", "gone"), "Did you mean `done`?"),
    (("audience", "member", "spring", "c000", "--status", "snoozed"), "Name a day"),
    (("audience", "member", "spring", "c000", "--status", "snoozed", "--until", "soon"), "no date"),
    (("actions", "--budget", "0"), "above 0"),
    (("actions", "--where", "colour = 'red'"), "no attribute of customers"),
]


def test_without_a_secret_or_a_folder_nothing_is_handed_out(run, spring, monkeypatch, tmp_path):
    monkeypatch.delenv("AGENCY_SECRET", raising=False)
    status, _, err = run("audience", "send", "spring", "--to", "agency")
    assert (status, "`AGENCY_SECRET` is not set" in err) == (78, True)
    status, _, err = run("audience", "export", "spring", "-o", str(tmp_path / "no" / "spring.csv"))
    assert (status, "Make its folder first" in err) == (74, True)
    log = json.loads(run("audit", "list", "--format", "json")[1])
    assert [one["action"] for one in log] == ["audience.add"]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_what_cannot_be_is_told_with_what_can(run, spring, words, said):
    status, out, err = run(*words)
    assert status == 2, out
    assert said in err
    assert "Traceback" not in err
    assert len(json.loads(run("audience", "list", "--format", "json")[1])) == 1
