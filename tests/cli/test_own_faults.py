"""Whatever is wrong in a company's own folders stops only what needs it, and is said with file and line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import regulars
from regulars.app.foretell import snapshot_of
from regulars.app.workspace import KINDS, Workspace, packaged
from regulars.cli.main import app, exit_status
from regulars.core.errors import FaultyDeclaration
from regulars.core.registry import discover, names_in
from regulars.kpis.cohorts import Cohort
from regulars.kpis.kpi import KPI
from regulars.models.model import Model
from regulars.views.view import View

Run = Callable[..., tuple[int, str, str]]

EXPORT = """\
Order,Customer,Ordered,Kind,Amount,Country
1,anna,2024-04-03 10:00:00,sale,10.50,NL
2,anna,2024-05-05 10:00:00,sale,4.50,NL
3,ben,2024-05-06 23:30:00,sale,20.00,BE
"""
SETTINGS = """\
[company]
name = "Shop"
currency = "EUR"
time_zone = "UTC"
[[source]]
name = "till"
files = ["export.csv"]
[source.tables.orders]
order_id = "Order"
customer_id = "Customer"
ordered_at = "Ordered"
kind = "Kind"
amount = "Amount"
[source.tables.customers]
customer_id = "Customer"
market = "Country"
"""
STATUS = 65


def told(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capfd.readouterr()
    status = exit_status(lambda **_: app([*words], standalone_mode=False))
    out, err = capfd.readouterr()
    return status, out, err


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own") / "shop"
    folder.mkdir()
    (folder / "export.csv").write_text(EXPORT)
    (folder / "regulars.toml").write_text(SETTINGS)
    assert exit_status(lambda **_: app(["run", "-q", "-C", str(folder)], standalone_mode=False)) == 0
    return folder


@pytest.fixture
def shop(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(loaded, tmp_path / "shop"))


@pytest.fixture
def run(shop: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return lambda *words: told(capfd, *words, "-C", str(shop))


def written(shop: Path, run: Run, kind: str, name: str, old: str, new: str) -> tuple[Path, int]:
    """Write a declaration with a fault in it; return its file and the line of the fault."""
    assert run("new", kind, name)[0] == 0
    path = shop / f"{kind}s" / f"{name}.py"
    text = path.read_text()
    assert old in text
    text = text.replace(old, new)
    path.write_text(text)
    return path, next(number for number, line in enumerate(text.splitlines(), 1) if new in line)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("_.orders", "_.ordrs", "Did you mean `orders`?"),
        ("Better.HIGHER", "Better.UPWARDS", "`HIGHER`, `LOWER`, `NEITHER`"),
        ("shows=Shows.SHARE,", "shows=Shows.SHARE)),", "SyntaxError"),
    ],
)
def test_a_faulty_kpi_stops_only_who_asks_for_it(shop: Path, run: Run, old: str, new: str, said: str) -> None:
    path, line = written(shop, run, "kpi", "often", old, new)
    status, out, err = run("kpi", "net_revenue", "--grain", "all", "--format", "json")
    assert (status, json.loads(out)[0]["value"]) == (0, 35)
    assert err.splitlines() == [err.rstrip("\n")]
    assert f"warning: `{path}`, line {line}: " in err
    assert said in err
    status, out, err = run("kpi", "often")
    assert (status, out) == (STATUS, "")
    assert err.count(str(path)) == 1
    assert f"line {line}: " in err
    assert said in err


@pytest.mark.parametrize(
    ("kind", "old", "new", "said"),
    [
        ("feature", 'fact="purchase_days"', 'fact="purchasedays"', "Did you mean `purchase_days`?"),
        ("feature", 'fact="purchase_days"', 'fact="people"', "Known: activity_days, "),
        ("model", "predicts=orders", 'predicts="orders"', "predicts 'orders', which is no Outcome."),
    ],
)
def test_what_is_named_wrongly_is_refused(shop: Path, run: Run, kind: str, old: str, new: str, said: str) -> None:
    path, _ = written(shop, run, kind, "mine", old, new)
    status, out, err = run("kpi", "net_revenue", "--grain", "all", "--format", "json")
    assert (status, json.loads(out)[0]["value"]) == (0, 35)
    assert f"warning: `{path}`, line " in err
    assert said in err
    assert "Traceback" not in err
    status, out, err = run("models")
    assert (status, "recent_orders" in out, "mine" in out) == (0, True, False)
    assert said in err


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import math\n\nhalf = (\n", 3),
        ("import math\n\n\nimport no_such_module\nmath.pi\n", 4),
        ("import math\n\nfrom math import no_such_name\n", 3),
        ("def half(of):\n    return of / 0\n\n\nhalf(1)\n", 2),
    ],
)
@pytest.mark.parametrize("folder", ["shop", "../{}/shop"])
def test_a_file_that_does_not_import_has_its_true_line(
    shop: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: str, text: str, line: int
) -> None:
    (shop / "features").mkdir()
    (shop / "features" / "mine.py").write_text(text)
    monkeypatch.chdir(shop.parent)
    status, _, err = told(capfd, "views", "-C", folder.format(shop.parent.name))
    assert (status, f"mine.py`, line {line}: " in err) == (0, True), err


def learned_from(shop: Path) -> dict[str, list[float]]:
    with regulars.open(shop) as company:
        features = Workspace.at(shop).features
        return {name: values.tolist() for name, values in snapshot_of(company.records, features).features.items()}


@pytest.mark.parametrize("faulty", ["", "import no_such_module\n"])
def test_a_taken_name_takes_nothing_from_what_models_learn(shop: Path, run: Run, faulty: str) -> None:
    before = learned_from(shop)
    path, _ = written(shop, run, "feature", "mine", 'name="mine"', 'name="order_days"')
    path.write_text(path.read_text() + faulty)
    after = learned_from(shop)
    assert list(after) == list(before)
    np.testing.assert_equal(after, before)
    assert "`order_days` is taken by Regulars itself" in run("views")[2] or faulty


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("_.orders", "_.ordrs", "there is no `ordrs`. Did you mean `orders`?"),
        ("counted((_.orders > 0) &", "((_.orders > 0) &", "`mine` fails: "),  # not one number of each customer
    ],
)
def test_a_feature_that_fails_is_named_with_its_file(shop: Path, run: Run, old: str, new: str, said: str) -> None:
    path, line = written(shop, run, "feature", "mine", old, new)
    assert run("new", "feature", "another")[0] == 0
    with pytest.raises(FaultyDeclaration) as error:
        learned_from(shop)
    named = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if '"mine"' in text)
    at = line if "ordrs" in new else named
    assert str(error.value).startswith(f"`{path}`, line {at}: `mine` fails: ")
    assert said in str(error.value)
    path.unlink()
    assert "another" in learned_from(shop)


def test_run_warns_and_doctor_finishes(shop: Path, run: Run) -> None:
    path, line = written(shop, run, "view", "page", "Heading, Text", "Headng, Text")
    status, _, err = run("run", "--quiet")
    assert status == 0
    assert f"warning: `{path}`, line {line}: " in err
    status, out, err = run("doctor")
    assert status == STATUS
    assert f"problem  `{path}`, line {line}: " in out
    assert "every byte as published" in out


def test_an_exception_in_a_view_is_the_companys(shop: Path, run: Run) -> None:
    new = "yield Text(text=str(1 / 0))"
    path, line = written(shop, run, "view", "page", 'yield Text(text="Say here how to read the page.")', new)
    status, _, err = run("view", "page")
    assert status == STATUS
    assert f"`{path}`, line {line}: ZeroDivisionError: division by zero" in err
    assert "Traceback" not in err
    assert "fault in Regulars" not in err


def test_a_view_that_asks_for_an_unknown_kpi_is_named(shop: Path, run: Run) -> None:
    path, line = written(shop, run, "view", "page", '"net_revenue"', '"net_revenu"')
    status, _, err = run("view", "page")
    assert status == STATUS
    assert f"`{path}`, line {line}: " in err
    assert "Did you mean `net_revenue`?" in err


@pytest.mark.parametrize(("kind", "name"), [("kpi", "net_revenue"), ("view", "overview"), ("model", "recent_orders")])
def test_a_taken_name_is_refused(shop: Path, run: Run, kind: str, name: str) -> None:
    status, _, err = run("new", kind, name)
    assert status == 2
    assert name in err
    assert not (shop / f"{kind}s").exists()


@pytest.mark.parametrize("kind", [KPI, Cohort, View, Model])
def test_names_are_read_without_importing(kind: type) -> None:
    catalogue = Path(str(regulars.__file__)).parent / "catalogue"
    known = {name for folder in KINDS for name in names_in(catalogue / folder)}
    assert set(discover(packaged(), kind)) <= known


def test_a_clash_names_the_file_to_rename(shop: Path, run: Run) -> None:
    path, line = written(shop, run, "kpi", "often", 'name="often"', 'name="net_revenue"')
    status, _, err = run("kpi", "net_revenue")
    assert status == STATUS
    assert f"`{path}`, line {line}: the name `net_revenue` is taken by Regulars itself" in err
    status, out, err = run("kpi", "average_order_value", "--grain", "all", "--format", "json")
    assert (status, bool(json.loads(out))) == (0, True)
    assert str(path) in err


def test_a_declaration_that_works_is_warned_of_by_nobody(shop: Path, run: Run) -> None:
    assert run("new", "kpi", "often")[0] == 0
    status, out, err = run("kpi", "often", "--grain", "all", "--format", "json")
    assert (status, err) == (0, "")
    assert json.loads(out)[0]["kpi"] == "often"


def test_the_folder_may_stand_before_the_command(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = told(capfd, "-C", str(shop), "kpi", "net_revenue", "--grain", "all", "--format", "json")
    assert (status, json.loads(out)[0]["value"]) == (0, 35)


def test_the_version_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = told(capfd, "--version")
    assert (status, out.startswith("regulars ")) == (0, True)


def test_quarantine_knows_its_words(run: Run) -> None:
    assert "Nothing was put aside." in run("quarantine")[2]
    status, _, err = run("quarantine", "--reason", "nonsense")
    assert (status, "`nonsense`" in err, "not_a_number" in err) == (2, True, True)
    assert run("quarantine", "--limit", "-1")[0] == 2


def test_a_split_by_nothing_lists_attributes_with_their_origin(run: Run) -> None:
    status, _, err = run("kpi", "net_revenue", "--by", "zzz")
    assert status == 2
    assert "`market` (mapped from `Country`)" in err


def test_a_customer_in_columns_is_plain(run: Run) -> None:
    out = run("customer", "anna", "--format", "csv")[1]
    head, row = out.splitlines()
    assert "purchases_net_revenue" in head
    assert "{" not in out
    assert "<" not in out
    assert "15.0000" in row.split(",")
    page = json.loads(run("customer", "anna", "--format", "json")[1])[0]
    assert page["standing"]["value"] == page["purchases"]["value"] == "15.0000"
    assert "cut_value_units" not in run("segments", "--format", "csv")[1]
