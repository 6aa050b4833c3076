"""`regulars mrr`: the bridge in the terminal and in files, and what is said where there is none."""

import json
from decimal import Decimal

import pytest

from heard_shop import contracts, rows, workspace
from regulars.cli.main import app, exit_status


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return workspace(tmp_path_factory.mktemp("shop"), rows() | {"subscriptions": contracts()})


def run(shop, *asked):
    return exit_status(lambda **_: app(["mrr", "-C", str(shop), *asked], standalone_mode=False))


def test_the_bridge_is_shown_by_period(shop, capsys):
    assert run(shop) == 0
    shown = capsys.readouterr().out
    assert "What moved monthly recurring revenue" in shown
    assert all(name in shown for name in ("Opening", "New", "Reactivation", "Expansion", "Contraction", "Churn"))


def test_amounts_in_files_add_up(shop, capsys):
    assert run(shop, "--period", "2025-Q2", "--format", "json") == 0
    (page,) = json.loads(capsys.readouterr().out)
    (grid,) = (block for block in page["blocks"] if block.get("name") == "mrr_bridge")
    assert len(grid["rows"]) > 1
    for row in grid["rows"]:
        steps = {name: Decimal(str(cell["value"] or 0)) for name, cell in row.items() if isinstance(cell, dict)}
        assert sum(steps.values()) == 2 * steps["closing"]
    assert grid["rows"][0]["opening"]["why_not"] == "nobody was paying"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("--period", "soon"), "`soon` is no period"),
        (("--format", "xml"), "`xml` is no format"),
    ],
)
def test_what_cannot_be_asked_is_said(shop, capsys, asked, why):
    assert run(shop, *asked) == 2
    assert why in capsys.readouterr().err


def test_a_period_without_records_is_refused(shop, capsys):
    assert run(shop, "--period", "2031") == 2
    assert "There are no records of `2031`" in capsys.readouterr().err
