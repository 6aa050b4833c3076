"""What `regulars new` writes works as it stands: systems, views and drivers, with the right numbers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from regulars.app.workspace import Workspace
from regulars.cli.main import app, exit_status
from regulars.data.source import FEWEST, MOST

Run = Callable[..., tuple[int, str, str]]

#: A sale, one of the same customer, one in part returned later, and one that never came about.
EXPORT = """\
Order,Customer,Ordered,Type,Net,Country
1,anna,03/04/2024 10:00,order,10.50,NL
2,anna,05/05/2024 10:00,order,4.50,NL
3,ben,06/05/2024 23:30,order,20.00,BE
4,ben,07/05/2024 10:00,return,5.00,BE
5,carl,08/05/2024 10:00,cancelled,99.00,BE
"""

#: How answers about these orders are read.
ANSWERS = """
[[source]]
name = "answers"
files = ["answers.csv"]

[source.tables.responses]
response_id = "Answer"
customer_id = "Customer"
order_id = "`Order`"
responded_at = "datetime(When, '%Y-%m-%d')"
question = "'nps'"
touchpoint = "'transactional'"
score = "Score"
scale_max = "10"
"""


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def told(folder: Path, *words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(folder)], standalone_mode=False))
        out, err = capfd.readouterr()
        return status, out, err

    return told


@pytest.fixture
def shop(tmp_path: Path, run: Run) -> Path:
    """A folder whose export is known to a system of its own, and a view."""
    (tmp_path / "export.csv").write_text(EXPORT)
    assert run(tmp_path, "new", "source", "till")[0] == 0
    assert run(tmp_path, "new", "view", "shop")[0] == 0
    return tmp_path


def test_a_source_and_a_view_of_ones_own_work_as_written(shop: Path, run: Run) -> None:
    status, _, err = run(shop, "init", str(shop / "export.csv"), "--yes")
    assert (status, "An export of till orders" in err) == (0, True)
    assert "# An export of till orders" in (shop / "regulars.toml").read_text()
    status, out, _ = run(shop, "run")
    assert status == 0
    assert "net_revenue" in out

    revenue = json.loads(run(shop, "kpi", "net_revenue", "--grain", "all", "--format", "json")[1])
    assert revenue[0]["value"] == 10.5 + 4.5 + 20 - 5

    assert "shop" in [row["name"] for row in json.loads(run(shop, "views", "--format", "json")[1])]
    asked = ("view", "shop", "--from", "2024-04-01", "--to", "2024-05-01")
    (page,) = json.loads(run(shop, *asked, "--format", "json")[1])
    cards = next(block["cards"] for block in page["blocks"] if block["block"] == "cards")
    assert {card["kpi"]: card["latest"]["value"] for card in cards}["net_revenue"] == 10.5
    status, out, _ = run(shop, *asked)
    assert status == 0
    assert "EUR 10.50" in out
    assert "too few customers" in out


def test_wrong_words_about_views_end_with_advice(shop: Path, run: Run) -> None:
    run(shop, "init", str(shop / "export.csv"), "--yes")
    run(shop, "run", "-q")
    for words, advice in {
        ("shp",): "Did you mean `shop`?",
        ("shop", "--format", "xml"): "no format",
        ("shop", "--from", "soon"): "no date",
        ("shop", "--from", "2030-01-01"): "records end",
    }.items():
        status, out, err = run(shop, "view", *words)
        assert (status, out) == (2, "")
        assert advice in err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"amount":', '"amuont":', "Did you mean `amount`?"),
        ("Net)", "Gross)", "`Gross`"),
        ("System(", "Systm(", "NameError"),
    ],
)
def test_a_wrong_source_is_named(shop: Path, run: Run, old: str, new: str, said: str) -> None:
    path = shop / "sources" / "till.py"
    path.write_text(path.read_text().replace(old, new))
    status, _, err = run(shop, "init", str(shop / "export.csv"), "--yes")
    assert status == 65
    assert str(path) in err
    assert said in err
    assert "Traceback" not in err
    assert not (shop / "regulars.toml").exists()


def test_a_driver_of_ones_own_works_as_written(shop: Path, run: Run) -> None:
    """Sixty orders, a third of them at a weekend, whose answers are four points lower."""
    orders, answers = ["Order,Customer,Ordered,Type,Net,Country"], ["Answer,Order,Customer,When,Score"]
    for place in range(60):
        weekend = place % 3 == 0
        day = 6 if weekend else 8  # 2024-04-06 was a Saturday
        orders.append(f"{place},c{place},{day:02}/04/2024 10:00,order,10.00,NL")
        answers.append(f"a{place},{place},c{place},2024-04-20,{(5 if weekend else 9) + place % 2}")
    (shop / "export.csv").write_text("\n".join(orders) + "\n")
    (shop / "answers.csv").write_text("\n".join(answers) + "\n")
    assert run(shop, "init", str(shop / "export.csv"), "--yes")[0] == 0
    (shop / "regulars.toml").write_text((shop / "regulars.toml").read_text() + ANSWERS)
    assert run(shop, "new", "driver", "at_weekend")[0] == 0
    assert run(shop, "run", "-q")[0] == 0

    status, out, err = run(shop, "drivers", "--format", "json")
    assert status == 0, err
    (page,) = json.loads(out)
    grids = {block["name"]: block["rows"] for block in page["blocks"] if block["block"] == "grid"}
    assert grids["drivers_order"][0]["fact"] == "at_weekend"
    (wrong,) = grids["wrong_order"]
    assert wrong["fact"] == "it was ordered at a weekend"
    assert wrong["share"]["value"] == pytest.approx(1 / 3)
    assert wrong["difference"]["value"] == pytest.approx(-4, abs=0.2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('    bad_said="it was ordered at a weekend",', "", "needs both `bad` and `bad_said`"),
        ("    bad=weekend,", "    ", "needs both `bad` and `bad_said`"),
        ("Driver(", "Drivr(", "NameError"),
    ],
)
def test_a_wrong_driver_is_named_and_left_out(shop: Path, run: Run, old: str, new: str, said: str) -> None:
    run(shop, "init", str(shop / "export.csv"), "--yes")
    run(shop, "run", "-q")
    run(shop, "new", "driver", "at_weekend")
    path = shop / "drivers" / "at_weekend.py"
    path.write_text(path.read_text().replace(old, new, 1))
    status, _, err = run(shop, "drivers")
    assert status == 0
    assert f"warning: `{path}`" in err
    assert said in err
    assert "Traceback" not in err


def test_a_wrong_kind_lists_the_kinds(tmp_path: Path, run: Run) -> None:
    status, _, err = run(tmp_path, "new", "sorce", "till")
    assert status == 2
    for kind in ("driver", "kpi", "source", "view"):
        assert f"`{kind}`" in err


@pytest.mark.parametrize("name", ["Bad", "two words", "class", "1st"])
def test_a_wrong_name_is_refused(tmp_path: Path, run: Run, name: str) -> None:
    assert run(tmp_path, "new", "view", name)[0] == 2
    assert list(tmp_path.iterdir()) == []


def demo(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capfd.readouterr()
    status = exit_status(lambda **_: app(["demo", *words], standalone_mode=False))
    return status, capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--real", "--customers", "2000"), "is real"),
        (("--real", "--seed", "2"), "is real"),
        (("--customers", str(FEWEST - 1)), "1,000 to 10,000,000"),
        (("--customers", str(MOST + 1)), "1,000 to 10,000,000"),
        (("--seed", "-1"), "seed"),
    ],
)
def test_a_demonstration_cannot_have_every_size(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    status, err = demo(capfd, str(tmp_path / "demo"), *words)
    assert status == 2
    assert said in err
    assert not (tmp_path / "demo").exists()


def test_a_demonstration_has_the_customers_and_the_seed_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.cli.loading.run", lambda directory, *, quiet: None)
    monkeypatch.setattr("regulars.cli.making._attribute", lambda directory: "market")
    folder = tmp_path / "demo"
    assert demo(capfd, str(folder), "--customers", "1200", "--seed", "7")[0] == 0
    truth = json.loads((folder / "truth" / "parameters.json").read_text())
    assert (truth["customers"], truth["seed"]) == (1200, 7)
    status, err = demo(capfd, str(folder), "--customers", "1300")
    assert status == 74
    assert "nothing is ever overwritten" in err


def test_an_action_of_ones_own_is_known_as_written(shop: Path, run: Run) -> None:
    run(shop, "init", str(shop / "export.csv"), "--yes")
    assert run(shop, "new", "action", "thank_you_card")[0] == 0
    found = Workspace.at(shop).actions["thank_you_card"]
    assert (found.team, found.cost, found.days) == ("service", 1.5, 90)
    toml = shop / "regulars.toml"
    toml.write_text(f"{toml.read_text()}\n[actions.thank_you_card]\ncost = 4\n")
    assert Workspace.at(shop).actions["thank_you_card"].cost == 4
