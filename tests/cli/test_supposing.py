"""`regulars whatif`, as somebody types it."""

import json

import numpy as np
import pytest

import heard_shop
from foretold_by_chance import foretell
from regulars.cli.main import app, exit_status
from regulars.core.errors import QueryError
from regulars.views.parameters import PARAMETERS


def shop(folder):
    """Write a shop whose customers order at random until they leave, and load it."""
    rng, customers, orders = np.random.default_rng(4), [], []
    for n in range(250):
        day, rate, leaves = int(rng.integers(200, 700)), rng.gamma(1.2, 1 / 40), rng.beta(1.0, 6.0)
        customers.append((f"c{n:03}", "NL" if n % 2 else "DE"))
        while day > 0:
            amount = round(float(rng.gamma(5.0, 8.0)), 2)
            orders.append((f"o{len(orders)}", f"c{n:03}", heard_shop.before(day), "sale", amount, *[""] * 4))
            day = 0 if rng.random() < leaves else day - max(1, int(rng.exponential(1 / rate)))
    return heard_shop.workspace(folder, {"customers": customers, "orders": orders})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    made = shop(tmp_path_factory.mktemp("supposing"))
    foretell(made)
    return made


@pytest.fixture
def run(made, capfd):
    def run(*words, folder=made):
        capfd.readouterr()
        status = exit_status(lambda **_: app(["whatif", *words, "-C", str(folder)], standalone_mode=False))
        return status, *capfd.readouterr()

    return run


def answered(out):
    (page,) = json.loads(out)
    grids = {block["name"]: block for block in page["blocks"] if block["block"] == "grid"}
    whole = {row["what"]: row["said"] for row in grids["whole"]["rows"]}
    return whole, grids, [row["said"] for name in ("assumed", "measured") for row in grids[name]["rows"]]


ORDERS = ("--of", "orders", "--format", "json")


def test_retention_in_points_and_in_percent(run):
    found = {}
    for change in ("+5pp", "+5%"):
        status, out, err = run("--retention", change, "--cost", "100", *ORDERS)
        assert status == 0, err
        whole, grids, said = answered(out)
        more, before = whole["Difference, the most that it may cost"], whole["Value now"]
        assert more["low"] < more["value"] < more["high"]
        assert more["high"] - more["low"] < 0.6 * (before["high"] - before["low"])
        assert whole["Net"]["value"] == pytest.approx(more["value"] - 100)
        assert whole["Value with the change"]["value"] == pytest.approx(before["value"] + more["value"])
        assert 0 <= whole["Probability that it pays"]["value"] <= 1
        assert sum(row["difference"]["value"] for row in grids["parts"]["rows"]) == pytest.approx(more["value"])
        assert "scores" in grids
        for row in whole.values():
            assert isinstance(row, str) or {"low", "high", "level", "method", "n", "period", "as_of", "version"} <= set(
                row
            )
        assert any("Half of the customers, drawn by lot" in text for text in said)
        found[change] = more["value"]
    assert found["+5pp"] > found["+5%"] > 0


def test_the_same_question_has_the_same_answer(run):
    one, two = (run("--retention", "+2pp", "--cost", "0", *ORDERS)[1] for _ in range(2))
    assert one == two


def test_prices_need_an_elasticity_that_may_be_declared(run, made):
    asked = ("--price", "+3%", "--cost", "0", *ORDERS)
    assert "elasticity" in run(*asked)[2]
    toml = made / "regulars.toml"
    before = toml.read_text(encoding="utf-8")
    named = answered(run(*asked, "--elasticity", "-1.4,-0.6")[1])[0]
    try:
        toml.write_text(f"{before}\n[decisions]\nprice_elasticity = [-1.4, -0.6]\n", encoding="utf-8")
        foretell(made)
        declared = answered(run(*asked)[1])[0]
    finally:
        toml.write_text(before, encoding="utf-8")
        foretell(made)
    assert declared == named
    assert "assumed_effect" in named["Net"]["flags"]
    assert "assumed_effect" not in named["Value now"]["flags"]


def test_response_times_do_what_is_assumed_of_them(run):
    asked = ("--response-time", "-20%", "--cost", "10", *ORDERS)
    assert "nobody sees when they leave" in run(*asked)[2]
    whole, _, said = answered(run(*asked, "--effect", "-0.3,-0.2,-0.1")[1])
    assert whole["Retention with the change"]["value"] > whole["Retention now, mean of customers"]["value"]
    assert any("assumed by whoever asks" in text for text in said)


def test_no_least_change_takes_more_than_all_of_a_time(run):
    asked = ("--response-time", "-50%", *ORDERS, "--effect", "-0.12,-0.1,-0.08", "--cost")
    more = answered(run(*asked, "0")[1])[0]["Difference, the most that it may cost"]["value"]
    for times, pays in ((1.2, True), (4, False)):
        least = answered(run(*asked, f"{more * times:.2f}")[1])[0]["Least change that pays its cost"]
        assert least.startswith("-" if pays else "none pays"), least


def test_what_brings_less_than_nothing_may_cost_nothing(run):
    whole = answered(run("--retention", "-5pp", "--cost", "10", *ORDERS)[1])[0]
    assert whole["Difference"]["value"] < 0
    assert whole["Least change that pays its cost"] == "none pays on average"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Nothing is changed"),
        (("--retention", "+5pp"), "What does the change cost?"),
        (("--retention", "+5", "--cost", "1"), "points or percent?"),
        (("--retention", "+99pp", "--cost", "1"), "leads beyond 100 %"),
        (("--retention", "+0%", "--cost", "1"), "is none"),
        (("--retention", "+5%", "--price", "+1%", "--cost", "1"), "at once"),
        (("--retention", "+5%", "--cost", "1", "--where", "market = 'N'"), "Nobody"),
        (("--price", "+1pp", "--cost", "1", "--elasticity", "-1,0"), "Write a percentage"),
        (("--price", "-100%", "--cost", "1", "--elasticity", "-1,0"), "Write a percentage"),
    ],
)
def test_what_cannot_be_is_refused(run, words, said):
    status, out, err = run(*words, "--of", "orders")
    assert status != 0
    assert said.lower() in err.lower()
    assert not out


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("retention", "nan", "is no change"),
        ("retention", "+5 %%", "is no change"),
        ("retention", "5", "points or percent"),
        ("cost", "-1", "no amount of 0 or more"),
        ("cost", "nan", "no amount of 0 or more"),
        ("cost", "1e9", "no amount of 0 or more"),
        ("per", "week", "no span of retention"),
        ("months", "0", "from 1 to 120"),
        ("elasticity", "-1", "are no limits"),
        ("effect", "-0.1;0", "are no limits"),
        ("of", "both", "^`both` is no choice of `of`. Known: contracts, orders.$"),
    ],
)
def test_words_that_cannot_be_are_refused(name, text, said):
    with pytest.raises(QueryError, match=said):
        PARAMETERS[name].read(text, None)


def test_nothing_foretold_yet_is_said(run, tmp_path):
    new = shop(tmp_path)
    status, _, err = run("--retention", "+5%", "--cost", "1", folder=new)
    assert status != 0
    assert "regulars backtest" in err
