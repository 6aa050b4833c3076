import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from regulars.core.definitions import Definitions
from regulars.core.errors import SettingsError
from regulars.core.settings import Settings, read, schema, write

GOOD = """\
[company]
name = "Online Retail"
currency = "GBP"
time_zone = "Europe/London"

[rules]
not_product = ["POST"]

[[source]]
name = "sales"
files = ["data/sales-*.csv"]
delimiter = ";"

[source.tables.orders]
lines = true
order_id = "InvoiceNo"
ordered_at = "InvoiceDate"
where = "Quantity != 0"

[source.tables.customers]
customer_id = "CustomerID"
[source.tables.customers.attributes]
age = "age_band"
"""


def _workspace(tmp_path: Path, text: str) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sales-1.csv").write_text("a;b\n")
    path = tmp_path / "regulars.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read(_workspace(tmp_path, text))
    return caught.value.problems


def test_a_good_file_reads(tmp_path: Path) -> None:
    path = _workspace(tmp_path, GOOD)
    settings = read(path)
    source = settings.sources[0]
    assert settings.company.currency == "GBP"
    assert settings.definitions == Definitions()
    assert source.paths(tmp_path) == (tmp_path / "data" / "sales-1.csv",)
    assert source.tables["orders"].columns == {"order_id": "InvoiceNo", "ordered_at": "InvoiceDate"}
    assert source.tables["orders"].lines
    assert source.tables["orders"].where == "Quantity != 0"
    assert source.tables["customers"].attributes == {"age": "age_band"}


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    assert read(_workspace(tmp_path, "\ufeff" + GOOD)).company.name == "Online Retail"


def test_all_problems_come_at_once_each_with_its_line(tmp_path: Path) -> None:
    bad = (
        GOOD.replace('"GBP"', '"gbp"')
        .replace("Europe/London", "Europe/Lodon")
        .replace("delimiter", "delimitr")
        .replace("sales-*", "sale-*")
        .replace("lines = true", 'lines = "perhaps"')
        + '[store]\nmemory = "much"\n[definitions]\nbracket_days = [9, 3]\n'
        + '[[source]]\nname = "sales"\nfiles = ["data/sales-1.csv"]\ndecimal = ","\nthousands = ","\n'
    )
    problems = _problems(tmp_path, bad)
    starts = [problem.split(":")[1] for problem in problems]
    assert starts == sorted(starts, key=int)
    expected = [
        "regulars.toml:3: `currency`: `gbp` is no currency. Did you mean `GBP`?",
        "regulars.toml:4: `time_zone`: `Europe/Lodon` is no time zone. Did you mean `Europe/London`?",
        "regulars.toml:11: No file matches `data/sale-*.csv`; correct the path or add the file.",
        "regulars.toml:12: `delimitr` is unknown. Did you mean `delimiter`?",
        "regulars.toml:15: `lines` cannot be `perhaps`",
        "regulars.toml:25: `memory`: `much` is no amount of memory.",
        "regulars.toml:27: `bracket_days`: [9, 3] ends before it begins.",
        "regulars.toml:28: `tables` is missing; add it to `source`.",
        "regulars.toml:29: Two sources are called `sales`; rename one.",
        "regulars.toml:32: `thousands`: It is `,`, as `decimal` is.",
    ]
    assert len(problems) == len(expected)
    for problem, start in zip(problems, expected, strict=True):
        assert problem.startswith(start)


@pytest.mark.parametrize("text", ["", "source = 3", "[[source]]\nfiles = 3\nname = 3", "rates = 1\nsource = [1]"])
def test_wrong_shapes_are_problems_not_crashes(tmp_path: Path, text: str) -> None:
    assert any("`company` is missing" in problem for problem in _problems(tmp_path, text))


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, GOOD.replace('"GBP"', '"GBP'))
    assert problem.startswith("regulars.toml:3: ")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="regulars init"):
        read(tmp_path / "regulars.toml")


def test_missing_files_may_be_allowed(tmp_path: Path) -> None:
    path = tmp_path / "regulars.toml"
    path.write_text(GOOD + '[rates]\nfile = "rates.csv"\n')
    with pytest.raises(SettingsError, match=r"rates\.csv"):
        read(path)
    assert read(path, files_exist=False).rates is not None


def _settings(**changes: Any) -> Settings:
    document: dict[str, Any] = {
        "company": {"name": "A", "currency": "GBP", "time_zone": "UTC"},
        "source": [
            {"name": "s", "files": ["a.csv"], "tables": {"orders": {"order_id": "a", "kind": "b"}, "events": {}}}
        ],
    }
    return Settings.model_validate(document | changes)


