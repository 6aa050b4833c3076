"""The queue and the playbook as somebody types them; what is said of tasks outlives the records."""

import csv
import json
import shutil
from datetime import timedelta

import pytest

import heard_shop
from foretold_by_chance import foretell
from regulars.cli.main import app, exit_status
from regulars.core.periods import now

SETTINGS = """
[actions.win_back_offer]
effect = [0.0, 0.2, 0.4]
source = "A test of ours"
[actions.price_fix]
off = true
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    shop = heard_shop.workspace(tmp_path_factory.mktemp("working"), heard_shop.rows())
    toml = shop / "regulars.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    foretell(shop, "orders")
    for action, name in (("win_back_offer", "spring"), ("service_recovery_call", "calls")):
        words = ["audience", "add", action, name, "-C", str(shop)]
        assert exit_status(lambda words=words, **_: app(words, standalone_mode=False)) == 0
    return shop


@pytest.fixture
def run(made, capfd):
    def run(*words, at=made):
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(at)], standalone_mode=False))
        return status, *capfd.readouterr()

    return run


def listed(run, *words, at=None):
    status, out, err = run("queue", "--format", "json", *words, **({"at": at} if at else {}))
    assert status == 0, err
    (page,) = json.loads(out)
    grids = {one["name"]: one["rows"] for one in page["blocks"] if one["block"] == "grid"}
    return grids.get("queue", []), grids


def ids(rows):
    return [row["customer"].get("text", row["customer"].get("personal")) for row in rows]


def test_the_queue_holds_every_law(run):
    rows, grids = listed(run, "--rows", "all")
    assert sum(row["now"] for row in grids["audiences"]) == len(rows)
    worth = [row["profit"]["value"] for row in rows]
    assert worth == sorted(worth, reverse=True)
    for row in rows:
        assert row["profit"]["low"] < row["profit"]["value"] < row["profit"]["high"]
        assert row["cost"]["value"] > 0
        assert row["said"].endswith(".")
        assert row["why"]
    assert all("left alone" in row["measured"] for row in grids["audiences"])
    assert {row["outcome"] for row in grids["scores"]} == {"Lapse", "Value", "Orders"}
    held = run("audience", "list", "--format", "json")[1]
    assert len(rows) == sum(one["treated"] for one in json.loads(held))


def test_the_queue_is_asked_by_team_audience_person_and_status(run):
    rows, _ = listed(run, "--team", "marketing")
    assert {row["audience"]["text"] for row in rows} == {"spring"}
    first = ids(listed(run, "--audience", "calls")[0])[0]
    assert (
        run("audience", "member", "calls", first, "--status", "declined", "--assign", "bea", "--outcome", "no")[0] == 0
    )
    assert first not in ids(listed(run, "--audience", "calls", "--rows", "all")[0])
    (row,) = listed(run, "--status", "declined", "--assignee", "bea")[0]
    assert (ids([row]), row["outcome"], row["status"]) == ([first], {"personal": "no"}, "declined")
    assert listed(run, "--assignee", "carl")[0] == []
    assert first in run("queue", "--status", "all", "--assignee", "bea")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("queue", "--team", "marketting"), "Did you mean `marketing`?"),
        (("queue", "--audience", "sprang"), "Did you mean `spring`?"),
        (("queue", "--status", "gone"), "`gone` is no status. Did you mean `done`?"),
        (("queue", "--rows", "0"), "whole number"),
        (("audience", "member", "spring", "nobody", "--status", "done"), "No member is called"),
        (("audience", "member", "spring", "c000"), "Nothing is said of it"),
        (("audience", "member", "spring", "c000", "--status", "snoozed", "--until", "2020-01-01"), "a day after"),
        (("audience", "member", "spring", "c000", "--outcome", "x" * 501), "at most 500 characters"),
        (("audience", "member", "spring", "c000", "--outcome", "a\x1b[31m"), "on one line"),
        (("audience", "member", "spring", "c000", "--assign", "b" * 65), "at most 64 characters"),
    ],
)
def test_what_cannot_be_is_told_with_what_can(run, words, said):
    status, _, err = run(*words)
    assert (status, said in err) == (2, True), err


def test_what_was_said_outlives_a_refresh_and_customers_who_are_gone(made, run, tmp_path):
    shop = shutil.copytree(made, tmp_path / "shop", ignore=shutil.ignore_patterns("lock", "spill-*"))
    done, snoozed, mine, gone = ids(listed(run, "--audience", "spring", at=shop)[0])[:4]
    say = ("audience", "member", "spring")
    assert run(*say, done, "--status", "done", "--outcome", "came back", at=shop)[0] == 0
    assert run(*say, mine, "--assign", "bea", at=shop)[0] == 0
    later = str(now().date() + timedelta(days=30))
    assert run(*say, snoozed, "--status", "snoozed", "--until", later, at=shop)[0] == 0
    before = {ids([row])[0]: row for row in listed(run, "--status", "all", "--rows", "all", at=shop)[0]}
    # The company's records come again, with an order more, and without one of the customers.
    for file, columns in heard_shop.TABLES.items():
        rows = [row for row in heard_shop.rows()[file] if gone not in row]
        if file == "orders":
            rows.append(("new1", mine, heard_shop.END, "sale", 50, "web", 0, "", ""))
        with (shop / f"{file}.csv").open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([columns.split(), *rows])
    assert run("run", "-q", at=shop)[0] == 0
    rows, grids = listed(run, "--status", "all", "--rows", "all", at=shop)
    after = {ids([row])[0]: row for row in rows}
    assert set(after) == set(before)
    kept = ("status", "assignee", "until", "outcome", "changed", "place", "audience")
    assert all(after[who][name] == before[who][name] for who in before for name in kept)
    assert (after[done]["status"], after[snoozed]["status"], after[mine]["assignee"]) == ("done", "snoozed", "bea")
    assert after[gone]["records"] == "no longer in the records"
    assert after[gone]["customer"] == {"personal": gone}
    assert {row["records"] for who, row in after.items() if who != gone} == {""}
    # Nothing is foretold of the new records: money that rests on it is not shown, and says why.
    assert "scores" not in grids
    assert all(row["profit"]["value"] is None and "backtest" in row["profit"]["why_not"] for row in rows)


def test_whoever_no_longer_agrees_is_to_be_left_in_peace(made, run, tmp_path):
    shop = shutil.copytree(made, tmp_path / "shop", ignore=shutil.ignore_patterns("lock", "spill-*"))
    toml = shop / "regulars.toml"
    agreed = '\n[decisions]\nconsent = "market"\nconsenting = ["NL"]\n'
    toml.write_text(toml.read_text(encoding="utf-8") + agreed, encoding="utf-8")
    market = {row[0]: row[1] for row in heard_shop.rows()["customers"]}
    rows, _ = listed(run, "--status", "all", "--rows", "all", at=shop)
    assert {market[ids([row])[0]] == "NL" for row in rows} == {True, False}
    for row in rows:
        assert ("leave them in peace" in row["records"]) == (market[ids([row])[0]] != "NL")


def test_the_playbook_says_of_each_action_what_for_whom_who_and_how_it_is_measured(run):
    status, out, _ = run("playbook", "--format", "json")
    assert status == 0
    (page,) = json.loads(out)
    grids = {one["name"]: one["rows"] for one in page["blocks"] if one["block"] == "grid"}
    plays = {
        name: {row["part"]: row["said"] for row in rows} for name, rows in grids.items() if not name.endswith("_effect")
    }
    assert len(plays) == 8
    assert list(plays)[-1] == "price_fix", "what is off comes last"
    assert "off = true" in plays["price_fix"]["Off"]
    offer = plays["win_back_offer"]
    assert offer["Exactly"] == "state = 'lapsed' and coalesce(days_since_touch, 999) > 30"
    (effect,) = grids["win_back_offer_effect"]
    assert (effect["source"], effect["effect"]["value"], effect["effect"]["high"]) == ("A test of ours", 0.2, 0.4)
    assert "left alone" in offer["How it is measured"]
    assert "records do not tell days_since_touch" in offer["Eligible"]
    rows, _ = listed(run, "--audience", "spring", "--status", "all", "--rows", "all")
    assert int(offer["Eligible"].split()[0]) >= len(rows)
    assert plays["do_nothing"]["Eligible"].startswith("300 of 300 customers")
