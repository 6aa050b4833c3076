"""Systems: checked when declared; their exports are recognised instead of guessed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from regulars.core.errors import CatalogueError
from regulars.core.settings import Settings, read
from regulars.data.guess import propose, to_toml
from regulars.data.mapping import check
from regulars.data.system import System

HEADER = ("Nr", "Who", "When", "Net")
ORDERS = {
    "order_id": "Nr",
    "customer_id": "Who",
    "ordered_at": "datetime(When, '%d/%m/%Y')",
    "kind": "'sale'",
    "amount": "Net",
}
ROWS = "1;anna;03/04/2024;1,50\n2;ben;04/04/2024;2,50\n"


def till(name: str = "till", **changed: Any) -> System:
    told: Mapping[str, Any] = {"columns": HEADER, "tables": {"orders": ORDERS}, "layout": {"decimal": ","}}
    return System(name=name, title=f"a {name}", **{**told, **changed})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tables": {"ordrs": ORDERS}}, "No table is called `ordrs`. Did you mean `orders`?"),
        ({"tables": {"orders": {**ORDERS, "amout": "Net"}}}, "has no column `amout`. Did you mean `amount`?"),
        ({"tables": {"orders": {**ORDERS, "amount": "Gross"}}}, "orders.amount: .*`Gross`"),
        ({"tables": {"orders": {**ORDERS, "amount": "Net *"}}}, "orders.amount: .*cannot be read"),
        ({"tables": {"orders": {"order_id": "Nr"}}}, "needs `ordered_at`"),
        ({"tables": {}}, "tables"),
        ({"more": {"refunds": {"orders": {**ORDERS, "amount": "-Nett"}}}}, "Did you mean `Net`?"),
        ({"layout": {"decimals": ","}}, "Did you mean `decimal`?"),
        ({"layout": {"decimal": ";"}}, "`decimal` cannot be `;`"),
        ({"layout": {"files": ["x"]}}, "cannot set `files`"),
        ({"columns": "Nr"}, "names no column"),
        ({"columns": ()}, "names no column"),
    ],
)
def test_a_wrong_declaration_is_refused_at_once(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(CatalogueError, match=said) as refused:
        till(**changed)
    assert "System `till`" in str(refused.value)


def proposed(folder: Path, *systems: System, rows: str = ROWS, header: str = ";".join(HEADER)) -> tuple[Settings, str]:
    (folder / "export.csv").write_text(f"{header}\n{rows}")
    text = to_toml(propose([folder / "export.csv"], workspace=folder, systems=systems))
    (folder / "regulars.toml").write_text(text)
    settings = read(folder / "regulars.toml")
    assert check(settings, text, headers={source.name: header.split(";") for source in settings.sources}) == []
    return settings, text


def test_a_known_header_is_recognised_not_guessed(tmp_path: Path) -> None:
    settings, text = proposed(tmp_path, till(beware="Deposits count."))
    source = settings.sources[0]
    assert source.tables["orders"].columns == ORDERS  # a guess would not know that 03/04 is in April
    assert (source.delimiter, source.decimal) == (";", ",")
    assert "# An export of a till" in text
    assert "# Deposits count." in text
    assert "# DOUBT: How is `When`" not in text


def test_a_header_that_lacks_a_column_is_guessed(tmp_path: Path) -> None:
    assert "An export of" not in proposed(tmp_path, till(columns=(*HEADER, "Shop")))[1]


def test_the_system_that_asks_for_more_columns_wins(tmp_path: Path) -> None:
    wide = till("wide", columns=(*HEADER, "Shop"), tables={"orders": {**ORDERS, "channel": "Shop"}})
    header, rows = "Shop;Nr;Who;When;Net", ROWS.replace("1;a", "x;1;a").replace("2;b", "x;2;b")
    settings, text = proposed(tmp_path, till(), wide, rows=rows, header=header)
    assert settings.sources[0].tables["orders"].columns["channel"] == "Shop"
    assert "An export of a wide" in text


def test_two_equally_specific_systems_are_a_doubt_and_the_answer_counts(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(f"{';'.join(HEADER)}\n{ROWS}")
    other = till("bar", tables={"orders": {**ORDERS, "kind": "if(Net < 0, 'refund', 'sale')"}})
    proposal = propose([tmp_path / "export.csv"], workspace=tmp_path, systems=[till(), other])
    doubt = next(doubt for doubt in proposal.doubts if doubt.about == "export")
    assert doubt.options == ("bar", "till")
    assert "DOUBT: Of which system" in to_toml(proposal)
    kinds = [
        one.source("export").feeds[0].column("kind").expression for one in (proposal, doubt.answer("till"))
    ]  # fmt: skip
    assert kinds == ["if(Net < 0, 'refund', 'sale')", "'sale'"]


def test_one_file_can_be_two_sources(tmp_path: Path) -> None:
    deposits = {**ORDERS, "order_id": "concat(Nr, '-deposit')", "where": "Net > 2"}
    settings, _ = proposed(tmp_path, till(more={"deposits": {"orders": deposits}}))
    assert [source.name for source in settings.sources] == ["export", "export_deposits"]
    assert settings.sources[1].tables["orders"].where == "Net > 2"
    assert settings.sources[1].decimal == ","
