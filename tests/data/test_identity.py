"""Aliases: chains end in a customer, circles in their first, and what is taken back is undone."""

from pathlib import Path

from workspaces import HEAD, ORDERS, ORDERS_HEADER, dicts, load, write

ALIASES = """
[[source]]
name = "aliases"
files = ["aliases*.csv"]
[source.tables.identity]
alias = "alias"
customer_id = "customer"
evidence = "why"
"""
ROWS = "".join(
    f"{n},{who},2024-01-01,sale,1.00,,{market}\n" for n, (who, market) in enumerate([("a", "NL"), ("x", ""), ("", "")])
)


def references(folder: Path) -> dict[str, str]:
    return {row["reference"]: row["customer_id"] for row in dicts(folder, "references")}


def test_chains_circles_and_doubts(tmp_path: Path) -> None:
    chain = "alias,customer,why\na,b,card\nb,c,card\nc,d,card\nd,e,card\n"
    odd = "alias,customer,why\np,q,mail\nq,r,mail\nr,p,mail\ns,q,mail\nm,n,mail\nm,l,mail\nk,k,mail\n"
    write(tmp_path, HEAD + ORDERS + ALIASES, orders_csv=ORDERS_HEADER + ROWS, aliases1_csv=chain, aliases2_csv=odd)
    load(tmp_path)
    found = references(tmp_path)
    assert {found[name] for name in "abcde"} == {"e"}
    assert {found[name] for name in "pqrs"} == {"p"}
    assert (found["m"], found["x"]) == ("l", "x")
    codes = {row["code"]: row["rows"] for row in dicts(tmp_path, "_findings")}
    assert codes["alias_of_several"] == 1
    assert codes["aliases_in_circle"] == 3
    # Rows keep the id that they came with; customers are merged.
    assert {row["customer_id"] for row in dicts(tmp_path, "orders")} == {"a", "x", None}
    assert {row["customer_id"]: row["market"] for row in dicts(tmp_path, "customers")} == {"e": "NL", "x": None}
    (tmp_path / "aliases1.csv").unlink()
    load(tmp_path)
    assert references(tmp_path)["a"] == "a"
    assert {row["customer_id"] for row in dicts(tmp_path, "customers")} == {"a", "x"}
