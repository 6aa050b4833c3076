import tomllib
from pathlib import Path

import pytest

from regulars.core.errors import SettingsError
from regulars.core.settings import read
from regulars.data.mapping import check, look

TEXT = """\
[company]
name = "A"
currency = "EUR"
time_zone = "UTC"

[[source]]
name = "sales"
files = ["sales.csv"]

[source.tables.ordres]
order_id = "x"

[source.tables.orders]
order_id = "InvoiceNo"
ordered_at = "InvoiceDat"
kind = "iff(Quantity < 0, 'refund', 'sale')"
amuont = "Quantity * UnitPrice"

[source.tables.orders.attributes]
a = "b"

[source.tables.events]
lines = true
customer_id = "c"
occurred_at = "d"
name = "Quantity * 2"
where = "customer_id +"

[source.tables.customers]
customer_id = "c"
recorded_at = "d"
[source.tables.customers.attributes]
market = "m"
age = "1 +"
"""


def test_every_problem_has_its_line_and_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "regulars.toml"
    path.write_text(TEXT)
    settings = read(path, files_exist=False)
    problems = check(
        settings, TEXT, headers={"sales": ["InvoiceNo", "InvoiceDate", "Quantity", "UnitPrice", "c", "d", "m"]}
    )
    expected = [
        (10, "No table is called `ordres`. Did you mean `orders`?"),
        (15, "the file has no column `InvoiceDat`. Did you mean `InvoiceDate`?"),
        (16, "no function is called `iff`. Did you mean `if`?"),
        (17, "`orders` has no column `amuont`. Did you mean `amount`?"),
        (19, "`orders` takes no attributes"),
        (23, "`lines` means something for `orders` only"),
        (26, "`name`: The expression cannot be read"),
        (27, "`where`: The expression cannot be read"),
        (33, "`market` cannot be an attribute's name"),
        (34, "`age`: The expression cannot be read"),
    ]
    assert len(problems) == len(expected)
    for problem, (line, words) in zip(problems, expected, strict=True):
        assert problem.startswith(f"regulars.toml:{line}: ")
        assert words in problem


def test_required_columns_must_be_mapped(tmp_path: Path) -> None:
    text = TEXT.split("[source.tables.ordres]")[0] + '[source.tables.referrals]\nreferrer_id = "a"\n'
    path = tmp_path / "regulars.toml"
    path.write_text(text)
    problems = check(read(path, files_exist=False), text)
    assert [problem.split("(")[0] for problem in problems] == [
        "regulars.toml:10: `referrals` needs `referred_at` ",
        "regulars.toml:10: `referrals` needs `referred_id` ",
    ]


def test_the_pseudo_column_of_lines_is_known(tmp_path: Path) -> None:
    text = TEXT.split("[source.tables.ordres]")[0] + (
        '[source.tables.identity]\nalias = "concat(c, \'-\', __line__)"\ncustomer_id = "c"\n'
    )
    path = tmp_path / "regulars.toml"
    path.write_text(text)
    assert check(read(path, files_exist=False), text, headers={"sales": ["c"]}) == []


BOTH = """\
[company]
name = "A"
currency = "EURO"
time_zone = "UTC"

[[source]]
name = "sales"
files = ["sales.csv"]
decimal = "x"

[source.tables.orders]
order_id = "InvoiceNo"
ordered_at = "iff(a)"
kind = 5
amuont = "b"

[source.tables.ordres]
order_id = "x"
"""


def test_wrong_values_and_wrong_mappings_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "regulars.toml"
    path.write_text(BOTH)
    with pytest.raises(SettingsError) as caught:
        read(path, files_exist=False, look=look)
    expected = [
        (3, "`EURO` is no currency"),
        (9, "`decimal` cannot be `x`"),
        (13, "no function is called `iff`"),
        (14, "`kind` cannot be `5`"),
        (15, "`orders` has no column `amuont`"),
        (17, "No table is called `ordres`"),
    ]
    assert len(caught.value.problems) == len(expected)
    for problem, (line, words) in zip(caught.value.problems, expected, strict=True):
        assert problem.startswith(f"regulars.toml:{line}: ")
        assert words in problem


@pytest.mark.parametrize("text", ["source = 1", "[[source]]\ntables = 1", "[[source]]\n[source.tables]\norders = 1"])
def test_documents_of_any_shape_can_be_looked_at(text: str) -> None:
    assert list(look(tomllib.loads(text))) == []