def test_fingerprints_do_not_depend_on_the_order_of_keys() -> None:
    swapped = [{"tables": {"events": {}, "orders": {"kind": "b", "order_id": "a"}}, "files": ["a.csv"], "name": "s"}]
    assert _settings().fingerprint() == _settings(source=swapped).fingerprint()
    assert _settings().sources[0].fingerprint() == _settings(source=swapped).sources[0].fingerprint()


def test_fingerprints_see_what_shapes_ingest_and_nothing_else() -> None:
    base = _settings()
    same = [
        _settings(definitions={"lapse_days": 5}),
        _settings(store={"threads": 9}),
        _settings(company={"name": "B", "currency": "GBP", "time_zone": "UTC"}),
    ]
    other = [
        _settings(company={"name": "A", "currency": "EUR", "time_zone": "UTC"}),
        _settings(rules={"not_product": ["POST"]}),
        _settings(source=[{"name": "s", "files": ["b.csv"], "tables": {"orders": {"order_id": "a"}, "events": {}}}]),
        _settings(source=[]),
    ]
    assert {settings.fingerprint() for settings in same} == {base.fingerprint()}
    assert len({settings.fingerprint() for settings in other}) == len(other)
    assert base.fingerprint() not in {settings.fingerprint() for settings in other}
    more_files = [{"name": "s", "files": ["b.csv"], "tables": {"orders": {"order_id": "a", "kind": "b"}, "events": {}}}]
    assert _settings(source=more_files).sources[0].fingerprint() == base.sources[0].fingerprint()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        _settings().company.name = "B"  # type: ignore[misc]


def test_the_schema_accepts_what_is_accepted_and_describes_every_field() -> None:
    found = schema()
    jsonschema.Draft202012Validator.check_schema(found)
    document = {"company": {"name": "A", "currency": "GBP", "time_zone": "UTC"}}
    source = {"name": "s", "files": ["a"], "tables": {"orders": {"lines": True, "order_id": "x"}}}
    jsonschema.validate(document | {"source": [source]}, found)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"sauce": []}, found)
    for model in [found, *found["$defs"].values()]:
        assert model["title"]
        assert model["description"]
        for name, field in model.get("properties", {}).items():  # a choice of words has none
            assert field.get("description"), name
    json.dumps(found)


def test_written_settings_read_back(tmp_path: Path) -> None:
    path = tmp_path / "regulars.toml"
    write(path, {"company": {"name": "Ä", "currency": "EUR", "time_zone": "Europe/Berlin"}})
    assert read(path).company.name == "Ä"


@pytest.mark.parametrize(
    "said",
    [
        '[webhooks.x]\nurl = "https://example.com"\nsecret_env = "0123hush"',
        '[webhooks.x]\nurl = "https://example.com"\nsecret_env = ["0123hush"]',
        '[webhooks]\nurl = "https://example.com"\nsecret_env = "0123hush"',
        '[[webhooks.x]]\nsecret_env = "0123hush"',
        '[[webhooks]]\nsecret_env = "0123hush"',
    ],
)
def test_a_secret_that_stands_where_its_name_belongs_is_never_told(tmp_path: Path, said: str) -> None:
    found = _problems(tmp_path, f"{GOOD}{said}\n")
    assert found
    assert "hush" not in " ".join(found)
    assert all("NAME" in problem for problem in found)


@pytest.mark.parametrize("effect", ["0.2", "[0.1, 0.2]", "[0.1, 0.2, 0.3, 0.4]", '["a", 0, 1]', "[0, true, 1]", "[]"])
def test_an_effect_is_three_numbers(tmp_path: Path, effect: str) -> None:
    (problem,) = _problems(tmp_path, f"{GOOD}[actions.win_back_offer]\neffect = {effect}\n")
    assert "`effect`: Write three numbers: lower limit, mean and upper limit, such as [-0.02, 0.05, 0.12]." in problem


@pytest.mark.parametrize("elasticity", ["-1", "[-1.2]", "[-1.2, -0.8, -0.4]"])
def test_an_elasticity_is_two_numbers(tmp_path: Path, elasticity: str) -> None:
    (problem,) = _problems(tmp_path, f"{GOOD}[decisions]\nprice_elasticity = {elasticity}\n")
    assert "`price_elasticity`: Write two numbers: lower and upper limit, such as [-1.2, -0.4]." in problem
