"""Segments of a company's own, as somebody types them, and wherever else they may be named."""

import json
import shutil

import pytest

import heard_shop
from foretold_by_chance import foretell
from regulars.cli.main import app, exit_status

SEGMENTS = """
# Whom we look after.
[segments.regular_dutch]
where = "market = 'NL' and orders >= 2"   # both
title = "Dutch regulars"

[segments.dear]
where = "clv > 0 and leaving >= 0"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    shop = heard_shop.workspace(tmp_path_factory.mktemp("segments"), heard_shop.rows())
    toml = shop / "regulars.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + SEGMENTS, encoding="utf-8")
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
def settings(made, tmp_path):
    """`regulars.toml`, put back afterwards."""
    shutil.copy(made / "regulars.toml", tmp_path / "before")
    yield made / "regulars.toml"
    shutil.copy(tmp_path / "before", made / "regulars.toml")


def _blocks(out):
    (page,) = json.loads(out)
    return {block["name"]: block for block in page["blocks"] if "name" in block}


def test_saved_segments_are_listed_with_scores_of_what_they_take_from_predictions(run):
    status, out, err = run("segment", "list", "--format", "json")
    assert status == 0, err
    found = _blocks(out)
    regulars, _dear = found["saved"]["rows"]
    assert (regulars["customers"], regulars["untold"]) == (150, 0)
    assert {"Value", "Lapse"} <= set(json.dumps(found["scores"]).replace('"', " ").split())


def test_one_is_shown_beside_all_others(run):
    status, out, err = run("segment", "show", "regular_dutch")
    assert status == 0, err
    assert "Dutch regulars" in out
    assert "150 customers of 300" in out
    assert "`market` is known as of today only" in out
    assert "Against all others" in out
    assert "by what is known today" in out
    status, _, err = run("segment", "show", "regular_duch")
    assert status == 2
    assert "Did you mean `regular_dutch`?" in err


def test_a_saved_segment_is_a_condition_and_a_split_of_kpis(run):
    status, out, err = run("kpi", "new_customers", "--grain", "all", "--where", "regular_dutch", "--format", "json")
    assert status == 0, err
    (row,) = json.loads(out)
    assert row["value"] == 150
    assert "segment_of_today" in row["flags"]
    rows = json.loads(run("kpi", "new_customers", "--grain", "all", "--by", "regular_dutch", "--format", "json")[1])
    assert {row["group"]["regular_dutch"]: row["value"] for row in rows} == {"yes": 150, "no": 150}
    status, _, err = run("kpi", "new_customers", "--where", "regular_dtch")
    assert status == 2
    assert "Did you mean `regular_dutch`?" in err


def test_it_says_about_whom_is_decided_and_who_is_listed(run):
    status, out, err = run("actions", "--where", "regular_dutch")
    assert status == 0, err
    assert "of 150 who may be contacted" in out
    status, out, err = run("view", "customers", "--ask", "saved=regular_dutch", "--ask", "rows=5")
    assert status == 0, err
    assert "5 customers of 150" in out
    status, _, err = run("view", "customers", "--ask", "saved=nobody")
    assert status == 2
    assert "No saved segment is called `nobody`" in err


def test_adding_one_changes_nothing_else_in_the_settings(run, settings):
    before = settings.read_text(encoding="utf-8")
    status, _, err = run("segment", "add", "german", "--where", "market = 'DE'", "--title", 'The "Germans"')
    assert status == 0, err
    assert "`german`: 150 customers of 300 (44.4 % to 55.6 % of all)" in err
    after = settings.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip())
    assert after[len(before.rstrip()) :].split() == (
        '[segments.german] where = "market = \'DE\'" title = "The \\"Germans\\""'.split()
    )
    assert run("segment", "add", "german", "--where", "orders > 1")[0] == 2


@pytest.mark.parametrize(
    ("name", "where", "why"),
    [
        ("Big ones", "orders > 3", "cannot be a segment's name"),
        ("regular_dutch", "orders > 3", "There is a segment `regular_dutch` already"),
        ("market", "orders > 3", "`market` is an attribute of customers"),
        ("loyal", "orders > 3", "something that Regulars knows"),
        ("fine", "orderz > 3", "Did you mean `orders`?"),
        ("fine", "clv > 'much'", "here a number is needed"),
        ("fine", "orders > 3;", "One expression, no statements"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_nothing_is_written(run, settings, name, where, why):
    before = settings.read_bytes()
    status, _, err = run("segment", "add", name, "--where", where)
    assert status == 2
    assert why in err
    assert settings.read_bytes() == before


def test_what_sets_nobody_apart_is_said(run, settings):
    assert "Everybody is in it" in run("segment", "add", "everybody", "--where", "orders >= 0")[2]
    assert "Did you mean `NL`?" in run("segment", "add", "lowly", "--where", "market = 'nl'")[2]
    assert "do not tell `under_contract`" in run("segment", "add", "bound", "--where", "under_contract")[2]
    assert "Of nobody it can be told" in run("kpi", "nps", "--where", "bound")[2]


def test_a_rule_that_is_wrong_is_told_with_its_line(run, settings):
    settings.write_text(
        settings.read_text(encoding="utf-8") + "\n[segments.odd]\nwhere = \"clv > 'x'\"\n", encoding="utf-8"
    )
    status, _, err = run("segment", "list")
    assert status == 78
    line = len(settings.read_text(encoding="utf-8").splitlines())
    assert f"regulars.toml:{line}: segment `odd`: The rule cannot be read." in err
