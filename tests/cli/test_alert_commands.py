"""Alerts as somebody types them: rules, a look, replays, and what became of what fired."""

import json

import pytest

import regulars
import watched_shop
from regulars.cli.main import app, exit_status


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return watched_shop.write(tmp_path_factory.mktemp("alerts") / "shop", 100, fall=1)


@pytest.fixture
def run(shop, capfd):
    def run(*words):
        capfd.readouterr()
        status = exit_status(lambda **_: app(["alerts", *words, "-C", str(shop.folder)], standalone_mode=False))
        return status, *capfd.readouterr()

    return run


def test_what_fires_is_told_once_and_closed_with_whether_it_was_real(run):
    status, out, err = run("check", "--format", "json")
    assert status == 3, err
    keys = {one["key"]: one for one in json.loads(out)}
    assert keys.keys() == {"daily_revenue:2024-04-09", "dutch:2024-04-09", "order_value:2024-04-09"}
    for name in ("came", "expected", "off"):
        number = keys["daily_revenue:2024-04-09"][name]
        assert number["low"] <= number["value"] <= number["high"]
        assert number["n"] > 0
        assert number["version"]
        assert number["as_of"]
    assert run("check")[:2] == (0, "")
    status, out, _ = run("fired", "--format", "csv")
    assert (status, out.count("2024-04-09,2024-04-10")) == (0, 3)
    assert run("acknowledge", "dutch:2024-04-09", "--note", "On it")[0] == 0
    status, _, err = run("snooze", "dutch:2024-04-09", "--until", "2020-01-01")
    assert (status, "a day after" in err) == (2, True)
    status, _, err = run("outcome", "dutch:2024-04-09", "yes", "--done", "Prices put right")
    assert "100.0 % (20.7 % to 100.0 %; n 1) was real" in err
    status, out, _ = run("show", "dutch:2024-04-09")
    assert "Prices put right" in out
    rules = {one["name"]: one for one in json.loads(run("list", "--format", "json")[1])}
    assert (rules["dutch"]["fired"], rules["dutch"]["precision"]["n"]) == (1, 1)
    assert rules["visitors"]["waits_for"] == "needs `events`"


def test_python_has_the_same(run, shop):
    run("check")
    shown = {one["key"]: one for one in json.loads(run("fired", "--all", "--format", "json")[1])}
    with regulars.open(shop.folder) as company:
        found = company.alerts()
    assert {one["key"] for one in found.records()} == shown.keys()
    assert all(one["off"]["unit"] for one in found.records())
    waiting = {key for key, one in shown.items() if one["waits"]}
    assert {one.key for one in found.open.found} == waiting
    assert all(key in repr(found) for key in shown)
    assert set(found.to_pandas()["key"]) == shown.keys()
    assert {one["name"] for one in found.rules} >= {"dutch", "daily_revenue", "returns"}


def test_a_rule_is_replayed_before_it_is_written_down(run):
    status, out, _ = run("replay", "--kpi", "net_revenue", "--when", "below 150", "--format", "json")
    (found,) = json.loads(out)
    assert (status, found["could_be_told"], len(found["alerts"])) == (0, 100, 1)
    assert found["sentence"] == "Would have fired 1 time in 100 days."
    status, out, _ = run("replay", "daily_revenue")
    assert (status, "Would have fired 1 time in 12 days (of 100" in out) == (0, True)


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("replay",), 2, "Name a rule"),
        (("replay", "dutch", "--kpi", "net_revenue"), 2, "Name a rule"),
        (("replay", "dutsh"), 2, "Did you mean `dutch`"),
        (("replay", "visitors"), 2, "needs `events`"),
        (("replay", "--kpi", "net_revenue", "--when", "blow 3"), 2, "Did you mean `below`"),
        (("replay", "--kpi", "net_revenue", "--where", "markt = 'NL'"), 2, "Did you mean `market`"),
        (("fired", "--rule", "dutsh"), 2, "Did you mean `dutch`"),
        (("outcome", "dutch:2024-04-09", "perhaps"), 2, "yes"),
        (("acknowledge", "dutch:2024-04-08"), 2, "Did you mean `dutch:2024-04-09`"),
    ],
)
def test_what_cannot_be_is_refused_with_what_may_be_meant(run, words, status, why):
    found, _, err = run(*words)
    assert (found, why in err) == (status, True), err


def test_doctor_names_rules_that_cannot_be_watched(tmp_path, capfd):
    wrong = '[alerts.typo]\nkpi = "net_revenu"\n[alerts.nobody]\nkpi = "net_revenue"\nwhere = "marke = \'NL\'"\n'
    wrong += f'[alerts.much]\nkpi = "net_revenue"\nowner = "{"o" * 65}"\n'
    found = watched_shop.write(tmp_path / "shop", 3, toml=wrong)
    status = exit_status(lambda **_: app(["doctor", "-C", str(found.folder)], standalone_mode=False))
    said = capfd.readouterr().out
    assert status == 65
    assert "problem  `[alerts.typo]` of `regulars.toml` watches `net_revenu`, and no KPI" in said
    assert "problem  `[alerts.nobody]` cannot be watched: `marke` in `where` is no attribute" in said
    assert "problem  `[alerts.much]` of `regulars.toml`: its owner has more than 64 characters" in said
    assert "visitors" not in said  # comes with Regulars, and waits for its records
