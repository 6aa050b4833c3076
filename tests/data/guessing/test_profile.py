from pathlib import Path

import pytest

from regulars.data.guessing.dates import ISO, formats_of
from regulars.data.guessing.hints import HINTS
from regulars.data.guessing.names import likeness, words_of
from regulars.data.guessing.profile import File, look
from regulars.data.reading import records


def _look(tmp_path: Path, text: str) -> File:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    return look("a", [path], records.sniff(path))


@pytest.mark.parametrize(
    ("values", "best"),
    [
        (["2024-01-31", "2024-02-01 10:00", "2024-02-01T10:00:00Z"], ISO),
        (["31/01/2024", "01/02/2024"], "%d/%m/%Y"),
        (["01/31/2024 9:05 PM", "02/01/2024 10:15 AM"], "%m/%d/%Y %I:%M %p"),
        (["2023-07-28 3:00", "2023-07-28 13:00"], "%Y-%m-%d %H:%M"),
        (["19970101", "19980630"], "%Y%m%d"),
        (["31.01.24", "01.02.24"], "%d.%m.%y"),
        (["1 Jan 2024", "12 Feb 2024"], "%d %b %Y"),
        (["1704067200", "1704153600"], "epoch_seconds"),
        (["1704067200000", "1704153600123"], "epoch_millis"),
        (["2024-03-01 10:01:20 -0500", "2024-03-02 10:01:20 -0500"], "%Y-%m-%d %H:%M:%S %z"),
    ],
)
def test_formats_of_dates(values: list[str], best: str) -> None:
    assert formats_of(values)[0][0] == best


@pytest.mark.parametrize(
    "values", [[], ["hello", "world"], ["12345678", "99999999"], ["2024-13-45", "2024-99-99"], ["1.5", "2.5"]]
)
def test_what_is_no_date(values: list[str]) -> None:
    assert formats_of(values) == ((), 0.0)


def test_facts_of_columns(tmp_path: Path) -> None:
    file = _look(
        tmp_path,
        "id,amount,when,mail\n1,-2.50,2024-01-01,a@b.co\n2,NULL,2024-01-02,c@d.org\n3,10,NULL,e@f.net\n",
    )
    amount = file.column("amount")
    assert file.nulls == ("NULL",)
    assert (amount.rows, amount.filled, amount.decimals, amount.least, amount.most) == (3, 2, 2, -2.5, 10.0)
    assert amount.negative == 0.5
    assert file.column("when").formats == (ISO,)
    assert file.column("id").unique == 1.0
    assert file.column("mail").email == 1.0
    assert file.repeated_rows() == 0


def test_a_dash_means_nothing_only_among_numbers(tmp_path: Path) -> None:
    file = _look(tmp_path, "a,b\n1,x\n-,-\n3,y\n")
    assert file.column("a").filled == 2
    assert file.nulls == ("-",)
    assert _look(tmp_path, "a,b\n1,x\n2,-\n3,y\n").nulls == ()


def test_a_decimal_comma_is_seen(tmp_path: Path) -> None:
    file = _look(tmp_path, "a;b\n1.234,50;1\n2,25;2\n")
    assert (file.decimal, file.thousands) == (",", ".")
    assert file.column("a").most == 1234.5


def test_empty_files_have_columns_without_values(tmp_path: Path) -> None:
    file = _look(tmp_path, "a,b\n")
    assert [(column.name, column.filled, column.unique) for column in file.columns] == [("a", 0, 0.0), ("b", 0, 0.0)]


def test_names_are_words_whatever_their_spelling() -> None:
    assert words_of("customerID") == words_of("Customer Id") == words_of("CUSTOMER_ID") == ("customer", "id")
    assert words_of("Größe (UTC)") == ("grosse",)


def test_the_nearest_name_wins() -> None:
    hint = HINTS["orders"].columns["ordered_at"]
    context = frozenset({"order", "orders"})
    names = ["order_purchase_timestamp", "order_approved_at", "order_delivered_customer_date", "shipping_limit_date"]
    assert max(names, key=lambda name: likeness(name, hint, context)) == "order_purchase_timestamp"
    assert likeness("order_approved_at", hint, context) == 0
